//! Scans, decisions at run time, bounded loops and checkpoints, around random statements that keep a shape.

use super::{Arg, Generator, SIZES, Scope, Variable, sizes_of};
use macrograd_compiler::graph::{ElementType, Size, TensorType};
use macrograd_compiler::ops::call::Argument;

/// Elements of the largest list that a loop fills.
const MAX_COLLECTED: usize = 700;
/// Constructs inside each other: three of them say no more than two.
const MAX_DEPTH: usize = 2;

/// Values that a construct changes, by the name of the variable, as they are before it.
type Carried = Vec<(String, Arg)>;

impl Generator {
    /// A construct around random statements: a loop over a stack, or control flow.
    pub(super) fn construct(&mut self, depth: usize) {
        match self.random.below(6) {
            0 => self.stack(depth),
            1 | 2 => self.scan(depth),
            3 => self.decision(depth),
            4 => self.bounded(depth),
            _ => self.checkpoint(depth),
        }
    }

    /// Statements of a body, among them other constructs.
    pub(super) fn body(&mut self, depth: usize) {
        for _ in 0..1 + self.random.below(3) {
            if depth < MAX_DEPTH && self.random.chance(0.2) {
                self.construct(depth + 1);
            } else {
                self.statement();
            }
        }
    }

    /// `for t in 0..T`, or over the rows of a tensor, with a list or without.
    fn scan(&mut self, depth: usize) {
        let Some(carried) = self.carry() else { return };
        let list = self.random.chance(0.5).then(|| self.name("ys"));
        if let Some(list) = &list {
            self.line(format!("let mut {list} = Vec::new();"));
        }
        let (count, index) = (self.count(), self.name("t"));
        let steps = TensorType::real(self.steps(&count));
        let over = self.argument("x", steps);
        let (element, is_numbered) = (self.name("e"), self.random.chance(0.5));
        let by_rows = is_numbered && self.random.chance(0.5);
        let iterable =
            if by_rows { format!("{}.iter().enumerate()", over.text) } else { format!("(0..{count})") };
        let order = if self.random.chance(0.3) { ".rev()" } else { "" };
        let pattern = if by_rows { format!("({index}, {element})") } else { index.clone() };
        self.line(format!("for {pattern} in {iterable}{order} {{"));
        self.open(&carried);
        if !by_rows {
            self.line(format!("let {element} = {}.at(0, {index});", over.text));
        }
        self.note_use(&over.value);
        let shape = self.shape(&over)[1..].to_vec();
        self.define(&element, shape.clone());
        if is_numbered {
            let scaled = self.name("v");
            self.line(format!("let {scaled} = {element} * ({index} as f32 * 0.25 - 0.5);"));
            self.define(&scaled, shape);
        }
        self.body(depth);
        let pushed = list.and_then(|list| Some((list, self.float()?)));
        self.hand_on(&carried);
        if let Some((list, item)) = &pushed {
            self.line(format!("{list}.push({});", item.text));
        }
        self.close();
        self.line("}".to_string());
        self.define_carried(&carried);
        if let Some((list, item)) = pushed {
            self.join(&list, self.shape(&item), count);
        }
    }

    /// `stack` or `concat` of the list that a loop of `count` iterations has filled with items of a shape.
    fn join(&mut self, list: &str, mut shape: Vec<Size>, count: Size) {
        let by_stack = shape.is_empty() || self.random.chance(0.6);
        let axis = self.random.below(shape.len() + usize::from(by_stack));
        if by_stack {
            shape.insert(axis, count);
        } else {
            shape[axis] = shape[axis].mul(&count);
        }
        let numel = |sizes| sizes_of(sizes).shape(&shape).iter().product::<usize>();
        if SIZES.into_iter().any(|sizes| numel(sizes) > MAX_COLLECTED) {
            // Still looked at, so that the loop has to fill it.
            let (name, method) = (self.name("v"), if by_stack { "stack" } else { "concat" });
            self.line(format!("let {name} = {list}.{method}({axis}).mean();"));
            return self.define(&name, Vec::new());
        }
        let (name, method) = (self.name("v"), if by_stack { "stack" } else { "concat" });
        self.line(format!("let {name} = {list}.{method}({axis});"));
        self.define(&name, shape);
    }

    /// `if` on a value or a size, as a statement.
    fn decision(&mut self, depth: usize) {
        let Some(carried) = self.carry() else { return };
        let Some(condition) = self.condition() else { return };
        self.line(format!("if {condition} {{"));
        self.branch(&carried, depth);
        if self.random.chance(0.6) {
            self.line("} else {".to_string());
            self.branch(&carried, depth);
        }
        self.line("}".to_string());
        self.define_carried(&carried);
    }

