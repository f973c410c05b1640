//! Operations: one file each, with everything the compiler knows of it.
//!
//! A file holds the methods by which models call the operation, and, unless these only combine others, the nodes it
//! puts in the graph: shape rule, gradient rule, f64 reference, cost and kernel call. To add one, write its file and
//! add its line to the list below.

pub mod call;
mod loss;
pub mod pool;
mod sliding;

use crate::graph::{Block, Builder, Size, TensorType, Value};
use crate::reference::{Array, Sizes};
use call::{Method, Param};
use proc_macro2::{Ident, TokenStream};

/// What the compiler asks of every node.
pub trait Operation {
    /// Name and attributes, as the text form shows them.
    fn text(&self) -> String;

    /// Types of the outputs.
    ///
    /// # Errors
    /// Why the operands do not fit, with both sides.
    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String>;

    /// Gradients of the inputs, `None` where there is none.
    ///
    /// # Errors
    /// Why the operation cannot be differentiated.
    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String>;

    /// The outputs, naively and in f64: the oracle of the tests.
    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array>;

    /// Floating-point operations.
    fn flops(&self, inputs: &[&TensorType], outputs: &[&TensorType]) -> Size;

    /// The call of its kernel; `None` when the planner has another way to run it.
    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let _ = call;
        None
    }

    /// Whether its kernel leaves infinities though its operands are finite, for those who compute on with them.
    fn makes_infinities(&self) -> bool {
        false
    }

    /// Whether it draws random numbers, others in each iteration of a loop.
    fn is_random(&self) -> bool {
        false
    }

    /// Whether running it does something besides computing its results: it is kept though nobody reads them, as often
    /// as the user wrote it and in that order.
    fn has_effect(&self) -> bool {
        false
    }

    /// The blocks inside, for control flow.
    fn bodies(&self) -> Vec<&Block> {
        Vec::new()
    }

    /// The blocks inside, to be rewritten.
    fn bodies_mut(&mut self) -> Vec<&mut Block> {
        Vec::new()
    }
}

/// What a gradient rule is given.
pub struct Vjp<'a> {
    /// Where the rule adds its nodes.
    pub builder: &'a mut Builder,
    /// Operands of the node.
    pub inputs: &'a [Value],
    /// What it computed.
    pub outputs: &'a [Value],
    /// Gradient of each output; a missing one is zero. At least one is present.
    pub grads: &'a [Option<Value>],
    /// Which operands need a gradient.
    pub needed: &'a [bool],
}

impl Vjp<'_> {
    /// The gradient of the first output.
    pub fn grad(&self) -> Value {
        self.grads[0].expect("a rule is asked only when the gradient of an output is present")
    }

    /// Shape of operand `index`.
    pub fn shape(&self, index: usize) -> Vec<Size> {
        self.builder.ty(self.inputs[index]).shape.clone()
    }

    /// `make`'s value if operand `index` needs a gradient.
    pub fn if_needed(&mut self, index: usize, make: impl FnOnce(&mut Builder) -> Value) -> Option<Value> {
        if self.needed[index] { Some(make(self.builder)) } else { None }
    }
}

/// What emits a kernel call is given.
pub struct KernelCall<'a> {
    /// Path of the runtime.
    pub runtime: &'a TokenStream,
    /// Slices to write.
    pub outputs: &'a [Ident],
    /// Slices to read.
    pub inputs: &'a [Ident],
    /// Types of the slices.
    pub output_types: Vec<&'a TensorType>,
    /// Types of the slices.
    pub input_types: Vec<&'a TensorType>,
    /// Tells iterations of the loops around it apart.
    pub iteration: &'a TokenStream,
}

/// The shape that operands broadcast to: sizes are equal or one of them is the literal 1.
///
/// # Errors
/// Both shapes and the axis.
pub fn broadcast_shapes(types: &[&TensorType]) -> Result<Vec<Size>, String> {
    let rank = types.iter().map(|ty| ty.rank()).max().unwrap_or(0);
    let mut shape = vec![Size::one(); rank];
    let mut from = vec![0; rank];
    for (operand, ty) in types.iter().enumerate() {
        let added = rank - ty.rank();
        for (axis, size) in ty.shape.iter().enumerate() {
            let (known, axis) = (&mut shape[added + axis], added + axis);
            if known.is_one() {
                *known = size.clone();
                from[axis] = operand;
            } else if !size.is_one() && size != known {
                return Err(format!(
                    "shapes {} and {} cannot be broadcast together: axis {} from the end is {known} and {size}",
                    crate::graph::shape_text(&types[from[axis]].shape),
                    crate::graph::shape_text(&ty.shape),
                    rank - axis,
                ));
            }
        }
    }
    Ok(shape)
}

