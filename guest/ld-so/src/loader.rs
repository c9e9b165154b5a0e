//! The loader service (sdk/fidl/fuchsia.ldsvc): asking it for libraries, and for further
//! connections.

use core::arch::naked_asm;
use core::sync::atomic::Ordering;

use guest_rt::fidl::Encoder;
use guest_rt::{Handle, channel};
use zx_abi::{Result, Status};

use crate::global;

const LOAD_OBJECT: u64 = 0x48c5_a151_d6df_2853;
const CLONE: u64 = 0x57e6_43a9_ab6e_4c29;

/// Bytes of a name, at most: `string:1024`.
const MAX_NAME: usize = 1024;

/// Asks for the library of this name, and waits for the answer.
///
/// # Errors
/// What the service answers, NOT_FOUND for example; OUT_OF_RANGE for a name that is too long;
/// INVALID_ARGS for a malformed answer; else as [`Encoder::call`].
pub fn load_object(loader: Handle, name: &[u8]) -> Result<Handle> {
    let (mut request, mut reply) = ([0; 32 + MAX_NAME], [0; 24]);
    let mut request = Encoder::new(&mut request, LOAD_OBJECT, 32);
    request.string(16, name);
    let mut reply = request.call(loader, &mut reply)?.body(24)?;
    let status = reply.status(16)?;
    reply.optional_handle(20)?;
    let mut object = reply.finish()?;
    Status::ok(status.into_raw())?;
    object.take()
}

/// Asks for another connection.
///
/// # Errors
/// What the service answers; else as [`channel::create`] and [`Encoder::call`].
pub fn clone(loader: Handle) -> Result<Handle> {
    let (client, server) = channel::create()?;
    let answer = || {
        let (mut request, mut reply) = ([0; 24], [0; 24]);
        let mut request = Encoder::new(&mut request, CLONE, 24);
        request.handle(16, server);
        let reply = request.call(loader, &mut reply)?.body(24)?;
        let status = reply.status(16)?;
        reply.finish()?;
        Status::ok(status.into_raw())
    };
    answer().map(|()| client).inspect_err(|_| client.close())
}

/// zircon/dlfcn.h's function, for what is linked against this linker itself. Others find it in
/// libc.so.
// SAFETY: has the signature of what it jumps to.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn dl_clone_loader_service(out: *mut u32) -> i32 {
    naked_asm!("jmp {}", sym dl_clone_loader)
}

/// Another connection to the loader service that the program was linked with, for a process that
/// the program creates. UNAVAILABLE if there is none.
///
/// # Safety
/// `out` is valid for the write.
// SAFETY: exported to programs, which declare it with this signature.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dl_clone_loader(out: *mut u32) -> i32 {
    let loader = global::linked().map_or(0, |linked| linked.loader.load(Ordering::Relaxed));
    let cloned = match Handle::from_raw(loader) {
        Handle::INVALID => Err(Status::UNAVAILABLE),
        loader => clone(loader),
    };
    match cloned {
        Ok(client) => {
            // SAFETY: the caller's promise.
            unsafe { out.write(client.into_raw()) };
            Status::OK.into_raw()
        }
        Err(status) => status.into_raw(),
    }
}

/// Asks another loader service from now on, and returns the connection to the one until now.
// SAFETY: exported to libc.so, which declares it with this signature.
#[unsafe(no_mangle)]
pub extern "C" fn dl_set_loader(loader: u32) -> u32 {
    global::linked()
        .map_or(0, |linked| linked.changes.with(|| linked.loader.swap(loader, Ordering::Relaxed)))
}
