//! Scaled dot-product attention: `out[t] = Σⱼ p[t, j] v[j]`, where `p[t]` is the softmax over the keys `j` that query `t`
//! sees of `scale · q[t]·k[j] + mask[t, j]`.
//!
//! With `ds = p (dy·v - dy·out)`, `dq = scale ds k`, `dk = scale dsᵀ q`, `dv = pᵀ dy`, and the gradient of the mask is the
//! sum of `ds` over what it is repeated along. Weights are never stored: the backward pass computes them again from the
//! logarithm of the sum of exponentials, the node's second output.
//!
//! With dropout, weights are multiplied by `m`, 0 or `1 / (1 - rate)`, after the softmax: `out[t] = Σⱼ m[t, j] p[t, j] v[j]`,
//! `ds = p (m dy·v - dy·out)` and `dv = (m p)ᵀ dy`. Which ones are dropped depends on seed, step, the place in the program
//! and the weight's place only, so that the backward pass draws the same again. Always active where it is asked for:
//! layers ask `training()`.
//!
//! A query that sees no key has the output 0 and gradients of 0, as in PyTorch since version 2.5; a softmax of such
//! scores is NaN.
//! Source: Dao et al., "FlashAttention: Fast and Memory-Efficient Exact Attention with IO-Awareness", NeurIPS 2022.

use super::call::{Build::One, Method};
use super::{KernelCall, Operation, Vjp, optional, required, tensor};
use crate::emit::{emit_float, emit_plain_number};
use crate::graph::scalar::Number;
use crate::graph::types::product;
use crate::graph::{ElementType, Size, TensorType, Value};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

mod arguments;
mod reference;

/// `attention(q, k, v, mask, causal = false, scale = 1 / sqrt(D), causal_offset = 0, window, dropout = 0)`.
///
/// `q` `[.., H, T, D]`, `k` `[.., G, S, D]`, `v` `[.., G, S, E]`; the result is `[.., H, T, E]`. Head `h` uses the keys
/// and values of head `h / (H / G)`. Query `t` stands at `t + causal_offset`: with `causal` it sees the keys up to
/// there, with `window` those that are less than so far away. A mask of truth values says which keys may be seen, one of
/// numbers is added to the scores; it is broadcast to `[.., H, T, S]`. Each weight is dropped with probability `dropout`, in
/// inference as well.
pub const METHODS: &[Method] = &[Method {
    name: "attention",
    params: &[
        tensor("q"),
        required("k"),
        required("v"),
        optional("mask"),
        optional("causal"),
        optional("scale"),
        optional("causal_offset"),
        optional("window"),
        optional("dropout"),
    ],
    build: One(arguments::build),
}];

/// What attention and its gradient are told.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct AttentionOptions {
    /// What scores are multiplied by; 1 over the square root of the size of a key when missing.
    pub scale: Option<Number>,
    /// Query `t` sees no key before `t + first`.
    pub first: Option<Size>,
    /// Query `t` sees no key after `t + last`.
    pub last: Option<Size>,
    /// Which weights are dropped.
    pub dropout: Option<WeightDropout>,
}

/// Each weight is zero with a probability, else divided by that of staying.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct WeightDropout {
    /// Probability of dropping, above 0.
    pub rate: Number,
    /// Identity of the place in the program.
    pub site: u64,
}

/// Output `[.., H, T, E]` and logarithms `[.., H, T]`, from queries, keys, values and, if there is one, a mask with as
/// many axes.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Attention {
    /// Settings.
    pub options: AttentionOptions,
}

/// Gradients of queries, keys, values and, if there is one, the mask, from that of the output, the operands of
/// [`Attention`] and its outputs.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct AttentionGrad {
    /// Settings.
    pub options: AttentionOptions,
    /// Whether the last output is the gradient of the mask.
    pub of_mask: bool,
}

impl AttentionOptions {
    fn text(&self) -> String {
        let mut text = String::new();
        if let Some(scale) = self.scale {
            text += &format!(" scale {scale:?}");
        }
        for (name, bound) in [("from", &self.first), ("to", &self.last)] {
            if let Some(bound) = bound {
                text += &format!(" {name} t + {bound}");
            }
        }
        if let Some(WeightDropout { rate, site }) = &self.dropout {
            text += &format!(" dropout {} at {site:016x}", rate.value());
        }
        text
    }

