#!/bin/sh
# Compiles what is published for every platform, as far as that goes without linking, where rustup's
# standard libraries cannot be had: with Debian's Rust (rust-web.sh), whose sources of the standard
# library are for any platform. Names of targets leave out the others. Ends with 69 if it cannot be had.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
[ $# -gt 0 ] || set -- $(node -p 'require("./package.json").napi.targets.join(" ")')
for target in "$@"; do
  CARGO_TARGET_DIR=$root/target/cross scripts/rust-web.sh \
    cargo check --quiet --locked -Zbuild-std=std,panic_unwind,proc_macro --target "$target" \
    -p binding -p cargo-tool
  echo "cross: $target compiles"
done
