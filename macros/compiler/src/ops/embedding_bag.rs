//! Embeddings looked up and reduced in bags: `out[n, d]` is the sum, the mean or the largest of
//! `weight[index[n, ..], d]`.
//!
//! Entries that equal `padding_idx` are left out of their bag, and their row gets no gradient; a bag of nothing else
//! is 0. Of equal largest elements the first has the gradient. Rows are looked up as by `embedding`, with its `max_norm`,
//! `norm_type` and, but for the largest, `scale_grad_by_freq`.

use super::argmax::ArgMax;
use super::call::{Build::One, Call, Method, Problem};
use super::embedding::{index_for_rows, is_padding, read_lookup};
use super::gather::{Gather, check_index};
use super::reduce::ReduceKind;
use super::{optional, required, tensor};
use crate::graph::scalar::{Binary, arg, binary, constant, div, mul, select};
use crate::graph::{Size, Value, shape_text};

/// `index.embedding_bag(weight, mode = "mean", per_sample_weights, padding_idx, max_norm, norm_type = 2,
/// scale_grad_by_freq = false)` with bags of equal length, `[N, bag]`, PyTorch's `functional.embedding_bag`.
pub const METHODS: &[Method] = &[Method {
    name: "embedding_bag",
    params: &[
        tensor("index"),
        required("weight"),
        optional("mode"),
        optional("per_sample_weights"),
        optional("padding_idx"),
        optional("max_norm"),
        optional("norm_type"),
        optional("scale_grad_by_freq"),
    ],
    build: One(build),
}];

const MODES: &[&str] = &["sum", "mean", "max"];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let lookup = read_lookup(call, 4)?;
    let padding = lookup.padding;
    let (index, weight) = (check_index(call, 0)?, call.float_tensor(1)?);
    let bags = call.check_rank(0, 2, "[N, bag]")?;
    let mode = MODES[call.choice(2, Some(1), MODES)?];
    if mode == "max" && lookup.by_frequency {
        return Err(Problem::from(
            "`scale_grad_by_freq` goes with the modes \"sum\" and \"mean\", found \"max\"".to_string(),
        )
        .at(7)
        .help("leave `scale_grad_by_freq` out, or use another `mode`"));
    }
    let sample_weights = check_sample_weights(call, &bags, mode)?;
    let builder = &mut *call.builder;
    let mut rows = lookup.apply(builder, weight, index);
    let features = builder.ty(rows).shape[2].clone();
    if let Some(weights) = sample_weights {
        rows = builder.map(&mul(arg(0), arg(1)), &[rows, weights]);
    }
    let numbers = padding.map(|row| (index_for_rows(builder, index, 1), is_padding(row)));
    if let Some((numbers, is_padding)) = &numbers {
        let ignored = constant(if mode == "max" { f64::NEG_INFINITY } else { 0.0 });
        rows = builder.map(&select(is_padding.clone(), ignored, arg(1)), &[*numbers, rows]);
    }
    // How many entries of each bag count.
    let count = match &numbers {
        Some((numbers, is_padding)) => {
            let one = select(is_padding.clone(), constant(0.0), constant(1.0));
            let ones = builder.map(&one, &[*numbers]);
            builder.reduce(ReduceKind::Sum, ones, vec![1])
        }
        None => crate::ops::call::size_value(builder, &bags[1]),
    };
    let out = match mode {
        "max" => {
            let winners = builder.add(ArgMax { axis: 1, smallest: false }, &[rows]);
            let largest = builder.add(Gather { axis: 1 }, &[rows, winners]);
            let is_empty = binary(Binary::Equal, arg(0), constant(0.0));
            builder.map(&select(is_empty, constant(0.0), arg(1)), &[count, largest])
        }
        mode => {
            let sum = builder.reduce(ReduceKind::Sum, rows, vec![1]);
            let at_least_one = binary(Binary::Maximum, arg(1), constant(1.0));
            if mode == "sum" { sum } else { builder.map(&div(arg(0), at_least_one), &[sum, count]) }
        }
    };
    Ok(builder.reshape(out, vec![bags[0].clone(), features]))
}

/// The factors of the rows, `[N, bag, 1]`.
fn check_sample_weights(call: &mut Call<'_>, bags: &[Size], mode: &str) -> Result<Option<Value>, Problem> {
    if call.given(3).is_none() {
        return Ok(None);
    }
    let weights = call.float_tensor(3)?;
    if mode != "sum" {
        return Err(Problem::from(format!("`per_sample_weights` go with the mode \"sum\", found {mode:?}"))
            .at(3)
            .help("write `mode = \"sum\"`, or leave `per_sample_weights` out"));
    }
    let found = call.shape(3)?;
    if found != bags {
        return Err(Problem::from(format!(
            "an index {} takes `per_sample_weights` {}, found {}",
            shape_text(bags),
            shape_text(bags),
            shape_text(&found)
        ))
        .at(3)
        .help("give one number for each index"));
    }
    let mut shape = bags.to_vec();
    shape.push(Size::one());
    Ok(Some(call.builder.reshape(weights, shape)))
}
