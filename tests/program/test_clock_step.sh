#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_clock_step.sh BUILD SOURCE - head office's clock was an hour ahead: no station believes it, and it can be put right.
. "$(dirname "$0")/station.sh"

ahead() { LD_PRELOAD=$build/tests/program/libtest-clock.so TG_TEST_CLOCK_OFFSET_S=3600 "$@"; }

head_office
enrolled
hub=$(gtin_of LH-3)
expect 0 tillgate --json status
before=$(jq -c '[.catalogue_version, .issued_at]' "$dir/out")

say "what was signed an hour from now is refused, and what is in force stays"
ahead "$build/sync/hq/tillgate-hq" refresh > "$dir/refresh.log"
expect 3 tillgate sync
said "timestamp.json: issued"
said "clock"
expect 1 tillgate --json status
is '.sync.failures == 1 and (.sync.why | test("timestamp.json: issued"))'
[ "$(jq -c '[.catalogue_version, .issued_at]' "$dir/out")" = "$before" ] || fail "something else is in force"
expect 0 tillgate check "$hub" --op sale

say "head office signs nothing that is older than what it published"
published() { (cd "$dir/hq/repository" && find . -type f -print0 | sort -z | xargs -0 sha256sum); }
state=$(published)
expect 3 hq refresh
said "--accept-clock-step"
set_policy '.dsp_notice_days = 45'
expect 3 hq publish
said "--accept-clock-step"
[ "$(published)" = "$state" ] || fail "a refused signature changed the repository"

say "unless it is told to; then stations follow"
expect 0 hq publish --accept-clock-step
expect 0 tillgate sync
expect 0 hq refresh
expect 0 tillgate sync
expect 0 tillgate --json status
is '.sync.failures == 0 and .stage == "fresh"'
expect 0 tillgate check "$hub" --op sale
say "done"
