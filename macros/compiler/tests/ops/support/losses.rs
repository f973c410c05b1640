//! What every loss is checked for.

use super::{Case, f32, problem, shape};
use macrograd_compiler::graph::{Builder, Size, Value};
use macrograd_compiler::ops::call::Problem;

/// Checks a loss of two operands of one shape for each reduction, the mean twice differentiated: a scalar, one element, two
/// axes, a run-time dimension. `operands` adds the operands of a shape.
pub(crate) fn check_reductions(
    operands: impl Fn(Case, Vec<Size>) -> Case,
    loss: impl Fn(&mut Builder, &[Value], &str) -> Value,
) {
    let n = Size::symbol("N");
    for shape in [shape![], shape![1], shape![3, 5], shape![n, 3]] {
        let case = operands(Case::new().size("N", 2), shape);
        let mut sums = Vec::new();
        for reduction in ["none", "sum", "mean"] {
            let checked = case.check(|b, x| loss(b, x, reduction));
            let output = &checked.output.data;
            sums.push((output.iter().sum::<f64>(), output.len() as f64));
        }
        case.check_twice(|b, x| loss(b, x, "mean"));
        let [(sum_of_losses, count), (sum, one), (mean, _)] = sums[..] else {
            unreachable!("three reductions")
        };
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-12 * (1.0 + a.abs());
        assert!(one == 1.0 && close(sum, sum_of_losses) && close(mean, sum / count), "{sums:?}");
    }
}

/// The text of the problem with a loss of two operands of shapes `[2, 3]` and `[3]`, and that of another reduction.
pub(crate) fn check_pair_problems(
    name: &str,
    operands: [&str; 2],
    loss: impl Fn(&mut Builder, Value, Value, &str) -> Result<Value, Problem>,
) {
    let [x, target] = operands;
    let text = problem([f32(shape![2, 3]), f32(shape![3])], |b, [x, target]| loss(b, x, target, "mean"));
    assert_eq!(
        text,
        format!(
            "`{target}` of `{name}` has the shape [2, 3], found [3]\n\
             note: `{x}` is [2, 3]\n\
             help: give it the shape with `reshape`, or declare it with 2 axes\n\
             at 1"
        )
    );
    let text = problem([f32(shape![2, 3]), f32(shape![2, 1])], |b, [x, target]| loss(b, x, target, "mean"));
    assert!(text.contains("has the shape [2, 3], found [2, 1]"), "{text}");
    assert!(text.contains("help: change one of the sizes; to repeat a size of 1 on purpose, write `expand`"));
    let text = problem([f32(shape![2]), f32(shape![2])], |b, [x, target]| loss(b, x, target, "average"));
    assert!(
        text.starts_with(&format!("`reduction` of `{name}` is one of \"mean\", \"sum\", \"none\"")),
        "{text}"
    );
}
