//! Elements picked along an axis by a tensor of indices: `out[i, j, k] = x[i, index[i, j, k], k]` for axis 1.
//!
//! The gradient of `x` adds up what each of its elements was picked for, in the order of the indices. Indices are whole
//! numbers from 0 below the size of the axis; others are an error at run time. Arguments of any such type
//! serve, and indices that were computed, such as those of `topk`.

use super::call::{Argument, Build::One, Call, Method, Problem, describe};
use super::scatter::ScatterAdd;
use super::slice::Slice;
use super::{KernelCall, Operation, Vjp, check_count, optional, required, tensor};
use crate::graph::types::product;
use crate::graph::{Builder, ElementType, Size, TensorType, Value, shape_text};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

/// `x.gather(axis, index)`, PyTorch's `gather`: the index has as many axes as `x`, and along the others at most its
/// sizes. `x.take_along(index, axis)`, PyTorch's `take_along_dim`: the others broadcast; without an axis both are
/// taken in row-major order.
pub const METHODS: &[Method] = &[
    Method {
        name: "gather",
        params: &[tensor("x"), required("axis"), required("index")],
        build: One(build_gather),
    },
    Method {
        name: "take_along",
        params: &[tensor("x"), required("index"), optional("axis")],
        build: One(build_take_along),
    },
];

/// A tensor of indices.
pub(super) fn check_index(call: &mut Call<'_>, argument: usize) -> Result<Value, Problem> {
    let (name, method) = (call.method.params[argument].name, call.method.name);
    let expected = format!("`{name}` of `{method}` is a tensor of whole numbers");
    let found = match call.given(argument) {
        Some(&Argument::Tensor(value)) if call.builder.ty(value).element.is_integer() => return Ok(value),
        Some(other) => describe(other, call.builder),
        None => "nothing".to_string(),
    };
    Err(Problem::from(format!("{expected}, found {found}"))
        .at(argument)
        .help("declare it `Tensor<u32, …>`, or take the places that `argmax`, `topk` or `sort` return"))
}

/// The index has as many axes as the tensor that it picks from.
pub(super) fn check_same_rank(
    call: &Call<'_>,
    argument: usize,
    shape: &[Size],
    index: Value,
) -> Result<(), Problem> {
    let found = &call.builder.ty(index).shape;
    if found.len() == shape.len() {
        return Ok(());
    }
    let (method, name) = (call.method.name, call.method.params[argument].name);
    Err(Problem::from(format!(
        "`{method}` of {} takes an `{name}` of {} axes, found {} {}",
        shape_text(shape),
        shape.len(),
        found.len(),
        shape_text(found)
    ))
    .at(argument)
    .help("give the index an axis for each of the tensor with `reshape`, or pick whole slices with `index_select`"))
}

/// The first part of `value` along all axes but `axis` where the index is shorter.
pub(super) fn narrow_to_index(
    call: &mut Call<'_>,
    argument: usize,
    value: Value,
    index: Value,
    axis: Option<usize>,
) -> Result<Value, Problem> {
    let shape = call.builder.ty(value).shape.clone();
    let of_index = call.builder.ty(index).shape.clone();
    let mut sizes = shape.clone();
    for at in (0..shape.len()).filter(|&at| Some(at) != axis) {
        let fits = match (of_index[at].as_literal(), shape[at].as_literal()) {
            (Some(of_index), Some(size)) => of_index <= size,
            _ => of_index[at] == shape[at],
        };
        if !fits {
            let method = call.method.name;
            return Err(Problem::from(format!(
                "`{method}` of {} by an index {}: along axis {at} the index has size {} and the tensor {}",
                shape_text(&shape),
                shape_text(&of_index),
                of_index[at],
                shape[at]
            ))
            .at(argument)
            .help(
                "along the other axes an index is at most as long as the tensor; shorten it, or `reshape` it",
            ));
        }
        sizes[at] = of_index[at].clone();
    }
    if sizes == shape {
        return Ok(value);
    }
    let starts = vec![Size::default(); sizes.len()];
    Ok(call.builder.add(Slice { starts, sizes }, &[value]))
}

fn build_gather(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let shape = call.shape(0)?;
    let axis = call.axis(1, None, shape.len())?;
    let index = check_index(call, 2)?;
    check_same_rank(call, 2, &shape, index)?;
    let value = narrow_to_index(call, 2, value, index, Some(axis))?;
    Ok(call.builder.try_add(Gather { axis }.into(), &[value, index])?[0])
}

fn build_take_along(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let shape = call.shape(0)?;
    let index = check_index(call, 1)?;
    if call.given(2).is_none() {
        let index_shape = call.builder.ty(index).shape.clone();
        let value = call.builder.reshape(value, vec![product(&shape)]);
        let index = call.builder.reshape(index, vec![product(&index_shape)]);
        return Ok(call.builder.add(Gather { axis: 0 }, &[value, index]));
    }
    let axis = call.axis(2, None, shape.len())?;
    check_same_rank(call, 1, &shape, index)?;
    let index_shape = call.builder.ty(index).shape.clone();
    // The two shapes broadcast against each other but for the axis.
    let (mut outside, mut outside_of_index) = (shape.clone(), index_shape.clone());
    (outside[axis], outside_of_index[axis]) = (Size::one(), Size::one());
    let types = [&outside, &outside_of_index].map(|shape| TensorType::real(shape.clone()));
    let mut common = super::broadcast_shapes(&[&types[0], &types[1]]).map_err(|message| {
        Problem::from(message).at(1).note("all axes but the one picked along broadcast")
    })?;
    common[axis] = shape[axis].clone();
    let value = call.builder.expand(value, common.clone());
    common[axis] = index_shape[axis].clone();
    let index = expand_index(call.builder, index, common, shape[axis].clone());
    Ok(call.builder.add(Gather { axis }, &[value, index]))
}