/// `expected` operands.
fn check_count(inputs: &[&TensorType], expected: usize) -> Result<(), String> {
    if inputs.len() == expected {
        Ok(())
    } else {
        Err(format!("expected {expected} operands, found {}", inputs.len()))
    }
}

macro_rules! operations {
    ($($module:ident: $($node:ident),*;)*) => {
        $(pub mod $module;)*

        /// An operation of the graph.
        #[derive(Clone, PartialEq, Eq, Hash, Debug)]
        #[allow(missing_docs, reason = "each variant is documented at its type")]
        pub enum Op { $($($node($module::$node),)*)* }

        $($(impl From<$module::$node> for Op {
            fn from(node: $module::$node) -> Op { Op::$node(node) }
        })*)*

        impl Operation for Op {
            fn text(&self) -> String {
                match self { $($(Op::$node(node) => node.text(),)*)* }
            }
            fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
                match self { $($(Op::$node(node) => node.infer(inputs),)*)* }
            }
            fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
                match self { $($(Op::$node(node) => node.vjp(vjp),)*)* }
            }
            fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
                match self { $($(Op::$node(node) => node.evaluate(inputs, outputs, sizes),)*)* }
            }
            fn flops(&self, inputs: &[&TensorType], outputs: &[&TensorType]) -> Size {
                match self { $($(Op::$node(node) => node.flops(inputs, outputs),)*)* }
            }
            fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
                match self { $($(Op::$node(node) => node.kernel(call),)*)* }
            }
            fn makes_infinities(&self) -> bool {
                match self { $($(Op::$node(node) => node.makes_infinities(),)*)* }
            }
            fn is_random(&self) -> bool {
                match self { $($(Op::$node(node) => node.is_random(),)*)* }
            }
            fn has_effect(&self) -> bool {
                match self { $($(Op::$node(node) => node.has_effect(),)*)* }
            }
            fn bodies(&self) -> Vec<&Block> {
                match self { $($(Op::$node(node) => node.bodies(),)*)* }
            }
            fn bodies_mut(&mut self) -> Vec<&mut Block> {
                match self { $($(Op::$node(node) => node.bodies_mut(),)*)* }
            }
        }

        /// All methods, one table per operation.
        fn method_tables() -> &'static [&'static [Method]] {
            const TABLES: &[&[Method]] = &[$($module::METHODS),*];
            TABLES
        }
    };
}

