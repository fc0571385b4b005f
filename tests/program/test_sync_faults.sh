#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_sync_faults.sh BUILD SOURCE quick|all [SEED] - every write of a sync fails, is where the process is killed, or is the last
# one before the power is gone. The gate answers from a whole catalogue, the old or the new one; the next sync succeeds alone.
# shellcheck disable=SC2119
# What a disk keeps is modelled, not tried: memory will do, and there are hundreds of stations to lay out.
if [ -z "${TMPDIR:-}" ] && [ "$(df --output=avail -k /dev/shm 2> /dev/null | tail -n 1)" -gt 262144 ] 2> /dev/null; then export TMPDIR=/dev/shm; fi
. "$(dirname "$0")/station.sh"
how=${1:-quick} seed=${2:-952}
export PYTHONDONTWRITEBYTECODE=1

head_office 300
tillgate init --station leeds-till-3 --gln 9524009900006 -o "$dir/request.json" 2> "$dir/enrol.log"
hq enrol "$dir/request.json" -o "$dir/bundle.json" >> "$dir/enrol.log" 2>&1
tillgate enrol "$dir/bundle.json" --yes 2>> "$dir/enrol.log"
jq -cR '{label: .}' > "$dir/labels.jsonl" <<END
$(gtin_of LH-3)
$(gtin_of SR-10)
$(gtin_of OP-2)
$(jq -rn '[limit(3; inputs | select(.category == "grocery") | .gtin)][]' "$dir/hq/records/products.jsonl")
9529999999993
LOY5290123456
END

failed=no
# faults NAME OPTIONS...: on the station as it is now, towards what is served now.
faults() {
  local name=$1
  shift
  "$(dirname "$0")/sync_faults.py" --build "$build" --station "$dir/station" --labels "$dir/labels.jsonl" --work "$dir/work" --name "$name" \
    --seed "$seed" "$@" || failed=yes
  rm -rf "$dir/work"
}
next() { tillgate sync > "$dir/sync.log" 2>&1 || fail "$1: a clean sync: $(cat "$dir/sync.log")"; }

[ "$how" = quick ] || faults "first sync"
next "first sync"
jq -c 'select(.id == "SOC-LH-3") | .status = "withdrawn"' "$dir/hq/records/socs.jsonl" > "$dir/withdrawn.jsonl"
hq import "$dir/withdrawn.jsonl" --kind socs > "$dir/out" 2>&1
publish
if [ "$how" = quick ]; then faults "new image" --states 60; else faults "new image"; fi
faults "new image, were nothing ever synced" --deaf --states 12
next "new image"
sleep 1.1 # the signed time has whole seconds
hq refresh > "$dir/refresh.log" 2>&1
[ "$how" = quick ] || faults "refresh only"
next "refresh only"
new=$(hq root key --role timestamp | grep -o '/[^ ]*timestamp-[0-9a-f]*\.pub\.pem' | head -n 1)
hq root stage --replace "timestamp=$new" -o "$dir/next.json" > "$dir/root.log" 2>&1 || fail "root stage"
hq root sign "$dir/next.json" --key "$(ls "$dir"/hq/keys/root*.pem | grep -v pub | head -n 1)" --yes >> "$dir/root.log" 2>&1 || fail "root sign"
sleep 1.1
hq root finish "$dir/next.json" >> "$dir/root.log" 2>&1 || [ $? -eq 4 ] || fail "root finish"
[ "$how" = quick ] || faults "root rotation"
next "root rotation"
[ -n "$(find "$dir/station/catalogue/tuf" -name 2.root.json)" ] || fail "the root was not rotated"
[ "$failed" = no ] || fail "see above"
say "done"
