//! The verifier of graphs: run after every stage where `MACROGRAD_VERIFY` is set, as in all tests.

use super::{Block, Graph, TensorType, Value};
use crate::ops::{Op, Operation, repeat::Repeat};

/// Checks that every value is defined once and before its uses, and that every type is what its operation infers.
///
/// # Errors
/// The first rule that is broken, with the node.
pub fn verify(graph: &Graph) -> Result<(), String> {
    if graph.roles.len() != graph.body.results.len() {
        return Err(format!("{} roles for {} results", graph.roles.len(), graph.body.results.len()));
    }
    let mut defined = vec![false; graph.values.len()];
    verify_block(graph, &graph.body, &mut defined)
}

/// Checks the body's types against the operands and the results.
fn verify_loop(graph: &Graph, repeat: &Repeat, inputs: &[&TensorType]) -> Result<(), String> {
    let Repeat { body, num_carried, num_stacked, num_sums, outputs, .. } = repeat;
    if body.results.len() != outputs.len() || outputs.len() != num_carried + num_stacked + num_sums {
        return Err(format!("{} results of the body for {} of the loop", body.results.len(), outputs.len()));
    }
    let stack_of = |element: &TensorType| {
        let mut stack = element.clone();
        stack.shape.insert(0, repeat.count.clone());
        stack
    };
    for (index, (&param, &input)) in body.params.iter().zip(inputs).enumerate() {
        let param = graph.ty(param);
        if index < *num_carried && param != input {
            return Err(format!("carried value {index} is {input} outside and {param} inside"));
        }
        if index >= *num_carried && stack_of(param) != *input {
            return Err(format!("element {} of {input} is {param} inside", index - num_carried));
        }
    }
    for (index, (&result, output)) in body.results.iter().zip(outputs).enumerate() {
        let result = graph.ty(result);
        if index < *num_carried && result != inputs[index] {
            return Err(format!(
                "carried value {index} is {} before and {result} after an iteration",
                inputs[index]
            ));
        }
        let stacked = (*num_carried..num_carried + num_stacked).contains(&index);
        let gathered = if stacked { stack_of(result) } else { result.clone() };
        if gathered != *output {
            return Err(format!("result {index} is {output}, but its iterations give {gathered}"));
        }
    }
    Ok(())
}

fn verify_block(graph: &Graph, block: &Block, defined: &mut Vec<bool>) -> Result<(), String> {
    let mut here: Vec<Value> = Vec::new();
    let mut define = |value: Value, defined: &mut Vec<bool>| {
        here.push(value);
        let fresh = !std::mem::replace(&mut defined[value.index()], true);
        if fresh { Ok(()) } else { Err(format!("%{} is defined twice", value.0)) }
    };
    for &value in &block.params {
        define(value, defined)?;
    }
    for node in &block.nodes {
        let text = node.op.text();
        for value in &node.inputs {
            if !defined[value.index()] {
                return Err(format!("{text} uses %{} before it is defined", value.0));
            }
        }
        for body in node.op.bodies() {
            verify_block(graph, body, defined)?;
        }
        let inputs: Vec<&TensorType> = node.inputs.iter().map(|&value| graph.ty(value)).collect();
        let expected = node.op.infer(&inputs).map_err(|message| format!("{text}: {message}"))?;
        let found: Vec<&TensorType> = node.outputs.iter().map(|&value| graph.ty(value)).collect();
        if expected.iter().collect::<Vec<_>>() != found {
            return Err(format!("{text} has outputs of types {found:?}, but infers {expected:?}"));
        }
        if let Op::Repeat(repeat) = &node.op {
            verify_loop(graph, repeat, &inputs).map_err(|message| format!("{text}: {message}"))?;
        }
        if let Op::IfElse(choice) = &node.op {
            for branch in &choice.branches {
                let found: Vec<&TensorType> = branch.results.iter().map(|&value| graph.ty(value)).collect();
                if found != choice.outputs.iter().collect::<Vec<_>>() {
                    return Err(format!("a branch gives {found:?} for {:?}", choice.outputs));
                }
            }
        }
        if let Op::Checkpoint(checkpoint) = &node.op {
            let found: Vec<&TensorType> =
                checkpoint.body.results.iter().map(|&value| graph.ty(value)).collect();
            if found != checkpoint.outputs.iter().collect::<Vec<_>>() {
                return Err(format!("a checkpoint gives {found:?} for {:?}", checkpoint.outputs));
            }
        }
        for &value in &node.outputs {
            define(value, defined)?;
        }
    }
    for value in &block.results {
        if !defined[value.index()] {
            return Err(format!("result %{} is not defined", value.0));
        }
    }
    // What a block defines is not visible outside it.
    for value in here {
        if !std::ptr::eq(block, &graph.body) {
            defined[value.index()] = false;
        }
    }
    Ok(())
}
