//! The bar of an epoch, on standard error.

use std::io::{IsTerminal, stderr};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::short;
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
        bar.set_message(format!("loss {loss}, lr {lr}, {speed}/s{waiting}, {}", time_left(progress)));
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

/// How long the run will go on, by its speed in this epoch.
fn time_left(progress: &Progress) -> String {
    let speed = progress.samples_per_second();
    if speed == 0.0 {
        return String::new();
    }
    let epochs_after = progress.epochs.saturating_sub(progress.epoch + 1);
    let samples =
        epochs_after * progress.num_samples as u64 + (progress.num_samples - progress.samples) as u64;
    let seconds = (samples as f64 / speed).round() as u64;
    match seconds {
        0..60 => format!("{seconds} s left"),
        60..3600 => format!("{}:{:02} min left", seconds / 60, seconds % 60),
        _ => format!("{}:{:02} h left", seconds / 3600, seconds / 60 % 60),
    }
}
