// A layer in a chain whose width does not fit: shown at the layer.
use macrograd::prelude::*;

#[model(sequential, input = [N, 784])]
struct Mlp(nn::Linear<784, 256>, nn::Relu, nn::Linear<128, 10>);

fn main() {}
