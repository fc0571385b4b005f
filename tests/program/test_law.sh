#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_law.sh BUILD SOURCE - what stands against a product, kinds of supply, bundles: from head office's records to what a shop is
# told, and why.
. "$(dirname "$0")/station.sh"

record() { printf '%s\n' "$2" >> "$dir/hq/records/$1.jsonl"; }
brought() { publish; expect 0 tillgate sync; }
day() { date -u -d "$1" +%F; }

head_office
enrolled
hub=$(gtin_of LH-3)
hq lint --json > "$dir/lint.json" || true
line=$(jq '[.findings[] | select(.code == "D01" and .file == "products.jsonl")][0].line' "$dir/lint.json")
bare=$(sed -n "${line}p" "$dir/hq/records/products.jsonl" | jq -r .gtin) # in scope, and nothing is filed

say "before: the hub may be sold"
expect 0 tillgate --json check "$hub" --op sale
is '.outcome == "allow" and .decided_by == "15" and (has("supply") | not)'

say "a failure that somebody told us of holds it; believed, it stops it"
record failures "{\"id\":\"F-2026-1\",\"informed\":\"$(day -1day)\",\"source\":\"mail of the maker\",\"gtins\":[\"$hub\"]}"
brought
expect 1 tillgate --json check "$hub" --op sale
is '.outcome == "hold" and .decided_by == "7" and .stop == "F-2026-1" and .overridable'
sed -i "s/\"informed\":\"$(day -1day)\"/\"informed\":\"$(day -1day)\",\"believed\":\"$(day now)\"/" "$dir/hq/records/failures.jsonl"
brought
expect 1 tillgate --json check "$hub" --op sale
is '.outcome == "block" and .decided_by == "6" and (.overridable | not)'
expect 1 tillgate --json check "$hub" --op dispatch --to outside-uk
is '.decided_by == "6"'
expect 0 tillgate --json check "$hub" --op dispatch --supply hand-back
is '.decided_by == "40h" and .supply == "hand-back"'
expect 0 tillgate --json evidence list --count 1
is '.entry.supply == "hand-back"'
! grep -q 'mail of the maker' "$dir"/station/catalogue/sets/*/catalogue.tgc || fail "the story of a failure left head office"

say "explained: which row, why, and what by itself would have changed it"
size=$(log_size)
expect 1 tillgate --json explain "$hub" --op sale
is '.answer.decided_by == "6" and (.record.stops | map(.kind) | sort == ["failure", "suspicion"])'
is '.rows[] | select(.id == "6") | .hit and (.because | index("a failure is believed"))'
is '.rows[] | select(.id == "15") | .hit'
is '.rows[] | select(.id == "40h") | .would_hit_if == ["supply hand-back"]'
expect 1 tillgate explain "$hub" --op sale --all
said "because: a failure is believed"
said "PSTI Act 2022 ss. 23, 25"
said "statement"
[ "$(log_size)" = "$size" ] || fail "an explanation was written down as a check"

say "remedied: it may be sold again"
sed -i "s/\"believed\"/\"ended\":\"$(day now)\",\"reason\":\"update 2.1\",\"believed\"/" "$dir/hq/records/failures.jsonl"
brought
expect 0 tillgate check "$hub" --op sale

say "a recall, in effect tomorrow: on hold today, and no publication is needed tomorrow"
record notices "{\"id\":\"N-7\",\"kind\":\"recall\",\"genuine\":true,\"given\":\"$(day now)\",\"effective\":\"$(day +1day)\",\"source\":\"letter\",\"gtins\":[\"$hub\"]}"
brought
expect 1 tillgate --json check "$hub" --op sale
is '.decided_by == "4" and .stop == "N-7"'
tomorrow() { LD_PRELOAD=$build/tests/program/libtest-clock.so TG_TEST_CLOCK_OFFSET_S=86400 "$build/plugin/cli/tillgate" --root "$dir/station" "$@"; }
expect 1 tomorrow --json check "$hub" --op sale
is '.outcome == "block" and .decided_by == "2"'
expect 0 tomorrow --json check "$hub" --op dispatch --supply as-directed
is '.decided_by == "2d"'

say "kinds of supply, and what became of the unit"
expect 1 tillgate --json check "$bare" --op sale
is '.outcome == "block"'
expect 0 tillgate check "$bare" --op dispatch --to outside-uk
expect 0 tillgate check "$bare" --op sale --unit second-hand
expect 1 tillgate --json check "$bare" --op sale --unit unwanted
is '.rows | index("14")'
expect 1 tillgate --json check "$bare" --op dispatch --supply to-vendor
is '.outcome == "hold" and .overridable'
expect 1 tillgate --json check "$bare" --op dispatch --supply own-branch
is '.outcome == "hold" and (.overridable | not)'
expect 2 tillgate check "$bare" --op sale --supply gratis
said "no kind of supply"

say "the same through the daemon"
start_daemon
expect 0 tillgate check "$bare" --op dispatch --to outside-uk
expect 1 tillgate --json explain "$bare" --op sale
is '.rows | length > 40'
printf '{"label":"%s","operation":"sale","unit":"second-hand"}\n{"label":"%s","operation":"sale","unit":"old"}\n' "$bare" "$bare" > "$dir/batch"
expect 3 tillgate check --batch-file "$dir/batch"
[ "$(jq -s '[.[0].outcome, .[1].error != null]' -c "$dir/out")" = '["allow",true]' ] || fail "$(cat "$dir/out")"
stop_daemon
say "all told"
