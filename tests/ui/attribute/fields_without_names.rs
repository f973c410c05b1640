// The fields of a model have names.
use macrograd::prelude::*;

#[model]
struct Net(nn::Linear<784, 10>);

fn main() {}
