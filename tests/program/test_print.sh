#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_print.sh BUILD SOURCE - the papers from a head office's records, as a person asks for them, as Ajv reads them by their schemas, and
# as a real browser shows and prints them: nothing is loaded, nothing is said on its console, and they fit the paper.
# shellcheck source=tests/program/station.sh
. "$(dirname "$0")/station.sh" "$@"

CHROMIUM=$(command -v chromium) || { echo "SKIPPED: no chromium"; exit 77; }
export CHROMIUM
for folder in browser conformance/schemas; do
  code=0
  installed=$("$source_dir/tests/npm-install" "$source_dir/tests/$folder" "$(dirname "$build")") || code=$?
  [ "$code" -ne 77 ] || { echo "SKIPPED: the npm packages of tests/$folder are not installed"; exit 77; }
  [ "$code" -eq 0 ] || fail "the npm packages of tests/$folder cannot be installed"
  if [ "$folder" = browser ]; then export PLAYWRIGHT=$installed; else export AJV=$installed; fi
done
unset HTTP_PROXY HTTPS_PROXY http_proxy https_proxy ALL_PROXY all_proxy

# papers NAME ARGUMENTS...: print them both ways; the JSON is good by its schema.
papers() {
  local name=$1
  shift
  expect 0 hq print "$@" -o "$dir/papers/$name.html"
  expect 0 hq print "$@" --json -o "$dir/papers/$name.json"
  expect 0 node "$source_dir/tests/conformance/schemas/cases.js" "$source_dir/plugin/share/schema/print" check "$dir/papers/$name.json" "$1"
  cp "$dir/papers/$name.json" "$dir/out"
}

head_office
records=$dir/hq/records
mkdir "$dir/papers" "$records/documents"
gtin=$(jq -r 'select(.id == "SOC-LH-3") | .gtins[0]' "$records/socs.jsonl")
printf '%%PDF-1.4\nthe paper\n' > "$records/documents/lh-3.pdf"
sum=$(sha256sum "$records/documents/lh-3.pdf" | cut -d ' ' -f 1)
jq -c 'if .id == "SOC-LH-3" then .document.file = "documents/lh-3.pdf" else . end' "$records/socs.jsonl" > "$dir/socs.new"
mv "$dir/socs.new" "$records/socs.jsonl"

say "each paper, by id and by number, is good by its schema"
papers note scope-note SN-LH-3
is '.sheets | length == 1 and .[0].key == "SN-LH-3"'
papers notes scope-note "$gtin" CN-GROCERY
is '.sheets | map(.key) == ["0'"$gtin"'", "CN-GROCERY"]'
papers pack soc-pack SOC-LH-3
is '.sheets[0].sections | map(select(.key == "document"))[0].blocks[0].facts | map(select(.key == "attachment_sha256"))[0].value == "'"$sum"'"'
jq -r .id "$records/labels.jsonl" > "$dir/labels.list"
printf '\n# the withdrawn one\n  SOC-KC-7  # and why\n' >> "$dir/labels.list"
papers packs soc-pack --list "$dir/labels.list"
is '.sheets | length == '"$(($(wc -l < "$records/labels.jsonl") + 1))"
papers requests attestation-request --all --reply-to compliance@trader.example --reply-by 2030-01-02
is '.sheets | length > 3 and all(.blocks[0].facts | map(select(.key == "reply_by"))[0].value == "2030-01-02")'
papers notice support-notice "$gtin"
papers notices support-notice --all --together
is '.sheets | length == 1'
jq -r 'select(.type == "LH-3" or .type == "LB-27C") | .gtin' "$records/products.jsonl" > "$dir/shelf.list"
papers shelf support-notice --list "$dir/shelf.list"
is '.sheets | length == 2 and .[0].blocks[0].type == "callout"'

for bend in '.kind = "letter"' '.sheets[0].sections[0].key = "other"' 'del(.sheets[0].title)' '.sheets[0].blocks[0].onload = "x"' '.sheets = []' \
  '.sheets[0].blocks[0] = {type: "markup", text: "<b>"}' '.made = "today"'; do
  jq -c "$bend" "$dir/papers/pack.json" > "$dir/bent.json"
  expect 1 node "$source_dir/tests/conformance/schemas/cases.js" "$source_dir/plugin/share/schema/print" check "$dir/bent.json" soc-pack
done

