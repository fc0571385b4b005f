#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_patches.sh BUILD SOURCE - the small ways to a new image: patch, compressed, plain; broken ways, broken connections, killed syncs.
# Plain zstd must be able to go them too.
. "$(dirname "$0")/station.sh"

# changed NOTE: the records differ by one name, so that the next publication has another image.
changed() {
  jq -c "if .type == \"LH-3\" then .name = \"hub $1\" else . end" "$dir/hq/records/products.jsonl" > "$dir/products"
  mv "$dir/products" "$dir/hq/records/products.jsonl"
  publish
}
targets=$dir/hq/repository/targets
newest_targets() { ls "$dir/hq/repository/metadata" | sed -n 's/^\([0-9]*\)\.targets\.json$/\1/p' | sort -n | tail -n 1; }
# signed JQ: of the newest targets.json
signed() { jq -r ".signed.targets | $1" "$dir/hq/repository/metadata/$(newest_targets).targets.json"; }
in_force() { sha256sum "$dir/station/catalogue/current/catalogue.tgc" | cut -d ' ' -f 1; }
# sync_way CODE WAY: sync exits so and went that way
sync_way() {
  expect "$1" tillgate --json sync
  is ".image.way == \"$2\""
}
published_is_in_force() {
  [ "$(in_force)" = "$(signed '."catalogue.tgc".hashes.sha256')" ] || fail "the image in force is not the published one"
}
# the file that offers the way from what is in force to the newest
patch_file() { echo "$targets/patch/$(signed ".\"patch/$(in_force).zst\".hashes.sha256").$(in_force).zst"; }
compressed_file() { echo "$targets/$(signed '."catalogue.tgc.zst".hashes.sha256').catalogue.tgc.zst"; }
plain_file() { echo "$targets/$(signed '."catalogue.tgc".hashes.sha256').catalogue.tgc"; }
spoil() { # one byte in the middle
  printf 'X' | dd of="$1" bs=1 seek=$(($(stat -c %s "$1") / 2)) conv=notrunc status=none
}

head_office 20000
enrolled

say "the first image comes compressed, the next one as a patch"
expect 0 tillgate --json sync
is '.image.way == "unchanged"'
[ "$(jq -r .way.taken "$dir/station/catalogue/state.json")" = compressed ] || fail "state.json does not say compressed"
changed one
sync_way 0 patch
is '.new_image and .image.failed == [] and .image.bytes_fetched < 20000'
published_is_in_force

say "nothing but the policy changed: the same offers, no new ones"
signed '[keys[] | select(startswith("patch/"))]' > "$dir/before"
files=$(find "$targets" -name '*.zst' | sort)
set_policy '.dsp_notice_days += 1'
publish
signed '[keys[] | select(startswith("patch/"))]' > "$dir/after"
cmp "$dir/before" "$dir/after" || fail "a policy changed the patches"
[ "$files" = "$(find "$targets" -name '*.zst' | sort)" ] || fail "a policy made new files"
sync_way 0 unchanged
is '.new_policy'

if command -v zstd > /dev/null; then
  say "plain zstd goes both ways, too"
  cp "$dir/station/catalogue/current/catalogue.tgc" "$dir/old.tgc"
  changed two
  zstd -q -d --long=31 --patch-from="$dir/old.tgc" "$(patch_file)" -o "$dir/by-patch.tgc"
  zstd -q -d "$(compressed_file)" -o "$dir/by-zst.tgc"
  cmp "$dir/by-patch.tgc" "$(plain_file)"
  cmp "$dir/by-zst.tgc" "$(plain_file)"
  sync_way 0 patch
fi

say "a patch spoiled on the server: the compressed image, and words"
changed three
spoil "$(patch_file)"
sync_way 0 compressed
is '.image.failed | length == 1 and .[0].way == "patch" and .[0].code == "wrong hash"'
said 'way "patch" failed'
[ "$(jq -r '.way.failed[0].way' "$dir/station/catalogue/state.json")" = patch ] || fail "state.json does not say that the patch failed"
published_is_in_force

say "patch and compressed image gone from the server: the plain one"
changed four
rm "$(patch_file)" "$(compressed_file)"
sync_way 0 plain
is '[.image.failed[].way] == ["patch", "compressed"]'
published_is_in_force

