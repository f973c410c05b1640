//! The verifier of plans.

use super::{Copy, Memory, Place, Plan, Step};
use crate::graph::Value;
use std::collections::HashMap;

/// Replays the plan on labels instead of numbers: every step must find in memory the values that it reads.
///
/// # Errors
/// The first value that another one has overwritten, or that has no place.
pub fn verify_plan(plan: &Plan) -> Result<(), String> {
    let mut counts = HashMap::new();
    plan.for_each_step(&mut |step| {
        if let Step::Repeat(repeat) = step {
            counts.insert(repeat.id, repeat.count);
        }
    });
    let mut replay = Replay { plan, counts, contents: HashMap::new() };
    replay.steps(&plan.steps)
}

/// What lies where: start and end in each memory, with the value written last.
struct Replay<'a> {
    plan: &'a Plan,
    /// Iterations of each loop.
    counts: HashMap<usize, usize>,
    contents: HashMap<Memory, Vec<(usize, usize, Value)>>,
}

impl Replay<'_> {
    fn steps(&mut self, steps: &[Step]) -> Result<(), String> {
        for step in steps {
            match step {
                Step::Kernel(node) => {
                    for &input in &node.inputs {
                        self.read(input)?;
                    }
                    for &output in &node.outputs {
                        self.write(output)?;
                    }
                }
                Step::Fused(fused) => {
                    for load in &fused.loads {
                        self.read(load.value)?;
                    }
                    for store in &fused.stores {
                        self.write(store.value)?;
                    }
                }
                Step::Copy(copy) => self.copy(copy)?,
                Step::Repeat(repeat) => {
                    for copy in &repeat.before {
                        self.copy(copy)?;
                    }
                    for &sum in &repeat.zeroed {
                        self.write(sum)?;
                    }
                    self.steps(&repeat.steps)?;
                    for copy in &repeat.after {
                        self.copy(copy)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn place(&self, value: Value) -> Result<&Place, String> {
        self.plan.places.get(&value).ok_or_else(|| format!("%{} has no place", value.0))
    }

    fn copy(&mut self, copy: &Copy) -> Result<(), String> {
        self.read(copy.from)?;
        if !copy.accumulate {
            self.fill(self.part(copy.place(), copy.from), copy.from);
        }
        Ok(())
    }

    /// The part of an arena zone that a value fills at a place: for an element of a stack, the whole stack, since its
    /// place moves with the iteration.
    fn part(&self, place: &Place, value: Value) -> Option<(Memory, usize, usize)> {
        if !matches!(place.memory, Memory::Arena(_)) {
            return None;
        }
        let moves: usize =
            place.iterations.iter().map(|(repeat, stride)| (self.counts[repeat] - 1) * stride).sum();
        let len = self
            .plan
            .graph
            .ty(value)
            .shape
            .iter()
            .map(|size| size.split_coefficient().0 as usize)
            .product::<usize>();
        Some((place.memory, place.offset, place.offset + len + moves))
    }

    fn write(&mut self, value: Value) -> Result<(), String> {
        let part = self.part(self.place(value)?, value);
        self.fill(part, value);
        Ok(())
    }

    fn fill(&mut self, part: Option<(Memory, usize, usize)>, value: Value) {
        let Some((memory, start, end)) = part else { return };
        let contents = self.contents.entry(memory).or_default();
        contents.retain(|(from, to, _)| *to <= start || end <= *from);
        contents.push((start, end, value));
    }

    fn read(&mut self, value: Value) -> Result<(), String> {
        let Some((memory, start, end)) = self.part(self.place(value)?, value) else { return Ok(()) };
        let found =
            self.contents.get(&memory).into_iter().flatten().find(|(from, to, _)| *from < end && start < *to);
        match found {
            Some((from, to, owner)) if (*from, *to) != (start, end) => {
                Err(format!("%{} was overwritten by %{}", value.0, owner.0))
            }
            _ => Ok(()),
        }
    }
}
