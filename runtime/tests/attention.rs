//! Attention against its plain form, over sizes beside blocks, groups, bands and masks; with dropout in `dropout`.

mod common;
#[path = "attention/dropout.rs"]
mod dropout;

use common::{check, random_values, reference, run_everywhere};
use macrograd_runtime::ops::attention::{
    Attention, AttentionGrads, AttentionSaved, Mask, attention, attention_grad, attention_grad_ref,
    attention_ref,
};

/// One batch element with one head.
fn shape(queries: usize, keys: usize, head_dim: usize, value_dim: usize) -> Attention {
    let scale = 1.0 / (head_dim.max(1) as f32).sqrt();
    Attention {
        batch: 1,
        heads: 1,
        groups: 1,
        queries,
        keys,
        head_dim,
        value_dim,
        scale,
        first: None,
        last: None,
        dropout: None,
    }
}

/// Random operands.
struct Operands {
    query: Vec<f32>,
    key: Vec<f32>,
    value: Vec<f32>,
    grad_output: Vec<f32>,
}

impl Operands {
    fn new(shape: &Attention) -> Operands {
        let rows = shape.batch * shape.heads * shape.queries;
        let keys = shape.batch * shape.groups * shape.keys;
        Operands {
            query: random_values(rows * shape.head_dim, 1),
            key: random_values(keys * shape.head_dim, 2),
            value: random_values(keys * shape.value_dim, 3),
            grad_output: random_values(rows * shape.value_dim, 4),
        }
    }
}

/// The output and the logarithms.
fn forward<'a>(
    operands: &'a Operands,
    mask: Option<&'a Mask<'a>>,
    shape: &'a Attention,
) -> impl Fn(&mut [f32]) + Sync + 'a {
    let Operands { query, key, value, grad_output } = operands;
    move |out| {
        let (output, log_sum) = out.split_at_mut(grad_output.len());
        attention(output, log_sum, query, key, value, mask, shape);
    }
}

/// Cuts a slice into gradients of the queries, keys, values and mask.
fn grads<'a>(out: &'a mut [f32], operands: &Operands, with_mask: bool) -> AttentionGrads<'a> {
    let (query, out) = out.split_at_mut(operands.query.len());
    let (key, out) = out.split_at_mut(operands.key.len());
    let (value, out) = out.split_at_mut(operands.value.len());
    AttentionGrads { query, key, value, mask: with_mask.then_some(out) }
}

fn check_case(name: &str, shape: &Attention, mask: Option<&Mask<'_>>) {
    let operands = Operands::new(shape);
    let Operands { query, key, value, grad_output } = &operands;
    let rows = shape.batch * shape.heads * shape.queries;
    let name = format!("{name}: {shape:?}");
    let expected = reference(grad_output.len() + rows, |out| {
        let (output, log_sum) = out.split_at_mut(grad_output.len());
        attention_ref(output, log_sum, query, key, value, mask, shape);
    });
    check(&name, &expected, 2e-5, forward(&operands, mask, shape));

    let (output, log_sum) = expected.split_at(grad_output.len());
    let saved = AttentionSaved { query, key, value, mask, output, log_sum };
    let len = query.len() + key.len() + value.len() + mask.map_or(0, |mask| mask.values.len());
    let expected = reference(len, |out| {
        attention_grad_ref(grads(out, &operands, mask.is_some()), grad_output, &saved, shape);
    });
    check(&name, &expected, 1e-4, |out| {
        attention_grad(grads(out, &operands, mask.is_some()), grad_output, &saved, shape);
    });
}

#[test]
fn sizes_around_blocks() {
    for (queries, keys) in [(1, 1), (2, 3), (63, 64), (64, 128), (65, 127), (67, 129), (1, 257), (131, 5)] {
        check_case("sizes", &shape(queries, keys, 8, 8), None);
    }
    for (head_dim, value_dim) in [(1, 1), (3, 17), (16, 1), (31, 64), (64, 33)] {
        check_case("dimensions", &shape(17, 19, head_dim, value_dim), None);
    }
}

#[test]
fn groups_and_batches_are_cut_into_parts() {
    let grouped = |batch, heads, groups, queries, keys| Attention {
        batch,
        heads,
        groups,
        ..shape(queries, keys, 16, 16)
    };
    check_case("groups", &grouped(2, 4, 2, 7, 9), None);
    check_case("one group", &grouped(3, 3, 1, 5, 11), None);
    // Many parts of heads, and few groups whose keys are cut in splits.
    check_case("many", &grouped(5, 6, 3, 67, 71), None);
    check_case("splits", &grouped(1, 2, 1, 131, 521), None);
}

