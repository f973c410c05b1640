//! A graph as a text for programs that show it: what runs, on what, and how it is called, without the places of tokens.
//!
//! A line stands for a node, and the lines of a graph are numbered from 0:
//!
//! ```text
//! image;;f32[N, 1, 28, 28];input
//! conv1.weight;;f32[6, 1, 5, 5];parameter
//! conv1.conv2d;0 1;f32[N, 6, 28, 28];conv2d stride [1, 1] padding [2, 2] dilation [1, 1] groups 1
//! ```
//!
//! First its path, whose parts end at dots: the layers around it, then what a person would call it. Then the lines that it
//! takes, `4:1` for the second result of line 4; the types of its results, separated by `&`; last, since it may hold any
//! character but a line break, the operation and its settings. `macrograd::report` reads it.
//!
//! Control flow is written out as nodes below the path of its own. A loop `for` has a node `for.carried` for each value
//! that an iteration hands to the next one, which takes the first value and the one that is handed on: a cycle. Its body
//! stands there once. What it is given of a stack, such as the parameters of layers, is named after the first element.
//! A second loop of the same path is `for_1`. A decision `if` has its branches in `if.then` and `if.else`, and chooses in nodes behind them.

use crate::graph::{Block, Graph, Node, TensorType, Value, shape_text};
use crate::ops::{Op, Operation, if_else::IfElse, repeat::Repeat};
use std::collections::HashMap;
use std::fmt::Write;

/// The text of a graph.
pub fn describe(graph: &Graph) -> String {
    let mut writer = Writer { graph, lines: Vec::new(), results: HashMap::new(), groups: HashMap::new() };
    writer.block(&graph.body, &Group::default());
    for (index, (role, value)) in graph.roles.iter().zip(&graph.body.results).enumerate() {
        if let crate::graph::Role::Output(_) = role {
            let path = if graph.roles.len() > 1 { format!("output.{index}") } else { "output".to_string() };
            writer.add(path, &[*value], &[graph.ty(*value)], "output".to_string());
        }
    }
    writer.text()
}

/// Where nodes of a block stand.
#[derive(Clone, Default)]
struct Group {
    /// Path of the control flow around them, ending with a dot; empty for the root block.
    path: String,
    /// The layer that this control flow belongs to: it is part of `path`.
    scope: String,
}

struct Line {
    path: String,
    inputs: Vec<Source>,
    types: String,
    operation: String,
}

/// A result of a line.
#[derive(Clone, Copy)]
struct Source {
    line: usize,
    result: usize,
}

struct Writer<'a> {
    graph: &'a Graph,
    lines: Vec<Line>,
    results: HashMap<Value, Source>,
    /// How many groups want each path.
    groups: HashMap<String, usize>,
}

