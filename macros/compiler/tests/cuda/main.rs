//! Printed kernels, compiled for the CPU and run, against what their loops say.
//!
//! `MACROGRAD_SEEDS=1000` takes the loops of so many random models.

mod collect;
mod expected;
mod functions;
#[path = "../differential/generate/mod.rs"]
#[allow(dead_code)] // shared with the tests of random models
mod generate;
#[path = "../models/linker.rs"]
#[allow(dead_code)] // shared with the tests of whole models
mod linker;
mod program;
#[path = "../differential/random.rs"]
mod random;
#[path = "../differential/recipes.rs"]
mod recipes;
#[path = "../differential/recipes_of_tensors.rs"]
mod recipes_of_tensors;

use collect::Collection;
use expected::{Given, Verdict};
use macrograd_compiler::graph::Size;
use macrograd_compiler::plan::FusedLoop;
use macrograd_compiler::reference::Sizes;
use program::Program;
use random::Random;
use std::collections::HashMap;

/// Sizes that the axes of a loop take in turn: below, at and above what a block handles at a time.
const SIZES: [[i64; 4]; 5] = [[3, 5, 2, 7], [1, 1, 1, 1], [37, 2, 3, 4], [2, 4, 16, 3], [0, 3, 2, 2]];
/// Blocks that run a kernel: more, and fewer, than there is work for.
const BLOCKS: [u32; 3] = [1, 2, 20];

/// The loop at other sizes, which are names: a literal 1 would be merged with its neighbours.
fn resized(fused: &FusedLoop, sizes: &[i64]) -> (FusedLoop, Sizes) {
    let (mut fused, mut values) = (fused.clone(), HashMap::new());
    for (index, axis) in fused.space.iter_mut().enumerate().filter(|(_, size)| !size.is_one()) {
        let name = format!("Axis{index}");
        *axis = Size::symbol(&name);
        values.insert(name.as_str().into(), sizes[index % sizes.len()]);
    }
    (fused, Sizes { values })
}

/// Runs every loop of a collection at all sizes, on numbers and on what is none.
fn check(name: &str, mut collection: Collection) {
    let mut program = Program::build(name, &collection.kernels);
    let (mut num_elements, mut num_by_rounding) = (0, 0);
    let num_loops = collection.loops.len();
    for (index, (fused, plan)) in collection.loops.iter().enumerate() {
        for (round, sizes) in SIZES.iter().enumerate() {
            let (fused, at) = resized(fused, sizes);
            let launches = collection.kernels.add_loop(&fused, plan);
            for has_limits in [false, true] {
                let mut random = Random::new((index * SIZES.len() + round) as u64);
                let given = Given::new(&fused, at.clone(), has_limits, &mut random);
                let blocks = BLOCKS[(index + round) % BLOCKS.len()];
                let found = program.run(&fused, &launches, &given, blocks);
                let Verdict { elements, by_rounding, problem } = given.judge(&fused, &found);
                num_elements += elements;
                num_by_rounding += by_rounding;
                if let Some(problem) = problem {
                    panic!("{} at {sizes:?}, {blocks} blocks: {problem}\n{fused:?}", launches[0].kernel);
                }
            }
        }
    }
    assert_eq!(collection.kernels.num_loops(), num_loops, "other sizes make no other loops");
    println!(
        "{num_loops} loops, {} kernels, {num_elements} elements, {num_by_rounding} of them within what rounding moves",
        collection.kernels.names().count()
    );
    assert!(num_by_rounding * 20 < num_elements, "most elements are what is expected without excuse");
}

#[test]
fn kernels_of_models_compute_what_their_loops_say() {
    check("models", Collection::of_models());
}

#[test]
fn kernels_of_every_function_compute_what_it_says() {
    let mut collection = Collection::default();
    collection.add(functions::plan_of_all());
    check("functions", collection);
}
