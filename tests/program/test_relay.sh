#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test_relay.sh BUILD SOURCE - a station that reaches head office through a shop's caching relay (nginx), through an HTTP proxy
# (tinyproxy), and at a private repository behind TLS, a credential or a client certificate. What is shut says which door it is.
. "$(dirname "$0")/station.sh"
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY

for tool in nginx tinyproxy openssl; do
  PATH=$PATH:/usr/sbin command -v "$tool" > /dev/null || fail "$tool is missing; see simulator/packages"
done
PATH=$PATH:/usr/sbin
me="$(id -un) $(id -gn)"

# A port that nobody listens on. Somebody else may take it before we do: then the server does not start, and others are tried.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 40000))
    (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null || { echo "$port"; return; }
  done
}
listens() { (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; }

# start NAME PORT COMMAND...: in the background, until the port answers. Fails when the process ended.
start() {
  local name=$1 port=$2 i
  shift 2
  "$@" > "$dir/$name.log" 2>&1 &
  started=$!
  for i in $(seq 200); do
    kill -0 "$started" 2> /dev/null || return 1
    listens "$port" && { pids+=("$started"); return 0; }
    sleep 0.05
  done
  fail "$name does not answer"
}

say "certificates: an authority, its servers and stations; one expired, one of another host, one of strangers"
pki=$dir/pki
mkdir "$pki"
authority() { # name
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$pki/$1.key" -out "$pki/$1.pem" -days 30 -subj "/CN=$1" 2> "$pki/log"
}
certificate() { # name authority SAN [start end]
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$pki/$1.key" -out "$pki/$1.csr" -subj "/CN=$1" 2> "$pki/log"
  : > "$pki/index.txt"
  printf '[ca]\ndefault_ca=d\n[d]\ndatabase=%s/index.txt\nnew_certs_dir=%s\nrand_serial=yes\ndefault_md=sha256\npolicy=p\n[p]\nCN=supplied\n[x]\nsubjectAltName=%s\n' \
    "$pki" "$pki" "$3" > "$pki/ca.conf"
  openssl ca -batch -notext -config "$pki/ca.conf" -extensions x -cert "$pki/$2.pem" -keyfile "$pki/$2.key" -in "$pki/$1.csr" -out "$pki/$1.pem" \
    -startdate "${4:-20200101000000Z}" -enddate "${5:-20991231235959Z}" 2> "$pki/log" || fail "$1: $(tail -n 2 "$pki/log")"
}
authority shop-ca
authority stranger-ca
certificate server shop-ca IP:127.0.0.1
certificate expired shop-ca IP:127.0.0.1 20200101000000Z 20200201000000Z
certificate elsewhere shop-ca DNS:elsewhere.example
certificate station shop-ca DNS:leeds-till-3
certificate stranger stranger-ca DNS:leeds-till-3
printf 'leeds-till-3:%s\n' "$(openssl passwd -apr1 right-password)" > "$dir/htpasswd"

secret() { printf '%s\n' "$2" > "$dir/$1"; chmod 600 "$dir/$1"; }
secret credential "leeds-till-3:right-password"
secret wrong "leeds-till-3:wrong-password"
secret proxy-credential "shop:proxy-password"

head_office
hq_pid=${pids[-1]}

write_nginx() {
  relay=$(free_port) mutual=$(free_port) expired=$(free_port) elsewhere=$(free_port) basic=$(free_port)
  cat > "$dir/nginx.conf" <<END
daemon off;
user $me;
pid $dir/nginx.pid;
error_log $dir/nginx-error.log warn;
events { worker_connections 256; }
http {
  access_log $dir/nginx-access.log;
  client_body_temp_path $dir/nginx-body;
  proxy_temp_path $dir/nginx-proxy;
  fastcgi_temp_path $dir/nginx-fastcgi;
  uwsgi_temp_path $dir/nginx-uwsgi;
  scgi_temp_path $dir/nginx-scgi;
  proxy_cache_path $dir/nginx-cache keys_zone=catalogue:1m max_size=1g inactive=60d use_temp_path=off;
  ssl_certificate $pki/server.pem;
  ssl_certificate_key $pki/server.key;
  server {
    listen 127.0.0.1:$relay;
    location / {
      proxy_pass ${url%/};
      proxy_cache catalogue;
      proxy_cache_lock on;
      proxy_cache_revalidate on;
      add_header X-Cache \$upstream_cache_status always;
    }
    # never kept, so nginx would take the condition away from what it passes on
    location = /metadata/timestamp.json { proxy_pass ${url%/}; }
  }
  server {
    listen 127.0.0.1:$mutual ssl;
    ssl_client_certificate $pki/shop-ca.pem;
    ssl_verify_client on;
    location / { root $dir/hq/repository; }
  }
  server {
    listen 127.0.0.1:$expired ssl;
    ssl_certificate $pki/expired.pem;
    ssl_certificate_key $pki/expired.key;
    location / { root $dir/hq/repository; }
  }
  server {
    listen 127.0.0.1:$elsewhere ssl;
    ssl_certificate $pki/elsewhere.pem;
    ssl_certificate_key $pki/elsewhere.key;
    location / { root $dir/hq/repository; }
  }
  server {
    listen 127.0.0.1:$basic ssl;
    auth_basic "catalogue";
    auth_basic_user_file $dir/htpasswd;
    location / { root $dir/hq/repository; }
  }
}
END
}
for i in 1 2 3 4 5; do
  write_nginx
  start nginx "$relay" nginx -c "$dir/nginx.conf" -p "$dir" -e "$dir/nginx-error.log" && break
  [ "$i" -lt 5 ] || fail "nginx does not start: $(tail -n 3 "$dir/nginx-error.log")"
done

# at URL: where the station looks from now on; its head office moved.
at() {
  jq -c --arg m "$1metadata/" --arg t "$1targets/" '.metadata_url = $m | .targets_url = $t' "$dir/station/trust/enrolment.json" > "$dir/enrolment.new"
  cat "$dir/enrolment.new" > "$dir/station/trust/enrolment.json"
}
conf() { printf 'sync {\n%s\n}\n' "$1" > "$dir/station/tillgate.conf"; }

say "through the relay: everything arrives, twice the same is two small requests"
enrolled
rm -rf "$dir/station/catalogue"
at "http://127.0.0.1:$relay/"
expect 0 tillgate --json sync
is '.outcome == "installed"'
expect 0 tillgate --json sync
is '.outcome == "nothing-new" and .requests == 2 and .bytes_fetched < 100'
grep -q '"GET /metadata/timestamp.json HTTP/1.1" 304' "$dir/nginx-access.log" || fail "the relay did not say 304"

say "a publication is seen at once: the relay keeps neither the timestamp nor the absence of a root"
set_policy .
publish
expect 0 tillgate --json sync
is '.outcome == "installed" and .new_policy'
before=$(jq .catalogue_version "$dir/out")

for i in 1 2; do
  curl -s -o "$dir/stale" -D "$dir/headers" "http://127.0.0.1:$relay/metadata/2.root.json"
  grep -qi '^X-Cache: MISS' "$dir/headers" || fail "the relay keeps that there is no second root: $(cat "$dir/headers")"
done

say "head office is down: what has its hash in its name is still there, what could be stale is not"
kill "$hq_pid"
wait "$hq_pid" || true
image=$(grep -o 'targets/[0-9a-f]*\.catalogue[^ ]*' "$dir/nginx-access.log" | tail -n 1)
code=$(curl -s -o "$dir/image" -D "$dir/headers" -w '%{http_code}' "http://127.0.0.1:$relay/$image")
[ "$code" = 200 ] || fail "the relay has no image: $code"
grep -qi '^X-Cache: HIT' "$dir/headers" || fail "not from the relay's cache"
cmp -s "$dir/image" "$dir/hq/repository/$image" || fail "another image"
code=$(curl -s -o "$dir/stale" -w '%{http_code}' "http://127.0.0.1:$relay/metadata/timestamp.json")
[ "$code" = 502 ] || fail "the relay answered $code for a timestamp that it cannot know"
expect 4 tillgate --json sync
is '.outcome == "failed" and .code == "network error" and .next_try'
said "HTTP status 502"
expect 1 tillgate --json status
is '.catalogue_version == '"$before"' and .sync.failures == 1'

say "the timer waits as planned, a person does not"
expect 0 tillgate sync --if-due
said "not due until"
expect 0 tillgate --json sync --if-due
is '.outcome == "not-due"'
expect 4 tillgate sync

say "TLS: the wrong certificates of servers are told apart"
at "https://127.0.0.1:$basic/"
expect 4 tillgate sync
said "an issuer that this station does not know"
conf "ca-file = \"$pki/shop-ca.pem\""
at "https://127.0.0.1:$expired/"
expect 4 tillgate sync
said "the server's certificate has expired"
at "https://127.0.0.1:$elsewhere/"
expect 4 tillgate sync
said "the server's certificate is for another host"
conf "ca-file = \"$dir/nonexistent.pem\""
expect 3 tillgate sync
said "ca-file"

say "a credential: none, a wrong one, one that others can read, the right one"
at "https://127.0.0.1:$basic/"
conf "ca-file = \"$pki/shop-ca.pem\""
expect 5 tillgate sync
said "wants a credential"
conf "ca-file = \"$pki/shop-ca.pem\" credential-file = \"$dir/wrong\""
expect 5 tillgate --json sync
said "refuses this station's credential"
is '.code == "refused by the other end"'
chmod 644 "$dir/wrong"
expect 3 tillgate sync
said "others can read it"
expect 1 tillgate --json status
is '.sync.why | contains("others can read it")'
conf "ca-file = \"$pki/shop-ca.pem\" credential-file = \"$dir/credential\""
expect 0 tillgate sync
expect 0 tillgate status

say "a credential does not travel readable"
at "http://head-office.example/"
expect 3 tillgate sync
said "would travel readable"

say "a client certificate: none, a stranger's, one with another's key, the right one"
at "https://127.0.0.1:$mutual/"
conf "ca-file = \"$pki/shop-ca.pem\""
expect 5 tillgate sync
said "may want a client certificate"
conf "ca-file = \"$pki/shop-ca.pem\" client-certificate = \"$pki/stranger.pem\" client-key = \"$pki/stranger.key\""
expect 5 tillgate sync
said "refuses this station's certificate"
conf "ca-file = \"$pki/shop-ca.pem\" client-certificate = \"$pki/station.pem\" client-key = \"$pki/stranger.key\""
expect 3 tillgate sync
said "client certificate or its key cannot be used"
conf "ca-file = \"$pki/shop-ca.pem\" client-certificate = \"$pki/station.pem\" client-key = \"$pki/station.key\""
expect 0 tillgate sync

say "an HTTP proxy: refused without its credential, then all through it, TLS by CONNECT as well"
for i in 1 2 3 4 5; do
  proxy=$(free_port)
  printf 'Port %s\nListen 127.0.0.1\nAllow 127.0.0.1\nTimeout 60\nMaxClients 20\nLogLevel Info\nLogFile "%s"\nBasicAuth shop proxy-password\n' \
    "$proxy" "$dir/tinyproxy-access.log" > "$dir/tinyproxy.conf"
  start tinyproxy "$proxy" tinyproxy -d -c "$dir/tinyproxy.conf" && break
  [ "$i" -lt 5 ] || fail "tinyproxy does not start"
done
"$build/sync/hq/tillgate-hq" serve --listen "$(echo "$url" | sed 's|http://||; s|/||')" > "$dir/serve.log" 2>&1 &
pids+=($!)
wait_for "head office" curl -fs -o "$dir/stale" "${url}metadata/timestamp.json"
at "$url"
conf "proxy = \"http://127.0.0.1:$proxy\""
expect 5 tillgate sync
said "the proxy wants a credential"
conf "proxy = \"http://127.0.0.1:$proxy\" proxy-credential-file = \"$dir/proxy-credential\""
rm -rf "$dir/station/catalogue"
expect 0 tillgate --json sync
is '.outcome == "installed"'
grep -q "metadata/timestamp.json" "$dir/tinyproxy-access.log" || fail "the proxy was not asked"
at "https://127.0.0.1:$mutual/"
conf "proxy = \"http://127.0.0.1:$proxy\" proxy-credential-file = \"$dir/proxy-credential\"
ca-file = \"$pki/shop-ca.pem\" client-certificate = \"$pki/station.pem\" client-key = \"$pki/station.key\""
expect 0 tillgate sync
grep -q "CONNECT 127.0.0.1:$mutual" "$dir/tinyproxy-access.log" || fail "no CONNECT"
at "https://127.0.0.1:$(free_port)/"
expect 4 tillgate sync
said "the proxy does not connect us"
at "$url"
conf "proxy = \"http://127.0.0.1:$(free_port)\""
expect 4 tillgate sync
said "the proxy does not answer"
conf ""
http_proxy=http://shop:proxy-password@127.0.0.1:$proxy expect 0 tillgate sync
http_proxy=http://shop:wrong@127.0.0.1:$proxy expect 5 tillgate sync
conf "proxy = none"
http_proxy=http://shop:wrong@127.0.0.1:$proxy expect 0 tillgate sync

say "no secret was said anywhere"
if grep -rqF -e right-password -e wrong-password -e proxy-password "$dir/station" "$dir"/*.log "$dir/out" "$dir/err"; then fail "a secret was said"; fi
say "ok"
