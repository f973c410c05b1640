//! One minus the overlap of a soft mask with the target, for each image and class:
//! `1 - (2 Σ p t + smooth_nr) / (Σ p + Σ t + smooth_dr)`, sums over the axes after the first two; with `squared`,
//! `Σ p²` and `Σ t²` in the denominator.
//!
//! Source: Milletari et al., "V-Net: Fully Convolutional Neural Networks for Volumetric Medical Image Segmentation", 2016
//! (squared); the terms that smooth it, their size and the other form are those of MONAI's `DiceLoss`.

use super::call::{Build::One, Call, Method, Problem};
use super::loss::{combine, reduction, same_shapes};
use super::reduce::ReduceKind;
use super::{optional, required, tensor};
use crate::graph::scalar::{Scalar, add, arg, constant, div, mul, sub};
use crate::graph::{Value, shape_text};

/// `probs.dice_loss(target, smooth_nr = 1e-5, smooth_dr = 1e-5, squared = false, reduction = "mean")`.
pub const METHODS: &[Method] = &[Method {
    name: "dice_loss",
    params: &[
        tensor("probs"),
        required("target"),
        optional("smooth_nr"),
        optional("smooth_dr"),
        optional("squared"),
        optional("reduction"),
    ],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let operands = same_shapes(call, 2)?;
    let shape = call.shape(0)?;
    if shape.len() < 3 {
        return Err(Problem::from(format!(
            "`{}` takes masks [N, classes, …], found {}",
            call.method.name,
            shape_text(&shape)
        ))
        .at(0)
        .help("add an axis for the classes with `reshape`, of size 1 if there is one mask"));
    }
    let (above, below) = (call.float(2, Some(1e-5))?, call.float(3, Some(1e-5))?);
    let squared = call.boolean(4, Some(false))?;
    let reduction = reduction(call, 5)?;
    let builder = &mut *call.builder;
    let size = |x: Scalar| if squared { mul(x.clone(), x) } else { x };
    let [overlap, size] = [mul(arg(0), arg(1)), add(size(arg(0)), size(arg(1)))].map(|term| {
        let terms = builder.map(&term, &operands);
        let sum = builder.reduce(ReduceKind::Sum, terms, (2..shape.len()).collect());
        builder.reshape(sum, shape[..2].to_vec())
    });
    let above = add(mul(constant(2.0), arg(0)), constant(above));
    let loss = sub(constant(1.0), div(above, add(arg(1), constant(below))));
    let losses = builder.map(&loss, &[overlap, size]);
    Ok(combine(builder, losses, reduction))
}
