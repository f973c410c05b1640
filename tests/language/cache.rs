//! State that is carried between calls: keys and values of attention, states of recurrent layers.

use crate::support::*;
use macrograd::prelude::*;

#[model]
pub struct Writer {
    attention: nn::GroupedQueryAttention<8, 4, 2>,
    lstm: nn::Lstm<8, 6, 2>,
}

#[model]
impl Writer {
    pub fn whole<N: Dim, T: Dim>(&self, x: Tensor<N, T, 8>) -> Tensor<N, T, 8> {
        self.attention(x)
    }

    pub fn start<N: Dim, T: Dim>(
        &self,
        x: Tensor<N, T, 8>,
    ) -> (Tensor<N, T, 8>, Tensor<N, 2, T, 2>, Tensor<N, 2, T, 2>) {
        self.attention.start(x)
    }

    pub fn step<N: Dim, T: Dim, S: Dim>(
        &self,
        x: Tensor<N, T, 8>,
        keys: Tensor<N, 2, S, 2>,
        values: Tensor<N, 2, S, 2>,
    ) -> (Tensor<N, T, 8>, Tensor<N, 2, { S + T }, 2>, Tensor<N, 2, { S + T }, 2>) {
        self.attention.step(x, keys, values)
    }

    pub fn states<N: Dim, T: Dim>(&self, x: Tensor<N, T, 8>) -> Tensor<N, T, 6> {
        self.lstm(x)
    }

    pub fn go_on<N: Dim, T: Dim>(
        &self,
        x: Tensor<N, T, 8>,
        h: Tensor<2, N, 6>,
        c: Tensor<2, N, 6>,
    ) -> (Tensor<N, T, 6>, Tensor<2, N, 6>, Tensor<2, N, 6>) {
        self.lstm.run(x, h, c)
    }
}

/// A sequence of seven steps, and its parts.
fn parts() -> Vec<Tensor<f32, (usize, usize, Const<8>)>> {
    let values = sample(2 * 7 * 8, 1);
    let part = |from: usize, to: usize| {
        let rows = (0..2).flat_map(|n| values[(n * 7 + from) * 8..(n * 7 + to) * 8].to_vec());
        Tensor::from_vec((2, to - from, Const::<8>), rows.collect())
    };
    vec![part(0, 7), part(0, 3), part(3, 4), part(4, 7)]
}

/// Steps `from..to` of a result over all seven.
fn of_whole(whole: &[f32], width: usize, from: usize, to: usize) -> Vec<f32> {
    (0..2).flat_map(|n| whole[(n * 7 + from) * width..(n * 7 + to) * width].to_vec()).collect()
}

#[test]
fn attention_goes_on_from_its_keys_and_values() {
    let model = Writer::new(Device::cpu(), 3);
    let parts = parts();
    let whole = model.whole(&parts[0]);
    let (y, keys, values) = model.start(&parts[1]);
    assert_close("beginning", y.as_slice(), &of_whole(whole.as_slice(), 8, 0, 3), 1e-5);
    let (y, keys, values) = model.step(&parts[2], &keys, &values);
    assert_close("one more", y.as_slice(), &of_whole(whole.as_slice(), 8, 3, 4), 1e-5);
    let (y, _, _) = model.step(&parts[3], &keys, &values);
    assert_close("the rest", y.as_slice(), &of_whole(whole.as_slice(), 8, 4, 7), 1e-5);
}

#[test]
fn a_recurrent_layer_goes_on_from_its_state() {
    let model = Writer::new(Device::cpu(), 3);
    let parts = parts();
    let whole = model.states(&parts[0]);
    let zeros = || Tensor::from_vec((Const::<2>, 2, Const::<6>), vec![0.0; 24]);
    let (y, h, c) = model.go_on(&parts[1], &zeros(), &zeros());
    assert_close("beginning", y.as_slice(), &of_whole(whole.as_slice(), 6, 0, 3), 1e-5);
    let (y, h, c) = model.go_on(&parts[2], &h, &c);
    assert_close("one more", y.as_slice(), &of_whole(whole.as_slice(), 6, 3, 4), 1e-5);
    let (y, _, _) = model.go_on(&parts[3], &h, &c);
    assert_close("the rest", y.as_slice(), &of_whole(whole.as_slice(), 6, 4, 7), 1e-5);
}
