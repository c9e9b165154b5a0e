//! From the program's entry to its main function.

use core::arch::naked_asm;

use guest_rt::{Handle, Startup, memory, process, stdio, thread};
use zx_abi::{HandleType, PAGE_SIZE, Result, Status, VmOptions};

use crate::{fds, startup};

/// The main function of a program: what it returns is the process's return code.
pub type Main = extern "C" fn() -> i64;

/// The initial thread's stack. The one it starts with is sized for reading the message.
const STACK_SIZE: usize = 256 << 10;

/// Bytes from the thread pointer on: the thread pointer itself, and what Zircon's ABI reserves for
/// the stack guard and the unsafe stack.
const CONTROL_BLOCK: usize = 0x20;

// Of ld.so.1.
unsafe extern "C" {
    fn dl_tls_layout(size: *mut usize, align: *mut usize);
    fn dl_tls_fill(pointer: *mut u8);
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
    let root_vmar = get(HandleType::RootVmar)?;
    let pointer = create_tls(root_vmar)?;
    // SAFETY: the storage is this thread's.
    unsafe { thread::set_thread_pointer(get(HandleType::ThreadSelf)?, pointer)? };
    create_stack(root_vmar)
}

/// Creates the initial thread's storage, and returns its thread pointer.
fn create_tls(root_vmar: Handle) -> Result<u64> {
    let (mut below, mut align) = (0, 0);
    // SAFETY: both are valid for the writes.
    unsafe { dl_tls_layout(&mut below, &mut align) };
    let size = (below + CONTROL_BLOCK + align).next_multiple_of(PAGE_SIZE as usize);
    let vmo = memory::create_vmo(size as u64)?;
    // A name is for people: without one all the same is well.
    let _ = vmo.set_name(b"initial-thread-tls");
    let options = VmOptions::PERM_READ | VmOptions::PERM_WRITE;
    let base = memory::map(root_vmar, options, vmo, size);
    vmo.close();
    let end = base? + size - CONTROL_BLOCK;
    let pointer = end - end % align;
    // SAFETY: the storage and the control block are inside the mapping, which is this thread's.
    unsafe {
        (pointer as *mut u64).write(pointer as u64);
        dl_tls_fill(pointer as *mut u8);
    }
    Ok(pointer as u64)
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
