//! Builds of processes: address space, messages; dropped again.

use process_builder::{Build, Compat, Context, OwnedHandle, ProcessBuilder};
use zx_abi::Abi;

use crate::sample::report;
use crate::setup::{context, file, program};

const PT_NOTE: u32 = 4;
const PT_INTERP: u32 = 3;
const INTERP: &[u8] = b"ld.so.1\0";

fn root_job(context: &Context) -> OwnedHandle {
    context.own(context.call(|caller| caller.root_job()).expect("there is memory"))
}

fn builder(context: &Context, job: &OwnedHandle, executable: &OwnedHandle) -> ProcessBuilder {
    let vdso = context.own(context.call(|caller| caller.vdso(Abi::Newest)).expect("it exists"));
    let executable = executable.duplicate().expect("there is memory");
    ProcessBuilder::new(c"bench", job, 0, executable, Some(vdso), Compat::Newest, None)
        .expect("the executable is good")
}

/// The executable alone.
pub fn of_a_static_executable() {
    let context = context();
    let job = root_job(&context);
    let executable = file(&context, &program());
    report("build of a static executable, in Rust", 20, || {
        builder(&context, &job, &executable).build().map(|_| ())
    });
}

/// The executable that wants a linker, and the linker. The loader service takes no time.
pub fn of_a_dynamic_executable() {
    let context = context();
    let job = root_job(&context);
    let executable = file(&context, &dynamic_program());
    let linker = file(&context, &program());
    report("build of a dynamic executable, its linker at hand, in Rust", 20, || {
        let mut builder = builder(&context, &job, &executable);
        let loader = context.call(|caller| caller.event_create(0)).map(|event| context.own(event));
        builder.set_loader_service(loader.expect("there is memory")).expect("it is a handle");
        match builder.build() {
            Ok(Build::NeedsLinker(dynamic)) => {
                dynamic.finish(linker.duplicate().expect("there is memory")).map(|_| ())
            }
            built => built.map(|_| ()),
        }
    });
}

/// The program with its note made a PT_INTERP.
fn dynamic_program() -> Vec<u8> {
    let mut image = program();
    let number = |image: &[u8], at: usize| {
        u64::from_le_bytes(image[at..at + 8].try_into().expect("these are 8 bytes")) as usize
    };
    let headers = number(&image, 32);
    let note = (headers..)
        .step_by(56)
        .find(|at| image[*at..at + 4] == PT_NOTE.to_le_bytes())
        .expect("the vDSO has a note");
    let offset = number(&image, note + 8);
    image[note..note + 4].copy_from_slice(&PT_INTERP.to_le_bytes());
    image[note + 32..note + 40].copy_from_slice(&(INTERP.len() as u64).to_le_bytes());
    image[offset..offset + INTERP.len()].copy_from_slice(INTERP);
    image
}
