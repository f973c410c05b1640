//! The whole way from a linked model to its tokens.

use crate::autodiff::{Request, differentiate};
use crate::diagnostics::{Diagnostic, Diagnostics, Reported};
use crate::emit::{Costs, EmitContext, ModelToEmit, emit_model, summary};
use crate::graph::{Graph, Role, TensorType, verify};
use crate::link::Joined;
use crate::lower::{Lowered, RootArgument, Symbol, lower_function};
use crate::ops::Op;
use crate::optimise::optimise;
use crate::parse::Function;
use crate::plan::{Plan, PlanRequest, plan, verify_plan};
use crate::program::{Instance, Instantiation, Program, StateKind, StateTensor};
use proc_macro2::{Ident, TokenStream};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// A function with its plans.
pub struct CompiledFunction {
    /// As the user wrote it.
    pub decl: Function,
    /// Arguments.
    pub args: Vec<RootArgument>,
    /// Run-time dimensions.
    pub symbols: Vec<Symbol>,
    /// Types of what it returns.
    pub results: Vec<TensorType>,
    /// Floating-point operations of inference.
    pub flops: String,
    /// Inference.
    pub eval: Plan,
    /// Value and gradient in one, for functions that return a scalar.
    pub loss_grad: Option<Plan>,
    /// Forward and backward apart, for functions with trainable parameters.
    pub halves: Option<Plan>,
}

impl CompiledFunction {
    /// Whether it returns one scalar.
    pub fn is_scalar(&self) -> bool {
        is_scalar(&self.results)
    }
}

fn is_scalar(results: &[TensorType]) -> bool {
    matches!(results, [single] if single.rank() == 0)
}

/// A text to be written by `MACROGRAD_EMIT`.
pub type Dump = Vec<(String, String)>;

/// Compiles a model under its name; errors go to `diagnostics`, the texts of all stages to `dump` if it is there.
pub fn compile(
    joined: &Joined,
    name: &Ident,
    visibility: &syn::Visibility,
    context: &EmitContext,
    diagnostics: &mut Diagnostics,
    mut dump: Option<&mut Dump>,
) -> Result<TokenStream, Reported> {
    let program = Program::parse(&joined.closure, diagnostics)?;
    let mut instantiation = Instantiation::new(&program, diagnostics);
    let root = instantiation.root(&joined.id)?;
    let state = std::mem::take(&mut instantiation.state);
    let mut functions = Vec::new();
    let mut failed = None;
    let mut reached: HashSet<usize> = HashSet::new();
    for decl in &root.decl.functions {
        let mut compiler = FunctionCompiler {
            program: &program,
            state: &state,
            root: &root,
            decl,
            dump: dump.as_deref_mut(),
            reached: &mut reached,
        };
        match compiler.compile(diagnostics) {
            Ok(function) => functions.push(function),
            Err(reported) => failed = Some(reported),
        }
    }
    if let Some(reported) = failed {
        return Err(reported);
    }
    check_reached(&root, &state, &functions, &reached, diagnostics)?;
    let dims = model_dims(&functions);
    let costs = costs(&functions, &state);
    check_budget(&root, &functions, &dims, &costs, diagnostics)?;
    let model = ModelToEmit {
        name,
        visibility,
        root: &root,
        state: &state,
        functions: &functions,
        costs: &costs,
        dims: &dims,
    };
    Ok(emit_model(&model, context))
}

/// Compiles one function.
struct FunctionCompiler<'a> {
    program: &'a Program,
    state: &'a [StateTensor],
    root: &'a Rc<Instance>,
    decl: &'a Function,
    dump: Option<&'a mut Dump>,
    /// Trainable tensors that the gradient of some scalar reaches.
    reached: &'a mut HashSet<usize>,
}

