//! What keys mean.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What is on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    Overview,
    Losses,
    Metrics,
    Norms,
    Epochs,
    Messages,
}

impl View {
    /// In the order of their keys, from `1` on.
    pub(super) const ALL: [View; 6] =
        [View::Overview, View::Losses, View::Metrics, View::Norms, View::Epochs, View::Messages];

    pub(super) fn name(self) -> &'static str {
        match self {
            View::Overview => "overview",
            View::Losses => "losses",
            View::Metrics => "metrics",
            View::Norms => "norms",
            View::Epochs => "epochs",
            View::Messages => "messages",
        }
    }

    fn idx(self) -> usize {
        View::ALL.iter().position(|&view| view == self).expect("ALL has every view")
    }
}

/// How the run is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) view: View,
    pub(super) is_log: bool,
    pub(super) has_help: bool,
}

impl Look {
    pub(super) fn new() -> Self {
        Look { view: View::Overview, is_log: false, has_help: false }
    }
}

/// What a key asks for besides another look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    Nothing,
    End,
    Redraw,
}

/// Ctrl-C, which in raw mode is a key.
pub(super) fn is_ctrl_c(key: &KeyEvent) -> bool {
    key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL)
}

/// Changes the look as a key says. Any key but those that end the run closes the help.
pub(super) fn press(look: &mut Look, key: &KeyEvent) -> Request {
    if is_ctrl_c(key) {
        return Request::End;
    }
    if key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) {
        return Request::Nothing;
    }
    let had_help = std::mem::replace(&mut look.has_help, false);
    match key.code {
        KeyCode::Char('q') => return Request::End,
        // Esc closes what is open, as everywhere.
        KeyCode::Esc if !had_help => return Request::End,
        KeyCode::Char('r') => return Request::Redraw,
        KeyCode::Char('l') => look.is_log = !look.is_log,
        KeyCode::Char('?' | 'h') => look.has_help = !had_help,
        KeyCode::Tab => look.view = View::ALL[(look.view.idx() + 1) % View::ALL.len()],
        KeyCode::BackTab => look.view = View::ALL[(look.view.idx() + View::ALL.len() - 1) % View::ALL.len()],
        KeyCode::Char(digit @ '1'..='6') => look.view = View::ALL[digit as usize - '1' as usize],
        _ => {}
    }
    Request::Nothing
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pressed(look: &mut Look, code: KeyCode) -> Request {
        press(look, &KeyEvent::new(code, KeyModifiers::NONE))
    }

    #[test]
    fn views_are_reached_by_digits_and_in_a_circle() {
        let mut look = Look::new();
        for (digit, view) in ('1'..).zip(View::ALL) {
            assert_eq!(pressed(&mut look, KeyCode::Char(digit)), Request::Nothing);
            assert_eq!(look.view, view);
        }
        pressed(&mut look, KeyCode::Tab);
        assert_eq!(look.view, View::Overview);
        pressed(&mut look, KeyCode::BackTab);
        assert_eq!(look.view, View::Messages);
    }

    #[test]
    fn the_run_ends_by_three_keys() {
        let mut look = Look::new();
        assert_eq!(pressed(&mut look, KeyCode::Char('q')), Request::End);
        assert_eq!(pressed(&mut look, KeyCode::Esc), Request::End);
        assert_eq!(press(&mut look, &KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL)), Request::End);
        assert_eq!(pressed(&mut look, KeyCode::Char('c')), Request::Nothing);
        assert_eq!(press(&mut look, &KeyEvent::new(KeyCode::Char('q'), KeyModifiers::ALT)), Request::Nothing);
        assert_eq!(look, Look::new());
    }

    #[test]
    fn help_is_closed_by_any_key() {
        let mut look = Look::new();
        pressed(&mut look, KeyCode::Char('?'));
        assert!(look.has_help);
        assert_eq!(pressed(&mut look, KeyCode::Esc), Request::Nothing);
        assert!(!look.has_help);
        pressed(&mut look, KeyCode::Char('?'));
        pressed(&mut look, KeyCode::Char('?'));
        assert!(!look.has_help);
        pressed(&mut look, KeyCode::Char('l'));
        assert!(look.is_log);
    }
}
