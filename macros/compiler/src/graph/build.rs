//! Building graphs: every node is typed as it is added.

use super::scalar::{Number, Scalar};
use super::{Block, Graph, Node, Origin, Role, Size, TensorType, Value, ValueInfo};
use crate::ops::{
    Op, Operation, constant::Constant, expand::Expand, map::Map, permute::Permute, reduce::Reduce,
    reduce::ReduceKind, reshape::Reshape,
};
use std::collections::HashMap;

/// A graph in the making: a stack of open blocks.
#[derive(Clone)]
pub struct Builder {
    /// Everything known of each value.
    pub values: Vec<ValueInfo>,
    blocks: Vec<Block>,
    /// Scalars that need no memory: constants and sizes known at run time.
    inline: HashMap<Value, Scalar>,
    /// Given to the nodes that are added.
    pub origin: Origin,
}

impl Builder {
    /// A builder with an empty root block.
    pub fn new(origin: Origin) -> Builder {
        Builder { values: Vec::new(), blocks: vec![Block::default()], inline: HashMap::new(), origin }
    }

    /// Goes on with a finished graph. The block's results are dropped.
    pub fn resume(graph: &Graph, origin: Origin) -> Builder {
        let mut builder = Builder::new(origin);
        builder.values = graph.values.clone();
        builder.blocks[0].nodes = graph.body.nodes.clone();
        fn find_inline(block: &Block, found: &mut HashMap<Value, Scalar>) {
            for node in &block.nodes {
                if let Some(scalar) = inline_scalar(&node.op, &node.inputs) {
                    found.insert(node.outputs[0], scalar);
                }
                node.op.bodies().into_iter().for_each(|body| find_inline(body, found));
            }
        }
        find_inline(&graph.body, &mut builder.inline);
        builder
    }

    /// The finished graph.
    pub fn finish(mut self, results: Vec<(Role, Value)>) -> Graph {
        let mut body = self.blocks.pop().expect("the root block is never popped");
        assert!(self.blocks.is_empty(), "every opened block is closed before the graph is finished");
        let (roles, values) = results.into_iter().unzip();
        body.results = values;
        Graph { values: self.values, body, roles }
    }

    /// The type of a value.
    pub fn ty(&self, value: Value) -> &TensorType {
        &self.values[value.index()].ty
    }

    /// Whether a value is taken into the expressions that use it.
    pub fn is_inline(&self, value: Value) -> bool {
        self.inline.contains_key(&value)
    }

    /// The number of a value that is a constant scalar.
    pub fn as_constant(&self, value: Value) -> Option<f64> {
        match self.inline.get(&value) {
            Some(Scalar::Const(number)) => Some(number.value()),
            _ => None,
        }
    }

    /// A new value of this type.
    pub fn new_value(&mut self, ty: TensorType) -> Value {
        self.values.push(ValueInfo { ty, origin: self.origin.clone() });
        Value(self.values.len() as u32 - 1)
    }

    /// Opens a block inside the current one.
    pub fn open_block(&mut self) {
        self.blocks.push(Block::default());
    }

    /// Adds a parameter to the innermost open block.
    pub fn block_param(&mut self, ty: TensorType) -> Value {
        let value = self.new_value(ty);
        self.block().params.push(value);
        value
    }

    /// The innermost open block.
    pub fn block(&mut self) -> &mut Block {
        self.blocks.last_mut().expect("a builder has an open block")
    }

    /// Number of open blocks.
    pub fn depth(&self) -> usize {
        self.blocks.len()
    }

    /// The open block at `depth`, 0 being the root.
    pub fn block_at(&mut self, depth: usize) -> &mut Block {
        &mut self.blocks[depth]
    }

    /// The depth of the open block that holds a value, 0 being the root.
    pub fn depth_of(&self, value: Value) -> usize {
        let holds = |block: &Block| {
            block.params.contains(&value) || block.nodes.iter().any(|node| node.outputs.contains(&value))
        };
        self.blocks.iter().position(holds).unwrap_or(self.blocks.len())
    }

    /// Takes the open blocks from `depth` on away, so that nodes are added to the one before.
    pub fn suspend(&mut self, depth: usize) -> Vec<Block> {
        self.blocks.split_off(depth)
    }

    /// Puts open blocks back.
    pub fn restore(&mut self, blocks: Vec<Block>) {
        self.blocks.extend(blocks);
    }

    /// Closes the innermost block.
    pub fn close_block(&mut self, results: Vec<Value>) -> Block {
        let mut block = self.blocks.pop().expect("a block is open");
        block.results = results;
        block
    }

    /// Adds a node.
    ///
    /// # Errors
    /// What is wrong with the operands, as a message without location.
    pub fn try_add(&mut self, op: Op, inputs: &[Value]) -> Result<Vec<Value>, String> {
        let types: Vec<&TensorType> = inputs.iter().map(|&value| self.ty(value)).collect();
        let outputs = op.infer(&types)?;
        let outputs: Vec<Value> = outputs.into_iter().map(|ty| self.new_value(ty)).collect();
        if let Some(scalar) = inline_scalar(&op, inputs) {
            self.inline.insert(outputs[0], scalar);
        }
        self.block().nodes.push(Node { op, inputs: inputs.to_vec(), outputs: outputs.clone() });
        Ok(outputs)
    }

    /// Adds a node of one output whose operands are known to fit.
    pub fn add(&mut self, op: impl Into<Op>, inputs: &[Value]) -> Value {
        let op = op.into();
        match self.try_add(op, inputs) {
            Ok(outputs) => outputs[0],
            Err(message) => unreachable!("a rule of the compiler built an ill-typed node: {message}"),
        }
    }

