//! Parsing, messages, channels, builds.

use std::sync::Arc;

use kernel_sim::{
    HostEvents, Kernel, KernelConfig, Name, NullMachine, SeededEntropy, VirtualClock, vdso,
};
use loader_core::elf_parse::Elf64Headers;
use loader_core::process_args::{CStringList, Message, MessageContents};
use process_builder::{Compat, Context, OwnedHandle, ProcessBuilder, Vmo};
use zx_abi::{Abi, Machine, Rights, Signals, Status};

use crate::sample::{report, report_beside};

const MACHINE: Machine = Machine::X86_64;
const LARGE_FILE: usize = 100 << 20;

struct Quiet;

impl HostEvents for Quiet {
    fn wait_completed(&self, _token: u64, _status: Status, _observed: Signals) {}
    fn running(&self, _count: usize) {}
}

fn context() -> Context {
    let kernel = Kernel::new(KernelConfig {
        machine: Arc::new(NullMachine),
        clock: Arc::new(VirtualClock::default()),
        entropy: Box::new(SeededEntropy::from_number(1)),
        events: Arc::new(Quiet),
        trace: None,
        target: MACHINE,
    });
    let host = kernel.host();
    Context::new(kernel, host)
}

fn program() -> Vec<u8> {
    vdso::image(Abi::Newest, MACHINE).expect("the newest ABI exists for every machine").bytes
}

fn file(context: &Context, bytes: &[u8]) -> OwnedHandle {
    let rights = Rights::BASIC | Rights::READ | Rights::EXECUTE | Rights::MAP | Rights::PROPERTY;
    let name = Name::truncated(b"bench");
    let vmo = context.call(|caller| caller.vmo_from_bytes(bytes, name, rights.bits()));
    context.own(vmo.expect("there is memory"))
}

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
        || Elf64Headers::from_vmo(&large, MACHINE),
        || Elf64Headers::from_vmo(&small, MACHINE),
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

/// 64 bytes, there and back.
pub fn channel_write_and_read() {
    let context = context();
    let (near, far) = context.call(|caller| caller.channel_create(0)).expect("there is memory");
    report("channel write and read of 64 bytes, in Rust", 2000, || {
        context.call(|caller| {
            caller.channel_write(near, 0, vec![7; 64], &[])?;
            caller.channel_read(far, 0, 64, 0)
        })
    });
}

/// Process, address space, messages; dropped again.
pub fn build() {
    let context = context();
    let job = context.own(context.call(|caller| caller.root_job()).expect("there is memory"));
    let executable = file(&context, &program());
    report("build of a static executable, in Rust", 20, || {
        let vdso = context.own(context.call(|caller| caller.vdso(Abi::Newest))?);
        let executable = executable.duplicate()?;
        let builder = ProcessBuilder::new(b"bench", &job, 0, executable, vdso, Compat::Newest);
        builder.and_then(ProcessBuilder::build).map_err(|error| error.as_zx_status())
    });
}
