//! The learning-rate range test: how the loss answers to each rate.

use std::fmt::{self, Write as _};
use std::io::Write as _;
use std::path::Path;

use super::TrainError;
use super::engine::Engine;
use super::progress::short;
use super::source::Source;
use super::trainer::Trainer;
use crate::data::{Dataset, Loader, Sample};
use crate::optim::Optimizer;
use crate::replace::replace;
use crate::{Error, Model};

/// How a range test goes: see [`Trainer::range_test`].
#[derive(Clone, Debug)]
pub struct RangeTest {
    low: f64,
    high: f64,
    steps: u64,
    smoothing: f64,
    stop_at: f64,
}

impl Default for RangeTest {
    /// From 1e-7 to 10, in 100 steps.
    fn default() -> Self {
        RangeTest { low: 1e-7, high: 10.0, steps: 100, smoothing: 0.95, stop_at: 4.0 }
    }
}

impl RangeTest {
    /// From one rate to another, each step by the same factor.
    ///
    /// # Panics
    /// When they are not positive and finite, or not in this order.
    #[track_caller]
    pub fn new(low: f64, high: f64) -> Self {
        assert!(
            low > 0.0 && high.is_finite() && low < high,
            "the rates are {low} and {high}, but must be positive, finite and in growing order"
        );
        RangeTest { low, high, ..RangeTest::default() }
    }

    /// In how many steps.
    ///
    /// # Panics
    /// When there are fewer than 2.
    #[must_use]
    #[track_caller]
    pub fn steps(mut self, steps: u64) -> Self {
        assert!(steps >= 2, "`steps` is {steps}, but must be at least 2");
        self.steps = steps;
        self
    }

    /// Decay of the mean that smooths the losses; 0 takes them as they are. 0.95 otherwise.
    ///
    /// # Panics
    /// When it is negative or not below 1.
    #[must_use]
    #[track_caller]
    pub fn smoothing(mut self, decay: f64) -> Self {
        assert!((0.0..1.0).contains(&decay), "`decay` is {decay}, but must be from 0 to below 1");
        self.smoothing = decay;
        self
    }

    /// Ends when the smoothed loss is so many times its least value. 4 otherwise.
    ///
    /// # Panics
    /// When it is not above 1.
    #[must_use]
    #[track_caller]
    pub fn stop_at(mut self, factor: f64) -> Self {
        assert!(factor > 1.0, "`factor` is {factor}, but must be above 1");
        self.stop_at = factor;
        self
    }

    /// The learning rate of a step.
    fn lr(&self, step: u64) -> f64 {
        self.low * (self.high / self.low).powf(step as f64 / (self.steps - 1) as f64)
    }
}

/// A step of a range test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RangePoint {
    /// The learning rate.
    pub lr: f64,
    /// Loss of the batch, before the step.
    pub loss: f64,
    /// Its mean with those before.
    pub smoothed: f64,
}

/// How the loss went in a range test. Shown as a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LrCurve {
    /// The steps, with growing rates; those before the loss grew out of bounds.
    pub points: Vec<RangePoint>,
}

/// Steps at the start whose mean is of too few losses to be looked at.
const SKIPPED: usize = 5;

impl LrCurve {
    /// The rate at which the smoothed loss falls fastest on the way to its least value, per factor of the rate: a good one to train with, or the highest
    /// of a schedule. None where it falls nowhere.
    ///
    /// # Source
    /// L. N. Smith, "Cyclical learning rates for training neural networks", 2017, section 3.3; the choice of the steepest
    /// point is that of fastai and Lightning.
    pub fn suggestion(&self) -> Option<f64> {
        let points = self.points.get(SKIPPED..)?;
        // Behind the least loss it only grows: what falls there again is noise, however steep.
        let lowest = (0..points.len()).min_by(|&a, &b| points[a].smoothed.total_cmp(&points[b].smoothed))?;
        let points = &points[..=lowest];
        // Over several steps, as one alone says little.
        let reach = (points.len() / 20).max(1);
        let slope = |at: usize| points[at + reach].smoothed - points[at - reach].smoothed;
        let places = reach..points.len().saturating_sub(reach);
        let steepest = places.min_by(|&a, &b| slope(a).total_cmp(&slope(b)))?;
        (slope(steepest) < 0.0).then(|| points[steepest].lr)
    }

