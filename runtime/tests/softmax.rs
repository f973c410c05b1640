//! `softmax` against its plain form, with rows that have no finite answer.

mod common;

use common::{check, random_values, reference};
use macrograd_runtime::ops::softmax::{softmax, softmax_grad, softmax_grad_ref, softmax_ref};

#[test]
fn softmax_matches_its_plain_form() {
    let axis_lens = [0, 1, 2, 10, 15, 16, 17, 31, 33, 64, 65, 1000];
    let small = axis_lens.iter().flat_map(|&axis_len| [1, 2, 17, 65].map(|inner| (3, axis_len, inner)));
    for (outer, axis_len, inner) in small.chain([(0, 3, 1), (3, 3, 0), (5003, 10, 1), (31, 7, 131)]) {
        let name = format!("{outer} x {axis_len} x {inner}");
        let len = outer * axis_len * inner;
        let input: Vec<f32> = random_values(len, 1).iter().map(|x| x * 20.0).collect();
        let output = reference(len, |output| softmax_ref(output, &input, outer, axis_len, inner));
        check(&name, &output, 1e-6, |output| softmax(output, &input, outer, axis_len, inner));

        let grad_output = random_values(len, 2);
        let expected =
            reference(len, |grad| softmax_grad_ref(grad, &grad_output, &output, outer, axis_len, inner));
        check(&name, &expected, 2e-6, |grad| {
            softmax_grad(grad, &grad_output, &output, outer, axis_len, inner);
        });
    }
}

#[test]
fn extreme_rows_behave_as_in_pytorch() {
    let (inf, nan) = (f32::INFINITY, f32::NAN);
    for (inner, axis_len) in [(1, 3), (1, 70), (2, 3)] {
        let check_row = |row: [f32; 3], expected: [f32; 3]| {
            // The row goes to the end of the axis; before it is what has no probability.
            let spread = |values: [f32; 3], fill: f32| {
                let mut spread = vec![fill; axis_len * inner];
                for (j, value) in values.into_iter().enumerate() {
                    spread[(axis_len - 3 + j) * inner..][..inner].fill(value);
                }
                spread
            };
            let input = spread(row, -inf);
            let mut expected = spread(expected, 0.0);
            if expected.iter().any(|value| value.is_nan()) {
                expected.fill(nan);
            }
            check("extreme row", &expected, 1e-6, |output| softmax(output, &input, 1, axis_len, inner));
        };
        check_row([-inf; 3], [nan; 3]);
        check_row([0.0, inf, 0.0], [nan; 3]);
        check_row([0.0, nan, 0.0], [nan; 3]);
        check_row([-inf, 5.0, -inf], [0.0, 1.0, 0.0]);
        check_row([1e30, -1e30, 1e30], [0.5, 0.0, 0.5]);
        check_row([-1e5, -1e5, -1e5], [1.0 / 3.0; 3]);
    }
}
