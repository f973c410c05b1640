//! Attention, positions, and the layers of transformers.

use macrograd::prelude::*;

/// A layer that is called by another of its functions.
macro_rules! called {
    ($($name:ident: $layer:ty, $(#[$setting:meta])? $function:ident($($arg:ident: [$($dim:tt),*]),*);)*) => { $(
        #[model(part)]
        pub struct $name {
            $(#[$setting])?
            inner: $layer,
        }

        #[model]
        impl $name {
            pub fn forward<N: Dim, T: Dim, S: Dim>(&self, $($arg: Tensor<$($dim),*>),*) -> Tensor<N, T, 6> {
                self.inner.$function($($arg),*)
            }
        }
    )* };
}

called! {
    Masked: nn::MultiHeadAttention<6, 2>, #[with(causal = true)] masked(x: [N, T, 6], mask: [N, T]);
    Biased: nn::MultiHeadAttention<6, 2>, biased(x: [N, T, 6], scores: [N, 1, T, T]);
    Cross: nn::MultiHeadAttention<6, 2>, cross(x: [N, T, 6], memory: [N, S, 6]);
    CrossMasked: nn::MultiHeadAttention<6, 2>, cross_masked(x: [N, T, 6], memory: [N, S, 6], mask: [N, S]);
    EncoderMasked: nn::TransformerEncoderLayer<6, 2, 7>, #[with(dropout = 0.0)]
        masked(x: [N, T, 6], mask: [N, T]);
    DecoderMasked: nn::TransformerDecoderLayer<6, 2, 7>, #[with(dropout = 0.0)]
        masked(x: [N, T, 6], memory: [N, S, 6], mask: [N, S]);
}

cases! { "layers_transformer";
    attention: nn::MultiHeadAttention<6, 2>, (x: [2, 5, 6]) -> [2, 5, 6];
    #[with(causal = true)] attention_causal: nn::MultiHeadAttention<6, 3>, (x: [2, 5, 6]) -> [2, 5, 6];
    #[with(bias = false)] attention_without_bias: nn::MultiHeadAttention<6, 1>, (x: [2, 5, 6]) -> [2, 5, 6];
    attention_masked: crate::transformer::Masked, (x: [2, 5, 6], mask: [2, 5]) -> [2, 5, 6];
    attention_biased: crate::transformer::Biased, (x: [2, 5, 6], scores: [2, 1, 5, 5]) -> [2, 5, 6];
    attention_cross: crate::transformer::Cross, (x: [2, 3, 6], memory: [2, 5, 6]) -> [2, 3, 6];
    attention_cross_masked: crate::transformer::CrossMasked,
    (x: [2, 3, 6], memory: [2, 5, 6], mask: [2, 5]) -> [2, 3, 6];
    grouped: nn::GroupedQueryAttention<8, 4, 2>, (x: [2, 5, 8]) -> [2, 5, 8];
    #[with(bias = true, base = 100.0)]
    grouped_one: nn::GroupedQueryAttention<8, 4, 1>, (x: [2, 5, 8]) -> [2, 5, 8];
    #[with(rotary = false)] grouped_plain: nn::GroupedQueryAttention<8, 2, 2>, (x: [2, 5, 8]) -> [2, 5, 8];
    positions: nn::SinusoidalPositions<6>, (x: [2, 5, 6]) -> [2, 5, 6];
    #[with(dropout = 0.0)] encoder: nn::TransformerEncoderLayer<6, 2, 7>, (x: [2, 5, 6]) -> [2, 5, 6];
    #[with(dropout = 0.0, causal = true, norm_first = true, activation = "gelu", bias = false, eps = 0.01)]
    encoder_options: nn::TransformerEncoderLayer<6, 2, 7>, (x: [2, 5, 6]) -> [2, 5, 6];
    encoder_masked: crate::transformer::EncoderMasked, (x: [2, 5, 6], mask: [2, 5]) -> [2, 5, 6];
    #[with(dropout = 0.0)]
    decoder: nn::TransformerDecoderLayer<6, 2, 7>, (x: [2, 5, 6], memory: [2, 5, 6]) -> [2, 5, 6];
    #[with(dropout = 0.0, norm_first = true, activation = "gelu", bias = false, eps = 0.01)]
    decoder_options: nn::TransformerDecoderLayer<6, 2, 7>, (x: [2, 5, 6], memory: [2, 5, 6]) -> [2, 5, 6];
    decoder_masked: crate::transformer::DecoderMasked,
    (x: [2, 5, 6], memory: [2, 5, 6], mask: [2, 5]) -> [2, 5, 6];
}
