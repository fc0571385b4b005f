#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_cases.sh BUILD SOURCE KILLS - a delivery of several lines: the good ones stay, one is put aside. The daemon is killed and comes back,
# people write, a release is refused while the table withholds, head office files the statement, units are released in part, and the rest
# goes back, to scrap, to a branch and to the regulator. A unit that a second person overrides at goods-in leaves its case. And what a kill
# under goods-ins leaves is what the log says.
. "$(dirname "$0")/station.sh"
kills=${1:-3}
sock() { printf '%s' "$dir/station/run/tillgated.sock"; }
api() { curl -s --unix-socket "$(sock)" -d "$2" "http://t/v1/cases/$1" > "$dir/out"; }
gtin13() { python3 -c 'import sys; b=sys.argv[1]; s=sum(int(d)*(3 if i%2==0 else 1) for i,d in enumerate(reversed(b))); print(b+str(-s%10))' "$1"; }
day() { date -u -d "$1" +%F; }
kill_daemon() { { kill -9 "$daemon_pid"; wait "$daemon_pid" || true; } 2> /dev/null; }
cases() { tillgate --json case list --state all; }

head_office
good=$(gtin13 952400008001) bare=$(gtin13 952400008002) other=$(gtin13 952400008003) doubt=$(gtin13 952400008004)
template=$(grep -m1 '"batches":"all"' "$dir/hq/records/socs.jsonl")
note=$(grep -m1 '"decision":"in"' "$dir/hq/records/scope_notes.jsonl")
n=1
for gtin in "$good" "$bare" "$other" "$doubt"; do
  jq -cn --arg g "$gtin" --arg n "$n" '{gtin: $g, name: "Doorbell \($n)", manufacturer: "Maker", type: "DB-\($n)", category: "none-of-these"}' >> "$dir/hq/records/products.jsonl"
  jq -c --arg g "$gtin" --arg n "$n" '.id = "SN-CASES-\($n)" | .gtins = [$g]' <<< "$note" >> "$dir/hq/records/scope_notes.jsonl"
  n=$((n + 1))
done
soc() { # GTIN N
  jq -c --arg g "$1" --arg n "$2" '.id = "SOC-CASES-\($n)" | .gtins = [$g] | .types = ["DB-\($n)"] | .batches = "all"
    | del(.serial_ties, .superseded_by) | .accompanies = {"how": "in-pack"} | .status = "current"' <<< "$template" >> "$dir/hq/records/socs.jsonl"
}
soc "$good" 1
soc "$doubt" 4
printf '%s\n' "{\"id\":\"F-CASES-1\",\"informed\":\"$(day -1day)\",\"source\":\"mail of the maker\",\"gtins\":[\"$doubt\"]}" >> "$dir/hq/records/failures.jsonl"
set_policy '.override.authorities[0] |= (.rows = (.rows + ["7"] | unique) | .operations = (.operations + ["goods-in"] | unique))'
publish
enrolled
printf '246813\n' > "$dir/boss.pin"
printf '975310\n' > "$dir/ann.pin"
printf '864209\n' > "$dir/max.pin"
printf '111111\n' > "$dir/wrong.pin"
expect 0 tillgate staff add boss --right supervisor --pin-file "$dir/boss.pin"
expect 0 tillgate staff add ann --right release --pin-file "$dir/ann.pin" --by boss --by-pin-file "$dir/boss.pin"
ann=(--who ann --pin-file "$dir/ann.pin")
expect 0 tillgate staff add max --right duty-manager --pin-file "$dir/max.pin" --by boss --by-pin-file "$dir/boss.pin"
max=(--reason head-office-agreed --who max --pin-file "$dir/max.pin")
start_daemon

