//! ONNX's operators in terms of our methods.

use crate::{Context, Uncovered};
use macrograd_compiler::graph::types::product;
use macrograd_compiler::graph::{ElementType, Size, Value};
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
    ("PRelu", "prelu"),
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
    ("ArgMax", |c| arg_extreme(c, "argmax")),
    ("ArgMin", |c| arg_extreme(c, "argmin")),
    ("AveragePool", |c| pool(c, "avg_pool")),
    ("BatchNormalization", batch_norm),
    ("Clip", clip),
    ("Concat", concat),
    ("Conv", conv),
    ("Dropout", dropout),
    ("Elu", |c| with_alpha(c, "elu", 1.0)),
    ("Expand", expand),
    ("Flatten", flatten),
    ("Gelu", gelu),
    ("Gemm", gemm),
    ("GlobalAveragePool", |c| global_pool(c, "mean")),
    ("GlobalMaxPool", |c| global_pool(c, "max")),
    ("Identity", |c| Ok(vec![c.input(0)?])),
    ("LeakyRelu", |c| with_alpha(c, "leaky_relu", 0.01)),
    ("LogSoftmax", |c| softmax(c, false)),
    ("Max", |c| variadic(c, "maximum")),
    ("MaxPool", |c| pool(c, "max_pool")),
    ("Mean", mean),
    ("Min", |c| variadic(c, "minimum")),
    ("NegativeLogLikelihoodLoss", |c| label_loss(c, "nll_loss")),
    ("ReduceL1", |c| reduce(c, &["abs"], "sum", &[])),
    ("ReduceL2", |c| reduce(c, &["square"], "sum", &["sqrt"])),
    ("ReduceLogSum", |c| reduce(c, &[], "sum", &["ln"])),
    ("ReduceLogSumExp", |c| reduce(c, &["exp"], "sum", &["ln"])),
    ("ReduceMax", |c| reduce(c, &[], "max", &[])),
    ("ReduceMean", |c| reduce(c, &[], "mean", &[])),
    ("ReduceMin", |c| reduce(c, &[], "min", &[])),
    ("ReduceProd", |c| reduce(c, &[], "prod", &[])),
    ("ReduceSum", |c| reduce(c, &[], "sum", &[])),
    ("ReduceSumSquare", |c| reduce(c, &["square"], "sum", &[])),
    ("Reshape", reshape),
    ("Slice", slice),
    ("Softmax", |c| softmax(c, true)),
    ("SoftmaxCrossEntropyLoss", |c| label_loss(c, "cross_entropy")),
    ("Split", split),
    ("Squeeze", |c| squeeze(c, false)),
    ("Sum", |c| variadic(c, "add")),
    ("Transpose", transpose),
    ("Unsqueeze", |c| squeeze(c, true)),
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
        return Err(Uncovered("no rule".to_string()));
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

fn variadic(c: &mut Context<'_>, method: &str) -> Result<Vec<Value>, Uncovered> {
    let mut result = c.input(0)?;
    for index in 1..c.case.inputs.len() {
        let next = c.input(index)?;
        result = c.call(method, &[result, next])?;
    }
    Ok(vec![result])
}

fn mean(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let sum = variadic(c, "add")?[0];
    let count = c.builder.constant(c.case.inputs.len() as f64);
    Ok(vec![c.call("div", &[sum, count])?])
}

fn with_alpha(c: &mut Context<'_>, method: &str, default: f64) -> Result<Vec<Value>, Uncovered> {
    let (x, alpha) = (c.input(0)?, c.case.float("alpha", default));
    Ok(vec![c.call_with(method, vec![tensor(x), Argument::Float(alpha)], Vec::new())?])
}

fn gelu(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let x = c.input(0)?;
    let named = match c.case.text("approximate") {
        Some("tanh") => vec![("approximate", Argument::Text("tanh".to_string()))],
        _ => Vec::new(),
    };
    Ok(vec![c.call_with("gelu", vec![tensor(x)], named)?])
}

fn clip(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let mut x = c.input(0)?;
    for (index, method) in [(1, "maximum"), (2, "minimum")] {
        if c.case.inputs.get(index).is_some_and(|name| !name.is_empty()) {
            let bound = c.input(index)?;
            x = c.call(method, &[x, bound])?;
        }
    }
    Ok(vec![x])
}

