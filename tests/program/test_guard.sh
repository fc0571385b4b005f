#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_guard.sh - what keeps an old backup from being published: with the mark lost, damaged or shut, and the URL private or silent.
#
# Usage: test_guard.sh TILLGATE-HQ
. "$(dirname "$0")/hq.sh"
version() { jq .signed.version hq/repository/metadata/timestamp.json; }

printf 'correct horse battery\n' >pass
export TILLGATE_HQ_PASSPHRASE_FILE="$dir/pass"
mark=$dir/marks/high-water.json
expect 0 init hq --owner shop.example --url http://127.0.0.1:1 --high-water "$mark"
[ -f "$mark" ] || fail 'init left no mark'

# the URL is silent, the mark vouches
expect 0 refresh --json -d hq
is '.guard.marked and (.guard.answered | not) and (.guard | has("mark_lost") | not)'

# neither vouches: nothing is signed unless somebody says so
rm "$mark"
before=$(version)
expect 1 refresh -d hq
complains 'nobody can say whether this folder is an old backup'
[ "$before" = "$(version)" ] || fail 'signed although nobody vouched'
expect 0 refresh --offline -d hq
complains 'high-water mark that hq.json names was not there'
[ -f "$mark" ] || fail 'the mark was not made anew'

# a damaged mark says what to do
echo garbage >"$mark"
expect 3 refresh -d hq
complains 'remove it'
rm "$mark"

# a mark that cannot be raised: what was signed stands, and it is said
mv marks aside
touch marks
before=$(version)
expect 3 refresh --offline -d hq
complains 'what was signed is in place, but the high-water mark was not raised'
[ "$(version)" -gt "$before" ] || fail 'nothing was signed'
rm marks
mv aside marks
expect 0 refresh --offline -d hq

# words that reach nobody are a failure, and one that is told of
before=$(version)
"$hq" refresh --offline -d hq >/dev/full 2>err
[ $? = 3 ] || fail 'a full standard output is no failure'
complains 'standard output: cannot be written; what was asked for ended with 0'

# with the mark gone, what is served under the URL vouches, or tells
serve_at_its_url
rm "$mark"
expect 0 refresh -d hq
complains 'told that this folder is not older'

# what a private repository asks for is taken from access/, and not while others can read it
mkdir -m 700 hq/access
(umask 077 && echo hq:opensesame >hq/access/credential)
expect 0 refresh --json -d hq
is '.guard.answered'
chmod 644 hq/access/credential
expect 0 refresh --json -d hq
is '(.guard.answered | not) and (.guard.why_not | test("credential"))'
grep -q opensesame out err && fail 'the secret was printed'
rm -r hq/access

# a newer root is seen although the rest is not there yet
cp -r hq backup
expect 0 root stage -d hq
key=$(ls hq/keys/root-????????.pem)
expect 0 root sign 2.root.stage.json --key "$key" --yes -d hq
expect 0 root finish 2.root.stage.json -d hq
rm "$mark" hq/repository/metadata/timestamp.json
expect 5 refresh -d backup
complains 'root.json 2 was published'

echo "guard: all well"
