//! From the program's entry to its main function.

use core::arch::naked_asm;
use core::cell::UnsafeCell;
use core::ffi::{c_char, c_int};
use core::fmt::Arguments;
use core::mem::MaybeUninit;
use core::ptr;

use guest_rt::processargs::Strings;
use guest_rt::{Handle, Startup, process, stdio, thread as kernel_thread};
use zx_abi::{HandleType, Result, Status};

use crate::thread::{self, attributes, create};
use crate::{environment, exit, extensions, linker, memory, startup, unwind};

/// A program's main function.
type Main = unsafe extern "C" fn(c_int, *mut *mut c_char, *mut *mut c_char) -> c_int;

/// What comes over to the new stack.
struct Passed(UnsafeCell<MaybeUninit<Startup>>);

// SAFETY: there is one thread yet.
unsafe impl Sync for Passed {}

static PASSED: Passed = Passed(UnsafeCell::new(MaybeUninit::uninit()));

/// Starts a program: what `_start` of `Scrt1.o` calls with what it was entered with.
///
/// Reads the program's message, creates the initial thread's stacks and storage, moves there, and
/// then makes descriptors and the namespace of what the message has for them (`libfdio.so` does),
/// runs constructors and the main function, and exits with what that returns.
#[unsafe(no_mangle)]
unsafe extern "C" fn __libc_start_main(bootstrap: u32, main: Main) -> ! {
    let bootstrap = Handle::from_raw(bootstrap);
    let read = Startup::read(bootstrap, 0);
    bootstrap.close();
    let mut startup = match read {
        Ok(startup) => startup,
        Err(error) => fail(format_args!("bad bootstrap message: {error}"), error.as_zx_status()),
    };
    // For what the library itself has to say.
    stdio::open(&startup);
    startup::adopt(&mut startup);
    match create_thread(&mut startup) {
        // SAFETY: it is the top of a stack that nobody else has; nobody looks at what is here now,
        // and there is one thread.
        Ok(top) => unsafe {
            (*PASSED.0.get()).write(startup);
            run_on(top, main)
        },
        Err(status) => fail(format_args!("cannot start: {status}"), status),
    }
}

fn fail(why: Arguments<'_>, status: Status) -> ! {
    guest_rt::eprintln!("libc.so: {why}");
    process::exit(status.into_raw().into())
}

/// Makes this thread one of the library's, and returns the top of its new stack.
fn create_thread(startup: &mut Startup) -> Result<usize> {
    let handle = startup.take(HandleType::ThreadSelf, 0).ok_or(Status::NOT_FOUND)?;
    // The stack that it starts with is sized for reading the message.
    let size = match linker::dl_stack_size() {
        0 => attributes::STACK_SIZE,
        size => size,
    };
    thread::choose_guard();
    let created = create::allocate(size, create::GUARD_SIZE)?;
    created.handle.set(handle.into_raw());
    // SAFETY: the storage is this thread's, and stays.
    unsafe { kernel_thread::set_thread_pointer(handle, created.pointer())? };
    Ok(created.stack_top())
}

/// Calls [`run`] on another stack.
///
/// # Safety
/// `top` is the top of a stack that nobody else has.
#[unsafe(naked)]
unsafe extern "C" fn run_on(top: usize, main: Main) -> ! {
    naked_asm!(
        "mov rsp, rdi",
        "xor ebp, ebp",
        "mov rdi, rsi",
        "call {run}",
        "ud2",
        run = sym run,
    )
}

/// # Safety
/// As [`run_on`], after [`PASSED`] has been written.
unsafe extern "C" fn run(main: Main) -> ! {
    // SAFETY: the caller's promise; it is read once.
    let mut startup = unsafe { (*PASSED.0.get()).assume_init_read() };
    unwind::initialize();
    // SAFETY: both are as C has them.
    unsafe { linker::dl_set_memory(memory::aligned_alloc, memory::free) };
    let args = pointers(startup.args());
    environment::adopt(pointers(startup.environ()));
    extend(&mut startup);
    startup::keep(startup);
    linker::dl_initialize();
    let count = c_int::try_from(args.len() - 1).unwrap_or(c_int::MAX);
    // SAFETY: the program's main function, with C's arguments.
    let code = unsafe { main(count, args.as_mut_ptr(), environment::current()) };
    exit::exit(code)
}

/// Pointers to strings that each end with a NUL, and null at the end.
fn pointers(strings: Strings<'static>) -> &'static mut [*mut c_char] {
    let Some(pointers) = memory::leak(strings.clone().count() + 1) else {
        fail(format_args!("cannot start: no memory"), Status::NO_MEMORY)
    };
    for (place, string) in pointers.iter_mut().zip(strings) {
        *place = string.as_ptr().cast_mut().cast();
    }
    pointers
}

/// Lets `libfdio.so` take what it is for.
fn extend(startup: &mut Startup) {
    let Some(initialize) = extensions::initialize() else { return };
    let names = pointers(startup.names());
    let count = startup.handles().count();
    let (Some(handles), Some(infos)) = (memory::leak(count), memory::leak(count)) else {
        fail(format_args!("cannot start: no memory"), Status::NO_MEMORY)
    };
    for (index, (info, handle)) in startup.handles().enumerate() {
        (handles[index], infos[index]) = (handle.into_raw(), info.into_raw());
    }
    let name_count = names.len() - 1;
    // SAFETY: the tables have these sizes.
    unsafe {
        initialize(
            count as u32,
            handles.as_mut_ptr(),
            infos.as_mut_ptr(),
            name_count as u32,
            names.as_mut_ptr(),
        );
    }
    startup.retain(handles);
    // SAFETY: the tables are this library's, and were only lent.
    unsafe {
        memory::free(ptr::from_mut(handles).cast());
        memory::free(ptr::from_mut(infos).cast());
        memory::free(ptr::from_mut(names).cast());
    }
}
