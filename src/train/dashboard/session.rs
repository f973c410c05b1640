//! A run on a screen.

use std::time::{Duration, Instant};

use super::draw::draw;
use super::keys::{Look, Request, press};
use super::pace::Pace;
use super::run::Run;
use super::screen::Screen;
use crate::train::Progress;
use crate::train::progress::print;

/// Ten frames in a second look alive, and leave time for the keys to be read.
const FRAME: Duration = Duration::from_millis(100);
/// A frame that takes more than a millisecond is drawn more rarely.
const FRAME_REST: u32 = 100;
/// Norms of a large model take as long as its optimizer: they get half a percent of the time.
const NORMS_REST: u32 = 200;

/// A run, the screen that it is shown on, and how.
pub(super) struct Session {
    pub(super) run: Run,
    screen: Option<Box<dyn Screen>>,
    look: Look,
    /// When keys are read.
    keys: Pace,
    frames: Pace,
    norms: Pace,
    /// The norm of the gradients of this step, and how long it took.
    grad_norm: Option<(f64, Duration)>,
}

/// What should become of the run, and of how it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    GoOn,
    End,
    /// There is no screen any more.
    Lines,
}

impl Session {
    /// A session that draws at a bounded rate, or always.
    pub(super) fn new(screen: Box<dyn Screen>, run: Run, always: bool) -> Self {
        let pace = |rest| if always { Pace::new(Duration::ZERO, 0) } else { Pace::new(FRAME, rest) };
        Session {
            run,
            screen: Some(screen),
            look: Look::new(),
            keys: pace(0),
            frames: pace(FRAME_REST),
            norms: pace(NORMS_REST),
            grad_norm: None,
        }
    }

    /// Before a step.
    pub(super) fn gradients(&mut self, norm: impl FnOnce() -> f64) {
        if self.norms.is_due() {
            let start = Instant::now();
            self.grad_norm = Some((norm(), start.elapsed()));
        }
    }

    /// After a step.
    pub(super) fn step(&mut self, progress: &Progress, param_norm: impl FnOnce() -> f64) {
        self.run.step(progress);
        if let Some((grad_norm, cost)) = self.grad_norm.take() {
            let start = Instant::now();
            self.run.grad_norm.push(progress.step as f64, grad_norm);
            self.run.param_norm.push(progress.step as f64, param_norm());
            self.norms.done(cost + start.elapsed());
        }
    }

    /// Reads keys and draws, if it is time to.
    pub(super) fn update_if_due(&mut self) -> Wish {
        if self.keys.is_due() || self.frames.is_due() { self.update() } else { Wish::GoOn }
    }

    /// Reads keys; draws if it is time to, or a key was pressed.
    pub(super) fn update(&mut self) -> Wish {
        let Some(screen) = &mut self.screen else { return Wish::Lines };
        let mut is_due = self.frames.is_due();
        while let Some(key) = screen.key() {
            is_due = true;
            match press(&mut self.look, &key) {
                Request::Nothing => {}
                Request::End => self.run.is_ending = true,
                Request::Redraw => screen.clear(),
            }
        }
        self.keys.done(Duration::ZERO);
        if is_due {
            let start = Instant::now();
            let (run, look) = (&self.run, self.look);
            if screen.draw(&mut |frame| draw(frame, run, look)).is_err() {
                // The terminal is gone; the run is not.
                return Wish::Lines;
            }
            self.frames.done(start.elapsed());
        }
        match self.run.is_ending {
            true => Wish::End,
            false => Wish::GoOn,
        }
    }

    /// Leaves the screen as it was: what is to be printed there, unless the screen does it.
    pub(super) fn close(&mut self) -> Vec<String> {
        let Some(mut screen) = self.screen.take() else { return Vec::new() };
        let log = std::mem::take(&mut self.run.log);
        screen.close(log)
    }
}

/// Runs that fail or panic leave the screen, too.
impl Drop for Session {
    fn drop(&mut self) {
        for line in self.close() {
            // There may be nobody left to read it.
            print(&line).ok();
        }
    }
}
