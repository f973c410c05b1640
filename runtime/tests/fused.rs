//! Loops declared with `fused!` against plain loops, in several parts.

mod common;

use common::{check, random_values};
use macrograd_runtime::fused;
use macrograd_runtime::parallel::sum_parts;

fused! {
    /// `out = x * scale + bias + y[row]`; `total[part]` sums columns of `x` over the rows of the part.
    fn add_bias<S>(rows; channels; scale; write { out: channels } partial { total: channels } read { x: channels, y: 1 } whole { bias }) {
        total.fill(0.0);
        for row in 0..rows {
            let (out, x) = (&mut out[row * channels..][..channels], &x[row * channels..][..channels]);
            for j in 0..channels {
                out[j] = S::mul_add(x[j], scale, bias[j] + y[row]);
                total[j] += x[j];
            }
        }
    }
}

fused! {
    fn negate<S>(rows;;; write { out: 1 } partial {} read { x: 1 } whole {}) {
        for i in 0..rows {
            out[i] = -x[i];
        }
    }
}

#[test]
fn a_fused_loop_matches_a_plain_one() {
    for (rows, channels) in [(0, 3), (1, 1), (7, 5), (16, 16), (17, 31), (101, 17)] {
        let (x, y) = (random_values(rows * channels, 1), random_values(rows, 2));
        let (bias, scale) = (random_values(channels, 3), 1.5);
        for parts in [1, 2, 3, 5, 16] {
            let mut expected = vec![0.0; rows * channels];
            // Row `r` belongs to the part `p` with `rows * p / parts <= r < rows * (p + 1) / parts`.
            let mut totals = vec![0.0; parts * channels];
            for part in 0..parts {
                for row in rows * part / parts..rows * (part + 1) / parts {
                    for j in 0..channels {
                        expected[row * channels + j] = x[row * channels + j] * scale + (bias[j] + y[row]);
                        totals[part * channels + j] += x[row * channels + j];
                    }
                }
            }
            let name = format!("{rows} x {channels} in {parts}");
            check(&name, &expected, 1e-6, |out| {
                let mut total = vec![f32::NAN; parts * channels];
                add_bias(rows, channels, scale, out, &mut total, &x, &y, &bias, parts);
                assert_eq!(total, totals, "{name}: partial sums");
                let mut sum = vec![f32::NAN; channels];
                sum_parts(&mut sum, &total, parts);
                let exact: Vec<f64> = (0..channels)
                    .map(|j| (0..rows).map(|row| f64::from(x[row * channels + j])).sum())
                    .collect();
                assert!(sum.iter().zip(&exact).all(|(&sum, exact)| (f64::from(sum) - exact).abs() < 1e-3));
            });
        }
    }
}

#[test]
fn operands_may_be_longer_than_the_rows() {
    let x = random_values(40, 1);
    let mut expected: Vec<f32> = x[..33].iter().map(|x| -x).collect();
    expected.extend([9.0; 5]);
    check("negate", &expected, 0.0, |out| {
        out[33..].fill(9.0);
        negate(33, out, &x, 4);
    });
}
