//! Sums of products over named axes.

use crate::support::*;
use macrograd_compiler::graph::{Builder, Size, Value};
use macrograd_compiler::ops::call::Problem;
use macrograd_compiler::reference::{Array, indices};
use std::collections::BTreeMap;

fn einsum(b: &mut Builder, equation: &str, x: &[Value]) -> Result<Value, Problem> {
    match *x {
        [x] => try_op!(b, einsum(equation, x)),
        [x, y] => try_op!(b, einsum(equation, x, y)),
        [x, y, z] => try_op!(b, einsum(equation, x, y, z)),
        _ => unreachable!("tests have up to three operands"),
    }
}

/// The sum of the products of all elements, one by one.
fn naive(equation: &str, operands: &[Array]) -> Array {
    let (inputs, output) = equation.split_once("->").expect("an explicit result");
    let terms: Vec<Vec<char>> =
        inputs.split(',').map(|term| term.chars().filter(|c| *c != ' ').collect()).collect();
    let output: Vec<char> = output.chars().filter(|c| *c != ' ').collect();
    let mut sizes = BTreeMap::new();
    for (term, operand) in terms.iter().zip(operands) {
        for (&axis, &size) in term.iter().zip(&operand.shape) {
            let known = sizes.entry(axis).or_insert(1);
            *known = size.max(*known);
        }
    }
    let axes: Vec<char> = sizes.keys().copied().collect();
    let place = |index: &[usize], term: &[char]| -> Vec<usize> {
        term.iter().map(|axis| index[axes.iter().position(|a| a == axis).expect("a known axis")]).collect()
    };
    let shape: Vec<usize> = output.iter().map(|axis| sizes[axis]).collect();
    let mut out = Array::full(&shape, 0.0);
    for index in indices(&sizes.values().copied().collect::<Vec<_>>()) {
        let factors = terms.iter().zip(operands).map(|(term, operand)| {
            let at: Vec<usize> =
                place(&index, term).iter().zip(&operand.shape).map(|(&i, &size)| i.min(size - 1)).collect();
            operand.at(&at)
        });
        let product: f64 = factors.product();
        let at = out.offset(&place(&index, &output));
        out.data[at] += product;
    }
    out
}

fn check(equation: &str, shapes: &[&[i64]]) {
    let mut random = Random::new(3);
    let (mut case, mut arrays) = (Case::new().size("N", 2), Vec::new());
    for shape in shapes {
        let array = random.array(&shape.iter().map(|&size| size as usize).collect::<Vec<_>>());
        case = case.values(shape.iter().map(|&size| Size::literal(size)).collect(), &array.data);
        arrays.push(array);
    }
    let build = |b: &mut Builder, x: &[Value]| match einsum(b, equation, x) {
        Ok(value) => value,
        Err(problem) => panic!("{}", problem_text(&problem)),
    };
    let checked = case.check(build);
    assert_close(&checked.output, &naive(equation, &arrays), 1e-12, equation);
    case.check_twice(build);
}

#[test]
pub(crate) fn gradient() {
    Case::new()
        .input(shape![2, 3])
        .input(shape![3, 2])
        .check(|b, x| op!(b, einsum("i k, k j -> i j", x[0], x[1])));
    // One operand: permutation, sums, diagonals.
    check("ij->ji", &[&[2, 3]]);
    check("i j ->", &[&[2, 3]]);
    check("i j -> j", &[&[2, 3]]);
    check("i i -> i", &[&[3, 3]]);
    check("i i ->", &[&[3, 3]]);
    check("i j i k -> k i", &[&[2, 3, 2, 2]]);
    check("i i i -> i", &[&[3, 3, 3]]);
    // Two: products in every arrangement of the operands, outer and element-wise products.
    for equation in
        ["ik,kj->ij", "ki,kj->ij", "ik,jk->ij", "ki,jk->ji", "bik,bkj->bij", "bki,bjk->jbi", "kbi,jkb->bij"]
    {
        let size = |axis: char| match axis {
            'b' | 'j' => 2,
            'i' => 3,
            _ => 4,
        };
        let (inputs, _) = equation.split_once("->").expect("an explicit result");
        let shapes: Vec<Vec<i64>> = inputs.split(',').map(|term| term.chars().map(size).collect()).collect();
        check(equation, &[&shapes[0], &shapes[1]]);
    }
    check("i,j->ij", &[&[2], &[3]]);
    check("i,j->ji", &[&[2], &[3]]);
    check("i,i->", &[&[3], &[3]]);
    check("ij,ij->ij", &[&[2, 3], &[2, 3]]);
    check("ij,ji->ij", &[&[2, 3], &[3, 2]]);
    check("ij,kl->k", &[&[2, 3], &[2, 2]]);
    check("i j k, k j l -> l i", &[&[2, 3, 2], &[2, 3, 4]]);
    check("i i, i j -> j", &[&[2, 2], &[2, 3]]);
    check(",i->i", &[&[], &[3]]);
    // Sizes of 1 are repeated.
    check("i k, k j -> i j", &[&[2, 1], &[3, 2]]);
    check("b i, b i -> b i", &[&[1, 3], &[2, 3]]);
    // Three, from left to right.
    check("ij,jk,kl->il", &[&[2, 3], &[3, 2], &[2, 2]]);
    check("b i, b j, i j -> b", &[&[2, 3], &[2, 2], &[3, 2]]);
}

