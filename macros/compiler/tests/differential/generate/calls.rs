//! Calls of methods: arguments that are guessed or from a recipe, tried until one fits.

use super::{Arg, Args, Generator, Variable};
use crate::recipes::RECIPES;
use crate::recipes_of_tensors;
use macrograd_compiler::graph::{ElementType, TensorType};
use macrograd_compiler::ops::call::{Argument, Built, Call, Method};
use macrograd_compiler::ops::{Op, Operation, find_method, is_random, method_names};
use macrograd_compiler::reference::Array;
use proc_macro2::Span;

/// Elements of the largest tensor.
const MAX_ELEMENTS: usize = 700;
/// Largest number that a model computes on the way.
const MAX_MAGNITUDE: f64 = 200.0;
/// Methods that are tried for a statement, and how often each.
const ATTEMPTS: usize = 12;
const ATTEMPTS_AT_A_METHOD: usize = 8;

/// What the compiler has said of an argument.
#[derive(Clone)]
pub(super) enum Hint {
    Tensor,
    Integer,
    Number,
    Boolean,
    List,
    Choice(Vec<String>),
}

/// What is undone when an attempt fails.
struct Mark {
    nodes: usize,
    arguments: usize,
    fields: usize,
    variables: Vec<usize>,
}

impl Generator {
    /// One more line: a call of some method, or of a layer.
    pub(super) fn statement(&mut self) {
        let names: Vec<&'static str> = method_names().collect();
        for _ in 0..ATTEMPTS {
            if self.random.chance(0.03) && self.batch_norm_layer() {
                return;
            }
            let method = find_method(names[self.random.below(names.len())]).expect("the name is in the list");
            // Several times, with what the compiler has said of the arguments before.
            if (0..ATTEMPTS_AT_A_METHOD).any(|_| self.try_method(method)) {
                return;
            }
        }
    }

    fn try_method(&mut self, method: &'static Method) -> bool {
        let mark = self.mark();
        let mut recipes = RECIPES.iter().chain(recipes_of_tensors::RECIPES);
        let args = match recipes.find(|(name, _)| *name == method.name) {
            Some((_, recipe)) => recipe(self),
            None => self.guess(method),
        };
        let fits = args.is_some_and(|args| self.try_call(method, args, mark.nodes));
        if !fits {
            self.undo(mark);
        }
        fits
    }

    fn mark(&mut self) -> Mark {
        Mark {
            nodes: self.builder.block().nodes.len(),
            arguments: self.arguments.len(),
            fields: self.scope().fields.len(),
            variables: self.scopes.iter().map(|scope| scope.variables.len()).collect(),
        }
    }

    fn undo(&mut self, mark: Mark) {
        self.builder.block().nodes.truncate(mark.nodes);
        self.arguments.truncate(mark.arguments);
        self.scope().fields.truncate(mark.fields);
        for (scope, count) in self.scopes.iter_mut().zip(mark.variables) {
            scope.variables.truncate(count);
        }
    }

    fn guess(&mut self, method: &'static Method) -> Option<Args> {
        let mut args = Args::new();
        let mut by_name = false;
        for (index, param) in method.params.iter().enumerate() {
            if !param.required && !self.random.chance(0.4) {
                by_name = true;
                continue;
            }
            let arg = if index == 0 { self.float()? } else { self.guess_argument(method, index, &args)? };
            args.push((by_name.then_some(param.name), arg));
        }
        Some(args)
    }

    fn guess_argument(&mut self, method: &'static Method, index: usize, args: &Args) -> Option<Arg> {
        let shape = args.first().map(|(_, arg)| self.shape(arg)).unwrap_or_default();
        let hint = self.hints.get(&(method.name, index)).filter(|_| self.random.clone().chance(0.9)).cloned();
        let hint = hint.unwrap_or_else(|| match self.random.below(6) {
            0 | 1 => Hint::Tensor,
            2 => Hint::Integer,
            3 => Hint::Number,
            4 => Hint::Boolean,
            _ => Hint::List,
        });
        Some(match hint {
            Hint::Tensor => match self.random.below(6) {
                0 => self.float()?,
                1 | 2 => self.variable(|ty| ty.element == ElementType::Real && ty.shape == shape)?,
                3 if shape.len() > 1 => self.labels(3, shape[..shape.len() - 1].to_vec()),
                4 => self.variable(|ty| ty.element != ElementType::Real)?,
                _ => self.like(&shape),
            },
            Hint::Integer => {
                let value = self.random.below(5) as i64 - 1;
                self.integer(value)
            }
            Hint::Number => {
                let value = *self.random.pick(&[0.5, 0.1, 1.0, 2.0, -0.5, 0.25]);
                self.number(value)
            }
            Hint::Boolean => {
                let value = self.random.chance(0.5);
                Arg { text: value.to_string(), value: Argument::Bool(value) }
            }
            Hint::List => {
                let count = 1 + self.random.below(3);
                let items = (0..count).map(|_| self.random.below(4) as i64).collect::<Vec<_>>();
                self.list(items.into_iter().map(|item| self.integer(item)).collect())
            }
            Hint::Choice(texts) => {
                let text = self.random.pick(&texts).clone();
                Arg { text: format!("{text:?}"), value: Argument::Text(text) }
            }
        })
    }