fn softmax(c: &mut Context<'_>, exponent: bool) -> Result<Vec<Value>, Uncovered> {
    let x = c.input(0)?;
    let axis = c.case.integer("axis", -1);
    let log = c.call_with("log_softmax", vec![tensor(x), number(axis)], Vec::new())?;
    Ok(vec![if exponent { c.call("exp", &[log])? } else { log }])
}

/// Axes from the second input, or from the attribute of older versions.
fn axes(c: &Context<'_>) -> Option<Vec<i64>> {
    c.case.indices(1).or_else(|| c.case.integers("axes"))
}

fn reduce(
    c: &mut Context<'_>,
    before: &[&str],
    method: &str,
    after: &[&str],
) -> Result<Vec<Value>, Uncovered> {
    let mut x = c.input(0)?;
    let axes = axes(c).unwrap_or_default();
    let apply = |c: &mut Context<'_>, x: Value, name: &str| match name {
        "square" => c.call("mul", &[x, x]),
        name => c.call(name, &[x]),
    };
    for name in before {
        x = apply(c, x, name)?;
    }
    let nothing = axes.is_empty() && c.case.integer("noop_with_empty_axes", 0) == 1;
    if !nothing {
        let mut named = vec![("keepdim", Argument::Bool(c.case.integer("keepdims", 1) == 1))];
        if !axes.is_empty() {
            named.push(("axes", numbers(axes)));
        }
        x = c.call_with(method, vec![tensor(x)], named)?;
    }
    for name in after {
        x = apply(c, x, name)?;
    }
    Ok(vec![x])
}

fn arg_extreme(c: &mut Context<'_>, method: &str) -> Result<Vec<Value>, Uncovered> {
    if c.case.integer("select_last_index", 0) == 1 {
        return uncovered("the last of equal elements; ours is the first, as PyTorch's");
    }
    let x = c.input(0)?;
    let (axis, keepdim) = (c.case.integer("axis", 0), c.case.integer("keepdims", 1) == 1);
    let named = vec![("keepdim", Argument::Bool(keepdim))];
    Ok(vec![c.call_with(method, vec![tensor(x), number(axis)], named)?])
}

fn reshape(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let x = c.input(0)?;
    let from = literals(c, x);
    let keep_zero = c.case.integer("allowzero", 0) == 0;
    let mut to = c.case.indices(1).unwrap_or_default();
    for (axis, size) in to.iter_mut().enumerate() {
        if *size == 0 && keep_zero {
            *size = from.get(axis).copied().unwrap_or(0);
        }
    }
    if let Some(open) = to.iter().position(|&size| size == -1) {
        let known: i64 = to.iter().filter(|&&size| size != -1).product();
        to[open] = from.iter().product::<i64>() / known.max(1);
    }
    Ok(vec![c.call_with("reshape", vec![tensor(x), numbers(to)], Vec::new())?])
}

/// Everything before the axis, and everything from it on.
fn flatten(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let x = c.input(0)?;
    let from = shape(c, x);
    let axis = c.case.integer("axis", 1);
    let axis = if axis < 0 { axis + from.len() as i64 } else { axis } as usize;
    let to = vec![product(&from[..axis]), product(&from[axis..])];
    Ok(vec![c.call_with("reshape", vec![tensor(x), sizes(to)], Vec::new())?])
}

fn squeeze(c: &mut Context<'_>, insert: bool) -> Result<Vec<Value>, Uncovered> {
    let x = c.input(0)?;
    let mut to = shape(c, x);
    let given = axes(c).unwrap_or_default();
    let rank = (to.len() + if insert { given.len() } else { 0 }) as i64;
    let mut axes: Vec<usize> = given.iter().map(|&axis| axis.rem_euclid(rank) as usize).collect();
    if !insert && axes.is_empty() {
        axes = (0..to.len()).filter(|&axis| to[axis].is_one()).collect();
    }
    axes.sort_unstable();
    if insert {
        axes.into_iter().for_each(|axis| to.insert(axis, Size::one()));
    } else {
        axes.into_iter().rev().for_each(|axis| drop(to.remove(axis)));
    }
    Ok(vec![c.call_with("reshape", vec![tensor(x), sizes(to)], Vec::new())?])
}

