#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_main_job.sh BUILD SOURCE - the main job from end to end: records, lint, publish, serve, enrol, sync, check, record, withdraw, block.
. "$(dirname "$0")/station.sh"

head_office
say "lint tells defects and is no error to publish"
expect 1 hq lint
said "D"
expect 0 hq status

say "a station that is not enrolled says what to do"
expect 3 tillgate sync
said "tillgate init"
expect 3 tillgate check 9524000000002 --op sale
said "tillgate enrol"

say "enrolment: both ends show the same fingerprints"
expect 0 tillgate init --station leeds-till-3 --gln 9524009900006 -o "$dir/request.json"
request_print=$(sed -n 's/^request fingerprint: //p' "$dir/err")
expect 0 hq enrol "$dir/request.json" -o "$dir/bundle.json"
[ -n "$request_print" ] || fail "no fingerprint"
said "$request_print"
bundle_print=$(grep -oE '[0-9a-f]{4}( [0-9a-f]{4}){7}' "$dir/out" "$dir/err" | sed 's/^[^:]*://' | grep -vF "$request_print" | head -n 1)
expect 1 tillgate enrol "$dir/bundle.json" --fingerprint "0000 0000 0000 0000 0000 0000 0000 0000"
[ ! -e "$dir/station/trust/root.json" ] || fail "a bundle that was not accepted is trusted"
expect 0 tillgate enrol "$dir/bundle.json" --fingerprint "$bundle_print"

say "before the first sync nothing can be checked, and that is written down"
hub=$(gtin_of LH-3)
expect 3 tillgate --json check "$hub" --op sale
is '.could_not_check and .recorded and (.released | not) and .outcome == "block"'
expect 3 tillgate status
expect 0 tillgate --json sync
is '.outcome == "installed" and .new_image and .new_policy'
expect 0 tillgate --json sync
is '.outcome == "nothing-new" and .requests <= 2'
expect 0 tillgate status

say "one-shot checks: exit codes and answers"
expect 0 tillgate --json check "$hub" --op sale
is '.released and .recorded and .code == "soc-held" and .decided_by == "15" and .soc == "SOC-LH-3" and .stage == "fresh"'
expect 0 tillgate check "]E0$hub" --op dispatch
said "reference"
expect 1 tillgate --json check 9529999999993 --op sale
is '.released == false and .code == "not-assessed" and .outcome == "block" and (.could_not_check | not)'
expect 1 tillgate --json check 9529999999993 --op goods-in
is '.outcome == "hold"'
expect 0 tillgate --json check 9529999999993 --op stock-check # observed only, by policy
is '.released and (.would_release | not) and .mode == "observe"'
expect 0 tillgate --json check LOY5290123456 --op sale
is '.kind == "not-a-product" and .other == "loyalty-card"'
expect 1 tillgate --json check 9524000000003 --op sale
is '.code == "label-ambiguous" and .rows == []'
expect 2 tillgate check "$hub"
expect 2 tillgate check "$hub" --op gift
expect 2 tillgate check
expect 2 tillgate frobnicate
printf '%s\n' "{\"label\":\"$hub\"}" '{"label":"9529999999993","operation":"goods-in"}' > "$dir/labels.jsonl"
expect 1 tillgate check --batch-file "$dir/labels.jsonl" --op sale
[ "$(wc -l < "$dir/out")" -eq 2 ] || fail "two lines in, $(wc -l < "$dir/out") out"
printf '%s\n' "{\"label\":\"$hub\"}" 'no json' "{\"label\":\"$hub\"}" > "$dir/labels.jsonl"
expect 3 tillgate check --batch-file "$dir/labels.jsonl" --op sale
is_line() { sed -n "$1p" "$dir/out" | jq -e "$2" > /dev/null || fail "line $1: $(sed -n "$1p" "$dir/out")"; }
is_line 1 .released
is_line 2 '.line == 2 and .could_not_check'
is_line 3 .released

