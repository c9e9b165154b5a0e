//! Builds of dynamic executables on the null machine: a vDSO image whose note becomes a PT_INTERP,
//! with another one as its linker.

use crate::support::*;
use loader_core::process_args::{DecodedMessage, HandleInfo, ProcessargsError, StartupHandle};
use process_builder::{
    Build, BuiltProcess, Compat, DynamicBuild, OwnedHandle, ProcessBuilderError,
};
use zx_abi::{Arch, HandleType, INFO_VMAR, PAGE_SIZE, Rights, Status, VmOptions};

pub const LINKER: &[u8] = b"ld.so.1\0";

/// An executable that wants the linker with this name, NUL included.
pub fn dynamic_file(world: &World, name: &[u8]) -> OwnedHandle {
    let mut image = world.image.clone();
    let header = program_header(&image, PT_NOTE);
    let offset = image.len() as u64;
    image.extend(name);
    image[header..header + 4].copy_from_slice(&PT_INTERP.to_le_bytes());
    image[header + 8..header + 16].copy_from_slice(&offset.to_le_bytes());
    image[header + 32..header + 40].copy_from_slice(&(name.len() as u64).to_le_bytes());
    world.file(&image)
}

fn begin(world: &World, compat: Compat) -> DynamicBuild {
    let mut builder = world.builder_as(dynamic_file(world, LINKER), compat);
    builder.set_loader_service(world.any_handle()).unwrap();
    needs_linker(builder.build())
}

fn needs_linker(build: Result<Build, ProcessBuilderError>) -> DynamicBuild {
    match build.unwrap() {
        Build::NeedsLinker(dynamic) => dynamic,
        Build::Done(_) => panic!("the executable is dynamic"),
    }
}

fn linker(world: &World) -> OwnedHandle {
    world.file(&world.image)
}

/// The handle types of the next message, whose handles are closed.
fn next_handles(world: &World, built: &BuiltProcess) -> Vec<(HandleType, u16)> {
    let (bytes, handles) = read_message(built);
    let message = DecodedMessage::decode(&bytes, handles.len()).unwrap();
    for handle in handles {
        drop(world.context.own(handle));
    }
    message.handle_infos.iter().map(|info| (info.handle_type(), info.arg())).collect()
}

fn first_of_their_type(types: &[HandleType]) -> Vec<(HandleType, u16)> {
    types.iter().map(|handle_type| (*handle_type, 0)).collect()
}

#[test]
fn correct_handles_present() {
    let world = World::new(Arch::X86_64);
    use HandleType::*;
    let linker_only = [LdsvcLoader, ExecutableVmo, LoadedVmar];
    let expected = [
        (
            Compat::Newest,
            [&linker_only[..], &[ProcessSelf, RootVmar]].concat(),
            vec![ProcessSelf, ThreadSelf, RootVmar, VdsoVmo, StackVmo],
        ),
        (
            Compat::Year2019,
            [&linker_only[..], &[ProcessSelf, RootVmar, ThreadSelf]].concat(),
            vec![ProcessSelf, RootVmar, ThreadSelf, VdsoVmo, StackVmo],
        ),
    ];
    for (compat, first, second) in expected {
        let built = begin(&world, compat).finish(linker(&world)).unwrap();
        assert_eq!(next_handles(&world, &built), first_of_their_type(&first));
        assert_eq!(next_handles(&world, &built), first_of_their_type(&second));
        let channel = built.bootstrap.value();
        let empty = world.context.call(|caller| caller.channel_read(channel, 0, 0, 0));
        assert_eq!(empty.unwrap_err(), Status::PEER_CLOSED);
    }
}

