#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_admin_day.sh BUILD SOURCE - two months of an administrator's life in one run: a root signed by two people on two machines, three
# stations, a stolen key, a root whose own keys change, a station that slept, and stations whose clocks are wrong.
# shellcheck source=tests/program/station.sh
. "$(dirname "$0")/station.sh" "$@"

shim=$build/tests/program/libtest-clock.so
[ -f "$shim" ] || fail "$shim is not built"
day=0
# Every program lives on that day of the story.
at() { LD_PRELOAD=$shim TG_TEST_CLOCK_OFFSET_S=$1 "${@:2}"; }
today() { at $((day * 86400)) "$@"; }
hq() { today "$build/sync/hq/tillgate-hq" "$@"; }
station() { today "$build/plugin/cli/tillgate" --root "$dir/$1" --json "${@:2}"; } # NAME COMMAND…
refused() { # COMMAND…
  local code=0
  "$@" > "$dir/out" 2> "$dir/err" || code=$?
  [ "$code" -ne 0 ] || fail "$*: not refused"
}
# A signer's machine: no head office, no network, one key.
signer() { (cd "$dir/$1" && env -u TILLGATE_HQ_DIR TILLGATE_HQ_PASSPHRASE_FILE="$dir/$1/passphrase" \
  LD_PRELOAD="$shim" TG_TEST_CLOCK_OFFSET_S=$((day * 86400)) "$build/sync/hq/tillgate-hq" "${@:2}"); }
new_signer() {
  mkdir "$dir/$1"
  head -c 24 /dev/urandom | base64 > "$dir/$1/passphrase"
  expect 0 signer "$1" root key
}
public() { ls "$dir/$1"/root-*.pub.pem; }
# ceremony NAME STAGE SIGNER…: each gets the stage and the present root, signs, and sends it back.
ceremony() {
  local stage=$1 name signed=() fingerprints
  shift
  : > "$dir/fingerprints"
  for name in "$@"; do
    cp "$stage" "$dir/$name/stage.json"
    rm -f "$dir/$name/present.json"
    local present=()
    if [ -f "$dir/hq/repository/metadata/1.root.json" ]; then
      cp "$(ls -v "$dir"/hq/repository/metadata/*.root.json | tail -n 1)" "$dir/$name/present.json"
      present=(--root present.json)
    fi
    expect 0 signer "$name" root sign stage.json --key "$(basename "$(ls "$dir/$name"/root-????????.pem)")" "${present[@]}" --yes
    grep fingerprint "$dir/out" >> "$dir/fingerprints"
    signed+=("$dir/$name/stage.json")
  done
  fingerprints=$(sort -u "$dir/fingerprints" | wc -l)
  [ "$fingerprints" -eq 1 ] || fail "the signers saw $fingerprints fingerprints"
  expect 0 hq root finish "${signed[@]}" --json
}
# What stations see is a copy on a web server, timestamp.json last.
deploy() {
  mkdir -p "$dir/www/repository"
  (cd "$dir/hq/repository" && find . -type f ! -name timestamp.json -print0 | xargs -0 cp --parents -u -t "$dir/www/repository")
  cp "$dir/hq/repository/metadata/timestamp.json" "$dir/www/repository/metadata/timestamp.json"
}

say "day 0: a root by two of three, none of whose keys is at head office"
for name in anna ben carl; do new_signer "$name"; done
head -c 24 /dev/urandom | base64 > "$dir/passphrase"
export TILLGATE_HQ_PASSPHRASE_FILE=$dir/passphrase TILLGATE_HQ_DIR=$dir/hq
expect 0 hq init "$dir/hq" --owner trader.example --url http://127.0.0.1:1/ --policy "$source_dir/simulator/trade/policy.json" \
  --root-threshold 2 --root-key "$(public anna)" --root-key "$(public ben)" --root-key "$(public carl)"
