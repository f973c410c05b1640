//! Attention: of many heads, and of heads in groups with rotated positions and a cache.

use super::Linear;
use crate::{function, model};

/// Rotates the halves of each vector by an angle that grows with its place: `[.., T, D]`, whose first place is `first`.
///
/// Place `p` and feature `i < D / 2` turn by `p · base^(-2 i / D)`, so that the product of a query and a key depends on
/// how far apart they are. Halves are rotated into each other, as in LLaMA.
///
/// # Source
/// Su et al., "RoFormer: Enhanced Transformer with Rotary Position Embedding", 2021.
#[function]
pub fn rotated<N: Dim, H: Dim, T: Dim, D: Dim>(
    x: Tensor<N, H, T, D>,
    first: Tensor,
    base: Tensor,
) -> Tensor<N, H, T, D> {
    let half = D / 2;
    let frequency = (arange(half) as _ * (-2.0 / D as f32) * base.ln()).exp();
    let angle = (arange(T) as _ + first).unsqueeze(1) * frequency;
    let (cos, sin) = (angle.cos(), angle.sin());
    let [a, b] = x.chunk(2, -1);
    concat([a * cos - b * sin, b * cos + a * sin], -1)
}

/// Sines and cosines of each place, to be added to what stands there: `[T, WIDTH]`, sines first in each pair.
///
/// # Source
/// Vaswani et al., "Attention Is All You Need", 2017, section 3.5.
#[model(part)]
pub struct SinusoidalPositions<const WIDTH: usize> {
    #[default(10000.0)]
    base: f32,
}

#[model]
impl<const WIDTH: usize> SinusoidalPositions<WIDTH> {
    /// The input with its positions added.
    #[track_caller]
    pub fn forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, WIDTH>) -> Tensor<N, T, WIDTH> {
        let frequency = (arange(WIDTH / 2) as _ * (-2.0 * ln(self.base) / WIDTH as f32)).exp();
        let angle = (arange(T) as _).unsqueeze(1) * frequency;
        x + stack([angle.sin(), angle.cos()], axis = 2).reshape([T, WIDTH])
    }
}

/// Attention of `HEADS` heads over `WIDTH` features, PyTorch's `MultiheadAttention(batch_first=True)`. What each place
/// sees is never stored as a matrix, neither forward nor backward.
///
/// # Shapes
/// - `x` and result: `[N, T, WIDTH]`; `memory`: `[N, S, WIDTH]`; `mask`: `[N, T]` or `[N, S]`, 1 where there is something
///   to see
/// - `in_proj_weight`: `[3 WIDTH, WIDTH]`, `in_proj_bias`: `[3 WIDTH]`: queries, keys, values; `out_proj`: a [`Linear`]
///
/// Functions: `forward(x)` attends to itself, `masked(x, mask)` to its real places only, `biased(x, scores)` with numbers
/// added to the scores, broadcast to `[N, HEADS, T, T]`; `cross(x, memory)` and `cross_masked(x, memory, mask)` attend to
/// another sequence. A place that sees nothing gives the bias of `out_proj`.
///
/// # Settings
/// `bias = true`; `causal = false`: whether a place sees only itself and what is before it, not in `cross`;
/// `dropout = 0.0`, the rate at which weights of attention are dropped in training.
///
/// # Source
/// Vaswani et al., "Attention Is All You Need", 2017.
#[model(part)]
pub struct MultiHeadAttention<const WIDTH: usize, const HEADS: usize> {
    #[default(true)]
    bias: bool,
    #[default(false)]
    causal: bool,
    #[default(0.0)]
    dropout: f32,
    #[init(xavier_uniform)]
    in_proj_weight: Param<{ 3 * WIDTH }, WIDTH>,
    #[default(bias)]
    #[init(zeros)]
    in_proj_bias: Option<Param<{ 3 * WIDTH }>>,
    #[with(bias = bias)]
    out_proj: Linear<WIDTH, WIDTH>,
}

#[model]
impl<const WIDTH: usize, const HEADS: usize> MultiHeadAttention<WIDTH, HEADS> {
    /// Queries, keys and values of all heads.
    #[track_caller]
    pub fn project<N: Dim, T: Dim>(
        &self,
        x: Tensor<N, T, WIDTH>,
    ) -> Tensor<3, N, HEADS, T, { WIDTH / HEADS }> {
        let all = x.matmul(self.in_proj_weight.t());
        let all = if let Some(bias) = self.in_proj_bias { all + bias } else { all };
        all.reshape([N, T, 3, HEADS, WIDTH / HEADS]).permute([2, 0, 3, 1, 4])
    }

