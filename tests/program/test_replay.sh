#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_replay.sh BUILD SOURCE - what the gate said then is said again: from the log of a station and the archive of head office, over
# publications that changed the answer; and what was changed since is named.
. "$(dirname "$0")/station.sh"

record() { printf '%s\n' "$2" >> "$dir/hq/records/$1.jsonl"; }
brought() { publish; expect 0 tillgate sync; }
day() { date -u -d "$1" +%F; }
check() { tillgate --json check "$@" > "$dir/check.json" || [ $? -eq 1 ]; }
export_log() { expect 0 tillgate evidence export "$@" -o "$dir/log.jsonl"; }
seq_of() { jq -r .seq "$dir/check.json"; }

# many: a basket of checks, each kind of label, operation and occasion at least once.
many() {
  local label
  for label in "$hub" "$bare" "$second" "$scarf" 9529990000018 9529990000049 9524000099990 "]C1010952400000001910B7" 2012345000007 0212345678901 \
    "]E04006381333932" "https://example.com/x" "]C0LOYALTY-1" 9798765432109 "]E09770000000003"; do
    check "$label" --op sale
    check "$label" --op goods-in --batch L7
  done
  check "$bare" --op dispatch --to outside-uk
  check "$bare" --op dispatch --supply to-vendor
  check "$hub" --op sale --unit second-hand
  check "$hub" --op return --unit recalled
  check "$hub" --op stock-check --bought-before-duty
  check "$hub" --op offer --to ni
  check "$bare" --op goods-in --supplier "Trader Ltd" --delivery DN-4711
  check "$bare" --op goods-in --supplier "Trader Ltd" --delivery DN-4711
}

head_office 400
enrolled
hub=$(gtin_of LH-3)
second=$(jq -r .gtin "$dir/hq/records/products.jsonl" | sed -n 40p)
scarf=$(jq -r .gtin "$dir/hq/records/products.jsonl" | sed -n 90p)
hq lint --json > "$dir/lint.json" || true
line=$(jq '[.findings[] | select(.code == "D01" and .file == "products.jsonl")][0].line' "$dir/lint.json")
bare=$(sed -n "${line}p" "$dir/hq/records/products.jsonl" | jq -r .gtin)
t0=$(date -u +%FT%TZ)

say "before anything changes: the hub may be sold"
many
check "$hub" --op sale
is_sold=$(seq_of)

say "a failure is told of, then believed; a policy that only observes; a product goes"
record failures "{\"id\":\"F-2026-1\",\"informed\":\"$(day -1day)\",\"source\":\"mail\",\"gtins\":[\"$hub\"]}"
brought
many
check "$hub" --op sale
is_held=$(seq_of)
sleep 1.1
t1=$(date -u +%FT%TZ)
sed -i "s/\"informed\":\"$(day -1day)\"/\"informed\":\"$(day -1day)\",\"believed\":\"$(day now)\"/" "$dir/hq/records/failures.jsonl"
sleep 1.1
brought
many
check "$hub" --op sale
is_stopped=$(seq_of)
set_policy '.operations.sale.mode = "observe"'
brought
many
check "$hub" --op sale
is_observed=$(seq_of)

say "a day later by the station's clock, and through the daemon"
LD_PRELOAD=$build/tests/program/libtest-clock.so TG_TEST_CLOCK_OFFSET_S=86400 "$build/plugin/cli/tillgate" --root "$dir/station" --json check "$hub" \
  --op sale > "$dir/check.json" || [ $? -eq 1 ]
start_daemon
many
stop_daemon

say "the archive holds every publication, each proven by what was signed"
expect 0 hq --version
expect 0 hq archive list
said "patch"
expect 0 hq archive check --json
is '.good and .bytes > 0 and .unproven == 0 and .images >= 4 and .policies >= 2 and .added == false'

say "the whole log: proven, and all the same"
export_log
expect 0 hq replay "$dir/log.jsonl" --all --json
is '.log.standing == "proven" and .differ == 0 and .cannot == 0 and .same == .checks and .checks > 150 and .findings == []'
is '.other_rules == 0 and .hashes_not_in_log < .checks'
expect 0 hq replay "$dir/log.jsonl" --all
said "the same, 0 differ, 0 cannot be replayed"
said "proven: these are the entries"

