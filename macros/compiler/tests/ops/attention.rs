//! Attention.

use crate::support::*;
use macrograd_compiler::graph::{Builder, ElementType, Size, TensorType};

/// Queries, keys and values of two batch elements, lengths known at run time.
fn case(heads: i64, groups: i64) -> Case {
    let (b, t, s) = (Size::symbol("B"), Size::symbol("T"), Size::symbol("S"));
    Case::new()
        .size("B", 2)
        .size("T", 3)
        .size("S", 5)
        .input(shape![b, heads, t, 4])
        .input(shape![b, groups, s, 4])
        .input(shape![b, groups, s, 2])
}

#[test]
pub(crate) fn gradient() {
    let checked = case(2, 2).check(|b, x| op!(b, attention(x[0], x[1], x[2])));
    assert_eq!(checked.output.shape, [2, 2, 3, 2]);
    case(4, 2).check(|b, x| op!(b, attention(x[0], x[1], x[2], causal = true)));
    case(3, 1).check(|b, x| op!(b, attention(x[0], x[1], x[2], scale = 0.3, causal = true, window = 2)));
    case(2, 1).check(|b, x| op!(b, attention(x[0], x[1], x[2], window = 2)));
}

#[test]
fn second_derivative() {
    let errors = case(2, 2).second_error(|b, x| op!(b, attention(x[0], x[1], x[2])));
    assert_eq!(
        errors[0].reason,
        "`attention` has no second derivative: its gradient is a kernel without one"
    );
}

#[test]
fn gradient_of_a_mask() {
    let (b, t, s) = (Size::symbol("B"), Size::symbol("T"), Size::symbol("S"));
    let one = Size::one();
    for mask in [
        shape![b, 4, t, s],
        shape![b, 1, 1, s],
        shape![1, 4, t, 1],
        shape![4, t, s],
        shape![t, s],
        shape![t, 1],
        shape![s],
        shape![one],
        shape![],
    ] {
        let checked = case(4, 2)
            .input(mask.clone())
            .check(|b, x| op!(b, attention(x[0], x[1], x[2], x[3], causal = true, causal_offset = 1)));
        assert!(checked.grads[3].is_some(), "a mask {mask:?} has a gradient");
    }
}

#[test]
fn a_mask_of_truth_values_has_no_gradient() {
    let (t, s) = (Size::symbol("T"), Size::symbol("S"));
    let checked = case(2, 2).input(shape![t, s]).check(|b, x| {
        let mask = op!(b, gt(x[3], -0.7));
        op!(b, attention(x[0], x[1], x[2], mask))
    });
    assert!(checked.grads[3].is_none());
}

#[test]
fn the_offset_may_be_a_difference_of_sizes() {
    let (t, s) = (Size::symbol("T"), Size::symbol("S"));
    let build = |offset: Size| {
        case(2, 2).run(move |b, x| op!(b, attention(x[0], x[1], x[2], causal = true, causal_offset = offset)))
    };
    assert_eq!(build(s.sub(&t)).output, build(2.into()).output);
}

#[test]
fn queries_that_see_nothing_are_zero() {
    let checked =
        case(2, 2).check(|b, x| op!(b, attention(x[0], x[1], x[2], causal = true, causal_offset = -2)));
    for (row, values) in checked.output.data.chunks(2).enumerate() {
        assert_eq!(values == [0.0, 0.0], row % 3 < 2, "query {row}");
    }
    for (row, values) in grad(&checked, 0).chunks(4).enumerate() {
        assert!(row % 3 == 2 || values == [0.0; 4], "query {row}");
    }
}

#[test]
fn gradient_with_dropout() {
    case(2, 2).check(|b, x| op!(b, attention(x[0], x[1], x[2], dropout = 0.4)));
    case(4, 2).check(|b, x| op!(b, attention(x[0], x[1], x[2], causal = true, dropout = 0.4)));
    let (b, t, s) = (Size::symbol("B"), Size::symbol("T"), Size::symbol("S"));
    for mask in [shape![b, 4, t, s], shape![b, 1, 1, s], shape![t, 1], shape![]] {
        let checked = case(4, 2).input(mask.clone()).check(|b, x| {
            op!(b, attention(x[0], x[1], x[2], x[3], causal = true, causal_offset = 1, dropout = 0.4))
        });
        assert!(checked.grads[3].is_some(), "a mask {mask:?} has a gradient");
    }
    // Queries that see nothing.
    let hidden = case(2, 2)
        .check(|b, x| op!(b, attention(x[0], x[1], x[2], causal = true, causal_offset = -2, dropout = 0.4)));
    assert!(hidden.output.data.chunks(6).all(|head| head[..4] == [0.0; 4]));
}

