//! The verifier of plans.

use super::{Memory, Place, Plan, Step};
use crate::graph::Value;
use std::collections::HashMap;

/// Replays the plan on labels instead of numbers: every step must find in memory the values that it reads.
///
/// # Errors
/// The first value that another one has overwritten, or that has no place.
pub fn verify_plan(plan: &Plan) -> Result<(), String> {
    let mut replay = Replay { plan, contents: HashMap::new() };
    replay.steps(&plan.steps)
}

/// What lies where: start and end in each memory, with the value written last.
struct Replay<'a> {
    plan: &'a Plan,
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
                Step::Copy(copy) => self.read(copy.from)?,
                Step::Repeat(repeat) => {
                    for copy in &repeat.before {
                        self.read(copy.from)?;
                    }
                    self.steps(&repeat.steps)?;
                    for copy in &repeat.after {
                        self.read(copy.from)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn place(&self, value: Value) -> Result<&Place, String> {
        self.plan.places.get(&value).ok_or_else(|| format!("%{} has no place", value.0))
    }

    /// The part of an arena zone that a value fills. Elements of stacks move with the iteration and are not followed.
    fn range(&self, value: Value) -> Result<Option<(Memory, usize, usize)>, String> {
        let place = self.place(value)?;
        let is_followed = matches!(place.memory, Memory::Arena(_)) && place.iterations.is_empty();
        if !is_followed {
            return Ok(None);
        }
        let len = self
            .plan
            .graph
            .ty(value)
            .shape
            .iter()
            .map(|size| size.split_coefficient().0 as usize)
            .product::<usize>();
        Ok(Some((place.memory, place.offset, place.offset + len)))
    }

    fn write(&mut self, value: Value) -> Result<(), String> {
        let Some((memory, start, end)) = self.range(value)? else { return Ok(()) };
        let contents = self.contents.entry(memory).or_default();
        contents.retain(|(from, to, _)| *to <= start || end <= *from);
        contents.push((start, end, value));
        Ok(())
    }

    fn read(&mut self, value: Value) -> Result<(), String> {
        let Some((memory, start, end)) = self.range(value)? else { return Ok(()) };
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
