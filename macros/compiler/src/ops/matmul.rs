//! Matrix products, batched over leading axes as in NumPy: `[…, m, k] · [k, n]`, `[b, m, k] · [b, k, n]`, vectors.

use super::call::{Build::One, Call, Method, Problem};
use super::{KernelCall, Operation, Vjp, broadcast_shapes, check_count, required, tensor};
use crate::graph::types::product;
use crate::graph::{ElementType, Size, TensorType, Value, shape_text};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

/// `x.matmul(y)`: rows of `x` by columns of `y`, PyTorch's `matmul`.
pub const METHODS: &[Method] =
    &[Method { name: "matmul", params: &[tensor("x"), required("y")], build: One(build) }];

fn build(call: &mut Call<'_>) -> Result<Value, Problem> {
    let (mut a, mut b) = (call.float_tensor(0)?, call.float_tensor(1)?);
    let (a_shape, b_shape) = (call.shape(0)?, call.shape(1)?);
    if a_shape.is_empty() || b_shape.is_empty() {
        return Err(Problem::from("`matmul` takes vectors and matrices, found a scalar".to_string())
            .at(if a_shape.is_empty() { 0 } else { 1 })
            .help("multiply by a scalar with `*`"));
    }
    // Vectors become matrices of one row or one column, and the axis is dropped again at the end.
    let (a_is_vector, b_is_vector) = (a_shape.len() == 1, b_shape.len() == 1);
    if a_is_vector {
        a = call.builder.reshape(a, vec![Size::one(), a_shape[0].clone()]);
    }
    if b_is_vector {
        b = call.builder.reshape(b, vec![b_shape[0].clone(), Size::one()]);
    }
    let (a_type, b_type) = (call.builder.ty(a).shape.clone(), call.builder.ty(b).shape.clone());
    let (m, k) = (&a_type[a_type.len() - 2], &a_type[a_type.len() - 1]);
    let (inner, n) = (&b_type[b_type.len() - 2], &b_type[b_type.len() - 1]);
    if k != inner {
        return Err(Problem::from(format!(
            "`matmul` of {} by {}: rows of the first have {k} elements, columns of the second {inner}",
            shape_text(&a_shape),
            shape_text(&b_shape)
        ))
        .at(1)
        .help("transpose one of them, or change its width"));
    }
    let batch_a = &a_type[..a_type.len() - 2];
    let batch_b = &b_type[..b_type.len() - 2];
    let batch = broadcast_shapes(&[&TensorType::real(batch_a.to_vec()), &TensorType::real(batch_b.to_vec())])
        .map_err(|_| {
            Problem::from(format!(
                "`matmul` of {} by {}: the leading axes {} and {} cannot be broadcast together",
                shape_text(&a_shape),
                shape_text(&b_shape),
                shape_text(batch_a),
                shape_text(batch_b)
            ))
            .at(1)
            .help("make them equal, or 1 where one matrix serves all")
        })?;
    let out = if product(batch_b) == Size::one() {
        // One matrix for all: a single product over all rows.
        let rows = product(&a_type[..a_type.len() - 1]);
        let a = call.builder.reshape(a, vec![rows, k.clone()]);
        let b = call.builder.reshape(b, vec![k.clone(), n.clone()]);
        call.builder.add(Matmul { transpose_a: false, transpose_b: false }, &[a, b])
    } else {
        let full = |batch: &[Size], rows: &Size, columns: &Size| {
            let mut shape = batch.to_vec();
            shape.extend([rows.clone(), columns.clone()]);
            shape
        };
        let a = call.builder.expand(a, full(&batch, m, k));
        let b = call.builder.expand(b, full(&batch, k, n));
        call.builder.add(Matmul { transpose_a: false, transpose_b: false }, &[a, b])
    };
    let mut shape = batch;
    if !a_is_vector {
        shape.push(m.clone());
    }
    if !b_is_vector {
        shape.push(n.clone());
    }
    Ok(call.builder.reshape(out, shape))
}

/// `op(a) · op(b)` for matrices, or for each pair of two equal stacks of matrices.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Matmul {
    /// `a` is stored `[k, m]`.
    pub transpose_a: bool,
    /// `b` is stored `[n, k]`.
    pub transpose_b: bool,
}

