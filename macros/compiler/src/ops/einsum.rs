//! Sums of products over named axes: `einsum("b i k, b k j -> b i j", a, b)` is `out[b, i, j] = Σₖ a[b, i, k] b[b, k, j]`.
//!
//! Names are separated by blanks; where no operand has a blank between names every letter is an axis, as in PyTorch
//! (`"bik,bkj->bij"`). An axis that the result lacks is summed over; one that stands twice in an operand is its
//! diagonal. Without `->` the result has the axes that stand once, sorted by name, after those of `...`, which stands
//! for any number of axes that broadcast. Sizes of one name are equal, or 1 where they are repeated.
//!
//! Operands are contracted from left to right, each pair by one matrix product, so the order of the operands decides
//! on the cost. Gradients are those of the products.

use super::call::{Build::One, Call, Method, Problem};
use super::matmul::Matmul;
use super::permute::row_major_strides;
use super::reduce::ReduceKind;
use super::{KernelCall, Operation, Vjp, check_count, optional, required};
use crate::diagnostics::{list_names, nearest};
use crate::graph::scalar::{arg, mul};
use crate::graph::types::product;
use crate::graph::{Builder, Size, TensorType, Value, shape_text};
use crate::reference::{Array, Sizes};
use equation::Equation;
use proc_macro2::TokenStream;
use quote::quote;

mod equation;

/// `einsum(equation, a, b, …)` of up to 8 tensors.
pub const METHODS: &[Method] = &[Method {
    name: "einsum",
    params: &[
        required("equation"),
        required("a"),
        optional("b"),
        optional("c"),
        optional("d"),
        optional("e"),
        optional("f"),
        optional("g"),
        optional("h"),
    ],
    build: One(build),
}];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let equation = Equation::parse(call)?;
    let mut operands = Vec::new();
    for (index, term) in equation.inputs.iter().enumerate() {
        let value = call.float_tensor(index + 1)?;
        operands.push(Factor { value, axes: term.name_axes(call, index)? });
    }
    let output = equation.output_axes(&operands)?;
    check_sizes(call, &operands)?;
    let builder = &mut *call.builder;
    let mut factors = operands.into_iter().map(|factor| factor.diagonal(builder)).collect::<Vec<_>>();
    let mut result = factors.remove(0);
    while !factors.is_empty() {
        let next = factors.remove(0);
        let wanted =
            |axis: &String| output.contains(axis) || factors.iter().any(|factor| factor.axes.contains(axis));
        result = contract(builder, result, next, &wanted);
    }
    let result = result.sum_others(builder, &|axis| output.contains(axis));
    Ok(result.in_order(builder, &output).value)
}

/// Equal names have equal sizes, or 1.
fn check_sizes(call: &Call<'_>, operands: &[Factor]) -> Result<(), Problem> {
    let mut known: Vec<(&String, &Size, usize)> = Vec::new();
    for (index, operand) in operands.iter().enumerate() {
        let shape = &call.builder.ty(operand.value).shape;
        for (axis, size) in operand.axes.iter().zip(shape) {
            let Some(at) = known.iter().position(|(name, ..)| *name == axis) else {
                known.push((axis, size, index));
                continue;
            };
            let (_, before, first) = known[at];
            // Along a diagonal even a size of 1 has to be the same.
            let broadcasts = (before.is_one() || size.is_one()) && first != index;
            if before != size && !broadcasts {
                let place = |operand: usize| ORDINALS[operand];
                let places = if first == index {
                    format!("is both {before} and {size} in the {} operand", place(index))
                } else {
                    format!("is {before} in the {} operand and {size} in the {}", place(first), place(index))
                };
                return Err(Problem::from(format!("axis `{axis}` {places}"))
                    .at(index + 1)
                    .note(format!("the {} operand is {}", place(index), shape_text(shape)))
                    .help(format!(
                        "give one of the two another name, or make the sizes equal; `{axis}` stands for one size"
                    )));
            }
            if before.is_one() {
                known[at] = (axis, size, index);
            }
        }
    }
    Ok(())
}

const ORDINALS: [&str; 8] = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"];

/// A tensor and the names of its axes.
#[derive(Clone, Debug)]
struct Factor {
    value: Value,
    axes: Vec<String>,
}

impl Factor {
    fn shape(&self, builder: &Builder) -> Vec<Size> {
        builder.ty(self.value).shape.clone()
    }

    /// The size of an axis that the factor has.
    fn size(&self, builder: &Builder, axis: &String) -> Size {
        let at = self.axes.iter().position(|name| name == axis).expect("an axis of the factor");
        self.shape(builder)[at].clone()
    }

    /// The diagonal along axes of the same name, which keep the first place.
    fn diagonal(mut self, builder: &mut Builder) -> Factor {
        while let Some((first, second)) = repeated(&self.axes) {
            self.value = builder.add(Diagonal { first, second }, &[self.value]);
            self.axes.remove(second);
        }
        self
    }

