#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_vm.sh BUILD SOURCE SCENARIO... - run scenarios in one boot of the virtual machine, with the programs of this build and a station
# that is enrolled and has its catalogue.
# VM_DEVICES=yes: with the emulator's USB serial adapter and USB keyboard, see scenarios/qemu-devices. VM_APPEND="udevd=yes": with udevd.
# Exit: 0 all passed, 1 one failed, 77 skipped (no kernel to be had, no emulator, no udevd): said on standard error.
vm=$2/tests/vm
command -v qemu-system-x86_64 > /dev/null || { echo "SKIPPED: no qemu-system-x86_64" >&2; exit 77; }
mkdir -p "$1/vm"
(flock 9 && "$vm/kernel" "$1/vm/kernel") 9> "$1/vm/lock" || exit $?

. "$2/tests/program/station.sh"
head_office
enrolled
good=$(gtin_of LH-3)

# What scenarios may count on; the rest is in their own words.
cat > "$dir/labels" <<END
good=$good
bad=9529999999993
scans=${VM_SCANS:-10000}
blind_scans=${VM_BLIND_SCANS:-2000}
END
programs=(simulator/usb/tillgate-sim-usb simulator/scanner/tillgate-sim-scanner simulator/till/tillgate-sim-till plugin/daemon/tillgated
  plugin/cli/tillgate plugin/keyboard/tillgate-keyboard tests/vm/blind-forwarder)
files=("$dir/station=/station" "$dir/labels=/labels" /usr/share/X11/xkb=/usr/share/X11/xkb "$(command -v jq)=/bin/jq"
  "$(command -v chrt)=/bin/chrt")
for program in "${programs[@]}"; do files+=("$build/$program=/bin/${program##*/}"); done
for scenario in "$vm"/scenarios/*; do files+=("$scenario=/scenarios/${scenario##*/}"); done
if [[ ${VM_APPEND:-} == *udevd=yes* ]]; then
  udevd=$(readlink -f /usr/lib/systemd/systemd-udevd /lib/systemd/systemd-udevd | head -n 1)
  [ -x "$udevd" ] || { echo "SKIPPED: no udevd" >&2; exit 77; }
  files+=("$udevd=/usr/lib/systemd/systemd-udevd" "$(command -v udevadm)=/usr/bin/udevadm")
  for rules in 50-udev-default 60-input-id 60-serial; do
    for folder in /usr/lib /lib; do
      if [ -e $folder/udev/rules.d/$rules.rules ]; then files+=("$folder/udev/rules.d/$rules.rules=/usr/lib/udev/rules.d/$rules.rules"); break; fi
    done
  done
  files+=("$source_dir/plugin/share/udev/70-tillgate.rules=/usr/lib/udev/rules.d/70-tillgate.rules")
fi
if [ "${VM_DEVICES:-no}" = yes ]; then # the adapter's other end is the guest's second serial port, the emulator's monitor its third
  line() { printf ' -chardev socket,id=%s,path=%s,server=on,wait=off -chardev socket,id=%s-end,path=%s' "$1" "$dir/$1" "$1" "$dir/$1"; }
  VM_QEMU="-device qemu-xhci,id=usb -device usb-kbd,bus=usb.0 $(line adapter) -device usb-serial,bus=usb.0,chardev=adapter,always-plugged=on
    -serial chardev:adapter-end $(line monitor) -mon chardev=monitor,mode=readline -serial chardev:monitor-end"
  export VM_QEMU
fi
"$vm/guest" "$build/vm/kernel" "$dir/initramfs" "${files[@]}"
"$vm/boot" "$build/vm/kernel" "$dir/initramfs" "$@"
