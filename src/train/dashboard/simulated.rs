//! A screen in memory, for tests.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};

use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::{Frame, Terminal};

use super::screen::Screen;

/// A screen in memory, on which keys are pressed before each frame.
#[doc(hidden)]
#[derive(Clone)]
pub struct Simulation(Arc<Mutex<State>>);

struct State {
    terminal: Terminal<TestBackend>,
    /// For each frame; a space is none.
    keys: VecDeque<char>,
    /// Whether the key of this frame was given out.
    is_pressed: bool,
    frames: Vec<String>,
    printed: Option<Vec<String>>,
}

impl Simulation {
    /// A screen of this size. Before each frame a key is pressed: a letter, a space for none, `\t`, `\x1b` for Esc or
    /// `\x03` for Ctrl-C.
    pub fn new(width: u16, height: u16, keys: &str) -> Self {
        let terminal = Terminal::new(TestBackend::new(width, height)).expect("memory can be drawn to");
        let keys = keys.chars().collect();
        let state = State { terminal, keys, is_pressed: false, frames: Vec::new(), printed: None };
        Simulation(Arc::new(Mutex::new(state)))
    }

    /// The text of each frame.
    pub fn frames(&self) -> Vec<String> {
        self.0.lock().expect("no test panics while it draws").frames.clone()
    }

    /// What is on the terminal after the run; `None` while the dashboard is on it.
    pub fn printed(&self) -> Option<Vec<String>> {
        self.0.lock().expect("no test panics while it draws").printed.clone()
    }
}

impl Screen for Simulation {
    fn draw(&mut self, draw: &mut dyn FnMut(&mut Frame<'_>)) -> io::Result<()> {
        let mut state = self.0.lock().expect("no test panics while it draws");
        state.is_pressed = false;
        state.terminal.draw(|frame| draw(frame)).expect("memory can be drawn to");
        let text = state.terminal.backend().to_string();
        state.frames.push(text);
        Ok(())
    }

    fn key(&mut self) -> Option<KeyEvent> {
        let mut state = self.0.lock().expect("no test panics while it draws");
        if std::mem::replace(&mut state.is_pressed, true) {
            return None;
        }
        let (code, modifiers) = match state.keys.pop_front()? {
            ' ' => return None,
            '\t' => (KeyCode::Tab, KeyModifiers::NONE),
            '\x1b' => (KeyCode::Esc, KeyModifiers::NONE),
            '\x03' => (KeyCode::Char('c'), KeyModifiers::CONTROL),
            letter => (KeyCode::Char(letter), KeyModifiers::NONE),
        };
        Some(KeyEvent::new(code, modifiers))
    }

    fn clear(&mut self) {}

    fn close(&mut self, log: Vec<String>) -> Vec<String> {
        self.0.lock().expect("no test panics while it draws").printed = Some(log);
        Vec::new()
    }
}
