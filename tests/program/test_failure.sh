#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_failure.sh BUILD SOURCE [kill] - a compliance failure from the day it becomes known: opened, published, blocked at the station, steps
# in the law's order, letters, closed, sold again. A notice that takes effect tomorrow. Two people at once. With "kill": the process is
# killed at each of its writes, and records and casework agree after the next run.
# shellcheck source=tests/program/station.sh
. "$(dirname "$0")/station.sh"
how=${1:-plain}

day() { date -u -d "$1" +%F; }
brought() { publish "$@"; expect 0 tillgate sync; }
book() { [ -f "$dir/hq/casework/$1.jsonl" ] && wc -l < "$dir/hq/casework/$1.jsonl" || echo 0; }
in_records() { { cat "$dir/hq/records/$1.jsonl" 2> /dev/null || true; } | grep -c "\"id\":\"$2\"" || true; }

head_office
enrolled
hub=$(gtin_of LH-3)
open=(failure open F-1 --known --source "own test of twenty units" --told-by own-test --gtin "$hub" --by ann
  --details "All units share one password" --risks "Anybody near can take it over")

say "before: the hub may be sold"
expect 0 tillgate check "$hub" --op sale

say "a failure that names nothing is refused, and nothing is half done"
expect 1 hq failure open F-0 --known --source x --details x --brand Nobodys --by ann
said names-nothing
expect 2 hq failure open F-0 --source x --details x --gtin "$hub" --by ann
expect 2 hq failure open F-0 --known --details x --gtin "$hub" --by ann
expect 2 hq failure open F-0 --known --source x --gtin "$hub" --by ann
said details
expect 2 hq failure open F-0 --known --source x --details x --gtin "$hub"
said "--by NAME"
expect 2 hq failure open F-0 --known --source x --details "$(printf 'red \033[31m')" --gtin "$hub" --by ann
expect 2 hq failure open F-0 --known --source x --details "$(printf 'turned \342\200\256 round')" --gtin "$hub" --by ann
[ "$(in_records failures F-0)" = 0 ] && [ "$(book failures)" = 0 ] || fail "something was half done"

say "opened: the records have it, the station not yet; it says how to publish at once"
expect 0 hq "${open[@]}"
said "tillgate-hq publish"
said "policy, not law"
said "PSTI Act 2022 s. 25(3)"
expect 1 hq "${open[@]}"
said "another number"
expect 0 tillgate check "$hub" --op sale
[ "$(stat -c %a "$dir/hq/casework")" = 700 ] && [ "$(stat -c %a "$dir/hq/casework/failures.jsonl")" = 600 ] || fail "casework is not private"

say "published: blocked, and the story stays at head office"
brought
expect 1 tillgate --json check "$hub" --op sale
is '.outcome == "block" and .decided_by == "6" and .stop == "F-1"'
! grep -rqs "share one password" "$dir/hq/repository" "$dir/station/catalogue" || fail "the story left head office"

say "steps: a notice waits for contact; not-needed is no way round the law; what is recorded stays"
expect 1 hq failure step F-1 notify-authority --evidence mail-1 --by ann
said "s. 25(6)"
expect 1 hq failure step F-1 contact-manufacturer --result not-needed --note "no wish to" --by ann
said "s. 25(3)"
expect 2 hq failure step F-1 contact-manufacturer --by ann
said "--evidence"
expect 2 hq failure step F-1 dance --evidence x --by ann
expect 2 hq failure step F-1 stop --evidence x --by ann --on "$(day +1day)"
said "not come yet"
expect 0 hq failure step F-1 stop --evidence ticket-1 --by ann
expect 0 hq failure step F-1 contact-manufacturer --result attempted --note "no answer" --evidence call-0 --on 2020-01-01 --by ann
said "before the day on which we became aware"
expect 0 hq failure step F-1 contact-manufacturer --result attempted --note "no answer" --evidence call-1 --by ann
! grep -q "became aware (" "$dir/err" || fail "today is no slip"
expect 0 hq failure step F-1 notify-authority --evidence mail-1 --by bob
expect 0 hq failure show F-1 --json
is '.steps[] | select(.step == "notify-authority") | .status == "done" and .recorded.by == "bob" and .recorded.evidence == "mail-1"'
is '.authority_notified.yes and (.manufacturer_aware.yes | not)'
expect 0 hq failure list
said "1 failures, 0 steps overdue"
expect 7 hq failure list --today "$(day +20days)"
said "contact-manufacturer"
expect 7 hq failure show F-1 --today "$(day +20days)" --json
is '.overdue > 0 and all(.steps[] | select(.due); .due_is == "policy, not law")'

