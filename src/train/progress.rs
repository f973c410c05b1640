//! What a run shows of itself: a bar on a terminal, elsewhere a line for each epoch.

#[cfg(feature = "progress")]
mod bar;

use std::io::{Write, stdout};

use super::TrainError;
use super::callback::{Event, Observer, Progress, Run};
use super::history::Ended;

/// Shows a run.
#[derive(Default)]
pub(super) struct Show {
    #[cfg(feature = "progress")]
    bar: bar::Bar,
}

impl Show {
    /// A line on standard output, which may be a pipe that nobody reads any more.
    fn print(&self, line: &str) -> Result<(), TrainError> {
        let write = || match writeln!(stdout().lock(), "{line}") {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                Err(TrainError::Callback(error.into()))
            }
            _ => Ok(()),
        };
        #[cfg(feature = "progress")]
        return self.bar.suspend(write);
        #[cfg(not(feature = "progress"))]
        write()
    }
}

impl Observer for Show {
    fn on(&mut self, event: Event, run: &mut Run<'_>) -> Result<(), TrainError> {
        match event {
            Event::Start => self.start(run.progress),
            #[cfg(feature = "progress")]
            Event::Step => {
                self.bar.update(run.progress);
                Ok(())
            }
            Event::Record => self.print(&epoch_line(run)),
            Event::End => self.end(run),
            _ => Ok(()),
        }
    }
}

impl Show {
    fn start(&mut self, progress: &Progress) -> Result<(), TrainError> {
        if progress.step > 0 && progress.epoch < progress.epochs {
            let at =
                if progress.batch > 0 { format!(", batch {}", progress.batch + 1) } else { String::new() };
            self.print(&format!("continuing with epoch {}{at} of {}", progress.epoch + 1, progress.epochs))?;
        }
        #[cfg(feature = "progress")]
        self.bar.start(progress);
        Ok(())
    }

    fn end(&mut self, run: &Run<'_>) -> Result<(), TrainError> {
        #[cfg(feature = "progress")]
        self.bar.finish();
        match &run.history.ended {
            Some(Ended::Stopped(reason)) => self.print(&format!("stopped: {reason}")),
            Some(Ended::Interrupted) => self.print("interrupted"),
            _ => Ok(()),
        }
    }
}

/// What is said of an epoch.
fn epoch_line(run: &Run<'_>) -> String {
    let progress = run.progress;
    let shown = run.values().iter().filter(|(name, _)| !name.contains('/') && name != "lr");
    let values: Vec<String> = shown.map(|(name, value)| format!("{name} {}", short(*value))).collect();
    let speed = format!("{} samples/s", progress.samples_per_second().round());
    let waiting = match (100.0 * progress.waiting_share()).round() {
        percent if percent >= 5.0 => format!(", {percent} % of the time waiting for data"),
        _ => String::new(),
    };
    let width = progress.epochs.to_string().len();
    format!(
        "epoch {:width$}/{}: {}, {speed}{waiting}",
        progress.epoch + 1,
        progress.epochs,
        values.join(", ")
    )
}

/// A number with four digits, as people read them.
pub(crate) fn short(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if !(1e-3..1e5).contains(&value.abs()) {
        return format!("{value:.3e}");
    }
    let digits = (3.0 - value.abs().log10().floor()).clamp(0.0, 6.0) as usize;
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn numbers_have_four_digits() {
        let cases = [
            (0.0, "0"),
            (0.5, "0.5000"),
            (1.0, "1.000"),
            (-12.345_67, "-12.35"),
            (99_999.4, "99999"),
            (123_456.0, "1.235e5"),
            (0.000_123_4, "1.234e-4"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "inf"),
        ];
        for (value, text) in cases {
            assert_eq!(short(value), text);
        }
    }
}
