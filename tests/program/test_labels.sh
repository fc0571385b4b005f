#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_labels.sh BUILD SOURCE COUNT [SEED] - labels that a library of others draws and another one reads are taken for what they are,
# and those that the first refuses are not; every Application Identifier, and COUNT labels by chance.
#
# With TILLGATE_REAL_LABELS=FILE (or ../shared/data/real-labels.tsv beside the source) also labels of real packages.
# shellcheck source=tests/program/station.sh
. "$(dirname "$0")/station.sh" "$@"

count=${3:?COUNT} seed=${4:-20261123}
code=0
LABELS_PACKAGES=$("$source_dir/tests/npm-install" "$source_dir/tests/conformance/labels" "$(dirname "$build")") || code=$?
[ "$code" -ne 77 ] || { echo "SKIPPED: bwip-js and zxing-wasm are not installed"; exit 77; }
[ "$code" -eq 0 ] || fail "bwip-js and zxing-wasm cannot be installed"
export LABELS_PACKAGES
real=${TILLGATE_REAL_LABELS:-$source_dir/../shared/data/real-labels.tsv}
if [ ! -r "$real" ]; then
  echo "SKIPPED in part: no labels of real packages (TILLGATE_REAL_LABELS=FILE, lines of symbology, AIM identifier and text)"
  real=
fi

say "seed $seed"
node "$source_dir/tests/conformance/labels/labels.js" "$source_dir/tests/unit/gate/ai_facts.tsv" "$build/tests/conformance/test-identify" \
  "$count" "$seed" ${real:+"$real"} || fail "the gate and the libraries differ"
say "done"
