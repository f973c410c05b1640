//! ONNX's operators in terms of our methods.

mod elementwise;
mod indexing;
mod loss;
mod movement;
mod normalization;
mod product;
mod reduction;
mod resize;
mod spatial;

use crate::{Context, Uncovered};
use macrograd_compiler::graph::{Size, Value};
use macrograd_compiler::ops::call::Argument;

type Rule = fn(&mut Context<'_>) -> Result<Vec<Value>, Uncovered>;

/// Operators that are a method of the same tensors, by the method's name.
const SAME: &[(&str, &str)] = &[
    ("Abs", "abs"),
    ("Acos", "acos"),
    ("Acosh", "acosh"),
    ("Add", "add"),
    ("And", "logical_and"),
    ("Asin", "asin"),
    ("Asinh", "asinh"),
    ("Atan", "atan"),
    ("Atanh", "atanh"),
    ("Ceil", "ceil"),
    ("Cos", "cos"),
    ("Cosh", "cosh"),
    ("Det", "det"),
    ("Div", "div"),
    ("Equal", "eq"),
    ("Erf", "erf"),
    ("Exp", "exp"),
    ("Floor", "floor"),
    ("Greater", "gt"),
    ("GreaterOrEqual", "ge"),
    ("HardSwish", "hardswish"),
    ("IsNaN", "is_nan"),
    ("Less", "lt"),
    ("LessOrEqual", "le"),
    ("Log", "ln"),
    ("MatMul", "matmul"),
    ("Mish", "mish"),
    ("Mul", "mul"),
    ("Neg", "neg"),
    ("Not", "logical_not"),
    ("Or", "logical_or"),
    ("Pow", "pow"),
    ("Reciprocal", "recip"),
    ("Relu", "relu"),
    ("Round", "round"),
    ("Sigmoid", "sigmoid"),
    ("Sign", "sign"),
    ("Sin", "sin"),
    ("Sinh", "sinh"),
    ("Softplus", "softplus"),
    ("Softsign", "softsign"),
    ("Sqrt", "sqrt"),
    ("Sub", "sub"),
    ("Tan", "tan"),
    ("Tanh", "tanh"),
    ("Where", "select"),
    ("Xor", "logical_xor"),
];

/// Operators that take more than a name.
const RULES: &[(&str, Rule)] = &[
    ("ArgMax", |c| reduction::arg_extreme(c, "argmax")),
    ("ArgMin", |c| reduction::arg_extreme(c, "argmin")),
    ("Attention", product::attention),
    ("AveragePool", spatial::avg_pool),
    ("BatchNormalization", normalization::batch_norm),
    ("Celu", |c| elementwise::with_alpha(c, "celu", 1.0)),
    ("CenterCropPad", movement::center_crop_pad),
    ("Clip", elementwise::clip),
    ("Col2Im", spatial::col2im),
    ("Concat", movement::concat),
    ("ConstantOfShape", indexing::constant_of_shape),
    ("Conv", spatial::conv),
    ("ConvTranspose", spatial::conv_transpose),
    ("CumProd", |c| reduction::cumulate(c, "cumprod", 1.0)),
    ("CumSum", |c| reduction::cumulate(c, "cumsum", 0.0)),
    ("DepthToSpace", movement::depth_to_space),
    ("Dropout", elementwise::dropout),
    ("Einsum", product::einsum),
    ("Elu", |c| elementwise::with_alpha(c, "elu", 1.0)),
    ("Expand", movement::expand),
    ("EyeLike", indexing::eye_like),
    ("Flatten", movement::flatten),
    ("Gather", |c| indexing::gather(c, "index_select")),
    ("GatherElements", |c| indexing::gather(c, "gather")),
    ("Gelu", elementwise::gelu),
    ("Gemm", product::gemm),
    ("GlobalAveragePool", |c| reduction::global_pool(c, "mean")),
    ("GlobalMaxPool", |c| reduction::global_pool(c, "max")),
    ("GroupNormalization", normalization::group_norm),
    ("HardSigmoid", elementwise::hard_sigmoid),
    ("Hardmax", reduction::hardmax),
    ("Identity", |c| Ok(vec![c.input(0)?])),
    ("InstanceNormalization", normalization::instance_norm),
    ("IsInf", elementwise::is_inf),
    ("LRN", normalization::local_response_norm),
    ("LayerNormalization", normalization::layer_norm),
    ("LeakyRelu", |c| elementwise::with_alpha(c, "leaky_relu", 0.01)),
    ("LogSoftmax", |c| reduction::softmax(c, "log_softmax")),
    ("LpNormalization", normalization::lp_normalization),
    ("Max", |c| elementwise::variadic(c, "maximum")),
    ("MaxPool", spatial::max_pool),
    ("MaxUnpool", spatial::max_unpool),
    ("Mean", elementwise::mean),
    ("MeanVarianceNormalization", normalization::mean_variance),
    ("Min", |c| elementwise::variadic(c, "minimum")),
    ("Mod", elementwise::modulo),
    ("NegativeLogLikelihoodLoss", |c| loss::label_loss(c, "nll_loss")),
    ("OneHot", indexing::one_hot),
    ("PRelu", elementwise::prelu),
    ("Pad", movement::pad),
    ("RMSNormalization", normalization::rms_norm),
    ("Range", indexing::range),
    ("ReduceL1", |c| reduction::reduce(c, &["abs"], "sum", &[])),
    ("ReduceL2", |c| reduction::reduce(c, &["square"], "sum", &["sqrt"])),
    ("ReduceLogSum", |c| reduction::reduce(c, &[], "sum", &["ln"])),
    ("ReduceLogSumExp", |c| reduction::reduce(c, &[], "logsumexp", &[])),
    ("ReduceMax", |c| reduction::reduce(c, &[], "max", &[])),
    ("ReduceMean", |c| reduction::reduce(c, &[], "mean", &[])),
    ("ReduceMin", |c| reduction::reduce(c, &[], "min", &[])),
    ("ReduceProd", |c| reduction::reduce(c, &[], "prod", &[])),
    ("ReduceSum", |c| reduction::reduce(c, &[], "sum", &[])),
    ("ReduceSumSquare", |c| reduction::reduce(c, &["square"], "sum", &[])),
    ("Reshape", movement::reshape),
    ("Resize", resize::resize),
    ("ScatterElements", indexing::scatter_elements),
    ("Selu", elementwise::selu),
    ("Shape", |_| uncovered("sizes, which here are no tensors")),
    ("Shrink", elementwise::shrink),
    ("Size", |_| uncovered("sizes, which here are no tensors")),
    ("Slice", movement::slice),
    ("Softmax", |c| reduction::softmax(c, "softmax")),
    ("SoftmaxCrossEntropyLoss", |c| loss::label_loss(c, "cross_entropy")),
    ("SpaceToDepth", movement::space_to_depth),
    ("Split", movement::split),
    ("Squeeze", |c| movement::squeeze(c, false)),
    ("Sum", |c| elementwise::variadic(c, "add")),
    ("Swish", elementwise::swish),
    ("ThresholdedRelu", elementwise::thresholded_relu),
    ("Tile", movement::tile),
    ("TopK", reduction::topk),
    ("Transpose", movement::transpose),
    ("Trilu", movement::trilu),
    ("Unsqueeze", |c| movement::squeeze(c, true)),
];

/// The outputs of a case.
pub(crate) fn apply(context: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let op = context.case.op.as_str();
    let outputs = if let Some((_, method)) = SAME.iter().find(|(known, _)| *known == op) {
        let values = (0..context.case.inputs.len()).map(|index| context.input(index));
        let values = values.collect::<Result<Vec<Value>, Uncovered>>()?;
        vec![context.call(method, &values)?]
    } else if let Some((_, rule)) = RULES.iter().find(|(known, _)| *known == op) {
        rule(context)?
    } else {
        return Err(Uncovered("no method here".to_string()));
    };
    if outputs.len() < context.case.outputs.len() {
        return Err(Uncovered(format!("output `{}`", context.case.outputs[outputs.len()])));
    }
    Ok(outputs)
}

fn uncovered<T>(reason: impl Into<String>) -> Result<T, Uncovered> {
    Err(Uncovered(reason.into()))
}

fn tensor(value: Value) -> Argument {
    Argument::Tensor(value)
}

fn number(value: i64) -> Argument {
    Argument::Size(value.into())
}

fn numbers(values: impl IntoIterator<Item = i64>) -> Argument {
    Argument::List(values.into_iter().map(number).collect())
}

fn sizes(shape: Vec<Size>) -> Argument {
    Argument::List(shape.into_iter().map(Argument::Size).collect())
}

fn shape(context: &Context<'_>, value: Value) -> Vec<Size> {
    context.builder.ty(value).shape.clone()
}

/// Literal sizes of a tensor.
fn literals(context: &Context<'_>, value: Value) -> Vec<i64> {
    shape(context, value).iter().map(|size| size.as_literal().unwrap_or(0)).collect()
}

fn float(value: f64) -> Argument {
    Argument::Float(value)
}

/// An axis of a tensor of this rank; negative ones count from the end.
fn place(axis: i64, rank: usize) -> usize {
    axis.rem_euclid(rank.max(1) as i64) as usize
}

/// Padding of all axes in the order of [`pad`](movement::pad): two numbers for each from the last one on.
fn from_last(pairs: &[[i64; 2]]) -> Argument {
    numbers(pairs.iter().rev().flatten().copied())
}
