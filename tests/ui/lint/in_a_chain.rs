// A chain of layers: shown at the layer.
#![deny(deprecated)]
use macrograd::prelude::*;

#[model(sequential, input = [N, 8])]
struct Mlp(nn::Linear<8, 4>, nn::Softmax, nn::LogSoftmax);

fn main() {}
