# shellcheck shell=bash
# Installing what lacks. Sourced by ./dev.
#
# apt is asked only when dpkg says that something is missing, so the second time costs nothing.

# as_root COMMAND...: directly when we are root, through sudo when it is there.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    if [ "${CI:-}" = true ]; then sudo -n "$@"; else sudo "$@"; fi
  else
    echo "dev: this needs root and there is no sudo; run as root: $*" >&2
    return 1
  fi
}

# packages_missing FILE...: the packages of the lists that dpkg does not have.
packages_missing() {
  local wanted package state
  wanted=$(sed -e 's/#.*//' "$@" | tr -s ' \n' '\n' | sed '/^$/d')
  declare -A have=()
  # shellcheck disable=SC2086  # one word per package
  while read -r state package; do
    [ "$state" = ii ] && have[$package]=1
  done < <(dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' $wanted 2>/dev/null)
  for package in $wanted; do
    [ -n "${have[$package]:-}" ] || echo "$package"
  done
}

# node_usable: a Node of 18 or newer with npm is on PATH, whoever brought it.
node_usable() {
  command -v node >/dev/null && command -v npm >/dev/null &&
    node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 18 ? 0 : 1)' 2>/dev/null
}

# packages_install LIST...: lists are build, test, full; Node comes with any of them.
packages_install() {
  local files=() list missing
  for list in "$@"; do
    case $list in
      build) files+=("$top/tools/packages.txt") ;;
      *) files+=("$top/tools/packages-$list.txt") ;;
    esac
  done
  missing=$(packages_missing "${files[@]}")
  node_usable || missing="$missing nodejs npm"
  missing=$(tr -s ' \n' ' ' <<<"$missing" | sed 's/^ //; s/ $//')
  [ -n "$missing" ] || return 0
  echo "dev: installing with apt: $missing"
  if ! command -v apt-get >/dev/null; then
    echo "dev: no apt-get here; please install these yourself (Debian 12 names)" >&2
    return 1
  fi
  local quiet=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0)
  # The lists may be fresh enough already; if not, fetch them and try again.
  # shellcheck disable=SC2086
  if ! as_root "${quiet[@]}" install -y --no-install-recommends $missing </dev/null; then
    if ! as_root "${quiet[@]}" update </dev/null ||
      ! as_root "${quiet[@]}" install -y --no-install-recommends $missing </dev/null; then
      echo "dev: apt could not install: $missing" >&2
      return 1
    fi
  fi
}
