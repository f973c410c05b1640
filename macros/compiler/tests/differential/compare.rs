//! The stages of a generated model, and comparisons that know how far rounding moves a result.

use crate::generate::{SIZES, sizes_of};
use crate::linker::Linked;
use crate::machine::{Noise, run_plan};
use crate::random::{Random, data};
use macrograd_compiler::autodiff::{Request, differentiate};
use macrograd_compiler::graph::{Graph, StateRef, verify};
use macrograd_compiler::lower::Lowered;
use macrograd_compiler::optimise::{optimise, simplify};
use macrograd_compiler::plan::{Plan, PlanRequest, plan, verify_plan};
use macrograd_compiler::recompute::recompute;
use macrograd_compiler::reference::{Array, Bindings, Sizes, run};

/// Why a model says nothing: rounding alone moves its results, or an operation refuses a gradient.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Skipped {
    NoGradient,
    IllConditioned,
}

/// A function in one of its forms: as it is lowered, and as it is planned.
pub(crate) struct Form {
    pub(crate) name: &'static str,
    /// The graph before anything is done to it.
    pub(crate) graph: Graph,
    pub(crate) plan: Plan,
}

/// Numbers given to a model at some sizes.
pub(crate) struct Given {
    pub(crate) sizes: Sizes,
    pub(crate) inputs: Vec<Array>,
    pub(crate) state: Vec<Array>,
}

impl Given {
    /// Arguments, then gradients of the results.
    pub(crate) fn new(seed: u64, linked: &Linked, lowered: &Lowered, sizes: (i64, i64)) -> Given {
        let sizes = sizes_of(sizes);
        let array = |name: &str, shape: Vec<usize>| {
            let data = data(seed, name, shape.iter().product());
            Array { shape, data }
        };
        let mut inputs: Vec<Array> =
            lowered.args.iter().map(|arg| array(&arg.name, sizes.shape(&arg.ty.shape))).collect();
        let floats =
            lowered.results.iter().filter(|ty| ty.element == macrograd_compiler::graph::ElementType::Real);
        inputs.extend(
            floats.enumerate().map(|(index, ty)| array(&format!("seed{index}"), sizes.shape(&ty.shape))),
        );
        let state = linked.state.iter().map(|tensor| array(&tensor.name, tensor.shape.clone())).collect();
        Given { sizes, inputs, state }
    }

    fn tensor(&self, reference: &StateRef) -> Array {
        let tensors = reference.tensors();
        let mut shape: Vec<usize> = reference.stacks.iter().map(|&(count, _)| count).collect();
        shape.extend(&self.state[reference.tensor].shape);
        Array { shape, data: tensors.iter().flat_map(|&index| self.state[index].data.clone()).collect() }
    }

    /// What the reference makes of a graph.
    pub(crate) fn reference(&self, graph: &Graph) -> Vec<Array> {
        let state = |reference: &StateRef| self.tensor(reference);
        run(graph, &Bindings { inputs: &self.inputs, state: &state, sizes: &self.sizes })
    }

    /// What a plan makes of it.
    pub(crate) fn planned(&self, linked: &Linked, plan: &Plan, noise: Option<Noise>) -> Vec<Array> {
        run_plan(plan, &linked.state, &self.sizes, &self.inputs, &self.state, noise)
    }
}

/// All forms in which a function of a model is compiled.
pub(crate) fn forms(linked: &Linked, function: &str) -> Result<(Lowered, Vec<Form>), Skipped> {
    let eval = linked.lowered(function, false);
    let train = linked.lowered(function, true);
    let num_inputs = train.args.len();
    let planned = |name: &'static str, graph: Graph, is_joint: bool, second: Option<usize>| {
        let mut optimised = optimise(&graph);
        if is_joint {
            optimised = recompute(&optimised);
        }
        verify(&optimised).unwrap_or_else(|problem| panic!("{problem}\n{optimised}"));
        let plan = plan(
            optimised,
            &PlanRequest { state: &linked.state, second_half_inputs: second, step_by_step: false },
        );
        verify_plan(&plan).unwrap_or_else(|problem| panic!("{problem}\n{plan}"));
        Form { name, graph, plan }
    };
    let joint = |given_seed: bool| {
        let request = Request { given_seed, input_gradients: given_seed, num_inputs };
        differentiate(&simplify(&train.graph), request).map_err(|_| Skipped::NoGradient)
    };
    let mut forms = vec![planned("eval", eval.graph.clone(), false, None)];
    if function == "loss" {
        forms.push(planned("loss_grad", joint(false)?, true, None));
    }
    forms.push(planned("halves", joint(true)?, true, Some(num_inputs)));
    Ok((train, forms))
}

