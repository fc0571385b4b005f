#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_feedback.sh BUILD SOURCE - each maker's serial scanner hears what became of its scan: sold, withheld, no label; and is locked
# after a withheld scan until somebody has acknowledged.
. "$(dirname "$0")/station.sh"

head_office
enrolled
good=$(gtin_of LH-3)
bad=9529999999993

# lane MAKER EXTRA: one lane, its scanner of that maker.
lane() {
  cat > "$dir/station/tillgate.conf" <<END
lane "till-3" {
  operation = sale
  ${2:-}
  scanner { path = "$dir/scanner" framing = cr aim = false profile = $1 ${3:-} }
  output { path = "$dir/till" suffix = cr }
}
END
}

# scans MAKER WAIT-FOR LABEL...: what the scanner and the till saw goes to $dir/heard and $dir/sold.
scans() {
  local maker=$1 wait=$2
  shift 2
  "$sim_till" --stay "$dir/till" > "$dir/sold" &
  local till=$!
  pids+=("$till")
  start_daemon
  printf '%s\n' "$@" > "$dir/basket"
  "$sim_scanner" --maker "$maker" --wait-for "$wait" --interval-ms 600 --wait-s 60 --print "$dir/scanner" "$dir/basket" > "$dir/heard" ||
    fail "scanner of $maker: $(cat "$dir/heard")"
  stop_daemon
  kill "$till"
  wait "$till" || true
}
# heard WHAT...: after each SCAN, in order, the scanner heard this.
heard() {
  sed 's/^SCAN .*/SCAN/; s/^HEARD //' "$dir/heard" | tr '\n' ' ' | sed 's/ $//' > "$dir/heard.words"
  [ "$(cat "$dir/heard.words")" = "$*" ] || fail "the scanner heard \"$(cat "$dir/heard.words")\", wanted \"$*\""
  grep -qx "TILL  item $good" "$dir/sold" || fail "the till has not got the good one"
  ! grep -q "$bad" "$dir/sold" || fail "the till has got the withheld one"
}

say "a plain scanner hears nothing"
lane plain
scans plain nothing "$good" "$bad"
heard SCAN SCAN

say "Honeywell with host ACK: its own sounds, decided by the gate; a line of noise does not leave it waiting"
lane honeywell "" "handshake = host-ack"
scans honeywell host-ack "$good" "$bad" '\x01\x02' "$good"
heard SCAN as-if-good SCAN as-if-unsuccessful SCAN as-if-unsuccessful SCAN as-if-good

say "Metrologic with ACK and BEL"
lane honeywell "" "handshake = ack-bel"
scans honeywell ack-bel "$good" "$bad"
heard SCAN good SCAN beep beep beep

say "Honeywell that was left as it came: beeps by command, once for a notice, three times for no"
lane honeywell
scans honeywell nothing "$good" "$bad"
heard SCAN SCAN beep beep beep

say "Datalogic: not on file"
lane datalogic "" "handshake = ack host-beeps = true"
scans datalogic ack "$good" "$bad"
heard SCAN good good-tone SCAN good not-on-file

say "Zebra by packets: red light and low beeps; the light goes out with the next good one"
lane ssi "" "host-beeps = true"
scans ssi nothing "$good" "$bad" "$good"
heard SCAN light-off-ff beep-00 SCAN light-on-02 beep-07 SCAN light-off-ff beep-00

# events WHAT: how often the log tells of it.
events() {
  entries 0 | jq -r 'select(.entry.kind == "device") | .entry.event' | grep -cx "$1"
}
sold() {
  grep -cx "TILL  item $good" "$dir/sold"
}
has_sold() {
  [ "$(sold)" -ge "$1" ]
}

say "a scanner with little patience at a slow till sends again; each unit arrives once"
lane datalogic "" "handshake = ack"
sed -i 's/suffix = cr }$/suffix = cr timeout-ms = 10000 }/' "$dir/station/tillgate.conf"
"$sim_till" --stay --slow-ms 3000 "$dir/till" > "$dir/sold" &
slow=$!
pids+=("$slow")
start_daemon
printf '%s\n' "$good" "$good" > "$dir/basket"
"$sim_scanner" --maker datalogic --wait-for ack --patience-ms 500 --interval-ms 50 --wait-s 60 --print "$dir/scanner" "$dir/basket" > "$dir/heard" ||
  fail "scanner: $(cat "$dir/heard")"
grep -q 'HEARD no-answer' "$dir/heard" || fail "the scanner has not lost its patience: $(cat "$dir/heard")"
wait_for "two units at the till" has_sold 2
stop_daemon
kill "$slow"
wait "$slow" || true
[ "$(sold)" = 2 ] || fail "two units were sold $(sold) times"
[ "$(events repeat)" -ge 1 ] || fail "the log does not tell that labels came again"

say "unplugged in the middle of a label and plugged in again: the half is no label, the next one counts"
lane plain
"$sim_till" --stay "$dir/till" > "$dir/sold" &
till=$!
pids+=("$till")
start_daemon
printf '%s\n' "$good" "@cut $good" "$bad" "@plug" "$good" > "$dir/basket"
"$sim_scanner" --interval-ms 300 --wait-s 60 --print "$dir/scanner" "$dir/basket" > "$dir/heard" || fail "scanner: $(cat "$dir/heard")"
wait_for "two units at the till" has_sold 2
stop_daemon
kill "$till"
wait "$till" || true
[ "$(tr '\n' ' ' < "$dir/heard" | sed 's/SCAN *[0-9]*/SCAN/g')" = "SCAN CUT PULLED ATTACHED SCAN " ] || fail "the scanner: $(cat "$dir/heard")"
[ "$(sold)" = 2 ] || fail "two units were sold $(sold) times"
[ "$(events gone)" -ge 1 ] && [ "$(events back)" -ge 1 ] || fail "the log does not tell of the unplugging"

say "a handshake that the maker does not have is refused with its lane"
lane ssi "" "handshake = ack"
expect 3 "$build/plugin/daemon/tillgated" --root "$dir/station"
said "no handshake \"ack\""

say "locked after a withheld scan: nothing is read until somebody has acknowledged"
lane datalogic "lock-until-acknowledged = true"
"$sim_till" --stay "$dir/till" > "$dir/sold" &
pids+=($!)
start_daemon
mkfifo "$dir/basket.pipe"
"$sim_scanner" --maker datalogic --interval-ms 50 --wait-s 60 --print "$dir/scanner" "$dir/basket.pipe" > "$dir/heard" &
scanner=$!
pids+=("$scanner")
exec 5> "$dir/basket.pipe"
echo "$bad" >&5
wait_for "the lock" grep -q 'HEARD disabled' "$dir/heard"
expect 0 tillgate --json status
is '.lanes[0].locked'
echo "$good" >&5
wait_for "a scan that is not read" grep -q NOT-READ "$dir/heard"
expect 3 tillgate acknowledge till-9
said 'no lane "till-9"'
expect 0 tillgate acknowledge till-3
echo >&5
echo "$good" >&5
wait_for "the good one at the till" grep -qx "TILL  item $good" "$dir/sold"
expect 0 tillgate --json status
is '.lanes[0].locked == false and .lanes[0].withheld == 1'
entries 0 | jq -r 'select(.entry.kind == "device") | .entry.event' > "$dir/events"
grep -qx locked "$dir/events" && grep -qx unlocked "$dir/events" || fail "the log does not tell of the lock: $(tr '\n' ' ' < "$dir/events")"
exec 5>&-
wait "$scanner" || fail "scanner"
stop_daemon
say "ok"
