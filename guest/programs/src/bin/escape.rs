//! Tries to get past the simulated kernel to the host, in the way that its first argument names.
//! Further arguments are numbers, hexadecimal after `0x`.
//!
//! - `write`, `exit-group`, `getpid`, `execve`, `mmap`, `mprotect`, `x32`: that Linux system call
//! - `syscall NR [A0 [A1 ... A5]]`: any Linux system call
//! - `int80 [NR]`, `sysenter [NR]`, `vsyscall`: the other doors of Linux
//! - `sigreturn ADDRESS SEED`: jumps there with the stack at a signal frame of random words
//! - `call ADDRESS NR [A0 ... A5]`: calls an address with registers set for a system call;
//!   arguments not given are those of a `write`
//! - `read ADDRESS`, `write-to ADDRESS`: touches the byte there
//! - `write-vdso`, `write-vdso-code`, `write-code`: stores into the vDSO or the own code
//! - `vdso INDEX NR`: as `call`, at a `syscall` of the vDSO's code, of which it is that many-th, from 0
//! - `gs`: takes gs for itself, then makes an ordinary call to the kernel; what gs leads to is 0x5eed
//! - `hlt`, `cli`, `in`, `out`, `rdmsr`, `wrmsr`: privileged instructions
//!
//! An attempt that comes back prints `returned VALUE`, a signed number, and the program returns 7.
//! Returns 2 if it does not understand its arguments.

#![no_std]
#![no_main]

use core::arch::asm;

use guest_rt::bytes::{self, Lossy};
use guest_rt::{Startup, eprintln, println, syscalls};

const SYS_WRITE: u64 = 1;
const SYS_MMAP: u64 = 9;
const SYS_MPROTECT: u64 = 10;
const SYS_GETPID: u64 = 39;
const SYS_EXECVE: u64 = 59;
const SYS_EXIT_GROUP: u64 = 231;
const X32_BIT: u64 = 0x4000_0000;
const I386_SYS_GETPID: u64 = 20;
const VSYSCALL_TIME: u64 = 0xffff_ffff_ff60_0400;

/// What a host would show if an attempt succeeded.
const TEXT: &[u8] = b"escaped\n";

/// Number and arguments of a Linux system call.
struct Registers {
    number: u64,
    arguments: [u64; 6],
}

fn main(startup: &mut Startup) -> i64 {
    let mut args = startup.args().skip(1);
    let name = args.next().unwrap_or_default();
    let mut numbers = [None; 8];
    let mut understood = true;
    for text in args {
        let number = bytes::parse_u64(text);
        match numbers.iter_mut().find(|place| place.is_none()) {
            Some(place) if number.is_some() => *place = number,
            _ => understood = false,
        }
    }
    match understood.then(|| attempt(name, &numbers, startup.vdso_base() as u64)).flatten() {
        Some(value) => {
            println!("returned {}", value.cast_signed());
            7
        }
        None => {
            eprintln!("escape: cannot understand {}", Lossy(name));
            2
        }
    }
}

