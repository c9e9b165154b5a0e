//! `write-vdso MACHINE OUT`: writes the newest vDSO as a file to link programs against, such as
//! `libzircon.so`. MACHINE is `x86-64`, `aarch64` or `riscv64`.

use std::env;
use std::error::Error;
use std::fs;
use std::process::ExitCode;

use kernel_sim::vdso;
use zx_abi::{Abi, Machine};

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let [machine, out] = args.as_slice() else {
        eprintln!("usage: write-vdso MACHINE OUT");
        return ExitCode::from(2);
    };
    match write(machine, out) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("write-vdso: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write(machine: &str, out: &str) -> Result<(), Box<dyn Error>> {
    let machine = Machine::ALL
        .into_iter()
        .find(|known| known.name() == machine)
        .ok_or_else(|| format!("unknown machine: {machine}"))?;
    fs::write(out, vdso::image(Abi::Newest, machine)?.bytes)
        .map_err(|error| format!("cannot write {out}: {error}"))?;
    Ok(())
}
