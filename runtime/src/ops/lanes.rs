//! Reductions with 16 lanes on every instruction set: LLVM does not reorder float additions, and a lane count that
//! followed the vector width would make results depend on it.

use super::super::Float;

/// Number of lanes.
pub(crate) const LANES: usize = 16;

/// Combines lanes pairwise, in the same order everywhere.
macro_rules! fold_lanes {
    ($lanes:expr, |$a:ident, $b:ident| $combined:expr) => {{
        let mut lanes: [Float; LANES] = $lanes;
        let mut half = LANES / 2;
        while half > 0 {
            for lane in 0..half {
                let ($a, $b) = (lanes[lane], lanes[lane + half]);
                lanes[lane] = $combined;
            }
            half /= 2;
        }
        lanes[0]
    }};
}

/// Sum of 16 lanes.
#[inline(always)]
pub(crate) fn sum_lanes(lanes: [Float; LANES]) -> Float {
    fold_lanes!(lanes, |a, b| a + b)
}

/// Largest of 16 lanes; NaN may be dropped.
#[inline(always)]
pub(crate) fn max_lanes(lanes: [Float; LANES]) -> Float {
    fold_lanes!(lanes, |a, b| if a > b { a } else { b })
}

/// A vector of up to 16 values, filled up with `fill`.
#[inline(always)]
pub(crate) fn partial(values: &[Float], fill: Float) -> [Float; LANES] {
    let mut lanes = [fill; LANES];
    lanes[..values.len()].copy_from_slice(values);
    lanes
}

/// Sum of `values`.
#[inline(always)]
pub(crate) fn sum(values: &[Float]) -> Float {
    let (vectors, rest) = values.as_chunks::<LANES>();
    let mut lanes = partial(rest, 0.0);
    for vector in vectors {
        for lane in 0..LANES {
            lanes[lane] += vector[lane];
        }
    }
    sum_lanes(lanes)
}

/// Sum of the products of `x` and `y`, of equal length.
#[inline(always)]
pub(crate) fn dot(x: &[Float], y: &[Float]) -> Float {
    let ((x, x_rest), (y, y_rest)) = (x.as_chunks::<LANES>(), y.as_chunks::<LANES>());
    let (x_rest, y_rest) = (partial(x_rest, 0.0), partial(y_rest, 0.0));
    let mut lanes = [0.0; LANES];
    for lane in 0..LANES {
        lanes[lane] = x_rest[lane] * y_rest[lane];
    }
    for (x, y) in x.iter().zip(y) {
        for lane in 0..LANES {
            lanes[lane] += x[lane] * y[lane];
        }
    }
    sum_lanes(lanes)
}
