// Not a function.
use macrograd::prelude::*;

#[differentiable]
struct Energy {}

fn main() {}
