//! `rrelu` against its plain form; its slopes are a function of key, site and element.

mod common;

use common::{check, random_values, reference};
use macrograd_runtime::ops::rrelu::{rrelu, rrelu_ref};
use macrograd_runtime::random::RandomKey;

const KEY: RandomKey = RandomKey { seed: 0x0123_4567_89ab_cdef, step: 5 };
const SITE: u64 = 0xfedc_ba98_7654_3210;
const SLOPES: [f32; 2] = [0.125, 0.333];

#[test]
fn rrelu_matches_its_plain_form() {
    for len in [0, 1, 3, 15, 16, 17, 63, 64, 65, 1009, 50_021] {
        let (x, value) = (random_values(len, 1), random_values(len, 2));
        for slopes in [SLOPES, [0.25, 0.25], [-0.5, 0.0]] {
            let expected = reference(len, |output| rrelu_ref(output, &x, &value, slopes, KEY, SITE));
            check(&format!("{len}, {slopes:?}"), &expected, 0.0, |output| {
                rrelu(output, &x, &value, slopes, KEY, SITE)
            });
        }
    }
}

fn slopes(len: usize, key: RandomKey, site: u64) -> Vec<f32> {
    reference(len, |output| rrelu(output, &vec![-1.0; len], &vec![1.0; len], SLOPES, key, site))
}

#[test]
fn slopes_are_uniform_and_depend_on_seed_step_and_site() {
    let base = slopes(100_000, KEY, SITE);
    assert!(base.iter().all(|slope| (SLOPES[0]..=SLOPES[1]).contains(slope)));
    let mean = base.iter().sum::<f32>() / 100_000.0;
    assert!((mean - (SLOPES[0] + SLOPES[1]) / 2.0).abs() < 1e-3, "mean slope {mean}");
    for (key, site) in [
        (RandomKey { seed: KEY.seed + 1, ..KEY }, SITE),
        (RandomKey { step: KEY.step + 1, ..KEY }, SITE),
        (KEY, SITE + 1),
    ] {
        let other = slopes(1000, key, site);
        let equal = base.iter().zip(&other).filter(|(a, b)| a == b).count();
        assert!(equal < 10, "{key:?} {site}: {equal} of 1000 agree");
    }
}

#[test]
fn positive_elements_pass_and_nan_stays() {
    let x = [1.0, f32::INFINITY, f32::NAN, 0.0];
    let output = reference(4, |output| rrelu(output, &x, &x, SLOPES, KEY, SITE));
    assert_eq!(output[..2], [1.0, f32::INFINITY]);
    assert!(output[2].is_nan() && output[3] == 0.0);
}
