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

/// `struct tm`
#[repr(C)]
pub struct Date {
    /// Second, minute, hour, day, month from 0 on, year since 1900, day of the week, day of the year
    /// from 0 on, summer time.
    pub fields: [c_int; 9],
    pub east: c_long,
    pub zone: *const c_char,
}

/// `sem_t`
#[repr(C, align(4))]
pub struct Semaphore([u8; 8]);

impl Semaphore {
    /// Not initialised yet.
    pub const NONE: Self = Self([0xff; 8]);
}

/// `pthread_barrier_t`
#[repr(C, align(8))]
pub struct Barrier([u8; 32]);

impl Barrier {
    /// Not initialised yet.
    pub const NONE: Self = Self([0xff; 32]);
}

/// How elements are compared.
pub type Compare = extern "C" fn(*const c_void, *const c_void) -> c_int;

unsafe extern "C" {
    pub static stderr: *const File;
    pub static stdout: *const File;
    pub static environ: *mut *mut c_char;
    pub static stdin: *const File;

    pub fn __cxa_thread_atexit_impl(
        destructor: extern "C" fn(*mut c_void),
        object: *mut c_void,
        image: *mut c_void,
    ) -> c_int;
    pub fn __errno_location() -> *mut c_int;
    pub fn abort() -> !;
    pub fn asctime_r(date: *const Date, out: *mut c_char) -> *mut c_char;
    pub fn asprintf(out: *mut *mut c_char, format: *const c_char, ...) -> c_int;
    pub fn atexit(function: extern "C" fn()) -> c_int;
    pub fn atof(text: *const c_char) -> f64;
    pub fn atoi(text: *const c_char) -> c_int;
    pub fn bsearch(
        key: *const c_void,
        start: *const c_void,
        count: usize,
        size: usize,
        compare: Compare,
    ) -> *mut c_void;
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
    pub fn dprintf(fd: c_int, format: *const c_char, ...) -> c_int;
    pub fn dup(fd: c_int) -> c_int;
    pub fn exit(code: c_int) -> !;
    pub fn fclose(file: *const File) -> c_int;
    pub fn fcntl(fd: c_int, command: c_int, ...) -> c_int;
    pub fn feof(file: *const File) -> c_int;
    pub fn ferror(file: *const File) -> c_int;
    pub fn fgetc(file: *const File) -> c_int;
    pub fn fgets(out: *mut c_char, size: c_int, file: *const File) -> *mut c_char;
    pub fn fopen(path: *const c_char, mode: *const c_char) -> *const File;
    pub fn fprintf(file: *const File, format: *const c_char, ...) -> c_int;
    pub fn fread(out: *mut c_void, size: usize, count: usize, file: *const File) -> usize;
    pub fn free(block: *mut c_void);
    pub fn freopen(path: *const c_char, mode: *const c_char, file: *const File) -> *const File;
    pub fn frexp(x: f64, exponent: *mut c_int) -> f64;
    pub fn fseek(file: *const File, offset: c_long, from: c_int) -> c_int;
    pub fn ftell(file: *const File) -> c_long;
    pub fn fwrite(bytes: *const c_void, size: usize, count: usize, file: *const File) -> usize;
    pub fn getchar() -> c_int;
    pub fn getenv(name: *const c_char) -> *mut c_char;
    pub fn getline(line: *mut *mut c_char, size: *mut usize, file: *const File) -> isize;
    pub fn gmtime_r(time: *const i64, out: *mut Date) -> *mut Date;
    pub fn isalpha(character: c_int) -> c_int;
    pub fn isatty(fd: c_int) -> c_int;
    pub fn isspace(character: c_int) -> c_int;
    pub fn log2(x: f64) -> f64;
    pub fn log2f(x: f32) -> f32;
    pub fn malloc(size: usize) -> *mut c_void;
    pub fn memchr(bytes: *const c_void, wanted: c_int, size: usize) -> *mut c_void;
    pub fn memmem(
        bytes: *const c_void,
        size: usize,
        wanted: *const c_void,
        wanted_size: usize,
    ) -> *mut c_void;
    pub fn mktime(date: *mut Date) -> i64;
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
    pub fn pthread_attr_getstack(
        attributes: *const Attributes,
        stack: *mut *mut c_void,
        size: *mut usize,
    ) -> c_int;
    pub fn pthread_attr_getstacksize(attributes: *const Attributes, size: *mut usize) -> c_int;
    pub fn pthread_attr_init(attributes: *mut Attributes) -> c_int;
    pub fn pthread_attr_setdetachstate(attributes: *mut Attributes, state: c_int) -> c_int;
    pub fn pthread_attr_setstack(
        attributes: *mut Attributes,
        stack: *mut c_void,
        size: usize,
    ) -> c_int;
    pub fn pthread_attr_setstacksize(attributes: *mut Attributes, size: usize) -> c_int;
    pub fn pthread_barrier_destroy(barrier: *mut Barrier) -> c_int;
    pub fn pthread_barrier_init(
        barrier: *mut Barrier,
        attributes: *const c_void,
        count: c_uint,
    ) -> c_int;
    pub fn pthread_barrier_wait(barrier: *mut Barrier) -> c_int;
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
    pub fn pthread_getattr_np(thread: Pthread, out: *mut Attributes) -> c_int;
    pub fn pthread_getname_np(thread: Pthread, out: *mut c_char, size: usize) -> c_int;
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
    pub fn pthread_rwlock_timedrdlock(lock: *mut RwLock, until: *const Timespec) -> c_int;
    pub fn pthread_rwlock_timedwrlock(lock: *mut RwLock, until: *const Timespec) -> c_int;
    pub fn pthread_rwlock_trywrlock(lock: *mut RwLock) -> c_int;
    pub fn pthread_rwlock_unlock(lock: *mut RwLock) -> c_int;
    pub fn pthread_rwlock_wrlock(lock: *mut RwLock) -> c_int;
    pub fn pthread_self() -> Pthread;
    pub fn pthread_setname_np(thread: Pthread, name: *const c_char) -> c_int;
    pub fn pthread_setspecific(key: c_uint, value: *const c_void) -> c_int;
    pub fn pthread_spin_init(lock: *mut c_int, is_shared: c_int) -> c_int;
    pub fn pthread_spin_lock(lock: *mut c_int) -> c_int;
    pub fn pthread_spin_trylock(lock: *mut c_int) -> c_int;
    pub fn pthread_spin_unlock(lock: *mut c_int) -> c_int;
    pub fn puts(text: *const c_char) -> c_int;
    pub fn qsort(start: *mut c_void, count: usize, size: usize, compare: Compare);
    pub fn rand() -> c_int;
    pub fn read(fd: c_int, buffer: *mut c_void, size: usize) -> isize;
    pub fn realloc(block: *mut c_void, size: usize) -> *mut c_void;
    pub fn rewind(file: *const File);
    pub fn sem_getvalue(semaphore: *mut Semaphore, out: *mut c_int) -> c_int;
    pub fn sem_init(semaphore: *mut Semaphore, is_shared: c_int, value: c_uint) -> c_int;
    pub fn sem_post(semaphore: *mut Semaphore) -> c_int;
    pub fn sem_timedwait(semaphore: *mut Semaphore, until: *const Timespec) -> c_int;
    pub fn sem_trywait(semaphore: *mut Semaphore) -> c_int;
    pub fn sem_wait(semaphore: *mut Semaphore) -> c_int;
    pub fn setenv(name: *const c_char, text: *const c_char, overwrite: c_int) -> c_int;
    pub fn sin(x: f64) -> f64;
    pub fn snprintf(out: *mut c_char, size: usize, format: *const c_char, ...) -> c_int;
    pub fn srand(seed: c_uint);
    pub fn strcasestr(string: *const c_char, wanted: *const c_char) -> *mut c_char;
    pub fn strcmp(left: *const c_char, right: *const c_char) -> c_int;
    pub fn strerror_r(error: c_int, buffer: *mut c_char, size: usize) -> c_int;
    pub fn strftime(
        out: *mut c_char,
        size: usize,
        format: *const c_char,
        date: *const Date,
    ) -> usize;
    pub fn strlcat(to: *mut c_char, from: *const c_char, size: usize) -> usize;
    pub fn strlcpy(to: *mut c_char, from: *const c_char, size: usize) -> usize;
    pub fn strlen(string: *const c_char) -> usize;
    pub fn strncat(to: *mut c_char, from: *const c_char, limit: usize) -> *mut c_char;
    pub fn strpbrk(string: *const c_char, set: *const c_char) -> *mut c_char;
    pub fn strrchr(string: *const c_char, wanted: c_int) -> *mut c_char;
    pub fn strsep(string: *mut *mut c_char, set: *const c_char) -> *mut c_char;
    pub fn strstr(string: *const c_char, wanted: *const c_char) -> *mut c_char;
    pub fn strtod(text: *const c_char, end: *mut *mut c_char) -> f64;
    pub fn strtof(text: *const c_char, end: *mut *mut c_char) -> f32;
    pub fn strtok_r(string: *mut c_char, set: *const c_char, next: *mut *mut c_char)
    -> *mut c_char;
    pub fn strtol(text: *const c_char, end: *mut *mut c_char, base: c_int) -> c_long;
    pub fn strtoul(text: *const c_char, end: *mut *mut c_char, base: c_int) -> c_ulong;
    pub fn sysconf(name: c_int) -> c_long;
    pub fn tolower(character: c_int) -> c_int;
    pub fn ungetc(character: c_int, file: *const File) -> c_int;
    pub fn unsetenv(name: *const c_char) -> c_int;
    pub fn write(fd: c_int, bytes: *const c_void, size: usize) -> isize;
    pub fn zx_process_self() -> u32;
    pub fn zx_take_startup_handle(info: u32) -> u32;
    pub fn zx_thread_self() -> u32;
    pub fn zx_vmar_root_self() -> u32;
}
