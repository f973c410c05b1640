//! How fast training and inference are.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use super::Failure;
use super::commands::{Program, say};
use crate::optim::Optimizer;
use crate::train::progress::short;
use crate::train::source::Source;
use crate::{Model, ModelGrads, Workspace};

impl<M, B, O> Program<'_, M, B, O>
where
    M: Model + 'static,
    B: Send + 'static,
    O: Optimizer + 'static,
{
    /// Speed of training and of inference, the first tenth of the steps not counted.
    pub(super) fn bench(&self) -> Result<ExitCode, Failure> {
        let steps = *self.matches.get_one::<u64>("steps").expect("it has a default");
        let train = self.parts()?.train;
        if train.num_batches() == 0 {
            return Err(Failure::run("there are no training samples"));
        }
        let mut model = (self.declared.model)(self.settings.whole("seed"));
        let mut optimizer = (self.declared.optimizer)(&self.settings);
        let (mut workspace, mut grads) = (Workspace::new(), M::Grads::zeros());
        let warm_up = steps.div_ceil(10);
        let (mut samples, mut waited, mut times) = (0, Duration::ZERO, Vec::new());
        let (mut done, mut epoch) = (0, 0);
        let mut start = Instant::now();
        while done < warm_up + steps {
            let mut batches = train.open(epoch, 0);
            loop {
                let before = batches.waited();
                let Some(batch) = batches.next().filter(|_| done < warm_up + steps) else { break };
                let (batch, len) = batch?;
                if done == warm_up {
                    (start, samples, waited) = (Instant::now(), 0, Duration::ZERO);
                    times.clear();
                }
                let step = Instant::now();
                (self.declared.loss_grad)(&model, &mut workspace, &batch, &mut grads)?;
                optimizer.step(&mut model, &mut grads);
                times.push(step.elapsed());
                samples += len;
                waited += batches.waited() - before;
                done += 1;
            }
            epoch += 1;
        }
        let seconds = start.elapsed().as_secs_f64();
        times.sort();
        let milliseconds = |time: Duration| short(1e3 * time.as_secs_f64());
        say(&format!(
            "training: {} ms a step (median of {steps}, fastest {}), {} samples/s, {} % of the time waiting for data",
            milliseconds(times[times.len() / 2]),
            milliseconds(times[0]),
            (samples as f64 / seconds).round(),
            (100.0 * waited.as_secs_f64() / seconds).round()
        ))?;
        self.bench_inference(&model, &*train)
    }

    fn bench_inference(&self, model: &M, train: &dyn Source<B>) -> Result<ExitCode, Failure> {
        let Some(outputs) = self.declared.outputs else { return Ok(ExitCode::SUCCESS) };
        let Some(batch) = train.open(0, 0).next() else { return Ok(ExitCode::SUCCESS) };
        let (batch, len) = batch?;
        let mut times = Vec::new();
        for _ in 0..*self.matches.get_one::<u64>("steps").expect("it has a default") {
            let start = Instant::now();
            outputs(model, &batch)?;
            times.push(start.elapsed());
        }
        times.sort();
        let median = times[times.len() / 2].as_secs_f64();
        let speed = (len as f64 / median).round();
        say(&format!("inference: {} ms for {len} samples (median), {speed} samples/s", short(1e3 * median)))?;
        Ok(ExitCode::SUCCESS)
    }
}
