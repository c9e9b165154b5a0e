//! Structures and constants are where the `libc` crate has them.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::mem::zeroed;
use std::ptr::{null, null_mut};

use sysroot_tests::filled;

fn text(bytes: &[c_char]) -> &str {
    // SAFETY: the functions of these tests end strings with a NUL.
    unsafe { CStr::from_ptr(bytes.as_ptr()) }.to_str().unwrap()
}

#[test]
fn dates() {
    let time: libc::time_t = 1_234_567_890;
    let mut date =
        unsafe { filled(|out: *mut libc::tm| assert_eq!(libc::gmtime_r(&time, out), out)) };
    assert_eq!((date.tm_sec, date.tm_min, date.tm_hour), (30, 31, 23));
    assert_eq!((date.tm_mday, date.tm_mon, date.tm_year), (13, 1, 109));
    assert_eq!((date.tm_wday, date.tm_yday, date.tm_isdst, date.tm_gmtoff), (5, 43, 0, 0));
    assert_eq!(unsafe { CStr::from_ptr(date.tm_zone) }, c"UTC");
    assert_eq!(unsafe { libc::timegm(&mut date) }, time);
}

#[test]
fn times() {
    let clocks = [libc::CLOCK_REALTIME, libc::CLOCK_MONOTONIC, libc::CLOCK_BOOTTIME];
    for clock in clocks {
        let now: libc::timespec =
            unsafe { filled(|out| assert_eq!(libc::clock_gettime(clock, out), 0)) };
        assert!((0..1_000_000_000).contains(&now.tv_nsec));
    }
    let now: libc::timeval =
        unsafe { filled(|out| assert_eq!(libc::gettimeofday(out, null_mut()), 0)) };
    assert!((0..1_000_000).contains(&now.tv_usec) && now.tv_sec > 0);
}

#[test]
fn names() {
    let names: libc::utsname = unsafe { filled(|out| assert_eq!(libc::uname(out), 0)) };
    assert_eq!(text(&names.sysname), "Fuchsia");
    assert_eq!(text(&names.machine), "x86_64");
    assert_eq!(text(&names.domainname), "");
}

#[test]
fn conventions() {
    let conventions = unsafe { &*libc::localeconv() };
    assert_eq!(unsafe { CStr::from_ptr(conventions.decimal_point) }, c".");
    assert_eq!(unsafe { CStr::from_ptr(conventions.negative_sign) }, c"");
    assert_eq!(conventions.frac_digits, c_char::MAX);
    assert_eq!(conventions.int_p_sign_posn, c_char::MAX);
    assert_eq!(unsafe { CStr::from_ptr(libc::setlocale(libc::LC_ALL, null())) }, c"C");
    assert_eq!(unsafe { CStr::from_ptr(libc::nl_langinfo(libc::CODESET)) }, c"UTF-8");
}

extern "C" fn same(argument: *mut c_void) -> *mut c_void {
    argument
}

#[test]
fn threads() {
    unsafe {
        let mut attributes: libc::pthread_attr_t =
            filled(|out| assert_eq!(libc::pthread_attr_init(out), 0));
        assert_eq!(libc::pthread_attr_setstacksize(&mut attributes, 1 << 20), 0);
        let thread: libc::pthread_t = filled(|out| {
            assert_eq!(libc::pthread_create(out, &attributes, same, 7 as *mut c_void), 0);
        });
        let result: *mut c_void = filled(|out| assert_eq!(libc::pthread_join(thread, out), 0));
        assert_eq!(result as usize, 7);
        let own: libc::pthread_attr_t =
            filled(|out| assert_eq!(libc::pthread_getattr_np(libc::pthread_self(), out), 0));
        let (mut stack, mut size) = (null_mut(), 0);
        assert_eq!(libc::pthread_attr_getstack(&own, &mut stack, &mut size), 0);
        let here = (&raw const size).addr();
        assert!((stack.addr()..stack.addr() + size).contains(&here));
        assert_eq!(libc::pthread_attr_destroy(&mut attributes), 0);
    }
}