fn expand(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let x = c.input(0)?;
    let mut to = c.case.indices(1).unwrap_or_default();
    let from = literals(c, x);
    // ONNX broadcasts both ways: a 1 asked for leaves the size as it is.
    while to.len() < from.len() {
        to.insert(0, 1);
    }
    let added = to.len() - from.len();
    for (axis, &size) in from.iter().enumerate() {
        if to[added + axis] == 1 {
            to[added + axis] = size;
        }
    }
    Ok(vec![c.call_with("expand", vec![tensor(x), numbers(to)], Vec::new())?])
}

fn transpose(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let x = c.input(0)?;
    let rank = shape(c, x).len() as i64;
    let axes = c.case.integers("perm").unwrap_or_else(|| (0..rank).rev().collect());
    Ok(vec![c.call_with("permute", vec![tensor(x), numbers(axes)], Vec::new())?])
}

fn concat(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let values = (0..c.case.inputs.len()).map(|index| c.input(index));
    let values = values.collect::<Result<Vec<Value>, Uncovered>>()?;
    let list = Argument::List(values.into_iter().map(tensor).collect());
    let axis = c.case.integer("axis", 0);
    Ok(vec![c.call_with("concat", vec![list, number(axis)], Vec::new())?])
}

fn slice(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let x = c.input(0)?;
    let from = literals(c, x);
    let (starts, ends) = (c.case.indices(1).unwrap_or_default(), c.case.indices(2).unwrap_or_default());
    let axes = c.case.indices(3).unwrap_or_else(|| (0..starts.len() as i64).collect());
    if c.case.indices(4).is_some_and(|steps| steps.iter().any(|&step| step != 1)) {
        return uncovered("steps other than 1");
    }
    let mut args = vec![tensor(x)];
    args.extend(from.iter().map(|_| Argument::Range(None, None)));
    for ((start, end), axis) in starts.into_iter().zip(ends).zip(axes) {
        let axis = axis.rem_euclid(from.len() as i64) as usize;
        let place = |at: i64| (if at < 0 { at + from[axis] } else { at }).clamp(0, from[axis]);
        if place(start) >= place(end) {
            return uncovered("tensors without elements");
        }
        args[axis + 1] = Argument::Range(Some(place(start).into()), Some(place(end).into()));
    }
    Ok(vec![c.call_with("slice", args, Vec::new())?])
}

/// One slice for each part.
fn split(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let x = c.input(0)?;
    let from = literals(c, x);
    let axis = c.case.integer("axis", 0).rem_euclid(from.len() as i64) as usize;
    let count = c.case.outputs.len() as i64;
    let whole = (from[axis] + count - 1) / count;
    let lengths = c
        .case
        .indices(1)
        .unwrap_or_else(|| (0..count).map(|part| whole.min(from[axis] - part * whole)).collect());
    let mut start = 0;
    let mut parts = Vec::new();
    for length in lengths {
        if length == 0 {
            return uncovered("tensors without elements");
        }
        let mut args = vec![tensor(x)];
        args.extend(from.iter().map(|_| Argument::Range(None, None)));
        args[axis + 1] = Argument::Range(Some(start.into()), Some((start + length).into()));
        parts.push(c.call_with("slice", args, Vec::new())?);
        start += length;
    }
    Ok(parts)
}

/// `alpha A' B' + beta C`.
fn gemm(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let mut operands = Vec::new();
    for (index, attribute) in ["transA", "transB"].into_iter().enumerate() {
        let value = c.input(index)?;
        operands.push(if c.case.integer(attribute, 0) == 1 { c.call("t", &[value])? } else { value });
    }
    let mut result = c.call("matmul", &operands)?;
    let alpha = c.builder.constant(c.case.float("alpha", 1.0));
    result = c.call("mul", &[result, alpha])?;
    if c.case.inputs.len() > 2 {
        let bias = c.input(2)?;
        let beta = c.builder.constant(c.case.float("beta", 1.0));
        let bias = c.call("mul", &[bias, beta])?;
        result = c.call("add", &[result, bias])?;
    }
    Ok(vec![result])
}

fn dropout(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    if c.case.numbers(2).is_some_and(|training| training == [1.0]) {
        return uncovered("random numbers of training");
    }
    // In inference nothing is dropped.
    Ok(vec![c.input(0)?])
}

fn batch_norm(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    if c.case.integer("training_mode", 0) == 1 {
        return uncovered("training, which here is a layer's");
    }
    let [x, scale, bias, mean, var] = [c.input(0)?, c.input(1)?, c.input(2)?, c.input(3)?, c.input(4)?];
    let eps = Argument::Float(c.case.float("epsilon", 1e-5));
    let named = vec![("weight", tensor(scale)), ("bias", tensor(bias)), ("eps", eps)];
    Ok(vec![c.call_with("batch_norm", vec![tensor(x), tensor(mean), tensor(var)], named)?])
}

