#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_vm.sh BUILD SOURCE SCENARIO... - run scenarios in one boot of the virtual machine, with the programs of this build and a station
# that is enrolled and has its catalogue.
# Exit: 0 all passed, 1 one failed, 77 skipped (no kernel to be had, no emulator): said on standard error.
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
END
programs=(simulator/usb/tillgate-sim-usb simulator/scanner/tillgate-sim-scanner simulator/till/tillgate-sim-till plugin/daemon/tillgated
  plugin/cli/tillgate plugin/keyboard/tillgate-keyboard)
files=("$dir/station=/station" "$dir/labels=/labels" /usr/share/X11/xkb=/usr/share/X11/xkb "$(command -v jq)=/bin/jq")
for program in "${programs[@]}"; do files+=("$build/$program=/bin/${program##*/}"); done
for scenario in "$vm"/scenarios/*; do files+=("$scenario=/scenarios/${scenario##*/}"); done
"$vm/guest" "$build/vm/kernel" "$dir/initramfs" "${files[@]}"
"$vm/boot" "$build/vm/kernel" "$dir/initramfs" "$@"
