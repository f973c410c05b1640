//! A run on the whole terminal: curves, metrics, norms and messages, while it goes on.

mod curve;
mod draw;
mod keys;
mod pace;
mod run;
mod screen;
mod session;
mod simulated;
#[cfg(test)]
mod tests;

use super::TrainError;
use super::callback::{Callback, Moment};
use super::callbacks::squares;
use super::observer::{Event, Observer};
use super::progress::{Show, end_line, epoch_line, print, start_line};
use crate::{Model, ModelGrads};
use run::Run;
use screen::Screen;
#[cfg(feature = "cli")]
pub(super) use screen::restore;
use session::{Session, Wish};
#[doc(hidden)]
pub use simulated::Simulation;

/// Shows a run on the whole terminal: how far it is, curves of the losses, the metrics and the norms of parameters and
/// gradients, the last epochs and the best one. It takes the place of the trainer's bar and lines; those lines stand on
/// the terminal when the run has ended. Feature `dashboard`.
///
/// ```no_run
/// # use macrograd::Model;
/// # use macrograd::train::Trainer;
/// use macrograd::train::Dashboard;
///
/// # fn watched<M: Model>(trainer: Trainer<M, ()>) -> Trainer<M, ()> {
/// trainer.callback(Dashboard::new())
/// # }
/// ```
///
/// | key | |
/// | --- | --- |
/// | `q`, Esc, Ctrl-C | end the run after this step: it is saved, and can be resumed; Ctrl-C once more ends the program at once |
/// | Tab, `1` to `6` | other views: everything, losses, metrics, norms, epochs, messages |
/// | `l` | losses on a logarithmic scale, and back |
/// | `r` | draw anew what other output has spoilt |
/// | `?` | help |
///
/// The terminal is as before when the run ends, fails or panics, and when a signal ends the program. On Unix SIGTERM and
/// SIGHUP end the run as `q` does while it is shown, and so does SIGINT where the trainer has no
/// [`interrupt`](super::Trainer::interrupt) flag.
///
/// Where standard output is no terminal, there are the lines that the trainer prints otherwise, and a note on standard
/// error.
#[derive(Default)]
pub struct Dashboard {
    shown: Shown,
    simulation: Option<Simulation>,
}

/// What a run is shown on.
#[derive(Default)]
enum Shown {
    #[default]
    Nothing,
    Lines(Show),
    Screen(Box<Session>),
}

impl Dashboard {
    /// A dashboard on standard output.
    pub fn new() -> Self {
        Dashboard::default()
    }

    /// A dashboard that draws every step to memory, for tests.
    #[doc(hidden)]
    pub fn simulated(simulation: Simulation) -> Self {
        Dashboard { simulation: Some(simulation), ..Dashboard::default() }
    }

    /// The screen, or lines where there is none.
    fn open<M: Model>(&self, moment: &Moment<'_, M>) -> Shown {
        let screen: Result<Box<dyn Screen>, String> = match &self.simulation {
            Some(simulation) => Ok(Box::new(simulation.clone())),
            None => screen::open(moment.run.settings.interrupt.is_some()),
        };
        match screen {
            Ok(screen) => {
                let run = Run::new(M::NAME, moment.progress, moment.history, &moment.run.settings.monitor);
                let always = self.simulation.is_some();
                Shown::Screen(Box::new(Session::new(screen, run, always)))
            }
            Err(reason) => {
                eprintln!("note: there is no dashboard, as {reason}");
                Shown::Lines(Show::default())
            }
        }
    }

    /// Lets the session do something, and the run end if somebody wishes so. A screen that is lost, as after a panic that
    /// the run survives, gives way to lines.
    fn update<M: Model>(&mut self, moment: &mut Moment<'_, M>, update: impl FnOnce(&mut Session) -> Wish) {
        let Shown::Screen(session) = &mut self.shown else { return };
        match update(session) {
            Wish::GoOn => {}
            Wish::End => moment.interrupt(),
            Wish::Lines => self.shown = Shown::Lines(Show::default()),
        }
    }
}

impl<M: Model> Callback<M> for Dashboard {
    fn on_start(&mut self, moment: &mut Moment<'_, M>) -> Result<(), TrainError> {
        self.shown = Shown::Nothing;
        self.shown = self.open(moment);
        if let Shown::Lines(lines) = &mut self.shown {
            return lines.on(Event::Start, &mut moment.run);
        }
        let line = start_line(moment.progress);
        self.update(moment, |session| {
            session.run.log.extend(line);
            session.update()
        });
        Ok(())
    }

    fn on_gradients(&mut self, moment: &mut Moment<'_, M>) -> Result<(), TrainError> {
        if let Shown::Screen(session) = &mut self.shown {
            session.gradients(|| norm::<M>(moment.grads.gradients().values()));
        }
        Ok(())
    }

    fn on_step(&mut self, moment: &mut Moment<'_, M>) -> Result<(), TrainError> {
        if let Shown::Lines(lines) = &mut self.shown {
            return lines.on(Event::Step, &mut moment.run);
        }
        if let Shown::Screen(session) = &mut self.shown {
            session.step(moment.progress, || norm::<M>(moment.model.state().values()));
        }
        self.update(moment, Session::update_if_due);
        Ok(())
    }

    fn on_record(&mut self, moment: &mut Moment<'_, M>) -> Result<(), TrainError> {
        if let Shown::Lines(lines) = &mut self.shown {
            return lines.on(Event::Record, &mut moment.run);
        }
        if let (Shown::Screen(session), Some(record)) = (&mut self.shown, moment.history.epochs.last()) {
            session.run.log.push(epoch_line(moment.progress, moment.values()));
            session.run.record(record);
        }
        self.update(moment, Session::update_if_due);
        Ok(())
    }

    fn on_end(&mut self, moment: &mut Moment<'_, M>) -> Result<(), TrainError> {
        match std::mem::take(&mut self.shown) {
            Shown::Nothing => Ok(()),
            Shown::Lines(mut lines) => lines.on(Event::End, &mut moment.run),
            Shown::Screen(mut session) => {
                session.run.log.extend(end_line(moment.history.ended.as_ref()));
                session.close().into_iter().try_for_each(|line| print(&line))
            }
        }
    }

    fn on_error(&mut self, _: &TrainError) {
        // Whoever prints the error needs a terminal as it was.
        self.shown = Shown::Nothing;
    }

    fn is_display(&self) -> bool {
        true
    }
}

impl std::fmt::Debug for Dashboard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Dashboard")
    }
}

/// The Euclidean norm of all trained parameters, or of their gradients.
fn norm<M: Model>(values: &[M::Float]) -> f64 {
    squares::<M>(values).map(|(_, square)| square).sum::<f64>().sqrt()
}
