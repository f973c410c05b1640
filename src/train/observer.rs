//! Callbacks that do not look at the model: they are compiled once, and not with each model.

use super::TrainError;
use super::callback::{Callback, Moment, Run};
use crate::Model;

/// When callbacks are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Start,
    Gradients,
    Step,
    Epoch,
    Record,
    End,
}

/// Calls a callback.
pub(super) fn call<M: Model>(
    callback: &mut dyn Callback<M>,
    event: Event,
    moment: &mut Moment<'_, M>,
) -> Result<(), TrainError> {
    match event {
        Event::Start => callback.on_start(moment),
        Event::Gradients => callback.on_gradients(moment),
        Event::Step => callback.on_step(moment),
        Event::Epoch => callback.on_epoch(moment),
        Event::Record => callback.on_record(moment),
        Event::End => callback.on_end(moment),
    }
}

/// A callback that does not look at the model: it is compiled once, and not with each model.
pub(super) trait Observer: Send {
    /// As the function of [`Callback`] for this event.
    fn on(&mut self, event: Event, run: &mut Run<'_>) -> Result<(), TrainError>;

    /// As [`Callback::name`].
    fn name(&self) -> &str {
        ""
    }

    /// As [`Callback::state`].
    fn state(&self) -> Option<String> {
        None
    }

    /// As [`Callback::restore`].
    fn restore(&mut self, state: &str) -> Result<(), TrainError> {
        let _ = state;
        Ok(())
    }
}

/// Makes an [`Observer`] a callback for every model.
macro_rules! observer {
    ($name:ty) => {
        impl<M: $crate::Model> $crate::train::Callback<M> for $name {
            fn on_start(&mut self, moment: &mut $crate::train::Moment<'_, M>) -> Result<(), TrainError> {
                Observer::on(self, Event::Start, &mut moment.run)
            }
            fn on_gradients(&mut self, moment: &mut $crate::train::Moment<'_, M>) -> Result<(), TrainError> {
                Observer::on(self, Event::Gradients, &mut moment.run)
            }
            fn on_step(&mut self, moment: &mut $crate::train::Moment<'_, M>) -> Result<(), TrainError> {
                Observer::on(self, Event::Step, &mut moment.run)
            }
            fn on_epoch(&mut self, moment: &mut $crate::train::Moment<'_, M>) -> Result<(), TrainError> {
                Observer::on(self, Event::Epoch, &mut moment.run)
            }
            fn on_record(&mut self, moment: &mut $crate::train::Moment<'_, M>) -> Result<(), TrainError> {
                Observer::on(self, Event::Record, &mut moment.run)
            }
            fn on_end(&mut self, moment: &mut $crate::train::Moment<'_, M>) -> Result<(), TrainError> {
                Observer::on(self, Event::End, &mut moment.run)
            }
            fn name(&self) -> &str {
                Observer::name(self)
            }
            fn state(&self) -> Option<String> {
                Observer::state(self)
            }
            fn restore(&mut self, state: &str) -> Result<(), TrainError> {
                Observer::restore(self, state)
            }
        }
    };
}
pub(super) use observer;

/// An observer of any type.
#[cfg_attr(not(feature = "cli"), allow(dead_code))] // programs have such callbacks
pub(super) struct Observing(pub(super) Box<dyn Observer>);

impl Observer for Observing {
    fn on(&mut self, event: Event, run: &mut Run<'_>) -> Result<(), TrainError> {
        self.0.on(event, run)
    }
    fn name(&self) -> &str {
        self.0.name()
    }
    fn state(&self) -> Option<String> {
        self.0.state()
    }
    fn restore(&mut self, state: &str) -> Result<(), TrainError> {
        self.0.restore(state)
    }
}
observer!(Observing);
