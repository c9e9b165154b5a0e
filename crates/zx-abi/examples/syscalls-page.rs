//! `syscalls-page OUT`: writes `docs/syscalls.md`, which functions of the vDSO there are.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::{env, fs};

use zx_abi::{Abi, EntryKind, Support, Syscall, SyscallInfo};

const HEAD: &str = "<!-- Written by `npm run build:syscalls` from crates/zx-abi/src/syscalls/table.rs. -->

# System calls

Every function of the vDSO, in each [ABI](generations.md) that has it. A call that is not there answers `ZX_ERR_NOT_SUPPORTED`, and a trace says so.
";

fn main() -> ExitCode {
    let Some(out) = env::args().nth(1) else {
        eprintln!("usage: syscalls-page OUT");
        return ExitCode::FAILURE;
    };
    match fs::write(&out, page()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("syscalls-page: {out}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn page() -> String {
    let mut page = format!("{HEAD}\n{}", totals());
    let mut family = None;
    for info in functions() {
        if family.replace(info.category) != Some(info.category) {
            let heading = spaced(&format!("{:?}", info.category));
            page += &format!(
                "\n## {heading}\n\n| call | ABI | support | note |\n| --- | --- | --- | --- |\n"
            );
        }
        let (support, note) = match info.support {
            Support::Full => ("full", ""),
            Support::Partial(note) => ("partial", note),
            Support::None(reason) => ("none", reason),
        };
        let abis: Vec<_> =
            Abi::ALL.into_iter().filter(|&abi| info.known_to(abi)).map(Abi::name).collect();
        let (name, abis) = (info.name, abis.join(", "));
        let _ = writeln!(page, "| `zx_{name}` | {abis} | {support} | {note} |");
    }
    page
}

fn functions() -> impl Iterator<Item = &'static SyscallInfo> {
    Syscall::ALL.iter().map(|call| call.info()).filter(|info| info.kind != EntryKind::Hidden)
}

/// How many calls each generation has, and of how many there is something.
fn totals() -> String {
    let mut table =
        String::from("| ABI | calls | full | partial | none |\n| --- | --- | --- | --- | --- |\n");
    for abi in Abi::ALL {
        let mut counts = [0; 3];
        for info in functions().filter(|info| info.known_to(abi)) {
            counts[match info.support {
                Support::Full => 0,
                Support::Partial(_) => 1,
                Support::None(_) => 2,
            }] += 1;
        }
        let [full, partial, none] = counts;
        let (name, all) = (abi.name(), full + partial + none);
        let _ = writeln!(table, "| {name} | {all} | {full} | {partial} | {none} |");
    }
    table
}

/// `DebugSerial` in words.
fn spaced(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
            words.extend(letter.to_lowercase());
        } else {
            words.push(letter);
        }
    }
    words
}
