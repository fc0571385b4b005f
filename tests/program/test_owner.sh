#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_owner.sh BUILD SOURCE - root sets a packaged station up: whatever root runs, each folder keeps to the user it belongs to.
#
# Needs root, to have two users with numbers that nobody else has. Without root it is skipped, and says so.
if [ "$(id -u)" -ne 0 ]; then
  printf 'SKIPPED: only root can become other users; run this test as root\n'
  exit 77
fi
. "$(dirname "$0")/station.sh"

daemon_user=64871 sync_user=64872
station=$dir/station
# As plugin/share/systemd/tillgate.tmpfiles.conf lays them out.
chmod 0711 "$dir"
mkdir -p "$station/trust" "$dir/bin"
install -d -m 2750 -o "$sync_user" -g "$daemon_user" "$station/catalogue" "$station/inbox"
install -d -m 0700 -o "$daemon_user" -g "$daemon_user" "$station/evidence"
install -d -m 2750 -o "$daemon_user" -g "$sync_user" "$station/outbox"
install -d -m 0755 -o "$daemon_user" -g "$daemon_user" "$station/run"
# Where these users can start them, wherever the build is.
cp "$build/plugin/cli/tillgate" "$build/plugin/daemon/tillgated" "$dir/bin"
as() { # user, its group, command...
  local user=$1 group=$2
  shift 2
  setpriv --reuid "$user" --regid "$group" --clear-groups -- "$@"
}
# belongs FOLDER USER: everything in it is that user's.
belongs() {
  local strange
  strange=$(find "$station/$1" ! -user "$2" -printf '%p is of %U\n')
  [ -z "$strange" ] || fail "$strange"
}
owned() { # file, user, mode
  local found
  found=$(stat -c '%u %a' "$station/$1")
  [ "$found" = "$2 $3" ] || fail "$1: \"$found\", wanted \"$2 $3\""
}

say "init gives each key to whom it is for, and keeps trust"
head_office
(umask 077; tillgate init --station leeds-till-3 --gln 9524009900006 -o "$dir/request.json" 2> "$dir/enrol.log")
owned evidence/evidence.key "$daemon_user" 600
owned transport.key "$sync_user" 600
owned trust/request.json 0 644
owned tillgate.conf 0 644
hq enrol "$dir/request.json" -o "$dir/bundle.json" >> "$dir/enrol.log" 2>&1
(umask 077; tillgate enrol "$dir/bundle.json" --yes 2>> "$dir/enrol.log")
owned trust/root.json 0 644
owned trust/enrolment.json 0 644

say "init again heals a key that was left to root"
chown 0:0 "$station/evidence/evidence.key" "$station/transport.key"
expect 0 tillgate init --station leeds-till-3 --gln 9524009900006
owned evidence/evidence.key "$daemon_user" 600
owned transport.key "$sync_user" 600

say "init gives nothing away that somebody put in a key's place"
mv "$station/evidence/evidence.key" "$dir/evidence.key"
chown 0:0 "$dir/evidence.key"
ln -s "$dir/evidence.key" "$station/evidence/evidence.key"
expect 3 tillgate init --station leeds-till-3 --gln 9524009900006
said "a link"
rm "$station/evidence/evidence.key"
ln "$dir/evidence.key" "$station/evidence/evidence.key"
expect 3 tillgate init --station leeds-till-3 --gln 9524009900006
said "one name"
[ "$(stat -c %u "$dir/evidence.key")" -eq 0 ] || fail "a file outside was given away"
rm "$dir/evidence.key"
expect 0 tillgate init --station leeds-till-3 --gln 9524009900006

say "sync, run by root, leaves the catalogue to sync's user"
expect 0 tillgate sync
belongs catalogue "$sync_user"
belongs inbox "$sync_user"

say "a paper that root asks for is kept as sync's, and the file that root named is root's"
soc=$(jq -r 'select(.document.kind == "soc" and .status == "current") | .id' "$dir/hq/records/socs.jsonl" | head -n 1)
mkdir -m 0755 "$dir/hq/records/documents"
printf 'in the opinion of the manufacturer\n' > "$dir/hq/records/documents/soc.txt"
jq -c --arg id "$soc" 'if .id == $id then .document.file = "documents/soc.txt" else . end' "$dir/hq/records/socs.jsonl" > "$dir/socs.new"
mv "$dir/socs.new" "$dir/hq/records/socs.jsonl"
publish
mkdir -m 0700 "$dir/private"
expect 0 tillgate document "$soc" -o "$dir/private/soc.txt"
cmp "$dir/private/soc.txt" "$dir/hq/records/documents/soc.txt"
[ "$(stat -c %u "$dir/private/soc.txt")" -eq 0 ] || fail "root's file is not root's"
expect 6 tillgate document NO-SUCH -o "$dir/private/none.txt"
[ "$(ls "$dir/private")" = soc.txt ] || fail "a failed copy left a file"
belongs catalogue "$sync_user"

say "one-shot commands of root leave the evidence to the daemon's user, and the label file may be root's alone"
hub=$(gtin_of LH-3)
expect 0 tillgate check "$hub" --op sale
expect 0 tillgate status
expect 0 tillgate evidence verify
printf '{"label":"%s"}\n' "$hub" > "$dir/labels"
chmod 0600 "$dir/labels"
expect 0 tillgate check --batch-file "$dir/labels" --op sale
expect 0 tillgate evidence export -o "$dir/private/log.jsonl"
[ "$(stat -c '%u %a' "$dir/private/log.jsonl")" = "0 600" ] || fail "root's export is not root's"
cp "$dir/private/log.jsonl" "$dir/log.before"
expect 3 tillgate evidence export --epoch 99 -o "$dir/private/log.jsonl"
cmp "$dir/private/log.jsonl" "$dir/log.before"
[ ! -e "$dir/private/log.jsonl.tmp" ] || fail "a failed export left a file"
belongs evidence "$daemon_user"
belongs outbox "$daemon_user"
belongs trust 0

say "then each user works with what is there"
expect 0 as "$sync_user" "$sync_user" "$dir/bin/tillgate" --root "$station" sync --check-image
setpriv --reuid "$daemon_user" --regid "$daemon_user" --clear-groups -- \
  "$dir/bin/tillgated" --root "$station" > "$dir/tillgated.log" 2>&1 & # not by as: of a function, $! would be a shell
daemon_pid=$!
pids+=("$daemon_pid")
wait_for "tillgated" curl -fs --unix-socket "$station/run/tillgated.sock" http://tillgated/v1/status
expect 0 tillgate check "$hub" --op sale
expect 0 tillgate --json evidence verify
is '.verdict == "good"'
publish
expect 0 tillgate sync
stop_daemon
belongs evidence "$daemon_user"
belongs catalogue "$sync_user"

say "another user is neither helped nor harmed"
expect 3 as 64873 64873 "$dir/bin/tillgate" --root "$station" check "$hub" --op sale
expect 3 as 64873 64873 "$dir/bin/tillgate" --root "$station" sync
belongs evidence "$daemon_user"
belongs catalogue "$sync_user"
say "done"
