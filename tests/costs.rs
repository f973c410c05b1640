//! Costs are constants, and they are true: the workspace takes the bytes that `train_bytes` says.
#![allow(missing_docs)]

mod models;

use macrograd::prelude::*;
use models::lenet::{LeNet, LeNetDims};
use models::resnet::{ResNet, ResNetDims};

const _: () = assert!(LeNet::PARAMETERS == 61_706);
const _: () = assert!(LeNet::train_bytes(LeNetDims { n: 64 }) < 8 << 20, "a batch of 64 trains in 8 MiB");

/// Bytes of a model's flat state, gradients and two moments included.
fn state_bytes<M: Model>() -> usize {
    let layout = M::layout();
    4 * (layout.len + 3 * layout.trainable_len + (layout.len - layout.buffers_start))
}

#[test]
fn train_bytes_are_those_of_the_step() {
    for batch in [1, 7, 64] {
        let net = LeNet::new(Device::cpu(), 0);
        let image = Tensor::zeros((batch, Const::<1>, Const::<28>, Const::<28>));
        let label = Tensor::zeros((batch,));
        let (mut workspace, mut grads) = (net.workspace(), net.zero_grads());
        net.loss_grad_into(&mut workspace, &image, &label, &mut grads);
        let arguments = batch * (28 * 28 * 4 + 1) + 4;
        let expected = state_bytes::<LeNet>() + workspace.bytes() + arguments;
        assert_eq!(LeNet::train_bytes(LeNetDims { n: batch }), expected as u64, "batch {batch}");
    }
    let net = ResNet::new(Device::cpu(), 0);
    let image = Tensor::zeros((3, Const::<3>, Const::<16>, Const::<16>));
    let label = Tensor::zeros((3,));
    let (mut workspace, mut grads) = (net.workspace(), net.zero_grads());
    net.loss_grad_into(&mut workspace, &image, &label, &mut grads);
    let expected = state_bytes::<ResNet>() + workspace.bytes() + 3 * (3 * 256 * 4 + 1) + 4;
    assert_eq!(ResNet::train_bytes(ResNetDims { n: 3 }), expected as u64);
}

#[test]
fn flops_are_counted_by_hand() {
    // Two per multiplication and addition of products and convolutions; the rest is small.
    let products = 2 * (28 * 28 * 6 * 25 + 10 * 10 * 16 * 150 + 400 * 120 + 120 * 84 + 84 * 10);
    let counted = LeNet::flops(LeNetDims { n: 1 });
    assert!(
        counted >= products && counted < products + products / 10,
        "{counted}, products alone {products}"
    );
    assert_eq!(LeNet::flops(LeNetDims { n: 64 }), 64 * counted);
}

#[test]
fn the_summary_is_an_aligned_table() {
    let summary = LeNet::summary();
    println!("{summary}");
    for expected in ["conv1", "fc3", "[N, 6, 28, 28]", "61,706", "48,120"] {
        assert!(summary.contains(expected), "{expected} is missing:\n{summary}");
    }
    let rows: Vec<&str> =
        summary.lines().skip(1).take_while(|line| !line.starts_with("parameters")).collect();
    let shape_column = rows[0].find("output").expect("the header names the columns");
    for row in rows.iter().skip(2).filter(|row| row.contains('[')) {
        assert_eq!(row.find('['), Some(shape_column), "{row}");
    }
}
