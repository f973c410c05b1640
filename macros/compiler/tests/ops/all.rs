//! Conditions that hold everywhere or anywhere.

use crate::support::*;

#[test]
pub(crate) fn conditions() {
    let case = Case::new().values(shape![3, 2], &[1.0, 2.0, 1.0, -1.0, -2.0, -1.0]);
    let numbers = |name: &str, axes: Option<i64>, keepdim: bool| {
        let checked = case.run(|b, x| {
            let positive = op!(b, gt(x[0], 0.0));
            let mut args = vec![(None, positive.to_argument()), (Some("keepdim"), keepdim.to_argument())];
            args.extend(axes.map(|axis| (Some("axes"), axis.to_argument())));
            let truth = call(b, name, args).expect("a valid call");
            op!(b, to_f32(truth))
        });
        assert!(checked.grads[0].is_none() || grad(&checked, 0).iter().all(|&grad| grad == 0.0));
        (checked.output.data, checked.output.shape)
    };
    assert_eq!(numbers("all", Some(1), false), (vec![1.0, 0.0, 0.0], vec![3]));
    assert_eq!(numbers("any", Some(1), true), (vec![1.0, 1.0, 0.0], vec![3, 1]));
    assert_eq!(numbers("all", Some(0), false), (vec![0.0, 0.0], vec![2]));
    assert_eq!(numbers("all", None, false), (vec![0.0], vec![]));
    assert_eq!(numbers("any", None, true), (vec![1.0], vec![1, 1]));
}

#[test]
fn problems() {
    let text = problem([f32(shape![2])], |b, [x]| try_op!(b, any(x)));
    assert_eq!(
        text,
        "`any` takes the result of a comparison, found a tensor of `f32`\n\
         help: compare it, for instance `(x != 0.0).any()`\n\
         at 0"
    );
}