say "no way left: what is in force stays, and the words say why"
changed five
before=$(in_force)
rm "$(patch_file)"
spoil "$(compressed_file)"
cp "$(plain_file)" "$dir/plain"
spoil "$(plain_file)"
sync_way 1 kept
is '.outcome == "failed" and [.image.failed[].way] == ["patch", "compressed", "plain"]'
[ "$(in_force)" = "$before" ] || fail "another image is in force"
cp "$dir/plain" "$(plain_file)"
sync_way 0 plain
published_is_in_force

say "the image in force damaged on the disk: the patch cannot work, the whole image comes"
changed six
image=$(readlink -f "$dir/station/catalogue/current/catalogue.tgc")
patch=$(patch_file)
[ -e "$patch" ] || fail "no patch to try"
chmod u+w "$image"
spoil "$image"
expect 0 tillgate --json sync
is '.image.way == "compressed" and (.image.failed[0].words | contains("the image in force is damaged"))'
published_is_in_force

say "killed in the middle of a download: the next sync goes on where it was"
rm -rf "$dir/station/catalogue/current" "$dir/station/catalogue/sets"
mkdir -p "$dir/station/catalogue/part"
whole=$(compressed_file)
hash=$(basename "$whole" .catalogue.tgc.zst)
# what a kill leaves after half of it
head -c $(($(stat -c %s "$whole") / 2)) "$whole" > "$dir/station/catalogue/part/$hash"
touch "$dir/station/catalogue/part/0000"
sync_way 0 compressed
is ".image.bytes_fetched == $(($(stat -c %s "$whole") - $(stat -c %s "$whole") / 2))"
published_is_in_force
[ -z "$(ls -A "$dir/station/catalogue/part")" ] || fail "left over: $(ls "$dir/station/catalogue/part")"

say "killed for real, at any moment, again and again"
for ((i = 0; i < 12; i++)); do
  rm -rf "$dir/station/catalogue/current" "$dir/station/catalogue/sets"
  { timeout --signal=KILL "0.0$((RANDOM % 90 + 10))" "$build/plugin/cli/tillgate" --root "$dir/station" sync > /dev/null 2>&1 || true; } 2> /dev/null
  [ ! -e "$dir/station/catalogue/current" ] || published_is_in_force
  expect 0 tillgate --json sync
  published_is_in_force
  [ -z "$(ls -A "$dir/station/catalogue/part")" ] || fail "left over: $(ls "$dir/station/catalogue/part")"
done

say "two at once over one patch: one of them does it, the other says who"
changed both
for i in 1 2; do
  { tillgate --json sync > "$dir/two.$i" 2> "$dir/two.$i.log" && echo 0 > "$dir/code.$i" || echo $? > "$dir/code.$i"; } &
  two[i]=$!
done
wait "${two[1]}" "${two[2]}"
for i in 1 2; do
  case $(cat "$dir/code.$i") in
    0) ;;
    3) grep -q 'held by tillgate sync (process [0-9]*)' "$dir/two.$i.log" || fail "the loser does not say who won: $(cat "$dir/two.$i.log")" ;;
    *) fail "two at once: $(cat "$dir/two.$i.log")" ;;
  esac
done
[ "$(cat "$dir/code.1" "$dir/code.2" | sort -u | head -n 1)" = 0 ] || fail "neither of two syncs did it"
published_is_in_force

say "old images and patches go, and whatever is offered is there"
changed last
sync_way 0 patch
images=$(find "$targets" -name '*.catalogue.tgc' | wc -l)
patches=$(signed '[keys[] | select(startswith("patch/"))] | length')
[ "$images" -le 10 ] || fail "$images images are kept"
[ "$patches" -ge 8 ] || fail "only $patches patches"
[ "$(find "$targets/patch" -type f | wc -l)" -le $((8 * 9)) ] || fail "old patches stay"
for path in $(signed 'to_entries[] | if .key | contains("/") then "patch/\(.value.hashes.sha256).\(.key | ltrimstr("patch/"))" else "\(.value.hashes.sha256).\(.key)" end'); do
  [ -e "$targets/$path" ] || fail "offered, but not there: $path"
done
say "$patches patches, $images images"