operations! {
    // What enters a function.
    input: Input;
    parameter: Parameter;
    constant: Constant;
    // Element-wise.
    map: Map;
    add: ;
    sub: ;
    mul: ;
    div: ;
    neg: ;
    exp: ;
    exp2: ;
    exp_m1: ;
    ln: ;
    ln_1p: ;
    log2: ;
    log10: ;
    sqrt: ;
    rsqrt: ;
    recip: ;
    square: ;
    pow: ;
    powf: ;
    powi: ;
    abs: ;
    sign: ;
    floor: ;
    ceil: ;
    round: ;
    trunc: ;
    fract: ;
    fmod: ;
    remainder: ;
    sin: ;
    cos: ;
    tan: ;
    asin: ;
    acos: ;
    atan: ;
    atan2: ;
    sinh: ;
    cosh: ;
    tanh: ;
    asinh: ;
    acosh: ;
    atanh: ;
    hypot: ;
    erf: ;
    erfc: ;
    maximum: ;
    clamp: ;
    lerp: ;
    nan_to_num: ;
    // Activations.
    relu: ;
    relu6: ;
    leaky_relu: ;
    prelu: ;
    rrelu: Rrelu;
    elu: ;
    celu: ;
    selu: ;
    gelu: ;
    silu: ;
    mish: ;
    glu: ;
    sigmoid: ;
    log_sigmoid: ;
    softplus: ;
    softsign: ;
    tanhshrink: ;
    hardsigmoid: ;
    hardswish: ;
    hardtanh: ;
    hardshrink: ;
    softshrink: ;
    threshold: ;
    activate: ;
    // Conditions.
    select: ;
    masked_fill: ;
    compare: Order;
    logical: ;
    is_finite: ;
    // Reductions.
    reduce: Reduce;
    sum: ;
    mean: ;
    prod: ;
    max: ;
    min: ;
    argmax: ArgMax;
    var: ;
    norm: ;
    logsumexp: ;
    all: ;
    cast: Cast;
    count_nonzero: ;
    cumsum: CumSum;
    cumprod: CumProd;
    linear_scan: LinearScan;
    // Shapes.
    reshape: Reshape;
    flatten: ;
    unflatten: ;
    squeeze: ;
    expand: Expand;
    tile: ;
    permute: Permute;
    movedim: ;
    flip: Flip;
    roll: Roll;
    slice: Slice, Unslice;
    step_by: StepBy, Unstep;
    split: ;
    concat: Concat;
    stack: ;
    diagonal: ;
    tril: ;
    axis_map: AxisMap, AxisMapGrad;
    pad: ;
    unfold: ;
    interpolate: ;
    pixel_shuffle: ;
    detach: Detach;
    // Indices.
    gather: Gather, ExpandIndex;
    scatter: Scatter, ScatterAdd, ScatterValue;
    index_select: IndexSelect;
    index_add: IndexAdd;
    embedding: ;
    embedding_bag: ;
    sort: Sort;
    searchsorted: SearchSorted;
    // Layers' kernels.
    matmul: Matmul;
    einsum: Diagonal, DiagonalGrad;
    // New tensors.
    full: ;
    arange: Arange;
    eye: ;
    meshgrid: ;
    one_hot: OneHot;
    outer: ;
    conv2d: Conv2d, Conv2dGradInput, Conv2dGradWeight;
    conv: ;
    conv_transpose: ;
    max_pool2d: MaxPool2d, MaxPool2dGrad, MaxPool2dAt;
    max_pool_with_indices: MaxPoolIndices;
    max_unpool: ;
    avg_pool2d: AvgPool2d, AvgPool2dGrad;
    lp_pool: ;
    adaptive_pool: ;
    log_softmax: LogSoftmax, LogSoftmaxGrad;
    softmax: Softmax, SoftmaxGrad;
    attention: Attention, AttentionGrad;
    dropout: Dropout;
    channel_dropout: ;
    alpha_dropout: ;
    drop_path: ;
    batch_norm: ;
    layer_norm: ;
    group_norm: ;
    instance_norm: ;
    rms_norm: ;
    local_response_norm: ;
    normalize: ;
    pairwise_distance: ;
    cosine_similarity: ;
    bilinear: ;
    // Losses.
    nll_loss: NllLoss, NllLossGrad;
    class_weight: ClassWeight;
    cross_entropy: ;
    ctc_loss: CtcLoss, CtcLossGrad;
    multi_margin_loss: ;
    multilabel_margin_loss: MultilabelMarginLoss, MultilabelMarginLossGrad;
    bce_loss: ;
    bce_with_logits_loss: ;
    multilabel_soft_margin_loss: ;
    sigmoid_focal_loss: ;
    dice_loss: ;
    kl_div: ;
    mse_loss: ;
    l1_loss: ;
    smooth_l1_loss: ;
    huber_loss: ;
    soft_margin_loss: ;
    gaussian_nll_loss: ;
    poisson_nll_loss: ;
    hinge_embedding_loss: ;
    margin_ranking_loss: ;
    cosine_embedding_loss: ;
    triplet_margin_loss: ;
    contrastive_loss: ;
    info_nce_loss: ;
    // Control flow.
    repeat: Repeat;
    if_else: IfElse;
    checkpoint: Checkpoint;
    custom_grad: CustomGrad;
    unset: Unset;
    external: External;
    dbg: Dbg;
}

/// The method of this name.
pub fn find_method(name: &str) -> Option<&'static Method> {
    method_tables().iter().copied().flatten().find(|method| method.name == name)
}

/// Operations that draw random numbers, so that each use of them is told apart.
const RANDOM: &[&str] = &[
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "alpha_dropout",
    "feature_alpha_dropout",
    "drop_path",
    "rrelu",
];

/// Operations that draw random numbers only where this argument is given.
const RANDOM_WITH: &[(&str, &str)] = &[("attention", "dropout")];

/// Whether a call of a method draws random numbers, which the reference draws otherwise. `args` are in the order of the
/// parameters.
pub fn is_random<Arg>(method: &Method, args: &[Option<Arg>]) -> bool {
    let is_given = |name: &str| {
        let mut given = method.params.iter().zip(args).filter(|(_, arg)| arg.is_some());
        given.any(|(param, _)| param.name == name)
    };
    RANDOM.contains(&method.name)
        || RANDOM_WITH.iter().any(|&(name, argument)| name == method.name && is_given(argument))
}

/// Names of all methods, for suggestions and for the documentation.
pub fn method_names() -> impl Iterator<Item = &'static str> {
    method_tables().iter().copied().flatten().map(|method| method.name)
}

/// A required operand that is a tensor.
const fn tensor(name: &'static str) -> Param {
    Param { name, required: true }
}

/// An argument that may be left out.
const fn optional(name: &'static str) -> Param {
    Param { name, required: false }
}

/// An argument that must be given.
const fn required(name: &'static str) -> Param {
    Param { name, required: true }
}
