//! Lowering: a function of a model, its layers' functions inlined, becomes a graph.
//!
//! Types are inferred while nodes are added, since the run-time dimensions of a called function are named by the
//! shapes it is called with.

mod arguments;
mod branches;
mod call;
mod called;
mod checkpoints;
mod control;
mod custom_grad;
mod expression;
mod external;
mod gradients;
mod grouping;
mod inline;
mod lists;
mod loops;
mod messages;
mod regions;
mod repeat;
mod scan;
mod signature;
mod sizes;
mod state;
mod structs;

pub use call::is_built_in_function;
pub use called::Called;
pub use checkpoints::{Candidate, lower_candidates, lower_with_checkpoint};
pub use signature::{RootArgument, Symbol};

use crate::constant::Static;
use crate::diagnostics::{Diagnostic, Diagnostics, Place, Reported};
use crate::graph::ElementType;
use crate::graph::{
    Builder, Graph, MAX_ELEMENTS, Origin, Role, Size, StateRef, TensorType, Value, ValueInfo,
};
use crate::lints::LintSet;
use crate::ops::cast::as_element;
use crate::ops::input::Input;
use crate::parse::{DimExpr, Function, ModelDecl, TensorsDecl};
use crate::program::{Entry, Instance, Program, StateTensor};
use checkpoints::Search;
use proc_macro2::Span;
use std::collections::HashMap;
use std::rc::Rc;

type Result<T> = std::result::Result<T, Reported>;

/// A function as a graph, and what its callers have to know.
pub struct Lowered {
    /// The graph. Its results are the outputs, then the buffers' new values.
    pub graph: Graph,
    /// Arguments.
    pub args: Vec<RootArgument>,
    /// Run-time dimensions, in the order of declaration.
    pub symbols: Vec<Symbol>,
    /// Types of what it returns.
    pub results: Vec<TensorType>,
    /// Calls that lints look at.
    pub calls: Vec<Called>,
}

/// Lowers a function of the root model.
pub fn lower_function(
    program: &Program,
    state: &[StateTensor],
    root: &Rc<Instance>,
    function: &Function,
    training: bool,
    diagnostics: &mut Diagnostics,
) -> Result<Lowered> {
    Lowering::new(program, state, function, training, diagnostics).run(root, function)
}

/// A function of the same type that returns constants.
///
/// # Errors
/// When its type is not declared, or not known.
pub fn lower_stand_in(
    program: &Program,
    state: &[StateTensor],
    root: &Rc<Instance>,
    function: &Function,
    diagnostics: &mut Diagnostics,
) -> Result<Lowered> {
    // Without a result there is nothing to stand in for.
    if function.results.is_empty() {
        return Err(Reported);
    }
    let mut lowering = Lowering::new(program, state, function, false, diagnostics);
    let symbols = lowering.declare_symbols(root, function)?;
    let args = lowering.declare_arguments(root, function, &symbols)?;
    let dims = symbols.iter().map(|symbol| (symbol.name.clone(), symbol.size.clone())).collect();
    for (index, arg) in args.iter().enumerate() {
        lowering.builder.add(Input { index, ty: arg.ty.clone() }, &[]);
    }
    let mut roles = Vec::new();
    for declared in &function.results {
        let shape = declared.dims.iter().map(|dim| match dim {
            DimExpr::Size(expr) if !declared.inferred => lowering.dimension(expr, root, &dims),
            DimExpr::Size(_) | DimExpr::Rest(_) => Err(Reported),
        });
        let shape = shape.collect::<Result<Vec<Size>>>()?;
        // Distinct constants, so that no result is the same value as another or as a gradient of zero.
        let mut number = lowering.builder.constant((roles.len() + 1) as f64);
        // Truth values are held as `f32`.
        if declared.element != ElementType::Bool {
            number = as_element(&mut lowering.builder, number, declared.element);
        }
        roles.push((Role::Output(roles.len()), lowering.builder.expand(number, shape)));
    }
    lowering.check_sizes()?;
    let results = roles.iter().map(|(_, value)| lowering.builder.ty(*value).clone()).collect();
    Ok(Lowered { graph: lowering.builder.finish(roles), args, symbols, results, calls: Vec::new() })
}

/// A value of an expression.
#[derive(Clone, Debug)]
enum Val {
    Tensor(Value),
    Size(Size),
    Float(f64),
    Bool(bool),
    Text(String),
    Model(Rc<Instance>),
    Stack(Vec<Rc<Instance>>),
    List(Vec<Val>),
    /// Items of a list that a loop has filled: a stack of them, from the first to the last or the other way round.
    Run {
        stack: Value,
        reversed: bool,
    },
    /// The fields of a struct, in order.
    Struct(Rc<TensorsDecl>, Vec<Val>),
    Range(Option<Size>, Option<Size>),
    /// An `Option` that is off.
    Absent,
    /// An `Option` that is on, around its value.
    Present(Box<Val>),
    Unit,
}

