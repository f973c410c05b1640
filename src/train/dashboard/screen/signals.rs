//! Signals that would end the program with the terminal in disorder.

use std::collections::BTreeSet;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

/// The signal that came last and was not taken yet; 0 for none.
static RECEIVED: LazyLock<Arc<AtomicUsize>> = LazyLock::new(Arc::default);

/// Those that are handled: once for the whole process, as a handler cannot be taken back.
static HANDLED: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

/// Keeps signals for [`take`] while there is a dashboard; while there is none, `is_restored`, they do what they always do.
/// SIGINT is left to whoever has made the run interruptible.
pub(super) fn handle(is_restored: &Arc<AtomicBool>, is_interruptible: bool) -> io::Result<()> {
    RECEIVED.store(0, Ordering::SeqCst);
    let mut handled = HANDLED.lock().unwrap_or_else(PoisonError::into_inner);
    for signal in [SIGTERM, SIGHUP, SIGINT] {
        let is_left = signal == SIGINT && is_interruptible;
        if !is_left && handled.insert(signal) {
            flag::register_conditional_default(signal, is_restored.clone())?;
            flag::register_usize(signal, RECEIVED.clone(), signal as usize)?;
        }
    }
    Ok(())
}

/// A signal that has come since the last call.
pub(super) fn take() -> Option<i32> {
    match RECEIVED.swap(0, Ordering::SeqCst) {
        0 => None,
        signal => Some(signal as i32),
    }
}
