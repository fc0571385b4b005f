#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_linkage.sh LIBRARY DAEMON COMMAND ROOT SANITIZED - what the shared objects need, and what they give away.
#
# The library that a till loads needs libc alone and exports what its version script lists. The daemon makes no outbound connection, so it
# links no network client, neither by library nor by symbol. The command `tillgate`, which does link libcurl, is the counter-proof: the same
# look at it must find the client, or the look is blind.
set -euo pipefail
library=$1 daemon=$2 command=$3 root=$4 sanitized=$5
failures=0
fail() { printf 'FAIL: %s\n' "$*"; failures=$((failures + 1)); }
pass() { printf 'ok: %s\n' "$*"; }

needed() { readelf --dynamic --wide "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'; }
imports() { nm --dynamic --undefined-only "$1" | awk '{ sub(/@.*/, "", $2); print $2 }'; }
exports() { nm --dynamic --defined-only "$1" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort; }

# ---- the library ----

allowed='^libc\.so\.6$'
if [ "$sanitized" = ON ]; then allowed='^(libc\.so\.6|libasan\.so\..*|libubsan\.so\..*)$'; fi
needed "$library" | grep -q '^libc\.so' || fail "$library: needs no libc? then this cannot read it"
other=$(needed "$library" | grep -Ev "$allowed" || true)
if [ -n "$other" ]; then fail "libtillgate needs more than libc:" $other; else pass "libtillgate needs libc alone"; fi

soname=$(readelf --dynamic --wide "$library" | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p')
if [ "$soname" = libtillgate.so.1 ]; then pass "its name is $soname"; else fail "its name is $soname, wanted libtillgate.so.1"; fi

# Three lists of the same names: exported, in the version script, declared in the header.
exported=$(exports "$library")
listed=$(sed -n 's/^\t\(tillgate_[a-z_]*\);$/\1/p' "$root/plugin/abi/tillgate.map" | sort)
declared=$(grep -A2 '^TILLGATE_API' "$root/plugin/include/tillgate/tillgate.h" | grep -oE '\btillgate_[a-z_]+\(' | tr -d '(' | sort)
[ -n "$listed" ] || fail "no names read from tillgate.map"
if [ "$exported" = "$listed" ]; then
  pass "it exports the version script's names and nothing else"
else
  fail "exported and listed differ: $(comm -3 <(echo "$exported") <(echo "$listed") | tr -s '\t\n' ' ')"
fi
if [ "$declared" = "$listed" ]; then
  pass "the header declares the same names"
else
  fail "declared and listed differ: $(comm -3 <(echo "$declared") <(echo "$listed") | tr -s '\t\n' ' ')"
fi
streams=$(imports "$library" | grep -E '^(f?printf|puts|fputs|fwrite|stderr|stdout|signal|sigaction|getenv|secure_getenv|setlocale|exit|pthread_create|__[fv]*printf_chk)$' || true)
if [ "$sanitized" = ON ]; then streams=; fi
if [ -z "$streams" ]; then pass "it touches no stream, signal, environment or thread"; else fail "it calls:" $streams; fi

# ---- the daemon ----

# What speaks to other hosts as a client. libmicrohttpd is a server and brings GnuTLS along; that opens nothing by itself.
client_libraries='^lib(curl|curl-gnutls|curl-nss|ssh|ssh2|nghttp2|nghttp3|rtmp|ldap|ldap-2\.5|soup|neon|pq|mariadb|hiredis|zmq|mosquitto|ssl|mbedtls)[-.]'
client_symbols='^(curl_.*|SSL_connect|SSL_new|mbedtls_net_connect|mbedtls_ssl_handshake|gnutls_handshake|getaddrinfo|gethostbyname.*|getnameinfo|res_.*query|dlopen|dlmopen)$'
own_symbols='(^| )(tg_fetch_[a-z_]*)$' # our own wrapper of libcurl, linked statically

clients_of() {
  { needed "$1"; ldd "$1" | awk '{ print $1 }' | xargs -n1 basename; } | sort -u | grep -E "$client_libraries" || true
  imports "$1" | grep -E "$client_symbols" || true
  nm --defined-only "$1" | grep -oE "$own_symbols" || true
}

found=$(clients_of "$daemon")
if [ -z "$found" ]; then pass "tillgated links no network client"; else fail "tillgated links:" $found; fi
proof=$(clients_of "$command")
for word in libcurl curl_ tg_fetch_; do
  if grep -q "$word" <<< "$proof"; then pass "counter-proof: tillgate does link $word"; else fail "blind: no $word seen in $command, which has it"; fi
done
# Decompressing is the network side's work: the daemon reads only what came out of it, and checks that by itself.
if needed "$daemon" | grep -q '^libzstd'; then fail "tillgated links libzstd"; else pass "tillgated links no decompressor"; fi
if needed "$command" | grep -q '^libzstd'; then pass "counter-proof: tillgate does"; else fail "blind: no libzstd seen in $command, which has it"; fi
if ldd "$library" "$daemon" | grep -q 'not found'; then fail "a library is missing: $(ldd "$library" "$daemon" | grep 'not found')"; fi

[ "$failures" -eq 0 ] || { echo "$failures failed"; exit 1; }