impl Val {
    fn from_static(value: &Static) -> Val {
        match value {
            Static::Int(value) => Val::Size(Size::literal(*value)),
            Static::Float(value) => Val::Float(*value),
            Static::Bool(value) => Val::Bool(*value),
            Static::Text(value) => Val::Text(value.clone()),
            Static::List(list) => Val::List(list.iter().map(Val::from_static).collect()),
        }
    }
}

/// A variable of a body.
#[derive(Clone, Debug)]
struct Variable {
    /// `None` after a mistake, so that one mistake gives one error.
    value: Option<Val>,
    mutable: bool,
}

/// A function that is being inlined.
#[derive(Clone)]
struct Frame {
    /// The model whose function it is; `None` for a free function.
    instance: Option<Rc<Instance>>,
    /// Identity of the definition in which the body stands.
    id: String,
    /// Run-time dimensions by name.
    dims: HashMap<String, Size>,
    /// What `_` stands for.
    rest: Option<Vec<Size>>,
    scopes: Vec<HashMap<String, Variable>>,
    /// The caller's place, for functions under `#[track_caller]`.
    caller: Option<Place>,
    /// Lints that are allowed in its body and in all that it calls.
    allowed: LintSet,
}

/// Tensors of the state as seen in one loop body: as elements of stacks.
#[derive(Clone, Default)]
struct LoopTensors {
    /// Parameters of the body by the tensor of the first element.
    slices: Vec<(StateRef, Value)>,
    /// New values of buffers, in this body's terms.
    updates: Vec<(StateRef, Value)>,
}

/// A loop that is being lowered.
#[derive(Clone)]
struct Loop {
    /// Tensors of the first element of a stack.
    tensors: std::ops::Range<usize>,
    /// Number of elements of a stack.
    count: usize,
    /// Distance between elements, in tensors.
    step: usize,
    known: LoopTensors,
    /// Stacked operands, in the order of the parameters that they became.
    stacks: Vec<Value>,
    /// Its index, if it runs over a range.
    index: Option<scan::Index>,
    /// Elements that it has been given for a value, an axis and a place along it.
    operands: Vec<(scan::Operand, Value)>,
    /// Lists that it fills, with what this iteration adds.
    collected: Vec<(String, Value)>,
    /// Scopes of the function that are outside, and the function's frame.
    scopes: usize,
    frames: usize,
    /// Depth of its body among the open blocks.
    block: usize,
}

/// What lowering changes, to go back to.
struct Snapshot {
    builder: Builder,
    diagnostics: Diagnostics,
    frames: Vec<Frame>,
    root_loop: LoopTensors,
    loops: Vec<Loop>,
    sites: HashMap<String, u64>,
    num_unrolled: usize,
    num_calls: usize,
    num_candidates: usize,
}

struct Lowering<'a> {
    program: &'a Program,
    state: &'a [StateTensor],
    builder: Builder,
    diagnostics: &'a mut Diagnostics,
    frames: Vec<Frame>,
    loops: Vec<Loop>,
    root_loop: LoopTensors,
    training: bool,
    /// Whether a gradient is taken of what is lowered, so that the number of its iterations is bounded.
    is_differentiated: bool,
    /// Uses of random numbers so far, by path of the instance.
    sites: HashMap<String, u64>,
    depth: usize,
    /// Iterations of loops over ranges so far.
    num_unrolled: usize,
    /// Loops over ranges so far.
    num_indices: usize,
    /// Decisions at run time that are being lowered: the frame, and how many of its scopes are outside.
    decisions: Vec<(usize, usize)>,
    /// Calls that lints look at, so far.
    calls: Vec<Called>,
    /// What is looked for or tried in the calls of the user's functions.
    search: Search,
    /// Checkpoints around the current place.
    num_checkpoints: usize,
}

/// Functions call each other at most this deep: more is recursion.
const MAX_CALL_DEPTH: usize = 200;

