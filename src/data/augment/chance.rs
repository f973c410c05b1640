//! Random numbers of several distributions.

use macrograd_runtime::random::Philox;

/// A uniform number.
pub(super) fn between(low: f32, high: f32, random: &mut Philox) -> f32 {
    low + (high - low) * random.next_f32()
}

/// A number whose logarithm is uniform.
pub(super) fn log_between(low: f32, high: f32, random: &mut Philox) -> f32 {
    between(low.ln(), high.ln(), random).exp()
}

/// In (0, 1), with 53 bits.
fn uniform(random: &mut Philox) -> f64 {
    let bits = u64::from(random.next_u32()) << 32 | u64::from(random.next_u32());
    ((bits >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}

/// A number of the standard normal distribution (Box-Muller).
pub(super) fn normal(random: &mut Philox) -> f64 {
    let (radius, angle) = (uniform(random), uniform(random));
    (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
}

/// A number of the gamma distribution with scale 1.
///
/// # Source
/// Marsaglia, Tsang, "A Simple Method for Generating Gamma Variables", 2000, <https://doi.org/10.1145/358407.358414>.
fn gamma(shape: f64, random: &mut Philox) -> f64 {
    if shape < 1.0 {
        let power = uniform(random).powf(1.0 / shape);
        return gamma(shape + 1.0, random) * power;
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = normal(random);
        let v = (1.0 + c * x).powi(3);
        if v > 0.0 && uniform(random).ln() < 0.5 * x * x + d * (1.0 - v + v.ln()) {
            return d * v;
        }
    }
}

/// A number from 0 to 1 of the distribution Beta(`alpha`, `alpha`).
///
/// # Panics
/// When `alpha` is not positive and finite.
#[track_caller]
pub(super) fn beta(alpha: f32, random: &mut Philox) -> f32 {
    assert!(alpha > 0.0 && alpha.is_finite(), "`alpha` is {alpha}, but must be positive and finite");
    let (x, y) = (gamma(f64::from(alpha), random), gamma(f64::from(alpha), random));
    // For a very small `alpha` both may be too small for a number: then one of them has almost all.
    if x + y > 0.0 { (x / (x + y)) as f32 } else { (random.next_u32() & 1) as f32 }
}
