#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_tuf_js.sh BUILD SOURCE - what tillgate-hq publishes is read without complaint by tuf-js, a client that others wrote.
# shellcheck source=tests/program/station.sh
. "$(dirname "$0")/station.sh" "$@"

code=0
TUF_JS=$("$source_dir/tests/npm-install" "$source_dir/tests/conformance/tuf-js" "$(dirname "$build")") || code=$?
[ "$code" -ne 77 ] || { echo "SKIPPED: tuf-js is not installed"; exit 77; }
[ "$code" -eq 0 ] || fail "tuf-js cannot be installed"
export TUF_JS
unset HTTP_PROXY HTTPS_PROXY http_proxy https_proxy ALL_PROXY all_proxy # the repository is on this machine

# js CACHE TARGET...: what it fetched is in $dir/out.
js() { node "$source_dir/tests/conformance/tuf-js/client.js" "$url" "$dir/$1" "$dir/first.root.json" "${@:2}"; }
# same NAME FILE: it fetched that file.
same() { cmp -s "$(jq -r --arg name "$1" 'select(.name == $name) | .file' "$dir/out")" "$2" || fail "$1 is not what was published"; }
newest() { ls -t "$dir"/hq/repository/targets/*."$1" | head -n 1; }
root_change() { # options of root stage
  rm -f "$dir/stage.json"
  expect 0 hq root stage -o "$dir/stage.json" "$@"
  local key
  for key in "$dir"/hq/keys/root-????????.pem; do
    # Keys that neither root names are refused: those of roots long gone.
    hq root sign "$dir/stage.json" --key "$key" --yes > "$dir/sign.log" 2>&1 || grep -q 'neither in' "$dir/sign.log" || fail "root sign"
  done
  expect 0 hq root finish "$dir/stage.json"
}

head_office 60
cp "$dir/hq/repository/metadata/1.root.json" "$dir/first.root.json"
id=$(jq -r 'select(.document.kind == "soc" and .status == "current") | .id' "$dir/hq/records/socs.jsonl" | head -n 1)
mkdir "$dir/hq/records/documents"
printf '%%PDF-1.4\npaper\n' > "$dir/hq/records/documents/paper.pdf"
jq -c --arg id "$id" 'if .id == $id then .document.file = "documents/paper.pdf" else . end' "$dir/hq/records/socs.jsonl" > "$dir/socs.new"
mv "$dir/socs.new" "$dir/hq/records/socs.jsonl"
publish

say "a first refresh; image, compressed image, policy, and a document of a delegated role"
expect 0 js cache catalogue.tgc catalogue.tgc.zst policy.json "documents/$id"
same catalogue.tgc "$(newest catalogue.tgc)"
same policy.json "$(newest policy.json)"
same "documents/$id" "$dir/hq/records/documents/paper.pdf"
expect 1 js cache documents/none
said 'no target'

say "a new publication, with a patch"
patch=patch/$(sha256sum "$(newest catalogue.tgc)" | cut -d ' ' -f 1).zst
sed -i '0,/"name":"/s//"name":"New /' "$dir/hq/records/products.jsonl"
publish
expect 0 js cache catalogue.tgc "$patch"
same catalogue.tgc "$(newest catalogue.tgc)"
expect 0 hq refresh
expect 0 js cache policy.json

say "keys of every role change, of root too; two of three sign for root then, two of two for targets"
for role in timestamp snapshot targets; do expect 0 hq root key --role $role; done
root_change $(for role in timestamp snapshot; do printf -- '--replace %s=%s ' "$role" "$(ls -t "$dir/hq/keys/$role"-*.pub.pem | head -n 1)"; done) \
  $(for key in "$dir"/hq/keys/targets-*.pub.pem; do printf -- '--replace targets=%s ' "$key"; done) --threshold targets=2
for i in 1 2 3; do expect 0 hq root key -o "$dir/hq/keys"; done
first=$(basename "$(ls -rt "$dir"/hq/keys/root-*.pub.pem | head -n 1)")
root_change $(for key in "$dir"/hq/keys/root-*.pub.pem; do [ "$(basename "$key")" = "$first" ] || printf -- '--replace root=%s ' "$key"; done) --threshold root=2
root_change # only the date
expect 0 js cache catalogue.tgc "documents/$id"
expect 0 js fresh catalogue.tgc "documents/$id" policy.json "$patch"
same catalogue.tgc "$(newest catalogue.tgc)"
[ "$(jq .signed.version "$dir/cache/metadata/root.json")" = 4 ] || fail "tuf-js has another root"

say "what was meddled with is refused by it as well"
timestamp=$dir/hq/repository/metadata/timestamp.json
cp "$timestamp" "$dir/timestamp.json"
jq -c '.signed.version += 1' "$dir/timestamp.json" > "$timestamp"
expect 1 js cache
said 'was signed by'
cp "$dir/timestamp.json" "$timestamp"
expect 0 js cache
say "done"