#[test]
fn locks() {
    unsafe {
        let mut mutex: libc::pthread_mutex_t =
            filled(|out| assert_eq!(libc::pthread_mutex_init(out, null()), 0));
        assert_eq!(libc::pthread_mutex_lock(&mut mutex), 0);
        assert_eq!(libc::pthread_mutex_trylock(&mut mutex), libc::EBUSY);
        let mut condition: libc::pthread_cond_t =
            filled(|out| assert_eq!(libc::pthread_cond_init(out, null()), 0));
        let past = libc::timespec { tv_sec: 1, tv_nsec: 0 };
        let waited = libc::pthread_cond_timedwait(&mut condition, &mut mutex, &past);
        assert_eq!(waited, libc::ETIMEDOUT);
        assert_eq!(libc::pthread_mutex_unlock(&mut mutex), 0);
        let mut lock: libc::pthread_rwlock_t =
            filled(|out| assert_eq!(libc::pthread_rwlock_init(out, null()), 0));
        assert_eq!(libc::pthread_rwlock_rdlock(&mut lock), 0);
        assert_eq!(libc::pthread_rwlock_trywrlock(&mut lock), libc::EBUSY);
        let mut semaphore: libc::sem_t = filled(|out| assert_eq!(libc::sem_init(out, 0, 1), 0));
        assert_eq!(libc::sem_wait(&mut semaphore), 0);
        assert_eq!(libc::sem_trywait(&mut semaphore), -1);
        let kind: libc::pthread_mutexattr_t =
            filled(|out| assert_eq!(libc::pthread_mutexattr_init(out), 0));
        let clock: libc::pthread_condattr_t =
            filled(|out| assert_eq!(libc::pthread_condattr_init(out), 0));
        let shared: libc::pthread_rwlockattr_t =
            filled(|out| assert_eq!(libc::pthread_rwlockattr_init(out), 0));
        let _ = (kind, clock, shared);
        for recursive in [libc::PTHREAD_MUTEX_RECURSIVE, libc::PTHREAD_MUTEX_ERRORCHECK] {
            let mut attributes: libc::pthread_mutexattr_t = zeroed();
            assert_eq!(libc::pthread_mutexattr_settype(&mut attributes, recursive), 0);
            assert_eq!(libc::pthread_mutex_init(&mut mutex, &attributes), 0);
            assert_eq!(libc::pthread_mutex_lock(&mut mutex), 0);
            let again = libc::pthread_mutex_lock(&mut mutex);
            let expected =
                if recursive == libc::PTHREAD_MUTEX_RECURSIVE { 0 } else { libc::EDEADLK };
            assert_eq!(again, expected);
        }
        // What is initialised without a call.
        let mut mutex = libc::PTHREAD_MUTEX_INITIALIZER;
        assert_eq!(libc::pthread_mutex_lock(&mut mutex), 0);
        let mut lock = libc::PTHREAD_RWLOCK_INITIALIZER;
        assert_eq!(libc::pthread_rwlock_wrlock(&mut lock), 0);
        let mut condition = libc::PTHREAD_COND_INITIALIZER;
        assert_eq!(libc::pthread_cond_signal(&mut condition), 0);
    }
}

#[test]
fn images() {
    unsafe extern "C" fn look(
        info: *mut libc::dl_phdr_info,
        size: usize,
        found: *mut c_void,
    ) -> c_int {
        let (info, found) = unsafe { (&*info, &mut *found.cast::<usize>()) };
        assert_eq!(size, size_of::<libc::dl_phdr_info>());
        let here = images as fn() as usize as u64;
        let headers = unsafe { std::slice::from_raw_parts(info.dlpi_phdr, info.dlpi_phnum.into()) };
        *found += headers
            .iter()
            .filter(|header| header.p_type == libc::PT_LOAD)
            .filter(|header| here.wrapping_sub(info.dlpi_addr + header.p_vaddr) < header.p_memsz)
            .count();
        0
    }
    let mut found = 0_usize;
    unsafe {
        libc::dl_iterate_phdr(Some(look), (&raw mut found).cast());
        assert_eq!(found, 1);
        let puts = libc::dlsym(libc::RTLD_DEFAULT, c"puts".as_ptr());
        let info: libc::Dl_info = filled(|out| assert_eq!(libc::dladdr(puts, out), 1));
        assert_eq!(CStr::from_ptr(info.dli_fname), c"libc.so");
        assert_eq!(CStr::from_ptr(info.dli_sname), c"puts");
        assert_eq!(info.dli_saddr, puts);
        assert!(libc::dlsym(libc::RTLD_NEXT, c"puts".as_ptr()) == puts);
        assert!(libc::dlopen(c"libnone.so".as_ptr(), libc::RTLD_NOW | libc::RTLD_GLOBAL).is_null());
        assert!(libc::dlopen(c"libnone.so".as_ptr(), libc::RTLD_NOLOAD).is_null());
        let error = CStr::from_ptr(libc::dlerror());
        assert_eq!(error, c"Library libnone.so is not already loaded");
    }
}

