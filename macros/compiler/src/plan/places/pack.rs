//! Offsets in the arena by live range, and the final place of every value.

use super::{Memory, Place, Placer, Source, Wanted, Zone, size_in_memory, split_size};
use crate::graph::{Size, Value};
use crate::plan::{ALIGN, Copy, MAX_PARTS, Step, Target};
use std::collections::{BTreeMap, HashMap};

impl Placer<'_> {
    /// Packs memory by live range: large ones first, each at the lowest offset that is free while it lives.
    pub(super) fn pack(&mut self) {
        let mut wanted: Vec<Wanted> = Vec::new();
        for lifetime in self.lifetimes.values() {
            let (size, factor) = split_size(self.graph.ty(lifetime.value));
            let (value, first, last) = (lifetime.value, lifetime.first, self.last_use(lifetime));
            wanted.push(Wanted { value, is_scratch: false, size, factor, first, last });
        }
        for &(value, time) in &self.scratch {
            let (size, factor) = split_size(self.graph.ty(value));
            wanted.push(Wanted {
                value,
                is_scratch: true,
                size: size * MAX_PARTS,
                factor,
                first: time,
                last: time,
            });
        }
        // Zones come in the order of the program, whatever their sizes: the text of a stack does not depend on its height.
        wanted.sort_by_key(|w| (w.first, w.value, w.is_scratch));
        for Wanted { factor, .. } in &wanted {
            if self.zones.iter().all(|zone| zone.factor != *factor) {
                self.zones.push(Zone { factor: factor.clone(), len: 0 });
            }
        }
        wanted.sort_by_key(|w| (std::cmp::Reverse(w.size), w.first, w.value, w.is_scratch));
        let mut packed: BTreeMap<usize, Vec<(usize, usize, usize, usize)>> = BTreeMap::new();
        for Wanted { value, is_scratch, size, factor, first, last } in wanted {
            let size = size.next_multiple_of(ALIGN);
            let zone = self.zones.iter().position(|zone| zone.factor == factor);
            let zone = zone.expect("every factor has a zone");
            let others = packed.entry(zone).or_default();
            let mut busy: Vec<(usize, usize)> = others
                .iter()
                .filter(|(_, _, from, to)| *from <= last && first <= *to)
                .map(|&(start, len, _, _)| (start, len))
                .collect();
            busy.sort_unstable();
            let mut offset = 0;
            for (start, len) in busy {
                if offset + size <= start {
                    break;
                }
                offset = offset.max(start + len);
            }
            others.push((offset, size, first, last));
            self.zones[zone].len = self.zones[zone].len.max(offset + size);
            let place =
                Place { memory: Memory::Arena(zone), offset, iterations: Vec::new(), stacks: Vec::new() };
            let places = if is_scratch { &mut self.scratch_places } else { &mut self.fixed };
            places.insert(value, place);
        }
    }

    /// Resolves every value to its place.
    pub(super) fn all_places(&self) -> HashMap<Value, Place> {
        let mut places = HashMap::new();
        for &value in self.sources.keys() {
            if let Some(place) = self.place(value) {
                places.insert(value, place);
            }
        }
        places
    }

    /// Resolves where copies go.
    pub(super) fn resolve_targets(&self, steps: &mut [Step], places: &HashMap<Value, Place>) {
        let resolve = |copy: &mut Copy| {
            copy.to = Target::Place(match &copy.to {
                Target::Place(place) => place.clone(),
                Target::Value(value) => places[value].clone(),
                Target::Element { stack, repeat } => self.element(places[stack].clone(), *stack, *repeat),
            });
        };
        for step in steps {
            match step {
                Step::Kernel(_) | Step::Fused(_) => {}
                Step::Copy(copy) => resolve(copy),
                Step::Repeat(repeat) => {
                    repeat.before.iter_mut().chain(&mut repeat.after).for_each(resolve);
                    self.resolve_targets(&mut repeat.steps, places);
                }
                Step::IfElse(choice) => {
                    choice.branches.iter_mut().for_each(|steps| self.resolve_targets(steps, places));
                }
            }
        }
    }

    pub(super) fn place(&self, value: Value) -> Option<Place> {
        match &self.sources[&value] {
            Source::Own => self.fixed.get(&value).cloned(),
            Source::Alias(inner) => self.place(*inner),
            Source::Element { stack, repeat } => Some(self.element(self.place(*stack)?, *stack, *repeat)),
        }
    }

    /// The place of the element of a stack that an iteration sees.
    pub(super) fn element(&self, mut place: Place, stack: Value, repeat: usize) -> Place {
        let stride = if place.stacks.is_empty() {
            // Contiguous: an element is as long as its type says.
            let mut ty = self.graph.ty(stack).clone();
            ty.shape.remove(0);
            size_in_memory(&ty)
        } else {
            Size::literal(place.stacks.remove(0) as i64)
        };
        place.iterations.push((repeat, stride));
        place
    }
}
