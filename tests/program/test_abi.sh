#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_abi.sh BUILD SOURCE - a till that asks through libtillgate gets what the command gets, over one handle, across restarts of the daemon.
. "$(dirname "$0")/station.sh"

till() { "$build/simulator/till/tillgate-example-till" --socket "$dir/station/run/tillgated.sock" --device till-3 "$@"; }

head_office 300
enrolled
start_daemon

say "the same answers as the command's, one by one"
jq -r .gtin "$dir/hq/records/products.jsonl" > "$dir/labels"
sed 's/^/]E0/' "$dir/labels" > "$dir/aim"
cat "$dir/aim" >> "$dir/labels"
printf '%s\n' ']d20109524000000002''10AB'$'\x1d''21X1' '(01)09524000000002(10)AB' 9524000000003 LOY5290123456 ']C1x"\y' '' '0' >> "$dir/labels"
jq -cR '{label: .}' "$dir/labels" > "$dir/labels.jsonl"
compared='{outcome, could_not_check, released, would_release, overridable, kind, gtin: (.gtin // ""), batch: (.batch // ""), serial: (.serial // ""),
  answer, decided_by: (.decided_by // ""), code, action, reason, basis, name, manufacturer, soc: (.soc // ""), soc_link, stage, mode, operation,
  catalogue_version, policy_version, recorded}'
for case in sale=1 goods-in=1 stock-check=0; do # stock-check is only observed, by policy: all go on
  operation=${case%=*}
  size=$(log_size)
  expect "${case#*=}" till --json --operation "$operation" < "$dir/labels"
  jq -cS "$compared" "$dir/out" > "$dir/by-library"
  [ $(($(log_size) - size)) -eq "$(wc -l < "$dir/labels")" ] || fail "$operation: each label is one entry"
  tillgate check --batch-file "$dir/labels.jsonl" --op "$operation" 2> "$dir/err" | jq -cS "$compared" > "$dir/by-command" || true
  [ "$(wc -l < "$dir/by-library")" -eq "$(wc -l < "$dir/labels")" ] || fail "$operation: a line for each label"
  diff "$dir/by-command" "$dir/by-library" > "$dir/diff.log" || fail "$operation: answers differ"
  say "  $operation: $(jq -r .outcome "$dir/by-library" | sort | uniq -c | tr -s ' \n' ' ')"
done
[ "$(jq -r .outcome "$dir/by-library" | sort -u | wc -l)" -gt 1 ] || fail "all outcomes alike: nothing was compared"

say "one handle outlives the daemon"
mkfifo "$dir/scans"
till < "$dir/scans" > "$dir/lines" 2> "$dir/till.log" &
till_pid=$!
pids+=("$till_pid")
exec 3> "$dir/scans"
hub=$(gtin_of LH-3)
scan() { # label, words that the line begins with
  local before
  before=$(wc -l < "$dir/lines")
  printf '%s\n' "$1" >&3
  wait_for "a line for $1" sh -c "[ \$(wc -l < '$dir/lines') -gt $before ]"
  tail -n 1 "$dir/lines" | grep -q "^$2" || fail "wanted $2: $(tail -n 1 "$dir/lines")"
}
scan "$hub" "SELL: .*Reference "
stop_daemon
scan "$hub" "COULD NOT CHECK: .*not running"
start_daemon 3>&- # or the daemon would keep the till's input open
scan "$hub" "SELL: .*Reference "
kill -KILL "$daemon_pid"
wait "$daemon_pid" 2>/dev/null || true
scan "$hub" "COULD NOT CHECK: "
start_daemon 3>&-
scan "$hub" "SELL: "
scan 9529999999993 "DO NOT SELL: .*Reference "
scan "" "NOT READ: "
exec 3>&-
code=0
wait "$till_pid" || code=$?
[ "$code" -eq 3 ] || fail "the till ends with $code, wanted 3: some could not be checked"

say "what the till was told is in the log, and the log verifies"
expect 0 tillgate --json evidence verify
is '.verdict == "good"'
reference=$(grep -o 'Reference .*' "$dir/lines" | tail -n 1 | cut -d' ' -f2)
expect 0 tillgate --json evidence show "$reference"
is '.entry.device == "till-3"'
stop_daemon
say "done"
