#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_schemas.sh BUILD SOURCE - the schemas of records say what the strict readers say: of thousands of records, good and bad, Ajv by
# the schema and tillgate-hq by its reader take the same and refuse the same, but for what a schema cannot say.
# shellcheck source=tests/program/station.sh
. "$(dirname "$0")/station.sh" "$@"

code=0
AJV=$("$source_dir/tests/npm-install" "$source_dir/tests/conformance/schemas" "$(dirname "$build")") || code=$?
[ "$code" -ne 77 ] || { echo "SKIPPED: Ajv is not installed"; exit 77; }
[ "$code" -eq 0 ] || fail "Ajv cannot be installed"
export AJV
schemas=$source_dir/plugin/share/schema
cases() { node "$source_dir/tests/conformance/schemas/cases.js" "$schemas" "$@"; }

# What no schema can say: two members compared, a check digit, bytes instead of characters.
beyond='^(before (reviewed|valid_from|informed|believed|intended|given|deemed|lodged|decided|from|published)|wanted as many |a (pack|bundle) cannot |"[0-9]+" is no GTIN|.*limits do not ascend|.*below dead_s|.*prefix is longer|.*min_length is over)'

say "whatever the simulator makes is good by the schemas; there is one for each kind, and for the policy"
"$build/simulator/trade/tillgate-sim-catalogue" "$dir/records" --products 2000 > "$dir/sim.log"
for file in "$dir"/records/*.jsonl; do
  kind=$(basename "$file" .jsonl)
  expect 0 cases check "$file" "$kind"
done
jq -c . "$source_dir/simulator/trade/policy.json" > "$dir/policy.jsonl"
expect 0 cases check "$dir/policy.jsonl" policy
kinds=$(hq import --help | tr -d '\n' | sed 's/.*KIND: \([a-z_, ]*\)\..*/\1/' | tr -d ' ' | tr ',' '\n' | sort)
[ "$kinds" = "$(find "$schemas" -maxdepth 1 -name '*.json' ! -name policy.json ! -name import_mapping.json -printf '%f\n' | sed 's/\.json$//' | sort)" ] || fail "not one schema for each kind: $kinds"

mkdir "$dir/cases"
cases make "$dir/cases"

# differ: lines of the join of verdicts and of what the reader said where they are not the same.
differ() {
  jq -c --arg beyond "$beyond" '
    if .expected != null and .schema != .expected and .reader != .expected then . + {why: "neither says what is expected"}
    elif .expected != null and .reader != .expected then . + {why: "the reader does not say what is expected"}
    elif .schema == .reader then empty
    elif .schema and (.said | length > 0 and all(test($beyond))) then empty
    else . + {why: "they differ"} end'
}

say "every kind of record: the schema takes what the reader takes"
for file in "$dir"/cases/*.verdicts.jsonl; do
  kind=$(basename "$file" .verdicts.jsonl)
  [ "$kind" != policy ] && [ "$kind" != import_mapping ] || continue
  rm -rf "$dir/empty" && mkdir -p "$dir/empty/records"
  code=0
  hq import "$dir/cases/$kind.jsonl" --kind "$kind" --dry-run --json -d "$dir/empty" > "$dir/import.json" || code=$?
  [ "$code" -eq 1 ] || fail "import of $kind: exit $code"
  jq -c --slurpfile taken "$dir/import.json" '
    ($taken[0].findings | group_by(.line) | map({key: (.[0].line | tostring), value: map(.words)}) | from_entries) as $said
    | inputs | . + {said: ($said[.line | tostring] // [])} | . + {reader: (.said | length == 0)}' <(echo '{}') "$file" > "$dir/joined"
  differ < "$dir/joined" > "$dir/differ.log"
  [ ! -s "$dir/differ.log" ] || fail "$kind: $(wc -l < "$dir/differ.log") of $(wc -l < "$file") records"
  say "  $kind: $(wc -l < "$file") records, $(jq -s 'map(select(.reader)) | length' "$dir/joined") of them good"
done

say "the policy, read by lint"
: > "$dir/joined"
mkdir -p "$dir/policy/records"
while IFS= read -r verdict && IFS= read -r policy <&3; do
  printf '%s\n' "$policy" > "$dir/policy/records/policy.json"
  hq lint --json -d "$dir/policy" > "$dir/lint.json" || true
  jq -c --slurpfile lint "$dir/lint.json" '. + {said: ($lint[0].findings | map(select(.code == "bad-policy").words))}
    | . + {reader: (.said | length == 0)}' <<< "$verdict" >> "$dir/joined"
done < "$dir/cases/policy.verdicts.jsonl" 3< "$dir/cases/policy.jsonl"
differ < "$dir/joined" > "$dir/differ.log"
[ ! -s "$dir/differ.log" ] || fail "policy: $(wc -l < "$dir/differ.log") of $(wc -l < "$dir/joined")"
say "mappings of spreadsheets, read by import"
: > "$dir/joined"
while IFS= read -r verdict && IFS= read -r mapping <&3; do
  printf '%s\n' "$mapping" > "$dir/mapping.json"
  said='[]'
  hq import --template --mapping "$dir/mapping.json" > "$dir/template.log" 2>&1 || said=$(jq -Rs '[.]' "$dir/template.log")
  jq -c --argjson said "$said" '. + {said: $said, reader: ($said | length == 0)}' <<< "$verdict" >> "$dir/joined"
done < "$dir/cases/import_mapping.verdicts.jsonl" 3< "$dir/cases/import_mapping.jsonl"
differ < "$dir/joined" > "$dir/differ.log"
[ ! -s "$dir/differ.log" ] || fail "mappings: $(wc -l < "$dir/differ.log") of $(wc -l < "$dir/joined")"
say "done"