/// Keys of zeros make all weights equal, and unit vectors as values show what they are multiplied by.
#[test]
fn weights_are_dropped_at_the_rate() {
    const KEYS: usize = 30;
    let places = (0..KEYS).flat_map(|row| (0..KEYS).map(move |column| (row, column)));
    let unit: Vec<f64> = places.map(|(row, column)| if row == column { KEYS as f64 } else { 0.0 }).collect();
    let checked = Case::new()
        .input(shape![2, 40, 1])
        .values(shape![2, 30, 1], &[0.0; 2 * KEYS])
        .values(shape![2, 30, 30], &[unit.clone(), unit].concat())
        .run(|b, x| op!(b, attention(x[0], x[1], x[2], dropout = 0.25)));
    let factors = &checked.output.data;
    let kept = factors.iter().filter(|&&factor| factor != 0.0).count() as f64;
    assert!(factors.iter().all(|&factor| factor == 0.0 || (factor - 4.0 / 3.0).abs() < 1e-12));
    let count = factors.len() as f64;
    // Five standard deviations of a binomial distribution.
    assert!((kept - 0.75 * count).abs() < 5.0 * (count * 0.75 * 0.25).sqrt(), "{kept} of {count} are kept");
}

#[test]
fn places_in_the_program_drop_their_own_weights() {
    let checked = case(2, 2).run(|b, x| {
        let at = |b: &mut Builder, site: u64| {
            let mut list: Vec<_> = x.iter().map(|x| (None, x.to_argument())).collect();
            list.push((Some("dropout"), 0.5.to_argument()));
            call_at_site(b, "attention", list, site).expect("a valid call")
        };
        let (first, second) = (at(b, 1), at(b, 2));
        op!(b, sub(first, second))
    });
    assert!(checked.output.data.iter().any(|&value| value != 0.0));
    assert_eq!(count_ops(&checked.graph)["attention"], 4, "two forward, two backward");
}

#[test]
fn rates_zero_and_one() {
    let plain = case(2, 2).run(|b, x| op!(b, attention(x[0], x[1], x[2])));
    let zero = case(2, 2).run(|b, x| op!(b, attention(x[0], x[1], x[2], dropout = 0)));
    assert_eq!(zero.graph.to_string(), plain.graph.to_string());
    let one = case(2, 2).check(|b, x| op!(b, attention(x[0], x[1], x[2], dropout = 1)));
    assert_eq!(one.output.data, [0.0; 24]);
    for index in 0..3 {
        assert!(grad(&one, index).iter().all(|&grad| grad == 0.0));
    }
}

/// The problem with a call on tensors of these shapes.
macro_rules! problem_of {
    ($q:expr, $k:expr, $v:expr; $($arguments:tt)*) => {
        problem([f32($q), f32($k), f32($v)], |b, [q, k, v]| try_op!(b, attention(q, k, v, $($arguments)*)))
    };
}

#[test]
fn problems_of_shapes() {
    let text = problem_of!(shape![3, 4], shape![5, 4], shape![5, 4];);
    assert_eq!(
        text,
        "`attention` takes at least 3 axes [.., H, T, D] as `q`, found 2 [3, 4]\n\
         help: add axes of size 1 with `reshape`\n\
         at 0"
    );
    let text = problem_of!(shape![2, 3, 4], shape![5, 4], shape![5, 4];);
    assert_eq!(
        text,
        "`q` of `attention` has 3 axes, but `k` has 2\n\
         note: `q` is [2, 3, 4], `k` [5, 4], `v` [5, 4]\n\
         help: give `k` the layout [.., G, S, D], with as many axes as `q`\n\
         at 1"
    );
    let text = problem_of!(shape![2, 3, 4], shape![2, 5, 6], shape![2, 5, 4];);
    assert_eq!(
        text,
        "the elements of a query and of a key differ: 4 in `q`, 6 in `k`\n\
         note: `q` is [2, 3, 4], `k` [2, 5, 6], `v` [2, 5, 4]\n\
         help: make axis 2 of both equal\n\
         at 1"
    );
    let text = problem_of!(shape![2, 3, 4], shape![2, 5, 4], shape![1, 5, 4];);
    assert!(text.starts_with("the heads of keys and values differ: 2 in `k`, 1 in `v`\n"), "{text}");
    let text = problem_of!(shape![2, 3, 4], shape![2, 5, 4], shape![2, 6, 4];);
    assert!(text.starts_with("the numbers of keys and values differ: 5 in `k`, 6 in `v`\n"), "{text}");
    let (n, m) = (Size::symbol("N"), Size::symbol("M"));
    let text = problem_of!(shape![n, 2, 3, 4], shape![n, 2, 5, 4], shape![m, 2, 5, 4];);
    assert_eq!(
        text,
        "axis 0 of `q` is N, but that of `v` is M\n\
         note: `q` is [N, 2, 3, 4], `k` [N, 2, 5, 4], `v` [M, 2, 5, 4]\n\
         help: if they are always equal, declare both with `N`\n\
         at 2"
    );
    let text = problem_of!(shape![6, 3, 4], shape![4, 5, 4], shape![4, 5, 4];);
    assert_eq!(
        text,
        "6 heads of queries cannot share 4 heads of keys and values evenly\n\
         note: `q` is [6, 3, 4], `k` [4, 5, 4], `v` [4, 5, 4]\n\
         help: make the number of heads of queries a multiple of that of keys and values\n\
         at 1"
    );
}

