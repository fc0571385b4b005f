#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_batches.sh BUILD SOURCE KILLS - goods-in by daemon and command lets a unit of unknown batch go, and another batch holds it again;
# the daemon is killed under goods-ins, and what it then says agrees with its log. And the test products, by command, daemon and library.
. "$(dirname "$0")/station.sh"
kills=${1:-3}
sock() { printf '%s' "$dir/station/run/tillgated.sock"; }
by_daemon() { curl -fs --unix-socket "$(sock)" -d "$1" http://t/v1/check > "$dir/out"; }

head_office
gtin=9524000077777
code=0
gtin=$(python3 -c 'b="952400007777"; s=sum(int(d)*(3 if i%2==0 else 1) for i,d in enumerate(reversed(b))); print(b+str(-s%10))')
template=$(grep -m1 '"batches":"all"' "$dir/hq/records/socs.jsonl" || head -n 1 "$dir/hq/records/socs.jsonl")
jq -cn --arg g "$gtin" '{gtin: $g, name: "Doorbell of batches", manufacturer: "Maker", type: "DB-1", category: "none-of-these"}' >> "$dir/hq/records/products.jsonl"
jq -c --arg g "$gtin" '.id = "SOC-BATCHES" | .gtins = [$g] | .types = ["DB-1"] | .batches = {"ranges":[{"from":"B100","to":"B199"}]}
  | del(.serial_ties, .superseded_by) | .accompanies = {"how": "in-pack"} | .status = "current"' <<< "$template" >> "$dir/hq/records/socs.jsonl"
note=$(grep -m1 '"decision":"in"' "$dir/hq/records/scope_notes.jsonl")
jq -c --arg g "$gtin" '.id = "SN-BATCHES" | .gtins = [$g]' <<< "$note" >> "$dir/hq/records/scope_notes.jsonl"
publish
enrolled

say "without the policy's day the batch is asked for, whatever came in"
expect 0 tillgate check "$gtin" --op goods-in --batch B101
expect 1 tillgate --json check "$gtin" --op sale
is '.decided_by == "20b" and (has("on_site_batches") | not)'

say "with it the one-shot command lets it go on that ground, and the entry says so"
today=$(TZ=Europe/London date +%F)
set_policy ".goods_in_from = \"$today\""
publish
expect 0 tillgate sync
expect 0 tillgate --json check "$gtin" --op sale
is '.decided_by == "15" and .on_site_batches'
expect 0 tillgate --json evidence list --count 1
is '.entry.on_site_batches and .entry.outcome == "allow"'
expect 0 tillgate --json explain "$gtin" --op sale

say "the daemon says the same, and learns what comes in while it runs"
start_daemon
by_daemon "{\"label\":\"$gtin\",\"operation\":\"sale\"}"
is '.on_site_batches and .released'
by_daemon "{\"label\":\"$gtin\",\"operation\":\"goods-in\",\"batch\":\"B150\"}"
by_daemon "{\"label\":\"$gtin\",\"operation\":\"sale\"}"
is '.on_site_batches and .released'
by_daemon '{"label":"9529990000018","operation":"goods-in"}'
is '.drill'
expect 0 tillgate --json check "$gtin" --op sale

say "killed under goods-ins: what the next one says is what the log says"
for ((i = 0; i < kills; i++)); do
  for n in $(seq 1 40); do
    printf '{"label":"%s","operation":"goods-in","batch":"B1%02d"}\n' "$gtin" $((10 * i + n % 10 + 20))
  done > "$dir/lines"
  { while read -r line; do
      curl -fs --unix-socket "$(sock)" -d "$line" http://t/v1/check || break
      echo
    done < "$dir/lines" > "$dir/answered" 2> /dev/null; } &
  client=$!
  pids+=("$client")
  sleep "0.$((1 + RANDOM % 5))"
  { kill -9 "$daemon_pid"; wait "$daemon_pid" || true; } 2> /dev/null
  wait "$client" || true
  answered=$(grep -c '"recorded":true' "$dir/answered" || true)
  logged=$(tillgate --json evidence list --count 100000 | jq -c 'select(.entry.operation == "goods-in" and .entry.label.batch)' | wc -l)
  [ "$logged" -ge "$answered" ] || fail "$answered goods-ins were answered, $logged are in the log"
  start_daemon
  by_daemon "{\"label\":\"$gtin\",\"operation\":\"sale\"}"
  is '.on_site_batches and .released'
done

say "a batch that the statement does not cover comes in, is held back, and is here: all are asked for their batch again"
by_daemon "{\"label\":\"$gtin\",\"operation\":\"goods-in\",\"batch\":\"B200\"}"
is '.outcome == "hold"'
{ kill -9 "$daemon_pid"; wait "$daemon_pid" || true; } 2> /dev/null
expect 1 tillgate --json check "$gtin" --op sale
is '.decided_by == "20b" and .outcome == "hold"'
start_daemon
by_daemon "{\"label\":\"$gtin\",\"operation\":\"sale\"}"
is '.decided_by == "20b" and (.released | not)'
expect 0 tillgate --json check "$gtin" --op sale --batch B101

say "the test products: observed, then enforced, by daemon and by command"
mode=$(jq -r .operations.sale.mode "$dir/hq/records/policy.json")
for wanted in observe enforce; do
  set_policy ".operations.sale.mode = \"$wanted\""
  publish
  expect 0 tillgate sync
  wait_for "the new policy" bash -c "curl -fs --unix-socket '$(sock)' http://t/v1/status | jq -e '.policy_version == $(jq .version "$dir/hq/records/policy.json") or .catalogue.policy_version == $(jq .version "$dir/hq/records/policy.json")'"
  expect 0 tillgate --json drill
  is ".right and .enforced == ($([ "$wanted" = enforce ] && echo true || echo false)) and (.drills | length) == 5"
  is '[.drills[] | .expected] == ["allow","notice","hold","block","block"]'
  expect 0 tillgate drill
  [ "$wanted" = enforce ] || said "NOT ENFORCED"
done
expect 0 tillgate --json evidence list --count 1
is '.entry.drill and .entry.device == "drill"'
stop_daemon
expect 0 tillgate --json drill --device shelf
is '.right and .enforced and ([.drills[] | select(.released)] | length) == 2'
expect 2 tillgate drill 9529990000018
say "a catalogue whose answers are others is found out"
cp "$dir/hq/records/products.jsonl" "$dir/products.jsonl"
echo '{"gtin":"9529990000049","name":"Not a test"}' >> "$dir/hq/records/products.jsonl"
expect 1 hq lint
said "reserved-gtin"
cp "$dir/products.jsonl" "$dir/hq/records/products.jsonl"
later() { LD_PRELOAD=$build/tests/program/libtest-clock.so TG_TEST_CLOCK_OFFSET_S=$((400 * 86400)) "$build/plugin/cli/tillgate" --root "$dir/station" "$@"; }
expect 1 later --json drill
is '.right | not'
say "all as it should be"