say "letters: to whom we supplied, of the batches in question; nothing of a supplier's text steers a terminal or a browser"
{
  printf 'Article;Consignee;Batch;Units;Kind\n'
  printf '%s;Corner Shop;L150;4;distributor\n' "$hub"
  printf '%s;"Evil \033[31m\342\200\256 <script>Shop";;2;reseller\n' "$hub"
  printf '%s;A Customer;L150;1;customer\n' "$hub"
} > "$dir/despatch.csv"
expect 0 hq failure letters F-1 --despatch "$dir/despatch.csv" --separator ';' --map Article=gtin --map Consignee=to --map Batch=batch \
  --map Units=units --map Kind=relation --out "$dir/letters" --from "Trader, 1 Road"
said "none sent"
[ "$(find "$dir/letters" -name '*.txt' | wc -l)" = 5 ] && [ "$(find "$dir/letters" -name '*.html' | wc -l)" = 5 ] || fail "not two forms of five letters"
for letter in manufacturer authority supplier downstream-0001 downstream-0002; do
  for words in "All units share one password" "Anybody near can take it over" "Steps taken by the manufacturer"; do
    tr '\n' ' ' < "$dir/letters/$letter.txt" | tr -s ' ' | grep -qF "$words" || fail "$letter.txt: not \"$words\""
    grep -qF "$words" "$dir/letters/$letter.html" || fail "$letter.html: not \"$words\""
  done
done
for letter in supplier downstream-0001; do
  grep -q "s. 25(10)" "$dir/letters/$letter.txt" && grep -q "authority been notified: yes" "$dir/letters/$letter.txt" || fail "$letter: not what s. 25(10) asks for"
done
grep -q L150 "$dir/letters/downstream-0001.txt" || fail "not what was supplied"
! grep -rlP '\x1b|\xe2\x80\xae' "$dir/letters" || fail "a character that steers got through"
! grep -rl '<script' "$dir/letters" --include='*.html' || fail "a tag got through"
! grep -rl "A Customer" "$dir/letters" "$dir/hq/casework" || fail "a customer's name was taken"
sed -i '/Evil/d' "$dir/despatch.csv"
expect 1 hq failure letters F-1 --despatch "$dir/despatch.csv" --separator ';' --map Article=gtin --map Consignee=to --map Kind=relation --out "$dir/letters"
said "downstream-0002.html is of an earlier run"
rm "$dir/letters/downstream-0002".*
expect 0 hq failure letters F-1 --despatch "$dir/despatch.csv" --separator ';' --map Article=gtin --map Consignee=to --map Kind=relation --out "$dir/letters"

say "which units it reaches can be said anew"
expect 0 hq failure facts F-1 --batch L100..L199 --by ann
brought
expect 1 tillgate check "(01)0$hub(10)L150" --op sale
expect 0 tillgate check "(01)0$hub(10)L250" --op sale
expect 1 hq failure facts F-1 --brand Nobodys --by ann
expect 1 tillgate check "$hub" --op sale

say "casework that is damaged holds no stop up: by import and publish it goes out all the same (failure-day.md)"
cp -r "$dir/hq/casework" "$dir/casework.kept"
cp "$dir/hq/records/failures.jsonl" "$dir/failures.kept"
printf '{"v":1,"' >> "$dir/hq/casework/failures.jsonl"
other=$(gtin_of LB-27C)
expect 1 hq failure open F-99 --known --source "own test" --details x --gtin "$other" --by ann
said "take it from the backup"
printf '{"id":"F-99","believed":"%s","source":"own test","gtins":["%s"]}\n' "$(day now)" "$other" > "$dir/stop.jsonl"
expect 0 hq import "$dir/stop.jsonl" --kind failures
expect 3 hq publish # it went out, and somebody has to look
said "casework/failures.jsonl: the last line is cut short"
said "the records are published as they are"
expect 0 tillgate sync
expect 1 tillgate --json check "$other" --op sale
is '.outcome == "block" and .stop == "F-99"'
rm -r "$dir/hq/casework"
mv "$dir/casework.kept" "$dir/hq/casework"
cp "$dir/failures.kept" "$dir/hq/records/failures.jsonl"
brought

