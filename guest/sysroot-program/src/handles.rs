//! Descriptors as handles, and namespaces. The working directory can be written, and has nothing.

use core::ffi::{CStr, c_int, c_void};
use core::ptr;

use crate::c::{self, FlatNamespace, Namespace, Stat};
use crate::files::{O_RDONLY, O_RDWR, holds, make, reads, write};
use crate::{call, check};

const OK: i32 = 0;
const NOT_SUPPORTED: i32 = -2;
const INVALID_ARGS: i32 = -10;
const BAD_HANDLE: i32 = -11;
const NOT_FOUND: i32 = -25;
const ALREADY_EXISTS: i32 = -26;
const UNAVAILABLE: i32 = -28;
const ACCESS_DENIED: i32 = -30;
const BAD_PATH: i32 = -50;
const NOT_DIR: i32 = -51;

const READABLE: u64 = 0xd3;
const WRITABLE: u64 = 0x1e5;
const DIRECTORY: u64 = 0x8_0000;
const READABLE_2020: u32 = 1;
const DIRECTORY_2020: u32 = 0x8_0000;

/// Does something, and checks that it leaves no handles.
pub fn all_back(act: fn()) {
    let before = counts();
    act();
    for (index, (before, after)) in before.into_iter().zip(counts()).enumerate() {
        if before != after {
            // SAFETY: the format asks for these arguments.
            unsafe {
                let format = c"handles of type %zu: %u, and then %u\n";
                c::fprintf(c::stderr, format.as_ptr(), index, before, after);
            }
        }
        check!(before == after);
    }
}

/// How many handles the process has, by the types of their objects.
fn counts() -> [u32; 64] {
    const HANDLE_STATS: u32 = 21;
    let process = call!(zx_process_self());
    let mut counts = [0; 64];
    check!(
        call!(zx_object_get_info(
            process,
            HANDLE_STATS,
            counts.as_mut_ptr().cast::<c_void>(),
            size_of_val(&counts),
            ptr::null_mut(),
            ptr::null_mut(),
        )) == OK
    );
    check!(counts != [0; 64]);
    counts
}

pub fn check_all() {
    make(c"file", b"content");
    descriptors();
    opening();
    namespaces();
    memory();
}

fn descriptors() {
    let before = call!(fdio_currently_allocated_fd_count());
    let fd = call!(open(c"file".as_ptr(), O_RDWR));
    let (mut handle, mut again) = (0, -1);
    check!(call!(lseek(fd, 3, 0)) == 3);
    // A clone has a place of its own.
    check!(call!(fdio_fd_clone(fd, &mut handle)) == OK);
    check!(call!(fdio_fd_create(handle, &mut again)) == OK);
    check!(reads(again, b"content") && reads(fd, b"tent"));
    // What is transferred is where it was.
    check!(call!(lseek(fd, 3, 0)) == 3 && call!(fdio_fd_transfer(fd, &mut handle)) == OK);
    check!(call!(close(fd)) == -1 && call!(fdio_fd_create(handle, &mut again)) == OK);
    check!(again == fd && reads(again, b"tent"));
    let double = call!(dup(again));
    check!(call!(fdio_fd_transfer(double, &mut handle)) == UNAVAILABLE);
    check!(call!(close(double)) == -1);
    let double = call!(dup(again));
    check!(call!(fdio_fd_transfer_or_clone(double, &mut handle)) == OK);
    check!(call!(zx_handle_close(handle)) == OK && call!(close(double)) == -1);
    check!(call!(fdio_fd_clone(900, &mut handle)) == INVALID_ARGS);
    check!(call!(fdio_fd_create(0, &mut again)) == BAD_HANDLE);
    let null = call!(fdio_fd_create_null());
    check!(write(null, b"nothing") == 7 && reads(null, b""));
    check!(call!(fdio_fd_clone(null, &mut handle)) == NOT_SUPPORTED);
    check!(call!(fdio_cwd_clone(&mut handle)) == OK);
    let mut directory = -1;
    check!(call!(fdio_fd_create(handle, &mut directory)) == OK);
    let file = call!(openat(directory, c"file".as_ptr(), O_RDONLY));
    check!(reads(file, b"content"));
    for fd in [fd, null, directory, file, fd + 1] {
        call!(close(fd));
    }
    check!(call!(fdio_currently_allocated_fd_count()) == before);
}

