// A constant that is computed by a function.
use macrograd::prelude::*;

const fn width() -> usize {
    384
}

#[dim]
const D: usize = width();

fn main() {}
