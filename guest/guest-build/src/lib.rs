//! Link arguments that give the ELF layout that Fuchsia's loaders accept, for build scripts.

/// Where build scripts find the shared libraries to link against.
const LIBRARY_PATH: &str = "GUEST_LIBRARY_PATH";

/// R, RX and RW segments on pages of their own, a stack that is not executable, and nothing of
/// the host.
const COMMON: [&str; 7] = [
    "-nostartfiles",
    "-nostdlib",
    "-Wl,-z,separate-code",
    "-Wl,-z,max-page-size=4096",
    "-Wl,-z,noexecstack",
    "-Wl,-z,text",
    "-Wl,--build-id=sha1",
];

/// For programs that relocate themselves.
pub fn static_program() {
    common();
    // RELRO is for who protects it after relocation.
    link_args(&["-static-pie", "-Wl,-z,norelro", "-Wl,--hash-style=gnu"]);
}

/// For programs that the dynamic linker starts.
pub fn dynamic_program() {
    link_args(&["-Wl,--dynamic-linker=ld.so.1"]);
    dynamic();
    link_libraries(&["zircon", "guest", "ld_so"]);
}

/// For programs that are linked against the sysroot, whose start-up code is there too.
pub fn sysroot_program() {
    link_args(&["-Wl,--dynamic-linker=ld.so.1"]);
    if let Ok(path) = std::env::var(LIBRARY_PATH) {
        link_args(&[&format!("{path}/Scrt1.o")]);
    }
    dynamic();
    link_libraries(&["fdio", "zircon", "c"]);
}

/// For shared libraries; `needed` are those that they may use.
pub fn shared_library(soname: &str, needed: &[&str]) {
    link_args(&[&format!("-Wl,-soname,{soname}"), "-Wl,-Bsymbolic"]);
    dynamic();
    link_libraries(needed);
}

fn dynamic() {
    common();
    link_args(&["-Wl,-z,relro", "-Wl,-z,now", "-Wl,-z,defs", "-Wl,--hash-style=gnu"]);
}

fn link_libraries(names: &[&str]) {
    println!("cargo:rerun-if-env-changed={LIBRARY_PATH}");
    if let Ok(path) = std::env::var(LIBRARY_PATH) {
        link_args(&[&format!("-L{path}")]);
    }
    link_args(&["-Wl,--as-needed"]);
    for name in names {
        link_args(&[&format!("-l{name}")]);
    }
}

fn common() {
    println!("cargo:rerun-if-changed=build.rs");
    link_args(&COMMON);
}

fn link_args(arguments: &[&str]) {
    for argument in arguments {
        println!("cargo:rustc-link-arg={argument}");
    }
}
