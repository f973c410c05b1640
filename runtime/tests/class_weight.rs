//! `class_weight` against its plain form.

mod common;

use common::{check, random_values, reference};
use macrograd_runtime::ops::class_weight::{class_weight, class_weight_ref};
use macrograd_runtime::random::Philox;

#[test]
fn class_weight_matches_its_plain_form() {
    for (len, classes) in [(0, 3), (1, 1), (17, 5), (70_001, 10)] {
        let mut generator = Philox::new(4, 0);
        let mut labels: Vec<i64> = (0..len).map(|_| generator.below(classes) as i64).collect();
        let weight = random_values(classes, 1);
        for ignored in [None, Some(0), Some(-100)] {
            if let (Some(label), Some(last)) = (ignored, labels.last_mut()) {
                *last = label;
            }
            for weight in [None, Some(weight.as_slice())] {
                let name = format!("{len} labels of {classes}, {ignored:?} ignored");
                let expected = reference(len, |output| class_weight_ref(output, &labels, weight, ignored));
                check(&name, &expected, 0.0, |output| class_weight(output, &labels, weight, ignored));
            }
        }
    }
}

#[test]
fn labels_out_of_range_weigh_nothing() {
    let mut output = [f32::NAN; 3];
    class_weight(&mut output, &[-1i64, 2, 1], Some(&[3.0, 4.0]), None);
    assert_eq!(output, [0.0, 0.0, 4.0]);
}
