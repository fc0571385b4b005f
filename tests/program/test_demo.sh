#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_demo.sh BUILD SOURCE - the demonstration tells its story, can be scanned at by hand, and leaves nothing behind however it ends.
. "$(dirname "$0")/station.sh"

demo=$source_dir/simulator/demo
with=(--no-install --products 500 --build "$build")
mkdir "$dir/tmp"
export TMPDIR=$dir/tmp
unset TERM
nothing_left() {
  ! pgrep -f -- "$1" > "$dir/out" || fail "still running: $(cat "$dir/out")"
}

say "usage"
expect 0 "$demo" --help
expect 2 "$demo" --products many
expect 2 "$demo" --dir
expect 2 "$demo" --frobnicate

say "the story, twice in the same folder, whose name has a space"
for n in 1 2; do
  expect 0 "$demo" --once "${with[@]}" --dir "$dir/kept here"
  said "The story ran as it should."
  said "No statement of compliance is on file for this product."
  said "The statement on file has been withdrawn or replaced."
  reference=$(sed -n 's/^   reference //p' "$dir/out" | tail -n 1)
  nothing_left "$dir/kept here"
  expect 0 "$build/plugin/cli/tillgate" --root "$dir/kept here/station" --json evidence show "$reference"
  is '.entry.code == "soc-withdrawn" and (.entry.released | not)'
done

say "a folder of somebody else's is left alone"
mkdir "$dir/theirs"
touch "$dir/theirs/thesis.txt"
expect 1 "$demo" --once "${with[@]}" --dir "$dir/theirs"
said "is not empty"
[ "$(ls -A "$dir/theirs")" = thesis.txt ] || fail "something else is there now"

say "a step that fails ends everything"
sed 's/^chapter "Status"$/false/' "$demo" > "$dir/broken"
mkdir "$dir/copy"
cp -r "$source_dir/simulator" "$dir/copy/"
cp "$dir/broken" "$dir/copy/simulator/demo"
expect 1 bash "$dir/copy/simulator/demo" --once "${with[@]}"
said "failed: false"
nothing_left "$TMPDIR"
[ -z "$(ls -A "$TMPDIR")" ] || fail "left: $(ls -A "$TMPDIR")"

say "by hand, and Ctrl-C"
env --default-signal=INT "$demo" "${with[@]}" > "$dir/hand.log" 2>&1 &
hand=$!
pids+=("$hand")
for ((i = 0; i < 1200; i++)); do
  ! grep -q '^Ctrl-C ends it' "$dir/hand.log" || break
  kill -0 "$hand" 2>/dev/null || fail "the demo ended"
  sleep 0.05
done
way_in=$(sed -n "s/^  echo '\(.*\)' > \(.*\)$/\2/p" "$dir/hand.log" | head -n 1)
echo ']E09780201379624' > "$way_in"
wait_for "the item by hand" sh -c "tail -n 3 '$dir/hand.log' | grep -q 'item 9780201379624'"
kill -INT "$hand"
code=0
wait "$hand" || code=$?
[ "$code" -eq 130 ] || fail "exit $code"
nothing_left "$TMPDIR"
[ -z "$(ls -A "$TMPDIR")" ] || fail "left: $(ls -A "$TMPDIR")"
say "done"