    /// Writes a table for spreadsheets. Replaces a file at once or not at all.
    ///
    /// # Errors
    /// [`Error::Io`] when the file cannot be written.
    pub fn write_csv(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let mut text = "lr,loss,smoothed\n".to_owned();
        for RangePoint { lr, loss, smoothed } in &self.points {
            writeln!(text, "{lr:e},{loss},{smoothed}").expect("a String takes any text");
        }
        replace(path.as_ref(), |out| out.write_all(text.as_bytes()))
    }
}

/// Rows of the table, and how wide its bars are.
const ROWS: usize = 20;
const WIDTH: f64 = 40.0;

impl fmt::Display for LrCurve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:>10}  {:>10}", "lr", "loss")?;
        let stride = self.points.len().div_ceil(ROWS).max(1);
        let losses = || self.points.iter().map(|point| point.smoothed);
        // What is above twice the first loss would make all else look flat.
        let top =
            losses().next().map_or(1.0, |first| losses().fold(first, f64::max).min(first + first.abs()));
        let bottom = losses().fold(top, f64::min);
        for point in self.points.iter().step_by(stride) {
            let part = ((point.smoothed - bottom) / (top - bottom).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
            let bar = "#".repeat((WIDTH * part).round() as usize);
            writeln!(f, "{:>10}  {:>10}  {bar}", short(point.lr), short(point.smoothed))?;
        }
        match self.suggestion() {
            Some(lr) => write!(f, "the loss falls fastest at a learning rate of {}", short(lr)),
            None => write!(f, "the loss does not fall at any of these rates"),
        }
    }
}

impl<M: Model, B: Send + 'static, O: Optimizer> Trainer<M, B, O> {
    /// Trains for some steps with a learning rate that grows from step to step, and tells how the loss answers; then model
    /// and optimizer are again as they were. Schedule, callbacks and files of the trainer have no part in it; clipping
    /// has. Data that has fewer batches is gone through several times.
    ///
    /// ```
    /// # #[cfg(feature = "embedded-data")] {
    /// use macrograd::data::{Digits, Loader};
    /// use macrograd::prelude::*;
    /// use macrograd::train::{RangeTest, Trainer};
    /// # #[model]
    /// # struct Mlp { hidden: nn::Linear<64, 32>, output: nn::Linear<32, 10> }
    /// # #[model]
    /// # impl Mlp {
    /// #     fn loss<N: Dim>(&self, image: Tensor<N, 1, 8, 8>, label: Tensor<u8, N>) -> Tensor {
    /// #         self.output(self.hidden(image.flatten(1)).relu()).cross_entropy(label)
    /// #     }
    /// # }
    ///
    /// let loader = Loader::new(Digits::embedded().train, 50).shuffle(/* seed */ 0);
    /// let mut trainer = Trainer::new(Mlp::new(Device::cpu(), 0), Mlp::loss_grad_batch);
    /// let curve = trainer.range_test(&loader, &RangeTest::new(1e-5, 1.0))?;
    /// println!("{curve}");
    /// assert!((1e-4..0.3).contains(&curve.suggestion().unwrap()));
    /// # }
    /// # Ok::<(), macrograd::train::TrainError>(())
    /// ```
    ///
    /// # Errors
    /// When there are no samples, a batch cannot be made, or the model's own checks fail. A loss that is not finite ends the
    /// test, and is no error.
    pub fn range_test<D: Dataset>(
        &mut self,
        data: &Loader<D>,
        test: &RangeTest,
    ) -> Result<LrCurve, TrainError>
    where
        D::Sample: Sample<Batch = B>,
    {
        self.range_test_source(data, test)
    }

    pub(super) fn range_test_source(
        &mut self,
        source: &dyn Source<B>,
        test: &RangeTest,
    ) -> Result<LrCurve, TrainError> {
        let (state, memory) = (self.model.state().clone(), self.optimizer.state());
        let (mut driver, settings, _) = self.driver(source);
        driver.average = None;
        let curve = measure(&mut driver, test, settings.clip_norm);
        drop(driver);
        *self.model.state_mut() = state;
        self.optimizer.restore::<M>(&memory)?;
        curve
    }
}

