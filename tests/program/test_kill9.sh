#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_kill9.sh BUILD SOURCE ROUNDS [SEED] - the daemon is killed at random moments under load, again and again.
#
# A scanner floods it with labels that are each unique, a till in C and a command ask beside it. After every kill: whatever the till's
# fsynced tape holds is in the log as a released check, and whatever a client was told is in the log as it was told; the log verifies in
# its first epoch; the next start needs no hand. The log is read before the next start, so an entry cannot come after its delivery.
. "$(dirname "$0")/station.sh"
rounds=${1:-8}
seed=${2:-952}
RANDOM=$seed
say "$rounds rounds, seed $seed"

head_office
enrolled
with_lane
good=$(gtin_of LH-3)
# unique labels: a GTIN and a serial number; every fourth product is unknown and must never reach the till
labels() { # prefix, count
  awk -v prefix="$1" -v count="$2" -v good="0$good" 'BEGIN {
    for (i = 0; i < count; i++) printf "]d201%s21%s%07d\n", i % 4 == 3 ? "09529999999993" : good, prefix, i }'
}
labels S 400000 > "$dir/basket"
labels T 400000 > "$dir/till-labels"

"$sim_scanner" --aim --interval-ms 2 --settle-ms 20 "$dir/scanner" "$dir/basket" > "$dir/scanner.log" 2>&1 &
pids+=($!)
touch "$dir/tape"
"$sim_till" --stay --log "$dir/tape" "$dir/till" > /dev/null 2> "$dir/till.log" &
pids+=($!)

# Each client stops by itself once the file "over" is there; a command that finds no daemon becomes the station for one check.
ask_by_command() {
  local n=0
  while [ ! -e "$dir/over" ]; do
    tillgate --json check "]d2010${good}21C$1-$((n++))" --op sale >> "$dir/answers" 2>> "$dir/commands.log" || true
  done
}
# Its input has no end: this till is switched off.
ask_by_library() {
  exec "$example_till" --json --socket "$dir/station/run/tillgated.sock" \
    < <(tail -n "+$1" "$dir/till-labels" 2> /dev/null) >> "$dir/answers" 2> /dev/null
}

: > "$dir/answers"
: > "$dir/entries"
: > "$dir/epochs"
at=1
for ((round = 1; round <= rounds; round++)); do
  rm -f "$dir/over"
  command_pid='' till_pid=''
  "$build/plugin/daemon/tillgated" --root "$dir/station" >> "$dir/tillgated.log" 2>&1 &
  daemon_pid=$!
  pids+=("$daemon_pid")
  delay=$((RANDOM % 1000))
  if [ $((round % 4)) -eq 0 ]; then
    delay=$((delay / 5)) # while it starts
  else
    wait_for "tillgated, round $round" curl -fs --unix-socket "$dir/station/run/tillgated.sock" http://t/v1/status
    ask_by_command "$round" &
    command_pid=$!
    ask_by_library "$at" &
    till_pid=$!
    pids+=("$till_pid")
  fi
  sleep "$(printf '0.%03d' $((delay + 20 > 999 ? 999 : delay + 20)))"
  {
    kill -9 "$daemon_pid"
    rm -f "$dir/till" # as after a stop: the terminal behind the old link may be anybody's next, of another test too
    wait "$daemon_pid" || true
  } 2> /dev/null
  touch "$dir/over"
  if [ -n "$till_pid" ]; then
    kill "$till_pid" 2> /dev/null || true
    wait "$till_pid" "$command_pid" 2> /dev/null || true
  fi

  entries "$(wc -l < "$dir/entries")" >> "$dir/entries"
  jq -r 'select(.entry.kind == "check" and .entry.label.serial) | "\(.seq) \(.entry.label.serial) \(.entry.released)"' "$dir/entries" |
    sort > "$dir/logged"
  awk '$3 == "true" { print $2 }' "$dir/logged" | sort > "$dir/released"
  sed 's/^.*21\([A-Z]\)/\1/' "$dir/tape" | sort > "$dir/sold"
  [ -z "$(uniq -d "$dir/sold")" ] || fail "round $round: sold twice: $(uniq -d "$dir/sold" | head -n 3)"
  comm -23 "$dir/sold" "$dir/released" > "$dir/unlogged"
  [ ! -s "$dir/unlogged" ] || fail "round $round: sold, but not in the log as released: $(head -n 3 "$dir/unlogged")"
  # a line that the kill cut short is no answer
  jq -rR 'fromjson? | select(.recorded) | "\(.seq) \(.serial) \(.released)"' "$dir/answers" | sort > "$dir/told"
  comm -23 "$dir/told" "$dir/logged" > "$dir/unlogged"
  [ ! -s "$dir/unlogged" ] || fail "round $round: answered, but not in the log as answered: $(head -n 3 "$dir/unlogged")"
  at=$(($(grep -c ' T' "$dir/logged" || true) + 1))
  if [ $((round % 10)) -eq 0 ] || [ "$round" -eq "$rounds" ] || [ "$round" -le 8 ]; then
    tillgate --json evidence verify > "$dir/out" || fail "round $round: verify: $(cat "$dir/out")"
    is '.verdict == "good" and .epochs == 1'
  fi
done
[ "$(jq -s '[.[].seq] == [range(0; length)]' "$dir/entries")" = true ] || fail "sequence numbers have a gap"
! grep -q 09529999999993 "$dir/tape" || fail "a withheld product reached the till"

say "after the last kill: starts by itself and goes on"
rm -f "$dir/over"
sold=$(wc -l < "$dir/tape")
start_daemon
wait_for "another sale" sh -c "[ \$(wc -l < '$dir/tape') -gt $sold ]"
stop_daemon
[ "$(wc -l < "$dir/sold")" -gt $((rounds * 5)) ] || fail "too little load: $(wc -l < "$dir/sold") sold"
say "$rounds kills: $(wc -l < "$dir/entries") entries, $(wc -l < "$dir/sold") sold, $(wc -l < "$dir/told") answers to clients, none lost"
