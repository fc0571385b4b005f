#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_import.sh TILLGATE-HQ [LINES] - a shop brings its spreadsheets: a product master of LINES lines, class notes that answer it by
# category, by brick and for in-store numbers, statements with a row for each product; what is wrong with each is told of, line by line.
# shellcheck source=tests/program/hq.sh
. "$(dirname "$0")/hq.sh"
lines=${2:-5000}
export TILLGATE_HQ_DIR="$dir/hq"
mkdir -p hq/records
note='"source":"s. 5","quote":"q","reviewer":"compliance-1","reviewed":"2024-05-01","review_by":"2099-01-01"'

# ---- the product master: semicolons, Windows-1252, a column too many, numbers that a spreadsheet damaged ----
awk -v lines="$lines" 'function check(n,  i, sum) { for (i = 1; i <= 12; i++) sum += substr(n, i, 1) * (i % 2 ? 1 : 3); return n (10 - sum % 10) % 10 }
  BEGIN {
    print "Artikelnr;EAN;Bezeichnung;Warengruppe;GPC;Lieferant"
    for (i = 1; i <= lines; i++)
      printf "%d;%s;\"Artikel %d; K\344se\";%s;%s;Gro\337handel\n", i, check(sprintf("952%09d", i)), i, i % 100 ? "food" : "electricals", i % 100 ? "" : "10001098"
    print "x;36000291452;Zero lost;food;;"
    print "x;2000000000015;Cheese by weight;food;;"
    print ";;;;;"
  }' > master.csv
map='--map EAN=gtin --map Bezeichnung=name --map Warengruppe=category --map GPC=brick --map lieferant=supplier'
# shellcheck disable=SC2086  # several options
expect 1 import master.csv --kind products $map
complains "master.csv:2: error not-utf8 not UTF-8"
complains 'windows-1252'
# shellcheck disable=SC2086
expect 1 import master.csv --kind products $map --encoding windows-1252 --dry-run
complains "master.csv:$((lines + 2)): error gtin-damaged gtin (column \"EAN\", \"36000291452\"): .*--repair-gtins"
complains "master.csv:$((lines + 3)): error in-store-number gtin (column \"EAN\", \"2000000000015\"): .*--skip-in-store"
[ "$(grep -c 'error' err)" -le 5 ] || fail 'more is told of than is wrong'
[ ! -e hq/records/products.jsonl ] || fail 'a dry run wrote'
# shellcheck disable=SC2086
expect 0 import master.csv --kind products $map --encoding windows-1252 --repair-gtins --skip-in-store --save-mapping master.json
says "$((lines + 1)) added, 0 changed"
says '1 lines with numbers for use in shops were left out'
says '1 GTINs were put right'
complains 'warning gtin-repaired gtin (column "EAN", "36000291452"): taken as 036000291452'
grep -q '"name":"Artikel 1; Käse","supplier":"Großhandel"' hq/records/products.jsonl || fail 'the text is not what was written'

# ---- the same file by the mapping that was kept: nothing changes ----
jq -e '.columns.gtin == "EAN" and .encoding == "windows-1252" and .repair_gtins' master.json > out || fail 'the mapping is not what was said'
expect 0 import master.csv --mapping master.json --json
is '.added == 0 and .changed == 0 and .left_out == 1 and .repaired == 1 and .untouched == 0'
before=$(sha256sum < hq/records/products.jsonl)

# ---- a master with what has no GTIN: refused, unless somebody says that it is no slip; words of a mapping make "N/A" nothing ----
{ cat master.csv; printf 'x;;Bag;food;;\nx;N/A;Wrapping;services;;\n'; } > bags.csv
expect 1 import bags.csv --mapping master.json
complains '--skip-without-gtin'
expect 1 import bags.csv --mapping master.json --skip-without-gtin
complains 'error bad-gtin gtin (column "EAN", "N/A")'
jq '.words.gtin = {"N/A": ""} | .skip_without_gtin = true' master.json > bags.json
expect 0 import bags.csv --mapping bags.json --json
is '.added == 0 and .changed == 0 and .without_gtin == 2 and .left_out == 1'
expect 0 import bags.csv --mapping bags.json
says '2 lines without a GTIN were left out'
[ "$before" = "$(sha256sum < hq/records/products.jsonl)" ] || fail 'a line without a GTIN changed a record'
expect 2 import master.csv --mapping master.json --kind socs
complains 'the mapping is one of products'

