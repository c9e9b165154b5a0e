//! C's `long double`, which Rust has no type for: what the processor does by an instruction, and
//! `fmal`. Arguments lie on the stack, 16 bytes each; results are in the first x87 register.

use core::arch::naked_asm;
use core::cmp::Ordering;

macro_rules! functions {
    ($($name:ident: $($instruction:literal),+;)*) => {
        $(
            #[unsafe(no_mangle)]
            #[unsafe(naked)]
            extern "C" fn $name() {
                naked_asm!($($instruction,)+ "ret")
            }
        )*
    };
}

functions! {
    fabsl: "fld tbyte ptr [rsp + 8]", "fabs";
    sqrtl: "fld tbyte ptr [rsp + 8]", "fsqrt";
    rintl: "fld tbyte ptr [rsp + 8]", "frndint";
    // Each step takes off at most 63 bits of the quotient.
    fmodl: "fld tbyte ptr [rsp + 24]", "fld tbyte ptr [rsp + 8]",
        "2:", "fprem", "fnstsw ax", "test ah, 4", "jnz 2b", "fstp st(1)";
    remainderl: "fld tbyte ptr [rsp + 24]", "fld tbyte ptr [rsp + 8]",
        "2:", "fprem1", "fnstsw ax", "test ah, 4", "jnz 2b", "fstp st(1)";
}

/// x · y + z, rounded once.
#[unsafe(no_mangle)]
#[unsafe(naked)]
extern "C" fn fmal() {
    naked_asm!(
        "lea rdi, [rsp + 8]",
        "lea rsi, [rsp + 24]",
        "lea rdx, [rsp + 40]",
        "sub rsp, 24",
        "mov rcx, rsp",
        "call {fused}",
        "test al, al",
        "jz 2f",
        "fld tbyte ptr [rsp]",
        "add rsp, 24",
        "ret",
        // Nothing of these is lost in between: the product or z is zero, or one is no number.
        "2:",
        "add rsp, 24",
        "fld tbyte ptr [rsp + 8]",
        "fld tbyte ptr [rsp + 24]",
        "fmulp st(1), st",
        "fld tbyte ptr [rsp + 40]",
        "faddp st(1), st",
        "ret",
        fused = sym fused,
    )
}

const BIAS: i32 = 16_383;
/// The exponent of infinities and of what is no number.
const SPECIAL: u16 = 0x7fff;
const NEGATIVE: u16 = 0x8000;
/// The first bit of a fraction, set in all numbers but the smallest.
const WHOLE: u64 = 1 << 63;

/// x87's format.
#[derive(Clone, Copy)]
#[repr(C)]
struct Extended {
    fraction: u64,
    /// The sign, then the exponent.
    end: u16,
}

/// A number other than zero: `magnitude` · 2^`exponent`.
struct Parts {
    negative: bool,
    magnitude: Wide,
    exponent: i32,
}

impl Extended {
    /// The parts of a number; its highest bit is that of `Wide` but one.
    fn parts(self) -> Option<Parts> {
        let exponent = self.end & SPECIAL;
        let is_normal = self.fraction & WHOLE != 0;
        if self.fraction == 0 || exponent == SPECIAL || (exponent != 0 && !is_normal) {
            return None;
        }
        Some(Parts {
            negative: self.end & NEGATIVE != 0,
            magnitude: Wide { high: 0, low: self.fraction.into() },
            exponent: i32::from(exponent.max(1)) - BIAS - 63,
        })
    }
}

/// Puts x · y + z into `result`, unless one of them is zero or no number.
extern "C" fn fused(x: &Extended, y: &Extended, z: &Extended, result: &mut Extended) -> bool {
    let (Some(x), Some(y), Some(z)) = (x.parts(), y.parts(), z.parts()) else { return false };
    let product = Parts {
        negative: x.negative != y.negative,
        // Of 64 bits each.
        magnitude: Wide { high: 0, low: x.magnitude.low * y.magnitude.low },
        exponent: x.exponent + y.exponent,
    };
    *result = product.plus(z).rounded();
    true
}

