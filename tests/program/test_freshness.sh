#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_freshness.sh BUILD SOURCE - a catalogue grows old, a clock is wrong and right again: the stage of each operation, in status, in
# answers and in entries, and what a monitor and a person are told.
. "$(dirname "$0")/station.sh"

# at_offset SECONDS COMMAND...: with a clock that is off by so much.
at_offset() {
  local offset=$1
  shift
  LD_PRELOAD=$build/tests/program/libtest-clock.so TG_TEST_CLOCK_OFFSET_S=$offset ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0 \
    "$build/plugin/cli/tillgate" --root "$dir/station" "$@"
}
hour=3600 day=86400

head_office
# Sales age fast, stock checks slowly.
set_policy '.operations.sale = {mode: "enforce", ageing_s: 7200, stale_s: 86400, dead_s: 432000}
  | .operations["stock-check"] = {mode: "observe", ageing_s: 864000, stale_s: 1728000, dead_s: 2592000}
  | .clock_ahead_max_s = 7776000'
publish
enrolled
hub=$(gtin_of LH-3)

say "fresh: no warnings, the next stage of each operation is said, sync says when it tries again"
expect 0 tillgate --json status
is '.health == "good" and .warnings == [] and .faults == [] and (.clock.fault | not)'
is '.operations.sale | .stage == "fresh" and .next_stage == "ageing" and .next_stage_s > 7000 and .next_stage_s <= 7201'
is '.operations["stock-check"].next_stage_s > 860000'
is '.sync | .failures == 0 and .last_success and .next_try > .last_attempt'
is '[.metadata[].expires_at] | length == 4'
expect 0 tillgate status
said "ageing in "
said "next try"
said "signed until: root 1"

# stage OFFSET OPERATION STAGE: in status and in the answer of a check, and in its entry.
stage() {
  local code=0
  at_offset "$1" --json status > "$dir/out" || true
  is ".operations[\"$2\"].stage == \"$3\""
  at_offset "$1" --json check "$hub" --op "$2" > "$dir/out" || true
  is ".stage == \"$3\""
  tillgate --json evidence list --count 1 > "$dir/out"
  is ".entry.stage == \"$3\" and .entry.age_s >= 0"
}

say "stages come per operation, by age alone, in status, answers and entries"
stage $((3 * hour)) sale ageing
stage $((3 * hour)) stock-check fresh
stage $((2 * day)) sale stale
stage $((2 * day)) stock-check fresh
stage $((6 * day)) sale dead
stage $((6 * day)) stock-check fresh
stage $((12 * day)) stock-check ageing

say "a monitor is told before anybody is stopped, and what to do"
expect 1 at_offset $((3 * hour)) --json status
is '.health == "attention" and (.warnings | any(test("the catalogue is ageing: head office signed it 3 hours ago")))'
is '.warnings | any(test("sync was due 2 hours ago and did not run: is tillgate-sync.timer enabled"))'
expect 3 at_offset $((6 * day)) --json status
is '.health == "cannot-check" and (.warnings | any(test("the timestamp.s signature ends in")))'

say "a clock in 1970 and one in 2099 say so, and heal"
for offset in $((-$(date +%s) + 1000)) $((70 * 365 * day)); do
  expect 3 at_offset "$offset" --json status
  is '.stage == "clock-fault" and .clock.fault and (.warnings | any(test("set the clock")))'
  is '[.operations[].stage] | unique == ["clock-fault"]'
  expect 1 at_offset "$offset" --json check "$hub" --op sale
  is '.stage == "clock-fault" and (.released | not)'
  expect 0 tillgate --json check "$hub" --op sale
  is '.stage == "fresh" and .released'
  expect 0 tillgate --json status
  is '.health == "good"'
done

say "the timer's sync goes on after the clock was wrong, and the daemon says the same"
expect 0 at_offset $((day)) sync
expect 0 tillgate sync --if-due
if grep -q "not due" "$dir/out"; then fail "a plan made by a clock that was ahead silences the station"; fi
expect 0 at_offset $((12 * hour)) sync --if-due # switched off at night, switched on with all others: each in turn
said "not due until"
expect 0 at_offset $((12 * hour)) sync
expect 0 tillgate sync
start_daemon
expect 0 tillgate --json status
is '.health == "good" and .operations.sale.next_stage == "ageing"'
say "ok"
