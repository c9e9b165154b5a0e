//! Launching processes (lib/fdio/spawn.h): what the new process gets is gathered and handed to the
//! `fuchsia.process.Launcher` of `/svc`.

use alloc::vec::Vec;
use core::ffi::{CStr, c_char, c_int};
use core::ptr;
use core::slice;

use guest_rt::io::{MAX_PATH, OpenFlags, VmoFlags, file};
use guest_rt::launcher::{self, Launcher};
use guest_rt::processargs::HandleInfo;
use guest_rt::startup::USE_FOR_STDIO;
use guest_rt::{Handle, Owned, channel};
use zx_abi::{HandleType, MAX_NAME_LEN, Rights, Status};

use crate::descriptor::{self, MAX_FD};
use crate::handle;
use crate::namespace;

type Result<T = ()> = core::result::Result<T, Status>;

const CLONE_JOB: u32 = 1;
const DEFAULT_LDSVC: u32 = 2;
const CLONE_NAMESPACE: u32 = 4;
const CLONE_STDIO: u32 = 8;
const CLONE_ENVIRON: u32 = 0x10;
const CLONE_UTC_CLOCK: u32 = 0x20;

const CLONE_FD: u32 = 1;
const TRANSFER_FD: u32 = 2;
const ADD_NS_ENTRY: u32 = 3;
const ADD_HANDLE: u32 = 4;
const SET_NAME: u32 = 5;
const CLONE_DIR: u32 = 6;

/// Bytes of an error's message, with its NUL (`FDIO_SPAWN_ERR_MSG_MAX_LENGTH`).
const MAX_MESSAGE: usize = 1024;

/// `fdio_spawn_action_t`
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Action {
    action: u32,
    reserved: u32,
    /// Two descriptors, a pointer, or an id and a handle.
    first: [u32; 2],
    /// A handle, where the pointer has one.
    second: u64,
}

const _: () = assert!(size_of::<Action>() == 24);