#[test]
fn problems_of_masks() {
    let of_mask = |mask: TensorType| {
        let types = [f32(shape![2, 4, 3, 8]), f32(shape![2, 4, 5, 8]), f32(shape![2, 4, 5, 8]), mask];
        problem(types, |b, [q, k, v, mask]| try_op!(b, attention(q, k, v, mask)))
    };
    assert_eq!(
        of_mask(f32(shape![2, 1, 5, 5])),
        "a mask [2, 1, 5, 5] does not broadcast to scores [2, 4, 3, 5]: axis 2 of the scores has size 3, in the mask 5\n\
         note: scores are [.., H, T, S]\n\
         help: make each size of the mask equal to that of the scores, or 1\n\
         at 3"
    );
    let text = of_mask(f32(shape![2, 5]));
    assert!(text.contains("scores [2, 4, 3, 5]: axis 2 of the scores has size 3, in the mask 2\n"), "{text}");
    let text = of_mask(f32(shape![1, 2, 4, 3, 5]));
    assert!(
        text.starts_with("a mask [1, 2, 4, 3, 5] has 5 axes, the scores [2, 4, 3, 5] have 4\n"),
        "{text}"
    );
    assert_eq!(
        of_mask(TensorType { element: ElementType::I64, shape: shape![3, 5] }),
        "`mask` of `attention` is made of truth values or of `f32`, found a tensor of `i64`\n\
         help: compare it, for instance `mask > 0`, or add it to the scores with `as f32`\n\
         at 3"
    );
}

#[test]
fn problems_of_bands() {
    let operands = || (shape![2, 3, 4], shape![2, 5, 4], shape![2, 5, 4]);
    let (q, k, v) = operands();
    assert_eq!(
        problem_of!(q, k, v; causal_offset = 2),
        "`causal_offset` of `attention` has no effect without `causal`\n\
         help: add `causal = true` or a `window`, or leave the offset out\n\
         at 6"
    );
    let (q, k, v) = operands();
    let text = problem_of!(q, k, v; causal = true, causal_offset = 0.5);
    assert_eq!(text, "`causal_offset` of `attention` is a whole number or a size, found 0.5\nat 6");
    let (q, k, v) = operands();
    assert_eq!(
        problem_of!(q, k, v; window = 0),
        "`window` of `attention` is a size, at least 1, found 0\nat 7"
    );
}

#[test]
fn problems_of_dropout() {
    let operands = || (shape![2, 3, 4], shape![2, 5, 4], shape![2, 5, 4]);
    let (q, k, v) = operands();
    assert_eq!(
        problem_of!(q, k, v; dropout = 1.5),
        "`dropout` of `attention` is a probability, 0 to 1, found 1.5\n\
         help: write the part to drop, for instance `dropout = 0.1`\n\
         at 8"
    );
    let (q, k, v) = operands();
    let text = problem_of!(q, k, v; dropout = f64::NAN);
    assert!(text.contains("found NaN"), "{text}");
    let (q, k, v) = operands();
    let n = Size::symbol("N");
    assert_eq!(
        problem_of!(q, k, v; dropout = n),
        "`dropout` of `attention` is a number known at compile time, found N\nat 8"
    );
    let types = [f32(shape![2, 3, 4]), f32(shape![])];
    assert_eq!(
        problem(types, |b, [x, rate]| try_op!(b, attention(x, x, x, dropout = rate))),
        "`dropout` of `attention` is a number, found a tensor of `f32` of shape []\nat 8"
    );
}
