#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_override.sh BUILD SOURCE - staff are enrolled at a station, and a second person lets withheld units go: by command, daemon, library and
# lane. What nobody may lift is refused with words; nothing secret and no name is in the log; what was wrong is still locked after a restart.
. "$(dirname "$0")/station.sh"
sock() { printf '%s' "$dir/station/run/tillgated.sock"; }
post() { curl -s --unix-socket "$(sock)" -d "$2" "http://t$1" > "$dir/out"; }
day() { date -u -d "$1" +%F; }
sue=390281475926 anna=482915730164 ben=771234960581 badge=STAFF-0041-DORA
for who in sue anna ben; do printf '%s\n' "${!who}" > "$dir/$who.pin"; done
echo 000111222333 > "$dir/wrong.pin"
echo "$badge" > "$dir/dora.badge"
by_sue() { tillgate staff "$@" --by sue --by-pin-file "$dir/sue.pin"; }
lift() { local ref=$1 who=$2; shift 2; tillgate --json override "$ref" --reason head-office-agreed --asked-by carl --who "$who" --pin-file "$dir/$who.pin" "$@"; }
withheld() { # label: its check is withheld at sale; sets ref
  expect 1 tillgate --json check "$1" --op sale
  ref=$(jq -r .reference "$dir/out")
}

head_office
enrolled
hub=$(gtin_of LH-3)
hq lint --json > "$dir/lint.json" || true
line=$(jq '[.findings[] | select(.code == "D01" and .file == "products.jsonl")][0].line' "$dir/lint.json")
bare=$(sed -n "${line}p" "$dir/hq/records/products.jsonl" | jq -r .gtin) # in scope, and nothing is filed
printf '%s\n' "{\"id\":\"F-2026-1\",\"informed\":\"$(day -1day)\",\"source\":\"mail of the maker\",\"gtins\":[\"$hub\"]}" >> "$dir/hq/records/failures.jsonl"
publish
expect 0 tillgate sync

say "a policy that lists a row which nobody may lift is refused by lint, with words"
cp "$dir/hq/records/policy.json" "$dir/policy.kept"
set_policy '.override.authorities[0].rows += ["16"]'
expect 1 hq lint
said '"16" may never be overridden'
cp "$dir/policy.kept" "$dir/hq/records/policy.json"

say "enrolment: the owner enrols the first supervisor, supervisors the others"
withheld "$hub"
expect 1 lift "$ref" anna
is '.code == "nobody-enrolled" and .recorded'
expect 2 tillgate staff add anna --right duty-manager --pin-file "$dir/anna.pin"
said "is a supervisor"
expect 0 tillgate staff add sue --right supervisor --pin-file "$dir/sue.pin"
expect 1 tillgate staff add anna --right duty-manager --pin-file "$dir/anna.pin"
said "a supervisor has to show"
expect 0 by_sue add anna --right duty-manager --pin-file "$dir/anna.pin"
expect 0 by_sue add ben --right returns-desk --pin-file - < "$dir/ben.pin"
expect 0 by_sue add dora --right duty-manager --badge-file "$dir/dora.badge"
expect 2 by_sue add eve --right manager --pin-file "$dir/wrong.pin"
said "gives no such right"
printf '123456\n' > "$dir/row.pin"
expect 2 by_sue add eve --right duty-manager --pin-file "$dir/row.pin"
said "digits in a row"
printf '%s\n' "$hub" > "$dir/product.badge"
expect 2 by_sue add eve --right duty-manager --badge-file "$dir/product.badge"
said "a product's number"
expect 0 tillgate --json staff list
is '[.people[].who] == ["sue", "anna", "ben", "dora"] and (.people[3] | .badge and (.pin | not))'
for file in staff staff-names staff-pepper; do
  [ "$(stat -c %a "$dir/station/evidence/$file")" = 600 ] || fail "$file: others may read it"
done

