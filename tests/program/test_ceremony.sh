#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_ceremony.sh - roots signed in steps by people on other machines, keys that come and go, and backups that come back.
#
# Usage: test_ceremony.sh TILLGATE-HQ
. "$(dirname "$0")/hq.sh"
# everything in a head office, by content and name, but for what locks and compiles
state() { (cd "$1" && find . -type f ! -name lock ! -path './work/*' | sort | xargs sha256sum); }
public() { ls "$1"/root-????????.pub.pem; }
private() { ls "$1"/root-????????.pem; }

printf 'correct horse battery\n' >pass
printf 'staple of the first signer\n' >anna.pass
printf 'staple of the second signer\n' >ben.pass
export TILLGATE_HQ_PASSPHRASE_FILE="$dir/pass" XDG_STATE_HOME="$dir/state"

# ---- a first root by two of three, none of them here ----
for signer in anna ben carl; do
	[ -f $signer.pass ] || cp ben.pass $signer.pass
	expect 0 root key -o $signer --passphrase-file $signer.pass
	says 'key [0-9a-f]\{64\} for root'
	[ "$(stat -c %a "$(private $signer)")" = 600 ] || fail 'a private key is open to others'
done
expect 2 init hq --owner shop.example --url http://127.0.0.1:1 --root-threshold 4 --root-key "$(public anna)"
expect 0 init hq --owner shop.example --url http://127.0.0.1:1 --root-threshold 2 \
	--root-key "$(public anna)" --root-key "$(public ben)" --root-key "$(public carl)"
says 'waits for 2 of 3'
[ -z "$(ls hq/keys/root-* 2>/dev/null)" ] || fail 'a key of root lies at head office'
for command in publish refresh recover 'root stage'; do
	"$hq" $command -d hq >out 2>err && fail "$command without a root"
	grep -q 'there is no root yet\|no root is in place yet: have hq/1.root.stage.json signed' err || fail "$command does not say what is missing"
done
expect 0 status -d hq
says 'no root is in place yet'
expect 0 status --json -d hq
is '(.published | not) and .root_missing'
stage=hq/1.root.stage.json
jq -r '.says[]' $stage | grep -q 'is the first' || fail 'the stage does not say what it is'
expect 1 root finish $stage -d hq
complains '0 of 2 signatures'

# each on a machine of its own: the stage and one key, nothing else
mkdir machine-a machine-b
cp $stage machine-a/stage.json
cp $stage machine-b/stage.json
(cd machine-a && "$hq" root sign stage.json --key "$(private ../anna)" --yes --passphrase-file ../anna.pass) >out 2>err || fail 'anna cannot sign'
a=$(grep fingerprint out)
(cd machine-b && "$hq" root sign stage.json --key "$(private ../ben)" --yes --passphrase-file ../ben.pass) >out 2>err || fail 'ben cannot sign'
b=$(grep fingerprint out)
[ "$a" = "$b" ] || fail 'two signers see two fingerprints'
expect 1 root finish machine-a/stage.json -d hq
complains '1 of 2 signatures'
expect 1 root sign machine-a/stage.json --key "$(private anna)" --yes --passphrase-file anna.pass
complains 'signed this stage already'
# all copies swapped on their way back: another first root, of a thief's keys for root and our own for the rest
cp -r hq thief && rm thief/hq.json
expect 0 root key -o thief-key --passphrase-file anna.pass
expect 0 init thief --owner shop.example --url http://127.0.0.1:1 --root-key "$(public thief-key)" --root-threshold 1 --high-water none
expect 0 root sign thief/1.root.stage.json --key "$(private thief-key)" --yes --passphrase-file anna.pass
expect 1 root finish thief/1.root.stage.json -d hq
complains 'not the first root that init staged'
before=$(state hq)
expect 0 root finish machine-a/stage.json machine-b/stage.json --dry-run -d hq
[ "$before" = "$(state hq)" ] || fail 'a dry run wrote'
expect 0 root finish machine-a/stage.json machine-b/stage.json -d hq
says 'now publish'
expect 0 publish -d hq
expect 0 status --json -d hq
is '.keys.root == {"keys": 3, "threshold": 2, "here": 0} and .keys.targets.here == 1 and .drafts.open == 0'
expect 0 status -d hq
says 'root: 2 of 3 keys sign; here: none'

# ---- a stage that was meddled with ----
expect 0 root key --role timestamp -d hq
new=$(ls -t hq/keys/timestamp-*.pub.pem | head -n 1)
expect 0 root stage --replace "timestamp=$new" -o next.json -d hq
says 'timestamp: key [0-9a-f]* goes out'
says 'timestamp: key [0-9a-f]* comes in'
says 'targets: 1 of 1 keys sign, as before'
jq '.says[0] = "nothing of importance"' next.json >bad.json
expect 1 root sign bad.json --key "$(private anna)" --yes --passphrase-file anna.pass -d hq
complains "words are not those of its content"
jq '.signed.expires = "2099-01-01T00:00:00Z"' next.json >bad.json
expect 1 root show bad.json -d hq
complains 'fingerprint'
expect 0 root key -o stranger --passphrase-file anna.pass
expect 1 root sign next.json --key "$(private stranger)" --yes --passphrase-file anna.pass -d hq
complains 'neither in the present root.json nor in the new one'
expect 1 root sign next.json --key "$(private anna)" --yes --passphrase-file ben.pass -d hq
complains 'passphrase'
# without the present root nobody knows what changes
expect 2 root sign next.json --key "$(private anna)" --yes --passphrase-file anna.pass -d nowhere
complains 'give that one'