ceremony "$dir/hq/1.root.stage.json" anna ben
is '.placed'
"$build/simulator/trade/tillgate-sim-catalogue" "$dir/hq/records" --products 200 > "$dir/records.log"
expect 0 hq publish --offline
mkdir "$dir/www"
cp "$dir/hq/hq.json" "$dir/www/"
deploy
"$build/sync/hq/tillgate-hq" serve --listen 127.0.0.1:0 -d "$dir/www" > "$dir/serve.log" 2>&1 &
pids+=($!)
wait_for "the repository's address" grep -q 'http://[0-9.]*:[0-9]*/' "$dir/serve.log"
url=$(grep -o 'http://[0-9.]*:[0-9]*/' "$dir/serve.log" | head -n 1)
sed -i "s|http://127.0.0.1:1/|$url|" "$dir/hq/hq.json"

say "three stations are enrolled and take their first catalogue"
declare -A gln=([leeds]=9524009900013 [york]=9524009900020 [hull]=9524009900037)
for name in leeds york hull; do
  expect 0 station $name init --station $name-till-1 --gln "${gln[$name]}" -o "$dir/$name.request"
  expect 0 hq enrol "$dir/$name.request" -o "$dir/$name.bundle"
  expect 0 station $name enrol "$dir/$name.bundle" --yes
  expect 0 station $name sync
  expect 0 station $name status
  is '.stage == "fresh" and .metadata.root.version == 1'
done
hub=$(gtin_of LH-3)
food=$(jq -r 'select(.category == "grocery") | .gtin' "$dir/hq/records/products.jsonl" | head -n 1)
expect 0 station hull check "$hub" --op sale

say "day 10: a statement is withdrawn; hull sleeps and does not hear of it"
day=10
jq -c 'if .gtins and (.gtins | index("'"$hub"'")) then .status = "withdrawn" else . end' "$dir/hq/records/socs.jsonl" > "$dir/socs.new"
cmp -s "$dir/socs.new" "$dir/hq/records/socs.jsonl" && fail "no statement for $hub"
mv "$dir/socs.new" "$dir/hq/records/socs.jsonl"
expect 0 hq publish --json
is '.guard.answered and .image_changed'
deploy
for name in leeds york; do
  expect 0 station $name sync
  expect 1 station $name check "$hub" --op sale
  is '.released | not'
done

say "day 20: the timestamp key is stolen, and the thief runs far ahead of head office"
day=20
expect 0 hq refresh
deploy
for name in leeds york; do expect 0 station $name sync; done
cp -r "$dir/hq" "$dir/thief"
rm "$dir"/thief/keys/targets-* "$dir"/thief/keys/snapshot-*
jq 'del(.high_water)' "$dir/thief/hq.json" > "$dir/thief.json"
mv "$dir/thief.json" "$dir/thief/hq.json"
for _ in 1 2 3 4 5 6; do expect 0 hq refresh --offline -d "$dir/thief"; done
cp "$dir/thief/repository/metadata/timestamp.json" "$dir/www/repository/metadata/timestamp.json"
expect 0 station york sync # a good signature: nobody can know yet
expect 5 hq refresh --json # but head office sees a publication that is not its own
said "timestamp.json"
expect 0 hq root key --role timestamp
new=$(ls -t "$dir"/hq/keys/timestamp-*.pub.pem | head -n 1)
expect 0 hq root stage --replace "timestamp=$new" -o "$dir/stage.json"
said "goes out"
ceremony "$dir/stage.json" anna carl
is '.placed and .seamless and .signed_anew == ["timestamp"] and .root_version == 2'
deploy
expect 3 hq refresh -d "$dir/thief" --offline --passphrase-file "$dir/no-such-file"
own=$(jq .signed.version "$dir/hq/repository/metadata/timestamp.json")
theirs=$(jq .signed.version "$dir/thief/repository/metadata/timestamp.json")
[ "$own" -lt "$theirs" ] || fail "the thief is not ahead: $theirs, head office $own"
for name in leeds york; do
  expect 0 station $name sync
  expect 0 station $name status
  is '.stage == "fresh" and .metadata.root.version == 2 and .metadata.timestamp.version == '"$own"
done
cp "$dir/thief/repository/metadata/timestamp.json" "$dir/www/repository/metadata/timestamp.json"
refused station york sync # what the thief signs is nothing any more
expect 1 station york status
is '.sync.failures == 1 and .metadata.timestamp.version == '"$own"
deploy
expect 0 station york sync

