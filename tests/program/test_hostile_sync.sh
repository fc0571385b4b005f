#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_hostile_sync.sh BUILD SOURCE - what head office published, with one thing changed on its way: the command refuses by name, the
# status page says why, what is in force stays and answers, and the next honest sync heals.
. "$(dirname "$0")/station.sh"
export PYTHONDONTWRITEBYTECODE=1

# at_offset SECONDS COMMAND...: with a clock that is off by so much.
at_offset() {
  local offset=$1
  shift
  LD_PRELOAD=$build/tests/program/libtest-clock.so TG_TEST_CLOCK_OFFSET_S=$offset ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0 \
    "$build/plugin/cli/tillgate" --root "$dir/station" "$@"
}
hour=3600 day=86400

# Three publications. The station is at the second; the third withdraws the paper of the hub.
head_office 40
mkdir "$dir/web"
"$(dirname "$0")/bent_server.py" "$dir/web" > "$dir/bent_server.log" 2>&1 &
pids+=($!)
wait_for "the bent server" sh -c "[ \$(wc -l < '$dir/bent_server.log') -eq 2 ]"
{ read -r web; read -r elsewhere; } < "$dir/bent_server.log"
sed -i "s|$url|$web|" "$dir/hq/hq.json"
hub=$(gtin_of LH-3)
set_policy '.dsp_notice_days = 91 | .operations.sale = {mode: "enforce", ageing_s: 129600, stale_s: 259200, dead_s: 5184000}'
publish
cp -a "$dir/hq/repository/." "$dir/web"
enrolled
cp -a "$dir/hq/repository" "$dir/repository.old"
sleep 1.1 # the signed time has whole seconds
set_policy '.dsp_notice_days = 92'
publish
cp -a "$dir/hq/repository" "$dir/repository.now"
cp -a "$dir/hq/repository/." "$dir/web"
tillgate sync > "$dir/sync.log" 2>&1 || fail "second sync"
cp -a "$dir/station" "$dir/station.good"
sleep 1.1
jq -c 'select(.id == "SOC-LH-3") | .status = "withdrawn"' "$dir/hq/records/socs.jsonl" > "$dir/withdrawn.jsonl"
hq import "$dir/withdrawn.jsonl" --kind socs > "$dir/out" 2>&1
set_policy '.dsp_notice_days = 93'
publish
cp -a "$dir/hq/repository" "$dir/repository.new"
version=$(tillgate --json status | jq .catalogue_version)
timestamp_key=$(ls "$dir"/hq/keys/timestamp-*.pem | grep -v pub)
openssl ecparam -name prime256v1 -genkey -noout -out "$dir/stranger.pem"

# resign FILE KEY JQ: the signed part changed by that, with the key's signature and the old key id.
resign() {
  local file=$1 key=$2 change=$3 sig
  jq -cjS ".signed | $change" "$file" > "$dir/signed"
  sig=$(openssl dgst -sha256 -sign "$key" -passin "file:$dir/passphrase" "$dir/signed" | od -An -v -tx1 | tr -d ' \n')
  jq -cS --arg sig "$sig" --slurpfile body "$dir/signed" '.signed = $body[0] | .signatures[0].sig = $sig' "$file" > "$file.new"
  mv "$file.new" "$file"
}
# on_the_web REPOSITORY: that one, whole and honest.
on_the_web() {
  rm -f "$dir/web.bent"
  rm -rf "${dir:?}/web"
  cp -a "$1" "$dir/web"
}
# The publication that is on the web, and what the station has of it.
state() { readlink "$dir/station/catalogue/current"; (cd "$dir/station/catalogue/sets" && find . -type f -exec sha256sum {} + | sort -k 2); }

# refused CODE EXIT WORDS [OFFSET]: sync of what is on the web says and does that; nothing else happens.
refused() {
  local code=$1 exit=$2 words=$3 offset=${4:-0} before
  before=$(state)
  : > "$dir/web.elsewhere"
  expect "$exit" at_offset "$offset" --json sync
  jq -e --arg code "$code" --arg words "$words" '.outcome == "failed" and .code == $code and (.error | contains($words))' "$dir/out" > "$dir/is" ||
    fail "wanted $code, \"$words\": $(cat "$dir/out")"
  said "tillgate sync: $code: "
  [ "$(state)" = "$before" ] || fail "what is in force changed: $(state)"
  [ ! -s "$dir/web.elsewhere" ] || fail "elsewhere was asked for $(cat "$dir/web.elsewhere")"
  at_offset "$offset" --json status > "$dir/out" || true
  jq -e --arg code "$code" --arg words "$words" --argjson version "$version" '.catalogue_version == $version and
    (.sync | .failures == 1 and .code == $code and (.why | contains($words)))' "$dir/out" > "$dir/is" || fail "status: $(jq -c .sync "$dir/out")"
  expect 0 at_offset "$offset" --json check "$hub" --op sale
  is ".released and .catalogue_version == $version"
}
# heals: what is on the web is honest again, and taken in at once. Afterwards the station is as before the attack.
heals() {
  on_the_web "${1:-$dir/repository.new}"
  expect 0 tillgate --json sync
  is '.outcome == "installed"'
  expect 1 tillgate --json check "$hub" --op sale
  is ".catalogue_version > $version and .outcome == \"block\""
  expect 0 tillgate --json status
  is '.sync.failures == 0 and (.sync | has("why") | not)'
  rm -rf "$dir/station"
  cp -a "$dir/station.good" "$dir/station"
}
# attack WHAT CODE EXIT WORDS RULE: one rule for the bent server.
attack() {
  say "$1"
  on_the_web "$dir/repository.new"
  printf '%s\n' "$5" > "$dir/web.bent"
  refused "$2" "$3" "$4"
  heals
}

