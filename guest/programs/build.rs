//! Link arguments that give the ELF layout that Fuchsia's loaders accept: R, RX and RW segments
//! on pages of their own, and a stack that is not executable.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    for argument in [
        "-nostartfiles",
        "-nostdlib",
        "-static-pie",
        "-Wl,-z,separate-code",
        "-Wl,-z,max-page-size=4096",
        "-Wl,-z,noexecstack",
        // RELRO is for a libc that protects it after relocation.
        "-Wl,-z,norelro",
        "-Wl,-z,text",
        "-Wl,--hash-style=gnu",
        "-Wl,--build-id=sha1",
    ] {
        println!("cargo:rustc-link-arg-bins={argument}");
    }
    // Upstream links this one with an explicit stack size.
    println!("cargo:rustc-link-arg-bin=static_pie_test_util=-Wl,-z,stack-size=0x40000");
}