#[test]
fn linker_gets_its_name_and_only_its_part_of_arguments_and_environment() {
    let world = World::new(Arch::X86_64);
    let mut builder = world.builder_over(dynamic_file(&world, LINKER));
    builder.set_loader_service(world.any_handle()).unwrap();
    for arg in [b"argv0".as_slice(), b"one"] {
        builder.arguments().push(arg).unwrap();
    }
    let variables =
        [b"LD_DEBUG=1".as_slice(), b"PATH=/", b"LD_TRACE=", b"LD_DEBUG=2", b"LD_DEBUGGER=no"];
    for variable in variables {
        builder.environment_variables().push(variable).unwrap();
    }
    let dynamic = needs_linker(builder.build());
    assert_eq!(dynamic.linker_name(), "ld.so.1");
    let built = dynamic.finish(linker(&world)).unwrap();
    let (bytes, handles) = read_message(&built);
    let message = DecodedMessage::decode(&bytes, handles.len()).unwrap();
    assert_eq!(message.args.iter().collect::<Vec<_>>(), [b"argv0"]);
    assert_eq!(
        message.environment_vars.iter().collect::<Vec<_>>(),
        [b"LD_DEBUG=1".as_slice(), b"LD_TRACE=", b"LD_DEBUG=2"]
    );
    assert!(message.namespace_paths.is_empty());
}

#[test]
fn verify_low_address_range_reserved() {
    for target in Arch::ALL {
        let world = World::new(target);
        let built = begin(&world, Compat::Newest).finish(linker(&world)).unwrap();
        let vmar = built.root_vmar.value();
        let allocated = world.context.call(|caller| {
            let info = caller.object_get_info(vmar, INFO_VMAR)?;
            let word = |at: usize| u64::from_le_bytes(info.bytes[at..at + 8].try_into().unwrap());
            let (base, len) = (word(0), word(8));
            let low = ((base + len) / 2).next_multiple_of(PAGE_SIZE) - base;
            caller.vmar_allocate(vmar, VmOptions::SPECIFIC.bits(), 0, low).map(|(_, at)| (at, base))
        });
        let (at, base) = allocated.unwrap();
        assert_eq!(at, base);
    }
}

#[test]
fn elf_headers() {
    let world = World::new(Arch::X86_64);
    let built = begin(&world, Compat::Newest).finish(linker(&world)).unwrap();
    let headers = &built.elf_headers;
    assert_eq!(headers.file_header().phnum as usize, headers.program_headers().len());
}

#[test]
fn add_additional_vdso() {
    let world = World::new(Arch::X86_64);
    let with_second_vdso = |compat| {
        let mut builder = world.builder_as(dynamic_file(&world, LINKER), compat);
        builder.set_loader_service(world.any_handle()).unwrap();
        let info = HandleInfo::new(HandleType::VdsoVmo, 1);
        builder.add_handles(vec![StartupHandle { handle: world.vdso(), info }]).unwrap();
        let built = needs_linker(builder.build()).finish(linker(&world)).unwrap();
        next_handles(&world, &built);
        let handles = next_handles(&world, &built).into_iter();
        handles.filter(|(handle_type, _)| *handle_type == HandleType::VdsoVmo).collect::<Vec<_>>()
    };
    let vdso = |arg| (HandleType::VdsoVmo, arg);
    assert_eq!(with_second_vdso(Compat::Newest), [vdso(1), vdso(0)]);
    // In 2019 whichever came last was the one.
    assert_eq!(with_second_vdso(Compat::Year2019), [vdso(0)]);
}

