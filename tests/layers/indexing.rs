//! Operations with indices, einsum and CTC. Places are compared through values that they are multiplied with.

use macrograd::prelude::*;

cases! { "indexing";
    gather(x: [3, 5, 2], index: i64[3, 4, 2]) -> [3, 4, 2] { x.gather(1, index) };
    gather_shorter(x: [4, 3], index: u8[6, 2]) -> [6, 2] { x.gather(0, index) };
    take_along(x: [3, 5], index: u32[1, 4]) -> [3, 4] { x.take_along(index, axis = 1) };
    take_along_flat(x: [3, 5], index: i64[2, 4]) -> [8] { x.take_along(index) };
    scatter(x: [3, 6], index: i64[3, 4], src: [3, 4]) -> [3, 6] { x.scatter(1, index, src) };
    scatter_shorter(x: [3, 6], index: u32[2, 2], src: [3, 4]) -> [3, 6] { x.scatter(1, index, src) };
    scatter_number(x: [4, 3], index: u8[2, 3]) -> [4, 3] { x.scatter(0, index, 2.5) };
    scatter_add(x: [4, 3], index: u32[7, 3], src: [7, 3]) -> [4, 3] { x.scatter_add(0, index, src) };
    index_select(x: [2, 5, 3], index: u8[7]) -> [2, 7, 3] { x.index_select(1, index) };
    index_select_of_two_axes(x: [2, 5, 3], index: i64[2, 4]) -> [2, 2, 4, 3] { x.index_select(1, index) };
    index_add(x: [2, 5], index: u32[7], src: [2, 7]) -> [2, 5] { x.index_add(1, index, src, alpha = -0.5) };
    sort(x: [3, 7]) -> [3, 7] { let (values, places) = x.sort(); values * (places as f32 + 1.0) };
    sort_ties(x: [9, 2]) -> [9, 2] { let (values, places) = x.sort(0); values * (places as f32 + 1.0) };
    sort_ties_descending(x: [9, 2]) -> [9, 2] {
        let (values, places) = x.sort(axis = 0, descending = true);
        values * (places as f32 + 1.0)
    };
    sort_nan(x: [8]) -> [8] { let (values, places) = x.sort(); values * (places as f32 + 1.0) };
    sort_nan_descending(x: [8]) -> [8] {
        let (values, places) = x.sort(descending = true);
        values * (places as f32 + 1.0)
    };
    argsort(x: [2, 6]) -> [2, 6] { x * (x.argsort(1) as f32) };
    topk(x: [2, 7, 2]) -> [2, 3, 2] { let (values, places) = x.topk(3, 1); values * (places as f32 + 1.0) };
    topk_smallest(x: [3, 6]) -> [3, 2] {
        let (values, places) = x.topk(2, largest = false);
        values * (places as f32 + 1.0)
    };
    kthvalue(x: [6, 3]) -> [1, 3] {
        let (value, place) = x.kthvalue(3, 0, keepdim = true);
        value * (place as f32 + 1.0)
    };
    median(x: [3, 6]) -> [3] { let (value, place) = x.median(1); value * (place as f32 + 1.0) };
    median_of_all(x: [3, 5]) -> [] { x.median().0 };
    median_nan(x: [8]) -> [] { let (value, place) = x.median(0); value * (place as f32 + 1.0) };
    searchsorted(rows: [2, 6], x: [2, 4]) -> [2, 4] { x * (rows.searchsorted(x, right = true) as f32) };
    bucketize(x: [3, 4], boundaries: [3]) -> [3, 4] { x * (x.bucketize(boundaries) as f32) };
    einsum_matmul(a: [2, 3, 4], b: [2, 4, 2]) -> [2, 3, 2] { einsum("bik,bkj->bij", a, b) };
    einsum_attention(a: [2, 3, 2, 4], b: [2, 5, 2, 4]) -> [2, 2, 3, 5] {
        einsum("batch query head dim, batch key head dim -> batch head query key", a, b)
    };
    einsum_bilinear(a: [3, 2], b: [4, 2, 5], c: [3, 5]) -> [3, 4] { einsum("b i, o i j, b j -> b o", a, b, c) };
    einsum_diagonal(a: [3, 3, 2], b: [2]) -> [3] { einsum("i i j, j -> i", a, b) };
    einsum_implicit(a: [3, 2], b: [2, 4]) -> [4, 3] { einsum("ca,ab", a, b) };
    einsum_ellipsis(a: [5, 2, 3], b: [3, 1]) -> [5, 2] { einsum("...ik,k...->...i", a, b) };
    einsum_outer(a: [2], b: [3, 2]) -> [2, 2, 3] { einsum("i, j k -> k i j", a, b) };
    einsum_sums(a: [2, 3, 4]) -> [4] { einsum("ijk->k", a) };
    einsum_trace(a: [4, 4]) -> [] { einsum("ii", a) };
    ctc_loss(x: [7, 3, 4], targets: i64[3, 3], input_lengths: i64[3], target_lengths: u8[3]) -> [] {
        x.log_softmax().ctc_loss(targets, input_lengths, target_lengths)
    };
    ctc_loss_each(x: [7, 3, 4], targets: u8[3, 3], input_lengths: u32[3], target_lengths: i64[3]) -> [3] {
        x.log_softmax().ctc_loss(targets, input_lengths, target_lengths, reduction = "none")
    };
    ctc_loss_last_is_blank(x: [7, 3, 5], targets: u32[3, 3], input_lengths: u32[3], target_lengths: u32[3]) -> [] {
        x.log_softmax().ctc_loss(targets, input_lengths, target_lengths, blank = 4, reduction = "sum")
    };
    ctc_loss_impossible(x: [7, 3, 4], targets: u8[3, 3], input_lengths: u8[3], target_lengths: u8[3]) -> [3] {
        x.log_softmax().ctc_loss(targets, input_lengths, target_lengths, reduction = "none")
    };
    ctc_loss_zero_infinity(x: [7, 3, 4], targets: i64[3, 3], input_lengths: i64[3], target_lengths: i64[3]) -> [] {
        x.log_softmax().ctc_loss(targets, input_lengths, target_lengths, zero_infinity = true)
    };
    embedding(index: u32[2, 3], weight: [6, 2]) -> [2, 3, 2] { index.embedding(weight, padding_idx = 3) };
    embedding_bag_sum(index: i64[3, 4], weight: [6, 2]) -> [3, 2] {
        index.embedding_bag(weight, mode = "sum", padding_idx = 5)
    };
    embedding_bag_mean(index: u8[3, 4], weight: [6, 2]) -> [3, 2] { index.embedding_bag(weight, padding_idx = 5) };
    embedding_bag_max(index: u32[3, 4], weight: [6, 2]) -> [3, 2] {
        index.embedding_bag(weight, mode = "max", padding_idx = -1)
    };
    embedding_bag_weighted(index: u32[3, 4], weight: [6, 2], factors: [3, 4]) -> [3, 2] {
        index.embedding_bag(weight, mode = "sum", per_sample_weights = factors)
    };
}

