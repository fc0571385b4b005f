#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_hostile_labels.sh BUILD SOURCE - what a scanner can send that is no product, through the real way from scanner to till.
. "$(dirname "$0")/station.sh"

head_office
enrolled
with_lane
hub=$(gtin_of LH-3)
start_daemon
"$sim_till" --stay --log "$dir/tape" "$dir/till" > /dev/null 2> "$dir/till.log" &
pids+=($!)

long=$(head -c 5000 /dev/zero | tr '\0' 7)
# what is sent | what the log must say of it ("-": no check, the device's matter) | whether the till gets it
cat > "$dir/cases" <<END
]E0${hub%?}9|ambiguous label-ambiguous|no
]C0HELLO-WORLD|unreadable label-unreadable|no
]Q0https://shop.example/p/77|unreadable label-unreadable|no
]L2PDF417 TEXT|unreadable label-unreadable|no
]d2(01)|ambiguous label-ambiguous|no
]d201${hub}|ambiguous label-ambiguous|no
]C0AB\x07CD|unreadable label-unreadable|no
<EMPTY>|-|no
]C0$long|-|no
]A0CODE39-77|unreadable label-unreadable|no
9812345678902|not-a-product passed-on|yes
]C0LOY5290123456|not-a-product passed-on|yes
]E02641234567891|not-a-product passed-on|yes
]C0MEMBER-7712345|unreadable label-unreadable|no
]E09529999999993|product not-assessed|no
]E0$hub|product soc-held|yes
END
cut -d '|' -f 1 "$dir/cases" > "$dir/basket"
"$sim_scanner" --aim --interval-ms 60 --noise 5000 --flood 1000000 --wait-s 20 "$dir/scanner" "$dir/basket" > "$dir/scanner.log" 2>&1 ||
  fail "the scanner was not read: exit $?"
wait_for "the last label" grep -qx "$hub" "$dir/tape"

say "the till got what is sold or on the pass-list, and nothing else"
grep '|yes$' "$dir/cases" | cut -d '|' -f 1 | sed 's/^\][A-Za-z].//' > "$dir/wanted"
diff "$dir/wanted" "$dir/tape" || fail "the till got something else"

say "each label has a clear outcome of its own"
entries 0 > "$dir/entries"
jq -r 'select(.entry.kind == "check") | .entry | "\(.label.kind) \(.code)"' "$dir/entries" > "$dir/outcomes"
cut -d '|' -f 2 "$dir/cases" | grep -v '^-$' > "$dir/wanted"
paste -d '|' "$dir/wanted" "$dir/outcomes" > "$dir/pairs"
while IFS='|' read -r wanted found; do
  [ "$wanted" = "$found" ] || fail "wanted \"$wanted\", found \"$found\": $(cat "$dir/pairs")"
done < "$dir/pairs"

say "what the scanner gets wrong is never a question of compliance"
jq -s -e '[.[].entry | select(.kind == "check" and (.label.kind == "ambiguous" or .label.kind == "unreadable"))] |
  length >= 8 and all(.rows == [] and (.could_not_check | not) and (.released | not) and (has("decided_by") | not) and
  (.code == "label-ambiguous" or .code == "label-unreadable"))' "$dir/entries" > /dev/null || fail "a scanner's error was judged"
jq -s -e '[.[].entry | select(.kind == "check") | .could_not_check] | any | not' "$dir/entries" > /dev/null || fail "could not check?"
for event in empty too-long noise; do
  jq -s -e --arg event "$event" '[.[].entry | select(.kind == "device" and .event == $event)] | length >= 1' "$dir/entries" > /dev/null ||
    fail "no entry of $event: $(jq -c '.entry | select(.kind == "device")' "$dir/entries")"
done
[ "$(jq -s '[.[].entry | select(.kind == "device")] | length' "$dir/entries")" -lt 30 ] || fail "noise fills the log"

say "nothing of a card or of free text lies anywhere on the station"
stop_daemon
expect 0 tillgate --json evidence verify
for secret in 5290123456 LOY529 1234567891 7712345 MEMBER HELLO-WORLD 98123456 shop.example/p PDF417; do
  hex=$(printf '%s' "$secret" | od -An -v -tx1 | tr -d ' \n')
  for text in "$secret" "$hex"; do
    found=$(grep -rlaiF -- "$text" "$dir/station" "$dir/tillgated.log" || true)
    [ -z "$found" ] || fail "\"$secret\" is in $found"
  done
done
grep -qaF "\"gtin\":\"0$hub\"" "$dir/station"/evidence/evidence.sqlite* || fail "the search finds nothing at all"
say "done"
