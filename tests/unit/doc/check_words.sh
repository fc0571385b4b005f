#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# check_words.sh SOURCE - what a till says to staff stands in one file, plugin/gate/words.c, ready for translation: no other file of the
# gate, the station or the daemon holds a sentence, but for the names of the test products and the daemon's help. Words of errors begin
# with a small letter; they are for logs and administrators.
set -euo pipefail
cd "$1"
sentence='"[A-Z][a-z]+ [a-z]+( [a-z]+)*[.,:;!?]'
[ "$(grep -cE "$sentence" plugin/gate/words.c)" -gt 50 ] || { echo "plugin/gate/words.c holds no sentences: is this still how they are written?"; exit 1; }
if grep -rnE "$sentence" plugin/gate plugin/station plugin/daemon --include='*.c' --include='*.h' | grep -vE '^plugin/(gate/words|gate/drill|daemon/main)\.c:|^[^:]*:[0-9]*:\s*(\*|/[*/])|:.*(/\*|//).*"[A-Z]'; then
  echo "a sentence for staff outside of plugin/gate/words.c"
  exit 1
fi
echo "all sentences for staff stand in plugin/gate/words.c"
