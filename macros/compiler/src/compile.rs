//! The whole way from a linked model to its tokens.

mod reached;

use crate::autodiff::{Request, differentiate};
use crate::budget::{BudgetedModel, check_budget, trained_function};
use crate::choices::{Choice, check_alike, choices};
use crate::diagnostics::{Diagnostic, Diagnostics, Reported};
use crate::emit::cuda::Kernels;
use crate::emit::{Costs, EmitContext, Form, ModelToEmit, describe, emit_functions, emit_model, summary};
use crate::graph::{ElementType, Float, Graph, Role, TensorType, verify};
use crate::link::{Joined, Kind};
use crate::lints::{self, LintSet};
use crate::lower::{Lowered, RootArgument, Symbol, lower_function, lower_stand_in};
use crate::names::take_out_clashes;
use crate::ops::Op;
use crate::optimise::{optimise, simplify};
use crate::parse::{Function, ModelAttributes};
use crate::plan::{Plan, PlanRequest, plan, verify_plan};
use crate::program::{Instance, Instantiation, Program, StateKind, StateTensor};
use crate::program_text::program_text;
use crate::recompute::recompute;
use crate::requirements::{Requirement, requirements};
use crate::stand_in::stand_in;
use proc_macro2::{Ident, TokenStream};
use reached::check_reached;
use std::collections::HashSet;
use std::rc::Rc;

/// A function with its plans.
pub struct CompiledFunction {
    /// As the user wrote it, with the optional arguments that are given.
    pub decl: Function,
    /// Which these are, if it has any.
    pub choice: Option<Choice>,
    /// Arguments: their tensors.
    pub args: Vec<RootArgument>,
    /// The types of these.
    pub arg_types: Vec<TensorType>,
    /// Run-time dimensions.
    pub symbols: Vec<Symbol>,
    /// Types of what it returns.
    pub results: Vec<TensorType>,
    /// What the run-time dimensions have to satisfy.
    pub requirements: Vec<Requirement>,
    /// Floating-point operations of inference.
    pub flops: String,
    /// What it computes, as a text for those who show it: in training, if it returns a scalar to be trained by.
    pub description: String,
    /// Inference.
    pub eval: Plan,
    /// Value and gradient in one, for functions that return a scalar.
    pub loss_grad: Option<Plan>,
    /// Forward and backward apart, for functions with trainable parameters.
    pub halves: Option<Plan>,
}

impl CompiledFunction {
    /// What it is called where people read it: `forward`, `forward.with_mask`.
    pub fn name(&self) -> String {
        file_stem(&self.decl, &self.choice)
    }

    /// What it is called in generated code.
    pub fn ident(&self) -> &Ident {
        self.choice.as_ref().map_or(&self.decl.ident, |choice| &choice.ident)
    }

    /// Whether it returns one real number.
    pub fn is_scalar(&self) -> bool {
        is_scalar(&self.decl, &self.results)
    }
}

fn is_scalar(decl: &Function, results: &[TensorType]) -> bool {
    !decl.returns_struct()
        && matches!(results, [single] if single.rank() == 0 && single.element == ElementType::Real)
}