/// Sizes of one product.
struct Extents {
    batch: Vec<Size>,
    m: Size,
    k: Size,
    n: Size,
}

impl Matmul {
    fn extents(&self, inputs: &[&TensorType]) -> Result<Extents, String> {
        check_count(inputs, 2)?;
        let (a, b) = (&inputs[0].shape, &inputs[1].shape);
        if inputs.iter().any(|ty| ty.element != ElementType::Real || ty.rank() < 2) || a.len() != b.len() {
            return Err(format!("matrix product of {} and {}", inputs[0], inputs[1]));
        }
        let rank = a.len();
        let order = |shape: &[Size], transposed: bool| {
            let (rows, columns) = (shape[rank - 2].clone(), shape[rank - 1].clone());
            if transposed { (columns, rows) } else { (rows, columns) }
        };
        let ((m, k), (inner, n)) = (order(a, self.transpose_a), order(b, self.transpose_b));
        if k != inner || a[..rank - 2] != b[..rank - 2] {
            return Err(format!("matrix product of {} and {}", inputs[0], inputs[1]));
        }
        Ok(Extents { batch: a[..rank - 2].to_vec(), m, k, n })
    }
}

impl Operation for Matmul {
    fn text(&self) -> String {
        let mark = |transposed| if transposed { "ᵀ" } else { "" };
        format!("matmul a{} b{}", mark(self.transpose_a), mark(self.transpose_b))
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        let Extents { mut batch, m, n, .. } = self.extents(inputs)?;
        batch.extend([m, n]);
        Ok(vec![TensorType::real(batch)])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (a, b, grad) = (vjp.inputs[0], vjp.inputs[1], vjp.grad());
        let (ta, tb) = (self.transpose_a, self.transpose_b);
        let product = |transpose_a, transpose_b| Matmul { transpose_a, transpose_b };
        Ok(vec![
            vjp.if_needed(0, |builder| {
                if ta {
                    builder.add(product(tb, true), &[b, grad])
                } else {
                    builder.add(product(false, !tb), &[grad, b])
                }
            }),
            vjp.if_needed(1, |builder| {
                if tb {
                    builder.add(product(true, ta), &[grad, a])
                } else {
                    builder.add(product(!ta, false), &[a, grad])
                }
            }),
        ])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        let shape = sizes.shape(&outputs[0].shape);
        let rank = shape.len();
        let inner = inputs[0].shape[if self.transpose_a { rank - 2 } else { rank - 1 }];
        let place = |index: &[usize], row: usize, column: usize, transposed: bool| {
            let mut place = index[..rank - 2].to_vec();
            place.extend(if transposed { [column, row] } else { [row, column] });
            place
        };
        vec![Array::from_fn(&shape, |index| {
            (0..inner)
                .map(|p| {
                    inputs[0].at(&place(index, index[rank - 2], p, self.transpose_a))
                        * inputs[1].at(&place(index, p, index[rank - 1], self.transpose_b))
                })
                .sum()
        })]
    }

    fn flops(&self, inputs: &[&TensorType], outputs: &[&TensorType]) -> Size {
        let k = self.extents(inputs).map(|extents| extents.k).unwrap_or_default();
        product(&outputs[0].shape).mul(&k).mul(&2.into())
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let Extents { batch, m, k, n } = self.extents(&call.input_types).ok()?;
        let (batch, m, k, n) = (product(&batch).to_tokens(), m.to_tokens(), k.to_tokens(), n.to_tokens());
        let (transpose_a, transpose_b) = (self.transpose_a, self.transpose_b);
        let (runtime, out, a, b) = (call.runtime, &call.outputs[0], &call.inputs[0], &call.inputs[1]);
        Some(quote!(#runtime::ops::matmul::matmul(#out, #a, #b, &#runtime::ops::matmul::Matmul {
            batch: #batch, m: #m, k: #k, n: #n,
            transpose_a: #transpose_a, transpose_b: #transpose_b,
            shared_a: false, shared_b: false, accumulate: false,
        })))
    }
}
