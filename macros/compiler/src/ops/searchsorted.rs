//! Where values belong in sorted rows, by bisection: the number of elements below a value, or with `right` not above.
//!
//! The result is a tensor of `u32`: whole numbers have no gradient. Rows must ascend; in others the place is any.

use super::call::{Build::One, Call, Method, Problem};
use super::{KernelCall, Operation, Vjp, check_count, optional, required, tensor};
use crate::graph::types::product;
use crate::graph::{ElementType, Size, TensorType, Value, shape_text};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

/// `sorted.searchsorted(values, right = false)` with rows of `values` for rows of `sorted`, or a single row for all;
/// `x.bucketize(boundaries, right = false)` with one row of boundaries. PyTorch's namesakes.
pub const METHODS: &[Method] = &[
    Method {
        name: "searchsorted",
        params: &[tensor("sorted"), required("values"), optional("right")],
        build: One(|call| build(call, 0, 1)),
    },
    Method {
        name: "bucketize",
        params: &[tensor("x"), required("boundaries"), optional("right")],
        build: One(build_bucketize),
    },
];

fn build_bucketize(call: &mut Call<'_>) -> Result<Value, Problem> {
    call.float_tensor(1)?;
    call.check_rank(1, 1, "[boundaries]")?;
    build(call, 1, 0)
}

fn build(call: &mut Call<'_>, sorted_at: usize, values_at: usize) -> Result<Value, Problem> {
    let (sorted, values) = (call.float_tensor(sorted_at)?, call.float_tensor(values_at)?);
    let (rows, of_values) = (call.shape(sorted_at)?, call.shape(values_at)?);
    let right = call.boolean(2, Some(false))?;
    let leading = |shape: &[Size]| shape.split_last().map(|(_, leading)| leading.to_vec());
    if rows.is_empty() || (rows.len() > 1 && leading(&rows) != leading(&of_values)) {
        return Err(Problem::from(format!(
            "`searchsorted` of values {} in rows {}: the axes before the last differ",
            shape_text(&of_values),
            shape_text(&rows)
        ))
        .at(values_at)
        .help("make all sizes but the last equal, or give one sorted row for all values"));
    }
    Ok(call.builder.add(SearchSorted { right }, &[sorted, values]))
}

/// The place of each value of the second operand in the sorted rows of the first.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct SearchSorted {
    /// Whether the place is after equal elements.
    pub right: bool,
}

impl Operation for SearchSorted {
    fn text(&self) -> String {
        format!("searchsorted{}", if self.right { " right" } else { "" })
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 2)?;
        let (sorted, values) = (inputs[0], inputs[1]);
        let rank = sorted.rank();
        if inputs.iter().any(|ty| ty.element != ElementType::Real)
            || rank == 0
            || (rank > 1 && (rank != values.rank() || sorted.shape[..rank - 1] != values.shape[..rank - 1]))
        {
            return Err(format!("values {values} in rows {sorted}"));
        }
        Ok(vec![TensorType { element: ElementType::U32, shape: values.shape.clone() }])
    }

    fn vjp(&self, _: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        Ok(vec![None, None])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        let (sorted, values) = (inputs[0], inputs[1]);
        let size = sorted.shape[sorted.shape.len() - 1];
        vec![Array::from_fn(&sizes.shape(&outputs[0].shape), |at| {
            let value = values.at(at);
            let element = |place: usize| {
                if sorted.shape.len() == 1 {
                    return sorted.at(&[place]);
                }
                let mut row = at.to_vec();
                row[at.len() - 1] = place;
                sorted.at(&row)
            };
            let reached = |&place: &usize| {
                if self.right { element(place) > value } else { element(place) >= value }
            };
            (0..size).find(reached).unwrap_or(size) as f64
        })]
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> Size {
        inputs[1].numel()
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let (runtime, out, sorted, values) =
            (call.runtime, &call.outputs[0], &call.inputs[0], &call.inputs[1]);
        let last = |ty: &TensorType| ty.shape.last().cloned().unwrap_or_else(Size::one);
        let size = last(call.input_types[0]).to_tokens();
        // One row serves all values as if they were a row.
        let count = match call.input_types[0].rank() {
            1 => product(&call.input_types[1].shape),
            _ => last(call.input_types[1]),
        };
        let (count, right) = (count.to_tokens(), self.right);
        Some(quote!(#runtime::ops::searchsorted::searchsorted(#out, #sorted, #values, #size, #count, #right)))
    }
}
