//! Launching a process that is like its parent, as `fdio_spawn` does (sdk/lib/fdio/spawn.cc): with
//! the parent's job, loader service, namespace, standard streams, environment and clock, or with
//! some of them.

use bitflags::bitflags;
use guest_rt::io_2020::{OpenFlags, node};
use guest_rt::launcher::{self, Launcher};
use guest_rt::processargs::{HandleInfo, Strings};
use guest_rt::{Handle, Owned};
use zx_abi::{CHANNEL_MAX_MSG_HANDLES, HandleType, Result, Rights, Status};

use crate::list::List;
use crate::{clone_loader_service, environ, executable, fd, handle, namespace};

bitflags! {
    /// What the child gets of what its parent has.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct SpawnFlags: u32 {
        /// The default job.
        const CLONE_JOB = 1;
        /// A connection to the loader service.
        const DEFAULT_LDSVC = 2;
        /// The namespace.
        const CLONE_NAMESPACE = 4;
        /// Standard input, output and error, as far as they can be cloned.
        const CLONE_STDIO = 8;
        /// The environment.
        const CLONE_ENVIRON = 0x10;
        /// The UTC clock, if there is one.
        const CLONE_UTC_CLOCK = 0x20;
        /// Everything.
        const CLONE_ALL = 0xffff;
    }
}

/// Entries of a namespace, at most: as many as a message has handles.
const MAX_NAMES: usize = CHANNEL_MAX_MSG_HANDLES as usize;

/// What a UTC clock is for in the child.
const CLOCK_RIGHTS: Rights =
    Rights::READ.union(Rights::WAIT).union(Rights::DUPLICATE).union(Rights::TRANSFER);

/// Launches the executable at a path in the default job, with these arguments, of which the first
/// one names the process. Returns the process.
///
/// # Errors
/// NOT_FOUND and others if the executable cannot be opened; INVALID_ARGS without arguments;
/// INTERNAL for a NOT_FOUND of anything else; UNAVAILABLE without a loader service; else what the
/// Launcher says.
pub fn spawn(flags: SpawnFlags, path: &[u8], argv: Strings<'_>) -> Result<Owned> {
    let executable = executable::load(path)?;
    // Only the path may be what is not found.
    spawn_vmo(flags, executable, argv).map_err(|status| match status {
        Status::NOT_FOUND => Status::INTERNAL,
        status => status,
    })
}

fn spawn_vmo(flags: SpawnFlags, executable: Owned, argv: Strings<'_>) -> Result<Owned> {
    let name = argv.clone().next().ok_or(Status::INVALID_ARGS)?;
    let job = handle(HandleType::DefaultJob).unwrap_or(Handle::INVALID);
    let handles = handles(flags, job)?;
    let names = names(flags)?;

    let services = Owned::new(namespace::connect(b"/svc", launcher::FLAGS)?);
    let launcher = Launcher::connect(services.get())?;
    launcher.add_args(argv)?;
    if flags.contains(SpawnFlags::CLONE_ENVIRON) {
        launcher.add_environs(environ())?;
    }
    if !handles.is_empty() {
        launcher.add_handles(handles.len(), handles)?;
    }
    if !names.is_empty() {
        launcher.add_names(names.len(), names)?;
    }
    let job = duplicate(job, Rights::SAME_RIGHTS)?;
    launcher.launch(executable, job, name)
}

/// The handles that the child gets.
fn handles(flags: SpawnFlags, job: Handle) -> Result<List<(Owned, HandleInfo), 6>> {
    let mut handles = List::new();
    if flags.contains(SpawnFlags::CLONE_JOB) {
        let job = duplicate(job, Rights::SAME_RIGHTS)?;
        handles.push((job, HandleInfo::new(HandleType::DefaultJob, 0)))?;
    }
    if flags.contains(SpawnFlags::DEFAULT_LDSVC) {
        let loader = clone_loader_service()?;
        handles.push((loader, HandleInfo::new(HandleType::LdsvcLoader, 0)))?;
    }
    for number in (0..3).filter(|_| flags.contains(SpawnFlags::CLONE_STDIO)) {
        match fd::clone(number) {
            Ok(stream) => {
                handles.push((stream, HandleInfo::new(HandleType::FileDescriptor, number)))?;
            }
            Err(Status::INVALID_ARGS | Status::NOT_SUPPORTED) => {}
            Err(status) => return Err(status),
        }
    }
    if flags.contains(SpawnFlags::CLONE_UTC_CLOCK)
        && let Some(clock) = handle(HandleType::ClockUtc)
    {
        let clock = duplicate(clock, CLOCK_RIGHTS)?;
        handles.push((clock, HandleInfo::new(HandleType::ClockUtc, 0)))?;
    }
    Ok(handles)
}

/// The entries of the child's namespace.
fn names(flags: SpawnFlags) -> Result<List<(&'static [u8], Owned), MAX_NAMES>> {
    let mut names = List::new();
    for entry in namespace::entries().filter(|_| flags.contains(SpawnFlags::CLONE_NAMESPACE)) {
        let directory = node::clone(entry.directory, OpenFlags::CLONE_SAME_RIGHTS)?;
        names.push((entry.path, Owned::new(directory)))?;
    }
    Ok(names)
}

fn duplicate(handle: Handle, rights: Rights) -> Result<Owned> {
    handle.duplicate(rights).map(Owned::new)
}
