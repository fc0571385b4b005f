#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_answers_agree.sh BUILD SOURCE LABELS PROCESSES - the same labels by every way of asking give the same answers.
#
# LABELS of them as one batch by a command that is the station, as one batch through the daemon, and through one handle of the C library;
# PROCESSES of them each in a process of its own, half without a daemon and half with one.
. "$(dirname "$0")/station.sh"
count=${1:-2000} processes=${2:-40}

head_office $((count < 20000 ? 5000 : 100000))
enrolled

say "$count labels: products by every carrier, batches, packs, in-store numbers, cards, misreads, text"
jq -r .gtin "$dir/hq/records/products.jsonl" > "$dir/gtins"
awk -v count="$count" -v seed=952 '
  function digits(n,   s) { s = ""; while (length(s) < n) s = s int(rand() * 10); return s }
  function checked(body,   sum, i, w) {
    sum = 0; w = 3
    for (i = length(body); i > 0; i--) { sum += w * substr(body, i, 1); w = 4 - w }
    return body (10 - sum % 10) % 10
  }
  { gtin[NR - 1] = $1 }
  END {
    srand(seed)
    named = NR < 63 ? NR : 63
    for (i = 0; i < count; i++) {
      g = gtin[int(rand() * (rand() < 0.5 ? named : NR))]
      batch = "B" (2550 + int(rand() * 200))
      r = int(rand() * 20)
      if (r < 5) print g
      else if (r < 8) print "]E0" g
      else if (r < 11) print "]d2010" g "10" batch "\035" "21S" i
      else if (r == 11) print "]C1010" g "17270131" "10" batch
      else if (r == 12) print "(01)0" g "(10)" batch
      else if (r == 13) print checked("1" substr(g, 1, 12))
      else if (r == 14) print checked("95299" digits(7))
      else if (r == 15) print checked("2" digits(11))
      else if (r == 16) print "LOY" digits(10)
      else if (r == 17) print substr(g, 1, 12) (substr(g, 13, 1) + 1) % 10
      else if (r == 18) print checked("9" (77 + int(rand() * 8)) digits(9))
      else print "]C0TEXT " digits(4) " \"quoted\" \\ back"
    }
  }' "$dir/gtins" > "$dir/labels"
[ "$(wc -l < "$dir/labels")" -eq "$count" ] || fail "labels"
jq -cR '{label: .}' "$dir/labels" > "$dir/labels.jsonl"

# Where and when an answer was written down differs, how old the catalogue was by then, and so until when an override holds.
full() { jq -cS 'del(.seq, .reference, .at, .age_s, .override.until)' "$1"; }
# What the library's answer has, too; absent and empty are the same there.
short() {
  jq -c '[.outcome, .released, .could_not_check, .would_release, .overridable, .recorded, .kind, .gtin // "", .batch // "", .serial // "",
    .answer, .decided_by // "", .code, .action, .reason, .name, .soc // "", .mode, .stage, .operation, .catalogue_version]' "$1"
}
agree() { # WHAT A B
  cmp -s "$2" "$3" || fail "$1: $(diff "$2" "$3" | head -n 4)"
  [ "$(wc -l < "$2")" -gt 0 ] || fail "$1: nothing to compare"
}

say "one batch, by a command that is the station"
code=0
tillgate check --batch-file "$dir/labels.jsonl" --op sale > "$dir/batch" 2> "$dir/err" || code=$?
[ "$code" -eq 1 ] || fail "exit $code: $(tail -n 3 "$dir/err")"
[ "$(wc -l < "$dir/batch")" -eq "$count" ] || fail "$(wc -l < "$dir/batch") answers"
[ "$(jq -r .code "$dir/batch" | sort -u | wc -l)" -ge 12 ] || fail "too few kinds of answer: $(jq -r .code "$dir/batch" | sort | uniq -c)"
full "$dir/batch" > "$dir/batch.full"
short "$dir/batch" > "$dir/batch.short"

part=$((processes / 2))
step=$((count / processes))
by_process() { # FIRST OUT
  local i
  for ((i = 0; i < part; i++)); do
    tillgate --json check "$(sed -n "$((($1 + i) * step + 1))p" "$dir/labels")" --op sale >> "$2" || true
    sed -n "$((($1 + i) * step + 1))p" "$dir/batch.full" >> "$2.wanted"
  done
}
say "$part processes that are the station one after another"
by_process 0 "$dir/single"
full "$dir/single" > "$dir/single.full"
agree "processes without a daemon" "$dir/single.wanted" "$dir/single.full"

start_daemon
say "one batch through the daemon"
tillgate check --batch-file "$dir/labels.jsonl" --op sale > "$dir/daemon" 2> "$dir/err" || [ $? -eq 1 ] || fail "$(tail -n 3 "$dir/err")"
full "$dir/daemon" > "$dir/daemon.full"
agree "the daemon's batch" "$dir/batch.full" "$dir/daemon.full"

say "$part processes through the daemon"
by_process "$part" "$dir/asked"
full "$dir/asked" > "$dir/asked.full"
agree "processes with a daemon" "$dir/asked.wanted" "$dir/asked.full"

