#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_two_syncs.sh BUILD SOURCE - two syncs at once on one station, while the server holds an answer back: one works, the other says
# who it is, and whichever began, the whole new set is in force in the end.
. "$(dirname "$0")/station.sh"
export PYTHONDONTWRITEBYTECODE=1

head_office 40
mkdir "$dir/web"
"$(dirname "$0")/bent_server.py" "$dir/web" > "$dir/bent_server.log" 2>&1 &
pids+=($!)
wait_for "the bent server" sh -c "[ \$(wc -l < '$dir/bent_server.log') -eq 2 ]"
sed -i "s|$url|$(head -n 1 "$dir/bent_server.log")|" "$dir/hq/hq.json"
publish
cp -a "$dir/hq/repository/." "$dir/web"
enrolled
hub=$(gtin_of LH-3)
sleep 1.1 # the signed time has whole seconds
jq -c 'select(.id == "SOC-LH-3") | .status = "withdrawn"' "$dir/hq/records/socs.jsonl" > "$dir/withdrawn.jsonl"
hq import "$dir/withdrawn.jsonl" --kind socs > "$dir/out" 2>&1
publish
rm -r "$dir/web"
cp -a "$dir/hq/repository" "$dir/web"
cp -a "$dir/station" "$dir/station.old"

# begin PATH: a sync that waits for that part of the repository; sets first.
begin() {
  rm -rf "$dir/station"
  cp -a "$dir/station.old" "$dir/station"
  echo "$1 hold" > "$dir/web.bent"
  : > "$dir/web.asked"
  "$build/plugin/cli/tillgate" --root "$dir/station" sync > "$dir/first.log" 2>&1 &
  first=$!
  pids+=("$first")
  wait_for "the request for $1" grep -q "$1" "$dir/web.asked"
}
# The second one is told who is at work, and touches nothing; a timer's is no failure. Checks go on, from the old catalogue.
second() {
  expect 3 tillgate sync
  said "busy: "
  said "held by tillgate sync (process $first)"
  expect 0 tillgate sync --if-due
  expect 0 tillgate --json check "$hub" --op sale
  is .released
  kill -0 "$first" || fail "the first sync has gone"
}
whole() {
  expect 1 tillgate --json check "$hub" --op sale
  is '.outcome == "block"'
  expect 0 tillgate --json status
  is '.sync.failures == 0'
  expect 0 tillgate --json sync --check-image
  is '.outcome == "nothing-new"'
}

for held in timestamp.json targets.json patch; do
  say "the first waits for $held and ends; the second comes after it"
  begin "$held"
  second
  rm "$dir/web.bent"
  wait "$first" || fail "the first sync: exit $?: $(cat "$dir/first.log")"
  expect 0 tillgate --json sync
  is '.outcome == "nothing-new"'
  whole
  say "the first is killed while it waits; the second does it all"
  begin "$held"
  second
  { kill -9 "$first"; wait "$first" || true; } 2> /dev/null
  rm "$dir/web.bent"
  expect 0 tillgate --json sync
  is '.outcome == "installed"'
  whole
done
say "ok"
