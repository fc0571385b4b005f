#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# test_documents.sh - the papers of statements, from head office's folder to a station that asks for one, and when things go wrong.
#
# Usage: test_documents.sh BUILD SOURCE
# shellcheck source=tests/program/station.sh
. "$(dirname "$0")/station.sh" "$@"

records=$dir/hq/records published=$dir/hq/repository/targets/documents kept=$dir/station/catalogue/documents
# paper N TEXT: a PDF, as far as its first bytes say so.
paper() { printf '%%PDF-1.4\n%s\n' "$2" > "$records/documents/$1.pdf"; }
# names ID FILE: the statement ID names that file.
names() {
  jq -c --arg id "$1" --arg file "$2" 'if .id == $id then .document.file = $file else . end' "$records/socs.jsonl" > "$dir/socs.new"
  mv "$dir/socs.new" "$records/socs.jsonl"
}
published_name() { find "$published" -name "*.$1" -printf '%f\n'; }
kept_count() { find "$kept" -maxdepth 1 -name '*.pdf' | wc -l; }
port_of() { echo "${url##*:}" | tr -d /; }
serve() { # on the same port as before, so that the enrolled station finds it
  "$build/sync/hq/tillgate-hq" serve --listen "127.0.0.1:$(port_of)" > "$dir/serve.log" 2>&1 &
  server=$!
  pids+=("$server")
  wait_for "the repository" curl -fs -o "$dir/got" "${url}metadata/timestamp.json"
}
stop_serving() {
  kill "$server"
  wait "$server" || true
}

head_office 40
server=${pids[-1]}
enrolled
mapfile -t ids < <(jq -r 'select(.document.kind == "soc" and .status == "current") | .id' "$records/socs.jsonl" | head -n 3)
[ "${#ids[@]}" -eq 3 ] || fail "the example trader has fewer than three current statements"

# ---- none is published yet ----
expect 6 tillgate document "${ids[0]}"
said "publishes no document for statement ${ids[0]}"

# ---- what lint says of documents ----
mkdir "$records/documents"
names "${ids[0]}" documents/one.pdf
expect 1 hq publish
said 'document-missing'
echo '<script>' > "$records/documents/one.pdf"
expect 1 hq publish
said 'document-type'
ln -sf "$dir/passphrase" "$records/documents/one.pdf"
expect 1 hq publish
said 'is a link'
rm "$records/documents/one.pdf"
truncate -s 20000001 "$records/documents/one.pdf"
expect 1 hq publish
said 'document-too-large'
rm "$records/documents/one.pdf"
names "${ids[0]}" ../keys/root.pem
expect 1 hq publish
said 'bad-record'
[ ! -e "$published" ] || fail "a refused publication put documents in place"

# ---- three documents ----
paper one 'first paper'
paper two 'second paper'
paper three 'third paper'
names "${ids[0]}" documents/one.pdf
names "${ids[1]}" documents/two.pdf
names "${ids[2]}" documents/three.pdf
expect 0 hq --help
publish --json
jq -e '.documents == 3 and .document_roles_signed == 1' "$dir/publish.log" > "$dir/jq.log" || fail "publish: $(cat "$dir/publish.log")"
[ "$(find "$published" -type f | wc -l)" -eq 3 ] || fail "not three documents in the repository"
publish --json
jq -e '.published == false' "$dir/publish.log" > "$dir/jq.log" || fail "a second publication without a change"

# ---- a station that asks for none gets none ----
expect 0 tillgate --json sync
ls "$dir/station/catalogue/tuf" > "$dir/tuf.list"
grep -q documents "$dir/tuf.list" && fail "a plain sync fetched what is said of documents"
expect 0 hq refresh
expect 0 tillgate --json sync
is '.requests == 2'

# ---- the first one: root, timestamp, documents.json, the paper; the rest is taken from the set in force ----
expect 0 tillgate --json document "${ids[0]}"
is '.requests == 4 and .fetched and .confirmed and .type == "pdf"'
cmp -s "$(jq -r .path "$dir/out")" "$records/documents/one.pdf" || fail "not the paper that was published"
# ---- the second: its role is here already; the first again: nothing but head office's word ----
expect 0 tillgate --json document "${ids[1]}"
is '.requests == 3'
expect 0 tillgate --json document "${ids[0]}"
is '.requests == 2 and (.fetched | not)'
expect 0 tillgate --json sync
is '.requests == 2'

# ---- a sync at work is not waited for, nor a reader of documents by a sync ----
expect 0 flock "$dir/station/catalogue/lock" "$build/plugin/cli/tillgate" --root "$dir/station" document "${ids[0]}"
expect 0 flock "$kept/lock" "$build/plugin/cli/tillgate" --root "$dir/station" sync

# ---- by the product, into a file, and nothing is overwritten unasked ----
gtin=$(jq -r --arg id "${ids[0]}" 'select(.id == $id) | .gtins[0]' "$records/socs.jsonl")
expect 0 tillgate document --gtin "$gtin" -o "$dir/copy.pdf"
cmp -s "$dir/copy.pdf" "$records/documents/one.pdf" || fail "not the paper of that product"
expect 2 tillgate document "${ids[1]}" -o "$dir/copy.pdf"
said 'there already'
cmp -s "$dir/copy.pdf" "$records/documents/one.pdf" || fail "a file was overwritten"
expect 0 tillgate document "${ids[1]}" -o "$dir/copy.pdf" --force
cmp -s "$dir/copy.pdf" "$records/documents/two.pdf" || fail "--force wrote something else"
expect 0 tillgate document "${ids[1]}" -o -
cmp -s "$dir/out" "$records/documents/two.pdf" || fail "standard output is not the paper"
expect 6 tillgate document --gtin 9524009999994
expect 2 tillgate document --gtin 123
expect 2 tillgate document ../../evidence.key
expect 2 tillgate document
expect 0 tillgate document --help

