//! Threads that make numbered things ahead of their use.

use std::any::Any;
use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use crate::Error;

/// Things that threads make, to be taken in order.
pub(super) struct Ahead<T> {
    shared: Arc<Shared<T>>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared<T> {
    state: Mutex<State<T>>,
    /// Something was made.
    made: Condvar,
    /// Something was taken, or all is to stop.
    room: Condvar,
}

struct State<T> {
    finished: BTreeMap<usize, Finished<T>>,
    /// Bytes of what is finished.
    bytes: usize,
    /// Bytes of the largest thing so far, which is what those that are being made are taken to have.
    largest: usize,
    /// How many are being made.
    making: usize,
    /// The next one that a thread begins.
    next: usize,
    end: usize,
    /// The next one to be taken.
    wanted: usize,
    stopped: bool,
}

enum Finished<T> {
    Made(T, usize),
    Failed(Error),
    /// A panic of the maker, which goes on where the thing is taken.
    Panicked(Box<dyn Any + Send>),
}

impl<T: Send + 'static> Ahead<T> {
    /// Threads that make those in `range`, each with the bytes that it takes. Those that wait and those that are being
    /// made have at most `memory` bytes, unless one alone has more.
    pub(super) fn new(
        range: Range<usize>,
        workers: usize,
        memory: usize,
        make: impl Fn(usize) -> Result<(T, usize), Error> + Send + Sync + 'static,
    ) -> Self {
        let state = State {
            finished: BTreeMap::new(),
            bytes: 0,
            largest: 0,
            making: 0,
            next: range.start,
            end: range.end,
            wanted: range.start,
            stopped: false,
        };
        let shared =
            Arc::new(Shared { state: Mutex::new(state), made: Condvar::new(), room: Condvar::new() });
        let make = Arc::new(make);
        let threads = (0..workers.min(range.len()))
            .map(|_| {
                let (shared, make) = (shared.clone(), make.clone());
                thread::spawn(move || shared.work(memory, workers, &*make))
            })
            .collect();
        Ahead { shared, threads }
    }

    /// The thing with this number: they are taken in order.
    pub(super) fn take(&mut self, index: usize) -> Result<T, Error> {
        let mut state = self.shared.lock();
        state.wanted = index;
        // A thread may wait for room while this one was begun by nobody.
        self.shared.room.notify_all();
        let finished = loop {
            if let Some(finished) = state.finished.remove(&index) {
                break finished;
            }
            state = self.shared.made.wait(state).unwrap_or_else(PoisonError::into_inner);
        };
        state.wanted = index + 1;
        if let Finished::Made(_, bytes) = finished {
            state.bytes -= bytes;
        }
        drop(state);
        self.shared.room.notify_all();
        match finished {
            Finished::Made(thing, _) => Ok(thing),
            Finished::Failed(error) => Err(error),
            Finished::Panicked(panic) => resume_unwind(panic),
        }
    }
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // No code of users runs under the lock, so a poisoned one holds no half-done change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes one thing after the other, until there are no more or all is to stop.
    fn work(
        &self,
        memory: usize,
        workers: usize,
        make: &(impl Fn(usize) -> Result<(T, usize), Error> + ?Sized),
    ) {
        while let Some(index) = self.begin(memory, workers) {
            let finished = match catch_unwind(AssertUnwindSafe(|| make(index))) {
                Ok(Ok((thing, bytes))) => Finished::Made(thing, bytes),
                Ok(Err(error)) => Finished::Failed(error),
                Err(panic) => Finished::Panicked(panic),
            };
            let mut state = self.lock();
            state.making -= 1;
            if let Finished::Made(_, bytes) = finished {
                state.bytes += bytes;
                state.largest = state.largest.max(bytes);
            }
            state.finished.insert(index, finished);
            drop(state);
            self.made.notify_all();
        }
    }

    /// The next one to be made, when there is room for it.
    fn begin(&self, memory: usize, workers: usize) -> Option<usize> {
        let mut state = self.lock();
        loop {
            if state.stopped || state.next == state.end {
                return None;
            }
            let has_room = match state.largest {
                // Nobody knows yet how large they are.
                0 => state.making < workers,
                largest => state.bytes + (state.making + 1) * largest <= memory,
            };
            // The one that is waited for is made in any case.
            if state.next <= state.wanted || (has_room && state.next < state.wanted + MOST) {
                state.making += 1;
                state.next += 1;
                return Some(state.next - 1);
            }
            state = self.room.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Most things made ahead: more would hide a slow maker for a while, and help nobody.
const MOST: usize = 64;

impl<T> Drop for Ahead<T> {
    fn drop(&mut self) {
        self.shared.lock().stopped = true;
        self.shared.room.notify_all();
        for thread in self.threads.drain(..) {
            // What a thread could panic with was caught and handed on.
            let _ = thread.join();
        }
    }
}