    /// Sums over the axes that are not wanted.
    fn sum_others(self, builder: &mut Builder, wanted: &dyn Fn(&String) -> bool) -> Factor {
        let summed: Vec<usize> = (0..self.axes.len()).filter(|&at| !wanted(&self.axes[at])).collect();
        let value = builder.reduce(ReduceKind::Sum, self.value, summed.clone());
        Factor { value, axes: self.axes }.without(builder, &summed)
    }

    /// Drops axes of size 1.
    fn without(self, builder: &mut Builder, dropped: &[usize]) -> Factor {
        let shape = self.shape(builder);
        let kept: Vec<usize> = (0..shape.len()).filter(|at| !dropped.contains(at)).collect();
        let value = builder.reshape(self.value, kept.iter().map(|&at| shape[at].clone()).collect());
        Factor { value, axes: kept.iter().map(|&at| self.axes[at].clone()).collect() }
    }

    /// The axes in another order.
    fn in_order(self, builder: &mut Builder, axes: &[String]) -> Factor {
        let place = |axis: &String| {
            self.axes.iter().position(|name| name == axis).expect("the same axes in another order")
        };
        let value = builder.permute(self.value, axes.iter().map(place).collect());
        Factor { value, axes: axes.to_vec() }
    }

    /// As a stack of matrices `[batch, rows, columns]`, or one matrix without batch axes.
    ///
    /// A tensor that lies there with rows and columns exchanged is transposed as a whole, which a product takes in its
    /// stride.
    fn matrices(self, builder: &mut Builder, [batch, rows, columns]: [&[String]; 3]) -> Value {
        let sizes = |factor: &Factor, axes: &[String]| {
            let sizes: Vec<Size> = axes.iter().map(|axis| factor.size(builder, axis)).collect();
            product(&sizes)
        };
        let [b, r, c] = [batch, rows, columns].map(|axes| sizes(&self, axes));
        let stack = |rows: Size, columns: Size| match batch.is_empty() {
            true => vec![rows, columns],
            false => vec![b.clone(), rows, columns],
        };
        if self.axes == [batch, columns, rows].concat() && !rows.is_empty() && !columns.is_empty() {
            let value = builder.reshape(self.value, stack(c, r));
            return builder.permute(value, if batch.is_empty() { vec![1, 0] } else { vec![0, 2, 1] });
        }
        let ordered = self.in_order(builder, &[batch, rows, columns].concat());
        builder.reshape(ordered.value, stack(r, c))
    }
}

/// The places of the first two axes of one name.
fn repeated(axes: &[String]) -> Option<(usize, usize)> {
    (0..axes.len()).find_map(|second| {
        axes[..second].iter().position(|axis| *axis == axes[second]).map(|first| (first, second))
    })
}

/// The product of two factors, summed over the axes that are not wanted afterwards.
fn contract(builder: &mut Builder, a: Factor, b: Factor, wanted: &dyn Fn(&String) -> bool) -> Factor {
    let [a, b] = squeeze_broadcast(builder, a, b);
    let a = {
        let other = b.axes.clone();
        a.sum_others(builder, &|axis| other.contains(axis) || wanted(axis))
    };
    let b = {
        let other = a.axes.clone();
        b.sum_others(builder, &|axis| other.contains(axis) || wanted(axis))
    };
    let select = |axes: &[String], condition: &dyn Fn(&String) -> bool| -> Vec<String> {
        axes.iter().filter(|axis| condition(axis)).cloned().collect()
    };
    let batch = select(&a.axes, &|axis| b.axes.contains(axis) && wanted(axis));
    let summed = select(&a.axes, &|axis| b.axes.contains(axis) && !wanted(axis));
    let left = select(&a.axes, &|axis| !b.axes.contains(axis));
    let right = select(&b.axes, &|axis| !a.axes.contains(axis));
    let axes = [&batch[..], &left, &right].concat();
    let shape_of = |builder: &Builder| -> Vec<Size> {
        let size = |axis| if a.axes.contains(axis) { a.size(builder, axis) } else { b.size(builder, axis) };
        axes.iter().map(size).collect()
    };
    let shape = shape_of(builder);
    if summed.is_empty() {
        return multiply(builder, a, b, [&batch, &left, &right]);
    }
    let a = a.matrices(builder, [&batch, &left, &summed]);
    let b = b.matrices(builder, [&batch, &summed, &right]);
    let value = builder.add(Matmul { transpose_a: false, transpose_b: false }, &[a, b]);
    Factor { value: builder.reshape(value, shape), axes }
}