say "the check says who may, why and until when; another person lets it go, once"
withheld "$hub"
is '.overridable and .override.authorities == ["duty-manager"] and (.override.reasons | length) == 3 and .override.until > .at'
is '.override.codes == [.override.reasons[].code]'
expect 1 lift "$ref" ben
is '.code == "no-authority" and (.released | not) and .recorded'
expect 1 tillgate --json override "$ref" --reason head-office-agreed --asked-by anna --who anna --pin-file "$dir/anna.pin"
is '.code == "same-person"'
expect 1 tillgate --json override "$ref" --reason because --asked-by carl --who anna --pin-file "$dir/anna.pin"
is '.code == "no-such-reason"'
expect 0 lift "$ref" anna
is '.granted and .released and .authority == "duty-manager" and .recorded and (has("delivered") | not)'
entry=$(jq -r .reference "$dir/out")
expect 0 tillgate --json evidence show "$entry"
is '.entry.kind == "override" and .entry.state == "granted" and .entry.released and .entry.outcome == "hold" and .entry.decided_by == "7"'
expect 1 lift "$ref" anna
is '.code == "already-overridden"'
withheld "$hub" # the next unit is a unit of its own
expect 1 tillgate --json override "$ref" --reason head-office-agreed --asked-by carl --who anna --pin-file "$dir/wrong.pin"
is '.code == "not-recognised"'

say "what nobody may lift is refused with words that say why"
withheld "$bare"
is '(.overridable | not) and (has("override") | not)'
expect 1 lift "$ref" anna
is '.code == "not-overridable" and (.reason | test("statement of compliance")) and (.action | test("Nobody here"))'

say "the daemon: the same, and a stop that comes meanwhile stops it"
start_daemon
post /v1/check "{\"label\":\"$hub\",\"operation\":\"sale\"}"
is '.overridable and .override.authorities == ["duty-manager"]'
ref=$(jq -r .reference "$dir/out")
post /v1/override "{\"reference\":\"$ref\",\"reason\":\"head-office-agreed\",\"asked_by\":\"carl\",\"by\":{\"badge\":\"$badge\"}}"
is '.granted and .released'
post /v1/staff/list '{}'
is '[.people[].who] | length == 4'
expect 0 tillgate staff list
withheld "$hub"
cp "$dir/hq/records/failures.jsonl" "$dir/failures.kept"
sed -i "s/\"informed\":\"$(day -1day)\"/\"informed\":\"$(day -1day)\",\"believed\":\"$(day now)\"/" "$dir/hq/records/failures.jsonl"
publish
expect 0 tillgate sync
version=$(tillgate --json status | jq .sync.catalogue_version)
wait_for "the stop" bash -c "curl -fs --unix-socket '$(sock)' http://t/v1/status | jq -e '.catalogue_version == $version'"
expect 1 lift "$ref" anna
is '.code == "not-overridable" and (.reason | test("security problem"))'
cp "$dir/failures.kept" "$dir/hq/records/failures.jsonl"
publish
expect 0 tillgate sync
version=$(tillgate --json status | jq .sync.catalogue_version)
wait_for "its end" bash -c "curl -fs --unix-socket '$(sock)' http://t/v1/status | jq -e '.catalogue_version == $version'"

say "a till with the library"
printf '%s\n' "$hub" "$bare" > "$dir/labels"
till() { "$example_till" --socket "$(sock)" --device till-9 --override head-office-agreed --asked-by carl --json "$@" < "$dir/labels"; }
expect 1 till --who anna --pin-file "$dir/anna.pin"
[ "$(jq -sc '[.[] | .released]' "$dir/out")" = '[false,true,false]' ] || fail "the hub goes on, the other does not: $(cat "$dir/out")"
jq -se '.[0].overridable and .[1].granted and .[1].authority == "duty-manager" and (.[2].overridable | not)' "$dir/out" > /dev/null || fail "$(cat "$dir/out")"
expect 1 till --who ben --pin-file "$dir/ben.pin"
jq -se '.[1].code == "no-authority" and (.[1].released | not)' "$dir/out" > /dev/null || fail "$(cat "$dir/out")"
stop_daemon

