#!/bin/sh
# Tests programs of Rust's: what its standard library does (examples/rust-std), that structures and
# constants are where the `libc` crate has them, and that panics are caught, by the sysroot's unwinder
# and by LLVM's, which rustup's standard library has inside. Ends with 69 if Rust for it cannot be had;
# see rust-web.sh.
#
#   npm run build
#   scripts/test-rust-web.sh
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
export CARGO_TARGET_DIR="$root/target/rust-web-tests"
debug=$CARGO_TARGET_DIR/x86_64-unknown-fuchsia/debug

rust_web() {
  "$root/scripts/rust-web.sh" "$@"
}
zirconia() {
  rust_web node "$root/dist/lib/cli/start.js" "$@"
}
# The command, the directory of a package, and what else cargo is to know.
cargo() {
  command=$1 package=$2
  shift 2
  zirconia cargo "$command" -Zbuild-std=std,panic_unwind,test --manifest-path "$package/Cargo.toml" "$@"
}

cargo test "$root/__test__/rust/sysroot"
cargo test "$root/examples/rust-std"

# Debian's compiler gives linkers an argument of gcc's when it links a dynamic library, and panics at
# that: it makes a static one, of which the linker makes the other.
library=$CARGO_TARGET_DIR/library
rm -rf "$library"
cp -R "$root/examples/rust-std/library" "$library"
sed -i 's/"cdylib"/"staticlib"/' "$library/Cargo.toml"
echo "[workspace]" >>"$library/Cargo.toml"
cargo build "$library"
linker=$(zirconia cargo --print-config | sed -n 's/^linker = "\(.*\)"$/\1/p')
rust_web "$linker" -flavor gnu -shared --whole-archive "$debug/liblibrary.a" --no-whole-archive \
  -lfdio -lc -lzircon -o "$debug/deps/liblibrary.so"
cargo test "$library"

# Debian's archive of LLVM's unwinder is made for Linux, and names libraries that are not here.
libunwind=$root/target/rust-web/usr/lib/llvm-19/lib/libunwind.a
for arg in --no-dependent-libraries "$libunwind"; do
  RUSTFLAGS="${RUSTFLAGS:-} -Zpre-link-args=$arg"
done
export RUSTFLAGS="$RUSTFLAGS --cfg llvm_unwinder" CARGO_TARGET_DIR="$CARGO_TARGET_DIR/llvm"
cargo test "$root/__test__/rust/sysroot" --test unwind
