//! Max pooling that also says where the maxima are, PyTorch's `max_pool2d` and `adaptive_max_pool2d` with
//! `return_indices`.
//!
//! The index of a window is the place of its maximum in row-major order over the spatial axes of the input without
//! padding, of type `u32`: the first of equal maxima, or the last NaN, which is also where the gradient of the maximum
//! goes. It is what `max_unpool2d` takes. A dilated window may have all its taps in the padding; its index is
//! `u32::MAX`, which names no place. Indices have no gradient.

use super::adaptive_pool;
use super::call::{Build::Many, Call, Method, Problem};
use super::max_pool2d;
use super::pool::Pooling;
use super::{KernelCall, Operation, Vjp, check_count};
use crate::graph::types::product;
use crate::graph::{Builder, ElementType, Size, TensorType, Value};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

/// `x.max_pool2d_with_indices(kernel_size, stride = kernel_size, padding = 0, dilation = 1, ceil_mode = false)` and
/// `x.adaptive_max_pool2d_with_indices(output_size)` return `(maxima, indices)`.
pub const METHODS: &[Method] = &[
    Method { name: "max_pool1d_with_indices", params: max_pool2d::PARAMS, build: Many(build::<1>) },
    Method { name: "max_pool2d_with_indices", params: max_pool2d::PARAMS, build: Many(build::<2>) },
    Method { name: "max_pool3d_with_indices", params: max_pool2d::PARAMS, build: Many(build::<3>) },
    Method {
        name: "adaptive_max_pool1d_with_indices",
        params: adaptive_pool::PARAMS,
        build: Many(build_adaptive::<1>),
    },
    Method {
        name: "adaptive_max_pool2d_with_indices",
        params: adaptive_pool::PARAMS,
        build: Many(build_adaptive::<2>),
    },
    Method {
        name: "adaptive_max_pool3d_with_indices",
        params: adaptive_pool::PARAMS,
        build: Many(build_adaptive::<3>),
    },
];

fn build<const AXES: usize>(call: &mut Call<'_>) -> Result<Vec<Value>, Problem> {
    let (x, pooling) = max_pool2d::read::<AXES>(call)?;
    let maxima = max_pool2d::maxima(call.builder, x, &pooling);
    let Pooling { kernel, stride, padding, dilation, .. } = pooling;
    let windows = (0..AXES).map(|axis| Windows::Sliding {
        kernel: kernel[axis],
        stride: stride[axis],
        padding: padding[axis],
        dilation: dilation[axis],
    });
    let indices = add_indices(call.builder, x, maxima, windows.collect());
    Ok(vec![maxima, indices])
}

fn build_adaptive<const AXES: usize>(call: &mut Call<'_>) -> Result<Vec<Value>, Problem> {
    let (x, maxima) = adaptive_pool::maxima::<AXES>(call)?;
    let indices = add_indices(call.builder, x, maxima, vec![Windows::Parts; AXES]);
    Ok(vec![maxima, indices])
}

/// Where in `x` the maxima of the windows are.
fn add_indices(builder: &mut Builder, x: Value, maxima: Value, windows: Vec<Windows>) -> Value {
    // Missing spatial axes have size 1, in front of the others.
    let missing = 3 - windows.len();
    let fill = |shape: &[Size]| {
        let mut filled = shape[..2].to_vec();
        filled.extend(std::iter::repeat_n(Size::one(), missing));
        filled.extend_from_slice(&shape[2..]);
        filled
    };
    let shape = builder.ty(maxima).shape.clone();
    let (volume, out) = (fill(&builder.ty(x).shape), fill(&shape)[2..].to_vec());
    let volume = builder.reshape(x, volume);
    let mut all = vec![Windows::Parts; missing];
    all.extend(windows);
    let indices = builder.add(MaxPoolIndices { windows: all, out }, &[volume]);
    builder.reshape(indices, shape)
}

/// The windows along an axis.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Windows {
    /// At equal distances.
    Sliding {
        /// Taps of a window.
        kernel: usize,
        /// Distance between windows.
        stride: usize,
        /// Places before the first.
        padding: usize,
        /// Distance between taps.
        dilation: usize,
    },
    /// Those of adaptive pooling: from `floor(o size / out)` to `ceil((o + 1) size / out)`, exclusive.
    Parts,
}