    /// A constant scalar.
    pub fn constant(&mut self, value: f64) -> Value {
        self.add(Constant(Number::new(value)), &[])
    }

    /// An element-wise operation, with constants taken into the expression.
    ///
    /// # Errors
    /// When the operands cannot be broadcast together.
    pub fn try_map(&mut self, expression: &Scalar, args: &[Value]) -> Result<Value, String> {
        let mut kept: Vec<Value> = Vec::new();
        let mut replacement: Vec<Scalar> = Vec::new();
        for &value in args {
            if let Some(scalar) = self.inline.get(&value) {
                replacement.push(scalar.clone());
                continue;
            }
            let position = kept.iter().position(|&other| other == value).unwrap_or_else(|| {
                kept.push(value);
                kept.len() - 1
            });
            replacement.push(Scalar::Arg(position));
        }
        let expression = expression.substitute(&|index| replacement[index].clone());
        // Simplification may have dropped operands; the shape still depends on all of them.
        let mut used = Vec::new();
        expression.for_each_arg(&mut |index| used.push(index));
        let all = Map { expression: expression.clone() };
        if let Scalar::Const(number) = expression {
            let types: Vec<&TensorType> = kept.iter().map(|&value| self.ty(value)).collect();
            let shape = crate::ops::broadcast_shapes(&types)?;
            let scalar = self.constant(number.value());
            return Ok(self.expand(scalar, shape));
        }
        if (0..kept.len()).any(|index| !used.contains(&index)) {
            let types: Vec<&TensorType> = kept.iter().map(|&value| self.ty(value)).collect();
            let shape = crate::ops::broadcast_shapes(&types)?;
            let live: Vec<usize> = (0..kept.len()).filter(|index| used.contains(index)).collect();
            let renumbered = all.expression.substitute(&|index| {
                Scalar::Arg(live.iter().position(|&l| l == index).expect("a live operand is in the list"))
            });
            let values: Vec<Value> = live.iter().map(|&index| kept[index]).collect();
            let narrow = match renumbered {
                Scalar::Arg(0) => values[0],
                renumbered => self.try_add(Map { expression: renumbered }.into(), &values)?[0],
            };
            return Ok(self.expand(narrow, shape));
        }
        if all.expression == Scalar::Arg(0) {
            return Ok(kept[0]);
        }
        Ok(self.try_add(all.into(), &kept)?[0])
    }

    /// An element-wise operation whose operands are known to broadcast.
    pub fn map(&mut self, expression: &Scalar, args: &[Value]) -> Value {
        match self.try_map(expression, args) {
            Ok(value) => value,
            Err(message) => unreachable!("a rule of the compiler built an ill-typed map: {message}"),
        }
    }

    /// The value broadcast to `shape`.
    pub fn expand(&mut self, value: Value, shape: Vec<Size>) -> Value {
        if self.ty(value).shape == shape { value } else { self.add(Expand { shape }, &[value]) }
    }

    /// The value in another shape of as many elements.
    pub fn reshape(&mut self, value: Value, shape: Vec<Size>) -> Value {
        if self.ty(value).shape == shape { value } else { self.add(Reshape { shape, fence: 0 }, &[value]) }
    }

    /// The value, told apart from itself and from every other such value, see [`Reshape::fence`].
    pub fn fence(&mut self, value: Value) -> Value {
        let (shape, fence) = (self.ty(value).shape.clone(), self.values.len());
        self.add(Reshape { shape, fence }, &[value])
    }

    /// A new value of the type and origin of another, of the backward pass. It is written into expressions if the
    /// other is.
    pub fn copy_of(&mut self, value: Value) -> Value {
        let mut info = self.values[value.index()].clone();
        info.origin.backward = self.origin.backward;
        self.values.push(info);
        let copy = Value(self.values.len() as u32 - 1);
        if let Some(scalar) = self.inline.get(&value).cloned() {
            self.inline.insert(copy, scalar);
        }
        copy
    }

    /// The value with its axes reordered: axis `i` of the result is axis `axes[i]`.
    pub fn permute(&mut self, value: Value, axes: Vec<usize>) -> Value {
        if axes.iter().enumerate().all(|(index, &axis)| index == axis) {
            return value;
        }
        self.add(Permute { axes }, &[value])
    }

    /// Reduces these axes to size 1.
    pub fn reduce(&mut self, kind: ReduceKind, value: Value, axes: Vec<usize>) -> Value {
        let shape = &self.ty(value).shape;
        let axes: Vec<usize> = axes.into_iter().filter(|&axis| !shape[axis].is_one()).collect();
        if axes.is_empty() { value } else { self.add(Reduce { kind, axes }, &[value]) }
    }

    /// The sum over the axes along which a value of this shape was broadcast: the gradient of broadcasting.
    pub fn sum_to(&mut self, value: Value, shape: &[Size]) -> Value {
        let from = self.ty(value).shape.clone();
        if from == shape {
            return value;
        }
        let added = from.len() - shape.len();
        let axes = (0..from.len())
            .filter(|&axis| axis < added || (shape[axis - added].is_one() && !from[axis].is_one()))
            .collect();
        let summed = self.reduce(ReduceKind::Sum, value, axes);
        self.reshape(summed, shape.to_vec())
    }
}

/// The scalar of a node without operands: it is written into the expressions that use it.
pub fn inline_scalar(op: &Op, inputs: &[Value]) -> Option<Scalar> {
    match op {
        Op::Constant(constant) => Some(Scalar::Const(constant.0)),
        Op::Map(map) if inputs.is_empty() => Some(map.expression.clone()),
        _ => None,
    }
}
