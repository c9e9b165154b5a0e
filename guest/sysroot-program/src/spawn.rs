//! Launching processes: this program, which is `/pkg/sysroot_program`.

use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr;

use crate::c::{self, Action, ActionHead, ProcessInfo};
use crate::files::{O_CREAT, O_RDWR, holds, make, reads, write};
use crate::{call, check};

const PROGRAM: &CStr = c"/pkg/sysroot_program";

const CLONE_ALL: u32 = 0xffff;
const CLONE_JOB: u32 = 1;
const DEFAULT_LDSVC: u32 = 2;
const CLONE_NAMESPACE: u32 = 4;

const OK: i32 = 0;
const INTERNAL: i32 = -1;
const NOT_SUPPORTED: i32 = -2;
const INVALID_ARGS: i32 = -10;
const OUT_OF_RANGE: i32 = -14;
const NOT_FOUND: i32 = -25;
const ALREADY_EXISTS: i32 = -26;
const IO_INVALID: i32 = -47;

/// Its message says, after `child`, what it was called with. Returns 40 and how many that were.
///
/// # Safety
/// The arguments of the main function.
pub unsafe fn child(count: c_int, args: *mut *mut c_char) -> ! {
    // What descriptor 5 has goes to 6.
    let mut buffer = [0u8; 64];
    let size = call!(read(5, buffer.as_mut_ptr().cast::<c_void>(), buffer.len()));
    if size > 0 {
        check!(write(6, &buffer[..size as usize]) == size);
    }
    // SAFETY: the formats ask for these arguments, of which there are so many.
    unsafe {
        for index in 2..count as usize {
            c::printf(c"[%s]".as_ptr(), *args.add(index));
        }
        let said = c::getenv(c"SAID".as_ptr());
        if !said.is_null() {
            c::printf(c"said %s".as_ptr(), said);
        }
        c::printf(c"\n".as_ptr());
        c::exit(40 + count)
    }
}

pub fn check_all() {
    plain();
    descriptors();
    names();
    scripts();
    failures();
}

/// How a spawn ends: with the process's return code, or with a status and a message of so many bytes.
fn spawn(
    flags: u32,
    path: &CStr,
    args: &[*const c_char],
    environment: *const *const c_char,
    actions: &[Action],
) -> Result<i64, (i32, usize)> {
    let (mut process, mut message) = (0, [0u8; 1024]);
    let status = call!(fdio_spawn_etc(
        0,
        flags,
        path.as_ptr(),
        args.as_ptr(),
        environment,
        actions.len(),
        actions.as_ptr(),
        &mut process,
        message.as_mut_ptr().cast::<c_char>(),
    ));
    let size = message.iter().position(|&byte| byte == 0);
    check!(size.is_some());
    if status == OK { Ok(wait(process)) } else { Err((status, size.unwrap_or(0))) }
}

/// Waits for the end of a process, whose handle is closed.
fn wait(process: u32) -> i64 {
    const TERMINATED: u32 = 1 << 3;
    const INFO_PROCESS: u32 = 3 | 1 << 28;
    let mut info = ProcessInfo::default();
    check!(call!(zx_object_wait_one(process, TERMINATED, i64::MAX, ptr::null_mut())) == OK);
    check!(
        call!(zx_object_get_info(
            process,
            INFO_PROCESS,
            ptr::from_mut(&mut info).cast::<c_void>(),
            size_of::<ProcessInfo>(),
            ptr::null_mut(),
            ptr::null_mut(),
        )) == OK
    );
    check!(call!(zx_handle_close(process)) == OK);
    info.return_code
}

fn fds(action: u32, local: c_int, target: c_int) -> Action {
    Action { action, reserved: 0, first: ActionHead { fds: [local, target] }, second: 0 }
}

fn text(action: u32, text: *const c_char, handle: u64) -> Action {
    Action { action, reserved: 0, first: ActionHead { text }, second: handle }
}

const CHILD: [*const c_char; 4] =
    [c"name".as_ptr(), c"child".as_ptr(), c"one".as_ptr(), ptr::null()];

fn plain() {
    check!(spawn(CLONE_ALL, PROGRAM, &CHILD, ptr::null(), &[]) == Ok(43));
    let environment = [c"SAID=this".as_ptr(), ptr::null()];
    check!(spawn(CLONE_ALL, PROGRAM, &CHILD, environment.as_ptr(), &[]) == Ok(43));
    // A path from the working directory.
    check!(call!(chdir(c"/pkg".as_ptr())) == 0);
    check!(spawn(CLONE_ALL, c"./sysroot_program", &CHILD, ptr::null(), &[]) == Ok(43));
    check!(call!(chdir(c"/tmp".as_ptr())) == 0);
}

