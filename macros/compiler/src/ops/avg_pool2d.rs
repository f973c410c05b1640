//! Average pooling over 1, 2 and 3 spatial axes, PyTorch's `avg_pool1d`, `avg_pool2d` and `avg_pool3d`.

use super::axis_map::Edge;
use super::call::{Build::One, Call, Method, Problem};
use super::pool::{Pool2d, Pooling, read_pooling};
use super::{KernelCall, Operation, Param, Vjp, check_count, optional, pad, required, tensor};
use crate::graph::scalar::{arg, constant, mul};
use crate::graph::{Builder, Size, TensorType, Value};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;

/// `x.avg_pool2d(kernel_size, stride = kernel_size, padding = 0, ceil_mode = false, count_include_pad = true,
/// divisor_override = …)`.
pub const METHODS: &[Method] = &[
    Method { name: "avg_pool1d", params: PARAMS, build: One(build::<1>) },
    Method { name: "avg_pool2d", params: PARAMS, build: One(build::<2>) },
    Method { name: "avg_pool3d", params: PARAMS, build: One(build::<3>) },
];

const PARAMS: &[Param] = &[
    tensor("x"),
    required("kernel_size"),
    optional("stride"),
    optional("padding"),
    optional("ceil_mode"),
    optional("count_include_pad"),
    optional("divisor_override"),
];

fn build<const AXES: usize>(call: &mut Call<'_>) -> Result<Value, Problem> {
    let ceil_mode = call.boolean(4, Some(false))?;
    let count_include_pad = call.boolean(5, Some(true))?;
    let (value, pooling) = read_pooling(call, [1; AXES], ceil_mode, count_include_pad)?;
    match call.given(6) {
        None => Ok(average(call.builder, value, &pooling)),
        Some(_) => {
            let divisor = call.integer(6, None, 1)?;
            Ok(divided_by(call.builder, value, &pooling, divisor))
        }
    }
}

/// The means of windows.
pub(super) fn average(builder: &mut Builder, value: Value, pooling: &Pooling) -> Value {
    pooling.apply(builder, value, |pool| AvgPool2d { pool }.into())
}

/// The sums of windows over a divisor of the user's: means of windows that are full, since zeros stand beyond the edges.
fn divided_by(builder: &mut Builder, value: Value, pooling: &Pooling, divisor: usize) -> Value {
    let pairs = pooling.full_padding(&builder.ty(value).shape);
    let padded = pad::pad(builder, value, &pairs, Edge::Constant, 0.0);
    let windows = Pooling { padding: vec![0; pooling.kernel.len()], ceil_mode: false, ..pooling.clone() };
    let means = average(builder, padded, &windows);
    let elements: usize = pooling.kernel.iter().product();
    let factor = elements as f64 / divisor as f64;
    builder.map(&mul(arg(0), constant(factor)), &[means])
}

/// The mean of each window.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct AvgPool2d {
    /// The window.
    pub pool: Pool2d,
}

/// Gradient of the input, from that of the output.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct AvgPool2dGrad {
    /// The window.
    pub pool: Pool2d,
    /// Shape of the input.
    pub shape: Vec<Size>,
}

impl Operation for AvgPool2d {
    fn text(&self) -> String {
        format!("avg_pool2d {} pad counts {}", self.pool.text(), self.pool.count_include_pad)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        self.pool.infer(inputs, 1)
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (grad, shape) = (vjp.grad(), vjp.shape(0));
        Ok(vec![Some(vjp.builder.add(AvgPool2dGrad { pool: self.pool.clone(), shape }, &[grad]))])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        let x = inputs[0];
        vec![Array::from_fn(&sizes.shape(&outputs[0].shape), |index| {
            let (places, count) = self.pool.window(index, x.shape[2], x.shape[3]);
            places.iter().map(|place| x.at(place)).sum::<f64>() / count as f64
        })]
    }

    fn flops(&self, _: &[&TensorType], outputs: &[&TensorType]) -> Size {
        self.pool.flops(outputs[0])
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        Some(self.pool.kernel(call, "avg_pool2d", "avg_pool2d", &call.input_types[0].shape))
    }
}

impl Operation for AvgPool2dGrad {
    fn text(&self) -> String {
        format!("avg_pool2d gradient {} pad counts {}", self.pool.text(), self.pool.count_include_pad)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 1)?;
        Ok(vec![TensorType::real(self.shape.clone())])
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let grad = vjp.grad();
        Ok(vec![Some(vjp.builder.add(AvgPool2d { pool: self.pool.clone() }, &[grad]))])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        let mut out = Array::full(&sizes.shape(&outputs[0].shape), 0.0);
        let (height, width) = (out.shape[2], out.shape[3]);
        inputs[0].for_each(|index, grad| {
            let (places, count) = self.pool.window(index, height, width);
            for place in places {
                let at = out.offset(&place);
                out.data[at] += grad / count as f64;
            }
        });
        vec![out]
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> Size {
        self.pool.flops(inputs[0])
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        Some(self.pool.kernel(call, "avg_pool2d", "avg_pool2d_grad", &self.shape))
    }
}
