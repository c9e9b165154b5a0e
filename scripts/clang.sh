#!/bin/sh
# Runs a command with Debian's clang 19 and lld 19 in the search path, which compile C for Fuchsia, and
# with LLVM's libunwind in target/clang/usr/lib/llvm-19/lib: tests of the sysroot use them, and are
# skipped without. They are unpacked below target/, and nothing is installed.
#
#   scripts/clang.sh npx ava __test__/sysroot-c.spec.ts
#
# Ends with 69 if the packages cannot be had.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
"$root/scripts/unpack-debian.sh" clang clang-19 libclang-cpp19 libclang-common-19-dev libllvm19 \
  lld-19 libunwind-19-dev
export PATH="$root/target/clang/usr/lib/llvm-19/bin:$PATH"
export LD_LIBRARY_PATH="$root/target/clang/usr/lib/llvm-19/lib:$root/target/clang/usr/lib/x86_64-linux-gnu"
exec "$@"
