//! How fast training and inference are.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use super::Failure;
use super::commands::{Program, say};
use crate::train::engine::{Engine, Sizes};
use crate::train::progress::short;

/// What was measured.
#[derive(Default)]
struct Measured {
    /// Of each step, without waiting for data.
    steps: Vec<Duration>,
    samples: usize,
    waited: Duration,
    all: Duration,
}

impl Program<'_> {
    /// Speed of training and of inference, the first tenth of the steps not counted.
    pub(super) fn bench(&self) -> Result<ExitCode, Failure> {
        let steps = *self.matches.get_one::<u64>("steps").expect("it has a default");
        let mut session = self.session()?;
        let mut measured = Measured::default();
        session.drive(&mut |engine| {
            measure(engine, steps.div_ceil(10), &mut Measured::default())?;
            measure(engine, steps, &mut measured)
        })?;
        let Measured { steps: mut times, samples, waited, all } = measured;
        times.sort();
        say(&format!(
            "training: {} ms a step (median of {steps}, fastest {}), {} samples/s, {} % of the time waiting for data",
            milliseconds(times[times.len() / 2]),
            milliseconds(times[0]),
            (samples as f64 / all.as_secs_f64()).round(),
            (100.0 * waited.as_secs_f64() / all.as_secs_f64()).round()
        ))?;
        if let Some((len, mut times)) = session.time_outputs(steps)? {
            times.sort();
            let median = times[times.len() / 2];
            let speed = (len as f64 / median.as_secs_f64()).round();
            say(&format!(
                "inference: {} ms for {len} samples (median), {speed} samples/s",
                milliseconds(median)
            ))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn milliseconds(time: Duration) -> String {
    short(1e3 * time.as_secs_f64())
}

/// Takes so many steps.
fn measure(engine: &mut dyn Engine, steps: u64, measured: &mut Measured) -> Result<(), Failure> {
    let Sizes { batch_size, num_batches, .. } = engine.sizes();
    if num_batches == 0 {
        return Err(Failure::run("there are no training samples"));
    }
    let (start, lr) = (Instant::now(), engine.lr());
    let mut epoch = 0;
    while (measured.steps.len() as u64) < steps {
        engine.open(epoch, 0);
        let mut waited_before = Duration::ZERO;
        while (measured.steps.len() as u64) < steps {
            let step = Instant::now();
            let Some(computed) = engine.next_batch() else { break };
            let computed = computed?;
            engine.step(lr)?;
            let waited = computed.waited - waited_before;
            waited_before = computed.waited;
            // The last batch of an epoch may be a small one, which says nothing of the others.
            if computed.len == batch_size || num_batches == 1 {
                measured.steps.push(step.elapsed().saturating_sub(waited));
            }
            measured.samples += computed.len;
            measured.waited += waited;
        }
        engine.close();
        epoch += 1;
    }
    measured.all = start.elapsed();
    Ok(())
}