#[test]
fn bands() {
    for (queries, keys) in [(5, 5), (67, 131), (131, 67), (1, 70)] {
        for (first, last) in [
            (None, Some(0)),
            (None, Some(keys as isize - queries as isize)),
            (None, Some(-3)),
            (Some(-2), Some(0)),
            (Some(-70), Some(70)),
            (Some(66), None),
            (Some(isize::MIN), Some(isize::MAX)),
            // Nothing is visible.
            (None, Some(-200)),
            (Some(1), Some(0)),
        ] {
            check_case("band", &Attention { first, last, ..shape(queries, keys, 8, 4) }, None);
        }
    }
    let long = Attention { last: Some(0), batch: 2, heads: 4, groups: 2, ..shape(197, 197, 8, 8) };
    check_case("causal", &long, None);
    check_case("window", &Attention { first: Some(-9), ..long }, None);
}

#[test]
fn masks() {
    let base = Attention { batch: 6, heads: 4, groups: 2, ..shape(67, 131, 8, 8) };
    let (queries, keys) = (base.queries, base.keys);
    // Sizes of the leading axes 2 and 3, of the heads 4; 0 where the mask is repeated.
    for kept in [[true; 3], [true, false, true], [false, true, false], [false, false, true], [false; 3]] {
        for (rows, columns) in [(queries, keys), (1, keys), (queries, 1), (1, 1)] {
            let mut len = rows * columns;
            let mut leading = [(2, 0), (3, 0), (4, 0)];
            for ((size, stride), _) in leading.iter_mut().zip(kept).rev().filter(|(_, kept)| *kept) {
                *stride = len;
                len *= *size;
            }
            let mut values = random_values(len, 9);
            for hidden in values.iter_mut().step_by(3) {
                *hidden = f32::NEG_INFINITY;
            }
            let mask = Mask { values: &values, leading: &leading, rows, columns };
            check_case("mask", &base, Some(&mask));
        }
    }
    let values = random_values(queries * keys, 9);
    let leading = [(base.batch, 0), (base.heads, 0)];
    let mask = Mask { values: &values, leading: &leading, rows: queries, columns: keys };
    check_case("mask and band", &Attention { last: Some(3), first: Some(-40), ..base }, Some(&mask));
}

#[test]
fn queries_that_see_nothing_are_zero() {
    let shape = shape(70, 140, 8, 8);
    let mut values = vec![0.0; 70 * 140];
    for t in [0, 13, 69] {
        values[t * 140..][..140].fill(f32::NEG_INFINITY);
    }
    let mask = Mask { values: &values, leading: &[(1, 0), (1, 0)], rows: 70, columns: 140 };
    check_case("hidden rows", &shape, Some(&mask));
    let operands = Operands::new(&shape);
    for (level, out) in run_everywhere(70 * 8 + 70, forward(&operands, Some(&mask), &shape)) {
        for t in [0, 13, 69] {
            assert_eq!(&out[t * 8..][..8], &[0.0; 8], "{level:?}, query {t}");
            assert_eq!(out[70 * 8 + t], f32::INFINITY);
        }
    }
}

#[test]
fn large_scores_do_not_overflow() {
    let shape = Attention { scale: 300.0, ..shape(33, 150, 8, 8) };
    let operands = Operands::new(&shape);
    for (level, out) in run_everywhere(33 * 8 + 33, forward(&operands, None, &shape)) {
        assert!(out.iter().all(|x| x.is_finite()), "{level:?}");
        let largest = operands.value.iter().fold(0.0, |max: f32, x| max.max(x.abs()));
        assert!(out[..33 * 8].iter().all(|x| x.abs() <= largest * 1.0001), "{level:?}");
    }
}

#[test]
fn a_nan_reaches_the_queries_that_see_it() {
    let shape = Attention { last: Some(0), ..shape(70, 70, 8, 8) };
    let mut operands = Operands::new(&shape);
    operands.key[40 * 8 + 3] = f32::NAN;
    for (level, out) in run_everywhere(70 * 8 + 70, forward(&operands, None, &shape)) {
        for (t, row) in out[..70 * 8].chunks_exact(8).enumerate() {
            assert_eq!(row.iter().all(|x| x.is_nan()), t >= 40, "{level:?}, query {t}");
            assert!(t >= 40 || row.iter().all(|x| x.is_finite()), "{level:?}, query {t}");
        }
    }
}

#[test]
fn empty_axes() {
    check_case("no queries", &shape(0, 3, 4, 4), None);
    check_case("no keys", &shape(3, 0, 4, 4), None);
    check_case("no batch", &Attention { batch: 0, ..shape(3, 2, 4, 4) }, None);
    check_case("vectors of no elements", &shape(3, 5, 0, 4), None);
    check_case("values of no elements", &shape(3, 5, 4, 0), None);
}
