//! Low-rank additions to layers that are no longer trained.

use crate::model;

/// `y = x Wᵀ + b + ALPHA / RANK · dropout(x) Aᵀ Bᵀ`, a linear layer that is fine-tuned by low-rank factors: `W` and `b`
/// stay as they are, `A` and `B` are trained.
///
/// Fine-tuning starts from a trained [`Linear`](super::Linear), whose `weight` and `bias` have the same names and shapes
/// here. `B` is zero at the start, so that nothing changes until the first step. For use without the factors,
/// `merged_weight()` is `W + ALPHA / RANK · B A`.
///
/// # Shapes
/// - `x`: `[…, INPUT_FEATURES]`
/// - result: `[…, OUTPUT_FEATURES]`
/// - `weight`: `[OUTPUT_FEATURES, INPUT_FEATURES]`, `bias`: `[OUTPUT_FEATURES]`, both frozen
/// - `lora_A`: `[RANK, INPUT_FEATURES]`, `lora_B`: `[OUTPUT_FEATURES, RANK]`
///
/// # Settings
/// - `alpha = RANK`: how much the factors count; as it is divided by the rank, `alpha` need not change with it.
/// - `dropout = 0.0`: the rate at which the factors' input is dropped in training.
/// - `bias = true`.
///
/// `weight`, `bias` and `lora_A` start as the weight and the bias of `Linear` do, `lora_B` at zero.
///
/// # Source
/// Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", 2021, <https://arxiv.org/abs/2106.09685>. Names of the
/// factors and their start are those of its authors' `loralib`.
#[model(part)]
pub struct LoraLinear<const INPUT_FEATURES: usize, const OUTPUT_FEATURES: usize, const RANK: usize> {
    #[default(RANK)]
    alpha: f32,
    #[default(0.0)]
    dropout: f32,
    #[frozen]
    #[init(kaiming_uniform(sqrt(5.0)))]
    weight: Param<OUTPUT_FEATURES, INPUT_FEATURES>,
    #[frozen]
    #[init(uniform(1.0 / sqrt(INPUT_FEATURES)))]
    bias: Option<Param<OUTPUT_FEATURES>>,
    #[rename("lora_A")]
    #[init(kaiming_uniform(sqrt(5.0)))]
    lora_a: Param<RANK, INPUT_FEATURES>,
    #[rename("lora_B")]
    #[init(zeros)]
    lora_b: Param<OUTPUT_FEATURES, RANK>,
}

#[model]
impl<const INPUT_FEATURES: usize, const OUTPUT_FEATURES: usize, const RANK: usize>
    LoraLinear<INPUT_FEATURES, OUTPUT_FEATURES, RANK>
{
    #[track_caller]
    pub fn forward(&self, x: Tensor<_, INPUT_FEATURES>) -> Tensor<_, OUTPUT_FEATURES> {
        let kept = if training() { x.dropout(self.dropout) } else { x };
        let change = kept.matmul(self.lora_a.t()).matmul(self.lora_b.t());
        let y = x.matmul(self.weight.t()) + change * (self.alpha / RANK);
        if let Some(bias) = self.bias { y + bias } else { y }
    }

    /// The weight of the linear layer that does the same.
    #[track_caller]
    pub fn merged_weight(&self) -> Tensor<OUTPUT_FEATURES, INPUT_FEATURES> {
        self.weight + self.lora_b.matmul(self.lora_a) * (self.alpha / RANK)
    }
}
