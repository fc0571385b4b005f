#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# check_cxx.sh COMPILER ROOT - a C++ till compiles against the public header, from C++11 on, without a warning.
set -euo pipefail
compiler=$1 root=$2
source=$(mktemp --suffix=.cc)
trap 'rm -f "$source"' EXIT
cat > "$source" <<'END'
#include "tillgate/tillgate.h"
#include "tillgate/tillgate.h"
bool sell(tillgate_client *gate, const char *label, size_t len)
{
	tillgate_request ask = TILLGATE_REQUEST_INIT;
	tillgate_answer answer = TILLGATE_ANSWER_INIT;
	tillgate_error err = TILLGATE_ERROR_INIT;
	tillgate_state state = TILLGATE_STATE_INIT;
	ask.label = label;
	ask.label_len = len;
	if (tillgate_status(&state, gate, &err) != TILLGATE_OK)
		return false;
	return tillgate_check(&answer, gate, &ask, &err) == TILLGATE_OK && answer.released;
}
END
for standard in c++11 c++17 c++20; do
  "$compiler" -std=$standard -Wall -Wextra -Wpedantic -Wconversion -Werror -fsyntax-only -I "$root/plugin/include" "$source"
  echo "$compiler -std=$standard: clean"
done
# and a till in the oldest C that has the types
printf '#include "tillgate/tillgate.h"\nint main(void) { tillgate_answer a = TILLGATE_ANSWER_INIT; return a.released; }\n' |
  "${CC:-cc}" -std=c99 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -x c -I "$root/plugin/include" -
echo "c99: clean"
