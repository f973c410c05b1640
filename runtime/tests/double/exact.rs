//! Elementary functions to about 100 bits, as unevaluated sums of two `f64`: what those of the runtime are compared with.
//!
//! # Source
//! Dekker, "A floating-point technique for extending the available precision", 1971, with fused products.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// `high + low`, where `low` is what rounding the sum to `high` leaves.
#[derive(Clone, Copy, Debug)]
pub struct Exact {
    pub high: f64,
    pub low: f64,
}

pub const LN_2: Exact = Exact { high: std::f64::consts::LN_2, low: 2.319_046_813_846_299_6e-17 };

fn sum(a: f64, b: f64) -> Exact {
    let high = a + b;
    let part = high - a;
    Exact { high, low: (a - (high - part)) + (b - part) }
}

impl From<f64> for Exact {
    fn from(high: f64) -> Exact {
        Exact { high, low: 0.0 }
    }
}

impl Neg for Exact {
    type Output = Exact;
    fn neg(self) -> Exact {
        Exact { high: -self.high, low: -self.low }
    }
}

impl Add for Exact {
    type Output = Exact;
    fn add(self, other: Exact) -> Exact {
        let (s, t) = (sum(self.high, other.high), sum(self.low, other.low));
        let s = sum(s.high, s.low + t.high);
        sum(s.high, s.low + t.low)
    }
}

impl Sub for Exact {
    type Output = Exact;
    fn sub(self, other: Exact) -> Exact {
        self + -other
    }
}

impl Mul for Exact {
    type Output = Exact;
    fn mul(self, other: Exact) -> Exact {
        let high = self.high * other.high;
        let low = self.high.mul_add(other.high, -high) + self.high * other.low + self.low * other.high;
        sum(high, low)
    }
}

impl Div for Exact {
    type Output = Exact;
    fn div(self, other: Exact) -> Exact {
        let first = self.high / other.high;
        let rest = self - other * first.into();
        let second = rest.high / other.high;
        let rest = rest - other * second.into();
        sum(first, second) + Exact::from(rest.high / other.high)
    }
}

impl Exact {
    pub fn sqrt(self) -> Exact {
        if self.high == 0.0 {
            return self;
        }
        let root = Exact::from(self.high.sqrt());
        root + (self - root * root) / (root + root)
    }

    /// `self * 2^n`, rounded once where the result is denormal.
    pub fn scaled(self, n: i32) -> Exact {
        let step = |x: f64, n: i32| x * f64::from_bits(((1023 + n) as u64) << 52);
        let half = n / 2;
        let by = |x: f64| step(step(x, half), n - half);
        Exact { high: by(self.high), low: by(self.low) }
    }

    /// The sum of `self^k / k!` from `k = 1` on, for `|self| <= 1`.
    fn exp_m1_series(self) -> Exact {
        let (mut term, mut total) = (self, self);
        for k in 2..40 {
            term = term * self / f64::from(k).into();
            total = total + term;
        }
        total
    }

    /// The mantissa and the exponent of `e^self`.
    fn exp_parts(self) -> (Exact, i32) {
        let n = (self.high / LN_2.high).round();
        let rest = self - LN_2 * n.into();
        (rest.exp_m1_series() + 1.0.into(), n as i32)
    }

    /// Error function, by a series whose terms have one sign (Abramowitz and Stegun, 7.1.6); for `|self| < 7`.
    pub fn erf(self) -> Exact {
        let factor = Exact { high: std::f64::consts::FRAC_2_SQRT_PI, low: 1.533_545_961_316_588e-17 };
        let square = self * self;
        let (mut term, mut total) = (self, self);
        for n in 1..250 {
            term = term * square * Exact::from(2.0) / f64::from(2 * n + 1).into();
            total = total + term;
        }
        total * (-square).exp() * factor
    }

    pub fn exp(self) -> Exact {
        let (value, n) = self.exp_parts();
        value.scaled(n)
    }

    pub fn exp_m1(self) -> Exact {
        if self.high.abs() <= 0.5 { self.exp_m1_series() } else { self.exp() - 1.0.into() }
    }

    pub fn ln(self) -> Exact {
        // One step of Newton's from the logarithm in f64, and the next term of its error.
        let first = Exact::from(self.high.ln());
        let (inverse, n) = (-first).exp_parts();
        let rest = (self.scaled(n) * inverse) - 1.0.into();
        first + rest - rest * rest * 0.5.into()
    }

    pub fn ln_1p(self) -> Exact {
        if self.high.abs() > 1e-5 {
            return (self + 1.0.into()).ln();
        }
        let (mut power, mut total) = (self, self);
        for k in 2..8 {
            power = -(power * self);
            total = total + power / f64::from(k).into();
        }
        total
    }
}
