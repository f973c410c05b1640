// A chain of layers says what it takes.
use macrograd::prelude::*;

#[model(sequential)]
struct Mlp(nn::Linear<784, 256>, nn::Relu, nn::Linear<256, 10>);

fn main() {}