say "a duty does not end with the remedy; closed on evidence, the gate sells again"
expect 1 hq failure close F-1 --outcome remedied --reason "update 2.1" --evidence lab-7 --by ann
said "contact-manufacturer"
expect 0 hq failure step F-1 contact-manufacturer --evidence call-2 --by ann
expect 0 hq failure step F-1 notify-downstream --evidence post-1 --by ann
expect 0 hq failure step F-1 notify-supplier --evidence mail-2 --by ann
expect 2 hq failure close F-1 --outcome remedied --reason "update 2.1" --by ann
expect 0 hq failure close F-1 --outcome remedied --reason "update 2.1" --evidence lab-7 --by ann
said "closed on"
said "ten years"
said "sale allow (row 15)"
expect 1 tillgate check "$hub" --op sale
brought
expect 0 tillgate check "$hub" --op sale
expect 1 hq failure step F-1 stop --evidence x --by ann
said "is closed"
expect 0 hq failure list
said "0 failures"

say "suspected: on hold; unfounded: sold again"
expect 0 hq failure open F-2 --suspected --source "a customer's mail" --told-by customer --details "may listen all the time" --gtin "$hub" --by ann
brought
expect 1 tillgate --json check "$hub" --op sale
is '.outcome == "hold" and .decided_by == "7"'
expect 1 hq failure close F-2 --outcome remedied --reason x --evidence x --by ann
expect 0 hq failure known F-2 --reason "seen in our lab" --by ann
brought
expect 1 tillgate --json check "$hub" --op sale
is '.decided_by == "6"'
expect 0 hq failure close F-2 --outcome unfounded --reason "another model" --evidence lab-8 --by ann
brought
expect 0 tillgate check "$hub" --op sale

say "a notice in effect tomorrow: on hold today, blocked tomorrow without a publication; what the register says is what the station says"
expect 0 hq notice add N-1 --kind stop --genuine --given "$(day now)" --service hand --effective "$(day +1day)" --source letter --gtin "$hub" \
  --task "$(day +5days) send evidence" --by ann --json
is '.state == "given, not yet in effect"'
is "[.effect[] | [.from, .sale.outcome, .sale.row]] == [[\"$(day now)\", \"hold\", \"4\"], [\"$(day +1day)\", \"block\", \"1\"]]"
is ".appeal_last_day == \"$(day +27days)\""
brought
tomorrow() { LD_PRELOAD=$build/tests/program/libtest-clock.so TG_TEST_CLOCK_OFFSET_S=86400 "$build/plugin/cli/tillgate" --root "$dir/station" "$@"; }
expect 1 tillgate --json check "$hub" --op sale
is '.outcome == "hold" and .decided_by == "4" and .stop == "N-1"'
if [ "$how" != sanitized ]; then
  expect 1 tomorrow --json check "$hub" --op sale
  is '.outcome == "block" and .decided_by == "1" and .stop == "N-1"'
fi

say "an appeal: of no effect while it is pending; a late one only once it is admitted"
expect 0 hq notice step N-1 appeal-lodged --evidence tribunal-1 --by ann --json --today "$(day +28days)" --on "$(day +28days)"
is '.state == "in effect"'
expect 1 hq notice step N-1 appeal-decided --result dismissed --evidence x --by ann
expect 0 hq notice step N-1 appeal-admitted --evidence tribunal-2 --by ann --json --today "$(day +30days)" --on "$(day +30days)"
is '.state == "of no effect: under appeal"'
expect 1 hq notice step N-1 signed-off --reason x --by ann
expect 0 hq notice step N-1 appeal-decided --result dismissed --evidence ruling --by ann --json --today "$(day +40days)" --on "$(day +40days)"
is '.state == "in effect" and .effect[-1].sale.outcome == "block"'
expect 0 hq notice respond N-1 --to OPSS --answer "we stopped" --evidence mail-5 --by bob
expect 0 hq notice respond N-1 --print --out "$dir/record"
grep -q "we stopped" "$dir/record.html" && grep -q "we stopped" "$dir/record.txt" || fail "the answer is not in the record"
expect 0 hq notice respond N-1 --print --json
is '.kind == "opss-response" and any(.sheets[0].sections[]; .key == "answers")'
expect 7 hq notice list --today "$(day +60days)"
said "1 deadlines overdue"
expect 1 hq notice add N-2 --kind stop --given "$(day now)" --service hand --source x --brand Nobodys --by ann
[ "$(in_records notices N-2)" = 0 ] || fail "a bad notice was put"
expect 0 hq notice step N-1 revoked --evidence letter-2 --by ann --today "$(day +41days)" --on "$(day +41days)"

