//! A model of element-wise functions and reductions, in every arrangement of axes that loops distinguish.

use macrograd::prelude::*;

#[model]
pub struct Elementwise {
    scale: Param<8, 1, 1>,
    shift: Param<30>,
    gain: Param<1>,
}

#[model]
impl Elementwise {
    /// One scalar that depends on everything.
    pub fn loss<N: Dim>(&self, x: Tensor<N, 8, 20, 30>, y: Tensor<N, 30>) -> Tensor {
        let per_channel = (x * self.scale).tanh();
        let along_rows = (per_channel + self.shift).sigmoid();
        let curved = along_rows.gelu() + along_rows.exp() * self.gain;
        let bounded = curved.minimum(x).maximum(per_channel);
        let largest = bounded.max(-1);
        let roots = (along_rows.sum(1) + 1.0).sqrt().ln();
        let spread = (roots.mean(1) - y).abs();
        let masked = select(x.gt(0.5), x / (bounded.abs() + 1.0), -x);
        masked.mean() + spread.sum() + largest.mean() + curved.mean([0, 2, 3]).sum() + y.log_softmax(1).mean()
    }
}
