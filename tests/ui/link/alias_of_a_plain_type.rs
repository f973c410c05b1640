// An alias of a type that is no model.
use macrograd::prelude::*;

struct Encoder<const D: usize>;

#[model]
type Small = Encoder<8>;

fn main() {}
