//! Division by what neighbouring channels hold.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    for shape in [shape![2, 5, 3], shape![1, 2, 2, 2]] {
        let case = Case::new().input(shape);
        for size in [1, 2, 3, 4] {
            case.check_twice(|b, x| {
                op!(b, local_response_norm(x[0], size, alpha = 0.5, beta = 0.6, k = 1.5))
            });
        }
        case.check(|b, x| op!(b, local_response_norm(x[0], size = 3)));
    }
}

/// The window of an even size reaches one channel farther back than ahead.
#[test]
fn windows() {
    let case = Case::new().values(shape![1, 3, 1], &[1.0, 2.0, 3.0]);
    let checked = case.check(|b, x| op!(b, local_response_norm(x[0], 2, alpha = 2.0, beta = 1.0, k = 0.0)));
    let expected = [1.0, 2.0 / 5.0, 3.0 / 13.0];
    assert!(
        checked.output.data.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12),
        "{:?}",
        checked.output
    );
}

#[test]
fn problems() {
    let text = problem([f32(shape![2, 3])], |b, [x]| try_op!(b, local_response_norm(x, 2)));
    assert!(
        text.starts_with("`local_response_norm` takes [N, channels, …] of at least 3 axes, found [2, 3]")
    );
    let text = problem([f32(shape![2, 3, 4])], |b, [x]| try_op!(b, local_response_norm(x, 0)));
    assert!(
        text.starts_with(
            "`size` of `local_response_norm` is a whole number known at compile time, at least 1"
        )
    );
}