/// The first part of the names of the files of a function: `forward`, `forward.with_mask`.
fn file_stem(decl: &Function, choice: &Option<Choice>) -> String {
    let name = decl.ident.to_string();
    match choice {
        None => name,
        Some(choice) => choice.ident.to_string().replacen(&format!("__{name}_"), &format!("{name}."), 1),
    }
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
    let (program, parsed) = Program::parse(&joined.closure, diagnostics);
    let mut instantiation = Instantiation::new(&program, diagnostics);
    let root = parsed.and_then(|()| instantiation.root(&joined.id));
    let state = std::mem::take(&mut instantiation.state);
    let (program, root, state, is_stand_in) = match root {
        Ok(root) => (program, root, state, false),
        Err(reported) => {
            let (program, root) = stand_in(joined).ok_or(reported)?;
            (program, root, Vec::new(), true)
        }
    };
    if let Some(dump) = &mut dump {
        dump.push(("program.txt".to_string(), program_text(&root, &state)));
    }
    let attributes = root_attributes(joined, &root);
    let mut functions = Vec::new();
    let mut result = if is_stand_in { Err(Reported) } else { Ok(()) };
    let mut reached: HashSet<usize> = HashSet::new();
    for decl in &root.decl.functions {
        let has_optional = decl.args.iter().any(|arg| arg.is_optional);
        if has_optional && matches!(decl.visibility, syn::Visibility::Inherited) {
            // Written out where others call it.
            continue;
        }
        let first = functions.len();
        let all = match choices(decl, diagnostics) {
            Ok(all) => all,
            Err(reported) => {
                result = Err(reported);
                continue;
            }
        };
        let mut of_choices = Ok(());
        for (decl, choice) in &all {
            let mut compiler = FunctionCompiler {
                program: &program,
                state: &state,
                root: &root,
                decl,
                choice,
                dump: dump.as_deref_mut(),
                reached: &mut reached,
                internal: None,
                allowed: attributes.allow,
                is_stand_in,
                traps: context.traps,
                verifies: context.verifies,
            };
            let function = if is_stand_in { Err(Reported) } else { compiler.compile(diagnostics) };
            match function {
                Ok(function) => functions.push(function),
                Err(reported) => {
                    of_choices = Err(reported);
                    functions.extend(compiler.stand_in());
                }
            }
        }
        let results: Vec<&[TensorType]> =
            functions[first..].iter().map(|function: &CompiledFunction| &*function.results).collect();
        if of_choices.is_ok()
            && let Err(reported) = check_alike(decl, &results, diagnostics)
        {
            functions.truncate(first);
            of_choices = Err(reported);
        }
        result = result.and(of_choices);
    }
    if let Some(dump) = &mut dump {
        let text = match Float::current() {
            Float::F32 => kernels(&functions).text(),
            Float::F64 => {
                "// No kernels: only those of models that compute in f32 are printed.\n".to_string()
            }
        };
        dump.push(("kernels.cu".to_string(), text));
    }
    let dims = model_dims(&functions);
    let costs = costs(&functions, &state);
    // Where a function could not be compiled, these would only repeat what is wrong with it.
    if result.is_ok() {
        let reached = check_reached(&root, &state, &functions, &reached, diagnostics);
        let budgeted = BudgetedModel { program: &program, root: &root, state: &state, functions: &functions };
        let budget = check_budget(&budgeted, &attributes, &dims, &costs, diagnostics);
        debug_assert_eq!(reached.and(budget).is_ok(), diagnostics.is_empty());
    }
    let inaccessible = take_out_clashes(&root, &mut functions, diagnostics);
    let model = ModelToEmit {
        name,
        visibility,
        root: &root,
        state: &state,
        functions: &functions,
        costs: &costs,
        dims: &dims,
        inaccessible: &inaccessible,
    };
    Ok(match context.form {
        Form::Methods => emit_model(&model, context),
        Form::Functions => emit_functions(&model, context),
    })
}

/// What `#[model(…)]` says of the root: on its struct and impl, and on the alias that stands for it.
fn root_attributes(joined: &Joined, root: &Instance) -> ModelAttributes {
    let mut attributes = root.decl.attributes.clone();
    if joined.definition.kind == Kind::Alias {
        // They are read, and their mistakes reported, where the alias is linked.
        let tokens = joined.definition.parts.first().cloned().unwrap_or_default();
        if let Ok(of_alias) = ModelAttributes::parse(tokens, &mut Diagnostics::default()) {
            attributes.allow = attributes.allow.union(of_alias.allow);
            if of_alias.max_train_bytes.is_some() {
                (attributes.max_train_bytes, attributes.at) = (of_alias.max_train_bytes, of_alias.at);
            }
        }
    }
    attributes
}

/// Compiles one function.
struct FunctionCompiler<'a> {
    program: &'a Program,
    state: &'a [StateTensor],
    root: &'a Rc<Instance>,
    decl: &'a Function,
    choice: &'a Option<Choice>,
    dump: Option<&'a mut Dump>,
    /// Trainable tensors that the gradient of some scalar reaches.
    reached: &'a mut HashSet<usize>,
    /// What a verifier found: a mistake of the compiler, not of the user.
    internal: Option<String>,
    /// Lints that are allowed for the model as a whole.
    allowed: LintSet,
    /// Whether the root has no fields because they could not be read.
    is_stand_in: bool,
    /// Whether every step checks what it has computed.
    traps: bool,
    /// Whether graphs and plans are verified.
    verifies: bool,
}

