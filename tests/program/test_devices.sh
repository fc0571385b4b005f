#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_devices.sh BUILD SOURCE - what `tillgate devices` tells a technician: nothing attached, a wedge without rights, a busy port, a scanner
# that was unplugged; with and without a daemon. And learning from a scanner on a serial line.
# USB devices are umockdev's; what real ones do is seen in the virtual machine.
. "$(dirname "$0")/station.sh"

# What a name is looked for with is the rules' own list.
rules=$(grep -oE 'ATTR\{idVendor\}=="[0-9a-f|]+"' "$source_dir/plugin/share/udev/70-tillgate.rules" | grep -oE '[0-9a-f]{4}' | sort | tr '\n' ' ')
code=$(sed -n '/vendors\[\] = {/p' "$source_dir/drivers/udev_facts.c" | grep -oE '0x[0-9a-f]{4}' | sed 's/0x//' | sort | tr '\n' ' ')
[ -n "$rules" ] && [ "$rules" = "$code" ] || fail "makers of scanners: the rules say $rules, the program $code"

# mocked DEVICES COMMAND...: the command sees these USB devices and no others, and no ports.
mocked() {
  local file=$1
  shift
  ASAN_OPTIONS=verify_asan_link_order=0:${ASAN_OPTIONS:-} umockdev-run ${file:+-d "$file"} -- "$@"
}
devices=("$build/plugin/cli/tillgate" --root "$dir/station" devices)

head_office
enrolled

say "nothing attached, nothing configured: what to look at"
expect 1 mocked "" "${devices[@]}"
said "Nothing is attached that could be a scanner"
said "no scanner goes through the gate"
expect 1 mocked "" "${devices[@]}" --json
is '.devices == [] and .lanes == [] and .daemon == false'

# A boot keyboard as it comes from a cheap scanner, and one of a known maker in a mode that nobody speaks.
cat > "$dir/wedge.umockdev" <<'END'
P: /devices/pci0000:00/usb1/1-1
N: bus/usb/001/005
E: SUBSYSTEM=usb
E: DEVTYPE=usb_device
A: busnum=1\n
A: devnum=5\n
A: idVendor=1a86\n
A: idProduct=e026\n
A: manufacturer=Example\n
A: product=Scanner\n

P: /devices/pci0000:00/usb1/1-1/1-1:1.0
E: SUBSYSTEM=usb
E: DEVTYPE=usb_interface
L: driver=../../../../../bus/usb/drivers/usbhid
A: bInterfaceNumber=00\n
A: bInterfaceClass=03\n
A: bInterfaceSubClass=01\n
A: bInterfaceProtocol=01\n

P: /devices/pci0000:00/usb1/1-2
N: bus/usb/001/006
E: SUBSYSTEM=usb
E: DEVTYPE=usb_device
A: busnum=1\n
A: devnum=6\n
A: idVendor=05e0\n
A: idProduct=1900\n
A: manufacturer=Example\n
A: product=Imager\n

P: /devices/pci0000:00/usb1/1-2/1-2:1.0
E: SUBSYSTEM=usb
E: DEVTYPE=usb_interface
A: bInterfaceNumber=00\n
A: bInterfaceClass=ff\n
A: bInterfaceSubClass=00\n
A: bInterfaceProtocol=00\n

END
cat > "$dir/station/tillgate.conf" <<'END'
lane "till-1" {
  operation = sale
  scanner { driver = wedge usb = "1a86:e026" }
}
END

say "a lane whose scanner is not there"
expect 1 mocked "" "${devices[@]}"
said "till-1: sale, wedge 1a86:e026: NOT THERE"
said "no keyboard (1a86:e026) is plugged in"

