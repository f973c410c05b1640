//! The bar of an epoch, on standard error.

use std::io::{IsTerminal, stderr};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{clock, short};
use crate::train::Progress;

/// The bar, if somebody can see it.
#[derive(Default)]
pub(super) struct Bar(Option<ProgressBar>);

impl Bar {
    /// A bar for the samples of an epoch, if standard error is a terminal.
    pub(super) fn start(&mut self, progress: &Progress) {
        if !stderr().is_terminal() {
            return;
        }
        let template = "{prefix} {bar:16} {percent:>3}%  {msg}";
        let style = ProgressStyle::with_template(template).expect("the template is fixed");
        let target = ProgressDrawTarget::stderr();
        self.0 =
            Some(ProgressBar::with_draw_target(Some(progress.num_samples as u64), target).with_style(style));
    }

    /// Shows how far the run is.
    pub(super) fn update(&self, progress: &Progress) {
        let Some(bar) = &self.0 else { return };
        bar.set_prefix(format!("epoch {}/{}", progress.epoch + 1, progress.epochs));
        bar.set_position(progress.samples as u64);
        let waiting = match (100.0 * progress.waiting_share()).round() {
            percent if percent >= 1.0 => format!(", waiting {percent} %"),
            _ => String::new(),
        };
        let Progress { mean_loss, lr, .. } = *progress;
        let (loss, lr, speed) = (short(mean_loss), short(lr), progress.samples_per_second().round());
        let left = progress.time_left().map_or(String::new(), |left| format!(", {} left", clock(left)));
        bar.set_message(format!("loss {loss}, lr {lr}, {speed}/s{waiting}{left}"));
    }

    /// Prints while the bar is out of the way.
    pub(super) fn suspend<R>(&self, print: impl FnOnce() -> R) -> R {
        match &self.0 {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    pub(super) fn finish(&mut self) {
        if let Some(bar) = self.0.take() {
            bar.finish_and_clear();
        }
    }
}

/// A run that fails leaves no bar behind its message.
impl Drop for Bar {
    fn drop(&mut self) {
        self.finish();
    }
}
