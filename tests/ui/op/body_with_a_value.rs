// The result is written to `out`, not returned.
use macrograd::prelude::*;

#[op]
fn doubled(x: Tensor<_>) -> Tensor<_> {
    x * 2.0
}

fn main() {}
