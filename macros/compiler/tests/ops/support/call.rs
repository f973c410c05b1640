//! Calls of methods by name, and what is wrong with them.

use macrograd_compiler::graph::{Builder, ElementType, Origin, Size, TensorType, Value};
use macrograd_compiler::ops::call::{Argument, Built, Call, Problem};
use macrograd_compiler::ops::find_method;
use macrograd_compiler::ops::input::Input;
use proc_macro2::Span;
use std::cell::RefCell;
use std::collections::BTreeSet;

thread_local! {
    /// Methods called on this thread: the test of the table of checks looks here.
    static CALLED: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
}

/// Runs `check` and returns the methods that it called.
pub(crate) fn methods_called_by(check: fn()) -> BTreeSet<String> {
    CALLED.with_borrow_mut(BTreeSet::clear);
    check();
    CALLED.take()
}

/// Calls a method as lowering does: arguments by position fill the parameters from the first.
pub(crate) fn call(
    builder: &mut Builder,
    name: &str,
    list: Vec<(Option<&str>, Argument)>,
) -> Result<Value, Problem> {
    CALLED.with_borrow_mut(|called| called.insert(name.to_string()));
    call_at_site(builder, name, list, 0x5eed)
}

/// [`call`] of a method with several results.
pub(crate) fn call_many(
    builder: &mut Builder,
    name: &str,
    list: Vec<(Option<&str>, Argument)>,
) -> Result<Vec<Value>, Problem> {
    CALLED.with_borrow_mut(|called| called.insert(name.to_string()));
    match run(builder, name, list, 0x5eed)? {
        Built::Many(values) => Ok(values),
        Built::One(_) => panic!("`{name}` has one result: call it with `op!`"),
    }
}

/// [`call`] from a given place in the program.
pub(crate) fn call_at_site(
    builder: &mut Builder,
    name: &str,
    list: Vec<(Option<&str>, Argument)>,
    site: u64,
) -> Result<Value, Problem> {
    match run(builder, name, list, site)? {
        Built::One(value) => Ok(value),
        Built::Many(_) => panic!("`{name}` has several results: call it with `many!`"),
    }
}

fn run(
    builder: &mut Builder,
    name: &str,
    list: Vec<(Option<&str>, Argument)>,
    site: u64,
) -> Result<Built, Problem> {
    let method = find_method(name).unwrap_or_else(|| panic!("there is no method `{name}`"));
    let mut args = vec![None; method.params.len()];
    for (position, (name, argument)) in list.into_iter().enumerate() {
        let index = match name {
            Some(name) => method.params.iter().position(|param| param.name == name),
            None => Some(position),
        };
        args[index.expect("a parameter of the method")] = Some((argument, Span::call_site().into()));
    }
    method.build.run(&mut Call { builder, method, args, site })
}

/// A problem as a person reads it: message, notes, help, and the argument it points at.
pub(crate) fn problem_text(problem: &Problem) -> String {
    let mut lines = vec![problem.message.clone()];
    lines.extend(problem.notes.iter().map(|note| format!("note: {note}")));
    lines.extend(problem.help.iter().map(|help| format!("help: {help}")));
    for line in [&problem.message].into_iter().chain(&problem.notes).chain(&problem.help) {
        let first = line.chars().next().expect("no line is empty");
        assert!(!first.is_uppercase() && !line.ends_with('.'), "lower case, no final period: {line}");
    }
    lines.extend(problem.argument.map(|index| format!("at {index}")));
    lines.join("\n")
}

/// A builder of a test's graph.
pub(crate) fn builder() -> Builder {
    Builder::new(Origin { span: Span::call_site(), scope: "".into(), name: "test".into(), backward: false })
}

/// The text of the problem with a call on arguments of these types; see [`problem_text`].
pub(crate) fn problem<const COUNT: usize>(
    types: [TensorType; COUNT],
    build: impl Fn(&mut Builder, [Value; COUNT]) -> Result<Value, Problem>,
) -> String {
    let mut builder = builder();
    let mut index = 0;
    let values = types.map(|ty| {
        index += 1;
        builder.add(Input { index: index - 1, ty }, &[])
    });
    match build(&mut builder, values) {
        Err(problem) => problem_text(&problem),
        Ok(value) => panic!("the call is accepted and gives {}", builder.ty(value)),
    }
}

/// An `f32` type.
pub(crate) fn f32(shape: Vec<Size>) -> TensorType {
    TensorType::real(shape)
}

/// A type of labels.
pub(crate) fn u8(shape: Vec<Size>) -> TensorType {
    TensorType { element: ElementType::U8, shape }
}
