//! From the program's entry to its main function.

use core::arch::naked_asm;

use guest_rt::{Handle, Startup, memory, process, stdio, thread};
use zx_abi::{HandleType, PAGE_SIZE, Result, Status, VmOptions};

use crate::{fds, startup};

/// The main function of a program: what it returns is the process's return code.
pub type Main = extern "C" fn() -> i64;

/// The initial thread's stack. The one it starts with is sized for reading the message.
const STACK_SIZE: usize = 256 << 10;

// Of ld.so.1.
unsafe extern "C" {
    safe fn dl_thread_pointer() -> u64;
    safe fn dl_initialize();
    safe fn dl_finalize();
}

/// Starts a program, from its entry with the two arguments that it was entered with.
///
/// Reads the program's message, sets the thread pointer and moves to a stack of its own, makes file
/// descriptors and the namespace of what the message has for them, and only then runs constructors
/// and the main function.
// SAFETY: programs declare it with this signature.
#[unsafe(no_mangle)]
pub extern "C" fn guest_start(bootstrap: u32, vdso: usize, main: Main) -> ! {
    let bootstrap = Handle::from_raw(bootstrap);
    let read = Startup::read(bootstrap, vdso);
    bootstrap.close();
    let mut startup = match read {
        Ok(startup) => startup,
        Err(error) => fail(format_args!("bad bootstrap message: {error}"), error.as_zx_status()),
    };
    // For what the library itself has to say.
    stdio::open(&startup);
    match prepare(&startup) {
        // SAFETY: it is the top of a stack that nobody else has; nobody looks at what is here now.
        Ok(top) => unsafe { run_on(top, &mut startup, main) },
        Err(status) => fail(format_args!("cannot start: {status}"), status),
    }
}

fn fail(why: core::fmt::Arguments<'_>, status: Status) -> ! {
    guest_rt::eprintln!("{why}");
    process::exit(status.into_raw().into())
}

/// Sets the thread pointer, and returns the top of a new stack.
fn prepare(startup: &Startup) -> Result<usize> {
    let get = |handle_type| startup.get(handle_type, 0).ok_or(Status::NOT_FOUND);
    // SAFETY: the linker has prepared the initial thread's control block.
    unsafe { thread::set_thread_pointer(get(HandleType::ThreadSelf)?, dl_thread_pointer())? };
    create_stack(get(HandleType::RootVmar)?)
}

/// Maps a stack above a page that is left free, and returns its top.
fn create_stack(root_vmar: Handle) -> Result<usize> {
    let guard = PAGE_SIZE as usize;
    let options = VmOptions::CAN_MAP_SPECIFIC | VmOptions::CAN_MAP_READ | VmOptions::CAN_MAP_WRITE;
    let (vmar, _) = memory::allocate(root_vmar, options, guard + STACK_SIZE)?;
    let vmo = memory::create_vmo(STACK_SIZE as u64)?;
    // A name is for people: without one all the same is well.
    let _ = vmo.set_name(b"initial-thread-stack");
    let options = VmOptions::PERM_READ | VmOptions::PERM_WRITE;
    let base = memory::map_at(vmar, options, guard, vmo, 0, STACK_SIZE);
    vmo.close();
    vmar.close();
    Ok(base? + STACK_SIZE)
}

/// Calls [`run`] on another stack.
///
/// # Safety
/// `top` is the top of a stack that nobody else has, and nobody uses the startup afterwards.
#[unsafe(naked)]
unsafe extern "C" fn run_on(top: usize, startup: *mut Startup, main: Main) -> ! {
    naked_asm!(
        "mov rsp, rdi",
        "xor ebp, ebp",
        "mov rdi, rsi",
        "mov rsi, rdx",
        "call {run}",
        "ud2",
        run = sym run,
    )
}

/// # Safety
/// As [`run_on`].
unsafe extern "C" fn run(startup: *mut Startup, main: Main) -> ! {
    // SAFETY: the caller's promise.
    startup::keep(unsafe { startup.read() });
    dl_initialize();
    let code = main();
    dl_finalize();
    fds::close();
    process::exit(code)
}
