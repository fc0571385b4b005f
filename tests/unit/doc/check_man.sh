#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# check_man.sh FOLDER PROGRAM... - every manual page is clean and has the title of its file, and every program has a page.
set -euo pipefail
folder=$1
shift
bad=0
pages=("$folder"/*.[1-8])
[ -e "${pages[0]}" ] || { echo "no pages in $folder"; exit 1; }
mandoc -Tlint -Wwarning "${pages[@]}" || bad=1
for page in "${pages[@]}"; do
  name=$(basename "$page")
  title=$(sed -n 's/^\.Dt //p' "$page" | tr 'A-Z ' 'a-z.')
  if [ "$title" != "$(tr 'A-Z' 'a-z' <<< "$name")" ]; then echo "$name: its title says $title"; bad=1; fi
done
for program in "$@"; do
  if ! compgen -G "$folder/$program.[18]" > /dev/null; then echo "$program: no manual page (section 1 or 8) in $folder"; bad=1; fi
done
[ $# -gt 0 ] || { echo "no program given"; bad=1; }
[ "$bad" -ne 0 ] || echo "${#pages[@]} pages clean; a page for each of $# programs"
exit "$bad"
