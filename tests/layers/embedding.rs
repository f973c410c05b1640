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