/// The index broadcast to a shape.
fn expand_index(builder: &mut Builder, index: Value, shape: Vec<Size>, size: Size) -> Value {
    if builder.ty(index).shape == shape {
        return index;
    }
    builder.add(ExpandIndex { shape, size }, &[index])
}

/// The element of each place along an axis that an index of as many axes names.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Gather {
    /// Along which axis.
    pub axis: usize,
}

/// An index broadcast to a shape, checked against the size of the axis into which it points.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ExpandIndex {
    /// The shape.
    pub shape: Vec<Size>,
    /// Indices are below this.
    pub size: Size,
}

/// The index with what it names in the place of `axis`.
pub(super) fn place(index: &[usize], axis: usize, named: f64) -> Vec<usize> {
    let mut place = index.to_vec();
    place[axis] = named as usize;
    place
}

/// Whether the second type is a tensor of indices that differs from the first along `axis` only.
pub(super) fn check_pair(ty: &TensorType, index: &TensorType, axis: usize) -> Result<(), String> {
    let differs = |at: &usize| *at != axis && ty.shape.get(*at) != index.shape.get(*at);
    if !index.element.is_integer()
        || ty.element != ElementType::Real
        || ty.rank() != index.rank()
        || axis >= ty.rank()
        || (0..ty.rank()).any(|at| differs(&at))
    {
        return Err(format!("{ty} is not indexed by {index} along axis {axis}"));
    }
    Ok(())
}

/// The sizes around an axis for a kernel: `size` of the tensor that is indexed, `count` indices in its place.
pub(super) fn extents(runtime: &TokenStream, around: [&[Size]; 2], size: &Size, count: &Size) -> TokenStream {
    let [outer, inner] = around.map(|sizes| product(sizes).to_tokens());
    let (size, count) = (size.to_tokens(), count.to_tokens());
    quote!(&#runtime::ops::index::Extents { outer: #outer, size: #size, count: #count, inner: #inner })
}

/// [`extents`] of an index of as many axes as what it indexes.
pub(super) fn extents_along(
    runtime: &TokenStream,
    shape: &[Size],
    index: &[Size],
    axis: usize,
) -> TokenStream {
    extents(runtime, [&shape[..axis], &shape[axis + 1..]], &shape[axis], &index[axis])
}

impl Operation for Gather {
    fn text(&self) -> String {
        format!("gather along {}", self.axis)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 2)?;
        check_pair(inputs[0], inputs[1], self.axis)?;
        Ok(vec![TensorType::real(inputs[1].shape.clone())])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (grad, index, size) = (vjp.grad(), vjp.inputs[1], vjp.shape(0)[self.axis].clone());
        let axis = self.axis;
        Ok(vec![vjp.if_needed(0, |b| b.add(ScatterAdd { axis, size }, &[grad, index])), None])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        vec![Array::from_fn(&sizes.shape(&outputs[0].shape), |at| {
            inputs[0].at(&place(at, self.axis, inputs[1].at(at)))
        })]
    }

    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        0.into()
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let (runtime, out, x, index) = (call.runtime, &call.outputs[0], &call.inputs[0], &call.inputs[1]);
        let [shape, of_index] = [&call.input_types[0].shape, &call.input_types[1].shape];
        let extents = extents_along(runtime, shape, of_index, self.axis);
        Some(quote!(#runtime::ops::gather::gather(#out, #x, #index, #extents)?))
    }
}

impl Operation for ExpandIndex {
    fn text(&self) -> String {
        format!("expand index {} below {}", shape_text(&self.shape), self.size)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 1)?;
        let target = TensorType { element: ElementType::U32, shape: self.shape.clone() };
        if !inputs[0].element.is_integer() || super::broadcast_shapes(&[inputs[0], &target])? != self.shape {
            return Err(format!("{} is no index that broadcasts to {}", inputs[0], shape_text(&self.shape)));
        }
        Ok(vec![target])
    }

    fn vjp(&self, _: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        Ok(vec![None])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        vec![Array::from_fn(&sizes.shape(&outputs[0].shape), |index| inputs[0].broadcast_at(index))]
    }

    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        0.into()
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let (runtime, out, index) = (call.runtime, &call.outputs[0], &call.inputs[0]);
        let from = &call.input_types[0].shape;
        let strides = super::permute::row_major_strides(from);
        let added = self.shape.len() - from.len();
        let strides = (0..self.shape.len()).map(|axis| match axis.checked_sub(added) {
            Some(at) if !from[at].is_one() => strides[at].to_tokens(),
            _ => quote!(0),
        });
        let (sizes, size) = (self.shape.iter().map(Size::to_tokens), self.size.to_tokens());
        Some(
            quote!(#runtime::ops::index::expand_index(#out, #index, &[#(#sizes),*], &[#(#strides),*], #size)?),
        )
    }
}
