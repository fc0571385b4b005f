#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_casework_schemas.sh BUILD SOURCE - the schemas of casework say what its reader says: of every event that is written, and of each with
# one member left out, bent or too many; letters and the record of answers are what their schemas say.
# shellcheck source=tests/program/station.sh
. "$(dirname "$0")/station.sh" "$@"

code=0
AJV=$("$source_dir/tests/npm-install" "$source_dir/tests/conformance/schemas" "$(dirname "$build")") || code=$?
[ "$code" -ne 77 ] || { echo "SKIPPED: Ajv is not installed"; exit 77; }
[ "$code" -eq 0 ] || fail "Ajv cannot be installed"
export AJV
schemas=$source_dir/plugin/share/schema
cases() { node "$source_dir/tests/conformance/schemas/cases.js" "$@"; }

head -c 24 /dev/urandom | base64 > "$dir/passphrase"
export TILLGATE_HQ_PASSPHRASE_FILE=$dir/passphrase TILLGATE_HQ_DIR=$dir/hq
hq init "$dir/hq" --owner trader.example --url http://127.0.0.1:1/ --policy "$source_dir/simulator/trade/policy.json" > "$dir/init.log"
"$build/simulator/trade/tillgate-sim-catalogue" "$dir/hq/records" --products 50 > "$dir/sim.log"
hub=$(gtin_of LH-3)
day() { date -u -d "$1" +%F; }
at() { local on=$1; shift; expect 0 hq "$@" --by ann --today "$(day "$on")"; }

say "every event, as it is written"
at now failure open F-1 --suspected --source s --details d --risks r --remedy u --remedy-worked unknown --gtin "$hub" --batch L1..L9 --told-by supplier \
  --informant "Corner Ltd" --says-manufacturer-aware --says-authority-notified --manufacturer "Lumen, 1 Road" --supplier "Corner, 2 Road" --role distributor
at now failure facts F-1 --risks "more" --remedy-unlikely --manufacturer-aware --batch L1..L8
at now failure known F-1 --reason "seen"
at now failure step F-1 notify-downstream --evidence e --note n --out-of-order
at now failure close F-1 --outcome unfounded --reason x --evidence y
at now notice add N-1 --kind compliance --duty supply --intended "$(day -20days)" --intent-expires "$(day +60days)" --source s --section "s. 28" --recipient us \
  --owner ann --task "$(day +5days) send" --gtin "$hub"
at now notice step N-1 represented --evidence e
at now notice step N-1 cleared --who counsel --reason r
at now notice step N-1 given --given "$(day now)" --service electronic --evidence e --urgent --tells-customers --task "$(day +9days) tell"
at now notice step N-1 genuine --reason called
at now notice step N-1 task-done --number 1 --evidence e
at now notice respond N-1 --to OPSS --answer a --asked q --evidence e
at now notice step N-1 noted --reason "a note"
at +40days notice step N-1 appeal-lodged --evidence late
at +41days notice step N-1 appeal-admitted --evidence e
at +42days notice step N-1 signed-off --who director --reason r
at +43days notice step N-1 appeal-decided --result varied --evidence e
at +44days notice step N-1 suspended --evidence e
at +45days notice step N-1 suspension-ended --evidence e
at +46days notice step N-1 varied --reason r --evidence e --effective "$(day +50days)"
at +47days notice step N-1 revoked --evidence e
at +48days notice step N-1 closed --reason r
for book in failures notices; do expect 0 cases "$schemas/casework" check "$dir/hq/casework/$book.jsonl" "$book"; done
[ "$(jq -rs 'map(.event) | unique | length' "$dir/hq/casework/failures.jsonl")" = "$(jq '.oneOf | length' "$schemas/casework/failures.json")" ] || fail "not every event of failures"
[ "$(jq -rs 'map(.event) | unique | length' "$dir/hq/casework/notices.jsonl")" = "$(jq '.oneOf | length' "$schemas/casework/notices.json")" ] || fail "not every event of notices"

say "each with one member left out, of another type, empty, or too many: schema and reader agree"
cat > "$dir/verdicts.js" <<'JS'
const at = { paths: [process.env.AJV] };
const Ajv = require(require.resolve("ajv/dist/2020", at)).default;
const ajv = new Ajv({ validateFormats: true, strictTypes: false });
require(require.resolve("ajv-formats", at)).default(ajv);
const good = ajv.compile(JSON.parse(require("fs").readFileSync(process.argv[2], "utf8")));
for (const line of require("fs").readFileSync(0, "utf8").split("\n")) if (line) console.log(good(JSON.parse(line)));
JS
for book in failures notices; do
  jq -c 'del(.prev) | .seq = 1 | . as $e
    | ., (. + {colour: "red"}), (keys[] as $k | ($e | del(.[$k])), (if $k == "seq" then empty else $e | .[$k] = 7 end), ($e | .[$k] = ""), ($e | .[$k] = [{}]))' \
    "$dir/hq/casework/$book.jsonl" > "$dir/bent.jsonl"
  node "$dir/verdicts.js" "$schemas/casework/$book.json" < "$dir/bent.jsonl" > "$dir/schema.said"
  mkdir -p "$dir/one/casework"
  cp "$dir/hq/hq.json" "$dir/one/"
  rm -f "$dir"/one/casework/*
  verb=${book%s}
  while IFS= read -r line; do
    printf '%s\n' "$line" > "$dir/one/casework/$book.jsonl"
    if hq "$verb" list --all -d "$dir/one" > "$dir/out" 2> "$dir/err" || [ $? -eq 7 ]; then echo true; else echo false; fi
  done < "$dir/bent.jsonl" > "$dir/reader.said"
  paste "$dir/schema.said" "$dir/reader.said" "$dir/bent.jsonl" | awk '$1 != $2' > "$dir/differ"
  [ ! -s "$dir/differ" ] || { head -n 5 "$dir/differ" >&2; fail "$book: schema and reader differ about $(wc -l < "$dir/differ") of $(wc -l < "$dir/bent.jsonl") events"; }
  say "  $book: $(wc -l < "$dir/bent.jsonl") events, $(grep -c true "$dir/reader.said") of them good"
done

say "letters and the record of answers"
expect 0 hq failure letters F-1 --json
jq -c '.[]' "$dir/out" > "$dir/letters.jsonl"
expect 0 cases "$schemas/print" check "$dir/letters.jsonl" failure-letter
expect 0 hq notice respond N-1 --print --json
cp "$dir/out" "$dir/record.jsonl"
expect 0 cases "$schemas/print" check "$dir/record.jsonl" opss-response
say "done"
