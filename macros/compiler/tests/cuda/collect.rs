//! The loops of many models, each distinct one once.

use crate::generate::generate;
use crate::linker::Linked;
use macrograd_compiler::autodiff::{Request, differentiate};
use macrograd_compiler::emit::cuda::Kernels;
use macrograd_compiler::graph::{ElementType, Graph};
use macrograd_compiler::optimise::{optimise, simplify};
use macrograd_compiler::plan::{FusedLoop, Plan, PlanRequest, Step, plan};
use macrograd_compiler::recompute::recompute;
use std::rc::Rc;
use syn::visit::Visit;

/// Generated models whose loops are tried when nobody asks for more.
const NUM_RANDOM: u64 = 12;

/// Models that are compiled and trained elsewhere in the repository.
const MODELS: [&str; 5] = [
    include_str!("../../../../tests/models/lenet.rs"),
    include_str!("../../../../tests/models/mlp.rs"),
    include_str!("../../../../tests/models/resnet.rs"),
    include_str!("../../../../tests/models/resnet20.rs"),
    NAMES,
];

/// Values that are called as other things in a kernel are.
const NAMES: &str = "
#[model] struct Net { float: Param<3>, layers: [nn::Linear<3, 3>; 1] }
#[model] impl Net {
    fn loss<N: Dim>(&self, size: Tensor<N, 3>, index: Tensor<3>, row: Tensor<N, 1>, r#const: Tensor<N, 3>) -> Tensor {
        let column = size * index + row;
        let number = (column * r#const + self.float * column.max(0) * (N as f32)).exp();
        let mut total = number;
        for layer in &self.layers { total = layer(total); }
        (total.sum(1) * number.sum(1)).mean()
    }
}";

/// Layers with their settings and inputs: what the tests of layers check.
const LAYERS: &str = include_str!("../models/layers.rs");

/// Distinct loops with the plans that they are from.
#[derive(Default)]
pub(crate) struct Collection {
    pub(crate) kernels: Kernels,
    pub(crate) loops: Vec<(FusedLoop, Rc<Plan>)>,
}

impl Collection {
    /// The loops of all test models and of some random ones.
    pub(crate) fn of_models() -> Collection {
        let mut collection = Collection::default();
        for source in MODELS.into_iter().map(str::to_string).chain(layers()).chain(random()) {
            for plan in plans(&source) {
                collection.add(plan);
            }
        }
        collection
    }

    pub(crate) fn add(&mut self, plan: Plan) {
        let plan = Rc::new(plan);
        let Collection { kernels, loops } = self;
        plan.for_each_step(&mut |step| {
            let Step::Fused(fused) = step else { return };
            kernels.add_loop(fused, &plan);
            if kernels.num_loops() > loops.len() {
                loops.push((fused.clone(), plan.clone()));
            }
        });
    }
}

/// Calls `check_layer(settings, layer, input)` in the tests of layers.
#[derive(Default)]
struct LayerCalls {
    sources: Vec<String>,
}

impl Visit<'_> for LayerCalls {
    fn visit_expr_call(&mut self, call: &syn::ExprCall) {
        let is_check = matches!(&*call.func, syn::Expr::Path(path) if path.path.is_ident("check_layer"));
        let texts = call.args.iter().filter_map(|arg| match arg {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        });
        if let (true, [settings, layer, input]) = (is_check, &texts.collect::<Vec<_>>()[..]) {
            let with = if settings.is_empty() { String::new() } else { format!("#[with({settings})]") };
            self.sources.push(format!(
                "#[model] struct Net {{ {with} layer: nn::{layer} }}
                 #[model] impl Net {{
                     fn forward<N: Dim>(&self, x: Tensor<{input}>) -> Tensor<Inferred> {{ self.layer(x) }}
                 }}"
            ));
        }
        syn::visit::visit_expr_call(self, call);
    }
}

/// A model around each layer.
fn layers() -> Vec<String> {
    let mut calls = LayerCalls::default();
    calls.visit_file(&syn::parse_file(LAYERS).expect("the tests of layers are Rust"));
    assert!(calls.sources.len() > 60, "the tests of layers call `check_layer`");
    calls.sources
}

fn random() -> impl Iterator<Item = String> {
    let number = std::env::var("MACROGRAD_SEEDS").ok().and_then(|text| text.parse().ok());
    (0..number.unwrap_or(NUM_RANDOM)).map(|seed| generate(seed, usize::MAX).source)
}

/// Every function of a model in every form in which it is compiled.
pub(crate) fn plans(source: &str) -> Vec<Plan> {
    let linked = Linked::new(source);
    let mut plans = Vec::new();
    for decl in &linked.root.decl.functions {
        let function = decl.ident.to_string();
        let planned = |graph: Graph, second_half_inputs: Option<usize>| {
            plan(graph, &PlanRequest { state: &linked.state, second_half_inputs, step_by_step: false })
        };
        plans.push(planned(optimise(&linked.lowered(&function, false).graph), None));
        let train = linked.lowered(&function, true);
        let num_inputs = train.args.len();
        let is_scalar = matches!(
            &train.results[..],
            [result] if result.rank() == 0 && result.element == ElementType::Real
        );
        for given_seed in [false, true] {
            let request = Request { given_seed, input_gradients: given_seed, num_inputs };
            if (given_seed || is_scalar)
                && let Ok(joint) = differentiate(&simplify(&train.graph), request)
            {
                plans.push(planned(recompute(&optimise(&joint)), given_seed.then_some(num_inputs)));
            }
        }
    }
    plans
}
