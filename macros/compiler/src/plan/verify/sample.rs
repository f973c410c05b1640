//! How much of a plan is replayed, and at which run-time dimensions.

use crate::plan::{Plan, Step};
use std::collections::HashMap;
use std::rc::Rc;

/// Iterations that are replayed, of all loops of a plan: some tenths of a second.
pub(super) const MAX_REPLAYED: i64 = 5_000;

/// Iterations of loops whose length is known at compile time, those of loops in loops multiplied.
pub(super) fn num_iterations(steps: &[Step]) -> i64 {
    let of_step = |step: &Step| match step {
        Step::Repeat(repeat) => {
            let count = repeat.count.as_literal().unwrap_or(1);
            count.saturating_mul(num_iterations(&repeat.steps).saturating_add(1))
        }
        Step::IfElse(choice) => {
            let [then, otherwise] = &choice.branches;
            num_iterations(then).saturating_add(num_iterations(otherwise))
        }
        Step::Kernel(_) | Step::Fused(_) | Step::Copy(_) => 0,
    };
    steps.iter().map(of_step).fold(0, i64::saturating_add)
}

/// A small value for each run-time dimension, if a loop runs over one: iterations see parts of their stacks then, and
/// only numbers tell these apart. `None` when a size is empty at all of them.
pub(super) fn sample_of_symbols(plan: &Plan) -> Option<Option<HashMap<Rc<str>, i64>>> {
    /// Enough iterations for a first, a last, and some between them; more where a loop begins later, `4..T`.
    const SAMPLES: [i64; 3] = [4, 16, 64];
    let mut names = Vec::new();
    plan.for_each_step(&mut |step| {
        if let Step::Repeat(repeat) = step {
            repeat.count.symbols(&mut names);
        }
    });
    if names.is_empty() {
        return Some(None);
    }
    for value in &plan.graph.values {
        value.ty.shape.iter().for_each(|size| size.symbols(&mut names));
    }
    let sizes = || plan.graph.values.iter().flat_map(|value| &value.ty.shape);
    let mut samples = SAMPLES.iter().map(|&sample| names.iter().map(|name| (name.clone(), sample)).collect());
    samples.find(|symbols| sizes().all(|size| size.evaluate(symbols) >= 1)).map(Some)
}
