#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_flipped_bytes.sh BUILD SOURCE SAMPLES [SEED] - damage, rollback and age, at head office's end and at the station's.
#
# One bit is flipped in one file, again and again: in what is served while sync fetches it, and in what lies at the station while it is
# read. Each time the damage is refused, or nothing of it can be seen in any decision, or the answer is "could not check".
. "$(dirname "$0")/station.sh"
samples=${1:-240} seed=${2:-952}
RANDOM=$seed
shim=$build/tests/program/libtest-clock.so
say "$samples flips at each end, seed $seed"

head_office 3000
enrolled
hub=$(gtin_of LH-3)
catalogue=$dir/station/catalogue

# flip FILE: one bit of it, anywhere. Sets flipped.
flip() {
  local size at byte
  size=$(stat -c %s "$1")
  [ "$size" -gt 0 ] || return 1
  at=$(((RANDOM * 32768 + RANDOM) % size))
  byte=$(od -An -tu1 -j "$at" -N 1 "$1" | tr -d ' ')
  flipped="${1#"$dir"/} at $at"
  printf "\\x$(printf %02x $((byte ^ 1 << RANDOM % 8)))" | dd of="$1" bs=1 seek="$at" conv=notrunc status=none
}
# serve REPOSITORY: put those files in the place of all that is served; the server keeps its folder.
serve() {
  find "$dir/hq/repository" -type f -delete
  cp -a "$1/." "$dir/hq/repository/"
}
# What is in force, as the station would verify it: the set's own files, not the metadata's signatures, which may differ harmlessly.
in_force() { (cd "$catalogue/current" 2> /dev/null && sha256sum catalogue.tgc policy.json | sort); }

jq -cR '{label: .}' > "$dir/labels.jsonl" <<END
$hub
$(gtin_of TB-1)
$(gtin_of SR-10)
$(gtin_of QL-14)
$(gtin_of LD-2)
$(gtin_of OP-2)
$(gtin_of AT-2)
]d2010$(gtin_of LD-2)10B2612
]d2010$(gtin_of LD-2)10B2655
$(jq -rn '[limit(3; inputs | select(.category == "grocery") | .gtin)][]' "$dir/hq/records/products.jsonl")
$(jq -r .gtin "$dir/hq/records/products.jsonl" | tail -n 3)
$(jq -r .gtin "$dir/hq/records/packs.jsonl" | head -n 1)
9529999999993
2001234000005
LOY5290123456
9812345678902
not a product
END
decide() {
  tillgate check --batch-file "$dir/labels.jsonl" --op sale 2> "$dir/err" > "$1.full" || [ $? -ne 2 ] || fail "usage"
  jq -c '[.kind, .could_not_check, .released, .outcome, .code, .rows, .gtin, .name, .soc]' "$1.full" > "$1"
}
decide "$dir/before"
[ "$(jq -r .code "$dir/before.full" | sort -u | wc -l)" -ge 7 ] || fail "too few kinds of answer: $(jq -r .code "$dir/before.full" | sort | uniq -c)"
[ "$(jq -s 'map(.could_not_check) | any' "$dir/before.full")" = false ] || fail "could not check before any damage"

# harmless WHAT: each answer is as before, or is withheld as could not check; a label that is no product may be withheld.
harmless() {
  decide "$dir/after"
  paste "$dir/before" "$dir/after" | jq -sc '[_nwise(2)] | map(select(.[0] != .[1])) | map(select(
    (.[1][2] | not) and (.[1][1] or (.[0][0] != "product" and .[0][0] != "in-store")) | not))' > "$dir/wrong" 2> /dev/null ||
    fail "$1: compare: $(head -n 2 "$dir/after")"
  [ "$(cat "$dir/wrong")" = "[]" ] || fail "$1: $(head -c 600 "$dir/wrong")"
  cmp -s "$dir/before" "$dir/after" && same=$((same + 1)) || unchecked=$((unchecked + 1))
}

say "what lies at the station"
cp -a "$catalogue" "$dir/good"
same=0 unchecked=0
set_dir=sets/$(basename "$(readlink "$catalogue/current")")
for ((i = 0; i < samples; i++)); do
  case $((i % 6)) in
    0) file=timestamp.json ;; 1) file=snapshot.json ;; 2) file=targets.json ;; 3) file=policy.json ;; 4) file=catalogue.blocks ;; 5) file=catalogue.tgc ;;
  esac
  cp -a "$dir/good/$set_dir/$file" "$catalogue/$set_dir/$file.was"
  flip "$catalogue/$set_dir/$file"
  harmless "$flipped"
  mv "$catalogue/$set_dir/$file.was" "$catalogue/$set_dir/$file"
done
[ "$unchecked" -gt $((samples / 2)) ] || fail "only $unchecked of $samples were noticed: is anything flipped?"
decide "$dir/after"
cmp -s "$dir/before" "$dir/after" || fail "not as before when all is whole again"
say "  $unchecked could not be checked, $same without effect"

say "what sync reads at the station: it repairs, or refuses and leaves all as it was"
good=$(in_force)
repaired=0 refused=0
mapfile -t files < <(cd "$catalogue" && find . -type f ! -name lock | sort)
for ((i = 0; i < samples / 4; i++)); do
  flip "$catalogue/${files[$((i % ${#files[@]}))]}" || continue
  code=0
  tillgate sync --check-image > "$dir/out" 2> "$dir/err" || code=$?
  case $code in
    0) repaired=$((repaired + 1)); [ "$(in_force)" = "$good" ] || fail "$flipped: sync called it good" ;;
    1) refused=$((refused + 1)); harmless "$flipped, sync refused" ;;
    *) fail "$flipped: sync exits with $code: $(cat "$dir/err")" ;;
  esac
  rm -rf "$catalogue"
  cp -a "$dir/good" "$catalogue"
