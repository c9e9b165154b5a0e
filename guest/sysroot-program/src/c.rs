//! What the sysroot's libraries export, as C's headers declare it.

use core::ffi::{c_char, c_int, c_long, c_uint, c_ulong, c_void};

/// `FILE`
#[repr(C)]
pub struct File {
    private: [u8; 0],
}

/// `pthread_t`
pub type Pthread = c_ulong;
/// What a thread runs.
pub type Start = extern "C" fn(*mut c_void) -> *mut c_void;

/// `pthread_attr_t`
#[repr(C)]
pub struct Attributes([u64; 7]);
/// `pthread_mutex_t`
#[repr(C, align(8))]
pub struct Mutex([u8; 40]);
/// `pthread_cond_t`
#[repr(C, align(8))]
pub struct Condition([u8; 48]);
/// `pthread_rwlock_t`
#[repr(C, align(8))]
pub struct RwLock([u8; 56]);

impl Attributes {
    /// Not initialised yet.
    pub const NONE: Self = Self([u64::MAX; 7]);
}

impl Mutex {
    /// `PTHREAD_MUTEX_INITIALIZER`
    pub const NEW: Self = Self([0; 40]);
}

impl Condition {
    /// `PTHREAD_COND_INITIALIZER`
    pub const NEW: Self = Self([0; 48]);
}

impl RwLock {
    /// `PTHREAD_RWLOCK_INITIALIZER`
    pub const NEW: Self = Self([0; 56]);
}

/// `struct pollfd`
#[repr(C)]
pub struct PollFd {
    pub fd: c_int,
    pub events: i16,
    pub returned: i16,
}

/// `struct timespec`
#[repr(C)]
pub struct Timespec {
    pub seconds: i64,
    pub nanoseconds: c_long,
}

/// `Dl_info`
#[repr(C)]
pub struct AddressInfo {
    pub file: *const c_char,
    pub base: *mut c_void,
    pub symbol: *const c_char,
    pub symbol_address: *mut c_void,
}

impl AddressInfo {
    /// Of nothing.
    pub const NONE: Self = Self {
        file: core::ptr::null(),
        base: core::ptr::null_mut(),
        symbol: core::ptr::null(),
        symbol_address: core::ptr::null_mut(),
    };
}

/// `struct dl_phdr_info`
#[repr(C)]
pub struct ImageInfo {
    pub bias: u64,
    pub name: *const c_char,
    pub headers: *const c_void,
    pub header_count: u16,
    pub adds: u64,
    pub subs: u64,
}

