//! What dynamic programs have of `libguest.so` and `ld.so.1`, and what is made of it.

#![no_std]

pub mod executable;
pub mod fd;
pub mod list;
pub mod namespace;
pub mod spawn;
pub mod text;

use core::{fmt, ptr, slice};

use guest_rt::processargs::{HandleInfo, Strings};
use guest_rt::{Handle, Owned, stdio};
use zx_abi::{HandleType, Result, Status};

unsafe extern "C" {
    fn guest_strings(list: u32, size: *mut usize) -> *const u8;
    fn guest_handle(index: usize, info: *mut u32) -> u32;
    safe fn zx_take_startup_handle(info: u32) -> u32;
    safe fn guest_vdso_base() -> usize;
    fn guest_write(fd: u32, bytes: *const u8, size: usize) -> i32;
}

// Of ld.so.1.
unsafe extern "C" {
    fn dl_clone_loader_service(out: *mut u32) -> i32;
}

/// Names the program's main function, a `fn() -> i64`: what it returns is the process's return
/// code.
#[macro_export]
macro_rules! entry {
    ($main:path) => {
        extern "C" fn main_function() -> i64 {
            let main: fn() -> i64 = $main;
            main()
        }

        /// Enters as the linker was entered, with the bootstrap handle in edi and the vDSO's base
        /// in rsi, and hands both to libguest.so's `guest_start`.
        // SAFETY: the program's entry point; no other crate defines it.
        #[unsafe(naked)]
        #[unsafe(no_mangle)]
        unsafe extern "C" fn _start() -> ! {
            core::arch::naked_asm!(
                "xor ebp, ebp",
                "and rsp, -16",
                "lea rdx, [rip + {main}]",
                "call [rip + guest_start@GOTPCREL]",
                "ud2",
                main = sym main_function,
            )
        }
    };
}

fn strings(list: u32) -> Strings<'static> {
    let mut size = 0;
    // SAFETY: `size` is valid for the write; strings that are there stay.
    unsafe {
        let bytes = guest_strings(list, &mut size);
        Strings::new(if bytes.is_null() { &[] } else { slice::from_raw_parts(bytes, size) })
    }
}

/// The arguments; the first one names the program.
pub fn args() -> Strings<'static> {
    strings(0)
}

/// The environment, `NAME=VALUE` by convention.
pub fn environ() -> Strings<'static> {
    strings(1)
}

/// The startup handles in the message's order, without those that were taken: file descriptors, to
/// begin with.
pub fn handles() -> impl Iterator<Item = (HandleInfo, Handle)> {
    let all = (0..).map_while(|index| {
        let mut info = 0;
        // SAFETY: `info` is valid for the write.
        let handle = unsafe { guest_handle(index, ptr::from_mut(&mut info)) };
        (info != 0).then(|| (HandleInfo::from_raw(info), Handle::from_raw(handle)))
    });
    all.filter(|&(_, handle)| handle != Handle::INVALID)
}

/// Takes a startup handle out.
pub fn take_handle(info: HandleInfo) -> Option<Handle> {
    Some(Handle::from_raw(zx_take_startup_handle(info.into_raw())))
        .filter(|&handle| handle != Handle::INVALID)
}

/// The startup handle of this type, and argument 0, which stays where it is.
pub fn handle(handle_type: HandleType) -> Option<Handle> {
    let wanted = HandleInfo::new(handle_type, 0);
    handles().find(|&(info, _)| info == wanted).map(|(_, handle)| handle)
}

/// Another connection to the loader service that the program was linked with.
///
/// # Errors
/// UNAVAILABLE if there is none; else what the service says.
pub fn clone_loader_service() -> Result<Owned> {
    let mut loader = 0;
    // SAFETY: `loader` is valid for the write.
    Status::ok(unsafe { dl_clone_loader_service(&mut loader) })?;
    Ok(Owned::new(Handle::from_raw(loader)))
}

/// Where the vDSO is mapped.
pub fn vdso_base() -> usize {
    guest_vdso_base()
}

/// Prints to standard output. What cannot be written is lost.
pub fn print(text: fmt::Arguments<'_>) {
    stdio::print(text, |bytes| {
        // SAFETY: the bytes have the size passed.
        Status::ok(unsafe { guest_write(1, bytes.as_ptr(), bytes.len()) })
    });
}

/// Prints to standard output, with a newline.
#[macro_export]
macro_rules! println {
    ($($text:tt)*) => {
        $crate::print(format_args!("{}\n", format_args!($($text)*)))
    };
}
