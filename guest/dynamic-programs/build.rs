//! Links dynamic programs.

fn main() {
    guest_build::dynamic_program();
    println!("cargo:rustc-link-arg-bin=linkage=-lfixture");
}