done
say "  $repaired repaired or without effect, $refused refused"

say "what is served"
cp -a "$dir/hq/repository" "$dir/repository.1"
jq -c 'select(.id == "SOC-LH-3") | .status = "withdrawn"' "$dir/hq/records/socs.jsonl" > "$dir/withdrawn.jsonl"
hq import "$dir/withdrawn.jsonl" --kind socs > "$dir/out" 2>&1
set_policy '.dsp_notice_days = 91'
publish
cp -a "$dir/hq/repository" "$dir/repository.2"
# Each of these is fetched by a station that is at the first publication, the last two only where the patch fails.
mapfile -t served < <(cd "$dir/hq/repository" && ls -t metadata/*.snapshot.json | head -n 1 && ls -t metadata/*.targets.json | head -n 1 &&
  echo metadata/timestamp.json && ls -t targets/*.policy.json | head -n 1 && ls -t targets/patch/*.zst | head -n 1 &&
  ls -t targets/*.catalogue.tgc.zst | head -n 1)
[ ${#served[@]} -eq 6 ] || fail "served: ${served[*]}"
tillgate sync > "$dir/out" 2>&1 || fail "sync of the second publication"
second=$(in_force)
[ "$second" != "$good" ] || fail "the second publication is the first"
refused=0 installed=0 detours=0
for ((i = 0; i < samples; i++)); do
  file=${served[$((i % 6))]}
  rm -rf "$catalogue"
  cp -a "$dir/good" "$catalogue"
  case $file in *.catalogue.tgc.zst) rm -f "$dir"/hq/repository/targets/patch/*.zst ;; esac
  flip "$dir/hq/repository/$file"
  code=0
  tillgate --json sync > "$dir/out" 2> "$dir/err" || code=$?
  case $code in
    0) installed=$((installed + 1)); [ "$(in_force)" = "$second" ] || fail "$flipped: something else was installed" ;;
    1) refused=$((refused + 1)); [ "$(in_force)" = "$good" ] || fail "$flipped: refused, but what is in force changed" ;;
    *) fail "$flipped: sync exits with $code: $(cat "$dir/err")" ;;
  esac
  # A bad way to the image is named, and another one taken.
  case $file in targets/*.zst)
    [ $code -eq 0 ] || fail "$flipped: no other way was taken"
    is '.image.failed | map(.code) | index("wrong hash")'
    detours=$((detours + 1)) ;;
  esac
  cp -a "$dir/repository.2/targets/." "$dir/hq/repository/targets/"
  cp "$dir/repository.2/$file" "$dir/hq/repository/$file"
done
[ "$refused" -gt $(((samples - detours) * 9 / 10)) ] || fail "only $refused of $((samples - detours)) were refused"
say "  $refused refused, $installed without effect"

say "a repository put back to the publication before"
rm -rf "$catalogue"
cp -a "$dir/good" "$catalogue"
expect 0 tillgate sync
decide "$dir/withdrawn"
expect 1 tillgate check "$hub" --op sale
serve "$dir/repository.1"
expect 1 tillgate sync
said rollback
expect 1 tillgate status # what is in force is good; that sync is refused needs attention
decide "$dir/after"
cmp -s "$dir/withdrawn" "$dir/after" || fail "a refused rollback changed a decision"
say "  and the station's own folder put back: refused by the log's floor"
cp -a "$catalogue" "$dir/second"
rm -rf "$catalogue"
cp -a "$dir/good" "$catalogue"
expect 3 tillgate check "$hub" --op sale
said "after version"
rm -rf "$catalogue"
cp -a "$dir/second" "$catalogue"
serve "$dir/repository.2"
expect 0 tillgate sync

say "age: an expired timestamp is refused by sync; the station goes by stages"
at_day() { # DAYS COMMAND...
  local days=$1
  shift
  LD_PRELOAD=$shim TG_TEST_CLOCK_OFFSET_S=$((days * 86400)) "$build/plugin/cli/tillgate" --root "$dir/station" "$@"
}
oats=$(jq -rn 'first(inputs | select(.category == "grocery") | .gtin)' "$dir/hq/records/products.jsonl")
hub=$(gtin_of SR-10)
expect 0 tillgate check "$hub" --op sale
expect 0 at_day 0 --json status
is '.stage == "fresh"'
expect 1 at_day 2 --json status
is '.stage == "ageing"'
expect 0 at_day 2 --json check "$hub" --op sale
is '.stage == "ageing" and .outcome == "allow"'
expect 1 at_day 8 sync
said expired
expect 0 at_day 8 --json check "$hub" --op sale
is '.stage == "stale" and .released and (.rows | index("30"))'
expect 3 at_day 31 --json status
is '.operations.sale.stage == "dead"'
expect 1 at_day 31 --json check "$hub" --op sale
is '.stage == "dead" and (.released | not)'
expect 0 at_day 31 --json check "$oats" --op sale
is '.released'
expect 3 at_day -1 --json status
is '.operations.sale.stage == "clock-fault"'
expect 1 at_day -1 --json check "$hub" --op sale
is '.stage == "clock-fault" and (.released | not)'
expect 0 tillgate check "$hub" --op sale
expect 0 tillgate --json evidence verify
is '.verdict == "good" and .epochs == 1'
say "done"
