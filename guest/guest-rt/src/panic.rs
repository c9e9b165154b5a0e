//! Panics end the process.

use core::panic::PanicInfo;

use crate::process;

/// Return code of a process that panicked.
const PANIC_CODE: i64 = -1;

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    crate::eprintln!("{info}");
    process::exit(PANIC_CODE)
}