# ---- an online key goes out: what it signed is signed anew, and no station sees a gap ----
cp hq/repository/metadata/1.root.json present.json
for signer in anna carl; do
	expect 0 root sign next.json --root present.json --key "$(private $signer)" --yes --passphrase-file $signer.pass -o next.$signer.json -d nowhere
done
expect 0 root finish next.anna.json next.carl.json --dry-run --json -d hq
is '.placed == false and .dry_run and .signed_anew == ["timestamp"]'
expect 0 root finish next.anna.json next.carl.json --json -d hq
is '.placed and .seamless and .root_version == 2 and .signed_anew == ["timestamp"]'
expect 0 root finish next.anna.json next.carl.json -d hq
says 'was in place already'
expect 0 refresh -d hq

# a key of root itself goes out, and the threshold with it; both roots' signers are asked
expect 0 root key -o dora --passphrase-file anna.pass
expect 0 root show next.json --root present.json --json -d nowhere
is '.signed_of_present == 0 and (.complete | not) and (.says | length > 5)'
benid=$(basename "$(private ben)" .pem)
expect 0 root stage --remove "root=${benid#root-}" --add "root=$(public dora)" -o third.json -d hq
says 'root: 2 of 3 keys sign'
expect 0 root sign third.json --key "$(private ben)" --yes --passphrase-file ben.pass -d hq
expect 0 root sign third.json --key "$(private dora)" --yes --passphrase-file anna.pass -d hq
expect 1 root finish third.json -d hq # one of the old signers, one of the new ones
expect 0 root sign third.json --key "$(private carl)" --yes --passphrase-file carl.pass -d hq
expect 0 root finish third.json --json -d hq
is '.signed_anew == [] and .root_version == 3'
# renewal: nothing but the date
expect 0 root stage -o fourth.json -d hq --expires-root 400
says 'only the date is new'
for signer in anna dora; do
	expect 0 root sign fourth.json --key "$(private $signer)" --yes --passphrase-file anna.pass -d hq
done
expect 0 root finish fourth.json -d hq

# ---- the key that went out is not here any more: root first, then at once what it wants ----
old=$(basename "$(ls -t hq/keys/snapshot-*.pub.pem | head -n 1)" .pub.pem)
mkdir lost && mv hq/keys/"$old".* lost/
expect 0 root key --role snapshot -d hq
expect 0 root stage --replace "snapshot=$(ls hq/keys/snapshot-*.pub.pem)" -o fifth.json -d hq
for signer in anna dora; do
	expect 0 root sign fifth.json --key "$(private $signer)" --yes --passphrase-file anna.pass -d hq
done
cp -r hq cut
expect 0 root finish fifth.json --json -d hq
is '.seamless == false and .signed_anew == ["timestamp", "snapshot"]'
expect 0 status -d hq
# the same, cut short right after the root: refresh ends it
cp hq/repository/metadata/5.root.json cut/repository/metadata/
expect 0 status --json -d cut
is '.root_change_unfinished'
jq 'del(.high_water)' cut/hq.json >hq.json && mv hq.json cut/hq.json
expect 0 refresh --json -d cut
is '.ends.snapshot.renewed'
expect 0 status --json -d cut
is '.root_change_unfinished | not'

# ---- several keys a role, and more than one must sign ----
expect 0 root key --role targets -d hq
expect 0 root stage $(for key in hq/keys/targets-*.pub.pem; do printf -- '--replace targets=%s ' "$key"; done) --threshold targets=2 -o sixth.json -d hq
says 'targets: 2 of 2 keys sign'
for signer in anna dora; do
	expect 0 root sign sixth.json --key "$(private $signer)" --yes --passphrase-file anna.pass -d hq
done
cp -r hq before
expect 0 root finish sixth.json --json -d hq
is '.seamless and .signed_anew == ["timestamp", "snapshot", "targets"]'
cp out finished
# a crash after each of its writes: a repository that verifies, and the same command goes on
steps="$(jq .versions.targets finished).targets.json $(jq .versions.snapshot finished).snapshot.json timestamp.json 6.root.json"
done_until=''
for step in nothing $steps; do
	[ "$step" = nothing ] || done_until="$done_until $step"
	rm -rf mid
	cp -r before mid
	jq 'del(.high_water)' before/hq.json >mid/hq.json
	for file in $done_until; do cp "hq/repository/metadata/$file" mid/repository/metadata/; done
	expect 0 status --json -d mid
	is '.root_change_unfinished | not'
	expect 0 root finish sixth.json --json -d mid
	expect 0 status --json -d mid
	is '.versions.root == 6 and (.root_change_unfinished | not)'
	[ "$(jq '.signatures | length' "mid/repository/metadata/$(jq .versions.targets out).targets.json")" -ge 2 ] || fail "after $step targets.json lacks signatures"