say "what is said of a statement is what lint says of it"
hq lint --json > "$dir/lint.json" || true
for id in $(jq -r 'select(.status == "current") | .id' "$records/socs.jsonl"); do
  hq print soc-pack "$id" --json > "$dir/one.json"
  line=$(jq -r .id "$records/socs.jsonl" | grep -nxF "$id" | cut -d : -f 1)
  jq -e --slurpfile lint "$dir/lint.json" --argjson line "$line" '
    ([$lint[0].findings[] | select(.file == "socs.jsonl" and .line == $line and .level == "defect").code] | unique) as $codes
    | .sheets[0] | (.blocks[0].state == (if $codes == [] then "good" else "bad" end))
      and ([.sections[] | select(.key == "checklist" or .key == "document" or .key == "accompanies").blocks[] | (.rows // [])[].finding, (.facts // [])[]
            | .value | scan("D[0-9]{2}")] | unique | . == $codes)' "$dir/one.json" > /dev/null ||
    fail "$id: the pack and lint differ"
done

say "hostile words of records stay words"
jq -c --arg evil $'<script>document.title="x"</script>"><img src=http://127.0.0.1:9/x onerror=alert(1)> </style><style>*{display:none}' \
  'if .type == "LB-10W" then .name = $evil[:250] | .brand = $evil[:250] else . end' "$records/products.jsonl" > "$dir/products.new"
mv "$dir/products.new" "$records/products.jsonl"
evil=$(jq -r 'select(.type == "LB-10W") | .gtin' "$records/products.jsonl")
papers evil-note scope-note "$evil"
papers evil-pack soc-pack "$evil"
papers evil-request attestation-request "$evil"
papers evil-notice support-notice "$evil"
papers evil-many support-notice "$evil" "$gtin" --together

say "a real browser: nothing loaded, nothing on the console, every table and heading in order, nothing wider than screen or paper"
expect 0 node "$source_dir/tests/browser/paper.js" "$dir"/papers/*.html
[ "$(wc -l < "$dir/out")" -eq "$(find "$dir/papers" -name '*.html' | wc -l)" ] || fail "not every paper was looked at"
pages() { jq -r --arg file "$1.html" 'select(.file == $file).pages' "$dir/out"; }
[ "$(pages notice)" -eq 1 ] || fail "a notice for one product has $(pages notice) pages"
[ "$(pages shelf)" -eq 2 ] || fail "two notices have $(pages shelf) pages"
[ "$(pages note)" -eq 2 ] || fail "a scope note has $(pages note) pages"
[ "$(pages pack)" -ge 3 ] && [ "$(pages pack)" -le 4 ] || fail "a pack has $(pages pack) pages"
# A request is a letter and the page to sign; in front are the contents.
requests=$(jq '.sheets | length' "$dir/papers/requests.json")
[ "$(pages requests)" -eq $((2 * requests + 1)) ] || fail "$requests requests have $(pages requests) pages"

say "the browser's eye is no formality: what breaks the rules is seen"
sed 's|</main>|<h4>deep</h4><script src="x.js"></script><img src="http://127.0.0.1:9/x.png"><p style="width:3000px"></p></main>|' "$dir/papers/note.html" > "$dir/bad.html"
expect 1 node "$source_dir/tests/browser/paper.js" "$dir/bad.html"
for words in 'a level of headings is left out' 'has no place here' 'attribute style' 'blank' 'Content Security Policy'; do said "$words"; done

say "all or nothing, and it says why"
expect 1 hq print scope-note SN-LH-3 SN-NONE 9521234000003 -o "$dir/none.html"
said 'SN-NONE: no scope or class note has this id'
said '9521234000003: no scope or class note'
said 'nothing was printed: 2 things cannot be'
[ ! -e "$dir/none.html" ] || fail "something was printed"
expect 1 hq print support-notice "$(jq -r 'select(.category == "grocery") | .gtin' "$records/products.jsonl" | head -n 1)"
said 'not in scope, or not assessed'
expect 1 hq print soc-pack SOC-LH-3 -o "$dir/papers/pack.html"
said 'is there already; give another name, or --force'
ln -s /nowhere "$dir/link.html"
expect 1 hq print soc-pack SOC-LH-3 -o "$dir/link.html"
expect 0 hq print soc-pack SOC-LH-3 -o "$dir/papers/pack.html" --force
expect 3 hq print soc-pack SOC-LH-3 -o "$dir/nowhere/pack.html"
expect 2 hq print soc-pack
said 'of what?'
expect 2 hq print soc-pack SOC-LH-3 --all
expect 2 hq print soc-pack SOC-LH-3 --together
expect 2 hq print letter SOC-LH-3
expect 2 hq print
expect 2 hq print soc-pack SOC-LH-3 --today tomorrow
expect 3 hq print soc-pack --list "$dir/no-list"
expect 0 hq print --help
said 'attestation-request'
expect 0 hq print scope-note SN-LH-3 --today 2040-01-01 --json
is '.made == "2040-01-01"'
expect 0 hq print scope-note SN-LH-3
cmp -s "$dir/out" "$dir/papers/note.html" || fail "standard output and the file differ"
if ! hq print soc-pack --all > /dev/full 2> "$dir/err"; then said 'standard output'; else fail "a full disk was not told of"; fi
say "done"
