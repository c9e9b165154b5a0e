#!/bin/sh
# Runs a command with Debian's Rust for browsers, whose sources of the standard library are those of
# its compiler: with -Zbuild-std it builds and tests crates for Fuchsia where rustup's standard
# library cannot be had. It is unpacked below target/, and nothing is installed.
#
#   npm run build
#   scripts/rust-web.sh node dist/lib/cli/start.js cargo test -Zbuild-std=std,panic_unwind,test
#
# Ends with 69 if the packages cannot be had. Package lists may be old: apt-get update.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
here=$root/target/rust-web
version=1.96
packages="rustc-web cargo-web rust-web-src libstd-rust-web-dev libstd-rust-web-$version libllvm22
  libgit2-1.5 libmbedcrypto7 libmbedtls14 libmbedx509-1 libhttp-parser2.9 lld-19 libllvm19
  libunwind-19-dev"

# shellcheck disable=SC2086
"$root/scripts/unpack-debian.sh" rust-web $packages

export LD_LIBRARY_PATH="$here/usr/lib/x86_64-linux-gnu"
export PATH="$here/usr/bin:$PATH"
export RUSTC="$here/usr/bin/rustc" RUSTDOC="$here/usr/bin/rustdoc" RUSTC_BOOTSTRAP=1
exec "$@"
