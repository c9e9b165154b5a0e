//! Streams. Standard input has two lines, the second one without an end.

use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr;

use crate::c::{self, File};
use crate::check;
use crate::files::O_WRONLY;

const SEEK_SET: c_int = 0;
const SEEK_CUR: c_int = 1;
const SEEK_END: c_int = 2;

pub fn check_all() {
    lines();
    files();
    modes();
    temporary();
    blocks();
    again();
}

fn lines() {
    let (mut line, mut size) = (ptr::null_mut(), 0);
    // SAFETY: the stream is there; the line is null, or a block of the size.
    unsafe {
        check!(c::getchar() == c_int::from(b'o'));
        check!(c::ungetc(c_int::from(b'O'), c::stdin) == c_int::from(b'O'));
        check!(c::getline(&mut line, &mut size, c::stdin) == 4);
        check!(CStr::from_ptr(line) == c"One\n" && size > 4);
        check!(c::getline(&mut line, &mut size, c::stdin) == 3000);
        check!(CStr::from_ptr(line).to_bytes().iter().all(|&byte| byte == b'x') && size > 3000);
        check!(c::feof(c::stdin) == 1 && c::getchar() == -1);
        check!(c::getline(&mut line, &mut size, c::stdin) == -1 && c::ferror(c::stdin) == 0);
        c::free(line.cast());
    }
}

fn open(path: &CStr, mode: &CStr) -> *const File {
    // SAFETY: both are strings.
    unsafe { c::fopen(path.as_ptr(), mode.as_ptr()) }
}

fn read(file: *const File, out: &mut [u8]) -> usize {
    // SAFETY: there is room for as many bytes.
    unsafe { c::fread(out.as_mut_ptr().cast::<c_void>(), 1, out.len(), file) }
}

fn files() {
    let file = open(c"/tmp/streams", c"w+");
    let mut room = [0_u8; 16];
    let line = room.as_mut_ptr().cast::<c_char>();
    // SAFETY: the stream is there, and there is room.
    unsafe {
        check!(
            !file.is_null()
                && c::fprintf(file, c"%d lines\nof %s\n".as_ptr(), 2, c"text".as_ptr()) == 16
        );
        check!(c::ftell(file) == 16 && c::fgetc(file) == -1 && c::feof(file) == 1);
        c::rewind(file);
        check!(c::feof(file) == 0 && c::ftell(file) == 0);
        check!(c::fgets(line, 16, file) == line && CStr::from_ptr(line) == c"2 lines\n");
        check!(c::ftell(file) == 8);
        check!(c::fgets(line, 4, file) == line && CStr::from_ptr(line) == c"of ");
        // What has been read ahead is no obstacle to writing.
        check!(c::fwrite(c"TE".as_ptr().cast(), 1, 2, file) == 2);
        check!(c::fseek(file, -5, SEEK_END) == 0 && c::ftell(file) == 11);
        check!(read(file, &mut room) == 5 && room[..5] == *b"TExt\n");
        check!(c::fseek(file, 0, SEEK_SET) == 0 && c::fgetc(file) == c_int::from(b'2'));
        check!(c::fseek(file, 1, SEEK_CUR) == 0 && c::fgetc(file) == c_int::from(b'l'));
        check!(c::fseek(file, -1, SEEK_SET) == -1);
        c::rewind(file);
        let mut number = 0 as c_int;
        check!(c::fscanf(file, c"%d lin".as_ptr(), &mut number) == 1 && number == 2);
        // What has not been wanted is still there.
        check!(c::ftell(file) == 5 && c::fscanf(file, c"%d".as_ptr(), &mut number) == 0);
        check!(c::fgetc(file) == c_int::from(b'e'));
        check!(c::fgets(line, 1, file) == line && c::fgets(line, 0, file).is_null());
        check!(c::fclose(file) == 0);
    }
}

fn modes() {
    let mut room = [0_u8; 32];
    // SAFETY: streams are there.
    unsafe {
        check!(open(c"/tmp/streams", c"z").is_null() && open(c"/tmp/nothing", c"r").is_null());
        check!(open(c"/tmp/streams", c"wx").is_null());
        let file = open(c"/tmp/streams", c"a");
        check!(c::fprintf(file, c"end".as_ptr()) == 3 && c::fgetc(file) == -1);
        check!(c::ferror(file) == 1 && c::fclose(file) == 0);
        let file = open(c"/tmp/streams", c"r");
        check!(read(file, &mut room) == 19 && room[..19] == *b"2 lines\nof TExt\nend");
        check!(c::fprintf(file, c"no".as_ptr()) == -1 && c::ferror(file) == 1);
        check!(c::fclose(file) == 0);
        // A descriptor that was not opened for appending.
        let fd = c::open(c"/tmp/streams".as_ptr(), O_WRONLY);
        let file = c::fdopen(fd, c"a".as_ptr());
        check!(c::fprintf(file, c"!".as_ptr()) == 1 && c::ftell(file) == 20);
        check!(c::fclose(file) == 0);
        let file = open(c"/tmp/streams", c"r");
        check!(read(file, &mut room) == 20 && room[16..20] == *b"end!" && c::fclose(file) == 0);
    }
}

fn temporary() {
    let mut names = [*b"/tmp/nameXXXXXX\0"; 2];
    // SAFETY: templates are strings.
    unsafe {
        for name in &mut names {
            let fd = c::mkstemp(name.as_mut_ptr().cast());
            check!(fd > 2 && c::write(fd, c"x".as_ptr().cast(), 1) == 1 && c::close(fd) == 0);
        }
        check!(names[0] != names[1] && !names[0].ends_with(b"XXXXXX\0"));
        check!(c::mkstemp(names[0].as_mut_ptr().cast()) == -1);
        let file = c::tmpfile();
        check!(c::fprintf(file, c"kept".as_ptr()) == 4 && c::fseek(file, 1, SEEK_SET) == 0);
        check!(c::fgetc(file) == c_int::from(b'e') && c::fclose(file) == 0);
        let mut room = [c_char::MAX; 20];
        let name = c::tmpnam(room.as_mut_ptr());
        check!(name == room.as_mut_ptr() && room[18] == 0 && room[19] == c_char::MAX);
        let file = open(CStr::from_ptr(name), c"wx");
        check!(!file.is_null() && c::fclose(file) == 0);
        let other = c::tmpnam(ptr::null_mut());
        check!(
            CStr::from_ptr(other).count_bytes() == 18
                && CStr::from_ptr(other) != CStr::from_ptr(name)
        );
    }
}

fn blocks() {
    let mut text = ptr::null_mut();
    // SAFETY: formats ask for these arguments.
    unsafe {
        check!(c::asprintf(&mut text, c"%s-%05.1f".as_ptr(), c"text".as_ptr(), 2.5) == 10);
        check!(CStr::from_ptr(text) == c"text-002.5");
        c::free(text.cast());
        check!(c::dprintf(1, c"to %d\n".as_ptr(), 1 as c_int) == 5);
    }
}

/// Standard output becomes a file.
fn again() {
    let mut room = [0_u8; 16];
    // SAFETY: streams are there.
    unsafe {
        let path = c"/tmp/output".as_ptr();
        check!(c::freopen(path, c"w".as_ptr(), c::stdout) == c::stdout);
        check!(c::puts(c"a line".as_ptr()) == 0 && c::write(1, c"raw".as_ptr().cast(), 3) == 3);
        check!(c::fclose(c::stdout) == 0);
        let file = c::fopen(path, c"r".as_ptr());
        check!(read(file, &mut room) == 10 && room[..10] == *b"a line\nraw");
        check!(c::fclose(file) == 0);
    }
}
