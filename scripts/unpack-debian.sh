#!/bin/sh
# Unpacks packages of Debian's below target/, and installs nothing:
#
#   scripts/unpack-debian.sh DIRECTORY PACKAGE…
#
# Ends with 69 if they cannot be had. Package lists that are old or missing are updated by root only.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)/target/$1
name=$1
shift

fail() {
  echo "$name: SKIPPED: $1" >&2
  exit 69
}

[ ! -e "$here/complete" ] || exit 0
[ "$(uname -sm)" = "Linux x86_64" ] || fail "not x86-64 Linux"
command -v apt-get >/dev/null && command -v dpkg >/dev/null || fail "not Debian"
rm -rf "$here"
mkdir -p "$here/packages"
download() (cd "$here/packages" && apt-get download -qq "$@")
download "$@" 2>/dev/null || { apt-get update -qq && download "$@"; } ||
  fail "Debian's packages cannot be had: $*; try apt-get update"
for package in "$here"/packages/*.deb; do
  dpkg -x "$package" "$here"
done
rm -r "$here/packages"
touch "$here/complete"
