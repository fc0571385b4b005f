#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# check_header.sh HEADER... - each exported function of a public header has a docstring right before it, and it says what a caller must know.
set -euo pipefail
[ $# -gt 0 ] || { echo "no header given"; exit 2; }
awk '
  FNR == 1 { doc = ""; inside = 0 }
  /^\/\*\*/ { doc = ""; inside = 1 }
  inside { doc = doc "\n" $0; if (/\*\//) inside = 0; next }
  /^TILLGATE_API/ {
    name = $0
    if (!match(name, /tillgate_[a-z_]+\(/)) { printf "%s:%d: no name found in: %s\n", FILENAME, FNR, $0; bad = 1; next }
    name = substr(name, RSTART, RLENGTH - 1)
    count++
    if (doc == "") { printf "%s:%d: %s has no docstring\n", FILENAME, FNR, name; bad = 1 }
    else {
      n = split("Errors: Threads:", wanted, " ")
      for (i = 1; i <= n; i++) if (index(doc, wanted[i]) == 0) { printf "%s:%d: %s: nothing on %s\n", FILENAME, FNR, name, wanted[i]; bad = 1 }
      if ($0 ~ /\*|const/ && index(doc, "Ownership:") == 0) { printf "%s:%d: %s: nothing on Ownership:\n", FILENAME, FNR, name; bad = 1 }
    }
    doc = ""
    next
  }
  /[^[:space:]]/ { if ($0 !~ /^#/) doc = "" }
  END {
    if (count == 0) { print "no exported function found"; bad = 1 }
    if (!bad) printf "%d exported functions, each with its docstring\n", count
    exit bad
  }' "$@"
