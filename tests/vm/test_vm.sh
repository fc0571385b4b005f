#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_vm.sh BUILD SOURCE SCENARIO... - run scenarios in one boot of the virtual machine, with the programs of this build.
# Exit: 0 all passed, 1 one failed, 77 skipped (no kernel to be had, no emulator): said on standard error.
set -euo pipefail

build=$1 source=$2
shift 2
vm=$source/tests/vm work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$build/vm"
(flock 9 && "$vm/kernel" "$build/vm/kernel") 9> "$build/vm/lock"

files=("$build/simulator/usb/tillgate-sim-usb=/bin/tillgate-sim-usb" "$build/simulator/till/tillgate-sim-till=/bin/tillgate-sim-till")
for scenario in "$vm"/scenarios/*; do files+=("$scenario=/scenarios/${scenario##*/}"); done
"$vm/guest" "$build/vm/kernel" "$work/initramfs" "${files[@]}"
"$vm/boot" "$build/vm/kernel" "$work/initramfs" "$@"
