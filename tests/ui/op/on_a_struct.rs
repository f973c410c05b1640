// An operation is a function.
use macrograd::prelude::*;

#[op]
struct Doubled;

fn main() {}