/// Common axes that have size 1 in one of the factors only are dropped there: the other repeats it.
fn squeeze_broadcast(builder: &mut Builder, a: Factor, b: Factor) -> [Factor; 2] {
    let ones = |factor: &Factor, other: &Factor| -> Vec<usize> {
        let is_repeated = |axis: &String| {
            other.axes.contains(axis)
                && factor.size(builder, axis).is_one()
                && !other.size(builder, axis).is_one()
        };
        (0..factor.axes.len()).filter(|&at| is_repeated(&factor.axes[at])).collect()
    };
    let (of_a, of_b) = (ones(&a, &b), ones(&b, &a));
    [a.without(builder, &of_a), b.without(builder, &of_b)]
}

/// The product without a sum, element by element: `[batch, left, 1] · [batch, 1, right]`.
fn multiply(builder: &mut Builder, a: Factor, b: Factor, [batch, left, right]: [&[String]; 3]) -> Factor {
    let a = a.in_order(builder, &[batch, left].concat());
    let b = b.in_order(builder, &[batch, right].concat());
    let (mut of_a, mut of_b) = (a.shape(builder), b.shape(builder));
    of_a.extend(vec![Size::one(); right.len()]);
    of_b.splice(batch.len()..batch.len(), vec![Size::one(); left.len()]);
    let (a, b) = (builder.reshape(a.value, of_a), builder.reshape(b.value, of_b));
    let value = builder.map(&mul(arg(0), arg(1)), &[a, b]);
    Factor { value, axes: [batch, left, right].concat() }
}

/// The elements at which two axes of equal size have the same place; the second axis is dropped.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Diagonal {
    /// The axis that stays.
    pub first: usize,
    /// The axis that is dropped, after the first.
    pub second: usize,
}

/// Zeros with the operand on the diagonal: the gradient of [`Diagonal`].
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct DiagonalGrad {
    /// The axis along which the diagonal lies.
    pub first: usize,
    /// The axis that is added, after the first.
    pub second: usize,
}

/// Sizes of the diagonal and the distances between its elements in the whole.
fn diagonal_strides(whole: &[Size], first: usize, second: usize) -> [Vec<TokenStream>; 2] {
    let mut strides = row_major_strides(whole);
    let dropped = strides.remove(second);
    strides[first] = strides[first].add(&dropped);
    let mut sizes = whole.to_vec();
    sizes.remove(second);
    [sizes, strides].map(|list| list.iter().map(Size::to_tokens).collect())
}

impl Operation for Diagonal {
    fn text(&self) -> String {
        format!("diagonal of {} and {}", self.first, self.second)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 1)?;
        let mut shape = inputs[0].shape.clone();
        if self.first >= self.second || shape.get(self.first) != shape.get(self.second) {
            return Err(format!("no diagonal of {} along {} and {}", inputs[0], self.first, self.second));
        }
        shape.remove(self.second);
        Ok(vec![TensorType { element: inputs[0].element, shape }])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (grad, &Diagonal { first, second }) = (vjp.grad(), self);
        Ok(vec![Some(vjp.builder.add(DiagonalGrad { first, second }, &[grad]))])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        vec![Array::from_fn(&sizes.shape(&outputs[0].shape), |index| {
            let mut index = index.to_vec();
            index.insert(self.second, index[self.first]);
            inputs[0].at(&index)
        })]
    }

    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        0.into()
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let [sizes, strides] = diagonal_strides(&call.input_types[0].shape, self.first, self.second);
        let (runtime, out, input) = (call.runtime, &call.outputs[0], &call.inputs[0]);
        Some(
            quote!(#runtime::ops::strided_copy::strided_copy(#out, #input, &[#(#sizes),*], &[#(#strides),*], 0)),
        )
    }
}

impl Operation for DiagonalGrad {
    fn text(&self) -> String {
        format!("diagonal gradient of {} and {}", self.first, self.second)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 1)?;
        let mut shape = inputs[0].shape.clone();
        let size = shape.get(self.first).ok_or("axis out of range")?.clone();
        shape.insert(self.second, size);
        Ok(vec![TensorType { element: inputs[0].element, shape }])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (grad, &DiagonalGrad { first, second }) = (vjp.grad(), self);
        Ok(vec![Some(vjp.builder.add(Diagonal { first, second }, &[grad]))])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        let mut out = Array::full(&sizes.shape(&outputs[0].shape), 0.0);
        inputs[0].for_each(|index, value| {
            let mut index = index.to_vec();
            index.insert(self.second, index[self.first]);
            let at = out.offset(&index);
            out.data[at] = value;
        });
        vec![out]
    }

    fn flops(&self, _: &[&TensorType], _: &[&TensorType]) -> Size {
        0.into()
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let [sizes, strides] = diagonal_strides(&call.output_types[0].shape, self.first, self.second);
        let (runtime, out, input) = (call.runtime, &call.outputs[0], &call.inputs[0]);
        Some(
            quote!(#runtime::ops::strided_copy::strided_scatter(#out, #input, &[#(#sizes),*], &[#(#strides),*], 0)),
        )
    }
}
