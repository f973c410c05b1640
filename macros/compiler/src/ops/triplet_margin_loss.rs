//! An anchor is nearer to a positive example than to a negative one by a margin:
//! `max(0, d(anchor, positive) - d(anchor, negative) + margin)`.
//!
//! `triplet_margin_loss` measures with [`pairwise_distance`](super::pairwise_distance), as PyTorch's; the other method also
//! with `1 - cosine similarity`. `swap` takes the distance of the two examples where that is smaller than the anchor's
//! to the negative. Source: Balntas et al., "Learning shallow convolutional feature descriptors with triplet losses", 2016.

use super::call::{Build::One, Call, Method, Problem};
use super::cosine_similarity::cosine;
use super::hinge_embedding_loss::hinge;
use super::loss::{combine, positive, reduction, same_shapes};
use super::pairwise_distance::{check_vectors, difference, drop_axis, norm, order};
use super::{optional, required, tensor};
use crate::graph::scalar::{Binary, add, arg, binary, constant, sub};
use crate::graph::{Builder, Value};

/// `anchor.triplet_margin_loss(positive, negative, margin = 1.0, p = 2.0, eps = 1e-6, swap = false, reduction = "mean")` and
/// `anchor.triplet_margin_with_distance_loss(positive, negative, distance = "euclidean", margin = 1.0, swap = false,
/// reduction = "mean")`.
pub const METHODS: &[Method] = &[
    Method {
        name: "triplet_margin_loss",
        params: &[
            tensor("anchor"),
            required("positive"),
            required("negative"),
            optional("margin"),
            optional("p"),
            optional("eps"),
            optional("swap"),
            optional("reduction"),
        ],
        build: One(|call| {
            let measure = Measure::Norm { order: order(call, 4)?, eps: call.float(5, Some(1e-6))? };
            build(call, measure, [3, 6, 7])
        }),
    },
    Method {
        name: "triplet_margin_with_distance_loss",
        params: &[
            tensor("anchor"),
            required("positive"),
            required("negative"),
            optional("distance"),
            optional("margin"),
            optional("swap"),
            optional("reduction"),
        ],
        build: One(|call| {
            let measure = match call.choice(3, Some(0), &["euclidean", "cosine"])? {
                0 => Measure::Norm { order: 2.0, eps: 1e-6 },
                _ => Measure::Cosine,
            };
            build(call, measure, [4, 5, 6])
        }),
    },
];

/// How far two vectors are from each other.
#[derive(Clone, Copy)]
enum Measure {
    Norm { order: f64, eps: f64 },
    Cosine,
}

impl Measure {
    /// Distances along the last axis. `y` may be a number in the place of a tensor full of it.
    fn between(self, builder: &mut Builder, x: Value, y: Value) -> Value {
        let shape = builder.ty(x).shape.clone();
        let axis = shape.len() - 1;
        let y = builder.expand(y, shape);
        match self {
            Measure::Norm { order, eps } => {
                let apart = builder.map(&difference(eps), &[x, y]);
                let distance = norm(builder, apart, order, axis);
                drop_axis(builder, distance, axis)
            }
            Measure::Cosine => {
                let similarity = cosine(builder, x, y, axis, 1e-8);
                builder.map(&sub(constant(1.0), arg(0)), &[similarity])
            }
        }
    }
}

/// Parameters `at` are the margin, `swap` and the reduction.
fn build(call: &mut Call<'_>, measure: Measure, at: [usize; 3]) -> Result<Value, Problem> {
    check_vectors(call)?;
    let operands = same_shapes(call, 3)?;
    let [anchor, near, far] = [operands[0], operands[1], operands[2]];
    let margin = positive(call, at[0], 1.0)?;
    let swap = call.boolean(at[1], Some(false))?;
    let reduction = reduction(call, at[2])?;
    let builder = &mut *call.builder;
    let near_distance = measure.between(builder, anchor, near);
    let mut far_distance = measure.between(builder, anchor, far);
    if swap {
        let examples = measure.between(builder, near, far);
        far_distance = builder.map(&binary(Binary::Minimum, arg(0), arg(1)), &[far_distance, examples]);
    }
    let loss = hinge(add(sub(arg(0), arg(1)), constant(margin)));
    let losses = builder.map(&loss, &[near_distance, far_distance]);
    Ok(combine(builder, losses, reduction))
}