fn opening() {
    let mut fd = -1;
    check!(
        call!(fdio_open3_fd(c"file".as_ptr(), READABLE, &mut fd)) == OK && reads(fd, b"content")
    );
    check!(call!(close(fd)) == 0);
    check!(call!(fdio_open3_fd(c".".as_ptr(), READABLE | WRITABLE | DIRECTORY, &mut fd)) == OK);
    let mut inner = -1;
    check!(call!(fdio_open3_fd_at(fd, c"file".as_ptr(), READABLE, &mut inner)) == OK);
    check!(reads(inner, b"content") && call!(close(inner)) == 0);
    check!(call!(fdio_open3_fd_at(fd, c"/svc".as_ptr(), READABLE, &mut inner)) == INVALID_ARGS);
    check!(call!(fdio_open3_fd_at(fd, c"none".as_ptr(), READABLE, &mut inner)) == NOT_FOUND);
    check!(call!(fdio_open_fd_at(fd, c"file".as_ptr(), READABLE_2020, &mut inner)) == OK);
    check!(reads(inner, b"content") && call!(close(inner)) == 0);
    check!(call!(close(fd)) == 0);
    let flags = READABLE_2020 | DIRECTORY_2020;
    check!(call!(fdio_open_fd(c"file".as_ptr(), flags, &mut fd)) == NOT_DIR);
    check!(call!(fdio_open3_fd(c"file".as_ptr(), 8, &mut fd)) == ACCESS_DENIED);
    check!(call!(fdio_open3_fd(ptr::null(), READABLE, &mut fd)) == INVALID_ARGS);

    // Whether it can be opened does not show here.
    let connect = |path: &CStr, flags| {
        let (client, server) = channel();
        (client, call!(fdio_open3(path.as_ptr(), flags, server)))
    };
    let (svc, status) = connect(c"/svc", READABLE);
    check!(status == OK);
    let (launcher, server) = channel();
    let name = c"fuchsia.process.Launcher";
    check!(call!(fdio_open3_at(svc, name.as_ptr(), 0x1_0000_0000, server)) == OK);
    let (other, server) = channel();
    check!(call!(fdio_open3_at(svc, ptr::null(), 0, server)) == INVALID_ARGS);
    for client in [svc, launcher, other] {
        check!(call!(zx_handle_close(client)) == OK);
    }
    for (path, expected) in [(c"svc", NOT_FOUND), (c"/none", NOT_FOUND), (c"/", NOT_SUPPORTED)] {
        let (client, status) = connect(path, READABLE);
        check!(status == expected && call!(zx_handle_close(client)) == OK);
    }
}

/// The ends of a channel.
fn channel() -> (u32, u32) {
    let (mut one, mut other) = (0, 0);
    check!(call!(zx_channel_create(0, &mut one, &mut other)) == OK);
    (one, other)
}

