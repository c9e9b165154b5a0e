//! Threads of this process that do not end it where it has no memory left.
//!
//! The C library ends the process if a new thread cannot have its first few bytes, for thread-local
//! data and their destructors. Room for them is mapped before the thread begins, and given back by it at
//! the last moment: only what another thread takes in that very moment is missing.

use std::ffi::{CStr, c_void};
use std::io;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};
use rustix::thread::set_name;

/// Bytes for what a thread begins with.
const ROOM_LEN: usize = 256 << 10;

/// Bytes of a stack. The kernel, which does not recurse, runs on these threads.
const STACK_LEN: usize = 1 << 20;

/// A thread that was started. Dropping it leaves the thread to itself.
#[derive(Debug)]
pub struct HostThread<T> {
    thread: Joinable,
    result: Arc<Mutex<Option<T>>>,
}

/// A thread that is joined, or else detached.
#[derive(Debug)]
struct Joinable(libc::pthread_t);

/// A mapping that nobody uses.
struct Room(*mut c_void);

/// What a thread begins with.
struct Beginning {
    room: Room,
    name: &'static CStr,
    work: Box<dyn FnOnce() + Send>,
}

/// Starts a thread. Linux shows the first fifteen bytes of its name.
///
/// # Errors
/// If there is no memory for one, or there are too many.
pub fn start<T: Send + 'static>(
    name: &'static CStr,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<HostThread<T>> {
    let result = Arc::new(Mutex::new(None));
    let of_thread = Arc::clone(&result);
    let work = Box::new(move || {
        let value = work();
        *of_thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
    });
    let room = Room::new()?;
    let thread = create(Box::new(Beginning { room, name, work }))?;
    Ok(HostThread { thread, result })
}

/// Starts a thread that nobody joins. Linux shows the first fifteen bytes of its name. Where there is
/// no memory left it does not end this process, as the C library would.
///
/// # Errors
/// If there is no memory for one, or there are too many.
pub fn start_thread(name: &'static CStr, work: Box<dyn FnOnce() + Send>) -> io::Result<()> {
    start(name, work).map(drop)
}

// SAFETY: any thread may join or detach another, once.
unsafe impl Send for Joinable {}
// SAFETY: nothing is done with one that is shared.
unsafe impl Sync for Joinable {}

impl<T> HostThread<T> {
    /// Waits for its end. `None` if it has panicked.
    pub fn join(self) -> Option<T> {
        let thread = ManuallyDrop::new(self.thread);
        // SAFETY: it was not joined, and will not be detached.
        let joined = unsafe { libc::pthread_join(thread.0, null_mut()) };
        debug_assert_eq!(joined, 0);
        self.result.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Joinable {
    fn drop(&mut self) {
        // SAFETY: it was not joined, and nobody else has it.
        let detached = unsafe { libc::pthread_detach(self.0) };
        debug_assert_eq!(detached, 0);
    }
}

impl Room {
    fn new() -> io::Result<Self> {
        // SAFETY: a new mapping at an address of Linux's choice.
        let room = unsafe {
            mmap_anonymous(
                null_mut(),
                ROOM_LEN,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::PRIVATE,
            )
        };
        Ok(Self(room?))
    }
}

// SAFETY: it is an address, which nobody else has.
unsafe impl Send for Room {}

impl Drop for Room {
    fn drop(&mut self) {
        // SAFETY: it was mapped with this length, and nothing is there.
        let unmapped = unsafe { munmap(self.0, ROOM_LEN) };
        debug_assert!(unmapped.is_ok());
    }
}

fn create(beginning: Box<Beginning>) -> io::Result<Joinable> {
    let (mut attributes, mut thread) = (MaybeUninit::uninit(), MaybeUninit::uninit());
    let beginning = Box::into_raw(beginning);
    // SAFETY: the attributes are initialized, which cannot fail, before they are used. The thread
    // gets what it begins with for itself.
    let error = unsafe {
        libc::pthread_attr_init(attributes.as_mut_ptr());
        libc::pthread_attr_setstacksize(attributes.as_mut_ptr(), STACK_LEN);
        let attributes = attributes.as_mut_ptr();
        let error = libc::pthread_create(thread.as_mut_ptr(), attributes, begin, beginning.cast());
        libc::pthread_attr_destroy(attributes);
        error
    };
    if error == 0 {
        // SAFETY: it was created.
        return Ok(Joinable(unsafe { thread.assume_init() }));
    }
    // SAFETY: there is no thread that has it.
    drop(unsafe { Box::from_raw(beginning) });
    Err(io::Error::from_raw_os_error(error))
}

extern "C" fn begin(beginning: *mut c_void) -> *mut c_void {
    // SAFETY: `create` gave it to this thread.
    let Beginning { room, name, work } = *unsafe { Box::from_raw(beginning.cast::<Beginning>()) };
    drop(room);
    // The standard library's data and their destructor: the C library has what it needs from here on.
    drop(thread::current());
    // Without its name it does the same.
    let _ = set_name(name);
    // A panic has been printed by now. Whoever joins the thread finds no result.
    let _ = catch_unwind(AssertUnwindSafe(work));
    null_mut()
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::{env, fs};

    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    use super::*;

    fn own_name() -> String {
        fs::read_to_string("/proc/thread-self/comm").unwrap()
    }

    #[test]
    fn a_thread_has_its_name_and_its_result() {
        assert_eq!(
            start(c"fifteen letters", own_name).unwrap().join().unwrap(),
            "fifteen letters\n"
        );
    }

    #[test]
    fn what_panics_has_no_result() {
        assert_eq!(start(c"zirconia-panics", || panic!("as it is to")).unwrap().join(), None::<()>);
    }

    #[test]
    fn a_thread_that_nobody_joins_goes_on() {
        let (said, heard) = std::sync::mpsc::channel();
        drop(start(c"zirconia-alone", move || said.send(7)).unwrap());
        assert_eq!(heard.recv(), Ok(7));
    }

    /// Set in the process that is to have no memory.
    const SHORT: &str = "ZIRCONIA_TEST_SHORT_OF_MEMORY";

    #[test]
    fn a_thread_for_which_there_is_no_memory_is_refused_and_its_process_lives() {
        if env::var_os(SHORT).is_none() {
            let mut again = Command::new(env::current_exe().unwrap());
            let name = "a_thread_for_which_there_is_no_memory_is_refused_and_its_process_lives";
            let path = format!("native::host_thread::tests::{name}");
            let output =
                again.args(["--exact", &path, "--nocapture"]).env(SHORT, "").output().unwrap();
            assert!(output.status.success(), "{output:?}");
            return;
        }
        const PAGE: usize = 4096;
        let size = || {
            let statm = fs::read_to_string("/proc/self/statm").unwrap();
            statm.split_once(' ').unwrap().0.parse::<usize>().unwrap() * PAGE
        };
        let maximum = getrlimit(Resource::As).maximum;
        let (mut refused, mut begun) = (0, 0);
        // Up to what a thread takes and a little more, by pages.
        for left in (0..STACK_LEN + 2 * ROOM_LEN).step_by(PAGE) {
            let current = Some((size() + left) as u64);
            setrlimit(Resource::As, Rlimit { current, maximum }).unwrap();
            match start(c"short", own_name) {
                Ok(thread) => {
                    assert!(thread.join().is_some());
                    begun += 1;
                }
                Err(error) => {
                    assert!(matches!(error.raw_os_error(), Some(libc::ENOMEM | libc::EAGAIN)));
                    refused += 1;
                }
            }
        }
        assert!(refused > 0 && begun > 0, "{refused} {begun}");
    }
}