say "a lane: the scan that was kept goes to the till, exactly and once; a badge never does"
with_lane
start_daemon
"$sim_till" --stay --log "$dir/tape" "$dir/till" > /dev/null 2> "$dir/till.log" &
pids+=($!)
mkfifo "$dir/scans"
exec 3<> "$dir/scans"
"$sim_scanner" --aim --interval-ms 20 --hold --wait-s 60 "$dir/scanner" - < "$dir/scans" > "$dir/scanner.log" 2>&1 3>&- &
pids+=($!)
lane() { curl -fs --unix-socket "$(sock)" http://t/v1/status | jq -r ".lanes[0] | $1"; }
scan() { # label: scanned at the lane
  local before
  before=$(lane .scans)
  printf '%s\n' "$1" >&3
  wait_for "a scan of $1" bash -c "[ \$(curl -fs --unix-socket '$(sock)' http://t/v1/status | jq '.lanes[0].scans') -gt $before ]"
}
wait_for "the till" bash -c "curl -fs --unix-socket '$(sock)' http://t/v1/status | jq -e '.lanes[0].till'"
taped() { if [ -e "$dir/tape" ]; then wc -l < "$dir/tape"; else echo 0; fi; }
item="]d201${hub}21N7" # a unit of its own, by its serial number
case ${#hub} in 13) item="]d2010${hub}21N7" ;; esac
scan "$item"
[ "$(lane .last.overridable)" = true ] || fail "$(lane .last)"
ref=$(lane .last.reference)
[ "$(taped)" -eq 0 ] || fail "the till got what was withheld"
expect 1 lift "$ref" ben
is '.code == "no-authority"'
[ "$(taped)" -eq 0 ] || fail "the till got what was refused"
expect 0 lift "$ref" anna
is '.granted and .released and .delivered'
[ "$(cat "$dir/tape")" = "${item#]d2}" ] || fail "the till got $(cat "$dir/tape")"
expect 1 lift "$ref" anna
is '.code == "already-overridden"'
[ "$(taped)" -eq 1 ] || fail "twice"
[ "$(lane .overridden)" -eq 1 ] || fail "the lane does not count it"

scan "$item"
ref=$(lane .last.reference)
scan "$bare"
expect 1 lift "$ref" anna
is '.code == "scan-gone"'

scan "$item"
ref=$(lane .last.reference)
printf ']C1%s\n' "$badge" >&3
wait_for "the badge" bash -c "'$build/plugin/cli/tillgate' --root '$dir/station' --json evidence list --count 1 | jq -e '.entry.label.other == \"staff-badge\"'"
expect 0 tillgate --json override "$ref" --reason head-office-agreed --asked-by carl --badge-at till-3
is '.granted and .delivered'
[ "$(taped)" -eq 2 ] || fail "the till did not get it"
expect 1 tillgate --json override "$ref" --reason head-office-agreed --asked-by carl --badge-at till-3
! grep -q "$badge" "$dir/tape" || fail "the till got a badge"

say "observe mode: an override is recorded too, and changes nothing"
set_policy '.operations.sale.mode = "observe"'
publish
expect 0 tillgate sync
wait_for "the policy" bash -c "curl -fs --unix-socket '$(sock)' http://t/v1/status | jq -e '.operations.sale.mode == \"observe\"'"
scan "$item"
wait_for "the till" bash -c "[ \$(wc -l < '$dir/tape') -eq 3 ]"
ref=$(lane .last.reference)
expect 0 lift "$ref" anna
is '.code == "override-noted" and .granted and (has("delivered") | not)'
[ "$(taped)" -eq 3 ] || fail "it was sent twice"

say "wrong tries lock, also after the daemon was killed"
expect 1 tillgate --json override "$ref" --reason head-office-agreed --asked-by carl --who ben --pin-file "$dir/wrong.pin"
is '.code == "already-overridden"' # nobody's PIN is looked at where there is nothing to override
scan "$item"
ref=$(lane .last.reference)
for n in 1 2 3 4 5; do
  expect 1 tillgate --json override "$ref" --reason head-office-agreed --asked-by carl --who ben --pin-file "$dir/wrong.pin"
done
is '.code == "not-recognised" and .wait_s > 0'
{ kill -9 "$daemon_pid"; wait "$daemon_pid" || true; } 2> /dev/null
expect 1 lift "$ref" ben
is '.code == "locked" and .wait_s > 0'
expect 0 tillgate --json staff list
is '[.people[] | select(.locked_s > 0) | .who] == ["ben"]'
expect 0 by_sue pin ben --pin-file "$dir/ben.pin"
expect 0 tillgate --json staff list
is '[.people[] | select(.locked_s > 0)] == []'

say "removed and forgotten"
expect 1 tillgate staff remove dora --by anna --by-pin-file "$dir/anna.pin"
said "has not the right"
expect 0 by_sue remove dora
expect 1 tillgate --json override "$ref" --reason head-office-agreed --asked-by carl --badge-file "$dir/dora.badge"
is '.code == "not-recognised"'
grep -q dora "$dir/station/evidence/staff-names" || fail "nobody could tell any more who that was"
expect 0 tillgate staff forget dora
! grep -q dora "$dir/station/evidence/staff-names" || fail "not forgotten"
expect 3 tillgate staff forget dora
expect 0 tillgate --json staff forget --before 2020-01
is '.forgotten == 0'

say "what was done is in the log, by ids; no name, no PIN and no badge is, and the log verifies"
entries 0 > "$dir/entries"
for secret in "$sue" "$anna" "$ben" "$badge" "$(printf %s "$badge" | od -An -v -tx1 | tr -d ' \n')" '"sue"' '"anna"' '"ben"' '"dora"' '"carl"' 000111222333; do
  ! grep -qF -- "$secret" "$dir/entries" || fail "the log holds $secret"
done
jq -s -e '[.[].entry | select(.kind == "override" and .state == "granted")] |
  length == 6 and all(.by and .asked_by and .by != .asked_by and .authority == "duty-manager" and .reason == "head-office-agreed" and (.check | type) == "number")' \
  "$dir/entries" > /dev/null || fail "$(jq -c '.entry | select(.kind == "override")' "$dir/entries")"
jq -s -e '[.[].entry | select(.kind == "override" and .state == "refused") | .why] | unique | contains(["already-overridden", "no-authority", "no-such-reason",
  "nobody-enrolled", "not-overridable", "not-recognised", "same-person", "scan-gone", "locked"])' "$dir/entries" > /dev/null || fail "a refusal is missing"
