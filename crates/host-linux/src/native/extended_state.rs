//! The registers that a signal frame has no words for: those of the x87 and the vector unit. Linux
//! leaves them beside it as XSAVE has written them, and takes them back from there. They lie where the
//! guest can write, so that all of it may be forged, by the guest, about itself.

use zerocopy::{FromBytes, IntoBytes};
use zx_abi::{Result, Status, X86_64FpRegisters, X86_64VectorRegisters};

use crate::native::control::Control;
use crate::native::frame::Context;

/// The part that every processor has, as FXSAVE writes it.
#[derive(Clone, Copy, FromBytes, IntoBytes, zerocopy::Immutable)]
#[repr(C)]
struct Legacy {
    fcw: u16,
    fsw: u16,
    ftw: u8,
    reserved: u8,
    fop: u16,
    fip: u64,
    fdp: u64,
    mxcsr: u32,
    mxcsr_mask: u32,
    st: [[u8; 16]; 8],
    xmm: [[u8; 16]; 16],
    unused: [u8; 48],
    /// Linux's: whether there is more than this part.
    magic: u32,
    size: u32,
    /// What there may be besides.
    features: u64,
    rest: [u8; 32],
    /// Which parts are not as new: behind the end of what FXSAVE writes.
    used: u64,
}

/// `FP_XSTATE_MAGIC1`
const MAGIC: u32 = 0x4650_5853;

/// Parts of the state.
const X87: u64 = 1 << 0;
const SSE: u64 = 1 << 1;
const AVX: u64 = 1 << 2;

/// Where the upper halves of ymm0 to ymm15 lie, on every processor that has them.
const UPPER_HALVES: u64 = 576;

const LEGACY_WORDS: usize = size_of::<Legacy>() / 8;
const UPPER_WORDS: usize = 16 * 16 / 8;

/// The bits of mxcsr that there are where the processor does not say.
const MXCSR_BITS: u32 = 0xffbf;

/// A copy of that state, and where it is from.
pub struct ExtendedState {
    address: u64,
    legacy: Legacy,
    /// None without AVX.
    upper: Option<[[u8; 16]; 16]>,
}

impl ExtendedState {
    /// That of a context in a slot; `None` if there is none where the context says.
    pub fn of(context: &Context, slot: usize, control: &Control) -> Option<Self> {
        let address = context.extended();
        let words: [u64; LEGACY_WORDS] = control.signal_stack_words(slot, address)?;
        let legacy = Legacy::read_from_bytes(words.as_bytes()).ok()?;
        let has_upper = legacy.magic == MAGIC && legacy.features & AVX != 0;
        let upper = if has_upper {
            let words: [u64; UPPER_WORDS] =
                control.signal_stack_words(slot, address.checked_add(UPPER_HALVES)?)?;
            let is_used = legacy.used & AVX != 0;
            let halves = <[[u8; 16]; 16]>::read_from_bytes(words.as_bytes()).ok()?;
            Some(if is_used { halves } else { [[0; 16]; 16] })
        } else {
            None
        };
        Some(Self { address, legacy, upper })
    }

    pub fn fp(&self) -> X86_64FpRegisters {
        let Legacy { fcw, fsw, ftw, fop, fip, fdp, st, .. } = self.legacy;
        X86_64FpRegisters { fcw, fsw, ftw, reserved: 0, fop, fip, fdp, padding: 0, st }
    }

    pub fn set_fp(mut self, registers: &X86_64FpRegisters, control: &Control) {
        let X86_64FpRegisters { fcw, fsw, ftw, fop, fip, fdp, st, .. } = *registers;
        self.legacy = Legacy { fcw, fsw, ftw, fop, fip, fdp, st, ..self.legacy };
        self.write(X87, control);
    }

    pub fn vector(&self) -> X86_64VectorRegisters {
        let mut zmm = [[0; 64]; 32];
        for (index, (register, low)) in zmm.iter_mut().zip(self.legacy.xmm).enumerate() {
            register[..16].copy_from_slice(&low);
            if let Some(upper) = &self.upper {
                register[16..32].copy_from_slice(&upper[index]);
            }
        }
        X86_64VectorRegisters { zmm, opmask: [0; 8], mxcsr: self.legacy.mxcsr, padding: 0 }
    }

    /// # Errors
    /// INVALID_ARGS for bits of mxcsr that the processor does not have.
    pub fn set_vector(mut self, registers: &X86_64VectorRegisters, control: &Control) -> Result {
        let known = if self.legacy.mxcsr_mask == 0 { MXCSR_BITS } else { self.legacy.mxcsr_mask };
        if registers.mxcsr & !known != 0 {
            return Err(Status::INVALID_ARGS);
        }
        self.legacy.mxcsr = registers.mxcsr;
        for (index, register) in registers.zmm.iter().take(16).enumerate() {
            self.legacy.xmm[index].copy_from_slice(&register[..16]);
            if let Some(upper) = &mut self.upper {
                upper[index].copy_from_slice(&register[16..32]);
            }
        }
        let upper = if self.upper.is_some() { AVX } else { 0 };
        self.write(SSE | upper, control);
        Ok(())
    }

    /// Writes it back, in which these parts are not as new any more.
    fn write(mut self, used: u64, control: &Control) {
        let is_extended = self.legacy.magic == MAGIC;
        self.legacy.used |= used;
        let words = words_of(self.legacy.as_bytes());
        let count = if is_extended { words.len() } else { words.len() - 1 };
        control.write_words(self.address, words.get(..count).unwrap_or(&words));
        if let Some(upper) = self.upper.filter(|_| self.legacy.used & AVX != 0) {
            control.write_words(self.address + UPPER_HALVES, &words_of(upper.as_bytes()));
        }
    }
}

fn words_of(bytes: &[u8]) -> Vec<u64> {
    bytes.chunks_exact(8).filter_map(|word| u64::read_from_bytes(word).ok()).collect()
}