impl Parts {
    /// Moves the highest bit to the last but one of 256, so that a sum has room.
    fn aligned(self) -> Self {
        let shift = self.magnitude.leading_zeros() as i32 - 1;
        Self {
            magnitude: self.magnitude.shifted_left(shift as u32),
            exponent: self.exponent - shift,
            ..self
        }
    }

    /// The sum, or so near to it that it is rounded alike.
    fn plus(self, other: Self) -> Self {
        let (mut large, mut small) = (self.aligned(), other.aligned());
        if (large.exponent, large.magnitude) < (small.exponent, small.magnitude) {
            (large, small) = (small, large);
        }
        let below = small.magnitude.shifted_right(large.exponent.abs_diff(small.exponent));
        let magnitude = match large.negative == small.negative {
            true => large.magnitude.plus(below),
            false => large.magnitude.minus(below),
        };
        Self { magnitude, ..large }
    }

    /// The nearest that there is, of two such the even one.
    fn rounded(self) -> Extended {
        if self.magnitude == Wide::ZERO {
            return Extended { fraction: 0, end: 0 };
        }
        let zeros = self.magnitude.leading_zeros();
        let mut magnitude = self.magnitude.shifted_left(zeros);
        // Of a number whose first bit counts as one.
        let mut exponent = self.exponent - zeros as i32 + 255 + BIAS;
        if exponent < 1 {
            magnitude = magnitude.shifted_right(exponent.abs_diff(1));
            exponent = 1;
        }
        let mut fraction = (magnitude.high >> 64) as u64;
        let rest = (magnitude.high as u64, magnitude.low);
        let up = match rest.cmp(&(WHOLE, 0)) {
            Ordering::Less => false,
            Ordering::Equal => fraction & 1 != 0,
            Ordering::Greater => true,
        };
        if up {
            let (more, overflows) = fraction.overflowing_add(1);
            fraction = if overflows { WHOLE } else { more };
            exponent += i32::from(overflows);
        }
        let sign = if self.negative { NEGATIVE } else { 0 };
        let exponent = match u16::try_from(exponent) {
            _ if fraction & WHOLE == 0 => 0,
            Ok(exponent) if exponent < SPECIAL => exponent,
            _ => return Extended { fraction: WHOLE, end: sign | SPECIAL },
        };
        Extended { fraction, end: sign | exponent }
    }
}

/// A number of 256 bits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Wide {
    high: u128,
    low: u128,
}

impl Wide {
    const ZERO: Self = Self { high: 0, low: 0 };

    fn leading_zeros(self) -> u32 {
        match self.high {
            0 => 128 + self.low.leading_zeros(),
            high => high.leading_zeros(),
        }
    }

    /// No bits are lost.
    fn shifted_left(self, by: u32) -> Self {
        match by {
            0 => self,
            1..128 => Self { high: self.high << by | self.low >> (128 - by), low: self.low << by },
            _ => Self { high: self.low.unbounded_shl(by - 128), low: 0 },
        }
    }

    /// The last bit stands for those that are lost, too.
    fn shifted_right(self, by: u32) -> Self {
        let shifted = match by {
            0 => self,
            1..128 => Self { high: self.high >> by, low: self.low >> by | self.high << (128 - by) },
            _ => Self { high: 0, low: self.high.unbounded_shr(by - 128) },
        };
        let is_exact = by < 256 && shifted.shifted_left(by) == self;
        Self { low: shifted.low | u128::from(!is_exact), ..shifted }
    }

    fn plus(self, other: Self) -> Self {
        let (low, carry) = self.low.overflowing_add(other.low);
        Self { high: self.high + other.high + u128::from(carry), low }
    }

    /// At most `self`.
    fn minus(self, other: Self) -> Self {
        let (low, borrow) = self.low.overflowing_sub(other.low);
        Self { high: self.high - other.high - u128::from(borrow), low }
    }
}
