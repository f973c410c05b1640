//! `multilabel_margin_loss` and its gradient against their plain forms.

mod common;

use common::{check, random_values, reference};
use macrograd_runtime::Error;
use macrograd_runtime::ops::multilabel_margin_loss::{
    multilabel_margin_loss, multilabel_margin_loss_grad, multilabel_margin_loss_grad_ref,
    multilabel_margin_loss_ref,
};
use macrograd_runtime::random::Philox;

#[test]
fn losses_and_gradients_match_their_plain_forms() {
    for (rows, classes, num_labels) in [(0, 3, 2), (1, 1, 1), (3, 4, 4), (17, 7, 3), (300, 50, 50)] {
        let mut generator = Philox::new(6, 0);
        // A third of the labels end their list, and some stand twice.
        let mut label = || match generator.below(3) {
            0 => -1,
            _ => generator.below(classes) as i64,
        };
        let labels: Vec<i64> = (0..rows * num_labels).map(|_| label()).collect();
        let (scores, grad_output) = (random_values(rows * classes, 1), random_values(rows, 2));
        let name = format!("{num_labels} labels of {classes} classes, {rows} times");
        let expected = reference(rows, |output| {
            multilabel_margin_loss_ref(output, &scores, &labels, classes, num_labels);
        });
        check(&name, &expected, 1e-6, |output| {
            multilabel_margin_loss(output, &scores, &labels, classes, num_labels)
                .expect("labels are classes");
        });
        let expected = reference(rows * classes, |output| {
            multilabel_margin_loss_grad_ref(output, &grad_output, &scores, &labels, classes, num_labels);
        });
        check(&name, &expected, 1e-5, |output| {
            multilabel_margin_loss_grad(output, &grad_output, &scores, &labels, classes, num_labels);
        });
    }
}

#[test]
fn a_label_that_is_no_class_is_an_error() {
    let mut output = [f32::NAN; 2];
    let result = multilabel_margin_loss(&mut output, &[0.0; 6], &[1i64, -1, 9, 0, 3, -1], 3, 3);
    assert!(
        matches!(result, Err(Error::LabelOutOfRange { position: 4, label: 3, classes: 3 })),
        "what follows the end is not read: {result:?}"
    );
    assert!(output[0] > 0.0 && output[1].is_nan(), "{output:?}");
    let result = multilabel_margin_loss(&mut output, &[0.0; 6], &[1i64, -2, -1, -1], 3, 2);
    assert!(matches!(result, Err(Error::LabelOutOfRange { position: 1, label: -2, .. })), "{result:?}");
    // Unsigned labels have no end before that of their axis.
    multilabel_margin_loss(&mut output, &[0.0; 6], &[0u8, 2, 1, 1], 3, 2).expect("labels are classes");
    assert_eq!(output, [2.0 / 3.0, 4.0 / 3.0], "a label that stands twice counts twice");
}