impl FunctionCompiler<'_> {
    fn compile(&mut self, diagnostics: &mut Diagnostics) -> Result<CompiledFunction, Reported> {
        let eval = self.lower(false, diagnostics)?;
        let train = if self.decl.no_grad { None } else { Some(self.lower(true, diagnostics)?) };
        lints::check(&eval, self.allowed, false, diagnostics);
        if let Some(train) = &train {
            lints::check(train, self.allowed, self.has_gradient(&train.results), diagnostics);
        }
        self.compile_graphs(eval, train.as_ref(), diagnostics)
    }

    /// A function of the declared type in the place of one with mistakes, unless they are in the type.
    fn stand_in(&mut self) -> Option<CompiledFunction> {
        let mut unread = Diagnostics::default();
        let mut lower = || lower_stand_in(self.program, self.state, self.root, self.decl, &mut unread).ok();
        let (eval, train) = (lower()?, lower()?);
        self.compile_graphs(eval, Some(&train), &mut unread).ok()
    }

    fn compile_graphs(
        &mut self,
        eval: Lowered,
        train: Option<&Lowered>,
        diagnostics: &mut Diagnostics,
    ) -> Result<CompiledFunction, Reported> {
        let Lowered { graph, args, symbols, results, .. } = eval;
        let train = train.filter(|_| !self.decl.no_grad).map(|train| &train.graph);
        let requirements = requirements(&[&graph].into_iter().chain(train).collect::<Vec<_>>());
        let eval_graph = self.optimised("eval", &graph);
        let flops = summary::flops(&eval_graph).to_string();
        let mut description = None;
        let eval_plan = self.planned("eval", eval_graph, None);
        let mut loss_grad = None;
        let mut halves = None;
        if let (Some(train), true) = (train, self.has_gradient(&results)) {
            let train_graph = simplify(train);
            self.check("train.simplified", &train_graph);
            if is_scalar(self.decl, &results) {
                description = Some(describe(&train_graph));
                let joint = self.differentiated("loss_grad", &train_graph, args.len(), false, diagnostics)?;
                self.note_reached(&joint);
                let joint = self.recomputed("loss_grad", &joint);
                loss_grad = Some(self.planned("loss_grad", joint, None));
            }
            let joint = self.differentiated("halves", &train_graph, args.len(), true, diagnostics)?;
            let joint = self.recomputed("halves", &joint);
            halves = Some(self.planned("halves", joint, Some(args.len())));
        }
        if let Some(problem) = self.internal.take() {
            return Err(diagnostics.report(
                Diagnostic::new(self.decl.ident.span(), format!("internal error of macrograd: {problem}"))
                    .note("this is a mistake of macrograd, not of the model")
                    .help("report it with the files that `MACROGRAD_EMIT=folder` writes"),
            ));
        }
        Ok(CompiledFunction {
            decl: self.decl.clone(),
            choice: self.choice.clone(),
            arg_types: args.iter().map(|arg| arg.ty.clone()).collect(),
            args,
            symbols,
            results,
            requirements,
            flops,
            description: description.unwrap_or_else(|| describe(&eval_plan.graph)),
            eval: eval_plan,
            loss_grad,
            halves,
        })
    }

    /// Whether functions with these results are differentiated.
    fn has_gradient(&self, results: &[TensorType]) -> bool {
        let has_trainable =
            self.is_stand_in || self.state.iter().any(|tensor| tensor.kind == StateKind::Trainable);
        has_trainable && results.iter().any(|ty| ty.element == ElementType::Real)
    }

    fn lower(&mut self, training: bool, diagnostics: &mut Diagnostics) -> Result<Lowered, Reported> {
        let lowered = lower_function(self.program, self.state, self.root, self.decl, training, diagnostics)?;
        let stage = if training { "train.lowered" } else { "eval.lowered" };
        self.check(stage, &lowered.graph);
        Ok(lowered)
    }

    /// Verifies a graph, if that is asked for, and keeps its text form.
    fn check(&mut self, stage: &str, graph: &Graph) {
        if self.verifies
            && let Err(problem) = verify(graph)
        {
            self.internal.get_or_insert(format!("{problem}, after {stage}"));
        }
        if let Some(dump) = &mut self.dump {
            dump.push((format!("{}.{stage}.graph", file_stem(self.decl, self.choice)), graph.to_string()));
        }
    }

    fn optimised(&mut self, stage: &str, graph: &Graph) -> Graph {
        let graph = optimise(graph);
        self.check(&format!("{stage}.optimised"), &graph);
        graph
    }

    fn recomputed(&mut self, stage: &str, joint: &Graph) -> Graph {
        let graph = recompute(&self.optimised(stage, joint));
        self.check(&format!("{stage}.recomputed"), &graph);
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
        let request = PlanRequest { state: self.state, second_half_inputs, step_by_step: self.traps };
        let plan = plan(graph, &request);
        if self.verifies
            && let Err(problem) = verify_plan(&plan)
        {
            self.internal.get_or_insert(format!("{problem}, in the plan of {stage}"));
        }
        if let Some(dump) = &mut self.dump {
            dump.push((format!("{}.{stage}.plan", file_stem(self.decl, self.choice)), plan.to_string()));
        }
        plan
    }

    fn note_reached(&mut self, joint: &Graph) {
        for role in &joint.roles {
            if let Role::GradParameter(reference) = role {
                self.reached.extend(reference.tensors());
            }
        }
    }
}

/// Arguments that no gradient reaches have zero gradients, so that the backward half gives one for each.
pub(crate) fn fill_missing_inputs(joint: &mut Graph, num_inputs: usize) {
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
                    && input.ty.element == ElementType::Real
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

/// The loops of all functions as CUDA C, in the order in which they are emitted as Rust.
fn kernels(functions: &[CompiledFunction]) -> Kernels {
    let mut kernels = Kernels::default();
    for function in functions {
        let trained = [&function.loss_grad, &function.halves];
        for plan in [&function.eval].into_iter().chain(trained.into_iter().flatten()) {
            kernels.add_plan(plan);
        }
    }
    kernels
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
    if let Some(first) = functions.first() {
        costs.flops = summary::flops(&first.eval.graph);
        costs.forward_bytes = summary::forward_bytes(&first.eval, &first.arg_types, &first.results, state);
    }
    if let Some((function, plan)) = trained_function(functions) {
        costs.train_bytes = summary::train_bytes(plan, &function.arg_types, &function.results, state);
    }
    costs
}
