// A chain of layers is a tuple struct.
use macrograd::prelude::*;

#[model(sequential, input = [N, 784])]
struct Mlp {
    fc: nn::Linear<784, 10>,
}

fn main() {}
