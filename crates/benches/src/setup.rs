//! Kernels and files.

use std::sync::Arc;

use kernel_sim::{
    HostEvents, Kernel, KernelConfig, Name, NullMachine, SeededEntropy, VirtualClock,
};
use process_builder::{Context, OwnedHandle};
use zx_abi::{Abi, Arch, Rights, Signals, Status};

/// What everything is built for.
pub const ARCH: Arch = Arch::X86_64;

struct Quiet;

impl HostEvents for Quiet {
    fn wait_completed(&self, _token: u64, _status: Status, _observed: Signals) {}
    fn running(&self, _count: usize) {}
}

/// The host of a new kernel.
pub fn context() -> Context {
    let kernel = Kernel::new(KernelConfig {
        machine: Arc::new(NullMachine),
        clock: Arc::new(VirtualClock::default()),
        entropy: Box::new(SeededEntropy::from_number(1)),
        events: Arc::new(Quiet),
        trace: None,
        target: ARCH,
    });
    let host = kernel.host();
    Context::new(kernel, host)
}

/// An ELF file: the vDSO, which is one.
pub fn program() -> Vec<u8> {
    vdso::image(Abi::Newest, ARCH).expect("the newest ABI exists for every architecture").bytes
}

/// A file as a file server hands it out.
pub fn file(context: &Context, bytes: &[u8]) -> OwnedHandle {
    let rights = Rights::BASIC | Rights::READ | Rights::EXECUTE | Rights::MAP | Rights::PROPERTY;
    let name = Name::truncated(b"bench");
    let vmo = context.call(|caller| caller.vmo_from_bytes(bytes, name, rights.bits()));
    context.own(vmo.expect("there is memory"))
}
