//! The linker's output goes to the debug log: at this time there is no standard error yet.

use core::fmt;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use guest_rt::{Handle, debug};

use crate::text::Text;

/// Bytes of a line, at most; the rest is cut off.
const LINE_SIZE: usize = 512;

static LOG: AtomicU32 = AtomicU32::new(0);
static VERBOSE: AtomicBool = AtomicBool::new(false);

/// Opens the log. Where that is not allowed, the kernel's console takes its place.
pub fn open() {
    LOG.store(debug::open().map_or(0, Handle::into_raw), Ordering::Relaxed);
}

/// Closes the log.
pub fn close() {
    Handle::from_raw(LOG.swap(0, Ordering::Relaxed)).close();
}

/// Makes [`verbose`] speak, as LD_DEBUG wants.
pub fn set_verbose() {
    VERBOSE.store(true, Ordering::Relaxed);
}

/// Writes a line.
pub fn line(text: fmt::Arguments<'_>) {
    let mut room = [0; LINE_SIZE];
    let mut line = Text::new(&mut room);
    line.add(format_args!("ld.so.1: {text}"));
    let bytes = line.as_bytes();
    // That the log cannot be written cannot be reported.
    let _ = match LOG.load(Ordering::Relaxed) {
        0 => debug::write(bytes),
        log => debug::log(Handle::from_raw(log), bytes),
    };
}

/// Writes a line if LD_DEBUG is set.
pub fn verbose(text: fmt::Arguments<'_>) {
    if VERBOSE.load(Ordering::Relaxed) {
        line(text);
    }
}
