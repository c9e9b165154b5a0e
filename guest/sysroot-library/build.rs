//! Links libplugin.so.

fn main() {
    guest_build::shared_library("libplugin.so", &["zircon", "c"]);
}
