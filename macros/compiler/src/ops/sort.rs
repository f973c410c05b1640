//! Sorted order along an axis: `sort`, `argsort`, `topk`, `kthvalue` and `median`, each with the places in `x`.
//!
//! The order is total: a NaN is larger than all numbers, and 0 equals -0. Equal elements stay in their order, whether
//! ascending or descending, so that every result is determined. Gradients go to the places that the values came from;
//! places themselves are whole numbers (`u32`) and have none.

use super::call::{Build::Many, Build::One, Call, Method, Problem};
use super::log_softmax::around;
use super::scatter::ScatterAdd;
use super::{KernelCall, Operation, Param, Vjp, check_count, optional, required, tensor};
use crate::graph::types::product;
use crate::graph::{ElementType, Size, TensorType, Value, shape_text};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

const SORT: &[Param] = &[tensor("x"), optional("axis"), optional("descending")];

/// All but `argsort` return `(values, places)`.
///
/// - `x.sort(axis = -1, descending = false)` and `x.argsort(…)`, which are always stable;
/// - `x.topk(k, axis = -1, largest = true, sorted = true)`; unsorted they come in the order of `x`;
/// - `x.kthvalue(k, axis = -1, keepdim = false)`: the `k`-th smallest, counted from 1;
/// - `x.median(axis, keepdim = false)`: the lower one of two in the middle, a NaN if there is one; without an axis over
///   all elements, with the place in row-major order.
pub const METHODS: &[Method] = &[
    Method { name: "sort", params: SORT, build: Many(|call| build_sort(call).map(Vec::from)) },
    Method { name: "argsort", params: SORT, build: One(|call| Ok(build_sort(call)?[1])) },
    Method {
        name: "topk",
        params: &[tensor("x"), required("k"), optional("axis"), optional("largest"), optional("sorted")],
        build: Many(build_topk),
    },
    Method {
        name: "kthvalue",
        params: &[tensor("x"), required("k"), optional("axis"), optional("keepdim")],
        build: Many(build_kthvalue),
    },
    Method {
        name: "median",
        params: &[tensor("x"), optional("axis"), optional("keepdim")],
        build: Many(build_median),
    },
];

fn build_sort(call: &mut Call<'_>) -> Result<[Value; 2], Problem> {
    let value = call.float_tensor(0)?;
    let shape = call.shape(0)?;
    let axis = call.axis(1, Some(-1), shape.len())?;
    let descending = call.boolean(2, Some(false))?;
    add_sort(call, value, Sort { descending, ..Sort::part(axis, Size::default(), shape[axis].clone()) })
}

fn add_sort(call: &mut Call<'_>, value: Value, sort: Sort) -> Result<[Value; 2], Problem> {
    let outputs = call.builder.try_add(sort.into(), &[value])?;
    Ok([outputs[0], outputs[1]])
}

/// `k`, at least 1 and at most the size of the axis.
fn check_k(call: &Call<'_>, shape: &[Size], axis: usize) -> Result<Size, Problem> {
    let k = call.integer(1, None, 1)? as i64;
    let size = &shape[axis];
    match size.as_literal() {
        Some(literal) if k > literal => Err(Problem::from(format!(
            "`k` of `{}` is {k}, but axis {axis} has size {size}",
            call.method.name
        ))
        .at(1)
        .note(format!("the tensor is {}", shape_text(shape)))
        .help(format!("use 1 to {size}, or another `axis`"))),
        _ => Ok(k.into()),
    }
}

fn build_topk(call: &mut Call<'_>) -> Result<Vec<Value>, Problem> {
    let value = call.float_tensor(0)?;
    let shape = call.shape(0)?;
    let axis = call.axis(2, Some(-1), shape.len())?;
    let k = check_k(call, &shape, axis)?;
    let (descending, by_place) = (call.boolean(3, Some(true))?, !call.boolean(4, Some(true))?);
    let sort = Sort { descending, by_place, ..Sort::part(axis, Size::default(), k) };
    add_sort(call, value, sort).map(Vec::from)
}

fn build_kthvalue(call: &mut Call<'_>) -> Result<Vec<Value>, Problem> {
    let value = call.float_tensor(0)?;
    let shape = call.shape(0)?;
    let axis = call.axis(2, Some(-1), shape.len())?;
    let k = check_k(call, &shape, axis)?;
    let keepdim = call.boolean(3, Some(false))?;
    let found = add_sort(call, value, Sort::part(axis, k.sub(&Size::one()), Size::one()))?;
    Ok(drop_axis(call, found, shape, axis, keepdim))
}