say "day 30: ben leaves; root's own keys change, signed by old and new"
day=30
new_signer dora
ben=$(basename "$(public ben)" .pub.pem)
expect 0 hq root stage --remove "root=${ben#root-}" --add "root=$(public dora)" -o "$dir/stage.json"
said "root: key"
ceremony "$dir/stage.json" anna carl dora
is '.root_version == 3 and (.signed_anew | index("targets") | not)'
expect 0 hq refresh
expect 0 hq root stage -o "$dir/stage.json"
cp "$dir/hq/repository/metadata/3.root.json" "$dir/ben/present.json"
cp "$dir/stage.json" "$dir/ben/stage.json"
expect 1 signer ben root sign stage.json --key "$ben.pem" --root present.json --yes
said "neither in the present root.json nor in the new one"
rm "$dir/stage.json"
deploy
expect 0 station leeds sync
expect 0 station leeds status
is '.metadata.root.version == 3'

say "day 60: hull wakes up; it says how old its catalogue is, answers by stage, and catches up with three roots in one sync"
day=60
code=0
hq refresh --json > "$dir/out" 2> "$dir/err" || code=$?
[ "$code" -eq 0 ] || [ "$code" -eq 4 ] || fail "refresh: exit $code"
is '.ends.root.days_left > 300 and .ends.snapshot.renewed'
deploy
expect 3 station hull status
is '.stage == "dead" and .age_s > 59 * 86400 and .health == "cannot-check"'
expect 1 station hull check "$hub" --op sale
is '.code == "data-dead" and .stage == "dead" and (.released | not)'
expect 0 station hull check "$food" --op sale # age leaves alone what is out of scope
is '.stage == "dead" and .released'
expect 0 station hull sync
expect 0 station hull status
is '.stage == "fresh" and .metadata.root.version == 3'
expect 1 station hull check "$hub" --op sale # the withdrawal of day 10 is known now
is '.stage == "fresh" and (.could_not_check | not)'
for name in leeds york; do expect 0 station $name sync; done

# wrong NAME OFFSET WORDS: a station lives at another time, says so, answers by stage, and is well again when its clock is.
wrong() {
  local name=$1 offset=$2 words=$3 before
  expect 0 station "$name" status
  before=$(jq -c '[.catalogue_version, .issued_at]' "$dir/out")
  expect 3 at "$offset" "$build/plugin/cli/tillgate" --root "$dir/$name" --json status
  is '.clock.fault and .stage == "clock-fault" and .health == "cannot-check"'
  expect 1 at "$offset" "$build/plugin/cli/tillgate" --root "$dir/$name" --json check "$hub" --op sale
  is '(.released | not) and .recorded and .stage == "clock-fault" and (.rows | index("31"))'
  if [ "$offset" -lt 0 ]; then # what is out of scope goes through; in 2099 its assessment would long be out of date
    expect 0 at "$offset" "$build/plugin/cli/tillgate" --root "$dir/$name" --json check "$food" --op sale
    is '.released and .stage == "clock-fault"'
  fi
  refused at "$offset" "$build/plugin/cli/tillgate" --root "$dir/$name" --json sync
  said "$words"
  expect 3 at "$offset" "$build/plugin/cli/tillgate" --root "$dir/$name" --json status
  [ "$(jq -c '[.catalogue_version, .issued_at]' "$dir/out")" = "$before" ] || fail "another catalogue is in force"
  code=0
  station "$name" status > "$dir/out" 2> "$dir/err" || code=$?
  is '.stage == "fresh" and (.clock.fault | not)'
  expect 1 station "$name" check "$hub" --op sale
  is '.stage == "fresh" and (.could_not_check | not)'
  expect 0 station "$name" sync
  expect 0 station "$name" status
  is '.sync.failures == 0'
}
now=$(date +%s)
say "york's clock says 1970"
wrong york $((3600 - now)) 'timestamp.json: issued'
say "leeds' clock says 2099"
wrong leeds $((4073000000 - now)) 'expired'

say "and all of it is in the log, whole"
for name in leeds york hull; do
  expect 0 station $name evidence verify
done
say "done"
