//! Where in a file one is, and how long it is.

use core::ffi::{c_char, c_int};

use guest_rt::io::file::{self, Origin};

use crate::descriptor;
use crate::errno::{EINVAL, EOVERFLOW, ESPIPE, Result, answer, done};
use crate::object::Object;
use crate::open::{AT_FDCWD, WRITE};
use crate::place::Place;
use crate::text::text;

#[unsafe(no_mangle)]
extern "C" fn lseek(fd: c_int, offset: i64, whence: c_int) -> i64 {
    let seek = || {
        let object = descriptor::get(fd)?;
        let origin = match whence {
            0 => Origin::Start,
            1 => Origin::Current,
            2 => Origin::End,
            _ => return Err(EINVAL),
        };
        let file = object.remote().map_err(|_| ESPIPE)?.file()?;
        i64::try_from(file::seek(file, origin, offset)?).map_err(|_| EOVERFLOW)
    };
    answer(seek())
}

#[unsafe(no_mangle)]
extern "C" fn ftruncate(fd: c_int, size: i64) -> c_int {
    done(descriptor::get(fd).and_then(|object| resize(&object, size)))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn truncate(path: *const c_char, size: i64) -> c_int {
    let truncate = || {
        // SAFETY: the caller's promise.
        let place = Place::of(AT_FDCWD, unsafe { text(path) }?)?;
        resize(&*place.open(WRITE, false)?, size)
    };
    done(truncate())
}

fn resize(object: &Object, size: i64) -> Result {
    let size = u64::try_from(size).map_err(|_| EINVAL)?;
    Ok(file::resize(object.remote()?.file()?, size)?)
}
