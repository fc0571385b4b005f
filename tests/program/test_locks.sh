#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_locks.sh BUILD SOURCE - one writer a station: who asks whom, who waits for nobody, and what a killed process leaves.
. "$(dirname "$0")/station.sh"

head_office
enrolled
hub=$(gtin_of LH-3)
socket=$dir/station/run/tillgated.sock
lock=$dir/station/evidence/lock

say "a command goes through the daemon"
start_daemon
expect 0 tillgate --json check "$hub" --op sale
first=$(jq .seq "$dir/out")
expect 0 tillgate --json status
is '.lanes == [] and .evidence.size == '$((first + 1))
expect 0 tillgate evidence verify
entries 0 > "$dir/entries"
[ "$(jq -s '[.[] | select(.entry.kind == "start")] | length' "$dir/entries")" -eq 1 ] || fail "a command started a station beside the daemon"

say "a daemon whose socket is gone still holds its log, and the command says so"
mv "$socket" "$socket.aside"
expect 3 tillgate check "$hub" --op sale
said "tillgated (process $daemon_pid)"
mv "$socket.aside" "$socket"
expect 0 tillgate check "$hub" --op sale

say "a second daemon is told who is there, and does no harm to the first"
expect 3 "$build/plugin/daemon/tillgated" --root "$dir/station"
said "tillgated (process $daemon_pid)"
[ -S "$socket" ] || fail "the second daemon took the first one's socket away"
expect 0 tillgate check "$hub" --op sale

say "sync does not wait for the daemon, nor the daemon for sync"
expect 0 tillgate sync
(exec 9> "$dir/station/catalogue/lock" && flock 9 && exec sleep 30) &
holder=$!
pids+=("$holder")
wait_for "the catalogue's lock" sh -c "! flock -n '$dir/station/catalogue/lock' true"
expect 3 tillgate sync
expect 0 tillgate check "$hub" --op sale
kill "$holder"
wait "$holder" 2> /dev/null || true

say "a killed daemon leaves its socket and its lock file; neither is an obstacle"
{ kill -9 "$daemon_pid"; wait "$daemon_pid" || true; } 2> /dev/null
[ -S "$socket" ] && [ -e "$lock" ] || fail "nothing was left to stumble over"
expect 0 tillgate check "$hub" --op sale
start_daemon
expect 0 tillgate --json evidence verify
is '.verdict == "good" and .epochs == 1'
stop_daemon
[ ! -e "$socket" ] || fail "a stopped daemon leaves its socket"

say "a command that holds the log: the daemon says which"
mkfifo "$dir/labels"
tillgate check --batch-file "$dir/labels" --op sale > "$dir/batch" 2> "$dir/batch.err" &
batch=$!
exec 3> "$dir/labels"
wait_for "the command" sh -c "! flock -n '$lock' true"
expect 3 "$build/plugin/daemon/tillgated" --root "$dir/station"
said "tillgate check"
expect 3 tillgate check "$hub" --op sale
said "tillgate check"
printf '{"label":"%s"}\n' "$hub" >&3
exec 3>&-
wait "$batch" || fail "the batch: exit $?: $(cat "$dir/batch.err")"
jq -e .released "$dir/batch" > /dev/null || fail "the batch: $(cat "$dir/batch")"
start_daemon
expect 0 tillgate check "$hub" --op sale

say "a batch that waits for its next line outlives a restart of the daemon"
tillgate check --batch-file "$dir/labels" --op sale > "$dir/batch" 2> "$dir/batch.err" &
batch=$!
exec 3> "$dir/labels"
wait_for "the batch's connection" sh -c "ls -l /proc/$batch/fd /proc/$(pgrep -P $batch || echo $batch)/fd | grep -q socket:"
stop_daemon
start_daemon 3>&- # or it would hold the batch's input open
printf '{"label":"%s"}\n' "$hub" >&3
exec 3>&-
wait "$batch" || fail "the batch: exit $?: $(cat "$dir/batch.err")"
jq -e .released "$dir/batch" > /dev/null || fail "the batch: $(cat "$dir/batch")"

say "many commands at once, through the daemon: all answered, each with its own number"
asking=()
for i in $(seq 12); do
  tillgate --json check "$hub" --op sale > "$dir/one.$i" 2>&1 &
  asking+=($!)
done
for pid in "${asking[@]}"; do wait "$pid" || fail "one of many: exit $?"; done
[ "$(cat "$dir"/one.* | jq .seq | sort -u | wc -l)" -eq 12 ] || fail "numbers: $(cat "$dir"/one.* | jq -c .seq)"
stop_daemon
expect 0 tillgate --json evidence verify
is '.verdict == "good" and .unsigned_entries == 0'
say "done"