#[test]
fn signals() {
    unsafe {
        let mut set: libc::sigset_t = filled(|out| assert_eq!(libc::sigemptyset(out), 0));
        assert_eq!(libc::sigaddset(&mut set, libc::SIGTERM), 0);
        assert_eq!(libc::sigismember(&set, libc::SIGTERM), 1);
        assert_eq!(libc::sigismember(&set, libc::SIGINT), 0);
        let all: libc::sigset_t = filled(|out| assert_eq!(libc::sigfillset(out), 0));
        assert_eq!(libc::sigismember(&all, libc::SIGUSR1), 1);
    }
}

#[test]
fn files() {
    let path = std::env::temp_dir().join("layout");
    std::fs::write(&path, "twelve bytes").unwrap();
    let path = CString::new(path.into_os_string().into_encoded_bytes()).unwrap();
    unsafe {
        let file: libc::stat = filled(|out| assert_eq!(libc::stat(path.as_ptr(), out), 0));
        assert_eq!(file.st_size, 12);
        assert_eq!(file.st_mode & libc::S_IFMT, libc::S_IFREG);
        assert!(file.st_nlink >= 1 && file.st_blksize > 0);
        let fd = libc::open(path.as_ptr(), libc::O_RDWR | libc::O_CLOEXEC);
        assert!(fd > 2 && libc::fcntl(fd, libc::F_GETFD) == libc::FD_CLOEXEC);
        assert_eq!(libc::fcntl(fd, libc::F_GETFL) & libc::O_ACCMODE, libc::O_RDWR);
        assert_eq!(libc::lseek(fd, -5, libc::SEEK_END), 7);
        assert_eq!(libc::lseek(fd, 0, libc::SEEK_CUR), 7);
        let mut bytes = [0_u8; 5];
        let part = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: 5 };
        assert_eq!(libc::readv(fd, &part, 1), 5);
        assert_eq!(&bytes, b"bytes");
        assert_eq!(libc::close(fd), 0);
        let exclusive = libc::O_CREAT | libc::O_EXCL | libc::O_WRONLY;
        assert_eq!(libc::open(path.as_ptr(), exclusive, 0o600), -1);
        assert_eq!(*libc::__errno_location(), libc::EEXIST);
        let fd = libc::open(path.as_ptr(), libc::O_WRONLY | libc::O_TRUNC | libc::O_APPEND);
        let file: libc::stat = filled(|out| assert_eq!(libc::fstat(fd, out), 0));
        assert_eq!(file.st_size, 0);
        assert_eq!(libc::close(fd), 0);
    }
}

#[test]
fn directories() {
    let path = std::env::temp_dir();
    std::fs::write(path.join("an entry"), "").unwrap();
    let path = CString::new(path.into_os_string().into_encoded_bytes()).unwrap();
    unsafe {
        let directory = libc::opendir(path.as_ptr());
        assert!(!directory.is_null());
        let mut found = 0;
        while let Some(entry) = libc::readdir(directory).as_ref() {
            if CStr::from_ptr(entry.d_name.as_ptr()) == c"an entry" {
                assert_eq!(entry.d_type, libc::DT_REG);
                found += 1;
            }
        }
        assert_eq!(found, 1);
        assert_eq!(libc::closedir(directory), 0);
    }
}

#[test]
fn patterns() {
    let path = std::env::temp_dir().join("layout of patterns");
    std::fs::create_dir(&path).unwrap();
    std::fs::write(path.join("file"), "").unwrap();
    unsafe {
        let mut found: libc::glob_t = filled(|out: *mut libc::glob_t| {
            (*out).gl_offs = 1;
            let pattern = c"/tmp/layout of*/f[h-j]le".as_ptr();
            assert_eq!(libc::glob(pattern, libc::GLOB_DOOFFS, None, out), 0);
        });
        assert_eq!((found.gl_pathc, found.gl_offs), (1, 1));
        assert!((*found.gl_pathv).is_null());
        assert_eq!(CStr::from_ptr(*found.gl_pathv.add(1)), c"/tmp/layout of patterns/file");
        let flags = libc::GLOB_APPEND | libc::GLOB_DOOFFS | libc::GLOB_NOCHECK;
        assert_eq!(libc::glob(c"none".as_ptr(), flags, None, &mut found), 0);
        assert_eq!(found.gl_pathc, 2);
        libc::globfree(&mut found);
        let mut none: libc::glob_t = zeroed();
        let failed = libc::glob(c"none".as_ptr(), libc::GLOB_ERR, None, &mut none);
        assert_eq!(failed, libc::GLOB_NOMATCH);
        let name = CStr::from_ptr(libc::tmpnam(null_mut()));
        assert!(!std::path::Path::new(name.to_str().unwrap()).exists());
    }
}