impl Windows {
    /// Places of the axis in window `index` of `out`.
    fn places(&self, index: usize, size: usize, out: usize) -> Vec<usize> {
        match *self {
            Windows::Sliding { kernel, stride, padding, dilation } => (0..kernel)
                .filter_map(|tap| (index * stride + tap * dilation).checked_sub(padding))
                .filter(|&place| place < size)
                .collect(),
            Windows::Parts => (index * size / out..((index + 1) * size).div_ceil(out)).collect(),
        }
    }

    fn text(&self) -> String {
        match self {
            Windows::Sliding { kernel, stride, padding, dilation } => {
                format!("kernel {kernel} stride {stride} padding {padding} dilation {dilation}")
            }
            Windows::Parts => "parts".to_string(),
        }
    }
}

/// Where in each `[depth, height, width]` of `[N, channels, depth, height, width]` the maxima of windows are.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct MaxPoolIndices {
    /// Along the three spatial axes.
    pub windows: Vec<Windows>,
    /// How many there are.
    pub out: Vec<Size>,
}

impl Operation for MaxPoolIndices {
    fn text(&self) -> String {
        let windows: Vec<String> = self.windows.iter().map(Windows::text).collect();
        format!("max_pool indices [{}]", windows.join(", "))
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 1)?;
        if inputs[0].rank() != 5 || inputs[0].element != ElementType::Real {
            return Err(format!("expected volumes, found {}", inputs[0]));
        }
        let mut shape = inputs[0].shape[..2].to_vec();
        shape.extend_from_slice(&self.out);
        Ok(vec![TensorType { element: ElementType::U32, shape }])
    }

    fn vjp(&self, _: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        Ok(vec![None])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        let x = inputs[0];
        let out = sizes.shape(&outputs[0].shape);
        vec![Array::from_fn(&out, |index| {
            let [depths, rows, columns] = [0, 1, 2]
                .map(|axis| self.windows[axis].places(index[2 + axis], x.shape[2 + axis], out[2 + axis]));
            let mut best: Option<([usize; 5], f64)> = None;
            for &depth in &depths {
                for (&row, &column) in rows.iter().flat_map(|row| columns.iter().map(move |c| (row, c))) {
                    let place = [index[0], index[1], depth, row, column];
                    let value = x.at(&place);
                    if best.is_none_or(|(_, best)| value > best || value.is_nan()) {
                        best = Some((place, value));
                    }
                }
            }
            best.map_or(f64::from(u32::MAX), |([.., depth, row, column], _)| {
                ((depth * x.shape[3] + row) * x.shape[4] + column) as f64
            })
        })]
    }

    /// Comparisons.
    fn flops(&self, inputs: &[&TensorType], outputs: &[&TensorType]) -> Size {
        let axes = self.windows.iter().enumerate().map(|(axis, windows)| match windows {
            Windows::Sliding { kernel, .. } => outputs[0].shape[2 + axis].mul(&Size::literal(*kernel as i64)),
            Windows::Parts => inputs[0].shape[2 + axis].clone(),
        });
        axes.fold(product(&inputs[0].shape[..2]), |product, size| product.mul(&size))
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let (runtime, out, x) = (call.runtime, &call.outputs[0], &call.inputs[0]);
        let shape = &call.input_types[0].shape;
        let planes = product(&shape[..2]).to_tokens();
        let module = quote!(#runtime::ops::max_pool_with_indices);
        let axes = self.windows.iter().enumerate().map(|(axis, windows)| {
            let (size, out) = (shape[2 + axis].to_tokens(), self.out[axis].to_tokens());
            let windows = match windows {
                Windows::Sliding { kernel, stride, padding, dilation } => quote!(Sliding {
                    kernel: #kernel, stride: #stride, padding: #padding, dilation: #dilation,
                }),
                Windows::Parts => quote!(Parts),
            };
            quote!(#module::Axis { size: #size, out: #out, windows: #module::Windows::#windows })
        });
        Some(quote!(#module::max_pool_indices(#out, #x, #planes, &[#(#axes),*])))
    }
}
