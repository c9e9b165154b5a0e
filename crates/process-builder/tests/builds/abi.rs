//! Which ABI a process gets.

use crate::support::*;
use process_builder::{
    Build, BuiltProcess, Compat, OwnedHandle, ProcessBuilder, ProcessBuilderError,
};
use zerocopy::FromBytes;
use zx_abi::{Abi, Arch, INFO_HANDLE_BASIC, INFO_VMAR, InfoHandleBasic, InfoVmar, Status};

/// Where the tables of a file are: offsets and addresses.
const STRINGS: u64 = 0x200;
const SYMBOLS: u64 = 0x400;
const RELOCATIONS: u64 = 0x800;
const DYNAMIC: u64 = 0xc00;
const NAME: u64 = 0xf00;
const CODE: u64 = 0x1000;

/// A file that imports these functions, with `ld.so.1` as its linker if it is to have one.
fn importing(names: &[&str], linked: bool) -> Vec<u8> {
    let mut file = vec![0; 0x2000];
    let mut put = |at: u64, bytes: &[u8]| {
        file[at as usize..at as usize + bytes.len()].copy_from_slice(bytes);
    };
    let words =
        |words: &[u64]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
    put(0, b"\x7fELF\x02\x01\x01");
    put(16, &[3, 0, 62, 0, 1, 0, 0, 0]);
    put(24, &words(&[CODE, 64]));
    put(52, &[64, 0, 56, 0, 4 + u8::from(linked), 0]);
    let (read, execute) = (4u64 << 32, 5u64 << 32);
    let headers = [
        [1 | read, 0, 0, 0, 0x1000, 0x1000, 0x1000],
        [1 | execute, CODE, CODE, CODE, 0x1000, 0x1000, 0x1000],
        [2 | read, DYNAMIC, DYNAMIC, DYNAMIC, 0x200, 0x200, 8],
        [0x6474_e551 | 6 << 32, 0, 0, 0, 0, 0x1_0000, 16],
        [3 | read, NAME, NAME, NAME, 8, 8, 1],
    ];
    for (index, header) in (0..4 + u64::from(linked)).zip(headers) {
        put(64 + index * 56, &words(&header));
    }
    put(NAME, b"ld.so.1\0");
    let mut end = 1;
    for (index, name) in (1..).zip(names) {
        put(STRINGS + end, name.as_bytes());
        put(SYMBOLS + index * 24, &words(&[end | 0x12 << 32]));
        put(RELOCATIONS + (index - 1) * 24, &words(&[CODE, index << 32 | 7, 0]));
        end += name.len() as u64 + 1;
    }
    let relocations = names.len() as u64 * 24;
    let dynamic = [5, STRINGS, 10, end, 6, SYMBOLS, 11, 24, 23, RELOCATIONS, 2, relocations, 20, 7];
    put(DYNAMIC, &words(&dynamic));
    file
}

fn builder(world: &World, names: &[&str], linked: bool, abi: Option<Abi>) -> ProcessBuilder {
    let executable = world.file(&importing(names, linked));
    ProcessBuilder::new(c"test", &world.job, 0, executable, None, Compat::Newest, abi).unwrap()
}

fn built(
    world: &World,
    names: &[&str],
    abi: Option<Abi>,
) -> Result<BuiltProcess, ProcessBuilderError> {
    match builder(world, names, false, abi).build()? {
        Build::Done(built) => Ok(built),
        Build::NeedsLinker(_) => panic!("the executable is static"),
    }
}

/// A build of an executable that imports the first names, with a linker that imports the others.
fn linked(
    world: &World,
    [executable, linker]: [&[&str]; 2],
    abi: Option<Abi>,
) -> Result<BuiltProcess, ProcessBuilderError> {
    let mut builder = builder(world, executable, true, abi);
    builder.set_loader_service(world.any_handle()).unwrap();
    match builder.build()? {
        Build::Done(_) => panic!("the executable is dynamic"),
        Build::NeedsLinker(dynamic) => dynamic.finish(world.file(&importing(linker, false))),
    }
}

fn info<T: FromBytes>(world: &World, handle: &OwnedHandle, topic: u32) -> T {
    let info = world.context.call(|caller| caller.object_get_info(handle.value(), topic));
    T::read_from_bytes(&info.unwrap().bytes).unwrap()
}

/// The ABI of a process, and where its address space begins.
fn abi_of(world: &World, built: &BuiltProcess) -> (Abi, u64) {
    let process: InfoHandleBasic = info(world, &built.process, INFO_HANDLE_BASIC);
    let vmar: InfoVmar = info(world, &built.root_vmar, INFO_VMAR);
    (world.kernel.call(process.koid, |caller| caller.abi()).unwrap(), vmar.base)
}

const OLD: (Abi, u64) = (Abi::Sdk2020, 0x100_0000);
const NEW: (Abi, u64) = (Abi::Newest, 0x20_0000);

