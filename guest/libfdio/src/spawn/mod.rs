//! Launching processes (lib/fdio/spawn.h): what the new process gets is gathered and handed to the
//! `fuchsia.process.Launcher` of `/svc`.

mod action;
mod handles;
mod program;

use alloc::string::String;
use alloc::vec::Vec;
use core::ffi::{CStr, c_char};
use core::{ptr, slice};

use guest_rt::launcher::Launcher;
use guest_rt::{Handle, Owned, channel};
use zx_abi::{HandleType, Rights, Status};

use self::action::{Action, Work};
use self::handles::Handles;
use self::program::Program;
use crate::text::{text, written};
use crate::{namespace, service};

const CLONE_JOB: u32 = 1;
const DEFAULT_LDSVC: u32 = 2;
const CLONE_NAMESPACE: u32 = 4;
const CLONE_STDIO: u32 = 8;
const CLONE_ENVIRON: u32 = 0x10;
const CLONE_UTC_CLOCK: u32 = 0x20;

/// Bytes of an error's message, with its NUL (`FDIO_SPAWN_ERR_MSG_MAX_LENGTH`).
const MAX_MESSAGE: usize = 1024;

/// Why there is no process.
struct Failure {
    status: Status,
    /// Nothing, for arguments that cannot be.
    message: String,
}

type Result<T = (), E = Failure> = core::result::Result<T, E>;

const REFUSED: Failure = Failure { status: Status::INVALID_ARGS, message: String::new() };

/// Says what has failed.
trait Step<T> {
    fn step(self, what: &str) -> Result<T>;
}

impl<T> Step<T> for Result<T, Status> {
    fn step(self, what: &str) -> Result<T> {
        self.map_err(|status| Failure {
            status,
            message: written(format_args!("{what}: {status}")),
        })
    }
}

unsafe extern "C" {
    static environ: *const *const c_char;
    safe fn zx_job_default() -> u32;
    safe fn zx_utc_reference_get() -> u32;
    fn dl_clone_loader_service(out: *mut u32) -> i32;
}

