//! The calls of operations that lints look at, as the user wrote them.

use super::Lowering;
use crate::diagnostics::Place;
use crate::graph::{Origin, Value};
use crate::lints::{LintSet, is_watched};
use crate::ops::call::{Argument, Built};

/// A call of an operation.
#[derive(Clone, Debug)]
pub struct Called {
    /// The operation.
    pub method: &'static str,
    /// Its operands by position; `None` for those that are no tensors or left out.
    pub operands: Vec<Option<Value>>,
    /// What it gives; the first of several results.
    pub result: Value,
    /// Where the user can edit it.
    pub origin: Origin,
    /// Whether it stands in a function under `#[track_caller]`: the place is that of the function's caller.
    pub in_library: bool,
    /// Whether it stands in a model with generic parameters, which is compiled at other sizes, too.
    pub of_generic: bool,
    /// Lints that are allowed here: by the function it stands in, its model, or those that call them.
    pub allowed: LintSet,
}

impl Called {
    /// The tensor at a position.
    pub fn operand(&self, index: usize) -> Option<Value> {
        self.operands.get(index).copied().flatten()
    }
}

impl Lowering<'_> {
    /// Notes a call, if a lint looks at it.
    pub(super) fn note_call(
        &mut self,
        method: &'static str,
        args: &[Option<(Argument, Place)>],
        built: &Built,
    ) {
        let result = match built {
            Built::One(value) => Some(*value),
            Built::Many(values) => values.first().copied(),
        };
        let (true, Some(result)) = (is_watched(method), result) else { return };
        let operand = |arg: &Option<(Argument, Place)>| match arg {
            Some((Argument::Tensor(value), _)) => Some(*value),
            _ => None,
        };
        self.note(method, args.iter().map(operand).collect(), result);
    }

    /// Notes that a derivative is 0, since the function does not depend on what it is asked for.
    pub(super) fn note_unreached(&mut self, derivative: &'static str, source: Value) {
        self.note(derivative, vec![Some(source)], source);
    }

    fn note(&mut self, method: &'static str, operands: Vec<Option<Value>>, result: Value) {
        let frame = self.frame_ref();
        let called = Called {
            method,
            operands,
            result,
            origin: self.builder.origin.clone(),
            in_library: frame.caller.is_some(),
            of_generic: frame.instance.as_ref().is_some_and(|instance| !instance.decl.generics.is_empty()),
            allowed: frame.allowed,
        };
        self.calls.push(called);
    }
}