/// What an action is to do.
enum Work<'a> {
    CloneFd(c_int, c_int),
    TransferFd(c_int, c_int),
    AddName(&'a [u8], Owned),
    AddHandle(HandleInfo, Owned),
    SetName(&'a [u8]),
    CloneDirectory(&'a [u8]),
    /// What is not known, and ignored.
    Nothing,
}

impl<'a> Work<'a> {
    /// Takes an action over, with its handle.
    ///
    /// # Safety
    /// Its pointer is null or a string.
    unsafe fn take(action: Action) -> Result<Self> {
        let [low, high] = action.first;
        let pointer = (u64::from(high) << 32 | u64::from(low)) as *const c_char;
        // SAFETY: the caller's promise.
        let text = || unsafe { (!pointer.is_null()).then(|| CStr::from_ptr(pointer).to_bytes()) };
        let owned = |raw: u32| Owned::new(Handle::from_raw(raw));
        let present = |handle: &Owned| handle.get() != Handle::INVALID;
        let work = match action.action {
            CLONE_FD => Some(Self::CloneFd(low.cast_signed(), high.cast_signed())),
            TRANSFER_FD => Some(Self::TransferFd(low.cast_signed(), high.cast_signed())),
            ADD_NS_ENTRY => {
                let handle = owned(action.second as u32);
                text().filter(|_| present(&handle)).map(|path| Self::AddName(path, handle))
            }
            ADD_HANDLE => {
                let handle = owned(high);
                present(&handle).then(|| Self::AddHandle(HandleInfo::from_raw(low), handle))
            }
            SET_NAME => text().map(Self::SetName),
            CLONE_DIR => text()
                .filter(|path| path.starts_with(b"/") && (path.len() == 1 || !path.ends_with(b"/")))
                .map(Self::CloneDirectory),
            _ => Some(Self::Nothing),
        };
        work.ok_or(Status::INVALID_ARGS)
    }
}

/// Handles for the new process.
#[derive(Default)]
struct Handles {
    list: Vec<(Owned, HandleInfo)>,
    /// Descriptors that it has among them.
    fds: Vec<u16>,
}

impl Handles {
    fn add(&mut self, handle: Owned, handle_type: HandleType) {
        self.list.push((handle, HandleInfo::new(handle_type, 0)));
    }

    /// Reserves a descriptor's number, and returns its info.
    fn fd(&mut self, target: c_int) -> Result<HandleInfo> {
        let target = u16::try_from(target).map_err(|_| Status::OUT_OF_RANGE)?;
        let fd = target & !USE_FOR_STDIO;
        if usize::from(fd) >= MAX_FD {
            return Err(Status::OUT_OF_RANGE);
        }
        if self.fds.contains(&fd) {
            return Err(Status::ALREADY_EXISTS);
        }
        self.fds.push(fd);
        Ok(HandleInfo::new(HandleType::FileDescriptor, target))
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
    // SAFETY: the caller's promise.
    let executable = unsafe { load(path) };
    let loaded = executable.as_ref().err().copied();
    // SAFETY: the caller's promise. What an action has is consumed, even if there is no executable.
    let spawned =
        unsafe { spawn(job, flags, executable, argv, environment, actions_of(actions, count)) };
    // Only the path may be what is not found.
    let spawned = spawned.map_err(|(status, what)| match status {
        Status::NOT_FOUND if loaded.is_none() => (Status::INTERNAL, what),
        status => (status, what),
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
    let executable = match Handle::from_raw(executable) {
        Handle::INVALID => Err(Status::INVALID_ARGS),
        executable => Ok(Owned::new(executable)),
    };
    // SAFETY: the caller's promise.
    let spawned =
        unsafe { spawn(job, flags, executable, argv, environment, actions_of(actions, count)) };
    let spawned = spawned.map_err(|(status, what)| match status {
        Status::NOT_FOUND => (Status::INTERNAL, what),
        status => (status, what),
    });
    // SAFETY: the caller's promise.
    unsafe { finish(spawned, process, message) }
}

/// # Safety
/// There are so many actions, unless the pointer is null.
unsafe fn actions_of<'a>(actions: *const Action, count: usize) -> Option<&'a [Action]> {
    match count {
        0 => Some(&[]),
        _ if actions.is_null() => None,
        // SAFETY: the caller's promise.
        _ => Some(unsafe { slice::from_raw_parts(actions, count) }),
    }
}

/// Hands out the process, or says why there is none.
///
/// # Safety
/// `process` and `message` are null or valid for the writes.
unsafe fn finish(
    spawned: core::result::Result<Owned, Failure>,
    process: *mut u32,
    message: *mut c_char,
) -> i32 {
    let (status, what) = match &spawned {
        Ok(_) => (Status::OK, &c""),
        Err((status, what)) => (*status, what),
    };
    // SAFETY: the caller's promise.
    unsafe {
        if !message.is_null() {
            let bytes = what.to_bytes_with_nul();
            let size = bytes.len().min(MAX_MESSAGE);
            message.cast::<u8>().copy_from_nonoverlapping(bytes.as_ptr(), size);
        }
        if let Ok(spawned) = spawned
            && !process.is_null()
        {
            process.write(spawned.into_inner().into_raw());
        }
    }
    status.into_raw()
}

/// A status, and what failed.
type Failure = (Status, &'static CStr);

/// The executable at a path, named after its file.
///
/// # Safety
/// The path is null or a string.
unsafe fn load(path: *const c_char) -> Result<Owned> {
    if path.is_null() {
        return Err(Status::INVALID_ARGS);
    }
    // SAFETY: the caller's promise.
    let path = unsafe { CStr::from_ptr(path) }.to_bytes();
    if path.len() >= MAX_PATH {
        return Err(Status::INVALID_ARGS);
    }
    let path = crate::path::absolute(path).map_err(|_| Status::NOT_FOUND)?;
    let remote = namespace::open(&path, OpenFlags::READABLE | OpenFlags::EXECUTABLE)?;
    let wanted = VmoFlags::READ | VmoFlags::EXEC | VmoFlags::PRIVATE;
    let vmo = Owned::new(file::buffer(remote.channel(), wanted)?);
    let name = match path.iter().rposition(|&byte| byte == b'/') {
        Some(slash) if path.len() >= MAX_NAME_LEN => path.get(slash + 1..).unwrap_or_default(),
        _ => &path,
    };
    vmo.get().set_name(name)?;
    Ok(vmo)
}

/// # Safety
/// The lists are null or end with null, and pointers in actions are null or strings.
unsafe fn spawn(
    job: u32,
    flags: u32,
    executable: Result<Owned>,
    argv: *const *const c_char,
    environment: *const *const c_char,
    actions: Option<&[Action]>,
) -> core::result::Result<Owned, Failure> {
    let failed = |what| move |status| (status, what);
    let refused = (Status::INVALID_ARGS, c"");
    let actions = actions.ok_or(refused)?;
    // All are taken, before any is refused.
    // SAFETY: the caller's promise.
    let work: Vec<_> = actions.iter().map(|&action| unsafe { Work::take(action) }).collect();
    let _transfers = Transfers::of(&work);
    let executable = executable.map_err(failed(c"cannot load the executable"))?;
    // SAFETY: the caller's promise.
    let args = unsafe { strings(argv) }.ok_or(refused)?;
    let work = work.into_iter().collect::<Result<Vec<_>>>().map_err(failed(c""))?;
    let mut name = args.first().copied();
    let job = Handle::from_raw(if job == 0 { zx_job_default() } else { job });
    let duplicate = |handle: Handle| handle.duplicate(Rights::SAME_RIGHTS).map(Owned::new);

    let mut handles = Handles::default();
    if flags & CLONE_JOB != 0 {
        handles
            .add(duplicate(job).map_err(failed(c"cannot clone the job"))?, HandleType::DefaultJob);
    }
    if flags & DEFAULT_LDSVC != 0 {
        let loader = clone_loader().map_err(failed(c"cannot clone the loader service"))?;
        handles.add(loader, HandleType::LdsvcLoader);
    }
    let mut names = Vec::new();
    let mut prefixes = Vec::new();
    if flags & CLONE_NAMESPACE != 0 {
        prefixes.push(&b"/"[..]);
    }
    for work in work {
        let added = match work {
            Work::CloneFd(local, target) | Work::TransferFd(local, target) => {
                handles.fd(target).and_then(|info| Ok((clone_fd(local)?, info)))
            }
            Work::AddHandle(info, handle) => {
                let reserved = match info.handle_type() {
                    Some(HandleType::FileDescriptor) => handles.fd(info.arg().into()).map(|_| ()),
                    _ => Ok(()),
                };
                reserved.map(|()| (handle, info))
            }
            Work::AddName(path, directory) => {
                names.push((path, directory));
                continue;
            }
            Work::SetName(given) => {
                name = Some(given);
                continue;
            }
            Work::CloneDirectory(path) => {
                prefixes.push(path);
                continue;
            }
            Work::Nothing => continue,
        };
        handles.list.push(added.map_err(failed(c"cannot pass on a handle"))?);
    }
    let name = name.ok_or(refused)?;
    for fd in (0..3).filter(|_| flags & CLONE_STDIO != 0) {
        let Ok(info) = handles.fd(fd) else { continue };
        match clone_fd(fd) {
            Ok(handle) => handles.list.push((handle, info)),
            Err(Status::INVALID_ARGS | Status::NOT_SUPPORTED) => {}
            Err(status) => return Err((status, c"cannot clone a standard stream")),
        }
    }
    let clock = Handle::from_raw(zx_utc_reference_get());
    if flags & CLONE_UTC_CLOCK != 0 && clock != Handle::INVALID {
        let clock = duplicate(clock).map_err(failed(c"cannot clone the UTC clock"))?;
        handles.add(clock, HandleType::ClockUtc);
    }

    let launcher = connect().map_err(failed(c"cannot connect to fuchsia.process.Launcher"))?;
    let told = failed(c"cannot tell the Launcher what the process gets");
    launcher.add_args(args.iter().copied()).map_err(told)?;
    // SAFETY: the caller's promise; the environment is such a list.
    let environment = unsafe {
        strings(if !environment.is_null() || flags & CLONE_ENVIRON == 0 {
            environment
        } else {
            environ
        })
    };
    if let Some(variables) = environment {
        launcher.add_environs(variables.iter().copied()).map_err(told)?;
    }
    launcher.add_handles(handles.list.len(), handles.list).map_err(told)?;
    // What is added comes before what is cloned.
    names.extend(namespace::export(&prefixes).map_err(failed(c"cannot clone the namespace"))?);
    launcher.add_names(names.len(), names).map_err(told)?;
    let job = duplicate(job).map_err(failed(c"cannot clone the job"))?;
    launcher
        .launch(executable, job, name)
        .map_err(failed(c"the Launcher cannot launch the process"))
}

/// Closes descriptors that are transferred, whatever comes of it.
struct Transfers(Vec<c_int>);

impl Transfers {
    fn of(work: &[Result<Work<'_>>]) -> Self {
        let fds = work.iter().flatten().filter_map(|work| match work {
            Work::TransferFd(fd, _) => Some(*fd),
            _ => None,
        });
        Self(fds.collect())
    }
}

impl Drop for Transfers {
    fn drop(&mut self) {
        for &fd in &self.0 {
            // One that is not open is no worse then.
            let _ = descriptor::remove(fd);
        }
    }
}

fn clone_fd(fd: c_int) -> Result<Owned> {
    let object = descriptor::get(fd).map_err(|_| Status::INVALID_ARGS)?;
    handle::clone(&object).map(Owned::new)
}

fn clone_loader() -> Result<Owned> {
    let mut loader = 0;
    // SAFETY: `loader` is valid for the write.
    Status::ok(unsafe { dl_clone_loader_service(&mut loader) })?;
    Ok(Owned::new(Handle::from_raw(loader)))
}

fn connect() -> Result<Launcher> {
    let (client, server) = channel::create()?;
    let services = Owned::new(client);
    namespace::connect(b"/svc", launcher::FLAGS, Owned::new(server))?;
    Launcher::connect(services.get())
}