/// Sizes known at run time.
#[model]
pub struct Sizes {
    #[init(ones)]
    scale: Param,
}

#[model]
impl Sizes {
    pub fn scores<N: Dim, T: Dim, S: Dim>(
        &self,
        query: Tensor<N, T, 2, 4>,
        key: Tensor<N, S, 2, 4>,
    ) -> Tensor<N, 2, T, S> {
        einsum("batch query head dim, batch key head dim -> batch head query key", query, key) * self.scale
    }

    pub fn largest<N: Dim>(&self, x: Tensor<N, 2>) -> Tensor<3, 2> {
        x.topk(3, axis = 0).0 * self.scale
    }

    pub fn picked<N: Dim, K: Dim>(&self, x: Tensor<N, 2>, index: Tensor<i64, K>) -> Tensor<K, 2> {
        x.index_select(0, index) * self.scale
    }
}

/// `len` numbers, none like another.
fn numbers(len: usize) -> Vec<f32> {
    (0..len).map(|i| (i * 37 % 101) as f32 / 10.0 - 5.0).collect()
}

#[test]
fn einsum_of_run_time_sizes() {
    let net = Sizes::new(Device::cpu(), 0);
    for (n, t, s) in [(1, 1, 1), (2, 3, 5), (3, 1, 7)] {
        let (query, key) = (numbers(n * t * 8), numbers(n * s * 8));
        let out = net.scores(
            &Tensor::from_vec((n, t, Const::<2>, Const::<4>), query.clone()),
            &Tensor::from_vec((n, s, Const::<2>, Const::<4>), key.clone()),
        );
        let mut found = out.as_slice().iter();
        for b in 0..n {
            for head in 0..2 {
                for (i, j) in (0..t).flat_map(|i| (0..s).map(move |j| (i, j))) {
                    let products = (0..4).map(|d| {
                        query[((b * t + i) * 2 + head) * 4 + d] * key[((b * s + j) * 2 + head) * 4 + d]
                    });
                    let (expected, found) = (products.sum::<f32>(), found.next().expect("an element each"));
                    assert!((found - expected).abs() < 1e-4, "{b} {head} {i} {j}: {found}, {expected}");
                }
            }
        }
    }
}

#[test]
fn errors_of_run_time_sizes() {
    let net = Sizes::new(Device::cpu(), 0);
    let x = |n: usize| Tensor::from_vec((n, Const::<2>), numbers(2 * n));
    assert_eq!(net.largest(&x(3)).as_slice().len(), 6);
    let error = net.try_largest(&x(2)).expect_err("two are less than three");
    assert_eq!(error.to_string(), "an axis of size 2 is too short: 3 elements of it are asked for");
    let index = Tensor::from_vec((4,), vec![0i64, 2, -3, 9]);
    let error = net.try_picked(&x(3), &index).expect_err("there are three rows");
    assert_eq!(
        error.to_string(),
        "index -3 at position 2 is out of range: the axis has size 3, its places are numbered from 0"
    );
}