say "an export that fails leaves the one before it, whether the log is the daemon's or nobody's"
cp "$dir/log.jsonl" "$dir/whole.jsonl"
for road in command daemon; do
  [ "$road" = command ] || start_daemon
  expect 3 tillgate evidence export --epoch 99 -o "$dir/log.jsonl"
  said "epoch"
  [ "$road" = command ] || stop_daemon
  cmp "$dir/log.jsonl" "$dir/whole.jsonl"
  [ ! -e "$dir/log.jsonl.tmp" ] || fail "a failed export left a file"
done
expect 3 tillgate evidence export --epoch 99 -o "$dir/none.jsonl"
[ ! -e "$dir/none.jsonl" ] || fail "a failed export made a file"

say "one that succeeds replaces it, through a link too; what is no file is written into"
printf 'older\n' > "$dir/older.jsonl"
chmod 0644 "$dir/older.jsonl"
ln -s older.jsonl "$dir/link.jsonl"
expect 0 tillgate evidence export --count 41 -o "$dir/link.jsonl"
[ -L "$dir/link.jsonl" ] || fail "the link is gone"
[ "$(wc -l < "$dir/older.jsonl") $(stat -c %a "$dir/older.jsonl")" = "42 600" ] || fail "not replaced by 41 entries for their owner"
mkfifo "$dir/pipe"
wc -l < "$dir/pipe" > "$dir/counted" &
counting=$!
expect 0 tillgate evidence export --count 41 -o "$dir/pipe"
wait "$counting"
[ "$(cat "$dir/counted")" -eq 42 ] || fail "the pipe got $(cat "$dir/counted") lines"
[ -p "$dir/pipe" ] || fail "the pipe is gone"

say "single entries, before and after each change, with their reasons"
expect 0 hq replay "$dir/log.jsonl" --seq "$is_sold" --json
is '.result == "same" and .explanation.answer.outcome == "allow"'
expect 0 hq replay "$dir/log.jsonl" --seq "$is_held" --json
is '.result == "same" and .explanation.answer.outcome == "hold" and .explanation.answer.decided_by == "7"'
expect 0 hq replay "$dir/log.jsonl" --seq "$is_stopped"
said "the same as the log says"
said "because: a failure is believed"
expect 0 hq replay "$dir/log.jsonl" --seq "$is_observed" --json
is '.result == "same" and .explanation.answer.outcome == "block"'
expect 3 hq replay "$dir/log.jsonl" --seq 999999
said "holds no entry 999999"

say "a part of the log is proven by itself, through its place in the tree"
export_log --from 37 --count 41
expect 0 hq replay "$dir/log.jsonl" --all --json
is '.log.standing == "proven" and .log.from == 37 and .log.to == 78 and .differ == 0'
export_log

