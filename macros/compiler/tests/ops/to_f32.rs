use crate::support::*;

pub(crate) fn whole_numbers() {
    let case = Case::new().labels(shape![3], &[0.0, 7.0, 255.0]).input(shape![3]);
    let checked = case.check(|b, x| {
        let number = op!(b, to_f32(x[0]));
        op!(b, mul(number, x[1]))
    });
    assert!(checked.grads[0].is_none());
    let checked = case.run(|b, x| op!(b, to_f32(x[0])));
    assert_eq!(checked.output.data, [0.0, 7.0, 255.0]);
}

#[test]
fn truth_values_become_one_and_zero() {
    let case = Case::new().values(shape![3], &[-1.0, 0.0, 2.0]);
    let checked = case.run(|b, x| {
        let positive = op!(b, gt(x[0], 0.0));
        op!(b, to_f32(positive))
    });
    assert_eq!(checked.output.data, [0.0, 0.0, 1.0]);
    let checked = case.check(|b, x| op!(b, to_f32(x[0])));
    assert_eq!(checked.output.data, [-1.0, 0.0, 2.0]);
}
