//! Descriptors as handles (lib/fdio/fd.h), and what is behind them (lib/fdio/fdio.h,
//! lib/fdio/unsafe.h). Functions return statuses.

use alloc::sync::Arc;
use core::ffi::c_int;

use guest_rt::io::node;
use guest_rt::{Handle, Owned};
use zx_abi::{Rights, Status};

use crate::descriptor::{self, MAX_FD};
use crate::errno::{EINVAL, answer};
use crate::object::{Kind, Object};
use crate::{path, status};

type Result<T, E = Status> = core::result::Result<T, E>;

/// What a descriptor leads to.
fn object(fd: c_int) -> Result<Arc<Object>> {
    descriptor::get(fd).map_err(|_| Status::INVALID_ARGS)
}

/// Another handle to what is behind an object, for another process.
fn clone(object: &Object) -> Result<Owned> {
    let handle = match &object.kind {
        Kind::Pipe(handle) | Kind::Log(handle, _) => handle.get().duplicate(Rights::SAME_RIGHTS)?,
        Kind::Remote(remote) => node::clone(remote.channel())?,
        Kind::Local(_) | Kind::Null | Kind::Counter(_) => return Err(Status::NOT_SUPPORTED),
    };
    Ok(Owned::new(handle))
}

/// The same of a descriptor.
pub fn clone_fd(fd: c_int) -> Result<Owned> {
    clone(&*object(fd)?)
}

/// Closes a descriptor, and gives out the handle that was behind it, or another one where it still
/// leads to others.
pub fn transfer_fd(fd: c_int) -> Result<Owned> {
    let object = descriptor::remove(fd).map_err(|_| Status::INVALID_ARGS)?;
    match object.into_handle() {
        Ok(handle) => Ok(Owned::new(handle)),
        Err(object) => clone(&object),
    }
}

/// # Safety
/// `out` is valid for the write.
unsafe fn give(handle: Result<Owned>, out: *mut u32) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { status::give(handle.map(|handle| handle.into_inner().into_raw()), out) }
}

/// Another handle to what is behind a descriptor, for another process.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_fd_clone(fd: c_int, out: *mut u32) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { give(clone_fd(fd), out) }
}

/// The same of the working directory.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_cwd_clone(out: *mut u32) -> i32 {
    let (space, directory) = path::working_directory();
    let opened = space.open(&directory, crate::open::DIRECTORY).map(Object::new);
    // SAFETY: the caller's promise.
    unsafe { give(opened.and_then(|object| clone(&object)), out) }
}

/// Makes a descriptor of a handle, which is consumed.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_fd_create(handle: u32, out: *mut c_int) -> i32 {
    let object = Object::from_handle(Owned::new(Handle::from_raw(handle)));
    let inserted = object
        .and_then(|object| descriptor::insert(object, 0, false).map_err(|_| Status::NO_RESOURCES));
    // SAFETY: the caller's promise.
    unsafe { status::give(inserted, out) }
}

/// Makes a descriptor that leads nowhere.
#[unsafe(no_mangle)]
extern "C" fn fdio_fd_create_null() -> c_int {
    answer(descriptor::insert(Object::new(Kind::Null), 0, false))
}

/// Closes a descriptor, and gives out the handle that was behind it: UNAVAILABLE if others lead
/// there.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_fd_transfer(fd: c_int, out: *mut u32) -> i32 {
    let transfer = || {
        let object = descriptor::remove(fd).map_err(|_| Status::INVALID_ARGS)?;
        object.into_handle().map(Owned::new).map_err(|object| match object.kind {
            Kind::Null | Kind::Local(_) | Kind::Counter(_) => Status::NOT_SUPPORTED,
            _ => Status::UNAVAILABLE,
        })
    };
    // SAFETY: the caller's promise.
    unsafe { give(transfer(), out) }
}

/// Closes a descriptor, and gives out the handle that was behind it, or another one where it still
/// leads to others.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_fd_transfer_or_clone(fd: c_int, out: *mut u32) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { give(transfer_fd(fd), out) }
}

/// How many descriptors are open.
#[unsafe(no_mangle)]
extern "C" fn fdio_currently_allocated_fd_count() -> c_int {
    descriptor::all().len() as c_int
}

/// Makes what descriptors lead to (`fdio_t`) of a handle, which is consumed.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_create(handle: u32, out: *mut *const Object) -> i32 {
    let object = Object::from_handle(Owned::new(Handle::from_raw(handle)));
    // SAFETY: the caller's promise.
    unsafe { status::give(object.map(Arc::into_raw), out) }
}

/// What leads nowhere.
#[unsafe(no_mangle)]
extern "C" fn fdio_null_create() -> *const Object {
    Arc::into_raw(Object::new(Kind::Null))
}

/// What a descriptor leads to, for a while: null if it is not open.
#[unsafe(no_mangle)]
extern "C" fn fdio_unsafe_fd_to_io(fd: c_int) -> *const Object {
    descriptor::get(fd).map_or(core::ptr::null(), Arc::into_raw)
}

/// The handle behind it, which stays there: none, where there is no channel.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_unsafe_borrow_channel(object: Option<&Object>) -> u32 {
    let remote = object.and_then(|object| object.remote().ok());
    remote.map_or(Handle::INVALID, |remote| remote.channel()).into_raw()
}

/// Gives back what `fdio_unsafe_fd_to_io` has given.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_unsafe_release(object: *const Object) {
    // SAFETY: the caller's promise.
    drop(unsafe { Arc::from_raw(object) });
}

/// Lets a descriptor lead to it: this one, or the lowest that is free from a number on. Consumes it
/// if that is done.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_bind_to_fd(object: *const Object, fd: c_int, from: c_int) -> c_int {
    // SAFETY: the caller's promise. What the caller has stays his until it is done.
    let shared = unsafe {
        Arc::increment_strong_count(object);
        Arc::from_raw(object)
    };
    let bound = match fd {
        0.. if fd as usize >= MAX_FD => Err(EINVAL),
        0.. => descriptor::replace(shared, fd, false),
        _ => descriptor::insert(shared, from, false),
    };
    if bound.is_ok() {
        // SAFETY: it is consumed.
        drop(unsafe { Arc::from_raw(object) });
    }
    answer(bound)
}

/// Closes a descriptor, and gives out what only it has led to: UNAVAILABLE if others do.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_unbind_from_fd(fd: c_int, out: *mut *const Object) -> i32 {
    let unbind = || {
        let object = descriptor::remove(fd).map_err(|_| Status::INVALID_ARGS)?;
        if Arc::strong_count(&object) > 1 {
            return Err(Status::UNAVAILABLE);
        }
        Ok(Arc::into_raw(object))
    };
    // SAFETY: the caller's promise.
    unsafe { status::give(unbind(), out) }
}
