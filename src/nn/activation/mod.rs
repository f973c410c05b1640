//! Activations as layers, for sequential models; elsewhere write `x.relu()`.

mod exponential;
mod gate;
mod hard;
mod rectifier;
mod sigmoid;

pub use exponential::{Celu, Elu, Selu};
pub use gate::{Gelu, Glu, Mish, Silu};
pub use hard::{Hardshrink, Hardsigmoid, Hardswish, Hardtanh, Softshrink};
pub use rectifier::{LeakyRelu, Prelu, Relu, Relu6, Rrelu, Threshold};
pub use sigmoid::{LogSigmoid, Sigmoid, Softplus, Softsign, Tanh, Tanhshrink};