#[test]
fn stack_has_room_for_the_main_message() {
    let world = World::new(Arch::X86_64);
    let stack_size = |args: usize, handles: usize| {
        let mut builder = world.builder_over(dynamic_file(&world, LINKER));
        builder.set_loader_service(world.any_handle()).unwrap();
        for _ in 0..args {
            builder.arguments().push(b"arg").unwrap();
        }
        let user = (0..handles)
            .map(|_| StartupHandle { handle: world.any_handle(), info: HandleType::User0.into() });
        builder.add_handles(user.collect()).unwrap();
        let built = needs_linker(builder.build()).finish(linker(&world)).unwrap();
        let vmo = built.stack_vmo.value();
        let named = world.context.call(|caller| {
            let name = caller.object_get_property(vmo, zx_abi::PROP_NAME, 32)?;
            Ok((caller.vmo_get_size(vmo)?, name))
        });
        let (size, name) = named.unwrap();
        let name = String::from_utf8(name).unwrap();
        assert_eq!(name.trim_end_matches('\0'), format!("stack: msg of {size:#x}"));
        size
    };
    assert_eq!(stack_size(0, 0), 0x1000);
    assert_eq!(stack_size(10_000, 1), 0xb000);
}

#[test]
fn fifty_nine_user_handles_fit_and_one_more_does_not() {
    let world = World::new(Arch::X86_64);
    let dynamic_with = |count: u16| {
        let mut builder = world.builder_over(dynamic_file(&world, LINKER));
        builder.set_loader_service(world.any_handle()).unwrap();
        let handles = (0..count).map(|arg| StartupHandle {
            handle: world.any_handle(),
            info: HandleInfo::new(HandleType::User1, arg),
        });
        builder.add_handles(handles.collect()).unwrap();
        needs_linker(builder.build()).finish(linker(&world))
    };
    drop(dynamic_with(59).unwrap());
    let before = world.stats();
    let error = dynamic_with(60).unwrap_err();
    assert_eq!(error, ProcessBuilderError::ProcessArgs(ProcessargsError::TooManyHandles(65)));
    assert_eq!(world.stats(), before);
}

#[test]
fn main_message_may_have_65536_bytes_and_no_more() {
    let world = World::new(Arch::X86_64);
    let dynamic_with = |arg: usize| {
        let mut builder = world.builder_over(dynamic_file(&world, LINKER));
        builder.set_loader_service(world.any_handle()).unwrap();
        // An empty argv[0] keeps the linker's message small.
        builder.arguments().push(b"").unwrap();
        builder.arguments().push(&vec![b'a'; arg]).unwrap();
        needs_linker(builder.build()).finish(linker(&world))
    };
    let fits = 65536 - 36 - 5 * 4 - 1 - 1;
    let built = dynamic_with(fits).unwrap();
    next_handles(&world, &built);
    assert_eq!(read_message(&built).0.len(), 65536);
    let error = dynamic_with(fits + 1).unwrap_err();
    assert_eq!(error, ProcessBuilderError::ProcessArgs(ProcessargsError::SizeTooLarge(65537)));
}

#[test]
fn broken_interpreter_names_are_refused() {
    let world = World::new(Arch::X86_64);
    let cases: [(&[u8], &str); 3] = [
        (b"ld.so.1", "Invalid PT_INTERP header: Missing null terminator"),
        (b"", "Invalid PT_INTERP header: Missing null terminator"),
        (b"\xff\0", "Invalid PT_INTERP header: Invalid UTF8"),
    ];
    for (name, text) in cases {
        let error = world.failure(|| {
            let mut builder = world.builder_over(dynamic_file(&world, name));
            builder.set_loader_service(world.any_handle())?;
            builder.build()
        });
        assert_eq!(error.to_string(), text);
        assert_eq!(error.as_zx_status(), Status::INVALID_ARGS);
    }
}

/// Whether the low half of a process's address space is reserved.
fn is_reserved(world: &World, process: &OwnedHandle) -> bool {
    let maps = world.context.call(|caller| caller.process_maps(process.value())).unwrap();
    let root = maps[0].base;
    maps.iter().any(|line| line.depth == 1 && line.base == root)
}

