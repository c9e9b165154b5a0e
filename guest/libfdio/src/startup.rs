//! The beginning and the end, which libc.so asks for.

use core::ffi::{CStr, c_char};
use core::slice;

use guest_rt::processargs::HandleInfo;
use guest_rt::startup::USE_FOR_STDIO;
use guest_rt::{Handle, Owned};
use zx_abi::HandleType;

use crate::descriptor;
use crate::namespace;
use crate::object::{Kind, Object};
use crate::path;

/// Descriptors that are standard streams.
const STDIO: i32 = 3;

/// Takes descriptors and directories out of the startup handles.
#[unsafe(no_mangle)]
unsafe extern "C" fn __libc_extensions_init(
    count: u32,
    handles: *mut u32,
    infos: *const u32,
    name_count: u32,
    names: *const *const c_char,
) {
    // SAFETY: the caller's promise.
    let (handles, infos, names) = unsafe {
        (
            slice::from_raw_parts_mut(handles, count as usize),
            slice::from_raw_parts(infos, count as usize),
            slice::from_raw_parts(names, name_count as usize),
        )
    };
    let mut for_stdio = None;
    for (place, &info) in handles.iter_mut().zip(infos) {
        let info = HandleInfo::from_raw(info);
        let mut take = || Owned::new(Handle::from_raw(core::mem::take(place)));
        match info.handle_type() {
            Some(HandleType::FileDescriptor) => {
                // What is none leaves its number free.
                let Ok(object) = Object::from_handle(take()) else { continue };
                if info.arg() & USE_FOR_STDIO != 0 {
                    for_stdio = Some(object.clone());
                }
                let fd = i32::from(info.arg() & !USE_FOR_STDIO);
                // A number beyond the table is nobody's.
                let _ = descriptor::replace(object, fd, false);
            }
            Some(HandleType::NamespaceDirectory) => {
                if let Some(&name) = names.get(usize::from(info.arg())) {
                    // SAFETY: the caller's promise.
                    let path = unsafe { CStr::from_ptr(name) }.to_bytes();
                    // Of those that overlap, the first one wins, and the others vanish.
                    let _ = namespace::installed().bind(path, take());
                }
            }
            _ => {}
        }
    }
    for fd in 0..STDIO {
        if descriptor::get(fd).is_err() {
            let object = for_stdio.clone().unwrap_or_else(|| Object::new(Kind::Null));
            let _ = descriptor::replace(object, fd, false);
        }
    }
    path::begin();
}

/// Says what is left to say. Handles are closed with the process.
#[unsafe(no_mangle)]
extern "C" fn __libc_extensions_fini() {
    for (_, object) in descriptor::all() {
        object.flush();
    }
}
