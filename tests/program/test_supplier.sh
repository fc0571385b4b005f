#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_supplier.sh BUILD SOURCE - a supplier signs a statement, head office takes it over by two people, the till sells; and what
# must be refused on the way: foreign numbers, hostile text, strangers' signatures, old and expired metadata, one person twice.
. "$(dirname "$0")/station.sh"

supplier() { "$build/simulator/trade/tillgate-sim-supplier" "$dir/lumen" "$@" > "$dir/supplier.log" 2>&1 || fail "supplier $*"; }
own=$dir/lumen/content/own
# theirs ID GTIN TYPE: a statement as the supplier writes it, on standard output.
theirs() {
  jq -c --arg id "$1" --arg gtin "$2" --arg type "$3" 'select(.id == "SOC-LH-3") | .id = $id | .gtins = [$gtin] | .types = [$type]
    | .accompanies = {how: "in-pack"} | del(.accepted_doubts, .document.sha256_on_file)' "$dir/hq/records/socs.jsonl"
}
import() { hq import --from-supplier lumen "$@"; }
open_drafts() { hq drafts list --json > "$dir/drafts" || [ $? -eq 6 ]; jq -r '.[].draft' "$dir/drafts"; }
approve() { hq drafts approve "$1" --by "$2" --yes --passphrase-file "$dir/$2.pass"; }

head_office
enrolled
camera=$(gtin_of TB-1)
say "without a statement the product is blocked"
expect 1 tillgate --json check "$camera" --op sale
is '.outcome == "block" and (.could_not_check | not)'

say "a supplier is registered by the fingerprint of its root"
"$build/simulator/trade/tillgate-sim-supplier" "$dir/lumen" init > "$dir/supplier.log" 2>&1 || fail "supplier init"
printf '{"v":1,"owner":"lumen.example","url":"http://127.0.0.1:1/","expires_days":{"root":9,"targets":9,"snapshot":9,"timestamp":9}}\n' \
  > "$dir/lumen/hq.json"
"$build/sync/hq/tillgate-hq" serve -d "$dir/lumen" --listen 127.0.0.1:0 > "$dir/lumen.log" 2>&1 &
pids+=($!)
wait_for "the supplier's address" grep -q 'http://[0-9.]*:[0-9]*/' "$dir/lumen.log"
lumen_url=$(grep -o 'http://[0-9.]*:[0-9]*/' "$dir/lumen.log" | head -n 1)
root=$dir/lumen/repository/metadata/1.root.json
fingerprint=$(sha256sum "$root" | cut -d' ' -f1)
add() { hq supplier add lumen --name "Lumen Ltd" --url "$lumen_url" --root "$root" --prefix 95240000 "$@"; }
expect 1 add --fingerprint "${fingerprint/[0-9]/x}"
expect 1 add < /dev/null # nobody there to compare
said "${fingerprint:0:4} ${fingerprint:4:4}"
expect 0 add --fingerprint "$fingerprint"
expect 1 add --fingerprint "$fingerprint"
said "registered already"
expect 1 hq supplier add other --name Other --url "$lumen_url" --root "$root" --prefix 9524000 --yes
said "overlaps"
expect 0 hq supplier add other --name Other --url "$lumen_url" --root "$root" --prefix 9524000 --yes --allow-overlap "sells the same"
expect 0 hq supplier show other
said "sells the same"
expect 0 hq supplier remove other --yes
expect 2 hq supplier prefix lumen add 952
expect 0 hq supplier prefix lumen add 8:9521
expect 0 hq supplier prefix lumen remove 8:9521