jq -s -e '[.[].entry | select(.kind == "staff") | .event] | unique == ["changed", "enrolled", "forgot", "locked", "refused", "removed"]' "$dir/entries" > /dev/null ||
  fail "$(jq -c '.entry | select(.kind == "staff") | .event' "$dir/entries" | sort | uniq -c)"
expect 0 tillgate --json evidence verify
is '.verdict == "good"'
expect 0 tillgate evidence list --count 20
said "override refused"
exec 3>&-

say "head office replays them: the policy of that moment let that authority lift these rows for that reason, and refused the others"
expect 0 tillgate evidence export -o "$dir/log.jsonl"
expect 0 hq replay "$dir/log.jsonl" --all --json
is '.log.standing == "proven" and .overrides >= 14 and .same == .checks + .overrides and .differ == 0 and .cannot == 0'
granted=$(jq -c '.entry | select(.kind == "override" and .state == "granted")' "$dir/entries" | head -n 1)
seq=$(jq .seq <<< "$granted") check=$(jq .check <<< "$granted")
expect 0 hq replay "$dir/log.jsonl" --seq "$seq"
said "Override of entry $check"
said "granted by authority duty-manager, for reason head-office-agreed"
said "the same as the log says"
cp "$dir/log.jsonl" "$dir/whole.jsonl"
for change in '"authority":"duty-manager"/"authority":"returns-desk"/authority' '"reason":"head-office-agreed"/"reason":"no-time"/reason' \
  '"outcome":"hold"/"outcome":"block"/outcome'; do
  sed "$((seq + 2))s/${change%/*}/" "$dir/whole.jsonl" > "$dir/log.jsonl"
  expect 1 hq replay "$dir/log.jsonl" --seq "$seq" --json
  is ".result == \"differs\" and ([.differences[].member] == [\"${change##*/}\"]) and .log.standing == \"bad\""
done
again=$(jq -c '.entry | select(.kind == "override" and .state == "granted")' "$dir/entries" | sed -n 2p)
sed "$(($(jq .seq <<< "$again") + 2))s/\"check\":[0-9]*/\"check\":$check/" "$dir/whole.jsonl" > "$dir/log.jsonl"
expect 1 hq replay "$dir/log.jsonl" --all --json
is '[.findings[].differences[]?.now] | any(. == "a check is overridden once")'
expect 0 tillgate evidence export --from "$((check + 1))" -o "$dir/log.jsonl"
expect 3 hq replay "$dir/log.jsonl" --seq "$seq"
said "is not in this log"
say "all as it should be"