unsafe extern "C" {
    pub static stderr: *const File;
    pub static stdout: *const File;
    pub static environ: *mut *mut c_char;

    pub fn __cxa_thread_atexit_impl(
        destructor: extern "C" fn(*mut c_void),
        object: *mut c_void,
        image: *mut c_void,
    ) -> c_int;
    pub fn __errno_location() -> *mut c_int;
    pub fn abort() -> !;
    pub fn atexit(function: extern "C" fn()) -> c_int;
    pub fn calloc(count: usize, size: usize) -> *mut c_void;
    pub fn clock_gettime(clock: c_int, out: *mut Timespec) -> c_int;
    pub fn close(fd: c_int) -> c_int;
    pub fn dl_iterate_phdr(
        callback: unsafe extern "C" fn(*mut ImageInfo, usize, *mut c_void) -> c_int,
        data: *mut c_void,
    ) -> c_int;
    pub fn dladdr(address: *const c_void, out: *mut AddressInfo) -> c_int;
    pub fn dlclose(handle: *mut c_void) -> c_int;
    pub fn dlerror() -> *mut c_char;
    pub fn dlopen(name: *const c_char, mode: c_int) -> *mut c_void;
    pub fn dlopen_vmo(vmo: u32, mode: c_int) -> *mut c_void;
    pub fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
    pub fn dup(fd: c_int) -> c_int;
    pub fn exit(code: c_int) -> !;
    pub fn fcntl(fd: c_int, command: c_int, ...) -> c_int;
    pub fn fprintf(file: *const File, format: *const c_char, ...) -> c_int;
    pub fn free(block: *mut c_void);
    pub fn frexp(x: f64, exponent: *mut c_int) -> f64;
    pub fn getenv(name: *const c_char) -> *mut c_char;
    pub fn isatty(fd: c_int) -> c_int;
    pub fn log2(x: f64) -> f64;
    pub fn log2f(x: f32) -> f32;
    pub fn malloc(size: usize) -> *mut c_void;
    pub fn mmap(
        address: *mut c_void,
        size: usize,
        protection: c_int,
        flags: c_int,
        fd: c_int,
        offset: i64,
    ) -> *mut c_void;
    pub fn munmap(address: *mut c_void, size: usize) -> c_int;
    pub fn pipe(fds: *mut c_int) -> c_int;
    pub fn poll(fds: *mut PollFd, count: c_ulong, milliseconds: c_int) -> c_int;
    pub fn posix_memalign(out: *mut *mut c_void, align: usize, size: usize) -> c_int;
    pub fn pow(x: f64, y: f64) -> f64;
    pub fn printf(format: *const c_char, ...) -> c_int;
    pub fn pthread_attr_getstacksize(attributes: *const Attributes, size: *mut usize) -> c_int;
    pub fn pthread_attr_init(attributes: *mut Attributes) -> c_int;
    pub fn pthread_attr_setdetachstate(attributes: *mut Attributes, state: c_int) -> c_int;
    pub fn pthread_attr_setstacksize(attributes: *mut Attributes, size: usize) -> c_int;
    pub fn pthread_cond_broadcast(condition: *mut Condition) -> c_int;
    pub fn pthread_cond_timedwait(
        condition: *mut Condition,
        mutex: *mut Mutex,
        until: *const Timespec,
    ) -> c_int;
    pub fn pthread_cond_wait(condition: *mut Condition, mutex: *mut Mutex) -> c_int;
    pub fn pthread_create(
        out: *mut Pthread,
        attributes: *const Attributes,
        start: Start,
        argument: *mut c_void,
    ) -> c_int;
    pub fn pthread_exit(result: *mut c_void) -> !;
    pub fn pthread_getspecific(key: c_uint) -> *mut c_void;
    pub fn pthread_join(thread: Pthread, result: *mut *mut c_void) -> c_int;
    pub fn pthread_key_create(
        key: *mut c_uint,
        destructor: Option<extern "C" fn(*mut c_void)>,
    ) -> c_int;
    pub fn pthread_key_delete(key: c_uint) -> c_int;
    pub fn pthread_mutex_lock(mutex: *mut Mutex) -> c_int;
    pub fn pthread_mutex_trylock(mutex: *mut Mutex) -> c_int;
    pub fn pthread_mutex_unlock(mutex: *mut Mutex) -> c_int;
    pub fn pthread_once(once: *mut c_int, function: extern "C" fn()) -> c_int;
    pub fn pthread_rwlock_rdlock(lock: *mut RwLock) -> c_int;
    pub fn pthread_rwlock_trywrlock(lock: *mut RwLock) -> c_int;
    pub fn pthread_rwlock_unlock(lock: *mut RwLock) -> c_int;
    pub fn pthread_rwlock_wrlock(lock: *mut RwLock) -> c_int;
    pub fn pthread_self() -> Pthread;
    pub fn pthread_setspecific(key: c_uint, value: *const c_void) -> c_int;
    pub fn puts(text: *const c_char) -> c_int;
    pub fn read(fd: c_int, buffer: *mut c_void, size: usize) -> isize;
    pub fn realloc(block: *mut c_void, size: usize) -> *mut c_void;
    pub fn setenv(name: *const c_char, text: *const c_char, overwrite: c_int) -> c_int;
    pub fn sin(x: f64) -> f64;
    pub fn snprintf(out: *mut c_char, size: usize, format: *const c_char, ...) -> c_int;
    pub fn strcmp(left: *const c_char, right: *const c_char) -> c_int;
    pub fn strerror_r(error: c_int, buffer: *mut c_char, size: usize) -> c_int;
    pub fn sysconf(name: c_int) -> c_long;
    pub fn unsetenv(name: *const c_char) -> c_int;
    pub fn write(fd: c_int, bytes: *const c_void, size: usize) -> isize;
    pub fn zx_process_self() -> u32;
    pub fn zx_take_startup_handle(info: u32) -> u32;
    pub fn zx_thread_self() -> u32;
    pub fn zx_vmar_root_self() -> u32;
}
