//! Links the dynamic linker.

fn main() {
    guest_build::shared_library("ld.so.1", &["zircon"]);
    println!("cargo:rustc-link-arg=-Wl,--entry=_start");
}