# ---- head office is gone: what is kept is given, with words; what is not kept is not invented ----
stop_serving
expect 0 tillgate document "${ids[0]}"
said 'its word could not be had now'
expect 0 tillgate --json document "${ids[0]}"
is '(.confirmed | not) and (.fetched | not)'
expect 4 tillgate document "${ids[2]}"
said 'is not kept here'
expect 4 tillgate document --offline "${ids[2]}" -o "$dir/none.pdf"
[ ! -e "$dir/none.pdf" ] && [ ! -e "$dir/none.pdf.tmp" ] || fail "a failed copy left a file"
# ---- a kept copy that was damaged is never given ----
expect 0 tillgate --json document "${ids[1]}"
printf 'x' >> "$(jq -r .path "$dir/out")"
expect 1 tillgate document "${ids[1]}"
said 'changed or damaged'
serve
expect 0 tillgate --json document "${ids[1]}"
is '.fetched'

# ---- a mirror that serves other bytes ----
mv "$published/$(published_name "${ids[2]}")" "$dir/good"
name=$(sha256sum < "$dir/good" | cut -d' ' -f1).${ids[2]}
printf '%%PDF-1.4\nthird PAPER\n' > "$published/$name"
expect 1 tillgate document "${ids[2]}"
said 'not the bytes that were signed'
head -c 1000000 /dev/zero > "$published/$name"
expect 1 tillgate document "${ids[2]}"
[ "$(kept_count)" -eq 2 ] || fail "a refused document was kept"
rm "$published/$name"
expect 4 tillgate document "${ids[2]}"
cp "$dir/good" "$published/$name"
expect 0 tillgate document "${ids[2]}"
# ---- a mirror that forges what is signed: the kept copy is given, and the reason said ----
cp "$dir/hq/repository/metadata/timestamp.json" "$dir/timestamp.json"
sed -i 's/"version":\([0-9]*\)/"version":1\1/' "$dir/hq/repository/metadata/timestamp.json"
expect 0 tillgate document "${ids[2]}"
said 'timestamp.json'
cp "$dir/timestamp.json" "$dir/hq/repository/metadata/timestamp.json"

# ---- a new paper takes the old one's place; the other roles and papers stay as they are ----
paper one 'first paper, new issue'
publish
expect 0 tillgate --json document "${ids[0]}"
is '.fetched'
cmp -s "$(jq -r .path "$dir/out")" "$records/documents/one.pdf" || fail "not the new paper"
[ "$(kept_count)" -eq 3 ] || fail "the old copy is still kept"
# ---- the new paper cannot be had: the old one is not passed off as it ----
paper one 'first paper, third issue'
publish
rm "$published/$(sha256sum < "$records/documents/one.pdf" | cut -d' ' -f1).${ids[0]}"
expect 4 tillgate document "${ids[0]}"

# ---- removed ----
jq -c --arg id "${ids[1]}" 'if .id == $id then del(.document.file) else . end' "$records/socs.jsonl" > "$dir/socs.new"
mv "$dir/socs.new" "$records/socs.jsonl"
publish
expect 6 tillgate document "${ids[1]}"
said "publishes no document for statement ${ids[1]}"
find "$kept" -name "${ids[1]}.*" | grep -q . && fail "the copy of a removed document is still kept"
[ -n "$(published_name "${ids[1]}")" ] || fail "a document that an earlier publication names was removed"

# ---- signatures of documents near their end: refresh renews them, or says that it has not got the keys ----
paper three 'third paper, new issue'
publish --expires-targets 3
mkdir "$dir/away"
mv "$dir/hq/keys"/targets* "$dir/away"
expect 4 hq refresh
said 'the signature of documents.json ends in'
mv "$dir/away"/* "$dir/hq/keys"
code=0
hq refresh --json > "$dir/out" 2> "$dir/err" || code=$?
[ "$code" -eq 0 ] || [ "$code" -eq 4 ] || fail "refresh: exit $code" # 4: of targets.json, which publish renews
is '.document_roles_signed == 1'
expect 0 tillgate --json document "${ids[2]}"
is '.fetched and .confirmed'
code=0
hq refresh --json > "$dir/out" 2> "$dir/err" || code=$?
is '.document_roles_signed == 0'

# ---- another key for targets: the documents follow it, and the station finds them by the new one ----
old_key=$(find "$dir/hq/keys" -name 'targets*.pub.pem')
expect 0 hq root key --role targets
new_key=$(find "$dir/hq/keys" -name 'targets*.pub.pem' ! -path "$old_key")
root_key=$(find "$dir/hq/keys" -name 'root*.pem' ! -name '*.pub.pem')
expect 0 hq root stage --replace "targets=$new_key" -o "$dir/stage.json"
expect 0 hq root sign "$dir/stage.json" --key "$root_key" --yes
expect 0 hq root finish "$dir/stage.json"
rm "$old_key" "${old_key%.pub.pem}.pem"
expect 0 tillgate --json document "${ids[2]}"
is '(.fetched | not) and .confirmed'
paper three 'third paper, signed by another key'
publish
expect 0 tillgate --json document "${ids[2]}"
is '.fetched and .confirmed'

# ---- after all this a sync is still two requests when nothing is new ----
expect 0 tillgate --json sync
publish
expect 0 tillgate --json sync
hq refresh > "$dir/refresh.log" 2>&1 || true
expect 0 tillgate --json sync
is '.requests == 2'

say "documents: all well"