impl FunctionCompiler<'_> {
    fn compile(&mut self, diagnostics: &mut Diagnostics) -> Result<CompiledFunction, Reported> {
        let eval = self.lower(false, diagnostics)?;
        let train = self.lower(true, diagnostics)?;
        let Lowered { graph, args, symbols, results } = eval;
        let eval_graph = self.optimised("eval", &graph);
        let flops = summary::flops(&eval_graph).to_string();
        let eval_plan = self.planned("eval", eval_graph, None);
        let has_trainable = self.state.iter().any(|tensor| tensor.kind == StateKind::Trainable);
        let is_float = results.iter().all(|ty| ty.element == crate::graph::ElementType::F32);
        let mut loss_grad = None;
        let mut halves = None;
        if has_trainable && is_float {
            if is_scalar(&results) {
                let joint = self.differentiated("loss_grad", &train.graph, args.len(), false, diagnostics)?;
                self.note_reached(&joint);
                let joint = self.optimised("loss_grad", &joint);
                loss_grad = Some(self.planned("loss_grad", joint, None));
            }
            let joint = self.differentiated("halves", &train.graph, args.len(), true, diagnostics)?;
            let joint = self.optimised("halves", &joint);
            halves = Some(self.planned("halves", joint, Some(args.len())));
        }
        Ok(CompiledFunction {
            decl: self.decl.clone(),
            args,
            symbols,
            results,
            flops,
            eval: eval_plan,
            loss_grad,
            halves,
        })
    }

    fn lower(&mut self, training: bool, diagnostics: &mut Diagnostics) -> Result<Lowered, Reported> {
        let lowered = lower_function(self.program, self.state, self.root, self.decl, training, diagnostics)?;
        let stage = if training { "train.lowered" } else { "eval.lowered" };
        self.check(stage, &lowered.graph);
        Ok(lowered)
    }

    /// Verifies a graph in debug builds and keeps its text form.
    fn check(&mut self, stage: &str, graph: &Graph) {
        if cfg!(debug_assertions)
            && let Err(problem) = verify(graph)
        {
            unreachable!("after {stage} of `{}`: {problem}\n{graph}", self.decl.ident);
        }
        if let Some(dump) = &mut self.dump {
            dump.push((format!("{}.{stage}.graph", self.decl.ident), graph.to_string()));
        }
    }

    fn optimised(&mut self, stage: &str, graph: &Graph) -> Graph {
        let graph = optimise(graph);
        self.check(&format!("{stage}.optimised"), &graph);
        graph
    }

    fn differentiated(
        &mut self,
        stage: &str,
        graph: &Graph,
        num_inputs: usize,
        in_halves: bool,
        diagnostics: &mut Diagnostics,
    ) -> Result<Graph, Reported> {
        let request = Request { given_seed: in_halves, input_gradients: in_halves, num_inputs };
        match differentiate(graph, request) {
            Ok(mut joint) => {
                if in_halves {
                    fill_missing_inputs(&mut joint, num_inputs);
                }
                self.check(&format!("{stage}.joint"), &joint);
                Ok(joint)
            }
            Err(errors) => {
                let mut reported = Reported;
                for error in errors {
                    let message = format!("{}, but a gradient has to pass through it", error.reason);
                    reported = diagnostics.report(
                        Diagnostic::new(error.origin.span, message)
                            .help("cut the gradient with `detach`, or use another operation"),
                    );
                }
                Err(reported)
            }
        }
    }

    fn planned(&mut self, stage: &str, graph: Graph, second_half_inputs: Option<usize>) -> Plan {
        let plan = plan(graph, &PlanRequest { state: self.state, second_half_inputs });
        if cfg!(debug_assertions)
            && let Err(problem) = verify_plan(&plan)
        {
            unreachable!("plan of {stage} of `{}`: {problem}\n{plan}", self.decl.ident);
        }
        if let Some(dump) = &mut self.dump {
            dump.push((format!("{}.{stage}.plan", self.decl.ident), plan.to_string()));
        }
        plan
    }

    fn note_reached(&mut self, joint: &Graph) {
        for role in &joint.roles {
            if let Role::GradParameter(reference) = role {
                let mut tensors = vec![reference.tensor];
                for &(count, step) in &reference.stacks {
                    tensors =
                        tensors.iter().flat_map(|&first| (0..count).map(move |i| first + i * step)).collect();
                }
                self.reached.extend(tensors);
            }
        }
    }
}

/// Arguments that no gradient reaches have zero gradients, so that the backward half gives one for each.
fn fill_missing_inputs(joint: &mut Graph, num_inputs: usize) {
    let present: HashSet<usize> = joint
        .roles
        .iter()
        .filter_map(|role| match role {
            Role::GradInput(index) => Some(*index),
            _ => None,
        })
        .collect();
    let missing: Vec<(usize, TensorType)> = joint
        .body
        .nodes
        .iter()
        .filter_map(|node| match &node.op {
            Op::Input(input)
                if input.index < num_inputs
                    && input.ty.element == crate::graph::ElementType::F32
                    && !present.contains(&input.index) =>
            {
                Some((input.index, input.ty.clone()))
            }
            _ => None,
        })
        .collect();
    let origin = joint.origin(joint.body.results[0]).clone();
    let mut builder = crate::graph::Builder::resume(joint, origin);
    let mut results: Vec<(Role, crate::graph::Value)> =
        joint.roles.iter().cloned().zip(joint.body.results.iter().copied()).collect();
    for (index, ty) in missing {
        let zero = builder.constant(0.0);
        results.push((Role::GradInput(index), builder.expand(zero, ty.shape)));
    }
    *joint = builder.finish(results);
}

