# SPDX-License-Identifier: Apache-2.0
#
# station.sh - what the whole-program tests share: a folder of their own, a head office that serves, an enrolled station, a daemon.
# Sourced by tests that are called with the build folder and the source folder as their first two arguments.
# shellcheck shell=bash
set -euo pipefail

build=$1 source_dir=$2
shift 2
export LC_ALL=C.UTF-8
unset TILLGATE_ROOT TILLGATE_HQ_DIR
dir=$(mktemp -d "${TMPDIR:-/tmp}/tillgate-program.XXXXXX")
pids=()
export XDG_STATE_HOME=$dir/state # head office keeps its high-water mark there

hq() { "$build/sync/hq/tillgate-hq" "$@"; }
tillgate() { "$build/plugin/cli/tillgate" --root "$dir/station" "$@"; }
# What runs in the background is called by its path: of a function, $! would be a shell.
sim_scanner=$build/simulator/scanner/tillgate-sim-scanner
sim_till=$build/simulator/till/tillgate-sim-till
example_till=$build/simulator/till/tillgate-example-till

say() { printf '%s\n' "$*"; }
fail() {
  printf 'FAIL: %s\n' "$*" >&2
  for file in "$dir"/*.log; do
    [ -s "$file" ] && { printf -- '--- %s\n' "${file##*/}"; tail -n 15 "$file"; } >&2
  done
  exit 1
}

# Ends what this test started, and nothing else.
end_all() {
  local pid
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$dir"
}
trap end_all EXIT
trap 'exit 130' INT TERM
trap 'printf "FAIL: %s:%s: %s\n" "${BASH_SOURCE[0]##*/}" "$LINENO" "$BASH_COMMAND" >&2' ERR

# expect CODE COMMAND...: it exits with that code. Its output is in $dir/out and $dir/err.
expect() {
  local wanted=$1 code=0
  shift
  "$@" > "$dir/out" 2> "$dir/err" || code=$?
  [ "$code" -eq "$wanted" ] || fail "$*: exit $code, wanted $wanted: $(tail -n 3 "$dir/err")"
}
# said WORDS: the last command said so.
said() { grep -qF -- "$1" "$dir/out" "$dir/err" || fail "\"$1\" was not said: $(tail -n 3 "$dir/out" "$dir/err")"; }
# is JQ: the last command's JSON answers true.
is() { jq -e "$1" "$dir/out" > /dev/null || fail "not so: $1: $(head -c 1500 "$dir/out")"; }

wait_for() { # what, command...
  local what=$1 i
  shift
  for i in $(seq 400); do
    "$@" > /dev/null 2>&1 && return 0
    sleep 0.05
  done
  fail "$what: not within 20 seconds"
}

# head_office [PRODUCTS]: records of the example trader, a first publication, served on a free port.
head_office() {
  head -c 24 /dev/urandom | base64 > "$dir/passphrase"
  chmod 600 "$dir/passphrase"
  export TILLGATE_HQ_PASSPHRASE_FILE=$dir/passphrase TILLGATE_HQ_DIR=$dir/hq
  hq init "$dir/hq" --owner trader.example --url http://127.0.0.1:1/ --policy "$source_dir/simulator/trade/policy.json" > "$dir/init.log"
  "$build/simulator/trade/tillgate-sim-catalogue" "$dir/hq/records" --products "${1:-200}" > "$dir/records.log"
  publish
  "$build/sync/hq/tillgate-hq" serve --listen 127.0.0.1:0 > "$dir/serve.log" 2>&1 &
  pids+=($!)
  wait_for "the repository's address" grep -q 'http://[0-9.]*:[0-9]*/' "$dir/serve.log"
  url=$(grep -o 'http://[0-9.]*:[0-9]*/' "$dir/serve.log" | head -n 1)
  sed -i "s|http://127.0.0.1:1/|$url|" "$dir/hq/hq.json"
}
publish() {
  local code=0
  hq publish "$@" > "$dir/publish.log" 2>&1 || code=$?
  [ "$code" -eq 0 ] || [ "$code" -eq 4 ] || fail "publish: exit $code"
}

# set_policy JQ: change the policy at head office and raise its version.
set_policy() {
  jq ".version += 1 | $1" "$dir/hq/records/policy.json" > "$dir/policy.new"
  mv "$dir/policy.new" "$dir/hq/records/policy.json"
}

# enrolled: a station that trusts this head office and has its first catalogue.
enrolled() {
  tillgate init --station leeds-till-3 --gln 9524009900006 -o "$dir/request.json" 2> "$dir/enrol.log"
  hq enrol "$dir/request.json" -o "$dir/bundle.json" >> "$dir/enrol.log" 2>&1
  tillgate enrol "$dir/bundle.json" --yes 2>> "$dir/enrol.log"
  tillgate sync > "$dir/sync.log" 2>&1 || fail "first sync"
}

# start_daemon: sets daemon_pid; it answers when this returns.
start_daemon() {
  "$build/plugin/daemon/tillgated" --root "$dir/station" >> "$dir/tillgated.log" 2>&1 &
  daemon_pid=$!
  pids+=("$daemon_pid")
  wait_for "tillgated" curl -fs --unix-socket "$dir/station/run/tillgated.sock" http://tillgated/v1/status
}
stop_daemon() {
  kill "$daemon_pid"
  wait "$daemon_pid" || fail "tillgated: exit $?"
}

# A lane "till-3" at sale: scanner at $dir/scanner, till at $dir/till.
with_lane() {
  cat > "$dir/station/tillgate.conf" <<END
lane "till-3" {
  operation = sale
  scanner { path = "$dir/scanner" framing = cr aim = true }
  output { path = "$dir/till" suffix = cr }
}
END
}

gtin_of() { jq -r "select(.type == \"$1\") | .gtin" "$dir/hq/records/products.jsonl"; }
log_size() { tillgate --json status | jq .evidence.size; }

# entries FROM: all entries from that number on, one a line.
entries() {
  local from=$1 page
  while :; do
    page=$(tillgate --json evidence list --from "$from" --count 1000)
    [ -n "$page" ] || return 0
    printf '%s\n' "$page"
    from=$((from + $(wc -l <<< "$page")))
  done
}
