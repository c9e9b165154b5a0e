//! Links libc.so.

fn main() {
    guest_build::shared_library("libc.so", &["zircon", "ld_so"]);
}
