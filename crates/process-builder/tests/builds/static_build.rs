//! Builds of static executables on the null machine. The executable is a vDSO image: an ELF file
//! without PT_INTERP like any other, as long as its VMO is not the kernel's own.

use std::sync::Arc;

use crate::support::*;
use kernel_sim::{MappingKind, PolicyBasic};
use loader_core::elf_load::ElfLoadError;
use loader_core::elf_parse::ElfParseError;
use loader_core::process_args::{DecodedMessage, HandleInfo, ProcessargsError, StartupHandle};
use process_builder::{
    Compat, Context, NamespaceEntry, OwnedHandle, ProcessBuilder, ProcessBuilderError,
};
use zx_abi::{Arch, HandleType, PolicyAction, PolicyCondition, Status, VmOptions};

#[test]
fn builds_for_every_machine() {
    for target in Arch::ALL {
        let world = World::new(target);
        let built = world.builder().build().unwrap().done();
        let maps = world.context.call(|caller| caller.process_maps(built.process.value())).unwrap();
        let executable = maps.iter().filter(|region| {
            matches!(&region.kind, MappingKind::Mapping { permissions, .. }
                if permissions.contains(VmOptions::PERM_EXECUTE))
        });
        assert_eq!(executable.count(), 2, "the program's code and the vDSO's");
        let entry = built.elf_base + built.elf_headers.file_header().entry;
        assert_eq!(built.entry, entry);
        let below = if target == Arch::X86_64 { 8 } else { 0 };
        assert_eq!(built.stack, built.stack_base + 0x40000 - below);
    }
}

#[test]
fn main_message_has_the_static_handles_in_order() {
    let world = World::new(Arch::X86_64);
    let mut builder = world.builder();
    builder.arguments().push(b"argv0").unwrap();
    builder.environment_variables().push(b"K=V").unwrap();
    let info = HandleInfo::new(HandleType::User0, 3);
    builder.add_handles(vec![StartupHandle { handle: world.any_handle(), info }]).unwrap();
    let entries = [b"/pkg".to_vec(), b"/svc".to_vec()]
        .map(|path| NamespaceEntry { path, directory: world.any_handle() });
    builder.add_namespace_entries(entries.into()).unwrap();
    let built = builder.build().unwrap().done();

    let (bytes, handles) = read_message(&built);
    let message = DecodedMessage::decode(&bytes, handles.len()).unwrap();
    let infos: Vec<(HandleType, u16)> =
        message.handle_infos.iter().map(|info| (info.handle_type(), info.arg())).collect();
    assert_eq!(
        infos,
        [
            (HandleType::ProcessSelf, 0),
            (HandleType::ThreadSelf, 0),
            (HandleType::RootVmar, 0),
            (HandleType::User0, 3),
            (HandleType::NamespaceDirectory, 0),
            (HandleType::NamespaceDirectory, 1),
            (HandleType::LoadedVmar, 0),
            (HandleType::VdsoVmo, 0),
            (HandleType::StackVmo, 0),
        ]
    );
    assert_eq!(message.args.iter().collect::<Vec<_>>(), [b"argv0"]);
    assert_eq!(message.environment_vars.iter().collect::<Vec<_>>(), [b"K=V"]);
    assert_eq!(message.namespace_paths.iter().collect::<Vec<_>>(), [b"/pkg", b"/svc"]);
    for handle in handles {
        drop(world.context.own(handle));
    }
    let channel = built.bootstrap.value();
    let empty = world.context.call(|caller| caller.channel_read(channel, 0, 0, 0));
    assert_eq!(empty.unwrap_err(), Status::PEER_CLOSED);
}

#[test]
fn a_dropped_process_leaves_nothing() {
    let world = World::new(Arch::X86_64);
    let before = world.stats();
    for _ in 0..100 {
        drop(world.builder());
        drop(world.builder().build().unwrap().done());
    }
    assert_eq!(world.stats(), before);
}

#[test]
fn starting_on_the_null_machine_is_not_supported_and_leaves_nothing() {
    let world = World::new(Arch::X86_64);
    let before = world.stats();
    let error = world.builder().build().unwrap().done().start().unwrap_err();
    assert_eq!(error, ProcessBuilderError::ProcessStart(Status::NOT_SUPPORTED));
    assert_eq!(world.stats(), before);
}