    /// The heads side by side, projected.
    #[track_caller]
    pub fn joined<N: Dim, T: Dim>(
        &self,
        heads: Tensor<N, HEADS, T, { WIDTH / HEADS }>,
    ) -> Tensor<N, T, WIDTH> {
        self.out_proj(heads.permute([0, 2, 1, 3]).reshape([N, T, WIDTH]))
    }

    #[track_caller]
    pub fn forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, WIDTH>) -> Tensor<N, T, WIDTH> {
        let [q, k, v] = self.project(x).unbind(0);
        let dropout = if training() { self.dropout } else { 0.0 };
        self.joined(attention(q, k, v, causal = self.causal, dropout = dropout))
    }

    #[track_caller]
    pub fn masked<N: Dim, T: Dim>(&self, x: Tensor<N, T, WIDTH>, mask: Tensor<N, T>) -> Tensor<N, T, WIDTH> {
        let [q, k, v] = self.project(x).unbind(0);
        let dropout = if training() { self.dropout } else { 0.0 };
        let mask = mask.reshape([N, 1, 1, T]) > 0.5;
        self.joined(attention(q, k, v, mask = mask, causal = self.causal, dropout = dropout))
    }

    #[track_caller]
    pub fn biased<N: Dim, T: Dim>(
        &self,
        x: Tensor<N, T, WIDTH>,
        scores: Tensor<_, T, T>,
    ) -> Tensor<N, T, WIDTH> {
        let [q, k, v] = self.project(x).unbind(0);
        let dropout = if training() { self.dropout } else { 0.0 };
        self.joined(attention(q, k, v, mask = scores, causal = self.causal, dropout = dropout))
    }

    #[track_caller]
    pub fn cross<N: Dim, T: Dim, S: Dim>(
        &self,
        x: Tensor<N, T, WIDTH>,
        memory: Tensor<N, S, WIDTH>,
    ) -> Tensor<N, T, WIDTH> {
        let [q, _, _] = self.project(x).unbind(0);
        let [_, k, v] = self.project(memory).unbind(0);
        let dropout = if training() { self.dropout } else { 0.0 };
        self.joined(attention(q, k, v, dropout = dropout))
    }

    #[track_caller]
    pub fn cross_masked<N: Dim, T: Dim, S: Dim>(
        &self,
        x: Tensor<N, T, WIDTH>,
        memory: Tensor<N, S, WIDTH>,
        mask: Tensor<N, S>,
    ) -> Tensor<N, T, WIDTH> {
        let [q, _, _] = self.project(x).unbind(0);
        let [_, k, v] = self.project(memory).unbind(0);
        let dropout = if training() { self.dropout } else { 0.0 };
        let mask = mask.reshape([N, 1, 1, S]) > 0.5;
        self.joined(attention(q, k, v, mask = mask, dropout = dropout))
    }
}

/// Causal attention of `HEADS` heads whose keys and values are shared by groups, `GROUPS` of them: with `GROUPS = HEADS`
/// each head has its own, with 1 all share one (multi-query attention).
///
/// # Shapes
/// - `x` and result: `[N, T, WIDTH]`; keys and values: `[N, GROUPS, S, WIDTH / HEADS]`
/// - `q_proj` and `o_proj`: [`Linear`] of `WIDTH`; `k_proj` and `v_proj`: to `WIDTH / HEADS · GROUPS`
///
/// Functions: `forward(x)`; `start(x)` returns keys and values, too; `step(x, keys, values)` goes on after them and returns
/// the longer ones, so that a text is continued without computing what is known. Each place sees itself and what is
/// before it.
///
/// # Settings
/// `bias = false`; `rotary = true`: whether queries and keys are rotated by their place (halves into each other, as in LLaMA), with
/// `base = 10000.0`; `dropout = 0.0`, the rate at which weights of attention are dropped in training.
///
/// # Source
/// Ainslie et al., "GQA: Training Generalized Multi-Query Transformer Models from Multi-Head Checkpoints", 2023.
#[model(part)]
pub struct GroupedQueryAttention<const WIDTH: usize, const HEADS: usize, const GROUPS: usize> {
    #[default(false)]
    bias: bool,
    #[default(true)]
    rotary: bool,
    #[default(10000.0)]
    base: f32,
    #[default(0.0)]
    dropout: f32,
    #[with(bias = bias)]
    q_proj: Linear<WIDTH, WIDTH>,
    #[with(bias = bias)]
    k_proj: Linear<WIDTH, { WIDTH / HEADS * GROUPS }>,
    #[with(bias = bias)]
    v_proj: Linear<WIDTH, { WIDTH / HEADS * GROUPS }>,
    #[with(bias = bias)]
    o_proj: Linear<WIDTH, WIDTH>,
}

