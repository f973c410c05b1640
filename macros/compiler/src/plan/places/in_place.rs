//! Stores that take over the memory of a load.

use super::{Lifetime, Placer, Source, split_size};
use crate::plan::Step;
use crate::plan::fuse::FusedLoop;

impl Placer<'_> {
    /// Lets stores of fused loops take over the memory of a load that is not needed afterwards.
    pub(super) fn choose_in_place(&mut self, steps: &mut [Step]) {
        let mut time = 0;
        self.walk_in_place(steps, &mut time);
    }

    pub(super) fn walk_in_place(&mut self, steps: &mut [Step], time: &mut usize) {
        for step in steps {
            match step {
                Step::Fused(fused) => {
                    self.take_over(fused, *time);
                    *time += 1;
                }
                Step::Kernel(_) | Step::Copy(_) => *time += 1,
                Step::Repeat(repeat) => {
                    *time += 1;
                    self.walk_in_place(&mut repeat.steps, time);
                    *time += 1;
                }
                Step::IfElse(choice) => {
                    *time += 1;
                    for steps in &mut choice.branches {
                        self.walk_in_place(steps, time);
                        *time += 1;
                    }
                }
            }
        }
    }

    pub(super) fn take_over(&mut self, fused: &mut FusedLoop, time: usize) {
        for store in 0..fused.stores.len() {
            let target = fused.stores[store].value;
            let full = |present: &[bool]| {
                present.iter().zip(&fused.space).all(|(&present, size)| present || size.is_one())
            };
            let is_plain = self.lifetimes.get(&target).is_some_and(|l| l.first == time)
                && full(&fused.stores[store].present);
            if !is_plain || fused.stores[store].reduce.is_some() {
                continue;
            }
            let taken = |index: usize| fused.stores.iter().any(|store| store.in_place == Some(index));
            let candidate = fused.loads.iter().enumerate().position(|(index, load)| {
                let base = self.base(load.value);
                let dies_here = self.lifetimes.get(&base).is_some_and(|lifetime| {
                    self.last_use(lifetime) == time
                        && lifetime.first < time
                        && split_size(self.graph.ty(base)) == split_size(self.graph.ty(target))
                });
                let shared = fused.loads.iter().filter(|other| self.base(other.value) == base).count() > 1;
                dies_here
                    && !shared
                    && full(&load.present)
                    && !taken(index)
                    && matches!(self.sources[&load.value], Source::Own | Source::Alias(_))
            });
            let Some(index) = candidate else { continue };
            let base = self.base(fused.loads[index].value);
            let lifetime = self.lifetimes.remove(&target).expect("checked above");
            let last = self.last_use(&lifetime);
            let merged = self.lifetimes.get_mut(&base).expect("checked above");
            merged.last = last;
            self.sources.insert(target, Source::Alias(fused.loads[index].value));
            fused.stores[store].in_place = Some(index);
        }
    }

    /// The last moment at which memory is needed, loops that use it from outside included.
    pub(super) fn last_use(&self, lifetime: &Lifetime) -> usize {
        let ends = lifetime.used_by_loops.iter().map(|&id| self.loops[id].1);
        ends.max().unwrap_or(0).max(lifetime.last)
    }
}