#[test]
fn stack_size_and_name_follow_the_headers_and_the_minimum() {
    let world = World::new(Arch::X86_64);
    let memsz = program_header(&world.image, PT_GNU_STACK) + 40;
    let cases: [(u64, u64, u64, &str); 4] = [
        (0, 0, 0x40000, "stack: default 0x40000"),
        (0x12345, 0, 0x13000, "stack: explicit 0x13000"),
        (0x1000, 0x40001, 0x41000, "stack: explicit 0x1000"),
        (0, 0x1000, 0x40000, "stack: default 0x40000"),
    ];
    for (explicit, minimum, size, name) in cases {
        let mut builder = world.builder_over(world.patched(memsz, &explicit.to_le_bytes()));
        builder.set_min_stack_size(minimum);
        let built = builder.build().unwrap().done();
        let vmo = built.stack_vmo.value();
        let (got_size, got_name) = world
            .context
            .call(|caller| {
                let size = caller.vmo_get_size(vmo)?;
                Ok((size, caller.object_get_property(vmo, zx_abi::PROP_NAME, 32)?))
            })
            .unwrap();
        assert_eq!(got_size, size);
        assert_eq!(String::from_utf8(got_name).unwrap().trim_end_matches('\0'), name);
    }
    let huge = world
        .failure(|| world.builder_over(world.patched(memsz, &(1u64 << 52).to_le_bytes())).build());
    assert_eq!(huge.as_zx_status(), Status::INVALID_ARGS);
}

#[test]
fn new_reports_invalid_handles_and_denied_processes() {
    let world = World::new(Arch::X86_64);
    let before = world.stats();
    let new = |job: &OwnedHandle, executable| {
        ProcessBuilder::new(c"test", job, 0, executable, Some(world.vdso()), Compat::Newest, None)
            .unwrap_err()
    };
    assert_eq!(
        new(&world.invalid(), world.file(b"")),
        ProcessBuilderError::BadHandle("Invalid job handle")
    );
    assert_eq!(
        new(&world.job, world.invalid()),
        ProcessBuilderError::BadHandle("Invalid executable handle")
    );
    let not_a_job = world.any_handle();
    assert_eq!(
        new(&not_a_job, world.file(b"")),
        ProcessBuilderError::CreateProcess(Status::WRONG_TYPE)
    );
    drop(not_a_job);
    assert_eq!(world.stats(), before);

    // The policy that counts is that of the caller's job.
    let deny = PolicyBasic {
        condition: PolicyCondition::NewProcess,
        action: PolicyAction::Deny,
        can_override: false,
    };
    let (sandbox, confined) = world
        .context
        .call(|caller| {
            let sandbox = caller.job_create(world.job.value(), 0)?;
            caller.job_set_policy(sandbox, 1, &[deny])?;
            Ok((sandbox, caller.context_create(sandbox, b"confined")?))
        })
        .unwrap();
    let sandbox = world.context.own(sandbox);
    drop(
        ProcessBuilder::new(
            c"test",
            &sandbox,
            0,
            world.file(b""),
            Some(world.vdso()),
            Compat::Newest,
            None,
        )
        .unwrap(),
    );
    let confined = Context::new(Arc::clone(&world.kernel), confined);
    let moved = |handle: OwnedHandle| {
        let (value, to) = (handle.into_raw(), confined.process());
        confined.own(world.context.call(|caller| caller.handle_transfer(value, to)).unwrap())
    };
    let job = moved(sandbox);
    let (executable, vdso) = (moved(world.file(b"")), moved(world.vdso()));
    let denied =
        ProcessBuilder::new(c"test", &job, 0, executable, Some(vdso), Compat::Newest, None)
            .unwrap_err();
    assert_eq!(denied, ProcessBuilderError::CreateProcess(Status::ACCESS_DENIED));
    assert_eq!(denied.to_string(), "Failed to create process: ACCESS_DENIED");
}

#[test]
fn add_handles_takes_all_or_nothing() {
    let world = World::new(Arch::X86_64);
    let mut builder = world.builder();
    let before = world.stats();
    let good = || StartupHandle {
        handle: world.any_handle(),
        info: HandleInfo::new(HandleType::User0, 0),
    };
    for handle_type in [
        HandleType::ProcessSelf,
        HandleType::ThreadSelf,
        HandleType::RootVmar,
        HandleType::LoadedVmar,
        HandleType::StackVmo,
        HandleType::ExecutableVmo,
    ] {
        let bad = StartupHandle { handle: world.any_handle(), info: handle_type.into() };
        let error = builder.add_handles(vec![good(), bad]).unwrap_err();
        let text = format!(
            "Cannot add a {} handle directly, it will be automatically added",
            handle_type.name()
        );
        assert_eq!(error, ProcessBuilderError::InvalidArg(text));
        assert_eq!(world.stats(), before);
    }
    let directory =
        StartupHandle { handle: world.any_handle(), info: HandleType::NamespaceDirectory.into() };
    let error = builder.add_handles(vec![good(), directory]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Cannot add NamespaceDirectory handles directly, use add_namespace_entries"
    );
    let invalid = StartupHandle { handle: world.invalid(), info: HandleType::ProcessSelf.into() };
    let error = builder.add_handles(vec![good(), invalid]).unwrap_err();
    assert_eq!(error, ProcessBuilderError::BadHandle("Invalid handle in startup handles"));
    assert_eq!(world.stats(), before);
}