done
jq '.versions = .versions' finished >out
[ "$(jq '.signatures | length' "hq/repository/metadata/$(jq .versions.targets out).targets.json")" = 2 ] || fail 'targets.json has not two signatures'
gone=$(ls hq/keys/targets-*.pem | grep -v pub | head -n 1)
mv "$gone" lost/
sed -i 's/"dsp_notice_days": 90/"dsp_notice_days": 91/; s/"version": 1/"version": 2/' hq/records/policy.json
before=$(state hq/repository)
expect 1 publish -d hq
complains '1 of the 2 keys that must sign for targets are here'
[ "$before" = "$(state hq/repository)" ] || fail 'a publication without its keys wrote'
mv "lost/$(basename "$gone")" hq/keys/
expect 0 publish --dry-run --json -d hq --passphrase-file nowhere
is '.dry_run and (.published | not) and .policy_changed'
[ "$before" = "$(state hq/repository)" ] || fail 'a dry run wrote'
expect 0 publish -d hq

# ---- refresh says what ends when, and renews targets while their keys are here ----
expect 0 refresh --json --dry-run -d hq --passphrase-file nowhere
is '.dry_run and (.published | not) and (.ends | keys == ["root", "snapshot", "targets", "timestamp"]) and (.ends.root.days_left > 360)'
expect 0 refresh --json -d hq --expires-targets 3650
is '.ends.targets.renewed'
mv "$gone" lost/
expect 0 refresh --json -d hq --expires-targets 3650 # nothing is due
expect 0 refresh --dry-run --json -d hq
is '.ends.targets.renewed | not'
mv "lost/$(basename "$gone")" hq/keys/

# ---- a backup comes back ----
serve_at_its_url
cp -r hq backup
change() { sed -i "s/\"dsp_notice_days\": [0-9]*/\"dsp_notice_days\": $2/; s/\"version\": [0-9]*/\"version\": $3/" "$1/records/policy.json"; }
change hq 92 3
expect 0 publish --json -d hq
is '.guard.answered'
change hq 93 4
expect 0 publish -d hq
change backup 94 3
before=$(state backup)
expect 5 publish -d backup
complains 'restored backup'
expect 5 refresh -d backup
# the mark lost too: what is served under the URL tells
jq 'del(.high_water)' backup/hq.json >new && mv new backup/hq.json
expect 5 publish -d backup
complains "$url"
expect 5 refresh -d backup
# neither of them: nobody can know
expect 0 publish --offline --dry-run -d backup
expect 0 recover --dry-run --json -d backup
is '.needed and .guard.answered and .floor.policy_version == 4'
expect 0 recover -d backup
says 'published'
expect 1 refresh -d backup
complains 'publish first'
expect 1 publish -d backup
complains 'raise it above 4'
change backup 94 5
expect 0 publish --json -d backup
jq -c .versions out >above
expect 0 status --json -d hq
jq -e --slurpfile above above '.versions as $v | $above[0] | .timestamp > $v.timestamp and .snapshot > $v.snapshot and .targets > $v.targets' out >/dev/null ||
	fail 'the publication after recover is not above the one before'
expect 0 refresh --offline -d backup
# two copies that both publish: the second sees it, as soon as it asks
cp -r hq twin
expect 0 refresh -d hq
jq 'del(.high_water)' twin/hq.json >new && mv new twin/hq.json
expect 0 refresh --offline --expires-timestamp 6 -d twin
expect 5 refresh -d twin
complains 'does a second copy of this folder publish'

# ---- an init that died is completed by the next ----
expect 0 init whole --owner shop.example --url http://127.0.0.1:1 --high-water none
for until in hq.json repository/metadata/1.root.json keys/cosigner.pem; do
	cp -r whole half
	rm half/hq.json
	case $until in
	repository*) rm -r half/repository ;;
	keys*) rm -r half/repository half/keys/cosigner.pem half/keys/snapshot-????????.pem ;;
	esac
	expect 0 init half --owner shop.example --url http://127.0.0.1:1 --high-water none
	says 'did not come to its end'
	expect 0 status -d half
	rm -r half
done
cp -r whole half
rm half/hq.json
expect 3 init half --owner shop.example --url http://127.0.0.1:1 --passphrase-file anna.pass
complains 'passphrase'

# ---- a folder that the last version made: ROLE.pem and no mark ----
for role in root targets snapshot timestamp; do
	for key in half/keys/$role-????????; do break; done
	for end in pem pub.pem; do mv half/keys/$role-????????.$end half/keys/$role.$end; done
done
cp whole/hq.json half/hq.json
expect 0 refresh -d half
expect 0 status --json -d half
is '[.keys[].here] == [1, 1, 1, 1]'
expect 0 root stage -o seventh.json -d half
expect 0 root sign seventh.json --key half/keys/root.pem --yes -d half
expect 0 root finish seventh.json -d half

echo "ceremony: all well"
