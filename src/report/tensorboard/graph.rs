//! Graphs: what nodes are, those of a compiled model, and their messages.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::super::ReportError;
use super::proto::{AttrValue, Attribute, Dim, GraphDef, ListValue, NodeDef, Shape, VersionDef};
use super::proto::{GRAPH_VERSION, UNKNOWN_SIZE};
use crate::Model;

/// A node of a graph: an operation or a layer, and what it is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct GraphNode {
    /// Its name. Nodes with the same text before a `/` are shown as one that opens.
    pub name: String,
    /// What it does.
    pub op: String,
    /// Names of the nodes whose results it takes; `name:1` is the second result of a node, `name` the first.
    pub inputs: Vec<String>,
    /// What else is to be known of the operation: `stride [1, 1]`.
    pub settings: String,
    /// The types of its results: `f32[N, 10]`.
    pub outputs: Vec<String>,
}

impl GraphNode {
    /// A node of this name, operation and inputs.
    pub fn new<I: Into<String>>(
        name: impl Into<String>,
        op: impl Into<String>,
        inputs: impl IntoIterator<Item = I>,
    ) -> GraphNode {
        let inputs = inputs.into_iter().map(Into::into).collect();
        GraphNode { name: name.into(), op: op.into(), inputs, ..GraphNode::default() }
    }

    /// The graph of a function of a compiled model, by the function's name; otherwise of the one that training uses: the
    /// first that returns a scalar. A model that was not compiled has none.
    ///
    /// Layers are groups, such as `block1/conv1`, of what they compute, their parameters, and where an operation is made
    /// of several, of another group. Arguments, parameters and results are nodes of their own; shapes are shown with
    /// the names of their dimensions. A loop is a group with its body once, in which `carried` stands for what an
    /// iteration hands to the next one, and layers of a stack have the name of the first; a decision is a group of both
    /// branches and of nodes that choose. The graph of a function that returns a scalar is that of training, where
    /// dropout drops; otherwise that of inference.
    ///
    /// # Errors
    /// When the model has no function of this name.
    pub fn of_model<M: Model>(function: Option<&str>) -> Result<Vec<GraphNode>, ReportError> {
        let Some(wanted) = function else {
            return Ok(M::GRAPHS.first().map_or_else(Vec::new, |(_, text)| read(text)));
        };
        // Of a function with optional arguments there are several, from all arguments to none: `forward.with_mask`.
        let is_wanted = |name: &str| name.split('.').next() == Some(wanted) || name == wanted;
        let found = M::GRAPHS.iter().find(|(name, _)| is_wanted(name));
        found.map(|(_, text)| read(text)).ok_or_else(|| {
            let known: Vec<String> = M::GRAPHS.iter().map(|(name, _)| format!("`{name}`")).collect();
            ReportError::UnknownFunction {
                model: M::NAME,
                function: wanted.to_owned(),
                known: known.join(", "),
            }
        })
    }
}

/// A line of the text that the compiler writes (its `emit/description.rs`): path, inputs, types, operation.
struct Line<'a> {
    path: String,
    inputs: &'a str,
    types: &'a str,
    op: &'a str,
    settings: &'a str,
}

impl Line<'_> {
    /// Whether it stands for a value that a function is given: these have names of their own.
    fn is_source(&self) -> bool {
        matches!(self.op, "input" | "parameter" | "buffer")
    }
}

fn read(text: &str) -> Vec<GraphNode> {
    let lines: Vec<Line<'_>> = text.lines().filter_map(read_line).collect();
    let names = names(&lines);
    let name_of = |input: &str| match input.split_once(':') {
        None => names[number(input)].clone(),
        Some((line, result)) => format!("{}:{result}", names[number(line)]),
    };
    lines
        .iter()
        .zip(&names)
        .map(|(line, name)| GraphNode {
            name: name.clone(),
            op: line.op.to_owned(),
            inputs: line.inputs.split_whitespace().map(name_of).collect(),
            settings: line.settings.to_owned(),
            outputs: line.types.split('&').map(str::to_owned).collect(),
        })
        .collect()
}

fn read_line(line: &str) -> Option<Line<'_>> {
    let mut parts = line.splitn(4, ';');
    let (path, inputs, types, operation) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let (op, settings) = operation.split_once(' ').unwrap_or((operation, ""));
    // TensorBoard gives other characters a meaning: `^` and `:` in inputs.
    let plain = |c: char| if c.is_alphanumeric() || c == '_' { c } else { '_' };
    let path: Vec<String> = path.split('.').map(|part| part.chars().map(plain).collect()).collect();
    Some(Line { path: path.join("/"), inputs, types, op, settings })
}

