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
/// - `padding_idx = NUM`, which means none: the row that it names (from the end if negative) starts at zero and gets no
///   gradient. The other rows start normal with deviation 1, as in PyTorch.
/// - `max_norm = f32::INFINITY`, which means none: rows that are longer are looked up with this norm, of order
///   `norm_type = 2.0`, as `row * max_norm / (norm + 1e-7)`. Their gradient is that of the row itself, as in PyTorch.
/// - `scale_grad_by_freq = false`: whether the gradient of a row is divided by how often `index` names it.
///
/// A forward pass changes nothing here, so `max_norm` leaves the weights as they are: each lookup shortens its own copy
/// of the row. PyTorch writes the shortened rows back into the weights, so there an optimizer's next step starts from
/// the short row, and here from the long one; saved weights differ in the same way.
///
/// PyTorch's `sparse` is left out because gradients are dense, in the layout of the weights.
#[model(part)]
pub struct Embedding<const NUM: usize, const DIM: usize> {
    #[default(NUM)]
    padding_idx: isize,
    #[default(f32::INFINITY)]
    max_norm: f32,
    #[default(2.0)]
    norm_type: f32,
    #[default(false)]
    scale_grad_by_freq: bool,
    #[init(normal_except_row(1.0, padding_idx))]
    weight: Param<NUM, DIM>,
}

#[model]
impl<const NUM: usize, const DIM: usize> Embedding<NUM, DIM> {
    #[track_caller]
    pub fn forward(&self, index: Tensor<u32, _>) -> Tensor<Inferred> {
        if self.padding_idx == NUM {
            index.embedding(
                self.weight,
                max_norm = self.max_norm,
                norm_type = self.norm_type,
                scale_grad_by_freq = self.scale_grad_by_freq,
            )
        } else {
            index.embedding(
                self.weight,
                padding_idx = self.padding_idx,
                max_norm = self.max_norm,
                norm_type = self.norm_type,
                scale_grad_by_freq = self.scale_grad_by_freq,
            )
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
/// - `mode = "mean"` (or `"sum"`, `"max"`).
/// - `padding_idx = NUM`, which means none: entries equal to it (from the end if negative) are left out of their bag, and
///   its row starts at zero and gets no gradient. Bags of unequal length are filled up with the padding. The other rows
///   start normal with deviation 1, as in PyTorch.
/// - `max_norm = f32::INFINITY`, `norm_type = 2.0` and, but for `"max"`, `scale_grad_by_freq = false`, as in
///   [`Embedding`].
///
/// Weights for each entry are an argument of the operation, `index.embedding_bag(weight, mode = "sum",
/// per_sample_weights = …)`. PyTorch's `sparse` is left out, as in [`Embedding`].
#[model(part)]
pub struct EmbeddingBag<const NUM: usize, const DIM: usize> {
    #[default("mean")]
    mode: &'static str,
    #[default(NUM)]
    padding_idx: isize,
    #[default(f32::INFINITY)]
    max_norm: f32,
    #[default(2.0)]
    norm_type: f32,
    #[default(false)]
    scale_grad_by_freq: bool,
    #[init(normal_except_row(1.0, padding_idx))]
    weight: Param<NUM, DIM>,
}

#[model]
impl<const NUM: usize, const DIM: usize> EmbeddingBag<NUM, DIM> {
    #[track_caller]
    pub fn forward<N: Dim, B: Dim>(&self, index: Tensor<u32, N, B>) -> Tensor<N, DIM> {
        if self.padding_idx == NUM {
            index.embedding_bag(
                self.weight,
                mode = self.mode,
                max_norm = self.max_norm,
                norm_type = self.norm_type,
                scale_grad_by_freq = self.scale_grad_by_freq,
            )
        } else {
            index.embedding_bag(
                self.weight,
                mode = self.mode,
                padding_idx = self.padding_idx,
                max_norm = self.max_norm,
                norm_type = self.norm_type,
                scale_grad_by_freq = self.scale_grad_by_freq,
            )
        }
    }
}