say "a delivery: what may be sold stays, one line is put aside, and nothing stops"
for gtin in "$good" "$bare" "$good" "$bare" "$good"; do printf '{"label":"%s"}\n' "$gtin"; done > "$dir/delivery"
expect 1 tillgate --json check --batch-file "$dir/delivery" --op goods-in --supplier "Müller & Co" --delivery D-2291
[ "$(jq -s '[.[] | select(.released)] | length' "$dir/out")" -eq 3 ] || fail "not three units came in"
[ "$(jq -rs '[.[] | .case // empty] | unique | length' "$dir/out")" -eq 1 ] || fail "not one case"
id=$(jq -rs '[.[] | .case // empty][0]' "$dir/out")
expect 0 tillgate --json case list
is '.id == "'"$id"'" and .held == 2 and .supplier == "Müller & Co" and .delivery == "D-2291" and .state == "open" and .row == "16" and .name == "Doorbell 2"'
expect 0 tillgate case list
said "$id"
expect 0 tillgate --json status
is '.cases.open == 1 and .cases.units == 2 and .cases.oldest == "'"$id"'" and .cases.complete'
expect 1 tillgate --json check "$bare" --op goods-in --delivery D-2300
is '.case != "'"$id"'" and .case == .reference'
second=$(jq -r .case "$dir/out")

say "people say how many there are, whose they are, and whose turn it is"
expect 0 tillgate case count "$id" 40 --held 2
expect 1 tillgate case count "$id" 41 --held 2
said "holds 40 units"
expect 0 tillgate case note "$id" "pallet 7, top layer wet"
expect 0 tillgate case assign "$id" --owner buyer
expect 0 tillgate case state "$id" theirs
expect 2 tillgate case state "$id" settled
expect 2 tillgate case note "$id" "$(printf 'a\nb')"
expect 2 tillgate case assign "$id" --owner "Ann Smith"
expect 4 tillgate case show "$(tillgate --json check "$good" --op sale | jq -r .reference)"
api note '{"id":"'"$id"'"}'
is '.code and (.error | contains("text"))'
expect 0 tillgate --json case show "$id"
is '.case.owner == "buyer" and .case.state == "theirs" and (.history | map(.entry.event)) == ["state","assign","note","count"]'
expect 0 tillgate case show "$id"
said "pallet 7"

say "killed and started again: the same, and by the command while nothing runs"
cases > "$dir/before"
kill_daemon
cases > "$dir/alone"
start_daemon
cases > "$dir/after"
cmp "$dir/before" "$dir/alone"
cmp "$dir/before" "$dir/after"

say "no release without a person, without the right, and while the table withholds"
expect 2 tillgate case release "$id"
expect 1 tillgate case release "$id" --who ann --pin-file "$dir/wrong.pin"
expect 1 tillgate case release "$id" --who boss --pin-file "$dir/boss.pin"
said "right"
expect 1 tillgate case release "$id" "${ann[@]}"
said "still withheld"
said "no-soc"
expect 1 tillgate case count "$id" 30
said "wants a person"
expect 0 tillgate --json case show "$id"
is '.case.held == 40 and .case.refused == 2 and .history[0].entry.event == "refused" and .history[0].entry.code == "no-soc" and (.history[0].entry.by | length) == 16'
check=$(jq -r '.history[0].entry.check' "$dir/out")
expect 0 tillgate --json evidence show "$check"
is '.entry.recheck == "'"$id"'" and .entry.operation == "goods-in" and (.entry | has("case") | not)'

say "head office files the statement: some are released, the rest goes on its way"
soc "$bare" 2
publish
expect 0 tillgate sync
version=$(jq .version "$dir/hq/records/policy.json")
wait_for "the new catalogue" bash -c "curl -fs --unix-socket '$(sock)' -d '{\"label\":\"$bare\",\"operation\":\"sale\"}' http://t/v1/explain | jq -e .answer.released"
expect 1 tillgate case release "$id" "${ann[@]}" --label "$good"
said "not the product"
expect 0 tillgate --json case release "$id" "${ann[@]}" --quantity 30 --held 40 --text "statement filed"
is '.case.held == 10 and .case.left.released == 30 and .check.outcome == "allow" and .check.released'
expect 1 tillgate case release "$id" "${ann[@]}" --quantity 30
said "holds 10 units"
expect 0 tillgate case count "$id" 8 "${ann[@]}" --text "two were never there"
expect 0 tillgate case settle "$id" returned "${ann[@]}" --quantity 5
expect 0 tillgate case settle "$id" scrapped "${ann[@]}" --quantity 2
expect 0 tillgate --json case settle "$id" regulator "${ann[@]}"
is '.case.state == "settled" and .case.held == 0 and .case.left == {"released":30,"miscounted":2,"returned":5,"scrapped":2,"regulator":1}'
expect 1 tillgate case release "$id" "${ann[@]}"
said "settled"
expect 0 tillgate case note "$id" "closed with the supplier"
expect 0 tillgate --json case list
is '.id == "'"$second"'"'

