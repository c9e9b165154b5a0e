//! Streams.

use core::ffi::c_int;
use core::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use guest_rt::debug;
use guest_rt::lock::Mutex;

use crate::{errno, extensions};

/// What can be put back before what has been read ahead.
const BACK: usize = 8;
/// Bytes that are read ahead, at most.
const AHEAD: usize = 1024;

/// What has been read ahead.
struct Ahead {
    room: [u8; BACK + AHEAD],
    next: usize,
    end: usize,
}

/// `FILE`
pub struct File {
    fd: AtomicI32,
    ahead: Mutex<Ahead>,
    /// Whether its end has been seen, and whether something has failed.
    ended: AtomicBool,
    failed: AtomicBool,
}

pub static STDIN: File = File::new(0);
pub static STDOUT: File = File::new(1);
pub static STDERR: File = File::new(2);

/// A pointer to a stream, which programs import by its name.
#[repr(transparent)]
struct Pointer(*const File);

// SAFETY: what it points to takes care of itself.
unsafe impl Sync for Pointer {}

#[unsafe(no_mangle)]
#[allow(non_upper_case_globals, reason = "C's name")]
static stdin: Pointer = Pointer(&STDIN);
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals, reason = "C's name")]
static stdout: Pointer = Pointer(&STDOUT);
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals, reason = "C's name")]
static stderr: Pointer = Pointer(&STDERR);

/// What a function of `libfdio.so` returns to a program that lacks it: it has failed.
fn missing<T: From<i8>>() -> T {
    errno::set(errno::ENOSYS);
    T::from(-1)
}

impl File {
    pub const fn new(fd: c_int) -> Self {
        Self {
            fd: AtomicI32::new(fd),
            ahead: Mutex::new(Ahead { room: [0; BACK + AHEAD], next: BACK, end: BACK }),
            ended: AtomicBool::new(false),
            failed: AtomicBool::new(false),
        }
    }

    pub fn fd(&self) -> c_int {
        self.fd.load(Ordering::Relaxed)
    }

    /// Continues with another descriptor.
    pub fn set_fd(&self, fd: c_int) {
        self.ahead.with(|ahead| (ahead.next, ahead.end) = (BACK, BACK));
        self.fd.store(fd, Ordering::Relaxed);
        self.clear();
    }

    pub fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    pub fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// Forgets of its end, and of what has failed.
    pub fn clear(&self) {
        self.ended.store(false, Ordering::Relaxed);
        self.failed.store(false, Ordering::Relaxed);
    }

    /// Writes everything. Without `libfdio.so` it goes to the kernel's console.
    pub fn write(&self, mut bytes: &[u8]) -> Result<(), ()> {
        self.leave_ahead();
        let Some(write) = extensions::write() else {
            return debug::write(bytes).map_err(|_| errno::set(errno::EIO));
        };
        while !bytes.is_empty() {
            // SAFETY: the bytes have the size passed.
            let written = unsafe { write(self.fd(), bytes.as_ptr().cast(), bytes.len()) };
            let Ok(written) = usize::try_from(written) else {
                self.failed.store(true, Ordering::Relaxed);
                return Err(());
            };
            bytes = bytes.get(written..).unwrap_or_default();
        }
        Ok(())
    }

    /// Reads some bytes; none at the end, or if that fails.
    fn read_some(&self, room: &mut [u8]) -> usize {
        let count: isize = extensions::read().map_or_else(missing, |read| {
            // SAFETY: the room has the size passed.
            unsafe { read(self.fd(), room.as_mut_ptr().cast(), room.len()) }
        });
        match usize::try_from(count) {
            Ok(0) => {
                self.ended.store(true, Ordering::Relaxed);
                0
            }
            Ok(count) => count,
            Err(_) => {
                self.failed.store(true, Ordering::Relaxed);
                0
            }
        }
    }

    /// Takes bytes until there are `limit`, or until one is `last`, which `take` gets in pieces.
    pub fn read(&self, limit: usize, last: Option<u8>, mut take: impl FnMut(&[u8]) -> bool) {
        self.ahead.with(|ahead| {
            let mut left = limit;
            while left > 0 {
                if ahead.next == ahead.end {
                    let count = self.read_some(&mut ahead.room[BACK..]);
                    (ahead.next, ahead.end) = (BACK, BACK + count);
                    if count == 0 {
                        return;
                    }
                }
                let there = &ahead.room[ahead.next..ahead.end];
                let there = &there[..there.len().min(left)];
                let found = last.and_then(|last| there.iter().position(|&byte| byte == last));
                let count = found.map_or(there.len(), |index| index + 1);
                if !take(&there[..count]) {
                    self.failed.store(true, Ordering::Relaxed);
                    return;
                }
                ahead.next += count;
                left -= count;
                if found.is_some() {
                    return;
                }
            }
        });
    }

    /// Puts a byte back; false if there is no room for it.
    pub fn put_back(&self, byte: u8) -> bool {
        self.ahead.with(|ahead| {
            let Some(next) = ahead.next.checked_sub(1) else { return false };
            ahead.room[next] = byte;
            ahead.next = next;
            self.ended.store(false, Ordering::Relaxed);
            true
        })
    }

    /// Where the next byte is in the file; -1 if there is no such place.
    pub fn tell(&self) -> i64 {
        const SEEK_CUR: c_int = 1;
        let ahead = self.ahead.with(|ahead| ahead.end - ahead.next) as i64;
        // SAFETY: takes no pointer.
        let place =
            extensions::seek().map_or_else(missing, |seek| unsafe { seek(self.fd(), 0, SEEK_CUR) });
        if place < 0 { place } else { place - ahead }
    }

    /// Goes elsewhere; -1 if that fails.
    pub fn seek(&self, offset: i64, from: c_int) -> i64 {
        self.leave_ahead();
        // SAFETY: takes no pointer.
        let place = extensions::seek()
            .map_or_else(missing, |seek| unsafe { seek(self.fd(), offset, from) });
        if place >= 0 {
            self.ended.store(false, Ordering::Relaxed);
        }
        place
    }

    /// Goes back to where the program has read to. Where that is not possible, what has been read
    /// ahead stays.
    fn leave_ahead(&self) {
        const SEEK_CUR: c_int = 1;
        self.ahead.with(|ahead| {
            let count = (ahead.end - ahead.next) as i64;
            if count == 0 {
                return;
            }
            // SAFETY: takes no pointer.
            let place = extensions::seek()
                .map_or_else(missing, |seek| unsafe { seek(self.fd(), -count, SEEK_CUR) });
            if place >= 0 {
                (ahead.next, ahead.end) = (BACK, BACK);
            }
        });
    }

    /// Closes its descriptor; -1 if that fails.
    pub fn close(&self) -> c_int {
        self.leave_ahead();
        // SAFETY: takes no pointer.
        extensions::close().map_or_else(missing, |close| unsafe { close(self.fd()) })
    }
}
