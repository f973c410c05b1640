//! What lies in memory during the replay of a plan.

use crate::plan::Memory;
use std::collections::{BTreeMap, HashMap};

/// Elements as written by one step: the number of the write, and the place in what was written.
pub(super) type Label = (usize, usize);

/// A run of elements in memory: one past its last, and the label of its first.
type Run = (usize, Label);

/// Where something else lies than what is looked for: the first such element, and the number of the write that put it
/// there, if there was one.
pub(super) struct Mismatch {
    pub(super) at: usize,
    pub(super) writer: Option<usize>,
}

/// What lies where, by the first element of each run. What nobody has written is not there.
#[derive(Default)]
pub(super) struct Contents {
    runs: HashMap<Memory, BTreeMap<usize, Run>>,
}

impl Contents {
    /// Forgets what lies in memories that are not kept.
    pub(super) fn retain(&mut self, keep: impl Fn(Memory) -> bool) {
        self.runs.retain(|memory, _| keep(*memory));
    }

    /// Memories in which something lies.
    pub(super) fn memories(&self) -> impl Iterator<Item = Memory> {
        self.runs.keys().copied()
    }

    /// `len` elements with consecutive labels are written.
    pub(super) fn write(&mut self, memory: Memory, start: usize, len: usize, label: Label) {
        let end = start + len;
        let runs = self.runs.entry(memory).or_default();
        let first = runs.range(..start).next_back().map_or(start, |(&from, _)| from);
        let touched: Vec<usize> = runs.range(first..end).map(|(&from, _)| from).collect();
        for from in touched {
            let (to, (token, position)) = runs[&from];
            if to <= start {
                continue;
            }
            runs.remove(&from);
            if from < start {
                runs.insert(from, (start, (token, position)));
            }
            if to > end {
                runs.insert(end, (to, (token, position + (end - from))));
            }
        }
        runs.insert(start, (end, label));
    }

    /// `len` elements from `start` on have consecutive labels, of which this is the first.
    pub(super) fn check(
        &self,
        memory: Memory,
        start: usize,
        len: usize,
        (token, first): Label,
    ) -> Result<(), Mismatch> {
        let mut at = start;
        let runs = self.runs.get(&memory);
        let before = runs.and_then(|runs| runs.range(..=start).next_back());
        let later = runs.into_iter().flat_map(|runs| runs.range(start + 1..start + len));
        for (&from, &(end, (found, label))) in
            before.into_iter().chain(later).filter(|(_, run)| run.0 > start)
        {
            if from > at || found != token || label + (at - from) != first + (at - start) {
                return Err(Mismatch { at, writer: Some(found) });
            }
            at = end;
            if at >= start + len {
                return Ok(());
            }
        }
        if at < start + len { Err(Mismatch { at, writer: None }) } else { Ok(()) }
    }
}
