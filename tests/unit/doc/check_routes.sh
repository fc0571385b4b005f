#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# check_routes.sh SOURCE - every route of the local API stands in openapi.json and in tillgated(8), and every command in tillgate(1).
set -euo pipefail
cd "$1"
bad=0
mapfile -t routes < <(grep -oP '^\t\{ "(GET|POST)", "\K/v1/[a-z/]+' plugin/station/api.c | sort -u)
[ "${#routes[@]}" -gt 15 ] || { echo "only ${#routes[@]} routes found: is this still how they are written?"; exit 1; }
for route in "${routes[@]}"; do
  jq -e --arg route "$route" '.paths[$route]' plugin/share/openapi.json > /dev/null || { echo "$route: not in openapi.json"; bad=1; }
  # those of one kind stand in one line, the first in full: "/v1/staff/list , add , pin"
  grep -q -- "$route\b" plugin/doc/man/tillgated.8 || grep -qE "^\.It.*${route%/*}/.*\b${route##*/}\b" plugin/doc/man/tillgated.8 ||
    { echo "$route: not in tillgated(8)"; bad=1; }
done
mapfile -t commands < <(grep -oP '^\t\{ "\K[a-z]+(?=", "[^"]+", tg_cli_)' plugin/cli/main.c)
[ "${#commands[@]}" -gt 8 ] || { echo "only ${#commands[@]} commands found: is this still how they are written?"; exit 1; }
for command in "${commands[@]}"; do
  grep -qx "\.Cm $command" plugin/doc/man/tillgate.1 || { echo "tillgate $command: not in the synopsis of tillgate(1)"; bad=1; }
  grep -qx "\.Ss $command" plugin/doc/man/tillgate.1 || { echo "tillgate $command: no section in tillgate(1)"; bad=1; }
done
[ "$bad" -ne 0 ] || echo "${#routes[@]} routes and ${#commands[@]} commands, all documented"
exit "$bad"
