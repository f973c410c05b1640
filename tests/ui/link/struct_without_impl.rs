// A struct without its impl.
#![deny(warnings)]
use macrograd::prelude::*;

#[model]
struct Net {
    fc: nn::Linear<8, 4>,
}

fn main() {}