impl Writer<'_> {
    fn block(&mut self, block: &Block, group: &Group) {
        for node in &block.nodes {
            match &node.op {
                Op::Repeat(repeat) => self.repeat(repeat, node, group),
                Op::IfElse(choice) => self.if_else(choice, node, group),
                // What runs of them is their first block. It takes the operands as they are.
                Op::Checkpoint(_) | Op::CustomGrad(_) => {
                    let body = node.op.bodies()[0];
                    self.alias(&body.params, &node.inputs);
                    self.block(body, group);
                    self.alias(&node.outputs, &body.results);
                }
                op => {
                    let types: Vec<&TensorType> =
                        node.outputs.iter().map(|&output| self.graph.ty(output)).collect();
                    let operation = match op {
                        Op::Input(_) => "input".to_string(),
                        Op::Parameter(parameter) if parameter.trainable => "parameter".to_string(),
                        Op::Parameter(_) => "buffer".to_string(),
                        op => op.text(),
                    };
                    let line = self.add(self.path(node, group), &node.inputs, &types, operation);
                    let results = node.outputs.iter().enumerate();
                    self.results.extend(results.map(|(result, &output)| (output, Source { line, result })));
                }
            }
        }
    }

    /// The body of a loop, once.
    fn repeat(&mut self, repeat: &Repeat, node: &Node, group: &Group) {
        let inner = self.inside(node, group);
        let (carried, elements) = repeat.body.params.split_at(repeat.num_carried);
        let (initial, stacks) = node.inputs.split_at(repeat.num_carried);
        let first = self.lines.len();
        for (&param, &initial) in carried.iter().zip(initial) {
            let types = [self.graph.ty(param)];
            let line = self.add(format!("{}carried", inner.path), &[initial], &types, "carried".to_string());
            self.results.insert(param, Source { line, result: 0 });
        }
        // An iteration takes its element of each: the whole enters the loop.
        self.alias(elements, stacks);
        self.block(&repeat.body, &inner);
        for (index, (&result, &output)) in repeat.body.results.iter().zip(&node.outputs).enumerate() {
            let source = self.results[&result];
            if index < repeat.num_carried {
                self.lines[first + index].inputs.push(source);
                self.lines[first + index].operation = format!("carried {}", repeat.text());
                self.results.insert(output, source);
                continue;
            }
            let operation = if index < repeat.num_carried + repeat.num_stacked { "stack" } else { "total" };
            let path = format!("{}{operation}", inner.path);
            let line = self.add(path, &[result], &[self.graph.ty(output)], operation.to_string());
            self.results.insert(output, Source { line, result: 0 });
        }
    }

    /// Both branches, then for each result which of them it comes from.
    fn if_else(&mut self, choice: &IfElse, node: &Node, group: &Group) {
        let Group { path, scope } = self.inside(node, group);
        for (branch, name) in choice.branches.iter().zip(["then", "else"]) {
            self.block(branch, &Group { path: format!("{path}{name}."), scope: scope.clone() });
        }
        let path = format!("{path}choose");
        for (index, &output) in node.outputs.iter().enumerate() {
            let of_branches = choice.branches.iter().map(|branch| branch.results[index]);
            let inputs: Vec<Value> = node.inputs.iter().copied().chain(of_branches).collect();
            let line = self.add(path.clone(), &inputs, &[self.graph.ty(output)], "choose".to_string());
            self.results.insert(output, Source { line, result: 0 });
        }
    }

    /// The group that the blocks of a node make.
    fn inside(&mut self, node: &Node, group: &Group) -> Group {
        let path = self.path(node, group);
        let number = self.groups.entry(path.clone()).or_default();
        let path = if *number == 0 { format!("{path}.") } else { format!("{path}_{number}.") };
        *number += 1;
        Group { path, scope: self.graph.origin(node.outputs[0]).scope.to_string() }
    }

    fn path(&self, node: &Node, group: &Group) -> String {
        let origin = self.graph.origin(node.outputs[0]);
        // Within a loop of the same layer, or of one around it, its own path is said already.
        let below = origin.scope.strip_prefix(group.scope.as_str());
        let scope = match below {
            Some(rest) if group.scope.is_empty() || rest.is_empty() || rest.starts_with('.') => rest,
            Some(_) | None => &origin.scope,
        };
        let scope = scope.trim_start_matches('.');
        let dot = if scope.is_empty() { "" } else { "." };
        format!("{}{scope}{dot}{}", group.path, origin.name)
    }

    /// Makes values the same as others.
    fn alias(&mut self, values: &[Value], others: &[Value]) {
        for (value, other) in values.iter().zip(others) {
            self.results.insert(*value, self.results[other]);
        }
    }

    fn add(&mut self, path: String, inputs: &[Value], types: &[&TensorType], operation: String) -> usize {
        let inputs = inputs.iter().map(|input| self.results[input]).collect();
        let types: Vec<String> =
            types.iter().map(|ty| format!("{}{}", ty.element.name(), shape_text(&ty.shape))).collect();
        self.lines.push(Line { path, inputs, types: types.join("&"), operation });
        self.lines.len() - 1
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for Line { path, inputs, types, operation } in &self.lines {
            let inputs: Vec<String> = inputs
                .iter()
                .map(|source| match source.result {
                    0 => source.line.to_string(),
                    result => format!("{}:{result}", source.line),
                })
                .collect();
            writeln!(text, "{path};{};{types};{operation}", inputs.join(" ")).expect("memory is enough");
        }
        text
    }
}