#[test]
fn names_of_several_letters_and_run_time_sizes() {
    let (n, t) = (Size::symbol("N"), Size::symbol("T"));
    let case = Case::new().size("N", 2).size("T", 3).input(shape![n, t, 2, 4]).input(shape![n, t, 2, 4]);
    let checked = case.check(|b, x| {
        op!(b, einsum("batch query head dim, batch key head dim -> batch head query key", x[0], x[1]))
    });
    assert_eq!(checked.output.shape, [2, 2, 3, 3]);
    let case = Case::new().size("N", 3).input(shape![n, n]).input(shape![n]);
    assert_eq!(case.check(|b, x| op!(b, einsum("i i, i -> i", x[0], x[1]))).output.shape, [3]);
}

#[test]
fn implicit_results_and_ellipses() {
    let case = Case::new().input(shape![2, 3]).input(shape![3, 4]);
    assert_eq!(case.check(|b, x| op!(b, einsum("zk,ka", x[0], x[1]))).output.shape, [4, 2]);
    let case = Case::new().input(shape![3, 3]);
    assert_eq!(case.check(|b, x| op!(b, einsum("ii", x[0]))).output.shape, [0usize; 0]);
    let case = Case::new().input(shape![5, 2, 3]).input(shape![1, 3, 4]);
    assert_eq!(case.check(|b, x| op!(b, einsum("...ik,...kj->...ij", x[0], x[1]))).output.shape, [5, 2, 4]);
    assert_eq!(case.check(|b, x| op!(b, einsum("... i k, ... k j", x[0], x[1]))).output.shape, [5, 2, 4]);
    assert_eq!(case.check(|b, x| op!(b, einsum("... i k, ... k j -> i j", x[0], x[1]))).output.shape, [2, 4]);
    let case = Case::new().input(shape![2, 3]).input(shape![5, 4, 3]);
    assert_eq!(
        case.check(|b, x| op!(b, einsum("i ..., ... -> ... i", x[0], x[1]))).output.shape,
        [5, 4, 3, 2]
    );
    let case = Case::new().input(shape![2, 3, 4]);
    assert_eq!(case.check(|b, x| op!(b, einsum("i ... -> ... i", x[0]))).output.shape, [3, 4, 2]);
}

#[test]
fn a_product_takes_transposed_operands_in_its_stride() {
    for equation in ["k i, k j -> i j", "i k, j k -> i j", "b k i, b j k -> b i j"] {
        let batch = equation.starts_with('b');
        let shape = || if batch { shape![2, 3, 3] } else { shape![3, 3] };
        let checked =
            Case::new().input(shape()).input(shape()).run(|b, x| op!(b, einsum(equation, x[0], x[1])));
        assert_eq!(count_ops(&checked.graph).get("permute"), None, "{equation}\n{}", checked.graph);
    }
}

#[test]
fn problems() {
    let types = || [f32(shape![2, 32]), f32(shape![48, 2])];
    let text = problem(types(), |b, x| einsum(b, "i k, k j -> i j", &x));
    assert_eq!(
        text,
        "axis `k` is 32 in the first operand and 48 in the second\n\
         note: the second operand is [48, 2]\n\
         help: give one of the two another name, or make the sizes equal; `k` stands for one size\n\
         at 2"
    );
    let text = problem([f32(shape![2, 3])], |b, x| einsum(b, "i i -> i", &x));
    assert!(text.starts_with("axis `i` is both 2 and 3 in the first operand"), "{text}");
    let text = problem(types(), |b, x| einsum(b, "row k, j l -> rwo j", &x));
    assert_eq!(
        text,
        "the result has an axis `rwo` that no operand has\n\
         note: the operands have `j`, `k`, `l` and `row`\n\
         help: did you mean `row`\n\
         at 0"
    );
    let text = problem(types(), |b, x| einsum(b, "ik,jl->iz", &x));
    assert!(text.contains("help: remove `z` after `->`, or name an axis of an operand so"), "{text}");
    let text = problem(types(), |b, x| einsum(b, "b i k, k j -> i j", &x));
    assert_eq!(
        text,
        "the equation names 3 axes of the first operand, which has 2: [2, 32]\n\
         help: write a name for each axis, with blanks between, or `...` for those that are left as they are\n\
         at 1"
    );
    let text = problem(types(), |b, x| einsum(b, "i k -> i", &x));
    assert_eq!(
        text,
        "the equation \"i k -> i\" names the axes of 1 tensor, but 2 are given\n\
         help: separate the axes of the tensors by commas, in the order of the arguments\n\
         at 0"
    );
    let text = problem(types(), |b, x| einsum(b, "i k, l j -> i i", &x));
    assert!(text.starts_with("axis `i` stands twice in the result"), "{text}");
    let text = problem(types(), |b, x| einsum(b, "i 2, l j -> i", &x));
    assert!(text.starts_with("`2` in the equation of `einsum` is no name of an axis"), "{text}");
    let text = problem(types(), |b, x| einsum(b, "... i ..., l j -> i", &x));
    assert!(text.starts_with("`...` stands twice in \"... i ...\""), "{text}");
    let text = problem(types(), |b, [x, y]| try_op!(b, einsum(x, y)));
    assert!(text.starts_with("`equation` of `einsum` is a text, found a tensor of `f32`"), "{text}");
    let text = problem([u8(shape![2])], |b, x| einsum(b, "i ->", &x));
    assert!(text.starts_with("`einsum` takes an `f32` tensor as `a`, found `u8` of shape [2]"), "{text}");
}
