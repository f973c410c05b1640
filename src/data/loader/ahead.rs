//! Threads that make numbered things ahead of their use.

use std::any::Any;
use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use crate::Error;

/// Something of any type: threads and their order are compiled once, and not with every program's types.
pub(super) type Thing = Box<dyn Any + Send>;

/// Makes the thing of a number, with the bytes that it takes; nothing, early, once the flag says that nothing will be taken
/// any more.
pub(super) type Make = dyn Fn(usize, &AtomicBool) -> Option<Result<(Thing, usize), Error>> + Send + Sync;

/// Things that threads make, to be taken in order.
pub(super) struct Ahead {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    state: Mutex<State>,
    /// Something was made.
    made: Condvar,
    /// Something was taken, or all is to stop.
    room: Condvar,
    /// Nobody will take anything any more. Set under the lock of the state, and read without it by what is being made.
    stopped: AtomicBool,
}

struct State {
    finished: BTreeMap<usize, Finished>,
    /// Bytes of what is finished.
    bytes: usize,
    /// Bytes of the largest thing so far, which is what those that are being made are taken to have. None before the first
    /// is finished, which is made alone.
    largest: Option<usize>,
    /// How many are being made.
    making: usize,
    /// The next one that a thread begins.
    next: usize,
    end: usize,
    /// The next one to be taken.
    wanted: usize,
}

enum Finished {
    Made(Thing, usize),
    Failed(Error),
    /// A panic of the maker, which goes on where the thing is taken.
    Panicked(Box<dyn Any + Send>),
}

impl Ahead {
    /// Threads that make those in `range`. Those that wait and those that are being made have at most `memory` bytes,
    /// unless one alone has more, or one is larger than all before it.
    pub(super) fn new(range: Range<usize>, workers: usize, memory: usize, make: Arc<Make>) -> Self {
        let state = State {
            finished: BTreeMap::new(),
            bytes: 0,
            largest: None,
            making: 0,
            next: range.start,
            end: range.end,
            wanted: range.start,
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            made: Condvar::new(),
            room: Condvar::new(),
            stopped: AtomicBool::new(false),
        });
        let threads = (0..workers.min(range.len()))
            .map(|_| {
                let (shared, make) = (shared.clone(), make.clone());
                thread::spawn(move || shared.work(memory, &*make))
            })
            .collect();
        Ahead { shared, threads }
    }

    /// The thing with this number: they are taken in order.
    pub(super) fn take(&mut self, index: usize) -> Result<Thing, Error> {
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

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // No code of users runs under the lock, so a poisoned one holds no half-done change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes one thing after the other, until there are no more or all is to stop.
    fn work(&self, memory: usize, make: &Make) {
        while let Some(index) = self.begin(memory) {
            let finished = match catch_unwind(AssertUnwindSafe(|| make(index, &self.stopped))) {
                Ok(Some(Ok((thing, bytes)))) => Finished::Made(thing, bytes),
                Ok(Some(Err(error))) => Finished::Failed(error),
                Ok(None) => return,
                Err(panic) => Finished::Panicked(panic),
            };
            let mut state = self.lock();
            state.making -= 1;
            if let Finished::Made(_, bytes) = finished {
                state.bytes += bytes;
                state.largest = state.largest.max(Some(bytes));
            }
            state.finished.insert(index, finished);
            drop(state);
            self.made.notify_all();
            // The first one says how much room there is for others.
            self.room.notify_all();
        }
    }

    /// The next one to be made, when there is room for it.
    fn begin(&self, memory: usize) -> Option<usize> {
        let mut state = self.lock();
        loop {
            if self.stopped.load(Ordering::Relaxed) || state.next == state.end {
                return None;
            }
            let has_room = match state.largest {
                None => state.making == 0,
                Some(largest) => state.bytes + (state.making + 1) * largest <= memory,
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

impl Drop for Ahead {
    fn drop(&mut self) {
        let state = self.shared.lock();
        self.shared.stopped.store(true, Ordering::Relaxed);
        drop(state);
        self.shared.room.notify_all();
        for thread in self.threads.drain(..) {
            // What a thread could panic with was caught and handed on.
            let _ = thread.join();
        }
    }
}