say "a stranger's signature under the right key id"
on_the_web "$dir/repository.new"
resign "$dir/web/metadata/timestamp.json" "$dir/stranger.pem" .
refused "not trusted" 1 timestamp.json
heals

say "the way of these tests is sound: the right key's signature, made here, is taken"
on_the_web "$dir/repository.new"
resign "$dir/web/metadata/timestamp.json" "$timestamp_key" .
cp -a "$dir/web" "$dir/repository.resigned"
heals "$dir/repository.resigned"

attack "an older timestamp" "rollback" 1 timestamp.json "timestamp.json file $dir/repository.old/metadata/timestamp.json"

say "an older snapshot, under a stolen timestamp key"
on_the_web "$dir/repository.new"
old=$(jq '.signed.meta["snapshot.json"].version' "$dir/repository.old/metadata/timestamp.json")
resign "$dir/web/metadata/timestamp.json" "$timestamp_key" \
  ".meta = $(jq -c .signed.meta "$dir/repository.old/metadata/timestamp.json")"
[ -e "$dir/web/metadata/$old.snapshot.json" ] || fail "the older snapshot is not there"
refused "rollback" 1 "snapshot version"
heals

attack "an image of the right length and other bytes, each way" "wrong hash" 1 catalogue.tgc "catalogue.tgc zeros
/patch/ zeros"
attack "an image that breaks off" "network error" 4 catalogue.tgc "catalogue.tgc cut
/patch/ cut"
attack "a timestamp without end" "wrong length" 1 timestamp.json "timestamp.json endless"
attack "a redirect to another port" "network error" 4 "a redirect, and none is followed" "timestamp.json redirect ${elsewhere}metadata/timestamp.json"
attack "an image elsewhere" "network error" 4 "a redirect, and none is followed" "targets/ redirect ${elsewhere}targets/catalogue.tgc"
attack "closed (503)" "network error" 4 "HTTP status 503" "timestamp.json status 503"
attack "forbidden (403)" "refused by the other end" 5 "HTTP status 403" "timestamp.json status 403"
printf '<!DOCTYPE html><html><title>Welcome</title>Accept our terms</html>' > "$dir/portal.html"
attack "the page of a captive portal for all that is asked" "malformed" 1 json "/ file $dir/portal.html"
attack "the page of a captive portal for the policy" "wrong length" 1 policy.json "policy.json file $dir/portal.html"

say "a frozen web: each sync succeeds, and yet the catalogue ages where people look"
on_the_web "$dir/repository.now"
before=$(state)
for age in "1 0 fresh" "48 1 ageing" "96 1 stale"; do
  read -r hours exit stage <<< "$age"
  expect 0 at_offset $((hours * hour)) --json sync
  is '.outcome == "nothing-new"'
  expect "$exit" at_offset $((hours * hour)) --json status
  is ".operations.sale.stage == \"$stage\" and .sync.failures == 0"
  [ "$stage" = fresh ] || is '.warnings | any(test("head office signed it .* (hours|days) ago"))'
  [ "$(state)" = "$before" ] || fail "a frozen web changed what is in force"
done
say "until the frozen timestamp expires"
refused "expired" 1 timestamp.json $((8 * day))
heals

say "a gap in the chain of roots: the next one withheld, the one after it in its place"
for i in 2 3; do
  new=$(hq root key --role timestamp | grep -o '/[^ ]*timestamp-[0-9a-f]*\.pub\.pem' | head -n 1)
  hq root stage --replace "timestamp=$new" -o "$dir/next.json" > "$dir/root.log" 2>&1 || fail "root stage"
  hq root sign "$dir/next.json" --key "$(ls "$dir"/hq/keys/root*.pem | grep -v pub | head -n 1)" --yes >> "$dir/root.log" 2>&1 || fail "root sign"
  sleep 1.1
  hq root finish "$dir/next.json" >> "$dir/root.log" 2>&1 || [ $? -eq 4 ] || fail "root finish"
  [ -e "$dir/hq/repository/metadata/$i.root.json" ] || fail "no root $i"
done
rm -rf "$dir/repository.new"
cp -a "$dir/hq/repository" "$dir/repository.new"
attack "withheld" "not trusted" 1 timestamp.json "/2.root.json status 404"
attack "skipped" "rollback" 1 root.json "/2.root.json file $dir/repository.new/metadata/3.root.json"
say "ok"
