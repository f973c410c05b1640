//! `ctc_loss` against the sum over all alignments, and its answer to lengths and labels out of range.

mod common;

use common::{check, random_values, reference};
use macrograd_runtime::Error;
use macrograd_runtime::ops::ctc_loss::{
    CtcExtents, CtcTargets, ctc_loss, ctc_loss_grad, ctc_loss_grad_ref, ctc_loss_ref,
};

/// Logarithms of probabilities that add up to 1 for each step.
fn random_log_probs(extents: &CtcExtents) -> Vec<f32> {
    let mut scores = random_values(extents.time * extents.batch * extents.classes, 1);
    for row in scores.chunks_mut(extents.classes) {
        let total = row.iter().map(|x| x.exp()).sum::<f32>().ln();
        row.iter_mut().for_each(|x| *x -= total);
    }
    scores
}

fn check_case(extents: &CtcExtents, targets: &[u8], input_lengths: &[i64], target_lengths: &[u32]) {
    let log_probs = random_log_probs(extents);
    let targets = CtcTargets { targets, input_lengths, target_lengths };
    for zero_infinity in [false, true] {
        let extents = &CtcExtents { zero_infinity, ..*extents };
        let name = format!("{extents:?}, {input_lengths:?}, {target_lengths:?}");
        let expected = reference(extents.batch, |out| ctc_loss_ref(out, &log_probs, &targets, extents));
        check(&name, &expected, 1e-6, |out| {
            ctc_loss(out, &log_probs, &targets, extents).expect("lengths and labels are in range");
        });
        let grad_output = random_values(extents.batch, 2);
        let expected = reference(log_probs.len(), |grad| {
            ctc_loss_grad_ref(grad, &grad_output, &log_probs, &targets, extents);
        });
        // For an impossible target only the classes of its labels have the gradient NaN; the plain form has it for
        // all, and what comes after, the gradient of a softmax, spreads it.
        if expected.iter().all(|x| x.is_finite()) {
            check(&name, &expected, 1e-6, |grad| {
                ctc_loss_grad(grad, &grad_output, &log_probs, &targets, extents)
                    .expect("lengths and labels are in range");
            });
        }
    }
}

#[test]
fn ctc_loss_matches_the_sum_over_alignments() {
    let extents = |time, batch, classes, labels, blank| CtcExtents {
        time,
        batch,
        classes,
        labels,
        blank,
        zero_infinity: false,
    };
    check_case(&extents(1, 1, 2, 1, 0), &[1], &[1], &[1]);
    check_case(&extents(1, 1, 1, 1, 0), &[9], &[1], &[0]);
    check_case(&extents(0, 2, 3, 1, 0), &[1, 2], &[0, 0], &[0, 1]);
    check_case(&extents(5, 3, 4, 2, 0), &[1, 2, 3, 3, 2, 99], &[5, 4, 3], &[2, 2, 1]);
    check_case(&extents(5, 2, 3, 3, 2), &[0, 1, 0, 1, 1, 0], &[5, 5], &[3, 3]);
    // The second target needs one step more than there is, since equal labels have a blank between.
    check_case(&extents(3, 2, 3, 2, 1), &[0, 2, 2, 2], &[2, 2], &[2, 2]);
    check_case(&extents(4, 2, 3, 3, 1), &[0, 2, 0, 2, 0, 2], &[0, 4], &[0, 0]);
}

#[test]
fn a_large_batch_is_cut_into_parts() {
    let (time, batch, classes, labels) = (101, 37, 11, 13);
    let extents = CtcExtents { time, batch, classes, labels, blank: 0, zero_infinity: false };
    let log_probs = random_log_probs(&extents);
    let targets: Vec<i64> = (0..batch * labels).map(|i| (i * 7 % 10 + 1) as i64).collect();
    let input_lengths: Vec<u32> = (0..batch).map(|n| (time - n) as u32).collect();
    let target_lengths: Vec<u8> = (0..batch).map(|n| (n % (labels + 1)) as u8).collect();
    let targets =
        CtcTargets { targets: &targets, input_lengths: &input_lengths, target_lengths: &target_lengths };
    // `run_everywhere` compares the bits of one and of three threads; what a class takes of each step adds up to 1.
    let outputs = common::run_everywhere(log_probs.len(), |grad| {
        ctc_loss_grad(grad, &vec![1.0; batch], &log_probs, &targets, &extents).expect("all is in range");
    });
    for (level, grad) in outputs {
        for (row, grad) in grad.chunks(classes).enumerate() {
            let (t, n) = (row / batch, row % batch);
            let expected = if t < time - n { -1.0 } else { 0.0 };
            let sum: f32 = grad.iter().sum();
            assert!((sum - expected).abs() < 1e-5, "step {t} of {n}, {level:?}: {sum}");
        }
    }
    let mut losses = vec![0.0; batch];
    ctc_loss(&mut losses, &log_probs, &targets, &extents).expect("all is in range");
    assert!(losses.iter().all(|loss| loss.is_finite() && *loss > 0.0));
}

#[test]
fn what_is_out_of_range_is_reported() {
    let extents = CtcExtents { time: 4, batch: 2, classes: 3, labels: 2, blank: 0, zero_infinity: false };
    let log_probs = random_log_probs(&extents);
    let run = |targets: [i64; 4], input_lengths: [i64; 2], target_lengths: [i64; 2]| {
        let targets =
            CtcTargets { targets: &targets, input_lengths: &input_lengths, target_lengths: &target_lengths };
        let grad = ctc_loss_grad(&mut [0.0; 24], &[1.0; 2], &log_probs, &targets, &extents);
        let error = ctc_loss(&mut [0.0; 2], &log_probs, &targets, &extents).expect_err("out of range");
        assert_eq!(grad.expect_err("out of range").to_string(), error.to_string());
        error
    };
    let error = run([1, 2, 1, 3], [4, 4], [2, 2]);
    assert!(matches!(error, Error::LabelOutOfRange { position: 3, label: 3, classes: 3 }), "{error}");
    let error = run([1, 2, 1, -1], [4, 4], [2, 2]);
    assert!(matches!(error, Error::LabelOutOfRange { position: 3, label: -1, .. }), "{error}");
    assert_eq!(
        run([1; 4], [4, 5], [2, 2]).to_string(),
        "length 5 of sequence 1 in `input_lengths` is out of range: there is room for 4"
    );
    assert_eq!(
        run([1; 4], [4, 4], [-1, 2]).to_string(),
        "length -1 of sequence 0 in `target_lengths` is out of range: there is room for 2"
    );
}