    /// A `while` that counts, or that stops when what it carries has become large enough.
    fn bounded(&mut self, depth: usize) {
        let Some(carried) = self.carry() else { return };
        let bound = 1 + self.random.below(4);
        let counter = self.random.chance(0.5).then(|| self.name("steps"));
        let condition = match &counter {
            Some(counter) => {
                self.line(format!("let mut {counter} = 0.0;"));
                format!("{counter} < {}.5", self.random.below(bound + 1))
            }
            None => format!("{}.mean() < 0.137", carried[0].0),
        };
        self.line(format!("#[bound({bound})]\nwhile {condition} {{"));
        self.branch(&carried, depth);
        if let Some(counter) = counter {
            self.line(format!("{counter} = {counter} + 1.0;"));
        }
        self.line("}".to_string());
        self.define_carried(&carried);
    }

    fn checkpoint(&mut self, depth: usize) {
        let Some(carried) = self.carry() else { return };
        let names: Vec<&str> = carried.iter().map(|(name, _)| name.as_str()).collect();
        let names = if let [name] = names[..] { name.to_string() } else { format!("({})", names.join(", ")) };
        self.line(format!("{names} = checkpoint({{"));
        let inner: Carried = carried.iter().map(|(_, first)| (self.name("c"), first.clone())).collect();
        for ((outside, _), (inside, _)) in carried.iter().zip(&inner) {
            self.line(format!("let mut {inside} = {outside};"));
        }
        self.branch(&inner, depth);
        let results: Vec<&str> = inner.iter().map(|(name, _)| name.as_str()).collect();
        let results = results.join(", ");
        self.line(if inner.len() == 1 { results } else { format!("({results})") });
        self.line("});".to_string());
        self.define_carried(&carried);
    }

    /// A truth value that rounding does not decide.
    fn condition(&mut self) -> Option<String> {
        Some(match self.random.below(4) {
            0 if self.has_dim("N") => "N > 1".to_string(),
            1 if self.has_dim("T") => "T < 6".to_string(),
            _ => format!("{}.mean() > 0.137", self.float()?.text),
        })
    }

    /// One or two new variables that a construct changes.
    pub(super) fn carry(&mut self) -> Option<Carried> {
        let mut carried = Carried::new();
        for _ in 0..1 + self.random.below(2) {
            let first = self.float()?;
            self.note_use(&first.value);
            let name = self.name("c");
            self.line(format!("let mut {name} = {};", first.text));
            carried.push((name, first));
        }
        Some(carried)
    }

    /// How often a loop runs.
    fn count(&mut self) -> Size {
        match self.random.below(5) {
            0 => Size::symbol("N"),
            1 => Size::literal(2),
            2 => Size::literal(9),
            _ => Size::symbol("T"),
        }
    }

    /// The shape of a sequence of so many steps.
    fn steps(&mut self, count: &Size) -> Vec<Size> {
        let mut shape = vec![count.clone()];
        for _ in 0..self.random.below(3) {
            shape.push(self.dim());
        }
        shape
    }

    /// Statements and what they leave in the carried variables, in a scope of their own.
    fn branch(&mut self, carried: &Carried, depth: usize) {
        self.open(carried);
        self.body(depth);
        self.hand_on(carried);
        self.close();
    }

    /// Opens a scope of the same model, in which the carried variables are as they are at first.
    fn open(&mut self, carried: &Carried) {
        let (receiver, path) = (self.scope().receiver.clone(), self.scope().path.clone());
        self.scopes.push(Scope { updates: false, ..Scope::new(&receiver, &path) });
        for (name, first) in carried {
            let Argument::Tensor(value) = first.value else { continue };
            self.scope().variables.push(Variable { name: name.clone(), value, is_used: true });
        }
    }

    fn close(&mut self) {
        let inner = self.scopes.pop().expect("it was opened before");
        self.scope().fields.extend(inner.fields);
        self.scope().lines.extend(inner.lines);
    }

    pub(super) fn line(&mut self, line: String) {
        self.scope().lines.push(line);
    }

    /// A variable whose numbers are not known here; the shape is.
    fn define(&mut self, name: &str, shape: Vec<Size>) {
        let value = self.given(name, TensorType::real(shape));
        self.scope().variables.push(Variable { name: name.to_string(), value, is_used: false });
    }

    /// The carried variables as a construct leaves them.
    pub(super) fn define_carried(&mut self, carried: &Carried) {
        for (name, first) in carried {
            let shape = self.shape(first);
            debug_assert!(
                matches!(&first.value, Argument::Tensor(value) if self.ty(*value).element == ElementType::Real)
            );
            self.define(name, shape);
        }
    }
}