/// # Safety
/// The list is null, or ends with null.
unsafe fn strings<'a>(list: *const *const c_char) -> Option<Vec<&'a [u8]>> {
    if list.is_null() {
        return None;
    }
    let mut found = Vec::new();
    // SAFETY: the caller's promise.
    unsafe {
        while let string = *list.add(found.len())
            && !string.is_null()
        {
            found.push(CStr::from_ptr(string).to_bytes());
        }
    }
    Some(found)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_spawn(
    job: u32,
    flags: u32,
    path: *const c_char,
    argv: *const *const c_char,
    process: *mut u32,
) -> i32 {
    let none = ptr::null_mut();
    // SAFETY: the caller's promise.
    unsafe { fdio_spawn_etc(job, flags, path, argv, ptr::null(), 0, ptr::null(), process, none) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_spawn_etc(
    job: u32,
    flags: u32,
    path: *const c_char,
    argv: *const *const c_char,
    environment: *const *const c_char,
    count: usize,
    actions: *const Action,
    process: *mut u32,
    message: *mut c_char,
) -> i32 {
    // SAFETY: the caller's promise. What actions have is consumed, even if there is no executable.
    let spawned = unsafe { action::take(actions, count) }.and_then(|work| {
        // SAFETY: the caller's promise.
        let path = unsafe { text(path) }.map_err(|_| REFUSED)?;
        let executable = program::load(path)?;
        let program = Program::new(executable);
        // SAFETY: the caller's promise.
        let spawned = unsafe { spawn(job, flags, program, Some(path), argv, environment, work) };
        spawned.map_err(not_missing)
    });
    // SAFETY: the caller's promise.
    unsafe { finish(spawned, process, message) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_spawn_vmo(
    job: u32,
    flags: u32,
    executable: u32,
    argv: *const *const c_char,
    environment: *const *const c_char,
    count: usize,
    actions: *const Action,
    process: *mut u32,
    message: *mut c_char,
) -> i32 {
    let program = Program::new(Owned::new(Handle::from_raw(executable)));
    // SAFETY: the caller's promise.
    let spawned = unsafe { action::take(actions, count) }.and_then(|work| {
        if executable == Handle::INVALID.into_raw() {
            return Err(REFUSED);
        }
        // SAFETY: the caller's promise.
        unsafe { spawn(job, flags, program, None, argv, environment, work) }.map_err(not_missing)
    });
    // SAFETY: the caller's promise.
    unsafe { finish(spawned, process, message) }
}

/// Only the path may be what is not found.
fn not_missing(failure: Failure) -> Failure {
    match failure.status {
        Status::NOT_FOUND => Failure { status: Status::INTERNAL, ..failure },
        _ => failure,
    }
}

/// Hands out the process, or says why there is none.
///
/// # Safety
/// `process` and `message` are null or valid for the writes.
unsafe fn finish(spawned: Result<Owned>, process: *mut u32, message: *mut c_char) -> i32 {
    let (status, what) = match &spawned {
        Ok(_) => (Status::OK, ""),
        Err(Failure { status, message }) => (*status, message.as_str()),
    };
    // SAFETY: the caller's promise.
    unsafe {
        if !message.is_null() {
            let size = what.len().min(MAX_MESSAGE - 1);
            message.cast::<u8>().copy_from_nonoverlapping(what.as_ptr(), size);
            message.add(size).write(0);
        }
        if let Ok(spawned) = spawned
            && !process.is_null()
        {
            process.write(spawned.into_inner().into_raw());
        }
    }
    status.into_raw()
}

/// # Safety
/// The lists are null or end with null.
unsafe fn spawn(
    job: u32,
    mut flags: u32,
    mut program: Program,
    path: Option<&[u8]>,
    argv: *const *const c_char,
    environment: *const *const c_char,
    work: Vec<Work<'_>>,
) -> Result<Owned> {
    // SAFETY: the caller's promise.
    let args = unsafe { strings(argv) }.ok_or(REFUSED)?;
    let mut name = args.first().copied();
    let mut directories = Vec::new();
    for work in &work {
        work.check(flags)?;
        match work {
            Work::SetName(given) => name = Some(given),
            Work::CloneDirectory(b"/") => flags |= CLONE_NAMESPACE,
            Work::CloneDirectory(path) => directories.push(*path),
            _ => {}
        }
    }
    let name = name.ok_or(REFUSED)?;
    let job = Handle::from_raw(if job == 0 { zx_job_default() } else { job });
    let duplicate = |handle: Handle| handle.duplicate(Rights::SAME_RIGHTS).map(Owned::new);

    if flags & DEFAULT_LDSVC != 0 {
        program.loader = Some(clone_loader().step("cannot clone the loader service")?);
    }
    program.follow(path.or(args.first().copied()))?;
    let launcher = connect().step("cannot connect to fuchsia.process.Launcher")?;
    let args = program.arguments(&args);
    launcher.add_args(args.iter().map(|arg| &arg[..])).step("cannot send the arguments")?;
    // SAFETY: the caller's promise; the environment is such a list.
    let variables = unsafe {
        strings(if !environment.is_null() || flags & CLONE_ENVIRON == 0 {
            environment
        } else {
            environ
        })
    };
    if let Some(variables) = variables {
        launcher.add_environs(variables.into_iter()).step("cannot send the environment")?;
    }

    let cloned = namespace::installed()
        .export(|path| flags & CLONE_NAMESPACE != 0 || is_below_any(path, &directories))
        .step("cannot clone the namespace")?;
    let mut handles = Handles::default();
    if flags & CLONE_JOB != 0 {
        let job = duplicate(job).step("cannot clone the job")?;
        handles.add(job, HandleType::DefaultJob);
    }
    if let Some(loader) = program.loader.take() {
        handles.add(loader, HandleType::LdsvcLoader);
    }
    let mut names = Vec::new();
    for (index, work) in work.into_iter().enumerate() {
        match work {
            // What is added comes before what is cloned.
            Work::AddName(path, directory) => names.push((path.to_vec(), directory)),
            work => handles.act(index, work)?,
        }
    }
    if flags & CLONE_STDIO != 0 {
        handles.clone_stdio()?;
    }
    let clock = Handle::from_raw(zx_utc_reference_get());
    if flags & CLONE_UTC_CLOCK != 0 && clock != Handle::INVALID {
        let clock = duplicate(clock).step("cannot clone the UTC clock")?;
        handles.add(clock, HandleType::ClockUtc);
    }
    let handles = handles.into_list();
    launcher.add_handles(handles.len(), handles).step("cannot send the handles")?;
    names.extend(cloned);
    launcher
        .add_names(
            names.len(),
            names.iter_mut().map(|(path, directory)| {
                (&path[..], core::mem::replace(directory, Owned::new(Handle::INVALID)))
            }),
        )
        .step("cannot send the namespace")?;
    let job = duplicate(job).step("cannot clone the job")?;
    launcher.launch(program.executable, job, name).step("the Launcher cannot launch the process")
}

/// Whether a path is that of one of some directories, or leads below it.
fn is_below_any(path: &[u8], directories: &[&[u8]]) -> bool {
    let is_below = |directory: &[u8]| {
        path.strip_prefix(directory).is_some_and(|rest| matches!(rest, [] | [b'/', ..]))
    };
    directories.iter().any(|directory| is_below(directory))
}

fn clone_loader() -> Result<Owned, Status> {
    let mut loader = 0;
    // SAFETY: `loader` is valid for the write.
    Status::ok(unsafe { dl_clone_loader_service(&mut loader) })?;
    Ok(Owned::new(Handle::from_raw(loader)))
}

fn connect() -> Result<Launcher, Status> {
    let (client, server) = channel::create()?;
    let client = Owned::new(client);
    service::connect_by_name(b"fuchsia.process.Launcher", Owned::new(server))?;
    Ok(Launcher::new(client))
}

/// # Safety
/// There are so many actions, unless the pointer is null.
unsafe fn list<'a>(actions: *const Action, count: usize) -> Option<&'a [Action]> {
    match count {
        0 => Some(&[]),
        _ if actions.is_null() => None,
        // SAFETY: the caller's promise.
        _ => Some(unsafe { slice::from_raw_parts(actions, count) }),
    }
}
