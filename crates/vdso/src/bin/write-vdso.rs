//! `write-vdso ARCH OUT`: writes the newest vDSO as a file to link programs against, such as
//! `libzircon.so`. ARCH is `x86-64`, `aarch64` or `riscv64`.

use std::env;
use std::error::Error;
use std::fs;
use std::process::ExitCode;

use zx_abi::{Abi, Arch};

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let [arch, out] = args.as_slice() else {
        eprintln!("usage: write-vdso ARCH OUT");
        return ExitCode::from(2);
    };
    match write(arch, out) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("write-vdso: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write(arch: &str, out: &str) -> Result<(), Box<dyn Error>> {
    let arch = Arch::ALL
        .into_iter()
        .find(|known| known.name() == arch)
        .ok_or_else(|| format!("unknown arch: {arch}"))?;
    fs::write(out, vdso::image(Abi::Newest, arch)?.bytes)
        .map_err(|error| format!("cannot write {out}: {error}"))?;
    Ok(())
}
