//! `error-kinds OUT`: writes `lib/base/error-kinds.ts`, the variants of the enums of errors.

use std::process::ExitCode;
use std::{env, fs};

use loader_core::elf_load::ElfLoadError;
use loader_core::elf_parse::ElfParseError;
use loader_core::process_args::{DecodeError, HandleInfoError, ProcessargsError};
use loader_core::stack::StackError;
use process_builder::ProcessBuilderError;
use strum::VariantNames;

const HEAD: &str =
    "// Written by `npm run build:errors` from the enums of errors of the Rust crates.\n";

/// What a StackError wraps is told as itself.
const WRAPPED: [&str; 2] = ["ElfParse", "ProcessArgs"];

/// What fails while the library waits for a loader service, which it asks by itself.
const LOADER: [&str; 1] = ["LoadDynamicLinkerTimeout"];

fn main() -> ExitCode {
    let Some(out) = env::args().nth(1) else {
        eprintln!("usage: error-kinds OUT");
        return ExitCode::FAILURE;
    };
    let stack = StackError::VARIANTS.iter().filter(|name| !WRAPPED.contains(name));
    let stack: Vec<&str> = stack.copied().collect();
    let builder = [ProcessBuilderError::VARIANTS, &LOADER].concat();
    let page = [
        HEAD.to_owned(),
        kinds("ElfParseErrorKind", "Which rule an ELF file breaks.", ElfParseError::VARIANTS),
        kinds("ElfLoadErrorKind", "Why an ELF file was not loaded.", ElfLoadError::VARIANTS),
        kinds(
            "ProcessargsErrorKind",
            "Why a bootstrap message cannot be built.",
            ProcessargsError::VARIANTS,
        ),
        kinds(
            "MessageDecodeErrorKind",
            "Why bytes are no bootstrap message.",
            DecodeError::VARIANTS,
        ),
        kinds("HandleInfoErrorKind", "Why a number is no HandleInfo.", HandleInfoError::VARIANTS),
        kinds("StackErrorKind", "Why there can be no such stack.", &stack),
        kinds("ProcessBuilderErrorKind", "What building a process fails of.", &builder),
    ];
    match fs::write(&out, page.concat()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error-kinds: {out}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A type of TypeScript.
fn kinds(name: &str, doc: &str, variants: &[&str]) -> String {
    let variants =
        variants.iter().map(|variant| format!("\n  | \"{variant}\"")).collect::<String>();
    format!("\n/** {doc} */\nexport type {name} ={variants};\n")
}