fn global_pool(c: &mut Context<'_>, method: &str) -> Result<Vec<Value>, Uncovered> {
    let x = c.input(0)?;
    let axes = numbers(2..shape(c, x).len() as i64);
    Ok(vec![c.call_with(method, vec![tensor(x), axes], vec![("keepdim", Argument::Bool(true))])?])
}

/// Padding, the same on both sides of each axis.
fn padding(c: &Context<'_>, axes: usize) -> Result<Vec<i64>, Uncovered> {
    if let Some(mode) = c.case.text("auto_pad").filter(|mode| *mode != "NOTSET" && *mode != "VALID") {
        return uncovered(format!("`auto_pad` {mode}"));
    }
    let pads = c.case.integers("pads").unwrap_or_else(|| vec![0; 2 * axes]);
    let (before, after) = pads.split_at(axes);
    if before != after {
        return uncovered("padding that differs between the sides");
    }
    Ok(before.to_vec())
}

fn conv(c: &mut Context<'_>) -> Result<Vec<Value>, Uncovered> {
    let (x, weight) = (c.input(0)?, c.input(1)?);
    let axes = shape(c, x).len() - 2;
    let ones = vec![1; axes];
    let option = |name: &str| numbers(c.case.integers(name).unwrap_or_else(|| ones.clone()));
    let named = vec![
        ("stride", option("strides")),
        ("padding", numbers(padding(c, axes)?)),
        ("dilation", option("dilations")),
        ("groups", number(c.case.integer("group", 1))),
    ];
    let mut result = c.call_with(&format!("conv{axes}d"), vec![tensor(x), tensor(weight)], named)?;
    if c.case.inputs.len() > 2 {
        let bias = c.input(2)?;
        let mut wide = vec![product(&shape(c, bias))];
        wide.extend(vec![Size::one(); axes]);
        let bias = c.call_with("reshape", vec![tensor(bias), sizes(wide)], Vec::new())?;
        result = c.call("add", &[result, bias])?;
    }
    Ok(vec![result])
}

fn pool(c: &mut Context<'_>, family: &str) -> Result<Vec<Value>, Uncovered> {
    let x = c.input(0)?;
    if c.builder.ty(x).element != ElementType::F32 {
        return uncovered("pooling of whole numbers");
    }
    let axes = shape(c, x).len() - 2;
    let ones = vec![1; axes];
    let kernel = c.case.integers("kernel_shape").unwrap_or_default();
    let mut named = vec![
        ("stride", numbers(c.case.integers("strides").unwrap_or_else(|| ones.clone()))),
        ("padding", numbers(padding(c, axes)?)),
    ];
    let dilations = c.case.integers("dilations").unwrap_or_else(|| ones.clone());
    if dilations != ones {
        named.push(("dilation", numbers(dilations)));
    }
    if c.case.integer("ceil_mode", 0) == 1 {
        named.push(("ceil_mode", Argument::Bool(true)));
    }
    if family == "avg_pool" {
        let counted = c.case.integer("count_include_pad", 0) == 1;
        named.push(("count_include_pad", Argument::Bool(counted)));
    }
    Ok(vec![c.call_with(&format!("{family}{axes}d"), vec![tensor(x), numbers(kernel)], named)?])
}

/// `NegativeLogLikelihoodLoss` and `SoftmaxCrossEntropyLoss`, whose second output is what it takes the logarithms for.
fn label_loss(c: &mut Context<'_>, method: &str) -> Result<Vec<Value>, Uncovered> {
    let (scores, label) = (c.input(0)?, c.input(1)?);
    let reduction = c.case.text("reduction").unwrap_or("mean").to_string();
    let mut named = vec![("reduction", Argument::Text(reduction))];
    if c.case.inputs.len() > 2 {
        named.push(("weight", tensor(c.input(2)?)));
    }
    if c.case.attributes.contains_key("ignore_index") {
        named.push(("ignore_index", number(c.case.integer("ignore_index", 0))));
    }
    let loss = c.call_with(method, vec![tensor(scores), tensor(label)], named)?;
    Ok(vec![loss, c.call_with("log_softmax", vec![tensor(scores), number(1)], Vec::new())?])
}