    /// Adds the nodes of a call and its line; `false` if it does not fit or its values are of no use.
    fn try_call(&mut self, method: &'static Method, args: Args, first_node: usize) -> bool {
        let mut placed = vec![None; method.params.len()];
        for (position, (name, arg)) in args.iter().enumerate() {
            let index = match name {
                Some(name) => method.params.iter().position(|param| param.name == *name),
                None => Some(position),
            };
            let Some(slot) = index.and_then(|index| placed.get_mut(index)) else { return false };
            *slot = Some((arg.value.clone(), Span::call_site().into()));
        }
        let is_random = is_random(method, &placed);
        let mut call = Call { builder: &mut self.builder, method, args: placed, site: self.seed };
        let built = match method.build.run(&mut call) {
            Ok(built) => built,
            Err(problem) => {
                if let Some(index) = problem.argument
                    && let Some(hint) = hint(&problem.message)
                {
                    self.hints.insert((method.name, index), hint);
                }
                return false;
            }
        };
        if !self.evaluate_from(first_node) {
            return false;
        }
        let text = self.call_text(method.name, &args);
        let name = self.name("v");
        for arg in &args {
            self.note_use(&arg.1.value);
        }
        self.scope().lines.push(format!("let {name} = {text};"));
        match built {
            Built::One(value) => self.scope().variables.push(Variable { name, value, is_used: false }),
            Built::Many(values) => {
                for (index, value) in values.into_iter().enumerate() {
                    let name = format!("{name}[{index}]");
                    self.scope().variables.push(Variable { name, value, is_used: false });
                }
            }
        }
        self.methods.insert(method.name);
        self.is_random |= is_random;
        true
    }

    pub(super) fn note_use(&mut self, argument: &Argument) {
        match argument {
            Argument::Tensor(value) => {
                let variables = self.scopes.iter_mut().flat_map(|scope| &mut scope.variables);
                variables
                    .filter(|variable| variable.value == *value)
                    .for_each(|variable| variable.is_used = true);
            }
            Argument::List(items) => items.iter().for_each(|item| self.note_use(item)),
            Argument::Size(_)
            | Argument::Float(_)
            | Argument::Bool(_)
            | Argument::Text(_)
            | Argument::Range(..) => {}
        }
    }

    /// Computes what was added, at every point.
    fn evaluate_from(&mut self, first_node: usize) -> bool {
        let nodes = self.builder.block().nodes[first_node..].to_vec();
        for (sizes, arrays) in &mut self.points {
            for node in nodes.iter().filter(|node| !matches!(node.op, Op::Input(_))) {
                let types: Vec<TensorType> =
                    node.outputs.iter().map(|&value| self.builder.ty(value).clone()).collect();
                for size in types.iter().flat_map(|ty| &ty.shape) {
                    if sizes.value(size) < 1 {
                        return false;
                    }
                }
                if types.iter().any(|ty| sizes.shape(&ty.shape).iter().product::<usize>() > MAX_ELEMENTS) {
                    return false;
                }
                let inputs: Vec<&Array> = node.inputs.iter().map(|value| &arrays[value]).collect();
                // An index out of range, an error at run time, is a panic of the interpreter.
                let evaluate = || node.op.evaluate(&inputs, &types, sizes);
                let Ok(outputs) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(evaluate)) else {
                    return false;
                };
                let is_moderate = |x: &f64| x.abs() <= MAX_MAGNITUDE;
                if !outputs.iter().all(|array| array.data.iter().all(is_moderate)) {
                    return false;
                }
                arrays.extend(node.outputs.iter().copied().zip(outputs));
            }
        }
        true
    }

    /// A call in one of the ways to write it.
    fn call_text(&mut self, name: &str, args: &Args) -> String {
        const OPERATORS: [(&str, &str); 10] = [
            ("add", "+"),
            ("sub", "-"),
            ("mul", "*"),
            ("div", "/"),
            ("gt", ">"),
            ("ge", ">="),
            ("lt", "<"),
            ("le", "<="),
            ("eq", "=="),
            ("ne", "!="),
        ];
        if let Some((_, operator)) = OPERATORS.iter().find(|(known, _)| *known == name)
            && self.random.chance(0.7)
        {
            return format!("{} {operator} {}", args[0].1.text, args[1].1.text);
        }
        if name == "slice" {
            let places: Vec<&str> = args[1..].iter().map(|(_, arg)| arg.text.as_str()).collect();
            return format!("{}[({},)]", args[0].1.text, places.join(", "));
        }
        let texts: Vec<String> = args
            .iter()
            .map(|(name, arg)| match name {
                Some(name) => format!("{name} = {}", arg.text),
                None => arg.text.clone(),
            })
            .collect();
        match &args[0].1.value {
            Argument::Tensor(_) => format!("{}.{name}({})", texts[0], texts[1..].join(", ")),
            _ => format!("{name}({})", texts.join(", ")),
        }
    }
}

/// What a message of [`Call`] says of the argument it is about.
fn hint(message: &str) -> Option<Hint> {
    let expected = message.split(", found").next()?;
    if let Some((_, choices)) = expected.split_once(" is one of ") {
        return Some(Hint::Choice(
            choices.split(", ").map(|text| text.trim_matches('"').to_string()).collect(),
        ));
    }
    [
        ("a list", Hint::List),
        ("whole number", Hint::Integer),
        ("an axis", Hint::Integer),
        ("axis ", Hint::Integer),
        ("a number", Hint::Number),
        ("`true` or `false`", Hint::Boolean),
        ("tensor", Hint::Tensor),
    ]
    .into_iter()
    .find(|(text, _)| expected.contains(text))
    .map(|(_, hint)| hint)
}