# ---- some members of products that are there: the rest stays; nothing is taken out that the file does not name ----
first=$(jq -r .gtin hq/records/products.jsonl | sed -n 2p)
printf 'GTIN,Brand,Supplier\n%s,Lumen,\n' "$first" > brands.csv
expect 1 import brands.csv --kind products --update never
complains 'is-there'
expect 0 import brands.csv --kind products
says "0 added, 1 changed, 0 as they were; $lines not in the file stay"
jq -se --arg gtin "$first" '.[] | select(.gtin == $gtin) | .brand == "Lumen" and .category == "food" and (has("supplier") | not)' hq/records/products.jsonl > out ||
	fail 'the member is not changed, or another is lost'
expect 0 import master.csv --mapping master.json
jq -se --arg gtin "$first" '.[] | select(.gtin == $gtin) | .brand == "Lumen" and has("supplier")' hq/records/products.jsonl > out || fail 'a master took the brand away'
[ "$before" != "$(sha256sum < hq/records/products.jsonl)" ] || fail 'the brand was never there'

# ---- class notes: by category, by brick, for in-store numbers; what every row says is fixed once; words are translated ----
cat > notes.json <<'JSON'
{"format": 1, "kind": "class_notes", "dates": "day-first",
 "columns": {"id": "Ref", "decision": "Connectable?", "limb": "Limb", "categories": "Categories", "bricks": "Bricks", "in_store": "In store", "review_by": "Review by"},
 "fixed": {"source": "PSTI Act 2022 s. 5", "quote": "q", "reviewer": "compliance-1", "reviewed": "2024-05-01"},
 "words": {"decision": {"No": "out", "Yes": "in"}}}
JSON
cat > notes.csv <<'CSV'
Ref,Connectable?,Limb,Categories,Bricks,In store,Review by
FOOD,No,,food|drinks,,,1/1/2099
COUNTER,No,,,,2000000000000..2099999999999,01/01/2099
HUBS,Perhaps,,,10001098,,31/2/2099
CSV
expect 1 import notes.csv --mapping notes.json
complains 'notes.csv:4: error bad-cell review_by (column "Review by", "31/2/2099"): '
sed -i 's/31.2.2099/31\/12\/2099/' notes.csv
expect 1 import notes.csv --mapping notes.json
complains 'notes.csv:4: error bad-record decision (column "Connectable?", "Perhaps"): '
sed -i 's/Perhaps,,/Yes,internet-connectable,/' notes.csv
expect 0 import notes.csv --mapping notes.json
says '3 added'
expect 1 lint --json
is '[.findings[] | select(.code == "policy-missing" and .file == "policy.json")] | length == 1'
is '[.findings[] | select(.code == "unassessed")] | length == 0'
is '[.findings[] | select(.code == "D01")] | length == '$((lines / 100))

# ---- statements, a row for each product ----
{
	echo 'Statement,Status,Kind,Type,Made by,Address,GTIN'
	jq -r 'select(.brick != null) | "SOC-1,current,soc,LH-3,Lumen,1 Road,\(.gtin)"' hq/records/products.jsonl
} > socs.csv
sed '3s/LH-3/LH-4/; 4s/Lumen/Lumen Ltd/; 5s/current/withdrawn/' socs.csv > differ.csv
soc_map='--map Statement=id --map Status=status --map Kind=document.kind --map Type=types --map GTIN=gtins --map Address=manufacturers.address'
# shellcheck disable=SC2086
expect 1 import differ.csv --kind socs $soc_map --map 'Made by=manufacturers.name'
complains 'differ.csv:5: error rows-differ status: line 2 says otherwise of SOC-1'
# shellcheck disable=SC2086
expect 0 import socs.csv --kind socs $soc_map --map 'Made by=manufacturers.name'
says '1 added'
jq -e --argjson products "$((lines / 100))" '(.gtins | length) == $products and .types == ["LH-3"] and (.manufacturers | length) == 1' hq/records/socs.jsonl > out ||
	fail 'the rows are not one statement'

# ---- what is a case with a history is no row; a template says what is ----
printf 'id\nF-1\n' > failures.csv
expect 2 import failures.csv --kind failures
complains 'JSON Lines'
expect 2 import socs.csv --kind socs --map GTIN=colour
complains 'no member of socs'
expect 0 import --template --kind packs
says '^gtin,contains,count$'
for kind in products socs labels scope_notes class_notes packs bundles roles publications; do
	"$hq" import --template --kind $kind > template.csv || fail "no template of $kind"
	expect 0 import template.csv --kind $kind --dry-run
	says '0 added'
done
expect 2 import --template --kind notices
echo '{"id":"FOOD","decision":"out",'"$note"',"categories":["food"]}' > note.jsonl
expect 2 import note.jsonl --kind class_notes --update members
complains 'whole records'
expect 0 import note.jsonl --kind class_notes
says '0 added, 1 changed'
echo "test_import: $lines lines"