/// Every trainable parameter is reached by the gradient of some function that returns a scalar, if there is any.
fn check_reached(
    root: &Instance,
    state: &[StateTensor],
    functions: &[CompiledFunction],
    reached: &HashSet<usize>,
    diagnostics: &mut Diagnostics,
) -> Result<(), Reported> {
    let losses: Vec<String> =
        functions.iter().filter(|f| f.loss_grad.is_some()).map(|f| f.decl.ident.to_string()).collect();
    if losses.is_empty() {
        return Ok(());
    }
    let mut result = Ok(());
    for (index, tensor) in state.iter().enumerate() {
        if tensor.kind != StateKind::Trainable || reached.contains(&index) {
            continue;
        }
        // Point at the field of the root: that is where the user can act.
        let first = tensor.name.split('.').next().unwrap_or_default();
        let span = root
            .decl
            .fields
            .iter()
            .find(|field| field.attributes.rename.as_deref() == Some(first) || field.ident == first);
        let span = span.map_or(tensor.span, |field| field.ident.span());
        let list = crate::diagnostics::list_names(losses.iter().map(String::as_str));
        result = Err(diagnostics.report(
            Diagnostic::new(span, format!("no gradient reaches the parameter `{}`", tensor.name))
                .note(format!("the functions that are differentiated: {list}"))
                .help("use it on the way to the result, mark it `#[frozen]`, or remove it"),
        ));
    }
    result
}

/// Run-time dimensions of all functions, by name.
fn model_dims(functions: &[CompiledFunction]) -> Vec<Symbol> {
    let mut dims: Vec<Symbol> = Vec::new();
    for symbol in functions.iter().flat_map(|function| &function.symbols) {
        if !dims.iter().any(|known| known.name == symbol.name) {
            dims.push(symbol.clone());
        }
    }
    dims
}

/// Costs of the first function, and of a training step of the first one that returns a scalar.
fn costs(functions: &[CompiledFunction], state: &[StateTensor]) -> Costs {
    let mut costs = Costs::default();
    let types =
        |function: &CompiledFunction| function.args.iter().map(|arg| arg.ty.clone()).collect::<Vec<_>>();
    if let Some(first) = functions.first() {
        costs.flops = summary::flops(&first.eval.graph);
        costs.forward_bytes = summary::forward_bytes(&first.eval, &types(first), &first.results, state);
    }
    let trained = functions
        .iter()
        .find_map(|function| function.loss_grad.as_ref().map(|plan| (function, plan)))
        .or_else(|| {
            functions.iter().find_map(|function| function.halves.as_ref().map(|plan| (function, plan)))
        });
    if let Some((function, plan)) = trained {
        costs.train_bytes = summary::train_bytes(plan, &types(function), &function.results, state);
    }
    costs
}

/// `#[model(max_train_bytes = "64 MiB", at = Dims { n: 128 })]`.
fn check_budget(
    root: &Instance,
    functions: &[CompiledFunction],
    dims: &[Symbol],
    costs: &Costs,
    diagnostics: &mut Diagnostics,
) -> Result<(), Reported> {
    let attributes = &root.decl.attributes;
    let Some((budget, span)) = attributes.max_train_bytes else { return Ok(()) };
    let mut values: HashMap<Rc<str>, i64> = HashMap::new();
    for dim in dims {
        let Some((_, value)) = attributes.at.iter().find(|(name, _)| *name == dim.name.to_lowercase()) else {
            let list: Vec<String> =
                dims.iter().map(|dim| format!("{}: 64", dim.name.to_lowercase())).collect();
            return Err(diagnostics.report(
                Diagnostic::new(
                    span,
                    format!("the budget depends on `{}`, which is known at run time only", dim.name),
                )
                .help(format!("say at which size it holds: `at = Dims {{ {} }}`", list.join(", "))),
            ));
        };
        values.insert(dim.atom().as_str().into(), value / dim.multiple_of);
    }
    let needed = costs.train_bytes.evaluate(&values);
    if needed as u64 <= budget {
        return Ok(());
    }
    let kib = |bytes: i64| (bytes + 1023) / 1024;
    let mut diagnostic = Diagnostic::new(
        span,
        format!("a training step needs {} KiB, but the budget is {} KiB", kib(needed), budget / 1024),
    );
    let plan = functions.iter().find_map(|function| function.loss_grad.as_ref());
    if let Some(plan) = plan {
        for line in summary::costliest(plan, &values) {
            diagnostic = diagnostic.note(line);
        }
    }
    Err(diagnostics.report(diagnostic.help("raise the budget, or lower the sizes in `at`")))
}
