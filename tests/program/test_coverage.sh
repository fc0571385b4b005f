#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_coverage.sh BUILD SOURCE - what enforcing would withhold of what was sold, and what a publication changes: as a shop asks it,
# and as its till then answers.
# shellcheck source=tests/program/station.sh
. "$(dirname "$0")/station.sh" "$@"

record() { printf '%s\n' "$2" >> "$dir/hq/records/$1.jsonl"; }
day() { date -u -d "$1" +%F; }

head_office
enrolled
gtin=$(gtin_of LH-3)
food=$(jq -r 'select(.category == "grocery") | .gtin' "$dir/hq/records/products.jsonl" | head -n 2 | tail -n 1)
unassessed=$(hq lint --json | jq '[.findings[] | select(.code == "unassessed")][0].line' || true)
nobody=$(sed -n "${unassessed}p" "$dir/hq/records/products.jsonl" | jq -r .gtin)

say "sales are asked of the gate itself: totals, reasons, what has no answer, bad lines with their numbers"
cat > "$dir/sales.csv" <<END
EAN;Menge
$gtin;90
$food;"99800"
$nobody;60
$nobody;5
9529980000004;7
9529980000011;3
2012345678903;20
2112345678900;15
12345;1
9524000000018;1
$gtin;-1
END
expect 1 hq coverage "$dir/sales.csv" --map EAN=gtin --map Menge=count --separator ';' --json
is '.lines == 8 and .bad_lines == 3 and (.bad | map(.line)) == [10, 11, 12] and .units == 100000'
is '.unanswered_units == 90 and .unanswered_ppm == 900 and .aim_ppm == 300 and (.aim_reached | not)'
is '.codes | map(select(.code == "not-assessed"))[0] | .row == "9" and .units == 90 and .numbers == 4'
is ".unanswered[0] | .number == \"$nobody\" and .units == 65 and .why == \"no-note\""
is '.unanswered | map(.why) == ["no-note", "in-store", "no-record", "no-record"]'
is '.unlisted_numbers == 2 and .unlisted_units == 10'
is '.notes | map(select(.by == "gtin-prefix"))[0] | .value == "95299800000" and .numbers == 2 and .without_record == 2'
expect 1 hq coverage "$dir/sales.csv" --map EAN=gtin --map Menge=count --top 1
said 'sales.csv:11: "9524000000018": the check digit fails'
said 'the aim before enforcing is under 0.03 %: not reached'
said 'no answer yet, the most sold first (1 of 4)'

say "each number is told what a till would be told"
for number in "$gtin" "$food" "$nobody" 9529980000004; do
  printf 'gtin\n%s\n' "$number" > "$dir/one.csv"
  hq coverage "$dir/one.csv" --json > "$dir/one.json" || true
  tillgate --json check "$number" --op sale > "$dir/till.json" || true
  jq -e --slurpfile till "$dir/till.json" \
    'if .withheld_units == 0 then $till[0].outcome | . == "allow" or . == "notice"
     else .codes[0].row == $till[0].decided_by and .codes[0].code == $till[0].code end' "$dir/one.json" > /dev/null ||
    fail "coverage and till differ on $number"
done

say "answered, the aim is reached, and the exit code says so"
record class_notes "{\"id\":\"CN-21\",\"decision\":\"out\",\"source\":\"s\",\"reviewer\":\"r\",\"reviewed\":\"$(day now)\",\"review_by\":\"$(day +1year)\",\"in_store\":[{\"from\":\"2100000000000\",\"to\":\"2199999999999\"}],\"gtins\":[\"$nobody\"]}"
expect 0 hq coverage "$dir/sales.csv" --map EAN=gtin --map Menge=count --separator ';' --json
is '.aim_reached and .unanswered_units == 10'
printf 'gtin,count\n' > "$dir/none.csv"
expect 3 hq coverage "$dir/none.csv"
said 'no good line'
expect 2 hq coverage "$dir/sales.csv"
said '--map COLUMN=gtin'
[ -z "$(ls "$dir/hq/work" | grep tgc || true)" ] || fail "an image was left behind"

say "what a publication would change, before it is published: newly withheld first, and how much of it was scanned"
record failures "{\"id\":\"F-1\",\"informed\":\"$(day -1day)\",\"source\":\"mail\",\"gtins\":[\"$gtin\"]}"
sed -i "/\"gtin\":\"$food\"/d" "$dir/hq/records/products.jsonl"
record products '{"gtin":"9529980000004","name":"New lamp"}'
version=$(hq status --json | jq .catalogue_version)
expect 0 hq catalogue diff "$version" records --json --scans "$dir/sales.csv" --map EAN=gtin --map Menge=count --separator ';'
is '.added == 2 and .removed == 1 and .changed == 2 and .newly_withheld == 2 and .newly_released == 2'
is ".items[0] | .number == \"0$food\" and .what == \"removed\" and .effect == \"newly-withheld\" and .after.code == \"not-assessed\" and .units == 99800"
is ".items[1] | .number == \"0$gtin\" and .before.code == \"soc-held\" and .after.row == \"7\" and .units == 90"
is '.items[1].changes == ["against it F-1, suspicion: new (suspicion)"]'
is '.scanned_newly_withheld_numbers == 2 and .scanned_newly_withheld_units == 99890'
is '.items | map(select(.kind == "in-store"))[0] | .number == "02100000000000" and .effect == "newly-released"'
is ".items | map(select(.number == \"0$nobody\"))[0].changes | any(. == \"scope: unassessed -> out\")"
is ".version_before == $version and (has(\"version_after\") | not)"
expect 0 hq catalogue diff "$version" records
said "catalogue $version -> the records: 2 added"
said 'newly withheld: 2'
said 'block (row 9 not-assessed)'

say "and it does change that"
cp "$(ls -t "$dir"/hq/repository/targets/*.catalogue.tgc | head -n 1)" "$dir/before.tgc"
publish
expect 0 tillgate sync
expect 1 tillgate --json check "$gtin" --op sale
is '.decided_by == "7"'
expect 0 hq catalogue diff "$version" $((version + 1)) --json
is '.newly_withheld == 2 and (has("scanned_units") | not)'
expect 0 hq catalogue diff $((version + 1)) records --json
is '.items == [] and .added + .removed + .changed == 0'
expect 0 hq catalogue diff "$dir/before.tgc" records --json
is '.newly_withheld == 2'
expect 3 hq catalogue diff 4711 records
said 'of catalogue 4711'
printf 'no image' > "$dir/bad.tgc"
expect 3 hq catalogue diff "$dir/bad.tgc" records

say "records with errors are no catalogue to ask"
record products '{"gtin":"9529980000004","name":"Again"}'
expect 3 hq coverage "$dir/sales.csv" --map EAN=gtin --separator ';'
said 'lint says which'
say "done"