/// Makes the attempt, or returns nothing if it is unknown or a number is missing.
fn attempt(name: &[u8], numbers: &[Option<u64>; 8], vdso_base: u64) -> Option<u64> {
    let own_code = attempt as *const () as u64;
    Some(match name {
        b"write" => syscall(&Registers::write(SYS_WRITE)),
        b"x32" => syscall(&Registers::write(X32_BIT | SYS_WRITE)),
        b"exit-group" => syscall(&Registers::new(SYS_EXIT_GROUP, [42, 0, 0, 0, 0, 0])),
        b"getpid" => syscall(&Registers::new(SYS_GETPID, [0; 6])),
        b"execve" => {
            syscall(&Registers::new(SYS_EXECVE, [c"/bin/sh".as_ptr() as u64, 0, 0, 0, 0, 0]))
        }
        // One page, readable, writable and executable, private and anonymous.
        b"mmap" => syscall(&Registers::new(SYS_MMAP, [0, 4096, 7, 0x22, u64::MAX, 0])),
        b"mprotect" => {
            syscall(&Registers::new(SYS_MPROTECT, [own_code & !0xfff, 4096, 7, 0, 0, 0]))
        }
        b"syscall" => syscall(&Registers::from_numbers(numbers, [0; 6])?),
        b"int80" => int80(numbers[0].unwrap_or(I386_SYS_GETPID)),
        b"sysenter" => sysenter(numbers[0].unwrap_or(I386_SYS_GETPID)),
        b"vsyscall" => call(VSYSCALL_TIME, &Registers::new(0, [0; 6])),
        b"call" => {
            let [Some(address), registers @ ..] = numbers else { return None };
            let defaults = Registers::write(SYS_WRITE).arguments;
            call(*address, &Registers::from_numbers(registers, defaults)?)
        }
        b"sigreturn" => sigreturn(numbers[0]?, numbers[1]?),
        b"read" => read(numbers[0]?),
        b"write-to" => write(numbers[0]?),
        b"write-vdso" => write(vdso_base),
        b"write-vdso-code" => write(vdso_entry(vdso_base)),
        b"write-code" => write(own_code),
        b"vdso" => {
            let defaults = Registers::write(SYS_WRITE).arguments;
            let registers = Registers::from_numbers(&numbers[1..], defaults)?;
            call(vdso_syscall(vdso_base, numbers[0]?)?, &registers)
        }
        b"gs" => gs(),
        b"hlt" => privileged(Privileged::Hlt),
        b"cli" => privileged(Privileged::Cli),
        b"in" => privileged(Privileged::In),
        b"out" => privileged(Privileged::Out),
        b"rdmsr" => privileged(Privileged::Rdmsr),
        b"wrmsr" => privileged(Privileged::Wrmsr),
        _ => return None,
    })
}

impl Registers {
    fn new(number: u64, arguments: [u64; 6]) -> Self {
        Self { number, arguments }
    }

    /// Writing the text to the host's standard output.
    fn write(number: u64) -> Self {
        Self::new(number, [1, TEXT.as_ptr() as u64, TEXT.len() as u64, 0, 0, 0])
    }

    /// A number, then the arguments given over the defaults.
    fn from_numbers(numbers: &[Option<u64>], defaults: [u64; 6]) -> Option<Self> {
        let (number, given) = numbers.split_first()?;
        let mut arguments = defaults;
        for (argument, given) in arguments.iter_mut().zip(given) {
            *argument = given.unwrap_or(*argument);
        }
        Some(Self::new((*number)?, arguments))
    }
}

/// Where the vDSO's e_entry, and so its code, is.
fn vdso_entry(base: u64) -> u64 {
    // SAFETY: e_entry stands at offset 24 of the header, which is mapped and readable.
    base + unsafe { (base as *const u64).add(3).read() }
}

/// Where the vDSO's code has a `syscall`, if it has that many.
fn vdso_syscall(base: u64, index: u64) -> Option<u64> {
    const EXECUTABLE: u32 = 1;
    // SAFETY: the vDSO begins with an ELF header and its program headers, and its segments are mapped.
    unsafe {
        let header = base as *const u8;
        let first = header.add(header.add(32).cast::<u64>().read() as usize);
        let count = header.add(56).cast::<u16>().read().into();
        let segment = (0..count)
            .map(|place: usize| first.add(56 * place))
            .find(|segment| segment.add(4).cast::<u32>().read() & EXECUTABLE != 0)?;
        let start = base + segment.add(16).cast::<u64>().read();
        let len = segment.add(40).cast::<u64>().read() as usize;
        let code = core::slice::from_raw_parts(start as *const u8, len);
        let mut found = code.windows(2).enumerate().filter(|(_, pair)| *pair == [0x0f, 0x05]);
        found.nth(index as usize).map(|(offset, _)| start + offset as u64)
    }
}

fn syscall(registers: &Registers) -> u64 {
    let [rdi, rsi, rdx, r10, r8, r9] = registers.arguments;
    let value;
    // SAFETY: none: the point is to see the host refuse.
    unsafe {
        asm!(
            "syscall",
            inout("rax") registers.number => value,
            in("rdi") rdi, in("rsi") rsi, in("rdx") rdx, in("r10") r10, in("r8") r8, in("r9") r9,
            out("rcx") _, out("r11") _,
        );
    }
    value
}

