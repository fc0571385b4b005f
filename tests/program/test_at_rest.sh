#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_at_rest.sh BUILD SOURCE ROUNDS [SEED] - the gate's own copy of the image is cut short, overwritten and taken away under the
# daemon that has it mapped: the daemon lives, no answer is wrong, each is right or "could not check", and all heals by itself.
. "$(dirname "$0")/station.sh"
rounds=${1:-6} seed=${2:-952}
RANDOM=$seed
# A sanitizer's run-time library wants to be the first that is loaded.
preload=$build/tests/program/libtest-clock.so
sanitizer=$(ldd "$build/plugin/daemon/tillgated" | awk '/libasan/ { print $3 }')

head_office 20000
enrolled
image_dir=$dir/station/evidence/image
: > "$dir/slept"

start_shimmed_daemon() {
  LD_PRELOAD=${sanitizer:+$sanitizer:}$preload TG_TEST_SLEPT=$dir/slept "$build/plugin/daemon/tillgated" --root "$dir/station" >> "$dir/tillgated.log" 2>&1 &
  daemon_pid=$!
  pids+=("$daemon_pid")
  wait_for "tillgated" curl -fs --unix-socket "$dir/station/run/tillgated.sock" http://tillgated/v1/status
}
alive() { kill -0 "$daemon_pid" 2> /dev/null || fail "the daemon died: $(tail -n 3 "$dir/tillgated.log")"; }
# suspend: an hour passes that only one clock counts. Heals that wait for half a minute may go on as well.
suspend() { truncate -s +3600 "$dir/slept"; }
copy() { ls "$image_dir"/*.tgc; }

# Labels all over the image, and some that need none of it.
jq -cn --argjson n "$(wc -l < "$dir/hq/records/products.jsonl")" '[inputs.gtin] | [range(0; length; 40) as $i | .[$i]] | .[] | {label: .}' \
  "$dir/hq/records/products.jsonl" > "$dir/labels.jsonl"
printf '%s\n' '{"label":"9529999999993"}' '{"label":"LOY5290123456"}' '{"label":"not a product"}' >> "$dir/labels.jsonl"
decide() {
  tillgate check --batch-file "$dir/labels.jsonl" --op sale 2> "$dir/err" > "$1.full" || [ $? -ne 2 ] || fail "usage: $(cat "$dir/err")"
  [ "$(wc -l < "$1.full")" -eq "$(wc -l < "$dir/labels.jsonl")" ] || fail "$(wc -l < "$1.full") answers: $(tail -n 2 "$dir/err")"
  jq -c '[.kind, .could_not_check, .released, .outcome, .code, .rows, .gtin, .name, .soc]' "$1.full" > "$1"
}
start_shimmed_daemon
decide "$dir/right"
[ "$(jq -s 'map(.[1]) | any' "$dir/right")" = false ] || fail "could not check before any damage"

# never_wrong: asks once; an answer is the right one, or it could not be checked and nothing was let go.
checks=0 unchecked=0
never_wrong() {
  decide "$dir/now"
  alive
  paste -d '\n' "$dir/right" "$dir/now" | jq -sc '[_nwise(2)] | map(select(.[0] != .[1])) | {n: length,
    wrong: map(select((.[1][1] and (.[1][2] | not) and (.[1][7] // "") == "" and .[1][8] == null) | not))}' > "$dir/compared"
  [ "$(jq -c .wrong "$dir/compared")" = "[]" ] || fail "$1: wrong answer: $(jq -c '.wrong[0]' "$dir/compared")"
  checks=$((checks + $(wc -l < "$dir/now")))
  lost=$(jq .n "$dir/compared")
  unchecked=$((unchecked + lost))
}
is_right() { never_wrong "$1"; [ "$lost" -eq 0 ]; }
found_again() { entries "$seen" | jq -se 'map(.entry | select(.kind == "damage") | .state) | index("found") and index("healed")' > /dev/null; }
has_copy() { [ -s "$(copy)" ] && sha256sum "$(copy)" | grep -q "^$(basename "$(copy)" .tgc) "; }

say "under the daemon: cut short, overwritten where nobody has looked yet, taken away"
healed=0
for ((i = 0; i < rounds; i++)); do
  for how in cut fresh empty gone; do
    seen=$(log_size)
    size=$(stat -c %s "$(copy)")
    case $how in
      # At a page: what is cut inside one reads as zeros in silence, which is an overwrite of a page in use.
      cut) truncate -s $(((RANDOM * 32768 + RANDOM) % size / 4096 * 4096)) "$(copy)" ;;
      empty) truncate -s 0 "$(copy)" ;;
      gone) rm "$(copy)" ;; # the mapping lives on; only the sweep can see it
      fresh) # a daemon that has just started has checked the first block only
        stop_daemon
        dd if=/dev/urandom of="$(copy)" bs=65536 count=2 seek=$((1 + RANDOM % (size / 65536 - 2))) conv=notrunc status=none
        start_shimmed_daemon ;;
    esac
    never_wrong "$how"
    suspend # where no check met the damage, the sweep will
    healed=$((healed + 1))
    wait_for "$how: a whole copy again, and said so" found_again
    wait_for "$how: the copy on the disk" has_copy
    is_right "$how, healed" || fail "$how: $lost could not be checked although healed"
  done
done
[ "$unchecked" -gt 0 ] || fail "no check ever met the damage: is anything damaged?"
expect 0 tillgate --json status
is '.health == "good" and .faults == []'
say "  $checks checks, $unchecked could not be checked, none wrong; healed $healed times"

say "the sweep finds what no check asks for, also in a block that is in use"
# the one before may have found what was damaged above
was=$(tillgate --json status | jq -r .sweep.last)
swept() { tillgate --json status > "$dir/out" && jq -e --arg was "$was" '.sweep.found == "whole" and .sweep.last != $was' "$dir/out"; }
suspend
sleep 1.2 # two ticks: a suspend is seen by the difference between two looks
wait_for "a sweep" swept
jq -e '.sweep.blocks > 10 and .sweep.in_memory > 0' "$dir/out" > /dev/null || fail "sweep: $(jq -c .sweep "$dir/out")"
say "  $(jq -c .sweep "$dir/out")"
size=$(stat -c %s "$(copy)")
printf 'rot' | dd of="$(copy)" bs=1 seek=$((size / 2)) conv=notrunc status=none
sync -d "$(copy)"
seen=$(log_size)
suspend
wait_for "the sweep" found_again
wait_for "a whole copy" has_copy

say "no whole file anywhere: what is left answers, sync is asked, and fetches it"
set_image=$dir/station/catalogue/$(readlink "$dir/station/catalogue/current")/catalogue.tgc
for image in "$dir"/station/catalogue/sets/*/catalogue.tgc; do # hard links of one file, or of several
  printf 'rot' | dd of="$image" bs=1 seek=$((size - 4000)) conv=notrunc status=none
done
touch -d "$(stat -c %y "$dir/station/trust/root.json")" "$set_image"
suspend
truncate -s $((size / 2)) "$(copy)"
never_wrong "no copy to be had"
[ "$lost" -gt 0 ] && [ "$lost" -lt "$(($(wc -l < "$dir/right") - 2))" ] || fail "$lost could not be checked of $(wc -l < "$dir/right")"
wait_for "sync is asked" test -s "$dir/station/run/image-wanted"
expect 1 tillgate --json status
is '.health == "attention" and (.faults | map(select(test("tillgate sync"))) | length == 1)'
expect 0 tillgate sync
wait_for "all answers right again" is_right "sync fetched it"
wait_for "nothing is asked of sync" test ! -e "$dir/station/run/image-wanted"
stop_daemon

say "commands without a daemon: one says that it could not check, the next finds a whole copy"
truncate -s 0 "$(copy)"
decide "$dir/now"
decide "$dir/now"
cmp -s "$dir/right" "$dir/now" || fail "not as before"
expect 0 tillgate --json evidence verify
is '.verdict == "good"'
say "done"
