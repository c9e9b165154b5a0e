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
#[repr(C, align(4))]
pub struct Mutex([u8; 16]);
/// `pthread_cond_t`
#[repr(C, align(8))]
pub struct Condition([u8; 32]);
/// `pthread_rwlock_t`
#[repr(C, align(4))]
pub struct RwLock([u8; 8]);

impl Attributes {
    /// Not initialised yet.
    pub const NONE: Self = Self([u64::MAX; 7]);
}

impl Mutex {
    /// `PTHREAD_MUTEX_INITIALIZER`
    pub const NEW: Self = Self([0; 16]);
}

impl Condition {
    /// `PTHREAD_COND_INITIALIZER`
    pub const NEW: Self = Self([0; 32]);
}

impl RwLock {
    /// `PTHREAD_RWLOCK_INITIALIZER`
    pub const NEW: Self = Self([0; 8]);
}

/// `struct pollfd`
#[repr(C)]
pub struct PollFd {
    pub fd: c_int,
    pub events: i16,
    pub returned: i16,
}

/// `struct stat`
#[derive(Default)]
#[repr(C)]
pub struct Stat {
    pub device: u64,
    pub number: u64,
    pub links: u64,
    pub mode: c_uint,
    pub user: c_uint,
    pub group: c_uint,
    padding: c_uint,
    pub special: u64,
    pub size: i64,
    pub block_size: c_long,
    pub blocks: i64,
    pub accessed: Timespec,
    pub modified: Timespec,
    pub changed: Timespec,
    reserved: [c_long; 3],
}

/// `struct dirent`
#[repr(C)]
pub struct Dirent {
    pub number: u64,
    pub offset: i64,
    pub size: u16,
    pub node_type: u8,
    pub name: [c_char; 256],
}

/// `DIR`
#[repr(C)]
pub struct Dir {
    private: [u8; 0],
}

/// `struct iovec`
#[repr(C)]
pub struct Iovec {
    pub start: *mut c_void,
    pub size: usize,
}

/// `struct if_nameindex`
#[repr(C)]
pub struct IndexedName {
    pub index: c_uint,
    pub name: *const c_char,
}

/// `struct servent`
#[repr(C)]
pub struct Service {
    pub name: *const c_char,
    pub aliases: *const *const c_char,
    pub port: c_int,
    pub protocol: *const c_char,
}

/// `struct protoent`
#[repr(C)]
pub struct Protocol {
    pub name: *const c_char,
    pub aliases: *const *const c_char,
    pub number: c_int,
}

/// `glob_t`
#[repr(C)]
pub struct Found {
    pub count: usize,
    pub paths: *mut *mut c_char,
    pub reserved: usize,
    pub padding: [usize; 6],
}

/// `struct msghdr`
#[repr(C)]
pub struct Message {
    pub address: *mut c_void,
    pub address_size: u32,
    pub parts: *mut Iovec,
    pub part_count: c_int,
    pub padding: c_int,
    pub control: *mut c_void,
    pub control_size: u32,
    pub padding2: u32,
    pub flags: c_int,
}

impl Message {
    /// One of nothing but bytes.
    pub fn of(parts: &mut [Iovec]) -> Self {
        Self {
            address: core::ptr::null_mut(),
            address_size: 0,
            parts: parts.as_mut_ptr(),
            part_count: parts.len() as c_int,
            padding: 0,
            control: core::ptr::null_mut(),
            control_size: 0,
            padding2: 0,
            flags: 0,
        }
    }
}

/// `fdio_ns_t`
#[repr(C)]
pub struct Namespace {
    private: [u8; 0],
}

/// `fdio_flat_namespace_t`
#[repr(C)]
pub struct FlatNamespace {
    pub count: usize,
    pub handles: *mut u32,
    pub paths: *const *const c_char,
}

/// `fdio_spawn_action_t`
#[repr(C)]
pub struct Action {
    pub action: u32,
    pub reserved: u32,
    pub first: ActionHead,
    pub second: u64,
}

/// Its union.
#[repr(C)]
pub union ActionHead {
    pub fds: [c_int; 2],
    pub text: *const c_char,
    pub handle: [u32; 2],
}

/// `zx_info_process_t`
#[derive(Default)]
#[repr(C)]
pub struct ProcessInfo {
    pub return_code: i64,
    pub start_time: i64,
    pub flags: u32,
    padding: u32,
}

/// `struct timespec`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Timespec {
    pub seconds: i64,
    pub nanoseconds: c_long,
}

