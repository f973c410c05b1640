// On an enum.
use macrograd::prelude::*;

#[tensors]
enum State {
    On,
    Off,
}

fn main() {}