fn descriptors() {
    make(c"in", b"through");
    let input = call!(open(c"in".as_ptr(), O_RDWR));
    let output = call!(open(c"out".as_ptr(), O_RDWR | O_CREAT, 0o644));
    let actions = [fds(1, input, 5), fds(2, output, 6), fds(1, 1, 1)];
    let flags = CLONE_JOB | DEFAULT_LDSVC;
    check!(spawn(flags, PROGRAM, &CHILD, ptr::null(), &actions) == Ok(43));
    // A clone stays here, and what is transferred does not.
    check!(reads(input, b"through") && holds(c"out", b"through"));
    check!(call!(close(input)) == 0 && call!(close(output)) == -1);

    let mut pipe = [-1; 2];
    check!(call!(pipe(pipe.as_mut_ptr())) == 0);
    let [from, to] = pipe;
    let mut handle = 0;
    check!(call!(fdio_fd_transfer(to, &mut handle)) == OK);
    let added = Action {
        action: 4,
        reserved: 0,
        first: ActionHead { handle: [0x30 | 1 << 16, handle] },
        second: 0,
    };
    check!(spawn(flags, PROGRAM, &CHILD, ptr::null(), &[added]) == Ok(43));
    check!(reads(from, b"[one]\n") && reads(from, b"") && call!(close(from)) == 0);
}

fn names() {
    // Without the namespace, there is nothing but what is added.
    let mut directory = 0;
    check!(call!(fdio_cwd_clone(&mut directory)) == OK);
    let actions = [text(3, c"/given".as_ptr(), directory.into()), text(5, c"called".as_ptr(), 0)];
    let flags = CLONE_ALL & !CLONE_NAMESPACE;
    check!(spawn(flags, PROGRAM, &CHILD, ptr::null(), &actions) == Ok(43));
    let cloned = [text(6, c"/pkg".as_ptr(), 0), text(6, c"/svc".as_ptr(), 0)];
    check!(spawn(flags, PROGRAM, &CHILD, ptr::null(), &cloned) == Ok(43));
}

fn scripts() {
    // They say what they were called with.
    for (path, code) in [(c"/scripts/plain", 45), (c"/scripts/nested", 47)] {
        check!(spawn(CLONE_ALL, path, &CHILD, ptr::null(), &[]) == Ok(code));
    }
    check!(spawn(CLONE_ALL, c"/scripts/resolved", &CHILD, ptr::null(), &[]) == Ok(43));
    for (path, expected) in [
        (c"/scripts/loop", IO_INVALID),
        (c"/scripts/empty", INVALID_ARGS),
        (c"/scripts/long", OUT_OF_RANGE),
        (c"/scripts/mixed", NOT_SUPPORTED),
        (c"/scripts/missing", INTERNAL),
        (c"/scripts/unresolved", INTERNAL),
    ] {
        let failed = spawn(CLONE_ALL, path, &CHILD, ptr::null(), &[]);
        check!(failed.is_err_and(|(status, message)| status == expected && message > 0));
    }
}

fn failures() {
    let fails = |path: &CStr, args: &[*const c_char], actions: &[Action]| {
        let failed = spawn(CLONE_ALL, path, args, ptr::null(), actions).err();
        failed.map(|(status, message)| (status, message > 0))
    };
    check!(fails(c"/pkg/none", &CHILD, &[]) == Some((NOT_FOUND, true)));
    // Arguments that cannot be need no words.
    check!(fails(PROGRAM, &[ptr::null()], &[]) == Some((INVALID_ARGS, false)));
    check!(fails(PROGRAM, &CHILD, &[text(5, ptr::null(), 0)]) == Some((INVALID_ARGS, false)));
    check!(fails(PROGRAM, &CHILD, &[text(6, c"pkg".as_ptr(), 0)]) == Some((INVALID_ARGS, false)));
    check!(fails(PROGRAM, &CHILD, &[fds(1, 0, 1024)]) == Some((OUT_OF_RANGE, true)));
    check!(fails(PROGRAM, &CHILD, &[fds(1, 900, 3)]) == Some((INVALID_ARGS, true)));
    check!(fails(PROGRAM, &CHILD, &[fds(1, 1, 3), fds(1, 1, 3)]) == Some((ALREADY_EXISTS, true)));
    // What an action has goes, whatever comes of it.
    let mut pipe = [-1; 2];
    check!(call!(pipe(pipe.as_mut_ptr())) == 0);
    let transfers = [fds(2, pipe[0], 3), fds(2, pipe[1], 3)];
    check!(fails(c"/pkg/none", &CHILD, &transfers) == Some((NOT_FOUND, true)));
    check!(call!(close(pipe[0])) == -1 && call!(close(pipe[1])) == -1);
    let mut process = 0;
    let none = ptr::null_mut();
    check!(
        call!(fdio_spawn_vmo(
            0,
            CLONE_ALL,
            0,
            CHILD.as_ptr(),
            ptr::null(),
            0,
            ptr::null(),
            &mut process,
            none,
        )) == INVALID_ARGS
    );
    let mut unfit = 0;
    check!(
        call!(fdio_spawn_etc(
            0,
            CLONE_ALL,
            PROGRAM.as_ptr(),
            CHILD.as_ptr(),
            ptr::null(),
            1,
            ptr::null(),
            &mut unfit,
            none,
        )) == INVALID_ARGS
    );
}
