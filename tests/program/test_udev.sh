#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_udev.sh BUILD SOURCE - the udev rules are well formed, do what their manual says, and touch nothing when a device goes.
#
# udevadm verify (systemd 254 and later) is the judge where there is one. Debian 12 has none: then the same is looked at here, line by
# line. What udevd makes of the rules is seen in the virtual machine.
set -euo pipefail
source=$2
rules=$source/plugin/share/udev/70-tillgate.rules page=$source/plugin/doc/man/tillgate-udev.7
bad=0
fail() { printf 'FAIL: %s\n' "$*"; bad=1; }

# check_rules FILE: complaints, one a line; none if it is well formed.
check_rules() {
  awk '
    function complain(words) { printf "line %d: %s\n", NR, words }
    /^[ \t]*(#|$)/ { next }
    /\\$/ { complain("goes on in the next line; here each rule is one line"); next }
    {
      rest = $0
      while (rest != "") {
        if (!match(rest, /^[A-Z_]+(\{[A-Za-z_\/]+\})?(==|!=|\+=|:=|=)"[^"]*"/)) { complain("not understood: " rest); break }
        token = substr(rest, 1, RLENGTH); rest = substr(rest, RLENGTH + 1)
        key = token; sub(/[{=!+:].*/, "", key)
        value = token; sub(/^[^"]*"/, "", value); sub(/"$/, "", value)
        if (key !~ /^(ACTION|SUBSYSTEM|SUBSYSTEMS|KERNEL|ENV|ATTR|ATTRS|IMPORT|GROUP|MODE|GOTO|LABEL)$/) complain("no such key: " key)
        if (key ~ /^(ACTION|SUBSYSTEM|SUBSYSTEMS|KERNEL|ATTR|ATTRS)$/ && token ~ /[^=!]="/) complain(key " is compared, so == or !=")
        if (token ~ /\{id(Vendor|Product)\}/ && value !~ /^[0-9a-f|]+$/) complain("sysfs has its numbers in small letters: " value)
        if (key == "LABEL") label[value] = NR
        if (key == "GOTO") jump[value] = jump[value] " " NR
        if (rest != "" && sub(/^, */, "", rest) == 0) { complain("wanted a comma before: " rest); break }
        if (rest == "" && token ~ /, *$/) complain("ends in a comma")
      }
    }
    END {
      for (name in jump) {
        if (!(name in label)) { printf "no LABEL \"%s\"\n", name; continue }
        split(jump[name], from, " ")
        for (i in from) if (from[i] + 0 >= label[name]) printf "line %d: GOTO goes back\n", from[i]
      }
      for (name in label) if (!(name in jump)) printf "nothing goes to LABEL \"%s\"\n", name
    }' "$1"
}

if udevadm verify --help > /dev/null 2>&1; then
  udevadm verify --resolve-names=never "$rules" || fail "udevadm verify"
  echo "ok: udevadm verify"
else
  echo "note: this udevadm has no verify; looking line by line"
fi
found=$(check_rules "$rules")
[ -z "$found" ] || fail "$rules: $found"

# The look is not blind: each of these is found.
while read -r broken; do
  printf '%s\n' "$broken" > "${TMPDIR:-/tmp}/tillgate-udev.$$"
  [ -n "$(check_rules "${TMPDIR:-/tmp}/tillgate-udev.$$")" ] || fail "not seen: $broken"
done <<'END'
SUBSYSTEM="usb", MODE="0660"
SUBSYSTEM=="usb" MODE="0660"
SUBSYSTEM=="usb", ATTR{idVendor}=="0C2E", MODE="0660"
SUBSYSTEM=="usb", GOTO="nowhere"
SUBSYSTEM=="usb", MODES="0660"
SUBSYSTEM=="usb", MODE="0660
LABEL="alone"
END
rm -f "${TMPDIR:-/tmp}/tillgate-udev.$$"

first=$(grep -v -E '^(#|$)' "$rules" | head -n 1)
[ "$first" = 'ACTION=="remove", GOTO="tillgate_end"' ] || fail "the first rule is not the one that lets removals pass: $first"
grep -qx 'LABEL="tillgate_end"' <(tail -n 1 "$rules") || fail "something comes after the end"

# The manual says every variable that is set, and its own example is a rule.
for name in $(grep -oE 'ENV\{[A-Z_]+\}="' "$rules" | sed 's/ENV{\(.*\)}="/\1/' | sort -u); do
  grep -q "$name" "$page" || fail "$(basename "$page") does not mention $name"
done
sed -n 's/^\(SUBSYSTEM==.*\)$/\1/p' "$page" > "${TMPDIR:-/tmp}/tillgate-udev.$$"
[ -s "${TMPDIR:-/tmp}/tillgate-udev.$$" ] || fail "no example in $(basename "$page")"
found=$(check_rules "${TMPDIR:-/tmp}/tillgate-udev.$$")
[ -z "$found" ] || fail "the manual's example: $found"
rm -f "${TMPDIR:-/tmp}/tillgate-udev.$$"

[ "$bad" -eq 0 ] && echo "ok: the rules are well formed and the manual says what they set"
exit "$bad"