/// Compares results with the reference's. What differs by more than `relative` of the largest element must be moved as
/// far by random rounding of relative size `rounding`.
pub(crate) fn compare(
    expected: &[Array],
    found: &[Array],
    (relative, rounding): (f64, f64),
    noisy: impl Fn(Noise) -> Vec<Array>,
) -> Result<(), String> {
    /// Runs with random rounding.
    const NUM_RUNS: u64 = 24;
    /// Rounding errors of a real run may add up less luckily than random ones.
    const MARGIN: f64 = 32.0;
    let largest = |array: &Array| array.data.iter().fold(1.0, |max: f64, x| max.max(x.abs()));
    let is_close = |result: usize, element: usize, tolerance: f64| {
        let (a, b) = (expected[result].data[element], found[result].data[element]);
        a == b || (a - b).abs() <= tolerance || a.is_nan() && b.is_nan()
    };
    let mut open: Vec<(usize, usize)> = Vec::new();
    for (result, (a, b)) in expected.iter().zip(found).enumerate() {
        if a.data.len() != b.data.len() {
            return Err(format!("result {result} has {} elements, expected {}", b.data.len(), a.data.len()));
        }
        let tolerance = relative * largest(a);
        open.extend((0..a.data.len()).filter(|&e| !is_close(result, e, tolerance)).map(|e| (result, e)));
    }
    if open.is_empty() {
        return Ok(());
    }
    let runs: Vec<Vec<Array>> =
        (0..NUM_RUNS).map(|seed| noisy(Noise { size: rounding, random: Random::new(seed) })).collect();
    for (result, element) in open {
        let values = runs.iter().map(|run| run[result].data[element]);
        // At the edge of a domain, `asin(1)`, rounding may lead to NaN and tells nothing of how far a number moves.
        if values.clone().any(f64::is_nan) && found[result].data[element].is_finite() {
            continue;
        }
        let exact = expected[result].data[element];
        let spread = values.fold(0.0, |spread: f64, x| spread.max((x - exact).abs()));
        let tolerance = relative * largest(&expected[result]) + MARGIN * spread;
        // A spread that is not a number is no excuse.
        if !is_close(result, element, tolerance) {
            return Err(format!(
                "element {element} of result {result} is {}, expected {exact}; rounding moves it by {spread:e}",
                found[result].data[element]
            ));
        }
    }
    Ok(())
}

/// Runs every form of every function of a model as a plan, at every choice of sizes.
///
/// # Errors
/// The first result that is not what the reference computes.
pub(crate) fn check_plans(seed: u64, source: &str) -> Result<Result<(), Skipped>, String> {
    let linked = Linked::new(source);
    for function in ["forward", "loss"] {
        let (lowered, forms) = match forms(&linked, function) {
            Ok(forms) => forms,
            Err(skipped) => return Ok(Err(skipped)),
        };
        for sizes in SIZES {
            let given = Given::new(seed, &linked, &lowered, sizes);
            for form in &forms {
                let expected = given.reference(&form.graph);
                let is_finite = |array: &Array| array.data.iter().all(|x| x.abs() < 1e9);
                if !expected.iter().all(is_finite) {
                    return Ok(Err(Skipped::IllConditioned));
                }
                let found = given.planned(&linked, &form.plan, None);
                let noisy = |noise| given.planned(&linked, &form.plan, Some(noise));
                compare(&expected, &found, (1e-9, 1e-14), noisy)
                    .map_err(|problem| format!("{} of {function} at {sizes:?}: {problem}", form.name))?;
            }
        }
    }
    Ok(Ok(()))
}