#[test]
fn counters() {
    unsafe {
        let fd = libc::eventfd(1, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK | libc::EFD_SEMAPHORE);
        assert!(fd > 2 && libc::fcntl(fd, libc::F_GETFD) == libc::FD_CLOEXEC);
        let value: u64 = filled(|out: *mut u64| assert_eq!(libc::read(fd, out.cast(), 8), 8));
        assert_eq!(value, 1);
        assert_eq!(libc::close(fd), 0);
    }
}

#[test]
fn services() {
    unsafe {
        let service = &*libc::getservbyname(c"https".as_ptr(), c"tcp".as_ptr());
        assert_eq!(CStr::from_ptr(service.s_name), c"https");
        assert_eq!(CStr::from_ptr(service.s_proto), c"tcp");
        assert_eq!(service.s_port, c_int::from(443_u16.to_be()));
        let protocol = &*libc::getprotobyname(c"udp".as_ptr());
        assert_eq!(protocol.p_proto, libc::IPPROTO_UDP);
        assert!((*protocol.p_aliases).is_null());
        let protocol = &*libc::getprotobynumber(libc::IPPROTO_ICMPV6);
        assert_eq!(CStr::from_ptr(protocol.p_name), c"ipv6-icmp");
    }
}

#[test]
fn pipes() {
    let mut fds = [-1; 2];
    unsafe {
        assert_eq!(libc::pipe(fds.as_mut_ptr()), 0);
        let mut entries = [
            libc::pollfd { fd: fds[0], events: libc::POLLIN, revents: -1 },
            libc::pollfd { fd: fds[1], events: libc::POLLOUT, revents: -1 },
        ];
        assert_eq!(libc::poll(entries.as_mut_ptr(), 2, 0), 1);
        assert_eq!(entries.map(|entry| entry.revents), [0, libc::POLLOUT]);
        for fd in fds {
            assert_eq!(libc::close(fd), 0);
        }
    }
}

#[test]
fn mappings() {
    unsafe {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANON;
        let access = libc::PROT_READ | libc::PROT_WRITE;
        let start = libc::mmap(null_mut(), 8192, access, flags, -1, 0);
        assert!(start != libc::MAP_FAILED);
        let fixed = libc::mmap(start, 4096, access, flags | libc::MAP_FIXED, -1, 0);
        assert_eq!(fixed, start);
        assert_eq!(libc::mprotect(start, 4096, libc::PROT_READ), 0);
        assert_eq!(libc::munmap(start, 8192), 0);
    }
}

#[test]
fn limits() {
    unsafe {
        assert_eq!(libc::sysconf(libc::_SC_PAGESIZE), 4096);
        assert!(libc::sysconf(libc::_SC_NPROCESSORS_ONLN) > 0);
        assert!(libc::sysconf(libc::_SC_PHYS_PAGES) > 0);
        assert_eq!(libc::sysconf(libc::_SC_IOV_MAX), 1024);
        assert_eq!(libc::sysconf(libc::_SC_VERSION), 200_809);
        assert_eq!(libc::sysconf(libc::_SC_HOST_NAME_MAX), libc::HOST_NAME_MAX.into());
        assert_eq!(libc::sysconf(libc::_SC_THREAD_STACK_MIN) as usize, libc::PTHREAD_STACK_MIN);
    }
}

#[test]
fn errors() {
    let known = [
        (libc::EPERM, "Operation not permitted"),
        (libc::ENOENT, "No such file or directory"),
        (libc::EAGAIN, "Resource temporarily unavailable"),
        (libc::EDEADLK, "Would deadlock"),
        (libc::ENAMETOOLONG, "Name too long"),
        (libc::ENOSYS, "Function not implemented"),
        (libc::ENOTEMPTY, "Directory not empty"),
        (libc::EOVERFLOW, "Value too large"),
        (libc::EILSEQ, "Illegal byte sequence"),
        (libc::ENOTSOCK, "Not a socket"),
        (libc::EAFNOSUPPORT, "Address family not supported"),
        (libc::ETIMEDOUT, "Timed out"),
        (libc::ECANCELED, "Canceled"),
    ];
    for (number, expected) in known {
        let mut buffer = [0; 64];
        assert_eq!(unsafe { libc::strerror_r(number, buffer.as_mut_ptr(), buffer.len()) }, 0);
        assert_eq!(text(&buffer), expected);
    }
}