fn build_median(call: &mut Call<'_>) -> Result<Vec<Value>, Problem> {
    let mut value = call.float_tensor(0)?;
    let mut shape = call.shape(0)?;
    let keepdim = call.boolean(2, Some(false))?;
    let over_all = call.given(1).is_none();
    let kept = if keepdim { vec![Size::one(); shape.len()] } else { Vec::new() };
    if over_all {
        shape = vec![product(&shape)];
        value = call.builder.reshape(value, shape.clone());
    }
    let axis = if over_all { 0 } else { call.axis(1, None, shape.len())? };
    let middle = shape[axis].sub(&Size::one()).floor_div(2);
    let found = add_sort(call, value, Sort { nan_wins: true, ..Sort::part(axis, middle, Size::one()) })?;
    if over_all {
        return Ok(found.map(|value| call.builder.reshape(value, kept.clone())).to_vec());
    }
    Ok(drop_axis(call, found, shape, axis, keepdim))
}

fn drop_axis(
    call: &mut Call<'_>,
    found: [Value; 2],
    mut shape: Vec<Size>,
    axis: usize,
    keepdim: bool,
) -> Vec<Value> {
    if keepdim {
        return found.to_vec();
    }
    shape.remove(axis);
    found.map(|value| call.builder.reshape(value, shape.clone())).to_vec()
}

/// A part of the elements along an axis in sorted order, and their places.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Sort {
    /// Along which axis.
    pub axis: usize,
    /// First place of the sorted order.
    pub start: Size,
    /// Number of elements.
    pub count: Size,
    /// Whether the largest comes first.
    pub descending: bool,
    /// Whether the elements come in the order of the operand.
    pub by_place: bool,
    /// Whether the first NaN takes the place of every element.
    pub nan_wins: bool,
}

impl Sort {
    /// A part of the ascending order.
    fn part(axis: usize, start: Size, count: Size) -> Sort {
        Sort { axis, start, count, descending: false, by_place: false, nan_wins: false }
    }

    /// The places of a line's elements that are wanted.
    fn places(&self, line: &[f64], sizes: &Sizes) -> Vec<usize> {
        let (start, count) = (sizes.value(&self.start) as usize, sizes.value(&self.count) as usize);
        if let Some(nan) = line.iter().position(|x| x.is_nan() && self.nan_wins) {
            return vec![nan; count];
        }
        let mut places: Vec<usize> = (0..line.len()).collect();
        places.sort_by(|&a, &b| {
            let (x, y) = (line[a], line[b]);
            let order = x.partial_cmp(&y).unwrap_or_else(|| x.is_nan().cmp(&y.is_nan()));
            if self.descending { order.reverse() } else { order }
        });
        let mut wanted = places[start..start + count].to_vec();
        if self.by_place {
            wanted.sort_unstable();
        }
        wanted
    }
}

impl Operation for Sort {
    fn text(&self) -> String {
        let Sort { axis, start, count, .. } = self;
        let mut text = format!("sort along {axis}, {count} from {start}");
        for (is_set, word) in
            [(self.descending, "descending"), (self.by_place, "by place"), (self.nan_wins, "NaN first")]
        {
            if is_set {
                text += &format!(", {word}");
            }
        }
        text
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 1)?;
        let mut shape = inputs[0].shape.clone();
        if inputs[0].element != ElementType::Real {
            return Err(format!("`{}` is sorted, found {}", ElementType::Real.name(), inputs[0]));
        }
        *shape.get_mut(self.axis).ok_or("axis out of range")? = self.count.clone();
        Ok(vec![TensorType::real(shape.clone()), TensorType { element: ElementType::U32, shape }])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (places, axis, size) = (vjp.outputs[1], self.axis, vjp.shape(0)[self.axis].clone());
        Ok(vec![vjp.grads[0].map(|grad| vjp.builder.add(ScatterAdd { axis, size }, &[grad, places]))])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        let x = inputs[0];
        let place_at = |index: &[usize]| {
            let mut at = index.to_vec();
            let line: Vec<f64> = (0..x.shape[self.axis])
                .map(|place| {
                    at[self.axis] = place;
                    x.at(&at)
                })
                .collect();
            self.places(&line, sizes)[index[self.axis]]
        };
        let shape = sizes.shape(&outputs[0].shape);
        let places = Array::from_fn(&shape, |index| place_at(index) as f64);
        let values =
            Array::from_fn(&shape, |index| x.at(&super::gather::place(index, self.axis, places.at(index))));
        vec![values, places]
    }

    /// Comparisons: to bisect for the part, and to sort it.
    fn flops(&self, inputs: &[&TensorType], outputs: &[&TensorType]) -> Size {
        inputs[0].numel().mul(&2.into()).add(&outputs[0].numel().mul(&10.into()))
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let [outer, size, inner] = around(&call.input_types[0].shape, self.axis);
        let (start, count) = (self.start.to_tokens(), self.count.to_tokens());
        let Sort { descending, by_place, nan_wins, .. } = self;
        let (runtime, x) = (call.runtime, &call.inputs[0]);
        let (values, places) = (&call.outputs[0], &call.outputs[1]);
        Some(quote!(#runtime::ops::sort::sort(#values, #places, #x, &#runtime::ops::sort::SortOptions {
            outer: #outer, size: #size, inner: #inner, start: #start, count: #count,
            descending: #descending, by_place: #by_place, nan_wins: #nan_wins,
        })?))
    }
}
