//! The terminal: how it is taken, and given back whatever happens.

mod listener;
#[cfg(unix)]
mod signals;

use std::io::{self, BufWriter, IsTerminal, Stdout, stdout};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Once};

use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::{Hide, Show};
use ratatui::crossterm::event::KeyEvent;
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::layout::Rect;
use ratatui::{Frame, Terminal};

use listener::Listener;

/// Something to draw on, with keys.
pub(super) trait Screen: Send {
    /// # Errors
    /// When there is no screen any more.
    fn draw(&mut self, draw: &mut dyn FnMut(&mut Frame<'_>)) -> io::Result<()>;

    /// A key that was pressed; never waits for one.
    fn key(&mut self) -> Option<KeyEvent>;

    /// Lets the next frame draw everything.
    fn clear(&mut self);

    /// Leaves everything as it was: which of these lines are still to be printed.
    fn close(&mut self, log: Vec<String>) -> Vec<String>;
}

/// Whether the terminal is as we have found it. Shared with handlers of signals.
static IS_RESTORED: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| Arc::new(AtomicBool::new(true)));

/// Gives the terminal back, if a dashboard has it. May be called at any time, from any thread, any number of times.
pub(in crate::train) fn restore() {
    if IS_RESTORED.swap(true, Ordering::SeqCst) {
        return;
    }
    // Where this fails there is no terminal to care for.
    let _ = disable_raw_mode();
    let _ = execute!(stdout(), LeaveAlternateScreen, Show);
}

/// Lets every panic give the terminal back before its message is printed.
fn restore_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            restore();
            before(info);
        }));
    });
}

/// Takes the terminal, or says why there is none. `is_interruptible` says that somebody else handles SIGINT.
pub(super) fn open(is_interruptible: bool) -> Result<Box<dyn Screen>, String> {
    if !stdout().is_terminal() {
        return Err("standard output is not a terminal".to_owned());
    }
    if !IS_RESTORED.swap(false, Ordering::SeqCst) {
        return Err("another run has one".to_owned());
    }
    let result = OnTerminal::enter(is_interruptible);
    result.map(|screen| Box::new(screen) as Box<dyn Screen>).map_err(|error| {
        restore();
        format!("the terminal cannot be used: {error}")
    })
}

/// Bytes of a frame that are written at once: a whole one of a large terminal.
const FRAME_BYTES: usize = 1 << 16;

type OnStdout = Terminal<CrosstermBackend<BufWriter<Stdout>>>;

/// Clears the screen. `Terminal::clear` would ask the terminal where its cursor is, and the answer would come as input,
/// which the listener takes.
fn blank(terminal: &mut OnStdout) -> io::Result<()> {
    let size = terminal.size()?;
    terminal.resize(Rect::new(0, 0, size.width, size.height))
}

/// The terminal of the process.
struct OnTerminal {
    terminal: OnStdout,
    listener: Listener,
}

impl OnTerminal {
    fn enter(is_interruptible: bool) -> io::Result<OnTerminal> {
        restore_on_panic();
        #[cfg(unix)]
        signals::handle(&IS_RESTORED, is_interruptible)?;
        #[cfg(not(unix))]
        let _ = is_interruptible;
        enable_raw_mode()?;
        execute!(stdout(), EnterAlternateScreen, Hide)?;
        let out = BufWriter::with_capacity(FRAME_BYTES, stdout());
        let mut terminal = Terminal::new(CrosstermBackend::new(out))?;
        blank(&mut terminal)?;
        Ok(OnTerminal { terminal, listener: Listener::start()? })
    }
}

impl Screen for OnTerminal {
    fn draw(&mut self, draw: &mut dyn FnMut(&mut Frame<'_>)) -> io::Result<()> {
        if IS_RESTORED.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::NotConnected.into());
        }
        self.terminal.draw(|frame| draw(frame)).map(|_| ())
    }

    fn key(&mut self) -> Option<KeyEvent> {
        self.listener.key()
    }

    fn clear(&mut self) {
        // The next frame fails if this does.
        blank(&mut self.terminal).ok();
    }

    fn close(&mut self, log: Vec<String>) -> Vec<String> {
        // First, as keys that are typed from now on belong to others.
        self.listener.stop();
        restore();
        log
    }
}

impl Drop for OnTerminal {
    fn drop(&mut self) {
        self.listener.stop();
        restore();
    }
}
