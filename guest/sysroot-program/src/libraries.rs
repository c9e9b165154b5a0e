//! Libraries that a program opens. The loader service has `libplugin.so`, `libplugiA.so`, which
//! needs `libB.so`, `libplugiC.so`, `libbroken.so`, which wants a function that nobody has, and
//! `libfixture.so`, whose thread-local variables can only be there from the start.

use core::ffi::{CStr, c_int, c_void};
use core::mem::transmute;
use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering};

use crate::c::{self, ImageInfo};
use crate::check;
use crate::threads::{create, join};

const RTLD_NOW: c_int = 2;
const RTLD_NOLOAD: c_int = 4;
const RTLD_GLOBAL: c_int = 0x100;
const RTLD_DEFAULT: *mut c_void = ptr::null_mut();
const RTLD_NEXT: *mut c_void = ptr::without_provenance_mut(usize::MAX);

pub fn check_all() {
    refused();
    let plugin = opened();
    found(plugin);
    thread_local(plugin);
    together();
    needed();
}

fn open(name: &CStr, mode: c_int) -> *mut c_void {
    // SAFETY: the name is a string.
    unsafe { c::dlopen(name.as_ptr(), mode) }
}

fn symbol(handle: *mut c_void, name: &CStr) -> *mut c_void {
    // SAFETY: the name is a string.
    unsafe { c::dlsym(handle, name.as_ptr()) }
}

/// What is said of the last error, once.
fn error() -> &'static [u8] {
    // SAFETY: it is null, or a string of this thread's, which stays until the next error.
    unsafe {
        let error = c::dlerror();
        if error.is_null() { b"" } else { CStr::from_ptr(error).to_bytes() }
    }
}

/// How many images there are, which have ever come.
fn images() -> [usize; 2] {
    unsafe extern "C" fn count(info: *mut ImageInfo, _: usize, counts: *mut c_void) -> c_int {
        // SAFETY: the pointers are those that are passed below.
        unsafe {
            let counts = counts.cast::<[usize; 2]>();
            check!((*info).subs == 0);
            (*counts)[0] += 1;
            (*counts)[1] = (*info).adds as usize;
        }
        0
    }
    let mut counts = [0; 2];
    // SAFETY: the counts are what the callback expects.
    unsafe { c::dl_iterate_phdr(count, ptr::from_mut(&mut counts).cast()) };
    counts
}

/// What cannot be opened, of which nothing stays.
fn refused() {
    let before = images();
    check!(open(c"libnone.so", RTLD_NOW).is_null());
    check!(error() == b"Error loading shared library libnone.so: NOT_FOUND" && error().is_empty());
    check!(open(c"libplugin.so", RTLD_NOLOAD).is_null());
    check!(error() == b"Library libplugin.so is not already loaded");
    check!(open(c"libbroken.so", RTLD_NOW).is_null());
    check!(error() == b"Error relocating libbroken.so: nalloc: symbol not found");
    check!(open(c"libfixture.so", RTLD_NOW).is_null());
    check!(error() == b"libfixture.so: initial-exec TLS of a library that is loaded late");
    check!(images() == before);
    // SAFETY: no handle is used that is none, but looked at.
    unsafe {
        let none = ptr::without_provenance_mut(0x10);
        check!(c::dlclose(none) == -1 && error() == b"Invalid library handle 0x10");
        check!(symbol(none, c"puts").is_null() && error() == b"Invalid library handle 0x10");
        check!(c::dlopen_vmo(0, RTLD_NOW).is_null());
    }
}

fn opened() -> *mut c_void {
    let before = images();
    let plugin = open(c"libplugin.so", RTLD_NOW);
    check!(!plugin.is_null());
    check!(images() == before.map(|count| count + 1));
    check!(open(c"libplugin.so", RTLD_NOW) == plugin && open(c"libplugin.so", 5) == plugin);
    // SAFETY: it is a handle. The library stays all the same.
    check!(unsafe { c::dlclose(plugin) } == 0);
    check!(images() == before.map(|count| count + 1) && error().is_empty());
    plugin
}

