//! Links static programs.

fn main() {
    guest_build::static_program();
    // Upstream links this one with an explicit stack size.
    println!("cargo:rustc-link-arg-bin=static_pie_test_util=-Wl,-z,stack-size=0x40000");
}
