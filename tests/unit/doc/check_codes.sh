#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# check_codes.sh SOURCE - every code that lint and import know stands in a manual page and in a test.
set -euo pipefail
cd "$1"
pages=(plugin/doc/man/tillgate-records.5 plugin/doc/man/tillgate-import.5 plugin/doc/man/tillgate-supplier.5 plugin/doc/man/tillgate-hq.8)
# What stands after a level in a call; those that come by a table or a variable are written as they are.
mapfile -t codes < <({
  grep -rozhP 'TG_FINDING_(ERROR|DEFECT|WARNING),\s*"\K[A-Za-z0-9-]+' sync/hq --include='*.c' | tr '\0' '\n'
  grep -ohP '"\KD[0-9]{2}(?=")' sync/hq/lint.c
  grep -rohP 'refuse\(r, "\K[a-z-]+(?=")' sync/hq/supplier_statements.c
  grep -rohP '"\Kdocument-[a-z-]+(?=")' sync/hq/document_file.c
  grep -ohP '"\K(gtin|bad|in-store|not)-[a-z0-9-]+(?=")' sync/hq/cells.c sync/hq/import.c
} | sort -u)
[ "${#codes[@]}" -gt 60 ] || { echo "only ${#codes[@]} codes found: is this still how they are written?"; exit 1; }
bad=0
for code in "${codes[@]}"; do
  [ "$code" != no-memory ] || continue # no record's fault
  grep -qE "(^|[ ,.])$code([ ,.:]|\$)" "${pages[@]}" || { echo "$code: in no manual page"; bad=1; }
  case $code in D05 | D17) continue ;; esac # found by the station; no defect
  grep -rqE "\\b$code\\b" tests/unit/hq tests/program || { echo "$code: in no test"; bad=1; }
done
[ "$bad" -ne 0 ] || echo "${#codes[@]} codes, each in a manual page and in a test"
exit "$bad"