fn number(text: &str) -> usize {
    text.parse().expect("the compiler numbers lines")
}

/// A name for each line. Consecutive ones of one path are parts of one operation, and make a group, unless the path says
/// all that there is to say.
fn names(lines: &[Line<'_>]) -> Vec<String> {
    let mut names = vec![String::new(); lines.len()];
    let mut taken = Taken::default();
    // First, since parameters are known by their names.
    for (name, line) in names.iter_mut().zip(lines).filter(|(_, line)| line.is_source()) {
        *name = taken.unique(&line.path);
    }
    let rest: Vec<usize> = (0..lines.len()).filter(|&index| !lines[index].is_source()).collect();
    for parts in rest.chunk_by(|&a, &b| lines[a].path == lines[b].path) {
        let path = &lines[parts[0]].path;
        let is_alike = |&index: &usize| path.rsplit('/').next() == Some(lines[index].op);
        if parts.len() == 1 || parts.iter().all(is_alike) {
            parts.iter().for_each(|&index| names[index] = taken.unique(path));
            continue;
        }
        let group = taken.unique(path);
        for &index in parts {
            names[index] = taken.unique(&format!("{group}/{}", lines[index].op));
        }
    }
    names
}

/// Names that are in use, and how often each was wanted.
#[derive(Default)]
struct Taken {
    names: HashSet<String>,
    wanted: HashMap<String, usize>,
}

impl Taken {
    /// The name, or where it is in use the first of `name_1`, `name_2`, … that is not.
    fn unique(&mut self, name: &str) -> String {
        let mut unique = name.to_owned();
        while !self.names.insert(unique.clone()) {
            let number = self.wanted.entry(name.to_owned()).or_default();
            *number += 1;
            unique = format!("{name}_{number}");
        }
        unique
    }
}

/// Names are different, and inputs are names.
pub fn check(nodes: &[GraphNode], path: &Path) -> Result<(), ReportError> {
    let mut names = HashSet::new();
    for GraphNode { name, .. } in nodes {
        if !names.insert(name.as_str()) {
            return Err(ReportError::DuplicateNode { path: path.to_path_buf(), node: name.clone() });
        }
    }
    let is_known = |input: &str| {
        let of_node = input.rsplit_once(':').filter(|(_, result)| result.parse::<u32>().is_ok());
        names.contains(input) || of_node.is_some_and(|(name, _)| names.contains(name))
    };
    for node in nodes {
        if let Some(input) = node.inputs.iter().find(|input| !is_known(input)) {
            let (node, input) = (node.name.clone(), input.clone());
            return Err(ReportError::UnknownInput { path: path.to_path_buf(), node, input });
        }
    }
    Ok(())
}

/// The message of a graph.
pub fn encode(nodes: &[GraphNode]) -> GraphDef {
    let node = nodes
        .iter()
        .map(|node| NodeDef {
            name: node.name.clone(),
            op: node.op.clone(),
            input: node.inputs.clone(),
            attr: attributes(node),
        })
        .collect();
    GraphDef { node, versions: Some(VersionDef { producer: GRAPH_VERSION }) }
}

/// What TensorBoard lists beside a node: texts, and the shapes that it writes at edges, where sizes are numbers.
fn attributes(node: &GraphNode) -> Vec<Attribute> {
    let attribute = |key: &str, value| Attribute { key: key.to_owned(), value: Some(value) };
    let text = |text: &str| AttrValue { s: Some(text.as_bytes().to_vec()), list: None };
    let mut attributes = Vec::new();
    if !node.settings.is_empty() {
        attributes.push(attribute("settings", text(&node.settings)));
    }
    if !node.outputs.is_empty() {
        attributes.push(attribute("type", text(&node.outputs.join(", "))));
        let shape = node.outputs.iter().map(|ty| shape_of(ty)).collect();
        attributes.push(attribute("_output_shapes", AttrValue { s: None, list: Some(ListValue { shape }) }));
    }
    attributes
}

/// The shape of a type `f32[N, 10]`.
fn shape_of(ty: &str) -> Shape {
    let sizes = ty.split_once('[').map_or("", |(_, sizes)| sizes.trim_end_matches(']'));
    let dims = sizes.split(", ").filter(|size| !size.is_empty());
    let dim = dims.map(|size| Dim { size: size.parse().unwrap_or(UNKNOWN_SIZE), name: size.to_owned() });
    Shape { dim: dim.collect() }
}
