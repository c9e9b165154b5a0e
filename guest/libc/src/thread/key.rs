//! Keys: variables that each thread has its own value of.

use core::ffi::{c_int, c_uint, c_void};
use core::ptr;

use guest_rt::lock::Mutex;

use super::Thread;
use crate::errno;
use crate::exit::Destructor;

/// `PTHREAD_KEYS_MAX`
pub const MAX_KEYS: usize = 128;
/// How often destructors run for values that destructors set
/// (`PTHREAD_DESTRUCTOR_ITERATIONS`).
pub const ROUNDS: usize = 4;

/// A thread's value of a key.
#[derive(Clone, Copy)]
pub struct Slot {
    value: *mut c_void,
    /// Of the key that it is a value of: keys are deleted, and their numbers used again.
    generation: u64,
}

#[derive(Clone, Copy)]
struct Key {
    /// 0 for no key.
    generation: u64,
    destructor: Option<Destructor>,
}

struct Keys {
    keys: [Key; MAX_KEYS],
    /// How many keys there have been.
    created: u64,
}

static KEYS: Mutex<Keys> =
    Mutex::new(Keys { keys: [Key { generation: 0, destructor: None }; MAX_KEYS], created: 0 });

fn generation(key: c_uint) -> u64 {
    KEYS.with(|keys| keys.keys.get(key as usize).map_or(0, |key| key.generation))
}

/// Returns an error's number.
#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_key_create(out: *mut c_uint, destructor: Option<Destructor>) -> c_int {
    let created = KEYS.with(|keys| {
        let index = keys.keys.iter().position(|key| key.generation == 0)?;
        keys.created += 1;
        *keys.keys.get_mut(index)? = Key { generation: keys.created, destructor };
        Some(index)
    });
    let Some(index) = created else { return errno::EAGAIN };
    // SAFETY: the caller's promise.
    unsafe { out.write(index as c_uint) };
    0
}

/// Returns an error's number.
#[unsafe(no_mangle)]
extern "C" fn pthread_key_delete(key: c_uint) -> c_int {
    KEYS.with(|keys| match keys.keys.get_mut(key as usize) {
        Some(key) if key.generation != 0 => {
            *key = Key { generation: 0, destructor: None };
            0
        }
        _ => errno::EINVAL,
    })
}

/// Returns an error's number.
#[unsafe(no_mangle)]
extern "C" fn pthread_setspecific(key: c_uint, value: *mut c_void) -> c_int {
    let generation = generation(key);
    match Thread::current().keys.get(key as usize) {
        Some(slot) if generation != 0 => {
            slot.set(Slot { value, generation });
            0
        }
        _ => errno::EINVAL,
    }
}

#[unsafe(no_mangle)]
extern "C" fn pthread_getspecific(key: c_uint) -> *mut c_void {
    let Some(slot) = Thread::current().keys.get(key as usize) else { return ptr::null_mut() };
    let Slot { value, generation: of } = slot.get();
    if value.is_null() || of != generation(key) { ptr::null_mut() } else { value }
}

/// Runs the destructors of a thread's values.
pub fn run_destructors(thread: &Thread) {
    for _ in 0..ROUNDS {
        let mut ran = false;
        for (index, slot) in thread.keys.iter().enumerate() {
            let Slot { value, generation } = slot.get();
            if value.is_null() {
                continue;
            }
            slot.set(Slot { value: ptr::null_mut(), generation });
            let key = KEYS.with(|keys| keys.keys.get(index).copied());
            let destructor =
                key.filter(|key| key.generation == generation).and_then(|key| key.destructor);
            if let Some(destructor) = destructor {
                ran = true;
                // SAFETY: who created the key says that it may be called with its values.
                unsafe { destructor(value) };
            }
        }
        if !ran {
            return;
        }
    }
}
