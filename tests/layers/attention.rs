//! Attention, compiled. Bands that PyTorch has no option for are masks there.

use crate::harness::Case;
use macrograd::prelude::*;

cases! { "attention";
    plain(q: [2, 3, 5, 4], k: [2, 3, 7, 4], v: [2, 3, 7, 6]) -> [2, 3, 5, 6] { q.attention(k, v) };
    scale(q: [2, 3, 5, 4], k: [2, 3, 7, 4], v: [2, 3, 7, 4]) -> [2, 3, 5, 4] {
        attention(q, k, v, scale = -0.75)
    };
    three_axes(q: [3, 5, 4], k: [3, 7, 4], v: [3, 7, 2]) -> [3, 5, 2] { q.attention(k, v) };
    five_axes(q: [2, 1, 3, 4, 2], k: [2, 1, 3, 5, 2], v: [2, 1, 3, 5, 2]) -> [2, 1, 3, 4, 2] {
        q.attention(k, v)
    };
    one_query(q: [2, 2, 1, 8], k: [2, 2, 9, 8], v: [2, 2, 9, 8]) -> [2, 2, 1, 8] { q.attention(k, v) };
    one_key(q: [2, 2, 3, 4], k: [2, 2, 1, 4], v: [2, 2, 1, 4]) -> [2, 2, 3, 4] { q.attention(k, v) };
    blocks(q: [1, 2, 70, 4], k: [1, 2, 140, 4], v: [1, 2, 140, 4]) -> [1, 2, 70, 4] { q.attention(k, v) };
    causal(q: [2, 2, 6, 4], k: [2, 2, 6, 4], v: [2, 2, 6, 4]) -> [2, 2, 6, 4] {
        q.attention(k, v, causal = true)
    };
    causal_more_keys(q: [1, 2, 4, 4], k: [1, 2, 7, 4], v: [1, 2, 7, 4]) -> [1, 2, 4, 4] {
        q.attention(k, v, causal = true)
    };
    causal_more_queries(q: [1, 2, 7, 4], k: [1, 2, 4, 4], v: [1, 2, 4, 4]) -> [1, 2, 7, 4] {
        q.attention(k, v, causal = true)
    };
    causal_blocks(q: [1, 1, 70, 4], k: [1, 1, 140, 4], v: [1, 1, 140, 4]) -> [1, 1, 70, 4] {
        q.attention(k, v, causal = true)
    };
    causal_offset(q: [1, 2, 4, 4], k: [1, 2, 7, 4], v: [1, 2, 7, 4]) -> [1, 2, 4, 4] {
        q.attention(k, v, causal = true, causal_offset = 3)
    };
    causal_offset_negative(q: [1, 2, 6, 4], k: [1, 2, 6, 4], v: [1, 2, 6, 4]) -> [1, 2, 6, 4] {
        q.attention(k, v, causal = true, causal_offset = -2)
    };
    window(q: [1, 2, 9, 4], k: [1, 2, 9, 4], v: [1, 2, 9, 4]) -> [1, 2, 9, 4] {
        q.attention(k, v, causal = true, window = 3)
    };
    window_both_sides(q: [1, 2, 9, 4], k: [1, 2, 9, 4], v: [1, 2, 9, 4]) -> [1, 2, 9, 4] {
        q.attention(k, v, window = 3)
    };
    window_with_offset(q: [1, 2, 4, 4], k: [1, 2, 9, 4], v: [1, 2, 9, 4]) -> [1, 2, 4, 4] {
        q.attention(k, v, causal = true, causal_offset = 5, window = 3)
    };
    groups(q: [2, 6, 5, 4], k: [2, 3, 7, 4], v: [2, 3, 7, 4]) -> [2, 6, 5, 4] { q.attention(k, v) };
    one_group(q: [2, 4, 5, 4], k: [2, 1, 5, 4], v: [2, 1, 5, 4]) -> [2, 4, 5, 4] {
        q.attention(k, v, causal = true)
    };
    mask(q: [2, 2, 5, 4], k: [2, 2, 6, 4], v: [2, 2, 6, 4], mask: [5, 6]) -> [2, 2, 5, 4] {
        q.attention(k, v, mask)
    };
    mask_of_heads(q: [2, 3, 5, 4], k: [2, 3, 6, 4], v: [2, 3, 6, 4], mask: [1, 3, 5, 6]) -> [2, 3, 5, 4] {
        q.attention(k, v, mask = mask)
    };
    mask_of_keys(q: [2, 3, 5, 4], k: [2, 3, 6, 4], v: [2, 3, 6, 4], mask: [2, 1, 1, 6]) -> [2, 3, 5, 4] {
        q.attention(k, v, mask = mask)
    };
    mask_of_queries(q: [2, 3, 5, 4], k: [2, 3, 6, 4], v: [2, 3, 6, 4], mask: [3, 5, 1]) -> [2, 3, 5, 4] {
        q.attention(k, v, mask = mask)
    };
    mask_of_all(q: [2, 3, 5, 4], k: [2, 3, 6, 4], v: [2, 3, 6, 4], mask: [2, 3, 5, 6]) -> [2, 3, 5, 4] {
        q.attention(k, v, mask = mask)
    };
    mask_of_groups(q: [2, 4, 5, 4], k: [2, 2, 6, 4], v: [2, 2, 6, 4], mask: [4, 1, 6]) -> [2, 4, 5, 4] {
        q.attention(k, v, mask = mask)
    };
    mask_and_causal(q: [1, 2, 5, 4], k: [1, 2, 5, 4], v: [1, 2, 5, 4], mask: [2, 5, 5]) -> [1, 2, 5, 4] {
        q.attention(k, v, mask = mask, causal = true)
    };
    seen(q: [2, 2, 5, 4], k: [2, 2, 6, 4], v: [2, 2, 6, 4], mask: [5, 6]) -> [2, 2, 5, 4] {
        q.attention(k, v, mask = mask > -0.5)
    };
    seen_keys(q: [2, 2, 5, 4], k: [2, 2, 6, 4], v: [2, 2, 6, 4], mask: [2, 1, 1, 6]) -> [2, 2, 5, 4] {
        q.attention(k, v, mask = mask > -0.5)
    };
    nothing_seen(q: [1, 2, 5, 4], k: [1, 2, 6, 4], v: [1, 2, 6, 4], mask: [5, 6]) -> [1, 2, 5, 4] {
        q.attention(k, v, mask = mask > -0.5)
    };
}

