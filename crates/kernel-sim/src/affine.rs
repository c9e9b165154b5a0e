//! Lines that turn one time into another (zircon/system/ulib/affine).

use zx_abi::ClockTransformation;

/// A slope; a denominator of 0 stands for nothing and gives 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ratio {
    pub numerator: u32,
    pub denominator: u32,
}

impl Ratio {
    /// `value` times the ratio, rounded down, within the range of instants.
    pub fn scale(self, value: i64) -> i64 {
        if self.denominator == 0 {
            return 0;
        }
        let product = i128::from(value) * i128::from(self.numerator);
        clamp(product.div_euclid(self.denominator.into()))
    }

    /// The other way round.
    pub fn inverse(self) -> Self {
        Self { numerator: self.denominator, denominator: self.numerator }
    }

    /// Both in a row, as exact as 32 bits allow.
    pub fn product(self, other: Self) -> Self {
        let mut numerator = u64::from(self.numerator) * u64::from(other.numerator);
        let mut denominator = u64::from(self.denominator) * u64::from(other.denominator);
        let divisor = gcd(numerator, denominator).max(1);
        (numerator, denominator) = (numerator / divisor, denominator / divisor);
        let spare = numerator.max(denominator).leading_zeros();
        let excess = (u64::BITS - u32::BITS).saturating_sub(spare);
        Self {
            numerator: (numerator >> excess) as u32,
            denominator: (denominator >> excess) as u32,
        }
    }
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn clamp(value: i128) -> i64 {
    value.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

/// A line through a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Transform {
    pub reference: i64,
    pub synthetic: i64,
    pub ratio: Ratio,
}

impl Transform {
    /// What corresponds to an instant of the reference.
    pub fn apply(&self, reference: i64) -> i64 {
        self.synthetic.saturating_add(self.ratio.scale(reference.saturating_sub(self.reference)))
    }
}

impl From<Transform> for ClockTransformation {
    fn from(transform: Transform) -> Self {
        Self {
            reference_offset: transform.reference,
            synthetic_offset: transform.synthetic,
            synthetic_ticks: transform.ratio.numerator,
            reference_ticks: transform.ratio.denominator,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(numerator: u32, denominator: u32) -> Ratio {
        Ratio { numerator, denominator }
    }

    #[test]
    fn scaling_rounds_down_and_saturates() {
        assert_eq!(ratio(1, 3).scale(10), 3);
        assert_eq!(ratio(1, 3).scale(-10), -4);
        assert_eq!(ratio(3, 1).scale(i64::MAX), i64::MAX);
        assert_eq!(ratio(3, 1).scale(i64::MIN), i64::MIN);
        assert_eq!(ratio(1, 0).scale(7), 0);
    }

    #[test]
    fn products_are_reduced_and_fit() {
        assert_eq!(ratio(2, 3).product(ratio(3, 4)), ratio(1, 2));
        assert_eq!(ratio(u32::MAX, 1).product(ratio(1, u32::MAX)), ratio(1, 1));
        let big = ratio(u32::MAX, 7).product(ratio(u32::MAX - 1, 5));
        let exact = f64::from(u32::MAX) * f64::from(u32::MAX - 1) / 35.0;
        let found = f64::from(big.numerator) / f64::from(big.denominator.max(1));
        assert!(big.denominator == 0 || (found / exact - 1.0).abs() < 0.2);
    }

    #[test]
    fn a_line_goes_through_its_point() {
        let line = Transform { reference: 100, synthetic: 5000, ratio: ratio(2, 1) };
        assert_eq!(line.apply(100), 5000);
        assert_eq!(line.apply(110), 5020);
        assert_eq!(line.apply(90), 4980);
    }
}
