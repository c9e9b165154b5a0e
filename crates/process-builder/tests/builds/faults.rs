//! A failure at each step that makes something: the system runs out of handles there. And the
//! errors that need a trick to be reached.

use loader_core::elf_load::ElfLoadError;
use loader_core::process_args::{HandleInfo, StartupHandle};
use process_builder::{
    Build, BuiltProcess, Compat, OwnedHandle, ProcessBuilder, ProcessBuilderError,
};
use zx_abi::{Arch, HandleType, MAX_HANDLE_COUNT, Rights, Status};

use crate::dynamic_build::{LINKER, dynamic_file};
use crate::support::*;

/// Handles that leave room for `room` more in the whole system.
fn fill(world: &World, room: usize) -> Vec<OwnedHandle> {
    let event = world.any_handle();
    let count = MAX_HANDLE_COUNT - world.stats().handles - room;
    let mut filling = Vec::with_capacity(count + 1);
    for _ in 0..count {
        filling.push(event.duplicate().unwrap());
    }
    filling.push(event);
    filling
}

/// Builds with room for 0, 1, 2, … handles until it succeeds, and returns what failed on the way.
fn failures(
    world: &World,
    mut build: impl FnMut() -> Result<BuiltProcess, ProcessBuilderError>,
) -> Vec<String> {
    let mut filling = fill(world, 0);
    let mut failures: Vec<String> = Vec::new();
    loop {
        let before = world.stats();
        match build() {
            Ok(built) => {
                drop(built);
                assert_eq!(world.stats(), before);
                return failures;
            }
            Err(error) => {
                assert_eq!(error.as_zx_status(), Status::NO_MEMORY, "{error}");
                assert_eq!(world.stats(), before, "after {error}");
                if failures.last() != Some(&error.to_string()) {
                    failures.push(error.to_string());
                }
            }
        }
        filling.pop();
    }
}

#[test]
fn a_static_build_that_runs_out_of_handles_releases_everything() {
    let world = World::new(Arch::X86_64);
    // What the builder is given counts too, and is made anew for each attempt.
    let (executable, vdso) = (world.file(&world.image), world.vdso());
    let steps = failures(&world, || {
        let (Ok(executable), Ok(vdso)) = (executable.duplicate(), vdso.duplicate()) else {
            return Err(ProcessBuilderError::CreateProcess(Status::NO_MEMORY));
        };
        let built = ProcessBuilder::new(
            c"test",
            &world.job,
            0,
            executable,
            Some(vdso),
            Compat::Newest,
            None,
        )?;
        built.build().map(Done::done)
    });
    assert_eq!(
        steps,
        [
            "Failed to create process: NO_MEMORY",
            "Failed to create thread: NO_MEMORY",
            "Failed to duplicate handle of type ProcessSelf: NO_MEMORY",
            "Failed to duplicate handle of type ThreadSelf: NO_MEMORY",
            "Failed to duplicate handle of type RootVmar: NO_MEMORY",
            "Failed to create channel: NO_MEMORY",
            "Failed to load ELF: Failed to allocate VMAR for ELF: NO_MEMORY",
            "Failed to duplicate initial stack: NO_MEMORY",
        ]
    );
    let error = world.failure(|| {
        let mut builder = world.builder();
        builder.set_min_stack_size(TOO_LARGE);
        builder.build()
    });
    assert_eq!(error.to_string(), "Failed to create VMO for initial thread stack: OUT_OF_RANGE");
}

