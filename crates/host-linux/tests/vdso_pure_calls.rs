//! The vDSO's functions that need no kernel really run, in this process, from a mapped image.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

use std::arch::x86_64::{_mm_lfence, _rdtsc};
use std::ffi::{CStr, c_char, c_void};
use std::ptr;

use vdso::{Constants, TimeValues, VdsoImage};
use zx_abi::{Abi, Arch, EXCEPTIONS, Status, Syscall, exception_name};

/// An image mapped as a process would have it: data readable, code also executable.
struct Vdso {
    image: VdsoImage,
    base: *mut c_void,
}

/// A function without arguments.
type Get<R> = extern "C" fn() -> R;

impl Vdso {
    fn new(abi: Abi, constants: &Constants, time_values: &TimeValues) -> Self {
        let mut image = vdso::image(abi, Arch::X86_64).unwrap();
        image.write_constants(constants).unwrap();
        image.write_time_values(time_values);
        let len = image.bytes.len();
        // SAFETY: a new anonymous mapping, at an address of the system's choice.
        let base = unsafe {
            let (protection, flags) = (libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
            libc::mmap(ptr::null_mut(), len, protection, flags, -1, 0)
        };
        assert_ne!(base, libc::MAP_FAILED);
        // SAFETY: the mapping is `len` bytes long, writable until here, and nobody else's.
        unsafe {
            ptr::copy_nonoverlapping(image.bytes.as_ptr(), base.cast(), len);
            let code = base.byte_add(image.code_offset as usize);
            let code_size = image.code_size as usize;
            assert_eq!(libc::mprotect(base, len - code_size, libc::PROT_READ), 0);
            assert_eq!(libc::mprotect(code, code_size, libc::PROT_READ | libc::PROT_EXEC), 0);
        }
        Self { image, base }
    }

    fn with_time(time_values: &TimeValues) -> Self {
        Self::new(Abi::Newest, &constants(), time_values)
    }

    /// The function of a call, as a function pointer of type `F`.
    ///
    /// # Safety
    /// `F` is the function's type, and it is called only with arguments that keep it from entering
    /// the kernel: its numbers are not this system's.
    unsafe fn function<F: Copy>(&self, call: Syscall) -> F {
        assert_eq!(size_of::<F>(), size_of::<usize>());
        let offset = self.image.function(call).unwrap().offset;
        // SAFETY: the offset is inside the mapping; `F` is as large as a pointer, and the caller
        // vouches that it is the type of the function there.
        unsafe { std::mem::transmute_copy(&self.base.byte_add(offset as usize)) }
    }
}

impl Drop for Vdso {
    fn drop(&mut self) {
        // SAFETY: the mapping is this value's own.
        unsafe { libc::munmap(self.base, self.image.bytes.len()) };
    }
}

fn constants() -> Constants {
    Constants {
        max_num_cpus: 3,
        features_cpu: 0x8000_0001,
        hw_breakpoint_count: 5,
        hw_watchpoint_count: 6,
        features_address_tagging: 7,
        features_vm: 8,
        dcache_line_size: 64,
        icache_line_size: 32,
        page_size: 4096,
        physmem: 5 << 32,
        version: "a version".to_owned(),
    }
}

/// A counter that user mode can read: one nanosecond per tick, no offsets.
const TICKS: TimeValues = TimeValues {
    ticks_per_second: 1_000_000_000,
    boot_ticks_offset: 0,
    mono_ticks_offset: 0,
    numerator: 1,
    denominator: 1,
    usermode_can_access_ticks: true,
};

/// The counter, read neither earlier nor later than it stands in the program.
fn rdtsc() -> i64 {
    // SAFETY: every x86-64 has these instructions, and Linux lets user mode execute them.
    unsafe {
        _mm_lfence();
        let ticks = _rdtsc() as i64;
        _mm_lfence();
        ticks
    }
}

/// What `TimeValues` promises, with wide integers.
fn nanoseconds(ticks: i64, values: &TimeValues) -> i64 {
    if values.denominator == 0 {
        return if ticks < 0 { -i64::MAX } else { i64::MAX };
    }
    let exact = i128::from(ticks) * i128::from(values.numerator) / i128::from(values.denominator);
    exact.clamp((-i64::MAX).into(), i64::MAX.into()) as i64
}

/// Calls `zx_clock_get_monotonic` and checks it against the counter before and after.
fn check_monotonic(values: &TimeValues) -> i64 {
    let vdso = Vdso::with_time(values);
    // SAFETY: the type is right, and the counter is readable.
    let clock_get: Get<i64> = unsafe { vdso.function(Syscall::ClockGetMonotonic) };
    let ticks = || rdtsc().wrapping_add(values.mono_ticks_offset);
    let (before, now, after) = (ticks(), clock_get(), ticks());
    let range = nanoseconds(before, values)..=nanoseconds(after, values);
    assert!(range.contains(&now), "{now} is outside {range:?} with {values:?}");
    now
}

#[test]
fn monotonic_time_is_ticks_by_the_ratio() {
    for (numerator, denominator) in [(1, 1), (1, 3), (1000, 2399), (0, 1), (1, u32::MAX)] {
        check_monotonic(&TimeValues { numerator, denominator, ..TICKS });
    }
}

#[test]
fn monotonic_time_takes_the_offset_and_keeps_the_sign() {
    let past = check_monotonic(&TimeValues { mono_ticks_offset: -(1 << 62), ..TICKS });
    assert!(past < 0);
    let (numerator, denominator) = (1000, 2399);
    let values = TimeValues { mono_ticks_offset: 1 << 61, numerator, denominator, ..TICKS };
    assert!(check_monotonic(&values) > 0);
    check_monotonic(&TimeValues { mono_ticks_offset: -(1 << 61), ..values });
}

#[test]
fn hostile_time_values_clamp_and_never_trap() {
    let far = 1 << 62;
    for (numerator, denominator) in [(1, 0), (0, 0), (u32::MAX, 0), (u32::MAX, 1)] {
        let values = TimeValues { numerator, denominator, ..TICKS };
        assert_eq!(check_monotonic(&TimeValues { mono_ticks_offset: far, ..values }), i64::MAX);
        assert_eq!(check_monotonic(&TimeValues { mono_ticks_offset: -far, ..values }), -i64::MAX);
    }
    // The quotient fits 64 bits but not 63.
    let values = TimeValues { mono_ticks_offset: far, numerator: 3, ..TICKS };
    assert_eq!(check_monotonic(&values), i64::MAX);
    // The most negative tick count has no magnitude in 63 bits.
    for numerator in [1, u32::MAX] {
        let offset = i64::MIN.wrapping_sub(rdtsc()).wrapping_add(1 << 40);
        check_monotonic(&TimeValues { mono_ticks_offset: offset, numerator, ..TICKS });
    }
}

#[test]
fn each_clock_has_its_offset() {
    let (mono, boot) = (1 << 55, 1 << 58);
    let vdso =
        Vdso::with_time(&TimeValues { mono_ticks_offset: mono, boot_ticks_offset: boot, ..TICKS });
    for (call, offset) in [
        (Syscall::TicksGet, mono),
        (Syscall::ClockGetMonotonic, mono),
        (Syscall::TicksGetBoot, boot),
        (Syscall::ClockGetBoot, boot),
    ] {
        // SAFETY: the type is right for all four, and the counter is readable.
        let get: Get<i64> = unsafe { vdso.function(call) };
        let (before, now, after) = (rdtsc(), get() - offset, rdtsc());
        assert!((before..=after).contains(&now), "{}", call.name());
    }
    // SAFETY: the type is right, and it only reads data.
    let per_second: Get<i64> = unsafe { vdso.function(Syscall::TicksPerSecond) };
    assert_eq!(per_second(), 1_000_000_000);
}

#[test]
fn deadline_after_adds_and_clamps() {
    // SAFETY: the type is right, and the counter is readable.
    let deadline_after = |vdso: &Vdso, duration| unsafe {
        vdso.function::<extern "C" fn(i64) -> i64>(Syscall::DeadlineAfter)(duration)
    };
    let vdso = Vdso::with_time(&TICKS);
    for duration in [0, 1, 1_000_000_000, -1, -(1 << 40)] {
        let (before, deadline, after) = (rdtsc(), deadline_after(&vdso, duration), rdtsc());
        assert!((before + duration..=after + duration).contains(&deadline));
    }
    assert_eq!(deadline_after(&vdso, i64::MAX), i64::MAX);
    // The sum of a positive instant and the most negative duration does not clamp.
    assert!(deadline_after(&vdso, i64::MIN) > i64::MIN);
    let past = Vdso::with_time(&TimeValues { mono_ticks_offset: -(1 << 62), ..TICKS });
    assert_eq!(deadline_after(&past, i64::MIN), i64::MIN);
    assert_eq!(deadline_after(&past, -i64::MAX), i64::MIN);
    assert!(deadline_after(&past, i64::MAX) < i64::MAX);
}

#[test]
fn constants_are_reported() {
    let vdso = Vdso::with_time(&TICKS);
    for (call, value) in [
        (Syscall::SystemGetNumCpus, 3),
        (Syscall::SystemGetDcacheLineSize, 64),
        (Syscall::SystemGetPageSize, 4096),
    ] {
        // SAFETY: the type is right for all three, and they only read data.
        let get: Get<u32> = unsafe { vdso.function(call) };
        assert_eq!(get(), value, "{}", call.name());
    }
    // SAFETY: the type is right, and it only reads data.
    let physmem: Get<u64> = unsafe { vdso.function(Syscall::SystemGetPhysmem) };
    assert_eq!(physmem(), 5 << 32);
}

#[repr(C)]
struct StringView {
    start: *const c_char,
    length: usize,
}

#[test]
fn version_string_is_a_view_of_the_constants() {
    let vdso = Vdso::with_time(&TICKS);
    // SAFETY: the type is right, and it only reads data.
    let version: Get<StringView> = unsafe { vdso.function(Syscall::SystemGetVersionString) };
    let view = version();
    // SAFETY: the constants hold a string with a NUL, inside the mapping.
    let text = unsafe { CStr::from_ptr(view.start) };
    assert_eq!((text.to_bytes(), view.length), (&b"a version"[..], 9));
}

#[test]
fn older_version_call_wants_room_for_all_of_it() {
    let vdso = Vdso::new(Abi::Sdk2020, &constants(), &TICKS);
    // SAFETY: the type is right.
    let get_version: extern "C" fn(*mut u8, usize) -> i32 =
        unsafe { vdso.function(Syscall::SystemGetVersion) };
    let mut buffer = [0xffu8; 65];
    let status = get_version(buffer.as_mut_ptr(), 63);
    assert_eq!(Status::from_raw(status), Status::BUFFER_TOO_SMALL);
    assert_eq!(buffer, [0xff; 65]);
    assert_eq!(get_version(buffer.as_mut_ptr(), 64), 0);
    let (text, rest) = buffer.split_at(9);
    assert_eq!(text, b"a version");
    assert!(rest[..55].iter().all(|&byte| byte == 0));
    assert_eq!(rest[55], 0xff);
}

/// The result of `zx_system_get_features` for each kind, 0 to 6.
fn features(vdso: &Vdso) -> Vec<Result<u32, Status>> {
    // SAFETY: the type is right.
    let get: extern "C" fn(u32, *mut u32) -> i32 =
        unsafe { vdso.function(Syscall::SystemGetFeatures) };
    (0..7)
        .map(|kind| {
            let mut features = 0;
            Status::ok(get(kind, &mut features)).map(|()| features)
        })
        .collect()
}

#[test]
fn features_depend_on_kind_abi_and_the_first_bit() {
    let none = Err(Status::NOT_SUPPORTED);
    let vdso = Vdso::with_time(&TICKS);
    assert_eq!(features(&vdso), [Ok(0x8000_0001), Ok(5), Ok(6), Ok(7), Ok(8), none, none]);
    let vdso = Vdso::new(Abi::Sdk2020, &constants(), &TICKS);
    assert_eq!(features(&vdso), [Ok(0x8000_0001), Ok(5), Ok(6), none, none, none, none]);
    let unknown = Constants { features_cpu: 0x8000_0000, ..constants() };
    let vdso = Vdso::new(Abi::Newest, &unknown, &TICKS);
    assert_eq!(features(&vdso), [none, Ok(5), Ok(6), Ok(7), Ok(8), none, none]);
}

/// What a function of a code answers.
fn string_of(vdso: &Vdso, call: Syscall, code: u32) -> String {
    // SAFETY: the type is right, and it only reads data.
    let get_string: extern "C" fn(u32) -> *const c_char = unsafe { vdso.function(call) };
    // SAFETY: it returns a string with a NUL, inside the mapping.
    unsafe { CStr::from_ptr(get_string(code)) }.to_str().unwrap().to_owned()
}

#[test]
fn status_get_string_knows_every_status() {
    let vdso = Vdso::with_time(&TICKS);
    let string = |code: i32| string_of(&vdso, Syscall::StatusGetString, code as u32);
    assert_eq!(string(0), "ZX_OK");
    assert_eq!(string(-25), "ZX_ERR_NOT_FOUND");
    for (name, status) in Status::ALL.iter().filter(|(_, status)| *status != Status::OK) {
        assert_eq!(string(status.into_raw()), format!("ZX_ERR_{name}"));
    }
    for unknown in [1, -5, -503, i32::MIN, i32::MAX] {
        assert_eq!(string(unknown), "(UNKNOWN)");
    }
}

#[test]
fn exception_get_string_knows_every_exception() {
    let vdso = Vdso::with_time(&TICKS);
    let string = |code| string_of(&vdso, Syscall::ExceptionGetString, code);
    assert_eq!(string(0x108), "ZX_EXCP_FATAL_PAGE_FAULT");
    for kind in EXCEPTIONS {
        assert_eq!(string(kind), format!("ZX_EXCP_{}", exception_name(kind)));
    }
    for unknown in [0, 7, 0x8000, u32::MAX] {
        assert_eq!(string(unknown), "(UNKNOWN)");
    }
}

#[test]
fn cache_flush_judges_its_options() {
    // SAFETY: the type is right.
    let flush = |vdso: &Vdso, bytes: &[u8], options| unsafe {
        let flush: extern "C" fn(*const u8, usize, u32) -> i32 = vdso.function(Syscall::CacheFlush);
        Status::from_raw(flush(bytes.as_ptr(), bytes.len(), options))
    };
    let vdso = Vdso::with_time(&TICKS);
    let bytes = [7u8; 1000];
    for options in 0..10 {
        let valid = matches!(options, 1 | 2 | 3 | 6 | 7);
        let expected = if valid { Status::OK } else { Status::INVALID_ARGS };
        assert_eq!(flush(&vdso, &bytes, options), expected, "{options}");
        assert_eq!(flush(&vdso, &[], options), expected, "{options}");
    }
    assert_eq!(flush(&vdso, &bytes, 1 << 31 | 2), Status::INVALID_ARGS);
    assert_eq!(bytes, [7; 1000]);
    let unknown = Constants { dcache_line_size: 0, ..constants() };
    let vdso = Vdso::new(Abi::Newest, &unknown, &TICKS);
    assert_eq!(flush(&vdso, &bytes, 2), Status::NOT_SUPPORTED);
}

#[test]
fn handle_check_valid_refuses_malformed_values_itself() {
    let vdso = Vdso::with_time(&TICKS);
    // SAFETY: the type is right, and none of the values reaches the kernel.
    let check: extern "C" fn(u32) -> i32 = unsafe { vdso.function(Syscall::HandleCheckValid) };
    assert_eq!(Status::from_raw(check(0)), Status::INVALID_ARGS);
    for malformed in [1, 2, 4, 0xffff_fffe] {
        assert_eq!(Status::from_raw(check(malformed)), Status::OUT_OF_RANGE);
    }
}
