#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_hq.sh - a head office from the first folder to an enrolled station, through the program alone.
#
# Usage: test_hq.sh TILLGATE-HQ MAKE-REQUEST
. "$(dirname "$0")/hq.sh"
make_request=$2
# everything published, by content and name
published() { (cd hq/repository && find . -type f | sort | xargs sha256sum); }

printf 'correct horse battery\n' >pass
printf 'wrong horse battery\n' >wrong
export TILLGATE_HQ_PASSPHRASE_FILE="$dir/pass" XDG_STATE_HOME="$dir/state"

# ---- usage ----
expect 2
expect 0 --help
expect 2 nonsense
for command in init import lint publish refresh recover serve enrol status "root key" "root stage" "root show" "root sign" "root finish"; do
	# shellcheck disable=SC2086  # two words
	expect 0 $command --help
	says 'usage: tillgate-hq'
	# shellcheck disable=SC2086
	expect 2 $command --no-such-option
done
expect 2 init hq --owner Shop --url http://127.0.0.1:8080
expect 2 init hq --owner shop.example --url ftp://127.0.0.1/
expect 3 status -d nowhere
complains 'no head office here'

# ---- init ----
printf 'short\n' >short
expect 2 init hq --owner shop.example --url http://127.0.0.1:8080/tillgate --passphrase-file short
complains 'too short'
expect 0 init hq --owner shop.example --url http://127.0.0.1:8080/tillgate
says 'catalogue 1'
grep -rq 'correct horse' hq out err && fail 'the passphrase is written somewhere'
expect 1 init hq --owner shop.example --url http://127.0.0.1:8080/tillgate
[ "$(stat -c %a hq/keys)" = 700 ] || fail 'keys/ is open to others'
root_key=$(ls hq/keys/root-????????.pem) || fail 'no key of root'
openssl pkey -in "$root_key" -passin file:pass -noout 2>/dev/null || fail 'openssl does not open the root key'

# ---- import and lint ----
cat >master.csv <<'CSV'
EAN,Description,Group
9524000000019,Smart hub,electricals
9524000000026,"Beans, baked",food
CSV
expect 0 import master.csv --kind products --map EAN=gtin --map Description=name --map Group=category --dry-run -d hq
[ ! -e hq/records/products.jsonl ] || fail 'a dry run wrote'
expect 0 import master.csv --kind products --map EAN=gtin --map Description=name --map Group=category -d hq
says '2 added'
printf 'EAN,Description\n9524000000020,a\nx,b\n' >bad.csv
cp hq/records/products.jsonl before
expect 1 import bad.csv --kind products --map EAN=gtin --map Description=name -d hq
complains 'bad.csv:2:'
complains 'bad.csv:3:'
cmp -s before hq/records/products.jsonl || fail 'a bad import changed the records'
expect 2 import master.csv --kind products --map EAN=colour -d hq
note='"source":"s. 5","quote":"q","reviewer":"r","reviewed":"2024-05-01","review_by":"2099-01-01"'
echo '{"id":"FOOD","decision":"out",'"$note"',"categories":["food"]}' >class.jsonl
expect 0 import class.jsonl --kind class_notes -d hq
echo '{"id":"SOC-1","status":"current","gtins":["9524000000019"]}' >soc.jsonl
expect 0 import soc.jsonl --kind socs -d hq
expect 1 lint -d hq
says 'products.jsonl:1: error scope-missing gtin: '
says 'socs.jsonl:1: defect D01 '
expect 1 lint --json -d hq
says '"code":"scope-missing"'

# ---- an error stops publish, a defect does not ----
before=$(published)
expect 1 publish -d hq
complains 'scope-missing'
complains '1 errors in the records; nothing was published'
grep -q 'defect' err && fail 'what does not stop a publication was told of'
[ "$before" = "$(published)" ] || fail 'a refused publish changed the repository'
echo '{"id":"HUB","decision":"in","limb":"internet-connectable",'"$note"',"gtins":["9524000000019"]}' >scope.jsonl
expect 0 import scope.jsonl --kind scope_notes -d hq
expect 3 publish -d hq --passphrase-file wrong
complains 'passphrase'
[ "$before" = "$(published)" ] || fail 'a wrong passphrase changed the repository'
expect 0 publish -d hq
says 'catalogue 2'
says 'defect'

# ---- nothing changed: the same bytes, and no key is asked for ----
before=$(published)
expect 0 publish -d hq --passphrase-file nowhere
says 'nothing changed'
[ "$before" = "$(published)" ] || fail 'publish without a change changed the repository'