#[test]
fn namespace_entries_stop_at_65535() {
    let world = World::new(Arch::X86_64);
    let mut builder = world.builder();
    let before = world.stats();
    let entries = |count: usize| -> Vec<NamespaceEntry> {
        let entry = |_| NamespaceEntry { path: b"/n".to_vec(), directory: world.any_handle() };
        (0..count).map(entry).collect()
    };
    let error = builder.add_namespace_entries(entries(65536)).unwrap_err();
    assert_eq!(error.to_string(), "Too many namespace entries");
    assert_eq!(world.stats(), before);
    builder.add_namespace_entries(entries(65535)).unwrap();
    let full = world.stats();
    let error = builder.add_namespace_entries(entries(1)).unwrap_err();
    assert_eq!(error.to_string(), "Can't add namespace entries, limit reached");
    assert_eq!(world.stats(), full);
    let error = builder.build().unwrap_err();
    let too_many = ProcessargsError::TooManyHandles(65535 + 6);
    assert_eq!(error, ProcessBuilderError::ProcessArgs(too_many));
}

#[test]
fn fifty_eight_user_handles_fit_and_one_more_does_not() {
    let world = World::new(Arch::X86_64);
    let builder_with = |count: u16| {
        let mut builder = world.builder();
        let handles = (0..count).map(|arg| StartupHandle {
            handle: world.any_handle(),
            info: HandleInfo::new(HandleType::User0, arg),
        });
        builder.add_handles(handles.collect()).unwrap();
        builder
    };
    drop(builder_with(58).build().unwrap().done());
    let error = world.failure(|| builder_with(59).build());
    assert_eq!(error, ProcessBuilderError::ProcessArgs(ProcessargsError::TooManyHandles(65)));
}

#[test]
fn every_failing_step_says_which_and_releases_everything() {
    let world = World::new(Arch::X86_64);
    let load = program_header(&world.image, PT_LOAD);
    let note = program_header(&world.image, PT_NOTE);
    let code = load + 56;
    let interp = |kind: u32| kind.to_le_bytes();

    let bad_magic = world.failure(|| world.builder_over(world.patched(0, b"\0")).build());
    assert_eq!(
        bad_magic.to_string(),
        "Failed to parse ELF: Invalid ELF file header: Invalid ELF magic"
    );

    let dynamic = || world.builder_over(world.patched(note, &interp(PT_INTERP)));
    let missing = world.failure(|| dynamic().build());
    assert_eq!(missing, ProcessBuilderError::LoaderMissing);
    let nothing = world.failure(|| {
        let mut image = world.image.clone();
        image[load..load + 4].copy_from_slice(&PT_NULL.to_le_bytes());
        image[code..code + 4].copy_from_slice(&PT_NULL.to_le_bytes());
        world.builder_over(world.file(&image)).build()
    });
    assert_eq!(nothing, ProcessBuilderError::ElfLoad(ElfLoadError::NothingToLoad));

    let writable_code = world.failure(|| {
        let builder = world.builder_over(world.patched(code + 4, &7u32.to_le_bytes()));
        builder.build()
    });
    let denied = ElfLoadError::VmarMap(Status::ACCESS_DENIED);
    assert_eq!(writable_code, ProcessBuilderError::ElfLoad(denied));

    let no_vdso = world.failure(|| {
        let executable = world.file(&world.image);
        ProcessBuilder::new(
            c"test",
            &world.job,
            0,
            executable,
            Some(world.invalid()),
            Compat::Newest,
            None,
        )?
        .build()
    });
    let unreadable = ElfParseError::ReadError(Status::BAD_HANDLE);
    assert_eq!(no_vdso, ProcessBuilderError::ElfParse(unreadable));

    let empty_vdso = world.failure(|| {
        let mut builder = world.builder();
        let empty = world.context.call(|caller| caller.vmo_create(1, 0)).unwrap();
        builder.set_vdso_vmo(world.context.own(empty));
        builder.build()
    });
    assert!(matches!(
        empty_vdso,
        ProcessBuilderError::ElfParse(ElfParseError::InvalidFileHeader(_))
    ));

    let huge_stack = world.failure(|| {
        let mut builder = world.builder();
        builder.set_min_stack_size(1 << 47);
        builder.build()
    });
    assert_eq!(huge_stack.to_string(), "Failed to map initial stack: INVALID_ARGS");

    let huge_message = world.failure(|| {
        let mut builder = world.builder();
        builder.arguments().push(&[b'a'; 65536]).unwrap();
        builder.build()
    });
    assert!(matches!(
        huge_message,
        ProcessBuilderError::ProcessArgs(ProcessargsError::SizeTooLarge(_))
    ));
}
