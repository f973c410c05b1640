//! Layers of transformers.

use super::{Dropout, LayerNorm, Linear, MultiHeadAttention};
use crate::model;

/// Self-attention and two linear layers, each added to its input: PyTorch's
/// `TransformerEncoderLayer(batch_first=True)`.
///
/// # Shapes
/// - `x` and result: `[N, T, WIDTH]`; `mask`: `[N, T]`, 1 where there is something to see
///
/// Functions: `forward(x)`, and `masked(x, mask)` for sequences of different lengths.
///
/// # Settings
/// `dropout = 0.1` of the weights of attention, after attention, between the linear layers and after them;
/// `activation = "relu"` or any other; `norm_first = false`: whether layers are normalised before instead of after;
/// `causal = false`: whether a place sees only itself and what is before it, as in GPT; `bias = true`; `eps = 1e-5` of
/// the normalisations.
///
/// # Source
/// Vaswani et al., "Attention Is All You Need", 2017; normalised first: Xiong et al., 2020.
#[model(part)]
pub struct TransformerEncoderLayer<const WIDTH: usize, const HEADS: usize, const HIDDEN: usize> {
    #[default(0.1)]
    dropout: f32,
    #[default("relu")]
    activation: &'static str,
    #[default(false)]
    norm_first: bool,
    #[default(false)]
    causal: bool,
    #[default(true)]
    bias: bool,
    #[default(1e-5)]
    eps: f32,
    #[with(causal = causal, bias = bias, dropout = dropout)]
    self_attn: MultiHeadAttention<WIDTH, HEADS>,
    #[with(bias = bias)]
    linear1: Linear<WIDTH, HIDDEN>,
    #[with(bias = bias)]
    linear2: Linear<HIDDEN, WIDTH>,
    #[with(eps = eps, bias = bias)]
    norm1: LayerNorm<WIDTH>,
    #[with(eps = eps, bias = bias)]
    norm2: LayerNorm<WIDTH>,
    #[with(rate = dropout)]
    drop: Dropout,
}

#[model]
impl<const WIDTH: usize, const HEADS: usize, const HIDDEN: usize>
    TransformerEncoderLayer<WIDTH, HEADS, HIDDEN>
{
    #[track_caller]
    pub fn feed_forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, WIDTH>) -> Tensor<N, T, WIDTH> {
        self.drop(self.linear2(self.drop(self.linear1(x).activate(self.activation))))
    }

    #[track_caller]
    pub fn forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, WIDTH>) -> Tensor<N, T, WIDTH> {
        if self.norm_first {
            let x = x + self.drop(self.self_attn(self.norm1(x)));
            x + self.feed_forward(self.norm2(x))
        } else {
            let x = self.norm1(x + self.drop(self.self_attn(x)));
            self.norm2(x + self.feed_forward(x))
        }
    }

    #[track_caller]
    pub fn masked<N: Dim, T: Dim>(&self, x: Tensor<N, T, WIDTH>, mask: Tensor<N, T>) -> Tensor<N, T, WIDTH> {
        if self.norm_first {
            let x = x + self.drop(self.self_attn.masked(self.norm1(x), mask));
            x + self.feed_forward(self.norm2(x))
        } else {
            let x = self.norm1(x + self.drop(self.self_attn.masked(x, mask)));
            self.norm2(x + self.feed_forward(x))
        }
    }
}

/// Causal self-attention, attention to another sequence, and two linear layers, each added to its input: PyTorch's
/// `TransformerDecoderLayer(batch_first=True)` with a causal mask.
///
/// # Shapes
/// - `x` and result: `[N, T, WIDTH]`; `memory`: `[N, S, WIDTH]`; `mask`: `[N, S]`, 1 where there is something to see
///
/// Functions: `forward(x, memory)`, and `masked(x, memory, mask)` for memories of different lengths.
///
/// # Settings
/// Those of [`TransformerEncoderLayer`], and `causal = true`.
///
/// # Source
/// Vaswani et al., "Attention Is All You Need", 2017.
#[model(part)]
pub struct TransformerDecoderLayer<const WIDTH: usize, const HEADS: usize, const HIDDEN: usize> {
    #[default(0.1)]
    dropout: f32,
    #[default("relu")]
    activation: &'static str,
    #[default(false)]
    norm_first: bool,
    #[default(true)]
    causal: bool,
    #[default(true)]
    bias: bool,
    #[default(1e-5)]
    eps: f32,
    #[with(causal = causal, bias = bias, dropout = dropout)]
    self_attn: MultiHeadAttention<WIDTH, HEADS>,
    #[with(bias = bias, dropout = dropout)]
    multihead_attn: MultiHeadAttention<WIDTH, HEADS>,
    #[with(bias = bias)]
    linear1: Linear<WIDTH, HIDDEN>,
    #[with(bias = bias)]
    linear2: Linear<HIDDEN, WIDTH>,
    #[with(eps = eps, bias = bias)]
    norm1: LayerNorm<WIDTH>,
    #[with(eps = eps, bias = bias)]
    norm2: LayerNorm<WIDTH>,
    #[with(eps = eps, bias = bias)]
    norm3: LayerNorm<WIDTH>,
    #[with(rate = dropout)]
    drop: Dropout,
}

#[model]
impl<const WIDTH: usize, const HEADS: usize, const HIDDEN: usize>
    TransformerDecoderLayer<WIDTH, HEADS, HIDDEN>
{
    #[track_caller]
    pub fn feed_forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, WIDTH>) -> Tensor<N, T, WIDTH> {
        self.drop(self.linear2(self.drop(self.linear1(x).activate(self.activation))))
    }

    #[track_caller]
    pub fn forward<N: Dim, T: Dim, S: Dim>(
        &self,
        x: Tensor<N, T, WIDTH>,
        memory: Tensor<N, S, WIDTH>,
    ) -> Tensor<N, T, WIDTH> {
        if self.norm_first {
            let x = x + self.drop(self.self_attn(self.norm1(x)));
            let x = x + self.drop(self.multihead_attn.cross(self.norm2(x), memory));
            x + self.feed_forward(self.norm3(x))
        } else {
            let x = self.norm1(x + self.drop(self.self_attn(x)));
            let x = self.norm2(x + self.drop(self.multihead_attn.cross(x, memory)));
            self.norm3(x + self.feed_forward(x))
        }
    }

    #[track_caller]
    pub fn masked<N: Dim, T: Dim, S: Dim>(
        &self,
        x: Tensor<N, T, WIDTH>,
        memory: Tensor<N, S, WIDTH>,
        mask: Tensor<N, S>,
    ) -> Tensor<N, T, WIDTH> {
        if self.norm_first {
            let x = x + self.drop(self.self_attn(self.norm1(x)));
            let x = x + self.drop(self.multihead_attn.cross_masked(self.norm2(x), memory, mask));
            x + self.feed_forward(self.norm3(x))
        } else {
            let x = self.norm1(x + self.drop(self.self_attn(x)));
            let x = self.norm2(x + self.drop(self.multihead_attn.cross_masked(x, memory, mask)));
            self.norm3(x + self.feed_forward(x))
        }
    }
}