head -c 4096 /dev/zero | tr '\0' A | od -An -v -tx1 | tr -d ' \n' > "$dir/long"
for i in $(seq 300); do printf '{"label_hex":"%s"}\n' "$(cat "$dir/long")"; done > "$dir/labels.jsonl" # more than one request holds
expect 1 tillgate check --batch-file "$dir/labels.jsonl" --op sale
[ "$(jq -r .code "$dir/out" | grep -c '^label-unreadable$')" -eq 300 ] || fail "long labels: $(wc -l < "$dir/out") answers"

say "the daemon answers the same, and the command goes through it"
start_daemon
expect 0 tillgate --json check "$hub" --op sale
is '.released and .code == "soc-held"'
reference=$(jq -r .reference "$dir/out") seq=$(jq .seq "$dir/out")
expect 0 tillgate --json evidence show "$reference"
is ".seq == $seq and .entry.label.gtin == \"0$hub\" and .entry.released and .entry.device == \"command\""
expect 0 tillgate evidence show "$reference" --proof
said "c2sp.org/tlog-proof"
expect 1 tillgate check 9529999999993 --op sale
curl -fs --unix-socket "$dir/station/run/tillgated.sock" -d "{\"label\":\"$hub\",\"operation\":\"sale\"}" http://t/v1/check > "$dir/out"
is .released
expect 0 tillgate --json status
is '.health == "good" and .stage == "fresh" and .catalogue_version >= 1'

say "a withdrawn statement: published, synced, taken up without a restart, blocked"
jq -c 'select(.id == "SOC-LH-3") | .status = "withdrawn"' "$dir/hq/records/socs.jsonl" > "$dir/withdrawn.jsonl"
expect 0 hq import "$dir/withdrawn.jsonl" --kind socs
version=$(tillgate --json status | jq .catalogue_version)
publish
expect 0 tillgate --json sync
is ".outcome == \"installed\" and .previous_version == $version and .catalogue_version > $version and (.new_policy | not)"
wait_for "the new catalogue" sh -c "'$build/plugin/cli/tillgate' --root '$dir/station' --json status | jq -e '.catalogue_version > $version'"
expect 1 tillgate --json check "$hub" --op sale
is '.code == "soc-withdrawn" and .outcome == "block"'
entries 0 > "$dir/entries"
[ "$(jq -s '[.[] | select(.entry.kind == "catalogue")] | length' "$dir/entries")" -eq 1 ] || fail "one entry for the new catalogue"

say "observe: everything is forwarded, and recorded as it would have been"
set_policy '.operations[].mode = "observe"'
publish
expect 0 tillgate --json sync
is '.new_policy and (.new_image | not)'
wait_for "the new policy" sh -c "'$build/plugin/cli/tillgate' --root '$dir/station' --json status | jq -e '.operations.sale.mode == \"observe\"'"
expect 0 tillgate --json check "$hub" --op sale
is '.released and (.would_release | not) and .outcome == "block" and .mode == "observe"'
seq=$(jq .seq "$dir/out")
expect 0 tillgate --json evidence show "$seq"
is '.entry.released and (.entry.would_release | not) and .entry.outcome == "block"'

say "nothing new: a refresh confirms the catalogue and is no entry"
size=$(log_size)
expect 0 hq refresh
expect 0 tillgate --json sync
is '.outcome == "refreshed"'
sleep 1 # two ticks: an entry would be there
[ "$(log_size)" -eq "$size" ] || fail "a mere refresh was written down"

say "the log verifies, live and at rest"
expect 0 tillgate --json evidence verify
is '.verdict == "good" and .epochs == 1'
expect 0 tillgate evidence checkpoint
said "trader.example/9524009900006/leeds-till-3/1"
stop_daemon
expect 0 tillgate --json evidence verify
is '.verdict == "good" and .unsigned_entries == 0'
expect 0 tillgate evidence list
[ ! -e "$dir/station/run/tillgated.sock" ] || fail "the socket stayed"
say "done"