#[test]
fn the_reservation_goes_with_every_build_that_fails() {
    let world = World::new(Arch::X86_64);
    let builder_for = |name: &[u8]| {
        let mut builder = world.builder_over(dynamic_file(&world, name));
        builder.set_loader_service(world.any_handle()).unwrap();
        let process = builder.process().duplicate().unwrap();
        (builder, process)
    };
    let begin = || {
        let (builder, process) = builder_for(LINKER);
        let dynamic = needs_linker(builder.build());
        assert!(is_reserved(&world, &process));
        (dynamic, process)
    };

    let (builder, process) = builder_for(b"unterminated");
    builder.build().unwrap_err();
    assert!(!is_reserved(&world, &process));

    // The loader service has no linker.
    let (dynamic, process) = begin();
    drop(dynamic);
    assert!(!is_reserved(&world, &process));

    let (dynamic, process) = begin();
    dynamic.finish(world.file(b"no ELF")).unwrap_err();
    assert!(!is_reserved(&world, &process));

    // Later steps, each with what makes it fail.
    type Spoil = fn(&World, &mut process_builder::ProcessBuilder);
    let spoils: [(Spoil, &str); 5] = [
        (
            |_, builder| builder.arguments().push(&[b'a'; 65536]).unwrap(),
            "Cannot build processargs message, byte size too large (65593 > 65536)",
        ),
        (
            |_, builder| {
                builder.arguments().push(b"").unwrap();
                builder.arguments().push(&[b'a'; 65536]).unwrap();
            },
            "Cannot build processargs message, byte size too large (65594 > 65536)",
        ),
        (
            |world, builder| builder.set_vdso_vmo(world.file(b"no ELF")),
            "Failed to parse ELF: Invalid ELF file header: Invalid ELF magic",
        ),
        (
            |_, builder| builder.set_min_stack_size(TOO_LARGE),
            "Failed to create VMO for initial thread stack: OUT_OF_RANGE",
        ),
        (
            |world, builder| {
                let event = world.any_handle();
                let read = (Rights::BASIC - Rights::TRANSFER).bits();
                let fixed =
                    world.context.call(|caller| caller.handle_duplicate(event.value(), read));
                let handle = world.context.own(fixed.unwrap());
                let info = HandleInfo::new(HandleType::User0, 0);
                builder.add_handles(vec![StartupHandle { handle, info }]).unwrap();
            },
            "Failed to write bootstrap message to channel: ACCESS_DENIED",
        ),
    ];
    for (spoil, text) in spoils {
        let (mut builder, process) = builder_for(LINKER);
        spoil(&world, &mut builder);
        let error = needs_linker(builder.build()).finish(linker(&world)).unwrap_err();
        assert_eq!(error.to_string(), text);
        assert!(!is_reserved(&world, &process), "{text}");
    }

    // And with one that succeeds.
    let (dynamic, process) = begin();
    let built = dynamic.finish(linker(&world)).unwrap();
    assert!(!is_reserved(&world, &process));
    drop(built);
}

#[test]
fn an_interpreter_name_that_the_loader_cannot_be_asked_for_is_refused_without_asking() {
    let world = World::new(Arch::X86_64);
    for length in [1025, 4095, 4096, 5000] {
        let name = [vec![b'a'; length], vec![0]].concat();
        let error = world.failure(|| {
            let mut builder = world.builder_over(dynamic_file(&world, &name));
            builder.set_loader_service(world.any_handle())?;
            builder.build()
        });
        assert!(matches!(error, ProcessBuilderError::LoadDynamicLinker(_)));
        assert_eq!(error.as_zx_status(), Status::NOT_FOUND);
    }
}

#[test]
fn a_dropped_dynamic_build_leaves_nothing() {
    let world = World::new(Arch::X86_64);
    let before = world.stats();
    drop(begin(&world, Compat::Newest));
    drop(begin(&world, Compat::Newest).finish(linker(&world)).unwrap());
    let error = begin(&world, Compat::Newest).finish(world.file(b"no ELF")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Failed to parse ELF: Invalid ELF file header: Invalid ELF magic"
    );
    assert_eq!(world.stats(), before);
}
