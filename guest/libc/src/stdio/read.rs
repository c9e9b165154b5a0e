//! Reading from streams, and their places.

use core::ffi::{c_char, c_int, c_void};
use core::ptr;

use super::File;
use super::stream::STDIN;
use crate::{errno, memory};

/// The end, or an error.
const EOF: c_int = -1;
const SEEK_SET: c_int = 0;

#[unsafe(no_mangle)]
unsafe extern "C" fn fread(
    out: *mut c_void,
    size: usize,
    count: usize,
    file: *const File,
) -> usize {
    let Some(whole) = size.checked_mul(count).filter(|&whole| whole != 0) else { return 0 };
    let mut done = 0;
    // SAFETY: the caller's promise; there is room for as many bytes as are asked for.
    unsafe {
        (*file).read(whole, None, |bytes| {
            out.cast::<u8>().add(done).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
            done += bytes.len();
            true
        });
    }
    done / size
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fgetc(file: *const File) -> c_int {
    let mut byte = EOF;
    // SAFETY: the caller's promise.
    unsafe { &*file }.read(1, None, |bytes| {
        byte = bytes[0].into();
        true
    });
    byte
}

#[unsafe(no_mangle)]
unsafe extern "C" fn getc(file: *const File) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { fgetc(file) }
}

#[unsafe(no_mangle)]
extern "C" fn getchar() -> c_int {
    // SAFETY: the stream is there.
    unsafe { fgetc(&STDIN) }
}

#[unsafe(no_mangle)]
extern "C" fn getchar_unlocked() -> c_int {
    getchar()
}

#[unsafe(no_mangle)]
unsafe extern "C" fn ungetc(character: c_int, file: *const File) -> c_int {
    // SAFETY: the caller's promise.
    if character != EOF && unsafe { &*file }.put_back(character as u8) {
        c_int::from(character as u8)
    } else {
        EOF
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fgets(out: *mut c_char, size: c_int, file: *const File) -> *mut c_char {
    let Some(room) = usize::try_from(size).ok().and_then(|size| size.checked_sub(1)) else {
        return ptr::null_mut();
    };
    let mut done = 0;
    // SAFETY: the caller's promise; there is room for the bytes, and for a NUL.
    unsafe {
        (*file).read(room, Some(b'\n'), |bytes| {
            out.cast::<u8>().add(done).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
            done += bytes.len();
            true
        });
        if done == 0 && room != 0 {
            return ptr::null_mut();
        }
        out.add(done).write(0);
    }
    out
}

/// Returns how many bytes there are with the delimiter; -1 at the end.
#[unsafe(no_mangle)]
unsafe extern "C" fn getdelim(
    line: *mut *mut c_char,
    size: *mut usize,
    delimiter: c_int,
    file: *const File,
) -> isize {
    let mut done = 0;
    // SAFETY: the caller's promise: the line is null or a block of the size.
    unsafe {
        let mut room = if (*line).is_null() { 0 } else { *size };
        (*file).read(usize::MAX, Some(delimiter as u8), |bytes| {
            let needed = done + bytes.len() + 1;
            if needed > room {
                let larger = memory::realloc((*line).cast(), needed.next_power_of_two().max(128));
                if larger.is_null() {
                    return false;
                }
                room = needed.next_power_of_two().max(128);
                *line = larger.cast();
                *size = room;
            }
            let end = (*line).add(done).cast::<u8>();
            end.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
            end.add(bytes.len()).write(0);
            done += bytes.len();
            true
        });
    }
    if done == 0 { -1 } else { done as isize }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn getline(line: *mut *mut c_char, size: *mut usize, file: *const File) -> isize {
    // SAFETY: the caller's promise.
    unsafe { getdelim(line, size, c_int::from(b'\n'), file) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn feof(file: *const File) -> c_int {
    // SAFETY: the caller's promise.
    c_int::from(unsafe { &*file }.has_ended())
}

#[unsafe(no_mangle)]
unsafe extern "C" fn ferror(file: *const File) -> c_int {
    // SAFETY: the caller's promise.
    c_int::from(unsafe { &*file }.has_failed())
}

#[unsafe(no_mangle)]
unsafe extern "C" fn clearerr(file: *const File) {
    // SAFETY: the caller's promise.
    unsafe { &*file }.clear();
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fseeko(file: *const File, offset: i64, from: c_int) -> c_int {
    // SAFETY: the caller's promise.
    if unsafe { &*file }.seek(offset, from) < 0 { -1 } else { 0 }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fseek(file: *const File, offset: i64, from: c_int) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { fseeko(file, offset, from) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn ftello(file: *const File) -> i64 {
    // SAFETY: the caller's promise.
    unsafe { &*file }.tell()
}

#[unsafe(no_mangle)]
unsafe extern "C" fn ftell(file: *const File) -> i64 {
    // SAFETY: the caller's promise.
    unsafe { &*file }.tell()
}

#[unsafe(no_mangle)]
unsafe extern "C" fn rewind(file: *const File) {
    // SAFETY: the caller's promise.
    unsafe {
        (*file).seek(0, SEEK_SET);
        (*file).clear();
    }
}

/// `fpos_t` begins with the place.
#[unsafe(no_mangle)]
unsafe extern "C" fn fgetpos(file: *const File, out: *mut i64) -> c_int {
    // SAFETY: the caller's promise.
    let place = unsafe { &*file }.tell();
    if place < 0 {
        return -1;
    }
    // SAFETY: as above.
    unsafe { out.write(place) };
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fsetpos(file: *const File, place: *const i64) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { fseeko(file, place.read(), SEEK_SET) }
}

/// What is written is written at once, whatever is asked for.
#[unsafe(no_mangle)]
extern "C" fn setvbuf(_file: *const File, _room: *mut c_char, mode: c_int, _size: usize) -> c_int {
    const UNBUFFERED: c_int = 2;
    if (0..=UNBUFFERED).contains(&mode) { 0 } else { errno::fail(errno::EINVAL) }
}

#[unsafe(no_mangle)]
extern "C" fn setbuf(_file: *const File, _room: *mut c_char) {}

#[unsafe(no_mangle)]
extern "C" fn setlinebuf(_file: *const File) {}
