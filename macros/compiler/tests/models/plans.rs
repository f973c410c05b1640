//! The verifier of plans finds what is broken on purpose.

use crate::linker::Linked;
use macrograd_compiler::graph::Value;
use macrograd_compiler::optimise::optimise;
use macrograd_compiler::plan::{ALIGN, Memory, Plan, PlanRequest, Step, plan, verify_plan};
use std::collections::BTreeSet;

/// Convolutions, normalisation, a stack with two carried values, and a residual.
const SOURCE: &str = "
#[model] struct Net {
    conv: nn::Conv2d<1, 4, 3>,
    norm: nn::BatchNorm2d<4>,
    layers: [nn::Linear<16, 16>; 3],
    head: nn::Linear<16, 3>,
}
#[model] impl Net {
    fn loss<N: Dim>(&self, image: Tensor<N, 1, 6, 6>, label: Tensor<u8, N>) -> Tensor {
        let mut x = self.norm(self.conv(image)).relu().max_pool2d(2).flatten(1);
        let mut sum = x;
        for layer in &self.layers {
            x = layer(x).tanh();
            sum = sum + x * sum;
        }
        self.head(sum + x).cross_entropy(label)
    }
}";

fn planned() -> Plan {
    let linked = Linked::new(SOURCE);
    let lowered = linked.lowered("loss", true);
    let joint = optimise(&linked.joint(&lowered));
    let request = PlanRequest {
        state: &linked.state,
        second_half_inputs: Some(lowered.args.len()),
        step_by_step: false,
    };
    plan(joint, &request)
}

/// Values in the arena, in order.
fn in_arena(plan: &Plan) -> Vec<Value> {
    let mut values: Vec<Value> = plan
        .places
        .iter()
        .filter(|(_, place)| matches!(place.memory, Memory::Arena(_)))
        .map(|(&value, _)| value)
        .collect();
    values.sort();
    values
}

/// Values that some step reads, through other names, too.
fn is_read(plan: &Plan) -> BTreeSet<Value> {
    let mut read = BTreeSet::new();
    plan.for_each_step(&mut |step| match step {
        Step::Kernel(node) => read.extend(&node.inputs),
        Step::Fused(fused) => read.extend(fused.loads.iter().map(|load| load.value)),
        Step::Copy(copy) => {
            read.insert(copy.from);
        }
        Step::Repeat(repeat) => {
            read.extend(repeat.before.iter().chain(&repeat.after).map(|copy| copy.from));
        }
        Step::IfElse(choice) => {
            read.insert(choice.condition);
        }
    });
    read
}

#[test]
fn a_value_in_another_place_is_found() {
    let plan = planned();
    verify_plan(&plan).unwrap_or_else(|problem| panic!("{problem}\n{plan}"));
    let read = is_read(&plan);
    let values: Vec<Value> = in_arena(&plan).into_iter().filter(|value| read.contains(value)).collect();
    assert!(values.len() > 20, "the plan keeps values in the arena: {}", values.len());
    let mut found = 0;
    for value in &values {
        let mut broken = plan.clone();
        broken.places.get_mut(value).expect("it has a place").offset += ALIGN;
        // Moved altogether, it may lie where nothing else does.
        found += usize::from(verify_plan(&broken).is_err());
    }
    assert!(found * 2 > values.len(), "most moves run into something: {found} of {}", values.len());
}

#[test]
fn values_that_live_at_the_same_time_cannot_share_memory() {
    let plan = planned();
    // Every pair of values that never overlap in the plan but would after the change: the one is laid over the other.
    let (values, read) = (in_arena(&plan), is_read(&plan));
    let (mut found, mut tried) = (0, 0);
    for (index, &value) in values.iter().enumerate() {
        for &other in values[index + 1..].iter().filter(|other| read.contains(other)).take(4) {
            let (a, b) = (&plan.places[&value], &plan.places[&other]);
            if a.memory != b.memory
                || a.offset == b.offset
                || !a.iterations.is_empty()
                || !b.iterations.is_empty()
            {
                continue;
            }
            let mut broken = plan.clone();
            broken.places.get_mut(&value).expect("it has a place").offset = b.offset;
            tried += 1;
            found += usize::from(verify_plan(&broken).is_err());
        }
    }
    assert!(tried > 20 && found * 2 > tried, "{found} of {tried} collisions are found");
}

#[test]
fn a_missing_step_is_found() {
    let plan = planned();
    let count = plan.steps.len();
    for index in 0..count {
        let mut broken = plan.clone();
        let removed = broken.steps.remove(index);
        if let Some(split) = &mut broken.split
            && index < *split
        {
            *split -= 1;
        }
        let problem = verify_plan(&broken);
        let what = match removed {
            Step::Kernel(node) => format!("%{}", node.outputs[0].0),
            Step::Fused(fused) => format!("%{}", fused.stores[0].value.0),
            Step::Copy(copy) => format!("the copy of %{}", copy.from.0),
            Step::Repeat(_) => "the loop".to_string(),
            Step::IfElse(_) => "the decision".to_string(),
        };
        assert!(problem.is_err(), "nothing computes {what}, but nobody misses it");
    }
}

#[test]
fn steps_in_another_order_are_found() {
    let plan = planned();
    let count = plan.steps.len();
    let mut found = 0;
    for index in 0..count - 1 {
        let mut broken = plan.clone();
        broken.steps.swap(index, index + 1);
        found += usize::from(verify_plan(&broken).is_err());
    }
    assert!(found * 2 > count, "most steps need the one before: {found} of {count}");
}

#[test]
fn broken_loops_are_found() {
    let plan = planned();
    let in_loops = |break_it: &dyn Fn(&mut macrograd_compiler::plan::RepeatStep) -> bool| {
        let (mut found, mut tried) = (0, 0);
        for index in 0..plan.steps.len() {
            let mut broken = plan.clone();
            let Step::Repeat(repeat) = &mut broken.steps[index] else { continue };
            if break_it(repeat) {
                tried += 1;
                found += usize::from(verify_plan(&broken).is_err());
            }
        }
        assert!(tried > 0 && found == tried, "{found} of {tried} are found");
    };
    // The last copy of an iteration is lost: the next one sees the old value.
    in_loops(&|repeat| repeat.after.pop().is_some());
    in_loops(&|repeat| !repeat.before.is_empty() && repeat.before.remove(0).from.0 > 0);
    in_loops(&|repeat| {
        repeat.steps.remove(0);
        true
    });
    // One iteration too few leaves a part of a stack empty.
    in_loops(&|repeat| {
        repeat.count = repeat.count.sub(&1.into());
        true
    });
}

#[test]
fn a_store_in_place_of_a_value_that_is_still_needed_is_found() {
    let plan = planned();
    let mut tried = 0;
    for index in 0..plan.steps.len() {
        let mut broken = plan.clone();
        let Step::Fused(fused) = &mut broken.steps[index] else { continue };
        let Some(store) = fused.stores.iter().position(|store| store.in_place.is_none()) else { continue };
        let (value, load) = (fused.stores[store].value, 0);
        if fused.loads.is_empty() || fused.stores.iter().any(|store| store.in_place == Some(load)) {
            continue;
        }
        // It claims the memory of its first operand and stays where it is.
        fused.stores[store].in_place = Some(load);
        tried += 1;
        assert!(verify_plan(&broken).is_err(), "%{} is not in place of its operand", value.0);
    }
    assert!(tried > 3, "{tried} loops store apart from their operands");
}
