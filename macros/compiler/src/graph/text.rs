//! The text form of graphs.

use super::{Block, Graph, Role, StateRef};
use crate::ops::Operation;
use std::fmt;

impl fmt::Display for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_block(self, &self.body, 0, f)?;
        for (role, value) in self.roles.iter().zip(&self.body.results) {
            writeln!(f, "{role} = %{}", value.0)?;
        }
        Ok(())
    }
}

fn write_block(graph: &Graph, block: &Block, depth: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let indent = "  ".repeat(depth);
    for node in &block.nodes {
        let outputs: Vec<String> =
            node.outputs.iter().map(|value| format!("%{}: {}", value.0, graph.ty(*value))).collect();
        let inputs: Vec<String> = node.inputs.iter().map(|value| format!("%{}", value.0)).collect();
        write!(f, "{indent}{} = {}({})", outputs.join(", "), node.op.text(), inputs.join(", "))?;
        if let Some(value) = node.outputs.first() {
            let origin = graph.origin(*value);
            let place = if origin.scope.is_empty() {
                origin.name.to_string()
            } else {
                format!("{}: {}", origin.scope, origin.name)
            };
            write!(f, "  // {}{place}", if origin.backward { "backward of " } else { "" })?;
        }
        writeln!(f)?;
        for body in node.op.bodies() {
            let params: Vec<String> =
                body.params.iter().map(|value| format!("%{}: {}", value.0, graph.ty(*value))).collect();
            writeln!(f, "{indent}  given {}", params.join(", "))?;
            write_block(graph, body, depth + 1, f)?;
            let results: Vec<String> = body.results.iter().map(|value| format!("%{}", value.0)).collect();
            writeln!(f, "{indent}  gives {}", results.join(", "))?;
        }
    }
    Ok(())
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Role::Output(index) => write!(f, "output {index}"),
            Role::GradParameter(tensor) => write!(f, "gradient of {tensor}"),
            Role::GradInput(index) => write!(f, "gradient of argument {index}"),
            Role::Buffer(tensor) => write!(f, "new value of {tensor}"),
        }
    }
}

impl fmt::Display for StateRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tensor {}", self.tensor)?;
        for (count, step) in &self.stacks {
            write!(f, " x {count} by {step}")?;
        }
        Ok(())
    }
}
