// `#[model]` on an item that is no model.
use macrograd::prelude::*;

#[model]
enum Net {
    Small(nn::Linear<8, 4>),
}

fn main() {}
