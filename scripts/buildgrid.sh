#!/bin/sh
# Unpacks BuildGrid below target/, a server of remote execution that Bazel's rules are tested with, and
# installs nothing. It needs Python 3.11 or later with its module venv.
#
# Ends with 69 if the packages cannot be had.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
here=$root/target/buildgrid

fail() {
  echo "buildgrid: SKIPPED: $1" >&2
  exit 69
}

[ ! -e "$here/complete" ] || exit 0
command -v python3 >/dev/null || fail "there is no python3"
rm -rf "$here"
mkdir -p "$root/target"
python3 -m venv "$here" || fail "Python has no venv: try apt-get install python3-venv"
"$here/bin/pip" install --quiet --no-deps --only-binary :all: \
  --requirement "$root/scripts/bazel/requirements.txt" || fail "the packages cannot be had"
touch "$here/complete"