if [ "$(id -u)" -eq 0 ]; then
  say "a wedge, and the daemon's user has no right to it: the rule for this very device"
  owner=$(stat -c %u "$dir/station/evidence")
  chown -R nobody "$dir/station/evidence"
  expect 1 mocked "$dir/wedge.umockdev" "${devices[@]}"
  said "till-1: sale, wedge 1a86:e026: NO RIGHTS"
  said "user nobody has no right to open /dev/bus/usb/001/005"
  said "ATTR{idVendor}==\"1a86\", ATTR{idProduct}==\"e026\", KERNEL==\"1-1\", ENV{TILLGATE}=\"wedge\"' >> /etc/udev/rules.d/60-tillgate-local.rules"
  said "udevadm control --reload && udevadm trigger --action=add /sys/bus/usb/devices/1-1"
  expect 1 mocked "$dir/wedge.umockdev" "${devices[@]}" --json
  is '.lanes[0].state == "no-rights" and (.lanes[0].fix | length) == 2 and (.lanes[0].cannot | test("cannot be told anything"))'
  chown -R "$owner" "$dir/station/evidence"
else
  say "note: not root, so whose rights count is not tried"
fi
say "the same with rights: it is with the desktop until the daemon runs; and a scanner in a mode that nobody speaks"
expect 0 mocked "$dir/wedge.umockdev" "${devices[@]}"
said "till-1: sale, wedge 1a86:e026: ready"
said "it types into the desktop until tillgated runs"
said "usb-05e0:1900-at-1-2 (Example Imager): OTHER MODE"
rm "$dir/station/tillgate.conf"
expect 1 mocked "$dir/wedge.umockdev" "${devices[@]}"
said 'if it is a scanner, its lane has: scanner { driver = wedge  usb = "1a86:e026"  port = "1-1" }'

say "keyboards are never listened to unless they are named"
expect 1 mocked "$dir/wedge.umockdev" "${devices[@]}" --learn --timeout 1
said "Keyboards are left alone"
! grep -q "listening to" "$dir/err" || fail "something was listened to: $(cat "$dir/err")"

say "a port that another program has: which one"
cat > "$dir/hold.py" <<'END'
import fcntl, os, sys, time
master, slave = os.openpty()
fcntl.flock(slave, fcntl.LOCK_EX)
os.symlink(os.ttyname(slave), sys.argv[1])
time.sleep(600)
END
with_lane
python3 "$dir/hold.py" "$dir/scanner" &
holder=$!
pids+=("$holder")
wait_for "the busy port" test -e "$dir/scanner"
expect 1 tillgate devices
said "till-3: sale, serial $dir/scanner, profile plain: BUSY"
said "(process $holder) has it open"
expect 1 tillgate devices --json
is '.lanes[0].state == "in-use"'
expect 3 tillgate devices --learn --device till-3
said "(process $holder) has it open"

say "the daemon says the same of it"
start_daemon
expect 1 tillgate devices --json
is '.daemon == true and .lanes[0].state == "in-use"'
tillgate --json status > "$dir/out" || true
is '.lanes[0].state == "in-use" and (.lanes[0].words | test("another program"))'
kill "$holder"
wait "$holder" || true
rm -f "$dir/scanner"

say "plugged in: the lane reads it; unplugged: words say so"
mkfifo "$dir/basket.pipe"
"$sim_scanner" --wait-s 60 "$dir/scanner" "$dir/basket.pipe" > "$dir/scanner.log" 2>&1 &
scanner=$!
pids+=("$scanner")
exec 5> "$dir/basket.pipe"
attached() { tillgate --json devices | jq -e '.lanes[0].state == "attached"'; }
wait_for "the scanner" attached
expect 0 tillgate devices
said "till-3: sale, serial $dir/scanner, profile plain: reads"
said "cannot: "
expect 3 tillgate devices --give-back
said "tillgated runs"
exec 5>&-
wait "$scanner" || fail "scanner"
absent() { tillgate --json status | jq -e '.lanes[0].state == "absent" and (.lanes[0].words | test("unplugged|hung up"))'; }
wait_for "the scanner to be gone" absent
entries 0 | jq -r 'select(.entry.kind == "device") | .entry.event' > "$dir/events"
grep -qx gone "$dir/events" || fail "no entry says that it went: $(tr '\n' ' ' < "$dir/events")"
grep -qx missing "$dir/events" || fail "no entry says that it was busy: $(tr '\n' ' ' < "$dir/events")"

