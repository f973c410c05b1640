//! Activations chosen by a text, so that a layer can leave the choice to its user: `activation(x)`, and
//! `x · gate(score)`, operands broadcast. Each is the operation of that name with its default settings.

use super::call::{Argument, Build, Build::One, Call, Method, Problem};
use super::{find_method, optional, required, tensor};
use crate::graph::Value;
use crate::graph::scalar::{arg, mul};

/// `x.activate("gelu")`, and `x.gate_by(score, gate = "sigmoid")`.
pub const METHODS: &[Method] = &[
    Method {
        name: "activate",
        params: &[tensor("x"), required("activation")],
        build: One(|call| activated(call, 0, 1)),
    },
    Method {
        name: "gate_by",
        params: &[tensor("x"), required("score"), optional("gate")],
        build: One(build_gate_by),
    },
];

/// The choices: operations without settings that must be given, and the operand itself.
pub const ACTIVATIONS: [&str; 21] = [
    "relu",
    "relu6",
    "leaky_relu",
    "elu",
    "celu",
    "selu",
    "gelu",
    "silu",
    "mish",
    "sigmoid",
    "log_sigmoid",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "hardshrink",
    "softshrink",
    "tanh",
    "tanhshrink",
    "softplus",
    "softsign",
    "identity",
];

fn build_gate_by(call: &mut Call<'_>) -> Result<Value, Problem> {
    let value = call.float_tensor(0)?;
    let gate = activated(call, 1, 2)?;
    call.map_values(&[value, gate], &mul(arg(0), arg(1)))
}

/// The activation that parameter `choice` names, the logistic function by default, of the tensor that parameter
/// `operand` is.
fn activated(call: &mut Call<'_>, operand: usize, choice: usize) -> Result<Value, Problem> {
    let value = call.float_tensor(operand)?;
    let default = ACTIVATIONS.iter().position(|name| *name == "sigmoid");
    let name = ACTIVATIONS[call.choice(choice, default, &ACTIVATIONS)?];
    let Some(method) = find_method(name) else { return Ok(value) };
    let place = call.args[operand].as_ref().map(|(_, place)| *place);
    let args = vec![place.map(|place| (Argument::Tensor(value), place))];
    let mut inner = Call { builder: &mut *call.builder, method, args, site: call.site };
    match method.build {
        Build::One(build) => build(&mut inner),
        Build::Many(_) => unreachable!("an activation has one result"),
    }
}