#[model]
impl<const WIDTH: usize, const HEADS: usize, const GROUPS: usize>
    GroupedQueryAttention<WIDTH, HEADS, GROUPS>
{
    /// Queries, whose first place is `first`.
    #[track_caller]
    pub fn queries<N: Dim, T: Dim>(
        &self,
        x: Tensor<N, T, WIDTH>,
        first: Tensor,
    ) -> Tensor<N, HEADS, T, { WIDTH / HEADS }> {
        let q = self.q_proj(x).reshape([N, T, HEADS, WIDTH / HEADS]).permute([0, 2, 1, 3]);
        if self.rotary { rotated(q, first, self.base) } else { q }
    }

    /// Keys and values, whose first place is `first`.
    #[track_caller]
    pub fn keys<N: Dim, T: Dim>(
        &self,
        x: Tensor<N, T, WIDTH>,
        first: Tensor,
    ) -> (Tensor<N, GROUPS, T, { WIDTH / HEADS }>, Tensor<N, GROUPS, T, { WIDTH / HEADS }>) {
        let k = self.k_proj(x).reshape([N, T, GROUPS, WIDTH / HEADS]).permute([0, 2, 1, 3]);
        let v = self.v_proj(x).reshape([N, T, GROUPS, WIDTH / HEADS]).permute([0, 2, 1, 3]);
        let k = if self.rotary { rotated(k, first, self.base) } else { k };
        (k, v)
    }

    #[track_caller]
    pub fn joined<N: Dim, T: Dim>(
        &self,
        heads: Tensor<N, HEADS, T, { WIDTH / HEADS }>,
    ) -> Tensor<N, T, WIDTH> {
        self.o_proj(heads.permute([0, 2, 1, 3]).reshape([N, T, WIDTH]))
    }

    #[track_caller]
    pub fn forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, WIDTH>) -> Tensor<N, T, WIDTH> {
        let (y, _, _) = self.start(x);
        y
    }

    /// The result for a beginning, and its keys and values.
    #[track_caller]
    pub fn start<N: Dim, T: Dim>(
        &self,
        x: Tensor<N, T, WIDTH>,
    ) -> (Tensor<N, T, WIDTH>, Tensor<N, GROUPS, T, { WIDTH / HEADS }>, Tensor<N, GROUPS, T, { WIDTH / HEADS }>)
    {
        let (k, v) = self.keys(x, 0.0);
        let dropout = if training() { self.dropout } else { 0.0 };
        let y = attention(self.queries(x, 0.0), k, v, causal = true, dropout = dropout);
        (self.joined(y), k, v)
    }

    /// The result for what follows, and all keys and values.
    #[track_caller]
    pub fn step<N: Dim, T: Dim, S: Dim>(
        &self,
        x: Tensor<N, T, WIDTH>,
        keys: Tensor<N, GROUPS, S, { WIDTH / HEADS }>,
        values: Tensor<N, GROUPS, S, { WIDTH / HEADS }>,
    ) -> (
        Tensor<N, T, WIDTH>,
        Tensor<N, GROUPS, { S + T }, { WIDTH / HEADS }>,
        Tensor<N, GROUPS, { S + T }, { WIDTH / HEADS }>,
    ) {
        let first = S as f32;
        let (k, v) = self.keys(x, first);
        let (k, v) = (concat([keys, k], 2), concat([values, v], 2));
        let dropout = if training() { self.dropout } else { 0.0 };
        let q = self.queries(x, first);
        let y = attention(q, k, v, causal = true, causal_offset = S, dropout = dropout);
        (self.joined(y), k, v)
    }
}
