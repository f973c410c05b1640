// Labels of another type than the slice.
use macrograd::prelude::*;

#[op]
fn counted<N: Dim>(label: Tensor<u8, N>) -> Tensor {
    out[0] = label.iter().map(|&label| f32::from(label)).sum();
    let _ = N;
}

#[model]
struct Net {
    fc: nn::Linear<8, 8>,
}

#[model]
impl Net {
    pub fn forward<N: Dim>(&self, x: Tensor<N, 8>, label: Tensor<i64, N>) -> Tensor<N, 8> {
        self.fc(x) * counted(label)
    }
}

fn main() {}
