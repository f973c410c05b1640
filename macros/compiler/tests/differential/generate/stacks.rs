//! Layers: batch normalisation, and stacks in loops.

use super::{Arg, Generator, Scope, Variable};
use macrograd_compiler::graph::{ElementType, TensorType};
use macrograd_compiler::ops::call::Argument;

impl Generator {
    /// `nn::BatchNorm2d`, which updates buffers, on an image.
    pub(super) fn batch_norm_layer(&mut self) -> bool {
        if !self.scope().updates {
            return false;
        }
        let fits = |ty: &TensorType| ty.rank() == 4 && ty.shape[1].as_literal().is_some();
        let is_float = |ty: &TensorType| ty.element == ElementType::Real;
        let Some(image) = self.variable(|ty| is_float(ty) && fits(ty)) else {
            return false;
        };
        let Argument::Tensor(value) = image.value else { return false };
        let ty = self.ty(value).clone();
        self.note_use(&image.value);
        let (field, name) = (self.name("norm"), self.name("v"));
        let scope = self.scope();
        scope.fields.push(format!("{field}: nn::BatchNorm2d<{}>", ty.shape[1]));
        scope.lines.push(format!("let {name} = {}.{field}({});", scope.receiver, image.text));
        // What it computes is not known here; the type is.
        let value = self.given(&name, ty);
        self.scope().variables.push(Variable { name, value, is_used: false });
        true
    }

    /// A loop over a stack, with one or two carried values.
    pub(super) fn stack(&mut self, depth: usize) {
        let Some(carried) = self.carry() else { return };
        let (stack, layer, block) = (self.name("stack"), self.name("layer"), self.name("Block"));
        let count = *self.random.pick(&[1, 2, 2, 3, 4]);
        let path = format!("{}{stack}.0.", self.scope().path);
        let updates = self.scope().updates;
        self.scopes.push(Scope { updates, ..Scope::new(&layer, &path) });
        for (name, first) in &carried {
            let Argument::Tensor(value) = first.value else { return };
            self.scope().variables.push(Variable { name: name.clone(), value, is_used: true });
        }
        self.body(depth);
        self.hand_on(&carried);
        let scope = self.scopes.pop().expect("it was opened above");
        self.parts.push(format!(
            "#[model(part)] pub struct {block} {{ {} }}\n#[model] impl {block} {{}}\n",
            scope.fields.join(", ")
        ));
        let receiver = self.scope().receiver.clone();
        self.scope().fields.push(format!("{stack}: [{block}; {count}]"));
        self.scope().lines.push(format!("for {layer} in &{receiver}.{stack} {{"));
        self.scope().lines.extend(scope.lines);
        self.scope().lines.push("}".to_string());
        self.define_carried(&carried);
    }

    /// The last lines of a loop's body: what the next iteration gets.
    pub(super) fn hand_on(&mut self, carried: &[(String, Arg)]) {
        if let [(a, first), (b, second)] = carried
            && self.shape(first) == self.shape(second)
            && self.random.chance(0.4)
        {
            let old = self.name("old");
            self.scope().lines.push(format!("let {old} = {a};\n{a} = {b};\n{b} = {old};"));
        }
        // What nothing uses would leave its parameters without gradient.
        let unused: Vec<String> = (self.scope().variables.clone().into_iter())
            .filter(|variable| !variable.is_used && self.ty(variable.value).element == ElementType::Real)
            .map(|variable| format!("{}.mean()", variable.name))
            .collect();
        if let ([(name, _), ..], false) = (carried, unused.is_empty()) {
            self.scope().lines.push(format!("{name} = {name} + ({}) * 0.125;", unused.join(" + ")));
        }
        for (name, first) in carried {
            let shape = self.shape(first);
            let same = self.variable(|ty| ty.element == ElementType::Real && ty.shape == shape);
            let text = match (same, self.random.below(3)) {
                (Some(other), 0) => format!("{name} = {} * 0.5 + {name} * 0.25;", other.text),
                (Some(other), 1) => {
                    let weight = self.like(&shape);
                    format!("{name} = ({} * {} + {name}).tanh();", other.text, weight.text)
                }
                _ => {
                    let weight = self.like(&shape);
                    format!("{name} = ({name} * {}).tanh() + {name} * 0.5;", weight.text)
                }
            };
            self.scope().lines.push(text);
        }
    }
}