say "statements become drafts, by a brand's own role; nothing that is not theirs comes through"
expect 0 import # nothing published yet
said "publishes no statements/95240000.jsonl"
mkdir -p "$own/products" "$own/documents" "$dir/lumen/content/brand-a/statements"
printf '%%PDF-1.4 a statement\n' > "$dir/paper"
paper=$(sha256sum "$dir/paper" | cut -d' ' -f1)
cp "$dir/paper" "$own/documents/$paper.pdf"
{
  theirs CAM "$camera" TB-1 | jq -c --arg sha "$paper" '.document.sha256 = $sha'
  theirs FOREIGN "$(jq -r 'select(.gtin | startswith("9525")).gtin' "$dir/hq/records/products.jsonl" | head -n 1)" X-1
  theirs BIDI "$camera" TB-1 | jq -c '.signatory.name = "Ann \u202e evil"'
  theirs HIDDEN "$camera" TB-1 | jq -c '.types = ["TB-1\u200b"]'
  theirs OURS "$camera" TB-1 | jq -c '.accepted_doubts = [{code:"D15",by:"x",on:"2026-01-01",reason:"y"}]'
  theirs ANSI "$camera" TB-1 | jq -c '.["\u001b[31mname"] = 1'
  printf 'no json\n'
} > "$dir/lumen/content/brand-a/statements/95240000.jsonl"
supplier publish
expect 1 import --json
is '.refused == 6 and .new == 1 and .lines == 7 and .documents_fetched == 1'
is '[.findings[].code] | (index("foreign-gtin") and index("hidden-character") and index("not-theirs") and index("bad-record")) != null'
expect 1 import
grep -q $'\033' "$dir/out" "$dir/err" && fail "a terminal's control character came through"
said "1 waiting"
theirs CAM "$camera" TB-1 | jq -c --arg sha "$paper" '.document.sha256 = $sha' > "$dir/lumen/content/brand-a/statements/95240000.jsonl"
supplier publish
expect 0 import --json
is '.waiting == 1 and .new == 0'
draft=$(open_drafts)
[[ $draft == lumen/CAM.* ]] || fail "draft: $draft"
expect 0 hq drafts show "$draft" --json
is '.body.signed.role == "brand-a" and (.body.signed.keys | length) == 1 and .state == "open"'
expect 0 hq drafts show "$draft"
said "not on file yet"
said "lint: 0 errors"
grep -q lumen "$dir/hq/records/socs.jsonl" && fail "a draft reached the records"

say "two people with two keys, or nothing"
for person in ann bob eve; do
  head -c 12 /dev/urandom | base64 > "$dir/$person.pass"
  expect 0 hq people add "$person" --passphrase-file "$dir/$person.pass"
