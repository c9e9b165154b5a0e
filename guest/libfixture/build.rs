//! Links libfixture.so, with other tables than usual.

fn main() {
    guest_build::shared_library("libfixture.so", &["guest", "ld_so"]);
    for argument in ["-Wl,--hash-style=sysv", "-Wl,--pack-dyn-relocs=relr", "-Wl,-z,rel"] {
        println!("cargo:rustc-link-arg={argument}");
    }
}
