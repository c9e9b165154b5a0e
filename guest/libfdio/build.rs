//! Links libfdio.so.

fn main() {
    guest_build::shared_library("libfdio.so", &["c", "zircon"]);
}