say "what has no statement goes back on a named sign-off, and to a branch as quarantine stock; never to stock"
expect 1 tillgate --json check "$other" --op goods-in --delivery D-3
third=$(jq -r .case "$dir/out")
expect 0 tillgate case count "$third" 9
expect 1 tillgate case release "$third" "${ann[@]}" --authority duty-manager --reason head-office-agreed
said "still withheld"
expect 0 tillgate --json case settle "$third" returned "${ann[@]}" --quantity 4
is '.check.outcome == "hold" and .check.supply == "to-vendor" and .check.operation == "dispatch" and .case.held == 5'
expect 0 tillgate --json case settle "$third" moved "${ann[@]}" --quantity 4
is '.check.supply == "own-branch" and .case.held == 1'
expect 0 tillgate --json case settle "$third" scrapped "${ann[@]}"
is '.check.supply == "scrap" and .check.outcome == "allow" and .case.state == "settled"'
expect 0 tillgate --json case list --state settled
[ "$(wc -l < "$dir/out")" -eq 2 ] || fail "not two settled cases"

say "a second person overrides one unit as it comes in: it leaves its case, once, and stays out"
for n in 1 2; do expect 1 tillgate --json check "$doubt" --op goods-in --delivery D-4 --operator carl; done
fourth=$(jq -r .case "$dir/out") unit=$(jq -r .reference "$dir/out")
is '.decided_by == "7" and .case != .reference and .overridable'
expect 1 tillgate override "$unit" --asked-by max "${max[@]}"
said "second person"
expect 0 tillgate --json override "$unit" --asked-by carl "${max[@]}"
is '.granted and .released'
expect 1 tillgate override "$unit" --asked-by carl "${max[@]}"
kill_daemon
start_daemon
expect 0 tillgate --json case show "$fourth"
is '.case.held == 1 and .case.left == {"released":1} and .history[0].entry.kind == "override"'
expect 1 tillgate --json case release "$fourth" "${ann[@]}"
again=$(tillgate --json case show "$fourth" | jq -r '.history[0].entry.check')
expect 1 tillgate --json override "$again" --asked-by carl "${max[@]}"
is '.code == "no-such-check"'

say "who is locked out is refused, which is not to say that the station is busy"
for n in 1 2 3 4 5 6; do expect 1 tillgate case release "$fourth" --who ann --pin-file "$dir/wrong.pin"; done
said "too many wrong tries"

say "killed under goods-ins and notes: what is answered is there, and the book is the log's"
for ((i = 0; i < kills; i++)); do
  { for n in $(seq 1 60); do
      curl -fs --unix-socket "$(sock)" -d '{"label":"'"$other"'","operation":"goods-in","delivery":"K-'"$((n % 4))"'"}' http://t/v1/check || break
      echo
    done > "$dir/answered" 2> /dev/null; } &
  client=$!
  { for n in $(seq 1 60); do tillgate case note "$second" "note $n" > /dev/null 2>&1 || break; done; } &
  writer=$!
  pids+=("$client" "$writer")
  sleep "0.$((2 + RANDOM % 5))"
  kill_daemon
  wait "$client" "$writer" || true
  cases > "$dir/alone"
  start_daemon
  cases > "$dir/after"
  cmp "$dir/alone" "$dir/after"
  while read -r case; do
    jq -es --arg c "$case" 'any(.[]; .id == $c)' "$dir/after" > /dev/null || fail "case $case was answered and is gone"
  done < <(jq -r '.case // empty' "$dir/answered" | sort -u)
done
units=$(entries 0 | jq -s --arg g "0$other" '[.[].entry | select(.kind == "check" and .label.gtin == $g and .case and (.delivery // "" | startswith("K-")))] | length')
held=$(cases | jq -s '[.[] | select(.delivery // "" | startswith("K-")) | .held] | add // 0')
[ "$units" -eq "$held" ] || fail "$units units are in the log, $held in cases"
notes=$(entries 0 | jq -s --arg c "$second" '[.[].entry | select(.kind == "case" and .case == $c and .event == "note")] | length')
[ "$(cases | jq --arg c "$second" 'select(.id == $c) | .notes // 0')" -eq "$notes" ] || fail "not $notes notes"
expect 0 tillgate evidence verify
say "all as it should be"