/// Takes the steps.
fn measure(engine: &mut dyn Engine, test: &RangeTest, clip_norm: Option<f32>) -> Result<LrCurve, TrainError> {
    if engine.sizes().num_batches == 0 {
        return Err(TrainError::NoSamples { part: "training", remedy: "give it at least one" });
    }
    let (mut points, mut mean, mut best) = (Vec::new(), 0.0, f64::INFINITY);
    let mut epoch = 0;
    engine.open(epoch, 0);
    for step in 0..test.steps {
        let computed = match engine.next_batch() {
            Some(computed) => computed?,
            None => {
                epoch += 1;
                engine.open(epoch, 0);
                engine.next_batch().expect("there is at least one batch")?
            }
        };
        let (lr, loss) = (test.lr(step), computed.loss);
        mean = test.smoothing * mean + (1.0 - test.smoothing) * loss;
        // As Adam corrects its means, which start at 0.
        let smoothed = mean / (1.0 - test.smoothing.powi(step as i32 + 1));
        best = f64::min(best, smoothed);
        if !smoothed.is_finite() || (step > 0 && smoothed > best + (test.stop_at - 1.0) * best.abs()) {
            break;
        }
        points.push(RangePoint { lr, loss, smoothed });
        if let Some(max_norm) = clip_norm {
            engine.clip(max_norm);
        }
        engine.step(lr)?;
    }
    engine.close();
    Ok(LrCurve { points })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(losses: impl IntoIterator<Item = f64>) -> LrCurve {
        let test = RangeTest::new(1e-4, 1.0).steps(41);
        let point = |(step, loss)| RangePoint { lr: test.lr(step), loss, smoothed: loss };
        LrCurve { points: (0..).zip(losses).map(point).collect() }
    }

    #[test]
    fn rates_grow_by_the_same_factor() {
        let test = RangeTest::new(1e-4, 1.0).steps(5);
        for (step, lr) in [1e-4, 1e-3, 1e-2, 1e-1, 1.0].into_iter().enumerate() {
            assert!((test.lr(step as u64) / lr - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn the_steepest_point_is_suggested() {
        // Falls around step 20, which is 1e-2, and grows in the end.
        let losses = (0..41).map(|step| {
            let x = f64::from(step);
            2.0 - ((x - 20.0) / 3.0).tanh() + ((x - 36.0) / 2.0).exp()
        });
        let suggestion = curve(losses).suggestion().unwrap();
        assert!((suggestion / 1e-2 - 1.0).abs() < 0.3, "{suggestion}");
        // The steepest fall is one after the loss has exploded.
        let noisy = (0..41).map(|step| match step {
            0..=30 => 2.0 - f64::from(step) / 30.0,
            31..=35 => 4.0,
            _ => 2.5,
        });
        assert!(curve(noisy).suggestion().unwrap() < 0.11);
        assert_eq!(curve([1.0; 41]).suggestion(), None);
        assert_eq!(curve((0..41).map(f64::from)).suggestion(), None);
        assert_eq!(curve([]).suggestion(), None);
        assert_eq!(curve([2.0, 1.0, 0.5]).suggestion(), None);
    }

    #[test]
    fn a_curve_is_shown_as_a_table() {
        let losses = (0..41).map(|step| 2.0 - f64::from(step) / 40.0);
        let text = curve(losses).to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "        lr        loss");
        assert_eq!(lines[1], format!("  1.000e-4       2.000  {}", "#".repeat(40)));
        assert_eq!(lines.len(), 1 + 14 + 1);
        assert!(lines[15].starts_with("the loss falls fastest at a learning rate of "));
        assert!(LrCurve::default().to_string().ends_with("the loss does not fall at any of these rates"));
    }
}
