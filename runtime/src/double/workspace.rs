//! What a training loop keeps between steps of a model in f64.

use super::arena::Arena;
use crate::random::RandomKey;
pub use crate::workspace::Workspace;
use std::cell::Cell;

impl Workspace {
    /// [`next_step`](Workspace::next_step) of a model in f64.
    #[doc(hidden)]
    #[inline]
    pub fn next_double_step(&mut self) -> (&mut Arena, RandomKey) {
        let key = self.next_key();
        (&mut self.double, key)
    }

    /// [`same_step`](Workspace::same_step) of a model in f64.
    #[doc(hidden)]
    #[inline]
    pub fn same_double_step(&mut self) -> (&mut Arena, RandomKey) {
        let key = self.same_key();
        (&mut self.double, key)
    }
}

thread_local! {
    static SCRATCH: Cell<Option<Arena>> = const { Cell::new(None) };
}

/// Runs inference in this thread's arena: see [`with_scratch`](crate::workspace::with_scratch).
#[doc(hidden)]
pub fn with_scratch<R>(infer: impl FnOnce(&mut Arena) -> R) -> R {
    let mut arena = SCRATCH.take().unwrap_or_default();
    let result = infer(&mut arena);
    SCRATCH.set(Some(arena));
    result
}
