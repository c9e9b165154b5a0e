//! Parsing and messages.

use loader_core::elf_parse::Elf64Headers;
use loader_core::process_args::{CStringList, Message, MessageContents};
use process_builder::Vmo;

use crate::sample::report_beside;
use crate::setup::{ARCH, context, file, program};

const LARGE_FILE: usize = 100 << 20;

/// Nothing but headers may be read of it.
pub fn headers_of_a_large_file() {
    let context = context();
    let small = Vmo(file(&context, &program()));
    let mut bytes = program();
    bytes.resize(LARGE_FILE, 0xa5);
    let large = Vmo(file(&context, &bytes));
    report_beside(
        "validate the headers of a 100 MB ELF",
        "of a small ELF",
        200,
        || Elf64Headers::from_vmo(&large, ARCH),
        || Elf64Headers::from_vmo(&small, ARCH),
    );
}

/// Sized first, allocated once, copied straight.
pub fn a_message_of_10_000_arguments() {
    let mut args = CStringList::default();
    for index in 0..10_000 {
        args.push(format!("a{:03}", index % 1000).as_bytes()).expect("it holds no NUL");
    }
    let packed = args.packed().to_vec();
    // A message consumes its contents; each run gets them ready made.
    let contents = || MessageContents::<u32> { args: args.clone(), ..Default::default() };
    report_beside(
        "build a message of 10,000 arguments, given a copy of them",
        "copy their bytes",
        20,
        || Message::build(contents()),
        || packed.clone(),
    );
}
