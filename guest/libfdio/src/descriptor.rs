//! The table of what is open.

use alloc::sync::Arc;
use core::ffi::c_int;

use guest_rt::lock::Mutex;

use crate::errno::{EBADF, EINVAL, EMFILE, Result};
use crate::object::Object;

/// Descriptors, at most (`FDIO_MAX_FD`).
pub const MAX_FD: usize = 1024;

/// A descriptor.
#[derive(Clone)]
struct Descriptor {
    object: Arc<Object>,
    /// `FD_CLOEXEC`
    close_on_exec: bool,
}

static TABLE: Mutex<[Option<Descriptor>; MAX_FD]> = Mutex::new([const { None }; MAX_FD]);

/// Something to do with a place of the table. What it gives back is dropped without the lock.
fn with_place<R>(fd: c_int, act: impl FnOnce(&mut Option<Descriptor>) -> R) -> Result<R> {
    let index = usize::try_from(fd).map_err(|_| EBADF)?;
    TABLE.with(|table| table.get_mut(index).map(act)).ok_or(EBADF)
}

/// What a descriptor leads to.
pub fn get(fd: c_int) -> Result<Arc<Object>> {
    with_place(fd, |place| place.as_ref().map(|found| found.object.clone()))?.ok_or(EBADF)
}

/// Opens the lowest free descriptor from a number on.
pub fn insert(object: Arc<Object>, from: c_int, close_on_exec: bool) -> Result<c_int> {
    let from = usize::try_from(from).ok().filter(|&from| from < MAX_FD).ok_or(EINVAL)?;
    TABLE.with(|table| {
        let free = (from..MAX_FD).find(|&index| table[index].is_none()).ok_or(EMFILE)?;
        table[free] = Some(Descriptor { object, close_on_exec });
        Ok(free as c_int)
    })
}

/// Opens a descriptor of this number, closing what was there.
pub fn replace(object: Arc<Object>, fd: c_int, close_on_exec: bool) -> Result<c_int> {
    let new = Descriptor { object, close_on_exec };
    if let Some(old) = with_place(fd, |place| place.replace(new))? {
        // Whoever replaces it does not ask whether it has arrived.
        let _ = old.object.close();
    }
    Ok(fd)
}

/// Closes a descriptor, and returns what it led to.
pub fn remove(fd: c_int) -> Result<Arc<Object>> {
    with_place(fd, Option::take)?.map(|removed| removed.object).ok_or(EBADF)
}

/// Whether it has `FD_CLOEXEC`.
pub fn is_close_on_exec(fd: c_int) -> Result<bool> {
    with_place(fd, |place| place.as_ref().map(|found| found.close_on_exec))?.ok_or(EBADF)
}

/// Sets `FD_CLOEXEC`.
pub fn set_close_on_exec(fd: c_int, close_on_exec: bool) -> Result {
    let set =
        with_place(fd, |place| place.as_mut().map(|found| found.close_on_exec = close_on_exec));
    set?.ok_or(EBADF)
}

/// What is open, by number.
pub fn all() -> alloc::vec::Vec<(c_int, Arc<Object>)> {
    TABLE.with(|table| {
        let open = table.iter().enumerate();
        open.filter_map(|(fd, place)| Some((fd as c_int, place.as_ref()?.object.clone()))).collect()
    })
}