done
expect 1 hq drafts approve "$draft" --by ann --yes --passphrase-file "$dir/bob.pass"
said "passphrase"
expect 3 approve "$draft" nobody < /dev/null
expect 0 approve "$draft" ann
said "another person must approve it too"
expect 1 approve "$draft" ann
said "approved it already"
key=$(ls "$dir"/hq/people/eve/*.pub.pem)
expect 1 hq people add twin --public "$key"
said "the key of eve already"
expect 0 hq people remove ann --yes
expect 0 approve "$draft" bob # ann's word no longer counts, and voids what there was
said "void"
expect 0 approve "$draft" eve
said "filed as lumen.CAM"
expect 1 approve "$draft" bob
said "is filed"
jq -e 'select(.id == "lumen.CAM") | .source.role == "brand-a" and (.source.approved | map(.by)) == ["bob","eve"] and .document.file' \
  "$dir/hq/records/socs.jsonl" > /dev/null || fail "no source: $(grep lumen "$dir/hq/records/socs.jsonl")"
[ "$(jq -r .id "$dir/hq/records/socs.jsonl" | grep -c .)" -eq "$(jq -r .id "$dir/hq/records/socs.jsonl" | sort -u | grep -c .)" ] || fail "ids twice"
expect 0 import --json
is '.on_file == 1 and .new == 0 and .waiting == 0'

say "published, synced, sold"
publish
expect 0 tillgate sync
expect 0 tillgate --json check "$camera" --op sale
is '.released and .code == "soc-held" and .soc == "lumen.CAM"'

say "a changed statement is a new draft that says what changes; a draft that changes starts anew"
jq -c '.issued.place = "Leeds"' "$dir/lumen/content/brand-a/statements/95240000.jsonl" > "$dir/next"
cp "$dir/next" "$dir/lumen/content/brand-a/statements/95240000.jsonl"
supplier publish
expect 0 import
first=$(open_drafts)
expect 0 approve "$first" bob
said "issued.place:"
jq -c '.issued.place = "York"' "$dir/lumen/content/brand-a/statements/95240000.jsonl" > "$dir/next"
cp "$dir/next" "$dir/lumen/content/brand-a/statements/95240000.jsonl"
supplier publish
expect 0 import --json
is '.overtaken == 1 and .new == 1'
second=$(open_drafts)
[ "$second" != "$first" ] || fail "the changed draft has the old name"
expect 1 hq drafts reopen "$first" --by bob --passphrase-file "$dir/bob.pass"
said "only a rejected draft can be reopened"
expect 0 hq status --json
is '.drafts == {"open": 1, "withdrawals": 0}'
expect 0 hq drafts reject "$second" --by bob --reason "York is no place of theirs" --passphrase-file "$dir/bob.pass"
expect 0 import --json
is '.rejected_before == 1 and .new == 0'
expect 0 hq drafts reopen "$second" --by bob --passphrase-file "$dir/bob.pass"
sed -i 's/York/Hull/' "$dir/hq/drafts/$second.json"
expect 1 approve "$second" bob
said "changed by hand"
sed -i 's/Hull/York/' "$dir/hq/drafts/$second.json"

say "whoever signs with another key, goes back in time, or lets it lapse is refused by name"
cp -r "$dir/lumen/keys" "$dir/good-keys"
for role in timestamp snapshot targets; do
  supplier swap "$role"
  supplier publish
  expect 1 import
  said "$role.json"
  said "0 of 1"
  cp "$dir/good-keys/"* "$dir/lumen/keys/"
done
supplier publish
expect 0 import
cp "$dir/lumen/repository/metadata/timestamp.json" "$dir/old-timestamp"
supplier publish
expect 0 import
cp "$dir/old-timestamp" "$dir/lumen/repository/metadata/timestamp.json"
expect 1 import
said "timestamp.json: version"
supplier publish --days 0
expect 1 import
said "expired"
supplier publish
expect 0 import
find "$dir/lumen/repository/targets/statements" -name '*95240000.jsonl' -exec sed -i 's/York/Cork/' {} +
expect 1 import
said "statements/95240000.jsonl"
find "$dir/lumen/repository/targets/statements" -name '*95240000.jsonl' -exec sed -i 's/Cork/York/' {} +
open_drafts | grep -qxF "$second" || fail "a refused repository changed the drafts"

say "a key that is revoked by root is followed, and its signatures end"
cp "$dir/lumen/keys/timestamp.pem" "$dir/stolen.pem"
supplier rotate timestamp
supplier rotate root
supplier publish
expect 0 import --json
is '.root_version == 3'
cp "$dir/stolen.pem" "$dir/lumen/keys/timestamp.pem"
supplier publish
expect 1 import
said "0 of 1"
supplier rotate timestamp
supplier publish
expect 0 import

say "a withdrawal is told loudly until two people took it over; then the till blocks"
jq -c '.status = "withdrawn"' "$dir/lumen/content/brand-a/statements/95240000.jsonl" > "$dir/next"
cp "$dir/next" "$dir/lumen/content/brand-a/statements/95240000.jsonl"
supplier publish
expect 6 import
said "WITHDRAWN BY THE SUPPLIER: lumen.CAM"
expect 6 hq drafts list
rm "$dir/lumen/content/brand-a/statements/95240000.jsonl"
supplier publish
expect 6 import --json
is '.withdrawals == 1 and .overtaken == 1'
gone=$(open_drafts)
expect 0 approve "$gone" bob
said "no longer published"
expect 0 approve "$gone" eve
jq -e 'select(.id == "lumen.CAM").status == "withdrawn"' "$dir/hq/records/socs.jsonl" > /dev/null || fail "not withdrawn"
publish
expect 0 tillgate sync
expect 1 tillgate --json check "$camera" --op sale
is '.outcome == "block"'

say "a prefix that is taken away ends what was waiting"
theirs CAM2 "$camera" TB-1 > "$dir/lumen/content/brand-a/statements/95240000.jsonl"
supplier publish
expect 0 import
last=$(open_drafts)
expect 0 hq supplier prefix lumen add 95260000
expect 0 hq supplier prefix lumen remove 95240000
expect 1 approve "$last" bob
said "no longer registered"
say "a private repository: what it asks for lies in access/"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=lumen -addext subjectAltName=IP:127.0.0.1 \
  -keyout "$dir/tls.key" -out "$dir/tls.pem" 2> /dev/null
"$build/sync/hq/tillgate-hq" serve -d "$dir/lumen" --listen 127.0.0.1:0 --tls-cert "$dir/tls.pem" --tls-key "$dir/tls.key" > "$dir/tls.log" 2>&1 &
pids+=($!)
wait_for "the supplier's address" grep -q 'https://[0-9.]*:[0-9]*/' "$dir/tls.log"
tls_url=$(grep -o 'https://[0-9.]*:[0-9]*/' "$dir/tls.log" | head -n 1)
sed -i "s|$lumen_url|$tls_url|" "$dir/hq/suppliers/lumen/supplier.json"
expect 3 import
said "certificate"
mkdir -m 700 "$dir/hq/suppliers/lumen/access"
cp "$dir/tls.pem" "$dir/hq/suppliers/lumen/access/ca.pem"
expect 0 hq import --from-supplier "$tls_url" # by its URL, too

say "suppliers: all well"
