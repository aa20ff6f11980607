#!/usr/bin/env bash
# Makes the small captures of tests/golden/pcap from real traffic: nginx and a Python server, asked
# by curl and by raw sockets, on the loopback of a network namespace, recorded by tcpdump.
#
#   tools/make_captures.sh [FOLDER]          default: tests/golden/pcap; needs root
#
# Run it to add a case or after changing one; the new file's expected reading is then written by
# tools/bless.sh and read like code before it is committed.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
folder=$(realpath "${1:-$top/tests/golden/pcap}")
if [ "${SPIDER_CAPTURES_INSIDE:-}" != 1 ]; then
  mkdir -p "$folder"
  SPIDER_CAPTURES_INSIDE=1 exec unshare --net --mount --kill-child --fork "$0" "$folder"
fi
work=$(mktemp -d)
trap 'jobs -p | xargs -r kill; rm -rf "$work"' EXIT
ip link set lo up
ip link set lo mtu 1500 # segments of the size that a wire has

mkdir "$work/www"
printf 'hello from nginx\n' >"$work/www/hello.txt"
seq -f 'line %06g of a text that compresses well' 400 >"$work/www/long.txt"
cat >"$work/nginx.conf" <<END
daemon off; user root; pid $work/pid; error_log $work/log; worker_processes 1;
events { worker_connections 64; }
http {
  access_log off; gzip on; gzip_min_length 100; gzip_types text/plain;
  client_body_temp_path $work/1; proxy_temp_path $work/2; fastcgi_temp_path $work/3;
  uwsgi_temp_path $work/4; scgi_temp_path $work/5;
  server { listen 8080; listen [::1]:8080; root $work/www;
    location /made/ { return 200 "made for \$request_uri\n"; }
    location /gone { return 410; }
    location /moved { return 302 /hello.txt; }
  }
}
END
PATH=$PATH:/usr/sbin nginx -e "$work/log" -p "$work" -c "$work/nginx.conf" &
python3 "$top/tools/captures/server.py" 8081 &
for port in 8080 8081; do
  for _ in $(seq 100); do
    if (exec 3<>/dev/tcp/127.0.0.1/$port) 2>/dev/null; then break; fi
    sleep 0.05
  done
done

# record NAME COMMAND...: one capture of what the command causes.
record() {
  local name=$1 dump
  shift
  tcpdump -i lo --immediate-mode -s 0 -w "$folder/$name.pcap" 'tcp port 8080 or tcp port 8081' \
    2>"$work/dump" &
  dump=$!
  until grep -q listening "$work/dump"; do sleep 0.02; done
  "$@" >"$work/out" 2>&1 || { echo "make_captures: $name: $(cat "$work/out")"; exit 1; }
  sleep 0.3
  kill "$dump"
  wait "$dump" || true
  echo "$name.pcap $(stat -c %s "$folder/$name.pcap") bytes"
}

a=http://127.0.0.1:8080
b=http://127.0.0.1:8081
record get-one curl -sS $a/hello.txt
record keep-alive-five curl -sS $a/made/1 $a/made/2 $a/made/3 $a/gone $a/moved
record gzip-body curl -sS --compressed $a/long.txt
record head-request curl -sS -I $a/long.txt
record http10 curl -sS --http1.0 $a/hello.txt
record range-request curl -sS -r 10-99 $a/long.txt
record not-modified curl -sS -z "$work/www/hello.txt" $a/hello.txt
record ipv6 curl -sS "http://[::1]:8080/made/six"
record post-form curl -sS -d 'a=1&b=2' $b/echo
record post-chunked curl -sS -H 'Transfer-Encoding: chunked' -d @"$work/www/long.txt" $b/echo
record expect-continue curl -sS -H 'Expect: 100-continue' -T "$work/www/long.txt" $b/echo
record chunked-trailer curl -sS $b/chunked
record until-close curl -sS $b/until-close
record early-hints curl -sS $b/hints
for name in pipelined upgrade connect no-answer reset-in-body bare-lf lower-case-folded; do
  record $name python3 "$top/tools/captures/client.py" "$name" 8081
done