    /// The struct that the kernels take, for these queries, keys and values.
    fn tokens(&self, call: &KernelCall<'_>, [q, k, v]: [&TensorType; 3]) -> TokenStream {
        let (runtime, iteration) = (call.runtime, call.iteration);
        let rank = q.rank();
        let batch = product(&q.shape[..rank - 3]).to_tokens();
        let [heads, queries, head_dim] = [3, 2, 1].map(|from_end| q.shape[rank - from_end].to_tokens());
        let [groups, keys] = [3, 2].map(|from_end| k.shape[rank - from_end].to_tokens());
        let value_dim = v.shape[rank - 1].to_tokens();
        let scale = match (self.scale, q.shape[rank - 1].as_literal()) {
            (Some(scale), _) => emit_plain_number(scale.value()),
            (None, Some(head_dim)) => emit_plain_number(1.0 / (head_dim as f64).sqrt()),
            (None, None) => {
                let float = emit_float();
                quote!(1.0 / ((#head_dim) as #float).sqrt())
            }
        };
        let [first, last] = [&self.first, &self.last].map(|bound| match bound {
            Some(bound) => {
                let bound = bound.to_signed_tokens();
                quote!(::core::option::Option::Some(#bound))
            }
            None => quote!(::core::option::Option::None),
        });
        let dropout = match &self.dropout {
            Some(WeightDropout { rate, site }) => {
                let rate = emit_plain_number(rate.value());
                quote!(::core::option::Option::Some(#runtime::ops::attention::WeightDropout {
                    rate: #rate, key: random_key, site: #site.wrapping_add(#iteration),
                }))
            }
            None => quote!(::core::option::Option::None),
        };
        quote!(&#runtime::ops::attention::Attention {
            batch: #batch, heads: #heads, groups: #groups, queries: #queries, keys: #keys,
            head_dim: #head_dim, value_dim: #value_dim, scale: #scale, first: #first, last: #last,
            dropout: #dropout,
        })
    }
}

/// The mask as the kernels take it.
fn mask_tokens(call: &KernelCall<'_>, index: usize, of_scores: &[Size]) -> TokenStream {
    let (Some(values), Some(ty)) = (call.inputs.get(index), call.input_types.get(index)) else {
        return quote!(::core::option::Option::None);
    };
    let (runtime, rank) = (call.runtime, ty.rank());
    let leading = (0..rank - 2).map(|axis| {
        let size = of_scores[axis].to_tokens();
        let is_repeated = ty.shape[axis].is_one();
        let stride = if is_repeated { quote!(0) } else { product(&ty.shape[axis + 1..]).to_tokens() };
        quote!((#size, #stride))
    });
    let (rows, columns) = (ty.shape[rank - 2].to_tokens(), ty.shape[rank - 1].to_tokens());
    quote!(::core::option::Option::Some(&#runtime::ops::attention::Mask {
        values: #values, leading: &[#(#leading),*], rows: #rows, columns: #columns,
    }))
}

/// The shape of the scores.
fn scores_shape(q: &TensorType, k: &TensorType) -> Vec<Size> {
    let rank = q.rank();
    let mut shape = q.shape[..rank - 1].to_vec();
    shape.push(k.shape[rank - 2].clone());
    shape
}

/// Queries, keys and values fit, and so does the mask, if there is one.
fn check_types(inputs: &[&TensorType]) -> Result<(), String> {
    let ([q, k, v] | [q, k, v, _]) = inputs else {
        return Err(format!("expected 3 or 4 operands, found {}", inputs.len()));
    };
    let rank = q.rank();
    let fits = inputs.iter().all(|ty| ty.element == ElementType::Real && ty.rank() == rank)
        && rank >= 3
        && k.shape[..rank - 1] == v.shape[..rank - 1]
        && q.shape[..rank - 3] == k.shape[..rank - 3]
        && q.shape[rank - 1] == k.shape[rank - 1]
        && q.shape[rank - 3].exact_div(&k.shape[rank - 3]).is_some();
    let mask_fits = inputs.get(3).is_none_or(|mask| {
        mask.shape.iter().zip(scores_shape(q, k)).all(|(size, of_scores)| size.is_one() || *size == of_scores)
    });
    if fits && mask_fits { Ok(()) } else { Err(format!("attention of {q}, {k}, {v}")) }
}

impl Operation for Attention {
    fn text(&self) -> String {
        format!("attention{}", self.options.text())
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_types(inputs)?;
        let rows = &inputs[0].shape[..inputs[0].rank() - 1];
        let mut output = rows.to_vec();
        output.extend(inputs[2].shape.last().cloned());
        Ok(vec![TensorType::real(output), TensorType::real(rows.to_vec())])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let mut operands = vec![vjp.grad()];
        operands.extend(vjp.inputs);
        operands.extend(vjp.outputs);
        let of_mask = vjp.needed.get(3).is_some_and(|&needed| needed);
        let op = AttentionGrad { options: self.options.clone(), of_mask };
        let grads = vjp.builder.try_add(op.into(), &operands)?;
        let mut grads: Vec<Option<Value>> = grads.into_iter().map(Some).collect();
        grads.resize(vjp.inputs.len(), None);
        Ok(grads)
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        self.options.evaluate(inputs, outputs, sizes)
    }

    fn is_random(&self) -> bool {
        self.options.dropout.is_some()
    }

    /// Two products; hidden keys count as if they were seen.
    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> Size {
        let [head_dim, value_dim] = sizes_of_rows(inputs);
        product(&scores_shape(inputs[0], inputs[1])).mul(&head_dim.add(&value_dim)).mul(&2.into())
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let runtime = call.runtime;
        let [q, k, v] = [0, 1, 2].map(|index| call.input_types[index]);
        let options = self.options.tokens(call, [q, k, v]);
        let mask = mask_tokens(call, 3, &scores_shape(q, k));
        let (operands, outputs) = (&call.inputs[..3], call.outputs);
        Some(quote!(#runtime::ops::attention::attention(#(#outputs,)* #(#operands,)* #mask, #options)))
    }

    /// For instance the logarithm of the sum of no weights, of a row that is masked as a whole.
    fn makes_infinities(&self) -> bool {
        true
    }
}

/// Elements of a key and of a value.
fn sizes_of_rows(inputs: &[&TensorType]) -> [Size; 2] {
    [1, 2].map(|index: usize| inputs[index].shape.last().cloned().unwrap_or_default())
}

impl AttentionGrad {
    /// Operands of the forward node among `count` operands.
    fn operands(count: usize) -> std::ops::Range<usize> {
        1..count.saturating_sub(2)
    }
}

impl Operation for AttentionGrad {
    fn text(&self) -> String {
        let of_mask = if self.of_mask { " with that of the mask" } else { "" };
        format!("attention gradient{}{of_mask}", self.options.text())
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        let operands = inputs.get(Self::operands(inputs.len())).unwrap_or_default();
        check_types(operands)?;
        let count = if self.of_mask { 4 } else { 3 };
        if count > operands.len() {
            return Err("the gradient of a mask that attention does not have".to_string());
        }
        Ok(operands[..count].iter().map(|&ty| ty.clone()).collect())
    }

    fn vjp(&self, _: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        Err("`attention` has no second derivative: its gradient is a kernel without one".to_string())
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        let operands = &inputs[Self::operands(inputs.len())];
        self.options.evaluate_grad(inputs[0], operands, outputs, sizes)
    }

    fn is_random(&self) -> bool {
        self.options.dropout.is_some()
    }

    /// The scores again and four products; two more where the mask has a gradient.
    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> Size {
        let operands = &inputs[Self::operands(inputs.len())];
        let [head_dim, value_dim] = sizes_of_rows(operands);
        let again = i64::from(self.of_mask);
        let per_score = head_dim.mul(&(3 + again).into()).add(&value_dim.mul(&(2 + again).into()));
        product(&scores_shape(operands[0], operands[1])).mul(&per_score).mul(&2.into())
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let (runtime, inputs) = (call.runtime, call.inputs);
        let operands = Self::operands(inputs.len());
        let [q, k, v] = [0, 1, 2].map(|index| call.input_types[operands.start + index]);
        let options = self.options.tokens(call, [q, k, v]);
        let [grad_output, query, key, value] = [0, 1, 2, 3].map(|index| &inputs[index]);
        let mask = if operands.len() > 3 {
            mask_tokens(call, 4, &scores_shape(q, k))
        } else {
            quote!(::core::option::Option::None)
        };
        let (output, log_sum) = (&inputs[operands.end], &inputs[operands.end + 1]);
        let [grad_query, grad_key, grad_value] = [0, 1, 2].map(|index| &call.outputs[index]);
        let grad_mask = match call.outputs.get(3) {
            Some(grad) => quote!(::core::option::Option::Some(#grad)),
            None => quote!(::core::option::Option::None),
        };
        Some(quote!(#runtime::ops::attention::attention_grad(
            #runtime::ops::attention::AttentionGrads {
                query: #grad_query, key: #grad_key, value: #grad_value, mask: #grad_mask,
            },
            #grad_output,
            &#runtime::ops::attention::AttentionSaved {
                query: #query, key: #key, value: #value, mask: #mask, output: #output, log_sum: #log_sum,
            },
            #options
        )))
    }
}