fn namespaces() {
    let mut namespace: *mut Namespace = ptr::null_mut();
    check!(call!(fdio_ns_create(&mut namespace)) == OK);
    let fd = call!(open(c".".as_ptr(), O_RDONLY));
    let bind = |path: &CStr| call!(fdio_ns_bind_fd(namespace, path.as_ptr(), fd));
    check!(bind(c"/a/b") == OK && bind(c"//c/./") == OK);
    check!(bind(c"/a/b") == ALREADY_EXISTS && bind(c"/a") == ALREADY_EXISTS);
    check!(bind(c"/a/b/c") == NOT_SUPPORTED && bind(c"/") == NOT_SUPPORTED);
    check!(bind(c"relative") == INVALID_ARGS);
    check!(call!(fdio_ns_bind(namespace, c"/x".as_ptr(), 0)) == BAD_HANDLE);
    check!(call!(fdio_ns_bind(namespace, ptr::null(), 0)) == INVALID_ARGS);
    let mut long = [b'/' as core::ffi::c_char; 4097];
    long[4096] = 0;
    check!(call!(fdio_ns_unbind(namespace, long.as_ptr())) == BAD_PATH);
    let is_bound = |path: &CStr| call!(fdio_ns_is_bound(namespace, path.as_ptr()));
    check!(is_bound(c"/a/b") && is_bound(c"/c") && !is_bound(c"/a") && !is_bound(c"/svc"));

    let mut flat: *mut FlatNamespace = ptr::null_mut();
    check!(call!(fdio_ns_export(namespace, &mut flat)) == OK);
    // SAFETY: it is there, with as many entries as it says.
    unsafe {
        check!((*flat).count == 2);
        check!(CStr::from_ptr(*(*flat).paths) == c"/a/b");
        check!(CStr::from_ptr(*(*flat).paths.add(1)) == c"/c");
        check!(*(*flat).handles != 0 && *(*flat).handles.add(1) != 0);
    }
    call!(fdio_ns_free_flat_ns(flat));
    check!(call!(fdio_ns_export_root(&mut flat)) == OK);
    // SAFETY: likewise.
    check!(unsafe { (*flat).count } >= 2);
    call!(fdio_ns_free_flat_ns(flat));

    let root = call!(fdio_ns_opendir(namespace));
    let inner = call!(openat(root, c"a/b/file".as_ptr(), O_RDONLY));
    check!(root >= 0 && reads(inner, b"content"));
    let (client, server) = channel();
    check!(call!(fdio_ns_open3(namespace, c"/c/file".as_ptr(), READABLE, server)) == OK);
    let mut opened: c_int = -1;
    check!(call!(fdio_fd_create(client, &mut opened)) == OK && reads(opened, b"content"));

    // Relative paths begin in it, absolute ones in the process's own.
    let mut before = [0; 4096];
    check!(!call!(getcwd(before.as_mut_ptr(), before.len())).is_null());
    check!(call!(fdio_ns_chdir(namespace)) == OK && holds(c"c/file", b"content"));
    check!(call!(stat(c"/a/b".as_ptr(), &mut Stat::default())) == -1);
    check!(call!(chdir(c"a/b".as_ptr())) == 0 && holds(c"file", b"content"));
    check!(call!(chdir(before.as_ptr())) == 0 && holds(c"file", b"content"));

    check!(call!(fdio_ns_unbind(namespace, c"/c".as_ptr())) == OK && !is_bound(c"/c"));
    check!(call!(fdio_ns_unbind(namespace, c"/a".as_ptr())) == NOT_FOUND);
    check!(call!(fdio_ns_unbind(namespace, c"c".as_ptr())) == INVALID_ARGS);
    // It is there while somebody has its root open.
    check!(call!(fdio_ns_destroy(namespace)) == OK);
    let again = call!(openat(root, c"a/b/file".as_ptr(), O_RDONLY));
    check!(reads(again, b"content"));
    for fd in [fd, root, inner, opened, again] {
        check!(call!(close(fd)) == 0);
    }
    let mut installed: *mut Namespace = ptr::null_mut();
    check!(call!(fdio_ns_get_installed(&mut installed)) == OK);
    check!(call!(fdio_ns_is_bound(installed, c"/svc".as_ptr())));
}

fn memory() {
    let fd = call!(open(c"file".as_ptr(), O_RDONLY));
    let is = |get: unsafe extern "C" fn(c_int, *mut u32) -> i32, expected: i32| {
        let (mut vmo, mut content) = (0, [0u8; 7]);
        // SAFETY: there is a place for it.
        let status = unsafe { get(fd, &mut vmo) };
        let is_content = status != OK
            || call!(zx_vmo_read(vmo, content.as_mut_ptr().cast::<c_void>(), 0, 7)) == OK
                && content == *b"content"
                && call!(zx_handle_close(vmo)) == OK;
        status == expected && is_content
    };
    check!(is(c::fdio_get_vmo_copy, OK) && is(c::fdio_get_vmo_clone, OK));
    check!(is(c::fdio_get_vmo_exact, NOT_SUPPORTED));
    check!(is(c::fdio_get_vmo_exec, ACCESS_DENIED));
    check!(call!(close(fd)) == 0);
    let mut vmo = 0;
    check!(call!(fdio_get_vmo_copy(fd, &mut vmo)) == BAD_HANDLE);
}
