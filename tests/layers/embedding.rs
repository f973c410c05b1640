//! Embeddings, and what they answer to an index out of range.

use macrograd::prelude::*;

cases! { "layers_embedding";
    embedding: nn::Embedding<7, 3>, (index: u32[2, 5]) -> [2, 5, 3];
    #[with(padding_idx = -2)] embedding_padded: nn::Embedding<7, 3>, (index: i64[4]) -> [4, 3];
    #[with(mode = "sum")] embedding_bag_sum: nn::EmbeddingBag<7, 3>, (index: u8[3, 3]) -> [3, 3];
    #[with(mode = "sum", padding_idx = 6)]
    embedding_bag_sum_padded: nn::EmbeddingBag<7, 3>, (index: u32[3, 3]) -> [3, 3];
    embedding_bag_mean: nn::EmbeddingBag<7, 3>, (index: u32[3, 3]) -> [3, 3];
    #[with(padding_idx = -1)] embedding_bag_mean_padded: nn::EmbeddingBag<7, 3>, (index: i64[3, 3]) -> [3, 3];
    #[with(mode = "max")] embedding_bag_max: nn::EmbeddingBag<7, 3>, (index: u32[3, 3]) -> [3, 3];
    #[with(mode = "max", padding_idx = 6)]
    embedding_bag_max_padded: nn::EmbeddingBag<7, 3>, (index: u32[3, 3]) -> [3, 3];
    #[with(max_norm = 0.75)] embedding_max_norm: nn::Embedding<7, 3>, (index: u32[2, 3]) -> [2, 3, 3];
    #[with(max_norm = 0.5, norm_type = 1.0)]
    embedding_max_norm_of_order_1: nn::Embedding<7, 3>, (index: u32[2, 3]) -> [2, 3, 3];
    #[with(padding_idx = 6, scale_grad_by_freq = true)]
    embedding_by_frequency: nn::Embedding<7, 3>, (index: i64[2, 3]) -> [2, 3, 3];
    #[with(mode = "sum", padding_idx = 6, max_norm = 0.75, norm_type = 3.0, scale_grad_by_freq = true)]
    embedding_bag_sum_settings: nn::EmbeddingBag<7, 3>, (index: u32[3, 3]) -> [3, 3];
    #[with(padding_idx = 6, max_norm = 0.75, norm_type = 3.0, scale_grad_by_freq = true)]
    embedding_bag_mean_settings: nn::EmbeddingBag<7, 3>, (index: u32[3, 3]) -> [3, 3];
    #[with(mode = "max", max_norm = 0.75)]
    embedding_bag_max_norm: nn::EmbeddingBag<7, 3>, (index: u32[3, 3]) -> [3, 3];
}

#[model]
pub struct Words {
    #[with(padding_idx = -1)]
    table: nn::Embedding<50, 8>,
    plain: nn::Embedding<50, 8>,
    bags: nn::EmbeddingBag<50, 8>,
}

#[model]
impl Words {
    pub fn forward<N: Dim>(&self, index: Tensor<i64, N, 2>) -> Tensor<N, 8> {
        self.table(index).sum(1) + self.plain(index).mean(1) + self.bags(index)
    }
}

#[test]
fn the_padding_starts_at_zero() {
    let net = Words::new(Device::cpu(), 3);
    let tensor = |index: usize| {
        let info = &Words::layout().tensors[index];
        &net.state().values()[info.offset..][..info.numel()]
    };
    let (table, plain) = (tensor(0), tensor(1));
    assert!(table[49 * 8..].iter().all(|&x| x == 0.0));
    let deviation =
        |values: &[f32]| (values.iter().map(|x| f64::from(x * x)).sum::<f64>() / values.len() as f64).sqrt();
    assert!((deviation(&table[..49 * 8]) - 1.0).abs() < 0.15);
    assert!((deviation(plain) - 1.0).abs() < 0.15);
    assert!(plain[49 * 8..].iter().all(|&x| x != 0.0));
}

#[model]
pub struct Short {
    #[with(max_norm = 0.5)]
    table: nn::Embedding<6, 4>,
}

#[model]
impl Short {
    pub fn loss<N: Dim>(&self, index: Tensor<u32, N>) -> Tensor {
        self.table(index).sum()
    }
}

#[test]
fn max_norm_leaves_the_weights_as_they_are() {
    let mut net = Short::new(Device::cpu(), 1);
    let before = net.state().values().to_vec();
    let index = Tensor::from_vec((3,), vec![0, 1, 1]);
    let loss = net.loss(&index);
    assert_eq!(net.state().values(), before);
    // The gradient of a row is 1 for each lookup, however long the row is.
    let (mut workspace, mut grads) = (net.workspace(), net.zero_grads());
    assert_eq!(net.loss_grad_into(&mut workspace, &index, &mut grads), loss);
    assert_eq!(
        grads.gradients().values()[..12],
        [1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 0.0, 0.0, 0.0, 0.0]
    );
    assert_eq!(net.state().values(), before);
    macrograd::optim::Sgd::new(1.0).step(&mut net, &mut grads);
    assert_eq!(net.state().values()[0], before[0] - 1.0);
}

#[test]
fn an_index_out_of_range_is_an_error_that_names_it() {
    let net = Words::new(Device::cpu(), 0);
    let index = Tensor::from_vec((3, Const::<2>), vec![0i64, 49, 7, 50, -1, 3]);
    let error = net.try_forward(&index).expect_err("there are 50 rows");
    assert_eq!(
        error.to_string(),
        "index 50 at position 3 is out of range: the axis has size 50, its places are numbered from 0"
    );
}