say "two at once: the second is told who holds the folder"
exec 9>> "$dir/hq/lock"
flock 9
expect 3 hq failure open F-3 --known --source x --details x --gtin "$hub" --by ann
said "held by"
expect 0 hq failure list
flock -u 9
exec 9>&-

say "a book that was changed by hand is told of, and nothing is written after it"
cp "$dir/hq/casework/failures.jsonl" "$dir/book"
sed -i '2s/ticket-1/ticket-2/' "$dir/hq/casework/failures.jsonl"
expect 1 hq failure list
said "does not follow"
expect 1 hq failure open F-3 --known --source x --details x --gtin "$hub" --by ann
[ "$(in_records failures F-3)" = 0 ] || fail "it was put all the same"
cp "$dir/book" "$dir/hq/casework/failures.jsonl"

[ "$how" = kill ] || { say "all told"; exit 0; }

# ---- killed at every write ----

rm "$dir/hq/records/notices.jsonl" "$dir/hq/casework/notices.jsonl" # their days are to come: nothing could be published
cp -a "$dir/hq" "$dir/clean"
shim() { LD_PRELOAD=$build/tests/program/libtest-fault.so TG_FAULT_DIR=$dir/hq TG_FAULT_MODE=$1 TG_FAULT_AT=$2 TG_FAULT_OUT=$dir/count "$build/sync/hq/tillgate-hq" "${@:3}"; }
new=(failure open F-9 --known --source x --details x --gtin "$hub" --by ann)
expect 0 shim count 0 "${new[@]}"
writes=$(cat "$dir/count")
say "killed, and its disk full, at each of $writes writes: records and casework agree after the next run"
for mode in kill eio enospc; do
  before=0 after=0
  for at in $(seq "$writes"); do
    rm -rf "$dir/hq" && cp -a "$dir/clean" "$dir/hq"
    was=$(book failures)
    code=0
    shim "$mode" "$at" "${new[@]}" > "$dir/out" 2> "$dir/err" || code=$?
    [ "$code" -ne 0 ] || [ "$mode" != kill ] || fail "$mode at $at: not killed"
    expect 0 hq failure list
    now=$(book failures)
    if [ "$now" = "$was" ]; then
      before=$((before + 1))
      [ "$(in_records failures F-9)" = 0 ] || fail "$mode at $at: a record without its line"
      expect 0 hq "${new[@]}"
    else
      after=$((after + 1))
      [ "$((now - was))" = 1 ] && [ "$(in_records failures F-9)" = 1 ] || fail "$mode at $at: $((now - was)) lines, $(in_records failures F-9) records"
    fi
    [ ! -e "$dir/hq/casework/pending.failures.jsonl" ] || fail "$mode at $at: still pending"
    expect 0 hq failure show F-9
  done
  say "  $mode: $before times nothing had happened, $after times it was brought to its end"
  [ "$before" -gt 0 ] && [ "$after" -gt 0 ] || fail "$mode: one of the two never came about"
done

say "publish ends it, too"
found=no
for at in $(seq "$writes"); do
  rm -rf "$dir/hq" && cp -a "$dir/clean" "$dir/hq"
  shim kill "$at" "${new[@]}" > "$dir/out" 2> "$dir/err" || true
  [ -e "$dir/hq/casework/pending.failures.jsonl" ] || continue
  found=yes
  publish
  grep -q "cut short" "$dir/publish.log" || fail "publish did not say so"
  [ "$(in_records failures F-9)" = 1 ] || fail "published without what was pending"
  break
done
[ "$found" = yes ] || fail "never pending"
say "all told"