fn found(plugin: *mut c_void) {
    let block = symbol(plugin, c"plugin_block");
    check!(!block.is_null());
    // SAFETY: the library has it with this signature.
    unsafe {
        let block = transmute::<*mut c_void, extern "C" fn() -> *mut c_void>(block)();
        check!(!block.is_null());
        c::free(block);
    }
    // What it needs is found through it, and the program's own libraries without a handle.
    let puts = symbol(plugin, c"puts");
    check!(!puts.is_null() && symbol(RTLD_DEFAULT, c"puts") == puts);
    check!(symbol(RTLD_NEXT, c"puts") == puts);
    // SAFETY: null is the program.
    let program = unsafe { c::dlopen(ptr::null(), RTLD_NOW) };
    check!(!program.is_null() && program == open(c"", RTLD_NOW));
    check!(symbol(program, c"puts") == puts);
    // It is nobody else's until it is made so.
    check!(symbol(RTLD_DEFAULT, c"plugin_block").is_null());
    check!(error() == b"Symbol not found: plugin_block");
    check!(open(c"libplugin.so", RTLD_NOLOAD | RTLD_GLOBAL) == plugin);
    check!(symbol(RTLD_DEFAULT, c"plugin_block") == block);

    let mut info = c::AddressInfo::NONE;
    // SAFETY: `info` is valid for the write, and names are strings.
    unsafe {
        check!(c::dladdr(block.wrapping_byte_add(1), &mut info) == 1);
        check!(CStr::from_ptr(info.file) == c"libplugin.so");
        check!(CStr::from_ptr(info.symbol) == c"plugin_block" && info.symbol_address == block);
        check!(info.base < block);
        check!(c::dladdr(ptr::from_ref(&info).cast(), &mut info) == 0);
    }
}

/// The functions of the plugin that find its variables.
type Find = extern "C" fn() -> *mut u64;

/// Finds the plugin's variable in all ways, in this thread.
fn word(plugin: *mut c_void) -> *mut u64 {
    // SAFETY: the library has them with this signature.
    let [zero, descriptor, general] =
        [c"plugin_zero", c"plugin_descriptor", c"plugin_general_dynamic"]
            .map(|name| unsafe { transmute::<*mut c_void, Find>(symbol(plugin, name))() });
    check!(general.addr().is_multiple_of(64) && general == descriptor);
    // SAFETY: both are this thread's.
    unsafe {
        check!(general.read() == 42);
        check!((0..512).all(|index| zero.add(index).read() == 0));
        zero.write_bytes(0xff, 512);
        general.write(general.addr() as u64);
    }
    general
}

fn thread_local(plugin: *mut c_void) {
    extern "C" fn run(plugin: *mut c_void) -> *mut c_void {
        // What is said of errors is each thread's own.
        check!(error().is_empty() && symbol(plugin, c"nothing").is_null());
        word(plugin).cast()
    }
    let own = word(plugin);
    for _ in 0..3 {
        let threads = [0; 4].map(|_| create(ptr::null(), run, plugin.addr()));
        check!(error().is_empty());
        for thread in threads {
            check!(join(thread) != own.addr());
        }
    }
    // SAFETY: it is this thread's.
    check!(unsafe { own.read() } == own.addr() as u64);
}

/// Threads that open the same library get the same one, which is constructed once.
fn together() {
    static SAME: AtomicUsize = AtomicUsize::new(0);
    extern "C" fn run(_: *mut c_void) -> *mut c_void {
        let handle = open(c"libplugiC.so", RTLD_NOW);
        check!(!symbol(handle, c"plugin_block").is_null());
        images();
        let before = SAME.swap(handle.addr(), Ordering::Relaxed);
        check!(before == 0 || before == handle.addr());
        handle
    }
    let threads = [0; 4].map(|_| create(ptr::null(), run, 0));
    for thread in threads {
        check!(join(thread) != 0);
    }
}

/// What a library needs is loaded with it, and constructed before it.
fn needed() {
    let before = images();
    let library = open(c"libplugiA.so", RTLD_NOW);
    check!(!library.is_null() && images() == before.map(|count| count + 2));
    let needed = open(c"libB.so", RTLD_NOLOAD);
    check!(!needed.is_null() && needed != library);
    let mut info = c::AddressInfo::NONE;
    // SAFETY: `info` is valid for the write, and names are strings.
    unsafe {
        check!(c::dladdr(symbol(needed, c"plugin_block"), &mut info) == 1);
        check!(CStr::from_ptr(info.file) == c"libB.so");
    }
}
