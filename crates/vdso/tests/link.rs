//! Programs link against the image as `libzircon.so`. Needs `cc` for the host on the PATH.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use goblin::elf::Elf;
use zx_abi::{Abi, Arch, Syscall};

/// A directory with `libzircon.so` and `program.c`.
fn directory(name: &str, abi: Abi, source: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&path).unwrap();
    let image = vdso::image(abi, Arch::X86_64).unwrap();
    fs::write(path.join("libzircon.so"), image.bytes).unwrap();
    fs::write(path.join("program.c"), source).unwrap();
    path
}

fn cc(directory: &Path, flags: &[&str]) -> std::process::Output {
    Command::new("cc")
        .current_dir(directory)
        .args(["-nostdlib", "-fPIC", "program.c", "-o", "program", "-L.", "-Wl,-z,defs"])
        .args(flags)
        .arg("-lzircon")
        .output()
        .expect("cc runs")
}

/// Refers to every export under both names.
fn every_name(abi: Abi) -> String {
    let mut source = String::new();
    let mut table = String::from("void (*const names[])(void) = {\n");
    for call in Syscall::exported(abi) {
        for name in [format!("zx_{}", call.name()), format!("_zx_{}", call.name())] {
            source.push_str(&format!("void {name}(void);\n"));
            table.push_str(&format!("    {name},\n"));
        }
    }
    source + &table + "};\nvoid _start(void) { zx_process_exit(); }\n"
}

#[test]
fn a_position_independent_executable_finds_every_name() {
    for abi in Abi::ALL {
        let directory = directory(&format!("vdso_pie_{abi:?}"), abi, &every_name(abi));
        let output = cc(&directory, &["-pie"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let program = fs::read(directory.join("program")).unwrap();
        let program = Elf::parse(&program).unwrap();
        assert_eq!(program.libraries, ["libzircon.so"]);
        let imports = program.dynsyms.iter().filter(|symbol| symbol.is_import()).count();
        assert_eq!(imports, 2 * Syscall::exported(abi).count());
    }
}

#[test]
fn a_shared_library_links() {
    let directory = directory("vdso_shared", Abi::Newest, &every_name(Abi::Newest));
    let output = cc(&directory, &["-shared"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_name_of_another_abi_does_not_link() {
    let source = "void zx_vmo_clone(void); void _start(void) { zx_vmo_clone(); }";
    let directory = directory("vdso_unresolved", Abi::Newest, source);
    let output = cc(&directory, &["-pie"]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("zx_vmo_clone"));
}
