//! Attention in the interpreter, against PyTorch: the cases of `tests/layers/attention.rs`.

use crate::golden_indexing::{GoldenCase, compare_with_pytorch};
use crate::support::*;
use macrograd_compiler::graph::{Builder, Value};

const PLAIN: &[&str] = &["q", "k", "v"];
const MASKED: &[&str] = &["q", "k", "v", "mask"];

/// Attention with arguments by name.
macro_rules! call {
    ($($option:ident = $value:expr),*) => { |b, x| op!(b, attention(x[0], x[1], x[2], $($option = $value),*)) };
}

/// Attention to the keys where the mask is above -0.5.
fn seen(b: &mut Builder, x: &[Value]) -> Value {
    let mask = op!(b, gt(x[3], -0.5));
    op!(b, attention(x[0], x[1], x[2], mask))
}

const CASES: &[GoldenCase] = &[
    ("plain", PLAIN, call!()),
    ("scale", PLAIN, call!(scale = -0.75)),
    ("three_axes", PLAIN, call!()),
    ("five_axes", PLAIN, call!()),
    ("one_query", PLAIN, call!()),
    ("one_key", PLAIN, call!()),
    ("blocks", PLAIN, call!()),
    ("causal", PLAIN, call!(causal = true)),
    ("causal_more_keys", PLAIN, call!(causal = true)),
    ("causal_more_queries", PLAIN, call!(causal = true)),
    ("causal_blocks", PLAIN, call!(causal = true)),
    ("causal_offset", PLAIN, call!(causal = true, causal_offset = 3)),
    ("causal_offset_negative", PLAIN, call!(causal = true, causal_offset = -2)),
    ("window", PLAIN, call!(causal = true, window = 3)),
    ("window_both_sides", PLAIN, call!(window = 3)),
    ("window_with_offset", PLAIN, call!(causal = true, causal_offset = 5, window = 3)),
    ("groups", PLAIN, call!()),
    ("one_group", PLAIN, call!(causal = true)),
    ("mask", MASKED, |b, x| op!(b, attention(x[0], x[1], x[2], mask = x[3]))),
    ("mask_of_heads", MASKED, |b, x| op!(b, attention(x[0], x[1], x[2], mask = x[3]))),
    ("mask_of_keys", MASKED, |b, x| op!(b, attention(x[0], x[1], x[2], mask = x[3]))),
    ("mask_of_queries", MASKED, |b, x| op!(b, attention(x[0], x[1], x[2], mask = x[3]))),
    ("mask_of_all", MASKED, |b, x| op!(b, attention(x[0], x[1], x[2], mask = x[3]))),
    ("mask_of_groups", MASKED, |b, x| op!(b, attention(x[0], x[1], x[2], mask = x[3]))),
    ("mask_and_causal", MASKED, |b, x| op!(b, attention(x[0], x[1], x[2], mask = x[3], causal = true))),
    ("seen", MASKED, seen),
    ("seen_keys", MASKED, seen),
    ("nothing_seen", MASKED, seen),
];

#[test]
fn agrees_with_pytorch() {
    compare_with_pytorch("attention", CASES);
}