say "one handle of the library"
"$example_till" --json --operation sale --socket "$dir/station/run/tillgated.sock" < "$dir/labels" > "$dir/library" 2> "$dir/err" ||
  [ $? -eq 1 ] || fail "$(tail -n 3 "$dir/err")"
short "$dir/library" > "$dir/library.short"
agree "the library" "$dir/batch.short" "$dir/library.short"

# ---- the occasion: what it says must come through by every way ----

# One a line: members of a line of a batch, options of the command, options of the example till.
occasions=$dir/occasions
cat > "$occasions" <<'LINES'
"operation":"dispatch","destination":"ni"|--op dispatch --to ni|--operation dispatch --destination ni
"operation":"dispatch","destination":"outside-uk"|--op dispatch --to outside-uk|--operation dispatch --destination outside-uk
"operation":"dispatch","supply":"own-branch"|--op dispatch --supply own-branch|--operation dispatch --supply own-branch
"operation":"dispatch","supply":"to-vendor"|--op dispatch --supply to-vendor|--operation dispatch --supply to-vendor
"operation":"dispatch","supply":"as-directed"|--op dispatch --supply as-directed|--operation dispatch --supply as-directed
"operation":"sale","supply":"business"|--op sale --supply business|--operation sale --supply business
"operation":"dispatch","supply":"resale","unit":"unwanted"|--op dispatch --supply resale --unit unwanted|--operation dispatch --supply resale --unit unwanted
"operation":"sale","supply":"gift","unit":"recalled"|--op sale --supply gift --unit recalled|--operation sale --supply gift --unit recalled
"operation":"sale","supply":"loan"|--op sale --supply loan|--operation sale --supply loan
"operation":"sale","supply":"hand-back","unit":"faulty"|--op sale --supply hand-back --unit faulty|--operation sale --supply hand-back --unit faulty
"operation":"sale","supply":"scrap"|--op sale --supply scrap|--operation sale --supply scrap
"operation":"offer","unit":"second-hand"|--op offer --unit second-hand|--operation offer --unit second-hand
"operation":"goods-in","unit":"reconditioned"|--op goods-in --unit reconditioned|--operation goods-in --unit reconditioned
"operation":"return","unit":"unwanted"|--op return --unit unwanted|--operation return --unit unwanted
"operation":"stock-check","bought_before_duty":true|--op stock-check --bought-before-duty|--operation stock-check --bought-before-duty
"operation":"sale","batch":"B2600"|--op sale --batch B2600|--operation sale --batch B2600
LINES
each=12
head -n "$each" <(awk -v step="$step" 'NR % step == 0' "$dir/labels") > "$dir/few"
[ "$(wc -l < "$dir/few")" -eq "$each" ] || fail "too few labels"
while IFS='|' read -r members _; do
  jq -cR --argjson members "{$members}" '{label: .} + $members' "$dir/few"
done < "$occasions" > "$dir/occasions.jsonl"

say "$(wc -l < "$occasions") occasions of $each labels: a batch through the daemon"
tillgate check --batch-file "$dir/occasions.jsonl" > "$dir/daemon" 2> "$dir/err" || [ $? -eq 1 ] || fail "$(tail -n 3 "$dir/err")"
full "$dir/daemon" > "$dir/daemon.full"
short "$dir/daemon" > "$dir/daemon.short"

say "the library"
: > "$dir/library"
while IFS='|' read -r _ _ options; do
  # shellcheck disable=SC2086  # several options
  "$example_till" --json $options --socket "$dir/station/run/tillgated.sock" < "$dir/few" >> "$dir/library" 2> "$dir/err" ||
    [ $? -eq 1 ] || fail "$options: $(tail -n 3 "$dir/err")"
done < "$occasions"
short "$dir/library" > "$dir/library.short"
agree "the library, by occasion" "$dir/daemon.short" "$dir/library.short"

say "processes through the daemon"
: > "$dir/asked"
while IFS='|' read -r _ options _; do
  # shellcheck disable=SC2086
  tillgate --json check "$(sed -n 1p "$dir/few")" $options >> "$dir/asked" || [ $? -eq 1 ] || fail "$options: $(tail -n 3 "$dir/err")"
done < "$occasions"
full "$dir/asked" > "$dir/asked.full"
awk -v each="$each" 'NR % each == 1' "$dir/daemon.full" > "$dir/asked.wanted"
agree "processes with a daemon, by occasion" "$dir/asked.wanted" "$dir/asked.full"
stop_daemon

say "a batch by a command that is the station"
tillgate check --batch-file "$dir/occasions.jsonl" > "$dir/batch" 2> "$dir/err" || [ $? -eq 1 ] || fail "$(tail -n 3 "$dir/err")"
full "$dir/batch" > "$dir/batch.full"
agree "a batch without a daemon, by occasion" "$dir/daemon.full" "$dir/batch.full"
[ "$(jq -r .decided_by "$dir/batch" | sort -u | wc -l)" -ge 6 ] || fail "too few rows: $(jq -r .decided_by "$dir/batch" | sort | uniq -c)"

expect 0 tillgate --json evidence verify
is ".verdict == \"good\" and .entries >= $((3 * count + 2 * part))"
say "done: $(jq -r .code "$dir/batch" | sort | uniq -c | sort -rn | head -n 5 | awk '{printf "%s%s %s", (NR > 1 ? ", " : ""), $1, $2}')"