/// Lengths known at run time; the queries are the last ones of a sequence whose keys are kept.
#[model]
struct Cached {
    #[init(ones)]
    scale: Param,
}

#[model]
impl Cached {
    pub fn forward<B: Dim, T: Dim, S: Dim>(
        &self,
        q: Tensor<B, 2, T, 4>,
        k: Tensor<B, 2, S, 4>,
        v: Tensor<B, 2, S, 4>,
    ) -> Tensor<B, 2, T, 4> {
        q.attention(k, v, causal = true, causal_offset = S - T) * self.scale
    }
}

#[test]
fn lengths_known_at_run_time() {
    let case = Case::read("attention", "causal_offset");
    let (two, four) = (Const::<2>, Const::<4>);
    let mut net = Cached::new(Device::cpu(), 0);
    let q = case.tensor::<f32, _>("input.q", (1, two, 4, four));
    let [k, v] = ["input.k", "input.v"].map(|name| case.tensor::<f32, _>(name, (1, two, 7, four)));
    let (mut workspace, mut grads) = (net.workspace(), net.zero_grads());
    let (out, saved) = net.forward_train(&mut workspace, &q, &k, &v);
    case.compare("out", out.as_slice());
    let seed = case.tensor::<f32, _>("grad_out", (1, two, 4, four));
    let (grad_q, grad_k, grad_v) = saved.backward(&net, &seed, &mut grads);
    case.compare("grad_input.q", grad_q.as_slice());
    case.compare("grad_input.k", grad_k.as_slice());
    case.compare("grad_input.v", grad_v.as_slice());
    case.compare_grads(&mut net, &mut grads);
    case.finish();
    // More queries than keys: the first ones see nothing.
    let out = net.forward(&Tensor::from_vec((1, two, 7, four), k.as_slice().to_vec()), &q, &q);
    assert!(out.as_slice().chunks(4).enumerate().all(|(row, out)| (row % 7 < 3) == (out == [0.0; 4])));
}