/// `struct timeval`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Timeval {
    pub seconds: i64,
    pub microseconds: c_long,
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
    pub static environ: *mut *mut c_char;
    pub static mut optarg: *mut c_char;
    pub static mut opterr: c_int;
    pub static mut optind: c_int;
    pub static mut optopt: c_int;
    pub static stderr: *const File;
    pub static stdin: *const File;
    pub static stdout: *const File;

    pub fn __cxa_thread_atexit_impl(
        destructor: extern "C" fn(*mut c_void),
        object: *mut c_void,
        image: *mut c_void,
    ) -> c_int;
    pub fn __errno_location() -> *mut c_int;
    pub fn abort() -> !;
    pub fn access(path: *const c_char, mode: c_int) -> c_int;
    pub fn alphasort(one: *const *const Dirent, other: *const *const Dirent) -> c_int;
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
    pub fn chdir(path: *const c_char) -> c_int;
    pub fn chmod(path: *const c_char, mode: c_uint) -> c_int;
    pub fn chown(path: *const c_char, user: c_uint, group: c_uint) -> c_int;
    pub fn clock_gettime(clock: c_int, out: *mut Timespec) -> c_int;
    pub fn close(fd: c_int) -> c_int;
    pub fn closedir(directory: *mut Dir) -> c_int;
    pub fn closelog();
    pub fn cos(x: f64) -> f64;
    pub fn creat(path: *const c_char, mode: c_uint) -> c_int;
    pub fn dirfd(directory: *mut Dir) -> c_int;
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
    pub fn eventfd(value: c_uint, flags: c_int) -> c_int;
    pub fn eventfd_read(fd: c_int, value: *mut u64) -> c_int;
    pub fn eventfd_write(fd: c_int, value: u64) -> c_int;
    pub fn exit(code: c_int) -> !;
    pub fn fabsl();
    pub fn faccessat(fd: c_int, path: *const c_char, mode: c_int, flags: c_int) -> c_int;
    pub fn fchmod(fd: c_int, mode: c_uint) -> c_int;
    pub fn fchown(fd: c_int, user: c_uint, group: c_uint) -> c_int;
    pub fn fclose(file: *const File) -> c_int;
    pub fn fcntl(fd: c_int, command: c_int, ...) -> c_int;
    pub fn fdatasync(fd: c_int) -> c_int;
    pub fn fdio_currently_allocated_fd_count() -> c_int;
    pub fn fdio_cwd_clone(out: *mut u32) -> i32;
    pub fn fdio_fd_clone(fd: c_int, out: *mut u32) -> i32;
    pub fn fdio_fd_create(handle: u32, out: *mut c_int) -> i32;
    pub fn fdio_fd_create_null() -> c_int;
    pub fn fdio_fd_transfer(fd: c_int, out: *mut u32) -> i32;
    pub fn fdio_fd_transfer_or_clone(fd: c_int, out: *mut u32) -> i32;
    pub fn fdio_get_vmo_clone(fd: c_int, out: *mut u32) -> i32;
    pub fn fdio_get_vmo_copy(fd: c_int, out: *mut u32) -> i32;
    pub fn fdio_get_vmo_exact(fd: c_int, out: *mut u32) -> i32;
    pub fn fdio_get_vmo_exec(fd: c_int, out: *mut u32) -> i32;
    pub fn fdio_ns_bind(namespace: *mut Namespace, path: *const c_char, directory: u32) -> i32;
    pub fn fdio_ns_bind_fd(namespace: *mut Namespace, path: *const c_char, fd: c_int) -> i32;
    pub fn fdio_ns_chdir(namespace: *mut Namespace) -> i32;
    pub fn fdio_ns_create(out: *mut *mut Namespace) -> i32;
    pub fn fdio_ns_destroy(namespace: *mut Namespace) -> i32;
    pub fn fdio_ns_export(namespace: *mut Namespace, out: *mut *mut FlatNamespace) -> i32;
    pub fn fdio_ns_export_root(out: *mut *mut FlatNamespace) -> i32;
    pub fn fdio_ns_free_flat_ns(flat: *mut FlatNamespace);
    pub fn fdio_ns_get_installed(out: *mut *mut Namespace) -> i32;
    pub fn fdio_ns_is_bound(namespace: *mut Namespace, path: *const c_char) -> bool;
    pub fn fdio_ns_open3(
        namespace: *mut Namespace,
        path: *const c_char,
        flags: u64,
        server: u32,
    ) -> i32;
    pub fn fdio_ns_opendir(namespace: *mut Namespace) -> c_int;
    pub fn fdio_ns_unbind(namespace: *mut Namespace, path: *const c_char) -> i32;
    pub fn fdio_open3(path: *const c_char, flags: u64, server: u32) -> i32;
    pub fn fdio_open3_at(directory: u32, path: *const c_char, flags: u64, server: u32) -> i32;
    pub fn fdio_open3_fd(path: *const c_char, flags: u64, out: *mut c_int) -> i32;
    pub fn fdio_open3_fd_at(fd: c_int, path: *const c_char, flags: u64, out: *mut c_int) -> i32;
    pub fn fdio_open_fd(path: *const c_char, flags: u32, out: *mut c_int) -> i32;
    pub fn fdio_open_fd_at(fd: c_int, path: *const c_char, flags: u32, out: *mut c_int) -> i32;
    pub fn fdio_spawn_etc(
        job: u32,
        flags: u32,
        path: *const c_char,
        argv: *const *const c_char,
        environment: *const *const c_char,
        count: usize,
        actions: *const Action,
        process: *mut u32,
        message: *mut c_char,
    ) -> i32;
    pub fn fdio_spawn_vmo(
        job: u32,
        flags: u32,
        executable: u32,
        argv: *const *const c_char,
        environment: *const *const c_char,
        count: usize,
        actions: *const Action,
        process: *mut u32,
        message: *mut c_char,
    ) -> i32;
    pub fn fdopen(fd: c_int, mode: *const c_char) -> *const File;
    pub fn fdopendir(fd: c_int) -> *mut Dir;
    pub fn feof(file: *const File) -> c_int;
    pub fn ferror(file: *const File) -> c_int;
    pub fn fgetc(file: *const File) -> c_int;
    pub fn fgets(out: *mut c_char, size: c_int, file: *const File) -> *mut c_char;
    pub fn flock(fd: c_int, operation: c_int) -> c_int;
    pub fn fmal();
    pub fn fmodl();
    pub fn fopen(path: *const c_char, mode: *const c_char) -> *const File;
    pub fn fprintf(file: *const File, format: *const c_char, ...) -> c_int;
    pub fn fread(out: *mut c_void, size: usize, count: usize, file: *const File) -> usize;
    pub fn free(block: *mut c_void);
    pub fn freeifaddrs(list: *mut c_void);
    pub fn freopen(path: *const c_char, mode: *const c_char, file: *const File) -> *const File;
    pub fn frexp(x: f64, exponent: *mut c_int) -> f64;
    pub fn fscanf(file: *const File, format: *const c_char, ...) -> c_int;
    pub fn fseek(file: *const File, offset: c_long, from: c_int) -> c_int;
    pub fn fstat(fd: c_int, out: *mut Stat) -> c_int;
    pub fn fstatat(fd: c_int, path: *const c_char, out: *mut Stat, flags: c_int) -> c_int;
    pub fn fsync(fd: c_int) -> c_int;
    pub fn ftell(file: *const File) -> c_long;
    pub fn ftruncate(fd: c_int, size: i64) -> c_int;
    pub fn futimens(fd: c_int, times: *const Timespec) -> c_int;
    pub fn fwrite(bytes: *const c_void, size: usize, count: usize, file: *const File) -> usize;
    pub fn getaddrinfo(
        node: *const c_char,
        service: *const c_char,
        hints: *const c_void,
        result: *mut *mut c_void,
    ) -> c_int;
    pub fn getchar() -> c_int;
    pub fn getcwd(buffer: *mut c_char, size: usize) -> *mut c_char;
    pub fn getenv(name: *const c_char) -> *mut c_char;
    pub fn getifaddrs(list: *mut *mut c_void) -> c_int;
    pub fn getline(line: *mut *mut c_char, size: *mut usize, file: *const File) -> isize;
    pub fn getnameinfo(
        address: *const c_void,
        address_size: u32,
        host: *mut c_char,
        host_size: u32,
        service: *mut c_char,
        service_size: u32,
        flags: c_int,
    ) -> c_int;
    pub fn getopt(count: c_int, args: *const *mut c_char, letters: *const c_char) -> c_int;
    pub fn getprotobyname(name: *const c_char) -> *const Protocol;
    pub fn getprotobynumber(protocol: c_int) -> *const Protocol;
    pub fn getservbyname(name: *const c_char, protocol: *const c_char) -> *const Service;
    pub fn getsockopt(
        fd: c_int,
        level: c_int,
        name: c_int,
        value: *mut c_void,
        size: *mut u32,
    ) -> c_int;
    pub fn gettimeofday(out: *mut Timeval, zone: *mut c_void) -> c_int;
    pub fn glob(
        pattern: *const c_char,
        flags: c_int,
        on_error: Option<extern "C" fn(*const c_char, c_int) -> c_int>,
        found: *mut Found,
    ) -> c_int;
    pub fn globfree(found: *mut Found);
    pub fn gmtime_r(time: *const i64, out: *mut Date) -> *mut Date;
    pub fn if_freenameindex(list: *const IndexedName);
    pub fn if_indextoname(index: c_uint, name: *mut c_char) -> *mut c_char;
    pub fn if_nameindex() -> *const IndexedName;
    pub fn if_nametoindex(name: *const c_char) -> c_uint;
    pub fn ioctl(fd: c_int, request: c_int, ...) -> c_int;
    pub fn isalpha(character: c_int) -> c_int;
    pub fn isatty(fd: c_int) -> c_int;
    pub fn isspace(character: c_int) -> c_int;
    pub fn link(path: *const c_char, new_path: *const c_char) -> c_int;
    pub fn linkat(
        fd: c_int,
        path: *const c_char,
        new_fd: c_int,
        new_path: *const c_char,
        flags: c_int,
    ) -> c_int;
    pub fn log2(x: f64) -> f64;
    pub fn log2f(x: f32) -> f32;
    pub fn lseek(fd: c_int, offset: i64, whence: c_int) -> i64;
    pub fn lstat(path: *const c_char, out: *mut Stat) -> c_int;
    pub fn malloc(size: usize) -> *mut c_void;
    pub fn memchr(bytes: *const c_void, wanted: c_int, size: usize) -> *mut c_void;
    pub fn memmem(
        bytes: *const c_void,
        size: usize,
        wanted: *const c_void,
        wanted_size: usize,
    ) -> *mut c_void;
    pub fn mkdir(path: *const c_char, mode: c_uint) -> c_int;
    pub fn mkdirat(fd: c_int, path: *const c_char, mode: c_uint) -> c_int;
    pub fn mkfifo(path: *const c_char, mode: c_uint) -> c_int;
    pub fn mkstemp(template: *mut c_char) -> c_int;
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
    pub fn open(path: *const c_char, flags: c_int, ...) -> c_int;
    pub fn openat(fd: c_int, path: *const c_char, flags: c_int, ...) -> c_int;
    pub fn opendir(path: *const c_char) -> *mut Dir;
    pub fn openlog(name: *const c_char, options: c_int, facility: c_int);
    pub fn pipe(fds: *mut c_int) -> c_int;
    pub fn poll(fds: *mut PollFd, count: c_ulong, milliseconds: c_int) -> c_int;
    pub fn posix_fadvise(fd: c_int, start: i64, size: i64, advice: c_int) -> c_int;
    pub fn posix_memalign(out: *mut *mut c_void, align: usize, size: usize) -> c_int;
    pub fn pow(x: f64, y: f64) -> f64;
    pub fn pread(fd: c_int, buffer: *mut c_void, size: usize, offset: i64) -> isize;
    pub fn preadv(fd: c_int, parts: *const Iovec, count: c_int, offset: i64) -> isize;
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
    pub fn pthread_condattr_getclock(attributes: *const c_int, clock: *mut c_int) -> c_int;
    pub fn pthread_condattr_setclock(attributes: *mut c_int, clock: c_int) -> c_int;
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
    pub fn pwrite(fd: c_int, bytes: *const c_void, size: usize, offset: i64) -> isize;
    pub fn pwritev(fd: c_int, parts: *const Iovec, count: c_int, offset: i64) -> isize;
    pub fn qsort(start: *mut c_void, count: usize, size: usize, compare: Compare);
    pub fn rand() -> c_int;
    pub fn read(fd: c_int, buffer: *mut c_void, size: usize) -> isize;
    pub fn readdir(directory: *mut Dir) -> *mut Dirent;
    pub fn readlink(path: *const c_char, buffer: *mut c_char, size: usize) -> isize;
    pub fn readv(fd: c_int, parts: *const Iovec, count: c_int) -> isize;
    pub fn realloc(block: *mut c_void, size: usize) -> *mut c_void;
    pub fn realpath(path: *const c_char, buffer: *mut c_char) -> *mut c_char;
    pub fn recvmsg(fd: c_int, message: *mut Message, flags: c_int) -> isize;
    pub fn remainderl();
    pub fn rename(path: *const c_char, new_path: *const c_char) -> c_int;
    pub fn renameat(
        fd: c_int,
        path: *const c_char,
        new_fd: c_int,
        new_path: *const c_char,
    ) -> c_int;
    pub fn res_init() -> c_int;
    pub fn rewind(file: *const File);
    pub fn rewinddir(directory: *mut Dir);
    pub fn rintl();
    pub fn rmdir(path: *const c_char) -> c_int;
    pub fn scandir(
        path: *const c_char,
        out: *mut *mut *mut Dirent,
        filter: Option<extern "C" fn(*const Dirent) -> c_int>,
        compare: Option<unsafe extern "C" fn(*const *const Dirent, *const *const Dirent) -> c_int>,
    ) -> c_int;
    pub fn select(
        count: c_int,
        read: *mut [u64; 16],
        write: *mut [u64; 16],
        except: *mut [u64; 16],
        timeout: *mut Timespec,
    ) -> c_int;
    pub fn sem_getvalue(semaphore: *mut Semaphore, out: *mut c_int) -> c_int;
    pub fn sem_init(semaphore: *mut Semaphore, is_shared: c_int, value: c_uint) -> c_int;
    pub fn sem_post(semaphore: *mut Semaphore) -> c_int;
    pub fn sem_timedwait(semaphore: *mut Semaphore, until: *const Timespec) -> c_int;
    pub fn sem_trywait(semaphore: *mut Semaphore) -> c_int;
    pub fn sem_wait(semaphore: *mut Semaphore) -> c_int;
    pub fn sendmsg(fd: c_int, message: *const Message, flags: c_int) -> isize;
    pub fn setenv(name: *const c_char, text: *const c_char, overwrite: c_int) -> c_int;
    pub fn setlogmask(mask: c_int) -> c_int;
    pub fn setsockopt(
        fd: c_int,
        level: c_int,
        name: c_int,
        value: *const c_void,
        size: u32,
    ) -> c_int;
    pub fn sin(x: f64) -> f64;
    pub fn sincos(x: f64, sine: *mut f64, cosine: *mut f64);
    pub fn sincosf(x: f32, sine: *mut f32, cosine: *mut f32);
    pub fn snprintf(out: *mut c_char, size: usize, format: *const c_char, ...) -> c_int;
    pub fn sqrtl();
    pub fn srand(seed: c_uint);
    pub fn stat(path: *const c_char, out: *mut Stat) -> c_int;
    pub fn statvfs(path: *const c_char, out: *mut [u64; 16]) -> c_int;
    pub fn socket(family: c_int, kind: c_int, protocol: c_int) -> c_int;
    pub fn socketpair(family: c_int, kind: c_int, protocol: c_int, out: *mut [c_int; 2]) -> c_int;
    pub fn sscanf(text: *const c_char, format: *const c_char, ...) -> c_int;
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
    pub fn symlink(target: *const c_char, path: *const c_char) -> c_int;
    pub fn sysconf(name: c_int) -> c_long;
    pub fn syslog(priority: c_int, text: *const c_char, ...);
    pub fn telldir(directory: *mut Dir) -> c_long;
    pub fn tmpfile() -> *const File;
    pub fn tmpnam(buffer: *mut c_char) -> *mut c_char;
    pub fn tolower(character: c_int) -> c_int;
    pub fn truncate(path: *const c_char, size: i64) -> c_int;
    pub fn umask(mask: c_uint) -> c_uint;
    pub fn ungetc(character: c_int, file: *const File) -> c_int;
    pub fn unlink(path: *const c_char) -> c_int;
    pub fn unlinkat(fd: c_int, path: *const c_char, flags: c_int) -> c_int;
    pub fn unsetenv(name: *const c_char) -> c_int;
    pub fn utimensat(fd: c_int, path: *const c_char, times: *const Timespec, flags: c_int)
    -> c_int;
    pub fn wcslen(string: *const c_int) -> usize;
    pub fn wcstombs(out: *mut c_char, string: *const c_int, size: usize) -> usize;
    pub fn write(fd: c_int, bytes: *const c_void, size: usize) -> isize;
    pub fn writev(fd: c_int, parts: *const Iovec, count: c_int) -> isize;
    pub fn zx_channel_create(options: u32, one: *mut u32, other: *mut u32) -> i32;
    pub fn zx_handle_close(handle: u32) -> i32;
    pub fn zx_object_get_info(
        handle: u32,
        topic: u32,
        buffer: *mut c_void,
        size: usize,
        actual: *mut usize,
        available: *mut usize,
    ) -> i32;
    pub fn zx_object_wait_one(handle: u32, signals: u32, deadline: i64, observed: *mut u32) -> i32;
    pub fn zx_process_self() -> u32;
    pub fn zx_take_startup_handle(info: u32) -> u32;
    pub fn zx_thread_self() -> u32;
    pub fn zx_vmar_root_self() -> u32;
    pub fn zx_vmo_read(vmo: u32, buffer: *mut c_void, offset: u64, size: usize) -> i32;
}
