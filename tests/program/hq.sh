# SPDX-License-Identifier: Apache-2.0
#
# hq.sh - what the tests of head office alone share: a folder of their own, tillgate-hq run and its words checked, a head office that serves.
# Sourced by tests that are called with the program as their first argument. They work inside of their folder.
# shellcheck shell=sh
set -u
hq=$1
dir=$(mktemp -d)
server=
cleanup() {
	[ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
	rm -rf "$dir"
}
trap cleanup EXIT
cd "$dir" || exit 1

fail() {
	echo "FAILED: $*" >&2
	[ -f out ] && sed 's/^/  out: /' out >&2
	[ -f err ] && sed 's/^/  err: /' err >&2
	exit 1
}
# expect CODE ARGUMENTS…: run tillgate-hq, keep its output in out and err.
expect() {
	wanted=$1
	shift
	"$hq" "$@" >out 2>err
	got=$?
	[ "$got" = "$wanted" ] || fail "tillgate-hq $*: exit $got, wanted $wanted"
}
says() { grep -q -- "$1" out || fail "wanted \"$1\" on standard output"; }
complains() { grep -q -- "$1" err || fail "wanted \"$1\" on standard error"; }
# is JQ: the last command's JSON answers true.
is() { jq -e "$1" out >/dev/null || fail "not so: $1"; }

# serve: the head office in hq/, on a free port, until the test ends. Sets server and url.
serve() {
	"$hq" serve --listen 127.0.0.1:0 -d hq >served 2>serve.err &
	server=$!
	tries=0
	until grep -q ' at http' served; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || fail "serve does not say its URL: $(cat serve.err)"
		sleep 0.1
	done
	# shellcheck disable=SC2034  # the tests use it
	url=$(sed -n 's/.* at //p' served)
}
# serve_at_its_url: the same, and hq.json names that URL.
serve_at_its_url() {
	serve
	jq --arg url "$url" '.url = $url' hq/hq.json >new && mv new hq/hq.json
}
