//! Waits for keys and signals, so that the run need not, and so that Ctrl-C works when a step takes forever.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyModifiers};

use super::restore;
use crate::train::dashboard::keys::is_ctrl_c;

/// For how long the thread waits before it looks at signals, and whether it is still needed.
const WAIT: Duration = Duration::from_millis(50);
/// What a shell expects of a program that SIGINT ended.
const INTERRUPTED: i32 = 130;

/// A thread that reads keys.
pub(super) struct Listener {
    keys: Receiver<KeyEvent>,
    is_done: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    pub(super) fn start() -> io::Result<Listener> {
        let (sender, keys) = channel();
        let is_done = Arc::new(AtomicBool::new(false));
        let flag = is_done.clone();
        let thread =
            thread::Builder::new().name("dashboard".to_owned()).spawn(move || listen(&sender, &flag))?;
        Ok(Listener { keys, is_done, thread: Some(thread) })
    }

    pub(super) fn key(&self) -> Option<KeyEvent> {
        self.keys.try_recv().ok()
    }

    pub(super) fn stop(&mut self) {
        self.is_done.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It has nothing to say, not even when it has panicked.
            thread.join().ok();
        }
    }
}

/// Hands keys on, and signals as Ctrl-C. Ctrl-C ends the program when the run was asked to end, and has not yet.
fn listen(keys: &Sender<KeyEvent>, is_done: &AtomicBool) {
    let ctrl_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    let mut is_asked = false;
    while !is_done.load(Ordering::Relaxed) {
        #[cfg(unix)]
        let signal = super::signals::take();
        #[cfg(not(unix))]
        let signal: Option<i32> = None;
        let pressed = signal.map(|_| ctrl_c).or_else(key);
        let Some(key) = pressed else { continue };
        if is_ctrl_c(&key) && is_asked {
            restore();
            std::process::exit(signal.map_or(INTERRUPTED, |signal| 128 + signal));
        }
        is_asked |= is_ctrl_c(&key) || key.code == KeyCode::Char('q');
        // Nobody listens any more: `is_done` says so, too.
        keys.send(key).ok();
    }
}

/// A key that is pressed within a short time.
fn key() -> Option<KeyEvent> {
    match event::poll(WAIT).and_then(|is_there| if is_there { event::read().map(Some) } else { Ok(None) }) {
        Ok(Some(Event::Key(key))) if key.is_press() => Some(key),
        Ok(_) => None,
        Err(_) => {
            // A terminal that is gone fails at once, over and over.
            thread::sleep(WAIT);
            None
        }
    }
}
