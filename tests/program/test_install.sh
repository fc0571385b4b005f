#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_install.sh BUILD - what is installed is whole: a till compiles against it by pkg-config, and head office is not on a till.
set -euo pipefail
build=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { printf 'FAIL: %s\n' "$*"; exit 1; }

DESTDIR=$dir/station cmake --install "$build" --component station > "$dir/log" || { cat "$dir/log"; fail "install"; }
DESTDIR=$dir/hq cmake --install "$build" --component hq > "$dir/log" || { cat "$dir/log"; fail "install of head office"; }
find "$dir/station" "$dir/hq" -type f -printf '%P\n' | sort > "$dir/files"

for file in bin/tillgated bin/tillgate bin/tillgate-hq include/tillgate/tillgate.h lib/systemd/system/tillgated.service \
  lib/systemd/system/tillgate-sync.service lib/systemd/system/tillgate-sync.timer lib/systemd/system/tillgate-keyboard.service lib/systemd/system/tillgate-keyboard.socket bin/tillgate-keyboard lib/sysusers.d/tillgate.conf lib/tmpfiles.d/tillgate.conf lib/udev/rules.d/70-tillgate.rules \
  lib/systemd/system/tillgate-hq-refresh.service lib/systemd/system/tillgate-hq-refresh.timer lib/sysusers.d/tillgate-hq.conf lib/tmpfiles.d/tillgate-hq.conf \
  share/tillgate/openapi.json man/man8/tillgated.8 man/man3/libtillgate.3 pkgconfig/tillgate.pc; do
  grep -q "/$file\$" "$dir/files" || { cat "$dir/files"; fail "$file is not installed"; }
done
if find "$dir/station" -name '*hq*' | grep .; then fail "head office would be on a till"; fi
if find "$dir" -name '*-sim-*' -o -name '*example*' | grep .; then fail "the simulator would be installed"; fi

daemon=$(find "$dir/station" -type f -name tillgated)
start=$(sed -n 's/^ExecStart=//p' "$(find "$dir/station" -name tillgated.service)")
[ "$dir/station$start" = "$daemon" ] || fail "the unit starts $start, the daemon is at ${daemon#"$dir/station"}"

# A till of three lines, with what pkg-config says.
cat > "$dir/till.c" <<'END'
#include <tillgate/tillgate.h>
int main(void)
{
	tillgate_client *gate;
	tillgate_request ask = TILLGATE_REQUEST_INIT;
	tillgate_answer answer = TILLGATE_ANSWER_INIT;
	if (tillgate_abi() != TILLGATE_ABI || tillgate_open(&gate, "/nonexistent/socket", 0, 0) != TILLGATE_OK)
		return 2;
	ask.label = "09524000059109";
	ask.label_len = 14;
	if (tillgate_check(&answer, gate, &ask, 0) != TILLGATE_EABSENT || answer.decision != TILLGATE_BLOCK || answer.released)
		return 3;
	tillgate_close(gate);
	return 0;
}
END
PKG_CONFIG_PATH=$(dirname "$(find "$dir/station" -name tillgate.pc)") PKG_CONFIG_SYSROOT_DIR=$dir/station \
  pkg-config --cflags --libs tillgate > "$dir/flags"
# shellcheck disable=SC2046 # words on purpose
cc -std=c99 -Wall -Wextra -Werror "$dir/till.c" $(cat "$dir/flags") -o "$dir/till"
LD_LIBRARY_PATH=$(dirname "$(find "$dir/station" -name libtillgate.so.1)") "$dir/till" || fail "the till ends with $?"
readelf --dynamic "$dir/till" | grep -q 'NEEDED.*libtillgate\.so\.1\]' || fail "the till does not ask for libtillgate.so.1"
echo "ok: $(wc -l < "$dir/files") files; a till compiles, runs, and is blocked without a daemon"
