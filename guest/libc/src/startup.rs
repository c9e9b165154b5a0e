//! What the program was started with: handles, and the calls that give them out
//! (zircon/process.h, zircon/processargs.h).

use core::sync::atomic::{AtomicU32, Ordering};

use guest_rt::lock::Mutex;
use guest_rt::processargs::HandleInfo;
use guest_rt::{Handle, Startup};
use zx_abi::{HandleType, Rights};

use crate::thread::Thread;

static PROCESS: AtomicU32 = AtomicU32::new(0);
static ROOT_VMAR: AtomicU32 = AtomicU32::new(0);
static JOB: AtomicU32 = AtomicU32::new(0);
static UTC: AtomicU32 = AtomicU32::new(0);
static KEPT: Mutex<Option<Startup>> = Mutex::new(None);

/// Takes the handles that this library is for, of which it gives none up.
pub fn adopt(startup: &mut Startup) {
    for (place, handle_type) in [
        (&PROCESS, HandleType::ProcessSelf),
        (&ROOT_VMAR, HandleType::RootVmar),
        (&JOB, HandleType::DefaultJob),
        (&UTC, HandleType::ClockUtc),
    ] {
        let handle = startup.take(handle_type, 0).unwrap_or(Handle::INVALID);
        place.store(handle.into_raw(), Ordering::Relaxed);
    }
}

/// Keeps what the program itself may take.
pub fn keep(startup: Startup) {
    KEPT.with(|kept| *kept = Some(startup));
}

fn load(place: &AtomicU32) -> Handle {
    Handle::from_raw(place.load(Ordering::Relaxed))
}

/// The process.
pub fn process() -> Handle {
    load(&PROCESS)
}

/// The process's address space.
pub fn root_vmar() -> Handle {
    load(&ROOT_VMAR)
}

/// The UTC clock; invalid if the process was given none.
pub fn utc() -> Handle {
    load(&UTC)
}

#[unsafe(no_mangle)]
extern "C" fn zx_process_self() -> u32 {
    process().into_raw()
}

#[unsafe(no_mangle)]
extern "C" fn zx_vmar_root_self() -> u32 {
    root_vmar().into_raw()
}

#[unsafe(no_mangle)]
extern "C" fn zx_job_default() -> u32 {
    load(&JOB).into_raw()
}

#[unsafe(no_mangle)]
extern "C" fn zx_thread_self() -> u32 {
    Thread::current().handle.get()
}

#[unsafe(no_mangle)]
extern "C" fn zx_utc_reference_get() -> u32 {
    utc().into_raw()
}

/// Takes the startup handle of this info out; 0 if there is none.
#[unsafe(no_mangle)]
extern "C" fn zx_take_startup_handle(info: u32) -> u32 {
    let info = HandleInfo::from_raw(info);
    let taken = KEPT.with(|kept| kept.as_mut()?.take_info(info));
    let duplicate = |handle: Handle| handle.duplicate(Rights::SAME_RIGHTS).ok();
    // These are the library's own; who asks gets one all the same.
    let own = || match info.handle_type()? {
        HandleType::ProcessSelf => duplicate(process()),
        HandleType::RootVmar => duplicate(root_vmar()),
        HandleType::DefaultJob => duplicate(load(&JOB)),
        _ => None,
    };
    taken.or_else(own).unwrap_or(Handle::INVALID).into_raw()
}
