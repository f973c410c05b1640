// `#[dim]` on an item that is no constant.
use macrograd::prelude::*;

#[dim]
fn width() -> usize {
    384
}

fn main() {}