say "a tampered entry is named, with its number; tampered with its hash, the log as a whole is refused"
cp "$dir/log.jsonl" "$dir/whole.jsonl"
sed -i "$((is_held + 2))s/\"outcome\":\"hold\"/\"outcome\":\"allow\"/" "$dir/log.jsonl"
expect 1 hq replay "$dir/log.jsonl" --all --json
is ".log.standing == \"bad\" and .log.bad_seq == $is_held and .differ == 1 and .findings[0].seq == $is_held"
is '.findings[0].differences | map(.member) == ["outcome"]'
expect 1 hq replay "$dir/log.jsonl" --seq "$is_held"
said "entry $is_held is not what was written down"
said 'outcome: the log says "allow", the gate says "hold"'
leaf=$(sed -n "$((is_held + 2))p" "$dir/log.jsonl" | python3 -c '
import hashlib, json, sys
entry = json.dumps(json.load(sys.stdin)["entry"], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
print(hashlib.sha256(b"\0" + entry).hexdigest())')
sed -i "$((is_held + 2))s/\"leaf\":\"[0-9a-f]*\"/\"leaf\":\"$leaf\"/" "$dir/log.jsonl"
expect 1 hq replay "$dir/log.jsonl" --all --json
is '.log.standing == "bad" and (.log.words | test("not the ones that were signed"))'
sed "$((is_held + 2))d" "$dir/whole.jsonl" > "$dir/log.jsonl"
expect 1 hq replay "$dir/log.jsonl" --all
said "entry $((is_held + 1)) stands where entry $is_held should"
head -n -1 "$dir/whole.jsonl" > "$dir/log.jsonl"
expect 1 hq replay "$dir/log.jsonl" --all
said "entries are missing at the end"

say "another station's key proves nothing"
openssl ecparam -name prime256v1 -genkey -noout 2> /dev/null | openssl ec -pubout -out "$dir/other.pem" 2> /dev/null
expect 1 hq replay "$dir/whole.jsonl" --all --key "$dir/other.pem"
said "changed: "
tillgate evidence key > "$dir/vkey"
expect 0 hq replay "$dir/whole.jsonl" --all --key "$dir/vkey"
mv "$dir/hq/stations" "$dir/hq/stations.away"
expect 0 hq replay "$dir/whole.jsonl" --all
said "whose signature it bears is not known"
mv "$dir/hq/stations.away" "$dir/hq/stations"

say "at a time between two publications, of a unit that nobody logged"
expect 0 hq replay --at "$t1" --label "$hub" --op sale --json
is '.explanation.answer.outcome == "hold" and .explanation.answer.decided_by == "7"'
expect 0 hq replay --at "$(date -u +%FT%TZ)" --label "$hub" --op sale --json
is '.explanation.answer.outcome == "block"'
expect 0 hq replay --at "$t0" --label "$bare" --op dispatch --to outside-uk --rows
said "Rows that did not"
expect 0 hq replay --at "$t1" --label "$hub" --op sale --age 99999999 --json
is '.explanation.answer.stage == "dead"'
expect 3 hq replay --at 2020-01-01T00:00:00Z --label "$hub" --op sale
expect 2 hq replay --at yesterday --label "$hub" --op sale
expect 2 hq replay --at "$t1" --label "$hub" --op gift
expect 2 hq replay --at "$t1"
expect 2 hq replay "$dir/whole.jsonl"

say "a damaged file of the archive is named, with what rests on it"
version=$(sed -n "$((is_held + 2))p" "$dir/whole.jsonl" | jq .entry.catalogue_version)
expect 0 hq archive get "$version" -o "$dir/image"
hash=$(sha256sum "$dir/image" | cut -d ' ' -f 1)
file=$dir/hq/archive/$hash.tgc.zst
cp "$file" "$dir/kept"
printf 'x' | dd of="$file" bs=1 seek=40 conv=notrunc status=none
expect 1 hq archive check
said "$hash.tgc.zst: is not the file that was kept"
said "rests on catalogue $version"
expect 3 hq replay "$dir/whole.jsonl" --all --json
is '.differ == 0 and .cannot > 0 and .same > 0 and (.findings[0].why | test("is not the file that was kept"))'
rm "$file"
expect 3 hq replay "$dir/whole.jsonl" --seq "$is_held"
said "cannot be replayed"
said "$hash.tgc.zst"
cp "$dir/kept" "$file"

say "a wrong archive, whole in itself, is told by the hashes in the log"
hq init "$dir/wrong" --owner trader.example --url http://127.0.0.1:1/ --policy "$source_dir/simulator/trade/policy.json" > "$dir/wrong.log"
"$build/simulator/trade/tillgate-sim-catalogue" "$dir/wrong/records" --products 300 >> "$dir/wrong.log"
for _ in $(seq "$version"); do
  jq '.version += 1' "$dir/wrong/records/policy.json" > "$dir/policy.new"
  mv "$dir/policy.new" "$dir/wrong/records/policy.json"
  sed -i 250d "$dir/wrong/records/products.jsonl"
  expect 0 hq publish --offline -d "$dir/wrong"
done
expect 0 hq archive check -d "$dir/wrong"
expect 1 hq replay "$dir/whole.jsonl" --all --key "$dir/vkey" -d "$dir/wrong" --json
is '.log.standing == "proven" and .differ > 0 and .cannot > 0 and (.findings | map(.why) | any(. != null and test("is not the one that the station had")))'

say "what a crash left out of the archive is added by the next command"
sed -i '$d' "$dir/hq/archive/index.jsonl"
expect 0 hq archive check --json
is '.good and .added'
lines=$(wc -l < "$dir/hq/archive/index.jsonl")
printf '{"at":"20' >> "$dir/hq/archive/index.jsonl"
sed -i 's/"mail"/"mail of the maker"/; s/"F-2026-1"/"F-2026-2"/' "$dir/hq/records/failures.jsonl"
publish
[ "$(wc -l < "$dir/hq/archive/index.jsonl")" -eq $((lines + 1)) ] || fail "a line that was cut short stayed"
expect 0 hq archive check --json
is '.good and (.added | not)'
expect 0 hq replay "$dir/whole.jsonl" --all
say "all told"