#[test]
fn the_newest_abi_that_has_all_imports_is_chosen() {
    let world = World::new(Arch::X86_64);
    for (names, expected) in [
        (&[][..], NEW),
        (&["zx_channel_write", "_zx_handle_close", "printf"], NEW),
        (&["zx_counter_add"], NEW),
        (&["zx_channel_write", "zx_clock_get"], OLD),
        (&["_zx_socket_shutdown", "zx_channel_call_etc"], OLD),
        // libc's, not the vDSO's.
        (&["zx_process_self", "_zx_vmar_root_self"], NEW),
    ] {
        let built = built(&world, names, None).unwrap();
        assert_eq!(abi_of(&world, &built), expected, "{names:?}");
    }
}

#[test]
fn what_the_linker_imports_counts_too() {
    let world = World::new(Arch::X86_64);
    let new = linked(&world, [&["zx_handle_close"], &["zx_handle_close"]], None).unwrap();
    assert_eq!(abi_of(&world, &new), NEW);
    let executable = linked(&world, [&["zx_clock_get"], &["zx_handle_close"]], None).unwrap();
    assert_eq!(abi_of(&world, &executable), OLD);
    // The process was there before the linker was known.
    let linker = linked(&world, [&[], &["zx_clock_get"]], None).unwrap();
    assert_eq!(abi_of(&world, &linker), OLD);
}

#[test]
fn a_process_killed_meanwhile_has_no_reservation_to_destroy() {
    let world = World::new(Arch::X86_64);
    let job = world.context.call(|caller| caller.job_create(world.job.value(), 0)).unwrap();
    let job = world.context.own(job);
    let executable = world.file(&importing(&[], true));
    let mut builder =
        ProcessBuilder::new(c"test", &job, 0, executable, None, Compat::Newest, None).unwrap();
    builder.set_loader_service(world.any_handle()).unwrap();
    let Build::NeedsLinker(dynamic) = builder.build().unwrap() else {
        panic!("the executable is dynamic");
    };
    world.context.call(|caller| caller.task_kill(job.value())).unwrap();
    // The linker's ABI has its addresses elsewhere, so that what is reserved goes first.
    let error = dynamic.finish(world.file(&importing(&["zx_clock_get"], false))).unwrap_err();
    assert_eq!(error, ProcessBuilderError::DestroyReservationVMAR(Status::BAD_STATE));
    assert_eq!(error.to_string(), "Failed to destroy reservation VMAR: BAD_STATE");
}

#[test]
fn an_abi_that_is_asked_for_is_not_questioned() {
    let world = World::new(Arch::X86_64);
    for (abi, expected) in [(Abi::Sdk2020, OLD), (Abi::Newest, NEW)] {
        for names in [&["zx_clock_get"][..], &["zx_counter_add"], &["zx_nothing"]] {
            let fixed = built(&world, names, Some(abi)).unwrap();
            assert_eq!(abi_of(&world, &fixed), expected);
            let linked = linked(&world, [&[], names], Some(abi)).unwrap();
            assert_eq!(abi_of(&world, &linked), expected);
        }
    }
}

#[test]
fn a_vdso_that_is_given_decides() {
    let world = World::new(Arch::X86_64);
    for (abi, expected) in [(Abi::Sdk2020, OLD), (Abi::Newest, NEW)] {
        for names in [&["zx_clock_get"], &["zx_counter_add"]] {
            let executable = world.file(&importing(names, false));
            let vdso = world.context.call(|caller| caller.vdso(abi)).unwrap();
            let vdso = Some(world.context.own(vdso));
            let builder =
                ProcessBuilder::new(c"test", &world.job, 0, executable, vdso, Compat::Newest, None);
            let Build::Done(built) = builder.unwrap().build().unwrap() else { panic!() };
            assert_eq!(abi_of(&world, &built), expected);
        }
    }
}

#[test]
fn imports_that_no_abi_has_are_named() {
    let world = World::new(Arch::X86_64);
    let named = |names: &[&str]| {
        ProcessBuilderError::UnknownImports(names.iter().map(|&name| name.to_owned()).collect())
    };
    // What tests count starts when the kernel has made the vDSO of each ABI.
    drop(built(&world, &["zx_clock_get"], None).unwrap());
    let before = world.stats();
    let unknown = linked(&world, [&[], &["zx_nothing", "_zx_clock_get", "zx_never"]], None);
    let unknown = unknown.unwrap_err();
    assert_eq!(unknown, named(&["zx_never", "zx_nothing"]));
    assert_eq!(unknown.to_string(), "No ABI has all that is imported: zx_never, zx_nothing");
    assert_eq!(unknown.as_zx_status(), Status::NOT_SUPPORTED);
    let apart = built(&world, &["zx_clock_get", "zx_counter_add"], None).unwrap_err();
    assert_eq!(apart, named(&["zx_clock_get"]));
    assert_eq!(world.stats(), before);
}