# ---- a changed policy must say so by its version ----
sed -i 's/"dsp_notice_days": 90/"dsp_notice_days": 91/' hq/records/policy.json
expect 1 publish -d hq
complains 'raise it above 1'
sed -i 's/"version": 1/"version": 2/' hq/records/policy.json
expect 0 publish -d hq --json
says '"catalogue_version":2'
says '"policy_changed":true'
says '"targets":3'

# ---- refresh: a new timestamp only ----
expect 0 refresh -d hq --json
says '"timestamp":4'
says '"snapshot":3'
expect 0 refresh -d hq --expires-snapshot 3650
says 'snapshot.json 4 (renewed)'
expect 0 status -d hq --json
says '"catalogue_version":2'
says '"published":true'

# ---- a repository that was meddled with is not built upon ----
cp hq/repository/metadata/timestamp.json timestamp
sed -i 's/"version":5/"version":6/; s/"version": 5/"version": 6/' hq/repository/metadata/timestamp.json
if ! cmp -s timestamp hq/repository/metadata/timestamp.json; then
	expect 3 refresh -d hq
	complains 'timestamp.json'
	cp timestamp hq/repository/metadata/timestamp.json
else
	fail 'the version of timestamp.json was not found'
fi

# ---- a crash before the last rename: the old publication stands, the next run goes on ----
cp hq/repository/metadata/timestamp.json timestamp
sed -i 's/Smart hub/Smarter hub/' hq/records/products.jsonl
mark=$(ls state/tillgate-hq/shop.example-*.json) || fail 'no high-water mark'
cp "$mark" mark
expect 0 publish -d hq
cp timestamp hq/repository/metadata/timestamp.json
cp mark "$mark" # it is raised after the last rename
expect 0 status -d hq --json
says '"catalogue_version":2'
expect 0 publish -d hq
says 'catalogue 3'
expect 0 status -d hq --json
says '"catalogue_version":3'

# ---- enrolment ----
"$make_request" till-1 9524000000002 >one.json || fail 'no request'
"$make_request" till-1 9524000000002 >two.json || fail 'no request'
expect 0 enrol one.json -o one.bundle -d hq
says 'till-1'
says 'bundle   [0-9a-f]\{4\} '
grep -q '"metadata_url": "http://127.0.0.1:8080/tillgate/metadata/"' one.bundle || fail 'wrong URL in the bundle'
expect 0 enrol one.json -o again.bundle -d hq
says 'enrolled again'
expect 1 enrol two.json -o two.bundle -d hq
complains 'replace'
[ ! -e two.bundle ] || fail 'a refused enrolment wrote a bundle'
expect 0 enrol two.json -o two.bundle --replace -d hq
[ "$(ls hq/stations/replaced | wc -l)" = 1 ] || fail 'the replaced station is not kept'
sed 's/till-1/till-2/' two.json >forged.json
expect 1 enrol forged.json -o forged.bundle -d hq
[ ! -e hq/stations/till-2.json ] || fail 'a forged request was enrolled'

# ---- serve ----
serve
curl -sf "${url}metadata/timestamp.json" -o got || fail 'timestamp.json is not served'
cmp -s got hq/repository/metadata/timestamp.json || fail 'timestamp.json is served changed'
tag=$(curl -sfI "${url}metadata/timestamp.json" | tr -d '\r' | sed -n 's/^[Ee][Tt]ag: //p')
[ -n "$tag" ] || fail 'no ETag'
status() { curl -s -o /dev/null -w '%{http_code}' --path-as-is "$@"; }
[ "$(status -H "If-None-Match: $tag" "${url}metadata/timestamp.json")" = 304 ] || fail 'If-None-Match is not honoured'
[ "$(status -H 'If-None-Match: "other"' "${url}metadata/timestamp.json")" = 200 ] || fail 'If-None-Match with another tag'
[ "$(status -X POST -d x "${url}metadata/timestamp.json")" = 405 ] || fail 'POST is not refused'
ln -s "../../${root_key#hq/}" hq/repository/metadata/link.pem
for path in '' metadata/ targets hq.json metadata/../../${root_key#hq/} metadata/%2e%2e/%2e%2e/${root_key#hq/} metadata/link.pem \
	metadata/none.json; do
	[ "$(status "$url$path")" = 404 ] || fail "served: $path"
done
kill "$server" && wait "$server"
code=$?
server=
[ $code = 0 ] || fail "serve ended with $code"

# ---- the end of a signature is told of ----
expect 0 init soon --owner shop.example --url http://127.0.0.1:8080 --expires-root 30
expect 4 refresh -d soon
complains 'root.json ends in'

echo "head office: all well"
