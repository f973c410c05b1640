//! What a training loop keeps between steps besides the model: memory and the position in the random sequence.

use crate::arena::Arena;
use crate::random::RandomKey;
use std::cell::Cell;

/// Memory for the intermediate values of a model, and the seed and step from which dropout draws.
///
/// It serves models of every computing type, grows to the largest sizes seen and then never allocates again. One workspace serves one thread of control at a
/// time; make one per training loop.
#[derive(Default)]
pub struct Workspace {
    arena: Arena,
    #[cfg(feature = "f64")]
    pub(crate) double: crate::double::arena::Arena,
    seed: u64,
    step: u64,
}

impl Workspace {
    /// An empty workspace with seed 0.
    pub fn new() -> Workspace {
        Workspace::default()
    }

    /// The same with another seed for dropout.
    pub fn with_seed(seed: u64) -> Workspace {
        Workspace { seed, ..Workspace::default() }
    }

    /// How many training steps it has been used for.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Sets the step, to continue a run: with the same seed and step, dropout draws the same.
    pub fn set_step(&mut self, step: u64) {
        self.step = step;
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        let bytes = self.arena.capacity() * size_of::<f32>();
        #[cfg(feature = "f64")]
        let bytes = bytes + self.double.capacity() * size_of::<f64>();
        bytes
    }

    /// Arena and random key of the next step.
    #[doc(hidden)]
    #[inline]
    pub fn next_step(&mut self) -> (&mut Arena, RandomKey) {
        let key = self.next_key();
        (&mut self.arena, key)
    }

    /// The arena and the random key of the step before, for the second half of it.
    #[doc(hidden)]
    #[inline]
    pub fn same_step(&mut self) -> (&mut Arena, RandomKey) {
        let key = self.same_key();
        (&mut self.arena, key)
    }

    /// Counts a step.
    #[inline]
    pub(crate) fn next_key(&mut self) -> RandomKey {
        let key = RandomKey { seed: self.seed, step: self.step };
        self.step += 1;
        key
    }

    #[inline]
    pub(crate) fn same_key(&self) -> RandomKey {
        RandomKey { seed: self.seed, step: self.step.wrapping_sub(1) }
    }
}

thread_local! {
    static SCRATCH: Cell<Option<Arena>> = const { Cell::new(None) };
}

/// Runs inference in this thread's arena.
///
/// The arena is taken out while in use: if the thread picks up another inference while it waits for parts of this
/// one, that one gets an arena of its own.
#[doc(hidden)]
pub fn with_scratch<R>(infer: impl FnOnce(&mut Arena) -> R) -> R {
    let mut arena = SCRATCH.take().unwrap_or_default();
    let result = infer(&mut arena);
    SCRATCH.set(Some(arena));
    result
}
