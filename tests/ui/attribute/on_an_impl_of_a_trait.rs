// `#[model]` on the impl of a trait.
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
}

trait Forward {}

#[model]
impl Forward for Net {}

fn main() {}