#[test]
fn a_dynamic_build_that_runs_out_of_handles_releases_everything() {
    let world = World::new(Arch::X86_64);
    let (executable, vdso, linker, loader) =
        (dynamic_file(&world, LINKER), world.vdso(), world.file(&world.image), world.any_handle());
    for (compat, duplicates) in [
        (
            Compat::Newest,
            [
                "Failed to duplicate handle of type ProcessSelf: NO_MEMORY",
                "Failed to duplicate handle of type ThreadSelf: NO_MEMORY",
                "Failed to duplicate handle of type RootVmar: NO_MEMORY",
            ],
        ),
        (
            Compat::Year2019,
            [
                "Failed to dup process handle: NO_MEMORY",
                "Failed to dup VMAR handle: NO_MEMORY",
                "Failed to dup thread handle: NO_MEMORY",
            ],
        ),
    ] {
        let steps = failures(&world, || {
            let given: Result<Vec<OwnedHandle>, Status> =
                [&executable, &vdso, &linker, &loader].into_iter().map(|h| h.duplicate()).collect();
            let mut given = given.map_err(ProcessBuilderError::CreateProcess)?.into_iter();
            let mut next = || given.next().expect("four were given");
            let (executable, vdso) = (next(), next());
            let mut builder =
                ProcessBuilder::new(c"test", &world.job, 0, executable, Some(vdso), compat, None)?;
            let linker = next();
            builder.set_loader_service(next())?;
            match builder.build()? {
                Build::NeedsLinker(dynamic) => dynamic.finish(linker),
                Build::Done(_) => panic!("the executable is dynamic"),
            }
        });
        let [first, second, third] = duplicates;
        let linker_message: &[&str] = match compat {
            Compat::Newest => &[first, third],
            Compat::Year2019 => &duplicates,
        };
        let expected = [
            &["Failed to create process: NO_MEMORY", "Failed to create thread: NO_MEMORY"][..],
            &[first, second, third],
            &["Failed to create channel: NO_MEMORY"],
            &["Failed to allocate reservation VMAR: NO_MEMORY"],
            &["Failed to load ELF: Failed to allocate VMAR for ELF: NO_MEMORY"],
            linker_message,
        ]
        .concat();
        // The linker's message is on its way by the time of the vDSO; its handles still count.
        assert_eq!(steps[..expected.len()], expected[..]);
        assert_eq!(
            steps[expected.len()..],
            [
                "Failed to load ELF: Failed to allocate VMAR for ELF: NO_MEMORY",
                "Failed to duplicate initial stack: NO_MEMORY",
            ]
        );
    }
}

#[test]
fn a_handle_that_cannot_be_transferred_fails_in_the_message() {
    let world = World::new(Arch::X86_64);
    let error = world.failure(|| {
        let event = world.any_handle();
        let rights = (Rights::BASIC - Rights::TRANSFER).bits();
        let stuck = world.context.call(|caller| caller.handle_duplicate(event.value(), rights));
        let mut builder = world.builder();
        let info = HandleInfo::new(HandleType::User0, 0);
        let handle = world.context.own(stuck.unwrap());
        builder.add_handles(vec![StartupHandle { handle, info }])?;
        builder.build()
    });
    assert_eq!(error, ProcessBuilderError::WriteBootstrapMessage(Status::ACCESS_DENIED));
    assert_eq!(error.to_string(), "Failed to write bootstrap message to channel: ACCESS_DENIED");
}

#[test]
fn a_process_killed_meanwhile_has_no_address_space_to_load_into() {
    let world = World::new(Arch::X86_64);
    let kill_before_build = |executable: fn(&World) -> OwnedHandle| {
        world.failure(|| {
            let job = world.context.call(|caller| caller.job_create(world.job.value(), 0));
            let job = world.context.own(job.unwrap());
            let (executable, vdso) = (executable(&world), world.vdso());
            let mut builder = ProcessBuilder::new(
                c"test",
                &job,
                0,
                executable,
                Some(vdso),
                Compat::Newest,
                None,
            )?;
            builder.set_loader_service(world.any_handle())?;
            world.context.call(|caller| caller.task_kill(job.value())).unwrap();
            builder.build()
        })
    };
    let dead = ElfLoadError::VmarAllocate(Status::BAD_STATE);
    let killed = kill_before_build(|world| world.file(&world.image));
    assert_eq!(killed, ProcessBuilderError::ElfLoad(dead));
    assert_eq!(
        kill_before_build(|world| dynamic_file(world, LINKER)).to_string(),
        "Failed to allocate reservation VMAR: BAD_STATE"
    );
}

#[test]
fn ten_thousand_processes_built_and_dropped_leave_nothing() {
    let world = World::new(Arch::X86_64);
    let executable = world.file(&world.image);
    let before = world.stats();
    for _ in 0..10_000 {
        let builder = world.builder_over(executable.duplicate().unwrap());
        drop(builder.build().unwrap().done());
    }
    assert_eq!(world.stats(), before);
}
