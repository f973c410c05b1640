//! What a run shows of itself: a bar on a terminal, elsewhere a line for each epoch.

#[cfg(feature = "progress")]
mod bar;

use std::io::{Write, stdout};
use std::time::Duration;

use super::TrainError;
use super::callback::{Progress, Run};
use super::history::Ended;
use super::observer::{Event, Observer};

/// Shows a run.
#[derive(Default)]
pub(super) struct Show {
    #[cfg(feature = "progress")]
    bar: bar::Bar,
}

impl Show {
    fn print(&self, line: &str) -> Result<(), TrainError> {
        #[cfg(feature = "progress")]
        return self.bar.suspend(|| print(line));
        #[cfg(not(feature = "progress"))]
        print(line)
    }

    fn start(&mut self, progress: &Progress) -> Result<(), TrainError> {
        if let Some(line) = start_line(progress) {
            self.print(&line)?;
        }
        #[cfg(feature = "progress")]
        self.bar.start(progress);
        Ok(())
    }

    fn end(&mut self, ended: Option<&Ended>) -> Result<(), TrainError> {
        #[cfg(feature = "progress")]
        self.bar.finish();
        end_line(ended).map_or(Ok(()), |line| self.print(&line))
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
            Event::Record => self.print(&epoch_line(run.progress, run.values())),
            Event::End => self.end(run.history.ended.as_ref()),
            _ => Ok(()),
        }
    }
}

/// A line on standard output, which may be a pipe that nobody reads any more.
pub(super) fn print(line: &str) -> Result<(), TrainError> {
    match writeln!(stdout().lock(), "{line}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(TrainError::Callback(error.into()))
        }
        _ => Ok(()),
    }
}

/// What is said of a run that is continued.
pub(super) fn start_line(progress: &Progress) -> Option<String> {
    let Progress { epoch, epochs, batch, step, .. } = *progress;
    let at = if batch > 0 { format!(", batch {}", batch + 1) } else { String::new() };
    match step {
        0 => None,
        _ if epoch < epochs => Some(format!("continuing with epoch {}{at} of {epochs}", epoch + 1)),
        _ => Some(format!("the run has had {epoch} epochs; it goes on with more `epochs`")),
    }
}

/// What is said of an epoch with these values.
pub(super) fn epoch_line(progress: &Progress, values: &[(String, f64)]) -> String {
    let shown = values.iter().filter(|(name, _)| !name.contains('/') && name != "lr");
    let values: Vec<String> = shown.map(|(name, value)| format!("{name} {}", short(*value))).collect();
    let speed = format!("{} samples/s", progress.samples_per_second().round());
    let waiting = match (100.0 * progress.waiting_share()).round() {
        percent if percent >= 5.0 => format!(", {percent} % of the time waiting for data"),
        _ => String::new(),
    };
    let width = progress.epochs.to_string().len();
    let (epoch, epochs, values) = (progress.epoch + 1, progress.epochs, values.join(", "));
    format!("epoch {epoch:width$}/{epochs}: {values}, {speed}{waiting}")
}

/// What is said of a run that has ended early.
pub(super) fn end_line(ended: Option<&Ended>) -> Option<String> {
    match ended {
        Some(Ended::Stopped(reason)) => Some(format!("stopped: {reason}")),
        Some(Ended::Interrupted) => Some("interrupted".to_owned()),
        Some(Ended::Finished) | None => None,
    }
}

/// A duration as people read it: `12 s`, `3:05 min`, `1:20 h`.
#[cfg_attr(not(any(feature = "dashboard", feature = "progress", feature = "cli")), allow(dead_code))]
pub(super) fn clock(duration: Duration) -> String {
    match duration.as_secs_f64().round() as u64 {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{}:{:02} min", seconds / 60, seconds % 60),
        seconds => format!("{}:{:02} h", seconds / 3600, seconds / 60 % 60),
    }
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