impl<'a> Lowering<'a> {
    fn new(
        program: &'a Program,
        state: &'a [StateTensor],
        function: &Function,
        training: bool,
        diagnostics: &'a mut Diagnostics,
    ) -> Lowering<'a> {
        let (span, name) = (function.ident.span(), function.ident.to_string());
        let origin = Origin { span, scope: "".into(), name: name.into(), backward: false };
        Lowering {
            program,
            state,
            builder: Builder::new(origin),
            diagnostics,
            frames: Vec::new(),
            loops: Vec::new(),
            root_loop: LoopTensors::default(),
            training,
            is_differentiated: function.is_differentiated(),
            sites: HashMap::new(),
            depth: 0,
            num_unrolled: 0,
            num_indices: 0,
            decisions: Vec::new(),
            calls: Vec::new(),
            search: Search::Nothing,
            num_checkpoints: 0,
        }
    }

    fn run(&mut self, root: &Rc<Instance>, function: &Function) -> Result<Lowered> {
        let symbols = self.declare_symbols(root, function)?;
        let args = self.declare_arguments(root, function, &symbols)?;
        let results = self.run_root(root, function, &symbols, &args)?;
        self.check_sizes()?;
        let types = results.iter().map(|&value| self.builder.ty(value).clone()).collect();
        let mut roles: Vec<(Role, Value)> =
            results.into_iter().enumerate().map(|(index, value)| (Role::Output(index), value)).collect();
        if self.training {
            let updates = std::mem::take(&mut self.root_loop.updates);
            roles.extend(updates.into_iter().map(|(state, value)| (Role::Buffer(state), value)));
        }
        let next = Builder::new(self.builder.origin.clone());
        let builder = std::mem::replace(&mut self.builder, next);
        let (graph, calls) = (builder.finish(roles), std::mem::take(&mut self.calls));
        Ok(Lowered { graph, args, symbols, results: types, calls })
    }

    /// No value is empty, or larger than any machine holds, or changes its shape from one iteration of a loop to the
    /// next.
    fn check_sizes(&mut self) -> Result<()> {
        let is_empty = |size: &Size| size.as_literal().is_some_and(|literal| literal < 1);
        let unfit = |ty: &TensorType| ty.shape.iter().any(is_empty) || ty.numel().is_too_large();
        let Some(ValueInfo { ty, origin }) = self.builder.values.iter().find(|value| unfit(&value.ty)) else {
            return Ok(());
        };
        let message = if ty.shape.iter().any(is_empty) {
            format!("the tensor {ty} is empty")
        } else {
            format!("the tensor {ty} has more than {MAX_ELEMENTS} elements, which is the most")
        };
        let diagnostic = Diagnostic::new(self.place(origin.span), message);
        self.error(diagnostic.help("choose other sizes"))
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot {
            builder: self.builder.clone(),
            diagnostics: self.diagnostics.clone(),
            frames: self.frames.clone(),
            root_loop: self.root_loop.clone(),
            loops: self.loops.clone(),
            sites: self.sites.clone(),
            num_unrolled: self.num_unrolled,
            num_calls: self.calls.len(),
            num_candidates: self.search.num_candidates(),
        }
    }

    fn restore(&mut self, before: Snapshot) {
        self.calls.truncate(before.num_calls);
        self.search.truncate(before.num_candidates);
        self.builder = before.builder;
        *self.diagnostics = before.diagnostics;
        self.frames = before.frames;
        self.root_loop = before.root_loop;
        self.loops = before.loops;
        self.sites = before.sites;
        self.num_unrolled = before.num_unrolled;
    }

    fn error<T>(&mut self, diagnostic: Diagnostic) -> Result<T> {
        Err(self.diagnostics.report(diagnostic))
    }

    fn frame(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("a body is lowered inside a frame")
    }

    fn frame_ref(&self) -> &Frame {
        self.frames.last().expect("a body is lowered inside a frame")
    }

    fn entry(&self) -> &'a Entry {
        self.program.entry(&self.frame_ref().id).expect("a frame names a definition of the closure")
    }

    /// Where a mistake at these tokens is shown: there, or where the layer was called.
    fn place(&self, place: impl Into<Place>) -> Place {
        self.frames
            .iter()
            .rev()
            .take_while(|frame| frame.caller.is_some())
            .last()
            .and_then(|f| f.caller)
            .unwrap_or(place.into())
    }

    /// Gives the nodes added next this place and name.
    fn set_origin(&mut self, span: Span, name: &str) {
        let scope = self.frame_ref().instance.as_ref().map_or("", |instance| &instance.path).into();
        let span = self.place(span).start;
        self.builder.origin = Origin { span, scope, name: name.into(), backward: false };
    }

    fn run_root(
        &mut self,
        root: &Rc<Instance>,
        function: &Function,
        symbols: &[Symbol],
        args: &[RootArgument],
    ) -> Result<Vec<Value>> {
        let dims = symbols.iter().map(|symbol| (symbol.name.to_string(), symbol.size.clone())).collect();
        let mut scope = HashMap::new();
        let mut inputs = Vec::new();
        for (index, arg) in args.iter().enumerate() {
            self.builder.origin.span = arg.span;
            self.builder.origin.name = arg.name.as_str().into();
            inputs.push(self.builder.add(Input { index, ty: arg.ty.clone() }, &[]));
        }
        let mut inputs = inputs.into_iter();
        for param in &function.params {
            let value = grouping::regrouped(&param.ty, &mut inputs);
            let value = if param.is_optional { Val::Present(Box::new(value)) } else { value };
            let variable = Variable { value: Some(value), mutable: false };
            scope.insert(param.ident.to_string(), variable);
        }
        for absent in &function.absent {
            let variable = Variable { value: Some(Val::Absent), mutable: false };
            scope.insert(absent.to_string(), variable);
        }
        self.frames.push(Frame {
            instance: Some(root.clone()),
            id: root.id.clone(),
            dims,
            rest: None,
            scopes: vec![scope],
            caller: None,
            allowed: root.decl.attributes.allow.union(function.allow),
        });
        let value = self.block(&function.body);
        let results = value.and_then(|value| self.check_results(function, value));
        self.frames.pop();
        results
    }

    /// The function of a declaration, or an error that names the known ones.
    fn find_function<'d>(&mut self, decl: &'d ModelDecl, name: &str, span: Place) -> Result<&'d Function> {
        match decl.function(name) {
            Some(function) => Ok(function),
            None => {
                let diagnostic = messages::unknown_function(decl, name, span);
                self.error(diagnostic)
            }
        }
    }
}