fn call(address: u64, registers: &Registers) -> u64 {
    let [rdi, rsi, rdx, r10, r8, r9] = registers.arguments;
    let value;
    // SAFETY: none: the point is to see the host refuse.
    unsafe {
        asm!(
            "call r11",
            inout("r11") address => _,
            inout("rax") registers.number => value,
            inout("rdi") rdi => _, inout("rsi") rsi => _, inout("rdx") rdx => _,
            inout("r10") r10 => _, inout("r8") r8 => _, inout("r9") r9 => _,
            clobber_abi("C"),
        );
    }
    value
}

/// A 32-bit call.
fn int80(number: u64) -> u64 {
    let value;
    // SAFETY: none: the point is to see the host refuse.
    unsafe {
        asm!("int 0x80", inout("rax") number => value,
            out("r8") _, out("r9") _, out("r10") _, out("r11") _);
    }
    value
}

/// As [`int80`], through the instruction that 32-bit code uses. Linux reads an argument where ebp
/// points to, before anything else: our own page is at such an address.
fn sysenter(number: u64) -> u64 {
    let value;
    // SAFETY: none: the point is to see the host refuse.
    unsafe {
        asm!("push rbp", "mov ebp, 0x10000", "sysenter", "pop rbp", inout("rax") number => value,
            out("rcx") _, out("rdx") _, out("r8") _, out("r9") _, out("r10") _, out("r11") _);
    }
    value
}

/// Some words of the frame are such as Linux would write, so that it goes on to look at others.
fn sigreturn(address: u64, seed: u64) -> ! {
    const SELECTORS: usize = 23;
    let mut state = seed;
    let mut frame = [0u64; 64].map(|_| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // The words of a frame are small numbers, addresses of the program, or anything.
        match state >> 62 {
            0 => state >> 32 & 0xff,
            1 => attempt as *const () as u64,
            2 => (&raw const state) as u64,
            _ => state,
        }
    });
    if seed & 1 == 0 {
        frame[SELECTORS] = 0x2b << 48 | 0x33;
    }
    // SAFETY: none: the point is to see the host refuse.
    unsafe {
        asm!("mov rsp, {frame}", "jmp {address}", frame = in(reg) frame.as_ptr(),
            address = in(reg) address, in("rax") 15, options(noreturn));
    }
}

fn read(address: u64) -> u64 {
    let value: u64;
    // SAFETY: the load faults, or reads a byte.
    unsafe {
        asm!("movzx {value:e}, byte ptr [{address}]", address = in(reg) address,
            value = out(reg) value, options(nostack, readonly));
    }
    value
}

/// Writes back the byte that is there, so that a success does no harm of its own.
fn write(address: u64) -> u64 {
    let value = read(address);
    // SAFETY: the store faults, or changes nothing.
    unsafe {
        asm!("mov byte ptr [{address}], {value}", address = in(reg) address,
            value = in(reg_byte) value as u8, options(nostack));
    }
    value
}

/// What gs leads to after a call.
fn gs() -> u64 {
    let word: u64 = 0x5eed;
    let found;
    // SAFETY: nothing else in this program uses gs; closing no handle takes no pointer.
    unsafe {
        asm!("wrgsbase {}", in(reg) &raw const word, options(nostack));
        let status = syscalls::handle_close(0);
        asm!("mov {}, gs:[0]", out(reg) found, options(nostack, readonly));
        if status == 0 { found } else { i64::from(status).cast_unsigned() }
    }
}

enum Privileged {
    Hlt,
    Cli,
    In,
    Out,
    Rdmsr,
    Wrmsr,
}

fn privileged(instruction: Privileged) -> u64 {
    const MSR_LSTAR: u32 = 0xc000_0082;
    // SAFETY: none of them is allowed outside the kernel: each raises an exception.
    unsafe {
        match instruction {
            Privileged::Hlt => asm!("hlt", options(nostack)),
            Privileged::Cli => asm!("cli", options(nostack)),
            Privileged::In => asm!("in al, 0x80", out("al") _, options(nostack)),
            Privileged::Out => asm!("out 0x80, al", in("al") 0u8, options(nostack)),
            Privileged::Rdmsr => {
                asm!("rdmsr", in("ecx") MSR_LSTAR, out("eax") _, out("edx") _, options(nostack));
            }
            Privileged::Wrmsr => {
                asm!("wrmsr", in("ecx") MSR_LSTAR, in("eax") 0, in("edx") 0, options(nostack));
            }
        }
    }
    0
}

guest_rt::entry!(main);
