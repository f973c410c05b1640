//! `dropout` against its plain form; its mask is a function of key, site and element.

mod common;

use common::{check, random_values, reference, same_bits};
use macrograd_runtime::ops::dropout::{dropout, dropout_ref};
use macrograd_runtime::random::{RandomKey, philox};

const KEY: RandomKey = RandomKey { seed: 0x0123_4567_89ab_cdef, step: 5 };
const SITE: u64 = 0xfedc_ba98_7654_3210;

#[test]
fn dropout_matches_its_plain_form() {
    for len in [0, 1, 3, 15, 16, 17, 63, 64, 65, 1009, 50_021] {
        let input = random_values(len, 1);
        for rate in [0.1, 0.5, 0.9, 0.999_999_94, 1e-10] {
            let expected = reference(len, |output| dropout_ref(output, &input, rate, KEY, SITE));
            check(&format!("{len}, {rate}"), &expected, 0.0, |output| {
                dropout(output, &input, rate, KEY, SITE)
            });
        }
        check("rate 0", &input, 0.0, |output| dropout(output, &input, 0.0, KEY, SITE));
        check("rate 1", &vec![0.0; len], 0.0, |output| dropout(output, &input, 1.0, KEY, SITE));
    }
}

fn mask(len: usize, rate: f32, key: RandomKey, site: u64) -> Vec<f32> {
    reference(len, |output| dropout(output, &vec![1.0; len], rate, key, site))
}

#[test]
fn the_mask_depends_on_seed_step_and_site() {
    let base = mask(1000, 0.5, KEY, SITE);
    assert!(same_bits(&base, &mask(1000, 0.5, KEY, SITE)));
    for (key, site) in [
        (RandomKey { seed: KEY.seed + 1, ..KEY }, SITE),
        (RandomKey { seed: KEY.seed ^ (1 << 40), ..KEY }, SITE),
        (RandomKey { step: KEY.step + 1, ..KEY }, SITE),
        (RandomKey { step: KEY.step ^ (1 << 40), ..KEY }, SITE),
        (KEY, SITE + 1),
        (KEY, SITE ^ (1 << 40)),
    ] {
        let other = mask(1000, 0.5, key, site);
        let equal = base.iter().zip(&other).filter(|(a, b)| a == b).count();
        assert!((400..600).contains(&equal), "{key:?} {site}: {equal} of 1000 agree");
    }
}

/// An element is kept when its word is at least `rate * 2^32`.
#[test]
fn a_word_equal_to_the_rate_keeps_its_element() {
    let key = RandomKey { seed: 0, step: 0 };
    let word = |i: u32| philox([i / 4, 0, 0, 0], [0, 0])[i as usize % 4];
    // A word of 24 significant bits is a rate without rounding.
    let i = (0..100_000).find(|&i| word(i) % 256 == 0).expect("every 256th word ends in 8 zeros");
    let rate = word(i) as f32 / 4_294_967_296.0;
    assert!(mask(i as usize + 1, rate, key, 0)[i as usize] > 0.0);
    assert_eq!(mask(i as usize + 1, rate + f32::EPSILON, key, 0)[i as usize], 0.0);
}

#[test]
fn dropout_keeps_the_mean() {
    for rate in [0.1, 0.5, 0.8] {
        let values = mask(100_000, rate, KEY, SITE);
        let kept = values.iter().filter(|&&value| value != 0.0).count() as f32 / 100_000.0;
        assert!((kept - (1.0 - rate)).abs() < 0.006, "rate {rate} keeps {kept}");
        assert!(values.iter().all(|&value| value == 0.0 || value == 1.0 / (1.0 - rate)));
    }
}

#[test]
fn a_dropped_element_is_zero_whatever_it_was() {
    let base = mask(100, 0.5, KEY, SITE);
    let output = reference(100, |output| dropout(output, &[f32::NAN; 100], 0.5, KEY, SITE));
    assert!(base.iter().zip(&output).all(|(&kept, out)| if kept == 0.0 {
        *out == 0.0
    } else {
        out.is_nan()
    }));
}

#[test]
#[should_panic(expected = "is a probability")]
fn a_rate_above_one_is_refused() {
    dropout(&mut [0.0], &[0.0], 1.5, KEY, SITE);
}
