//! A layer in a file of its own.

use macrograd::prelude::*;

#[model(part)]
pub struct FeedForward<const FEATURES: usize> {
    up: nn::Linear<FEATURES, 32>,
    down: nn::Linear<32, FEATURES>,
}

#[model]
impl<const FEATURES: usize> FeedForward<FEATURES> {
    pub fn forward<N: Dim>(&self, x: Tensor<N, FEATURES>) -> Tensor<N, FEATURES> {
        let hidden = self.up(x); // line: sub-model, linear
        let hidden = hidden.tanh(); // line: sub-model, tanh
        self.down(hidden)
    }
}
