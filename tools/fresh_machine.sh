#!/usr/bin/env bash
# Proves that both commands work on a fresh Debian 12: makes a minimal root with debootstrap, puts a
# clean clone of this checkout's HEAD in it, and runs `./dev run` and `./dev test` there.
#
#   sudo tools/fresh_machine.sh [--keep] [--only packages|run|test] [FOLDER]
#
# FOLDER (default /var/tmp/spider-fresh) is made anew; --keep leaves it behind and, when it is there
# already, goes on in it. The root has its own mounts and processes, and the host's network: apt
# sources, proxy settings, added certificates and npm's configuration are taken over from the host.
set -euo pipefail

keep=0
only=all
folder=/var/tmp/spider-fresh
while [ $# -gt 0 ]; do
  case $1 in
    --keep) keep=1 ;;
    --only) only=$2 && shift ;;
    -h | --help) sed -n '2,9s/^# \{0,1\}//p' "$0" && exit 0 ;;
    *) folder=$1 ;;
  esac
  shift
done
top=$(cd "$(dirname "$0")/.." && pwd)
root=$folder/root
port=8400
durations=()

[ "$(id -u)" = 0 ] || { echo "fresh_machine: needs root (debootstrap, chroot)" >&2; exit 2; }
command -v debootstrap >/dev/null || { echo "fresh_machine: apt install debootstrap" >&2; exit 2; }

# In a mount and process namespace of its own: nothing stays mounted or running behind us.
if [ "${SPIDER_FRESH_INSIDE:-}" != 1 ]; then
  arguments=("$folder" --only "$only")
  [ $keep = 0 ] || arguments+=(--keep)
  SPIDER_FRESH_INSIDE=1 exec unshare --mount --pid --fork --kill-child "$0" "${arguments[@]}"
fi

timed() {
  local name=$1 began=$SECONDS status=0
  shift
  echo "=== $name"
  "$@" || status=$?
  durations+=("$(printf '%-28s %5d s  %s' "$name" $((SECONDS - began)) \
    "$([ $status = 0 ] && echo ok || echo "FAILED ($status)")")")
  return $status
}

make_root() {
  # Deleting a root takes its time; the new one need not wait for it.
  if [ -d "$root" ]; then mv "$root" "$root.old-$$"; fi
  rm -rf --one-file-system "$root".old-* &
  mkdir -p "$folder"
  debootstrap --variant=minbase bookworm "$root" >"$folder/debootstrap.log" 2>&1 ||
    { tail "$folder/debootstrap.log"; return 1; }
}

# How this host reaches the package servers, and nothing else of it.
take_over_network() {
  local file
  cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
  rm -f "$root/etc/apt/sources.list"
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/debian*.{list,sources}; do
    if [ -f "$file" ]; then cp "$file" "$root$file"; fi
  done
  for file in $(grep -lis 'Acquire::.*proxy' /etc/apt/apt.conf /etc/apt/apt.conf.d/* || true); do
    cp "$file" "$root$file"
  done
  [ ! -d /usr/local/share/ca-certificates ] ||
    cp -r /usr/local/share/ca-certificates "$root/usr/local/share/"
  [ ! -f ~/.npmrc ] || cp ~/.npmrc "$root/root/"
  if ! ls "$root"/etc/apt/sources.list "$root"/etc/apt/sources.list.d/* >/dev/null 2>&1; then
    echo 'deb http://deb.debian.org/debian bookworm main' >"$root/etc/apt/sources.list"
  fi
}

mount_root() {
  mount --make-rprivate /
  mount -t proc proc "$root/proc"
  mount -t sysfs sysfs "$root/sys"
  mount --rbind /dev "$root/dev"
  mount -t tmpfs tmpfs "$root/dev/shm"
  mount -t tmpfs tmpfs "$root/run"
}

clone() {
  rm -rf "$root/root/spider"
  git -c safe.directory='*' clone -q --no-hardlinks "$top" "$root/root/spider"
}

# inside COMMAND: in the root, with a clean environment plus proxy settings when there are any.
inside() {
  local keep_names
  keep_names=$(env | grep -iE '^(https?_proxy|no_proxy|npm_config_[a-z_]+|NODE_EXTRA_CA_CERTS)=' |
    cut -d= -f1 | tr '\n' ' ' || true)
  local settings=() name
  for name in $keep_names; do settings+=("$name=${!name}"); done
  env -i "${settings[@]}" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    HOME=/root TERM=dumb CI=true chroot "$root" /bin/bash -c "cd /root/spider && $1" </dev/null
}

install_all() {
  inside 'top=$PWD; . tools/dev/packages.sh; packages_install build test full' \
    >"$folder/packages.log" 2>&1 || { tail -n 20 "$folder/packages.log"; return 1; }
  inside 'node --version; npm --version; g++ --version | head -n 1'
}

# `./dev run` until the page and the API answer, then stop.
dev_run() {
  local pid tries status=0
  inside 'exec ./dev run' >"$folder/run.log" 2>&1 &
  pid=$!
  for tries in $(seq 1800); do
    if grep -q 'the page is at' "$folder/run.log"; then break; fi
    kill -0 $pid 2>/dev/null || { tail -n 30 "$folder/run.log"; return 1; }
    sleep 1
  done
  echo "the page is there after $tries s"
  grep 'the page is at' "$folder/run.log" || return 1
  curl -fsS "http://127.0.0.1:$port/" | grep -i '<title' || status=1
  curl -fsS "http://127.0.0.1:$port/api/v1/status" | head -c 300 || status=1
  echo
  curl -fsS "http://127.0.0.1:$port/api/v1/http-communications" | head -c 300 || status=1
  echo
  inside 'kill -TERM $(pidof spider)'
  wait $pid || { echo "spider ended with $?"; status=1; }
  return $status
}

dev_test() {
  inside 'exec ./dev test' 2>&1 | tee "$folder/test.log"
  grep -qE '^[0-9]+ passed, 0 failed$' "$folder/test.log"
}

result=0
if [ $keep = 0 ] || [ ! -d "$root/usr" ]; then timed "debootstrap" make_root; fi
take_over_network
mount_root
timed "clone" clone
case $only in
  packages) timed "packages" install_all || result=1 ;;
  run) timed "./dev run (cold)" dev_run || result=1 ;;
  test) timed "./dev test" dev_test || result=1 ;;
  all)
    timed "./dev run (cold)" dev_run || result=1
    timed "./dev run (again)" dev_run || result=1
    timed "./dev test (cold)" dev_test || result=1
    timed "./dev test (again)" dev_test || result=1
    ;;
esac
echo
commit=$(git -c safe.directory='*' -C "$root/root/spider" rev-parse --short HEAD)
echo "commit $commit, $(nproc) processors"
printf '%s\n' "${durations[@]}"
if [ $keep = 0 ]; then
  umount -R "$root/dev" "$root/proc" "$root/sys" "$root/run"
  rm -rf --one-file-system "$root"
fi
exit $result
