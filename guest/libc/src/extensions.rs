//! What `libfdio.so` adds to this library, where a program has it. The names are weak imports, so
//! that a program without it has none of that.

use core::arch::{asm, global_asm};
use core::ffi::{c_char, c_int, c_void};
use core::mem::transmute;

macro_rules! weak {
    ($($(#[$doc:meta])* fn $function:ident = $name:literal($($arg:ty),*) $(-> $ret:ty)?;)*) => {
        $(
            global_asm!(concat!(".weak ", $name));

            $(#[$doc])*
            pub fn $function() -> Option<unsafe extern "C" fn($($arg),*) $(-> $ret)?> {
                let address: usize;
                // SAFETY: reads a word that the linker has set.
                unsafe {
                    asm!(
                        concat!("mov {}, [rip + ", $name, "@GOTPCREL]"),
                        out(reg) address,
                        options(nostack, readonly, preserves_flags),
                    );
                }
                // SAFETY: 0 is none, and else it is the function of this name.
                unsafe { transmute(address) }
            }
        )*
    };
}

weak! {
    /// Takes what it wants out of the startup handles, leaving 0.
    fn initialize = "__libc_extensions_init"(u32, *mut u32, *mut u32, u32, *mut *mut c_char);
    /// Ends what that has begun.
    fn finalize = "__libc_extensions_fini"();
    /// `access` of unistd.h
    fn access = "access"(*const c_char, c_int) -> c_int;
    /// `close` of unistd.h
    fn close = "close"(c_int) -> c_int;
    /// `dup2` of unistd.h
    fn dup2 = "dup2"(c_int, c_int) -> c_int;
    /// `fcntl` of fcntl.h, with a number
    fn control = "fcntl"(c_int, c_int, c_int) -> c_int;
    /// `mkdir` of sys/stat.h
    fn mkdir = "mkdir"(*const c_char, u32) -> c_int;
    /// `rmdir` of unistd.h
    fn rmdir = "rmdir"(*const c_char) -> c_int;
    /// `unlink` of unistd.h
    fn unlink = "unlink"(*const c_char) -> c_int;
    /// `lseek` of unistd.h
    fn seek = "lseek"(c_int, i64, c_int) -> i64;
    /// `open` of fcntl.h, with a mode
    fn open = "open"(*const c_char, c_int, u32) -> c_int;
    /// `read` of unistd.h
    fn read = "read"(c_int, *mut c_void, usize) -> isize;
    /// `write` of unistd.h
    fn write = "write"(c_int, *const c_void, usize) -> isize;
    /// Maps a file: offset in the root VMAR, size, `zx_vm_option_t`, flags of `mmap`, descriptor,
    /// offset in the file, and where the address goes. Returns a status.
    fn map_file = "_mmap_file"(usize, usize, u32, c_int, c_int, i64, *mut usize) -> i32;
}
