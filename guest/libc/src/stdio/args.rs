//! Any number of arguments. Rust cannot define functions that have them, so that each saves its
//! registers, as the psABI says, and calls its brother that takes a `va_list`.

/// `va_list` of the x86-64 psABI.
#[derive(Clone)]
#[repr(C)]
pub struct VaList {
    /// Where the next general register's argument is in the save area, and the next vector
    /// register's.
    general: u32,
    vector: u32,
    /// The next argument on the stack.
    stack: *const u64,
    save_area: *const u8,
}

/// Bytes of the general registers in the save area, and of all.
const GENERAL_END: u32 = 48;
const VECTOR_END: u32 = 176;

impl VaList {
    /// The next argument that is an integer or a pointer.
    ///
    /// # Safety
    /// There is one.
    pub unsafe fn word(&mut self) -> u64 {
        if self.general >= GENERAL_END {
            // SAFETY: the caller's promise.
            return unsafe { self.on_stack() };
        }
        // SAFETY: the save area has the registers.
        let word = unsafe { self.save_area.add(self.general as usize).cast::<u64>().read() };
        self.general += 8;
        word
    }

    /// The next argument that is a double.
    ///
    /// # Safety
    /// There is one.
    pub unsafe fn double(&mut self) -> f64 {
        if self.vector >= VECTOR_END {
            // SAFETY: the caller's promise.
            return f64::from_bits(unsafe { self.on_stack() });
        }
        // SAFETY: the save area has the registers.
        let double = unsafe { self.save_area.add(self.vector as usize).cast::<f64>().read() };
        self.vector += 16;
        double
    }

    /// The next argument that is a long double, as a double.
    ///
    /// # Safety
    /// There is one.
    pub unsafe fn long_double(&mut self) -> f64 {
        const BIAS: i32 = 16_383;
        const SPECIAL: i32 = 0x7fff;
        // SAFETY: the caller's promise; it is aligned to 16.
        let (fraction, end) = unsafe {
            if !self.stack.addr().is_multiple_of(16) {
                self.stack = self.stack.add(1);
            }
            (self.on_stack(), self.on_stack() as u16)
        };
        let exponent = i32::from(end & 0x7fff);
        let value = match (exponent, fraction << 1) {
            (SPECIAL, 0) => f64::INFINITY,
            (SPECIAL, _) => f64::NAN,
            _ => libm::scalbn(fraction as f64, exponent - BIAS - 63),
        };
        if end >> 15 == 0 { value } else { -value }
    }

    /// # Safety
    /// There is an argument on the stack.
    unsafe fn on_stack(&mut self) -> u64 {
        // SAFETY: the caller's promise.
        unsafe {
            let word = self.stack.read();
            self.stack = self.stack.add(1);
            word
        }
    }
}

/// Defines a function with so many fixed arguments and any number of others. It calls `$target`
/// with the fixed ones and, in the register that follows theirs, a `va_list` of the others.
macro_rules! variadic {
    ($name:ident, $fixed:literal, $register:literal, $target:ident) => {
        #[unsafe(naked)]
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name() {
            core::arch::naked_asm!(
                ".cfi_startproc",
                "sub rsp, 216",
                ".cfi_adjust_cfa_offset 216",
                // The save area.
                "mov [rsp + 32], rdi",
                "mov [rsp + 40], rsi",
                "mov [rsp + 48], rdx",
                "mov [rsp + 56], rcx",
                "mov [rsp + 64], r8",
                "mov [rsp + 72], r9",
                // Whether vector registers are used at all.
                "test al, al",
                "je 2f",
                "movaps [rsp + 80], xmm0",
                "movaps [rsp + 96], xmm1",
                "movaps [rsp + 112], xmm2",
                "movaps [rsp + 128], xmm3",
                "movaps [rsp + 144], xmm4",
                "movaps [rsp + 160], xmm5",
                "movaps [rsp + 176], xmm6",
                "movaps [rsp + 192], xmm7",
                "2:",
                // The list.
                "mov dword ptr [rsp], 8 * {fixed}",
                "mov dword ptr [rsp + 4], 48",
                "lea r10, [rsp + 224]",
                "mov [rsp + 8], r10",
                "lea r10, [rsp + 32]",
                "mov [rsp + 16], r10",
                concat!("mov ", $register, ", rsp"),
                "call {target}",
                "add rsp, 216",
                ".cfi_adjust_cfa_offset -216",
                "ret",
                ".cfi_endproc",
                fixed = const $fixed,
                target = sym $target,
            )
        }
    };
}
pub(super) use variadic;
