//! Links libguest.so.

fn main() {
    guest_build::shared_library("libguest.so", &["zircon", "ld_so"]);
}
