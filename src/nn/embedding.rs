//! Tables of vectors that are looked up by index.

use crate::model;

/// Looks up rows of a table, PyTorch's `Embedding`.
///
/// # Shapes
/// - `index`: any, of whole numbers from 0 below `NUM`: `u32`, `u8` or `i64`; others are an error at run time
/// - result: that of the index with `DIM` at the end
/// - `weight`: `[NUM, DIM]`
///
/// # Settings
/// `padding_idx = NUM`, which means none: the row that it names (from the end if negative) starts at zero and gets no
/// gradient. The other rows start normal with deviation 1, as in PyTorch.
///
/// PyTorch's `max_norm` is left out because it changes the weights while it looks them up, and a forward pass changes
/// nothing here; normalise rows in the model instead. `scale_grad_by_freq` and `sparse` are left out because gradients
/// are dense, in the layout of the weights, and the same whichever batch they come from.
#[model(part)]
pub struct Embedding<const NUM: usize, const DIM: usize> {
    #[default(NUM)]
    padding_idx: isize,
    #[init(normal_except_row(1.0, padding_idx))]
    weight: Param<NUM, DIM>,
}

#[model]
impl<const NUM: usize, const DIM: usize> Embedding<NUM, DIM> {
    #[track_caller]
    pub fn forward(&self, index: Tensor<u32, _>) -> Tensor<Inferred> {
        if self.padding_idx == NUM {
            index.embedding(self.weight)
        } else {
            index.embedding(self.weight, padding_idx = self.padding_idx)
        }
    }
}

/// Sums, means or maxima over bags of rows of a table, PyTorch's `EmbeddingBag` for bags of equal length.
///
/// # Shapes
/// - `index`: `[N, bag]` of whole numbers from 0 below `NUM`: `u32`, `u8` or `i64`; others are an error at run time
/// - result: `[N, DIM]`
/// - `weight`: `[NUM, DIM]`
///
/// # Settings
/// `mode = "mean"` (or `"sum"`, `"max"`), `padding_idx = NUM`, which means none: entries equal to it (from the end if
/// negative) are left out of their bag, and its row starts at zero and gets no gradient. Bags of unequal length are
/// filled up with the padding. The other rows start normal with deviation 1, as in PyTorch.
///
/// Weights for each entry are an argument of the operation, `index.embedding_bag(weight, mode = "sum",
/// per_sample_weights = …)`. About `max_norm`, `scale_grad_by_freq` and `sparse` see [`Embedding`].
#[model(part)]
pub struct EmbeddingBag<const NUM: usize, const DIM: usize> {
    #[default("mean")]
    mode: &'static str,
    #[default(NUM)]
    padding_idx: isize,
    #[init(normal_except_row(1.0, padding_idx))]
    weight: Param<NUM, DIM>,
}

#[model]
impl<const NUM: usize, const DIM: usize> EmbeddingBag<NUM, DIM> {
    #[track_caller]
    pub fn forward<N: Dim, B: Dim>(&self, index: Tensor<u32, N, B>) -> Tensor<N, DIM> {
        if self.padding_idx == NUM {
            index.embedding_bag(self.weight, mode = self.mode)
        } else {
            index.embedding_bag(self.weight, mode = self.mode, padding_idx = self.padding_idx)
        }
    }
}