say "a lane that the daemon has not read yet"
sed 's/till-3/till-4/' "$dir/station/tillgate.conf" >> "$dir/station/tillgate.conf.new"
mv "$dir/station/tillgate.conf.new" "$dir/station/tillgate.conf"
expect 1 tillgate devices
said "till-4: sale, serial $dir/scanner, profile plain: NOT READ YET"
said "systemctl restart tillgated"

say "a release wants a device that nobody has, a person and a reason"
expect 2 tillgate devices --release till-3
said "--who"
expect 3 tillgate devices --release till-9 --who anna --why "the gate is broken"
said 'no device or lane "till-9"'
before=$(log_size)
stop_daemon
expect 3 tillgate devices --release till-3 --who anna --why "the gate is broken"
expect 0 tillgate devices --give-back
[ "$(entries "$before" | jq -r 'select(.entry.event == "released") | .seq')" = "" ] || fail "a refused release is in the log"

say "learning from a scanner on a line: its section, which the daemon then reads by"
for sends in "--aim --suffix cr" "--aim --suffix crlf" "--suffix lf"; do
  rm -f "$dir/scanner"
  printf ']E09529990000018\n' > "$dir/basket"
  # shellcheck disable=SC2086
  "$sim_scanner" $sends --wait-s 60 "$dir/scanner" "$dir/basket" > "$dir/scanner.log" 2>&1 &
  scanner=$!
  pids+=("$scanner")
  wait_for "the scanner's port" test -e "$dir/scanner"
  expect 0 tillgate devices --learn --device "$dir/scanner" --timeout 60
  wait "$scanner" || fail "scanner: $(cat "$dir/scanner.log")"
  aim=false
  [[ $sends != *--aim* ]] || aim=true
  said "aim = $aim"
  said "framing = auto"
  said "driver = serial  path = \"$dir/scanner\""
  grep -v '^#' "$dir/out" | sed 's/"NAME"/"learned"/' > "$dir/station/tillgate.conf"
  expect 1 tillgate devices
  said "learned: sale, serial $dir/scanner, profile plain: NOT THERE"
done

say "another label than the one shown is not taken for it; a signal gives all back"
"$sim_scanner" --wait-s 60 "$dir/scanner" "$dir/basket.pipe" > "$dir/scanner.log" 2>&1 &
scanner=$!
pids+=("$scanner")
exec 5> "$dir/basket.pipe"
echo ']E09524000059109' >&5
wait_for "the scanner's port" test -e "$dir/scanner"
"$build/plugin/cli/tillgate" --root "$dir/station" devices --learn --device "$dir/scanner" --timeout 60 > "$dir/learn.out" 2> "$dir/learn.log" &
learner=$!
pids+=("$learner")
wait_for "the other label" grep -q "another label than the one shown" "$dir/learn.log"
! grep -q 59109 "$dir/learn.log" "$dir/learn.out" || fail "a label that was not asked for was shown"
kill -INT "$learner"
code=0
wait "$learner" || code=$?
[ "$code" -eq 1 ] && grep -q "all is given back" "$dir/learn.log" || fail "exit $code: $(cat "$dir/learn.log")"
exec 5>&-
kill "$scanner" 2> /dev/null || true # its basket has ended: it may be gone
wait "$scanner" || true

say "usage"
expect 2 tillgate devices --learn --release x
expect 2 tillgate devices --device x
expect 2 tillgate devices --learn --timeout 0
expect 2 tillgate devices --learn --line "fast"
expect 0 tillgate devices --help
said "--release NAME"
say "ok"
