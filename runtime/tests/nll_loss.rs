//! `nll_loss` against its plain form, and its answer to labels out of range.

mod common;

use common::{check, random_values, reference, run_everywhere};
use macrograd_runtime::Error;
use macrograd_runtime::ops::nll_loss::{Label, nll_loss, nll_loss_grad, nll_loss_grad_ref, nll_loss_ref};
use macrograd_runtime::random::Philox;

fn check_labels<L: Label>(outer: usize, classes: usize, inner: usize, labels: &[L]) {
    let name = format!("{outer} x {classes} x {inner}");
    let log_probs = random_values(outer * classes * inner, 1);
    let expected =
        reference(outer * inner, |output| nll_loss_ref(output, &log_probs, labels, classes, inner));
    check(&name, &expected, 0.0, |output| {
        nll_loss(output, &log_probs, labels, None, outer, classes, inner).expect("all labels are in range");
    });
    let grad_output = random_values(outer * inner, 2);
    let expected = reference(log_probs.len(), |grad| {
        nll_loss_grad_ref(grad, &grad_output, labels, classes, inner);
    });
    check(&name, &expected, 0.0, |grad| {
        nll_loss_grad(grad, &grad_output, labels, None, outer, classes, inner)
    });
}

#[test]
fn nll_loss_matches_its_plain_form() {
    for (outer, classes, inner) in
        [(0, 3, 1), (1, 1, 1), (7, 10, 1), (16, 17, 1), (3, 5, 13), (2, 3, 0), (4001, 10, 1), (41, 3, 1009)]
    {
        let mut generator = Philox::new(3, 0);
        let labels: Vec<usize> = (0..outer * inner).map(|_| generator.below(classes)).collect();
        check_labels(outer, classes, inner, &labels.iter().map(|&label| label as u8).collect::<Vec<_>>());
        check_labels(outer, classes, inner, &labels.iter().map(|&label| label as u32).collect::<Vec<_>>());
        check_labels(outer, classes, inner, &labels.iter().map(|&label| label as i64).collect::<Vec<_>>());
    }
}

#[test]
fn the_first_label_out_of_range_is_reported() {
    let outer = 40_000;
    let log_probs = vec![-1.0; outer * 3];
    for bad in [-1, 3, i64::MIN, i64::MAX] {
        let mut labels = vec![1i64; outer];
        for position in [39_999, 20_001, 20_000] {
            labels[position] = bad;
        }
        for (_, output) in run_everywhere(outer, |output| {
            let error = nll_loss(output, &log_probs, &labels, None, outer, 3, 1)
                .expect_err("a label is out of range");
            let Error::LabelOutOfRange { position, label, classes } = error else { panic!("{error}") };
            assert_eq!((position, label, classes), (20_000, bad, 3));
        }) {
            assert!(output[20_000].is_nan() && output[0] == 1.0);
        }
        let mut grad = vec![f32::NAN; outer * 3];
        nll_loss_grad(&mut grad, &vec![1.0; outer], &labels, None, outer, 3, 1);
        assert_eq!(grad[60_000..60_003], [0.0; 3]);
        assert_eq!(grad[..3], [0.0, -1.0, 0.0]);
    }
    let error = nll_loss(&mut [0.0], &[0.0; 10], &[255u8], None, 1, 10, 1).expect_err("there are 10 classes");
    assert_eq!(
        error.to_string(),
        "label 255 at position 0 is out of range: there are 10 classes, numbered from 0"
    );
    assert_eq!(u64::MAX.to_i64(), i64::MAX);
}

#[test]
fn the_ignored_label_costs_nothing_and_is_in_no_range() {
    let log_probs = [-1.0, -2.0, -3.0, f32::NEG_INFINITY, -5.0, -6.0];
    for ignored in [-100i64, 3, 0] {
        let labels = [ignored, 1];
        for (_, output) in run_everywhere(2, |output| {
            nll_loss(output, &log_probs, &labels, Some(ignored), 2, 3, 1).expect("the bad label is ignored");
        }) {
            assert_eq!(output, [0.0, 5.0]);
        }
        let mut grad = [f32::NAN; 6];
        nll_loss_grad(&mut grad, &[7.0, 2.0], &labels, Some(ignored), 2, 3, 1);
        assert_eq!(grad, [0.0, 0.0, 0.0, 0.0, -2.0, 0.0]);
    }
}

#[test]
#[should_panic(expected = "number of labels")]
fn a_missing_label_is_refused() {
    let _ = nll_loss(&mut [0.0; 2], &[0.0; 6], &[0u8], None, 2, 3, 1);
}
