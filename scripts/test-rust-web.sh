#!/bin/sh
# Tests the sysroot with programs of Rust's: that structures and constants are where the `libc` crate
# has them, and that panics are caught, by the sysroot's unwinder and by LLVM's, which rustup's standard
# library has inside. Ends with 69 if Rust for it cannot be had; see rust-web.sh.
#
#   npm run build
#   scripts/test-rust-web.sh
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
export CARGO_TARGET_DIR="$root/target/rust-web-tests"
test_all() {
  "$root/scripts/rust-web.sh" node "$root/dist/lib/cli/start.js" cargo test \
    -Zbuild-std=std,panic_unwind,test --manifest-path "$root/__test__/rust/sysroot/Cargo.toml" "$@"
}

test_all

# Debian's archive of LLVM's unwinder is made for Linux, and names libraries that are not here.
libunwind=$root/target/rust-web/usr/lib/llvm-19/lib/libunwind.a
for arg in --no-dependent-libraries "$libunwind"; do
  RUSTFLAGS="${RUSTFLAGS:-} -Zpre-link-args=$arg"
done
export RUSTFLAGS="$RUSTFLAGS --cfg llvm_unwinder" CARGO_TARGET_DIR="$CARGO_TARGET_DIR/llvm"
test_all --test unwind
