//! The search itself: what to try next, and what became of it.

use std::time::Instant;

use macrograd_runtime::random::{Philox, stream_of};

use super::scale::draw;
use super::tpe::{num_good, propose};
use super::{MedianPruning, Outcome, Range, Space, Trial, TrialRecord, TuneError, Value};
use crate::metrics::Direction;

/// How values are proposed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sampler {
    /// Anywhere in their ranges, whatever trials have found.
    Random,
    /// Where good trials are dense and others are not: the tree-structured Parzen estimator.
    ///
    /// The best tenth of the finished trials, 25 at most, are the good ones. Their values have a density `l(x)`, those of
    /// all other trials a density `g(x)`: sums of a normal distribution around each value, cut off at the ends of the
    /// range, and of a wide one. Of 24 values drawn from `l` the one with the largest `l(x) / g(x)` is proposed. Each
    /// hyper-parameter is treated by itself, so how two of them depend on each other is not seen.
    ///
    /// Pruned trials are never good. Those that failed count among the others as well: otherwise nothing would be known
    /// against the places where training diverges, and the search would be drawn to them. So do open ones, so that trials
    /// at the same time are unlikely to try the same.
    ///
    /// # Source
    /// Bergstra, Bardenet, Bengio, Kégl, "Algorithms for Hyper-Parameter Optimization", NIPS 2011; Watanabe,
    /// "Tree-Structured Parzen Estimator", 2023, <https://arxiv.org/abs/2304.11127>. Numbers of good trials and candidates,
    /// widths, weights by age and the prior are the defaults of Optuna's `TPESampler(multivariate=False)`, which leaves
    /// out failed trials.
    #[default]
    Tpe,
}

/// A search over hyper-parameters that is asked what to try, and told what became of it. It knows nothing about models:
/// see [the module](super) for searches with a [`Trainer`](crate::train::Trainer).
///
/// ```
/// use macrograd::metrics::Direction;
/// use macrograd::train::tune::{Outcome, Range, Space, Study};
///
/// let space = Space::new().with("x", Range::real(-10.0, 10.0)).with("negative", Range::choice([true, false]));
/// let mut study = Study::new(space, Direction::LowerIsBetter).seed(1);
/// for _ in 0..60 {
///     let trial = study.ask();
///     let distance = trial.real("x") - 2.0;
///     let offset = if trial.flag("negative") { -1.0 } else { 0.0 };
///     study.tell(trial.number, Outcome::Finished(distance * distance + offset))?;
/// }
/// let best = study.best().unwrap();
/// assert!((best.trial.real("x") - 2.0).abs() < 0.5 && best.trial.flag("negative"));
/// println!("{}", study.table());
/// # Ok::<(), macrograd::train::tune::TuneError>(())
/// ```
///
/// # Numerics
/// What a trial tries follows from the seed, the number of the trial, the names and ranges, and the trials that are known
/// when it is asked for, on one machine and whether the search is interrupted or not. Reals are proposed with as many
/// digits as there are for at least 10,000 points in their range.
#[derive(Clone, Debug)]
pub struct Study {
    pub(super) space: Space,
    pub(super) direction: Direction,
    pub(super) seed: u64,
    pub(super) sampler: Sampler,
    pub(super) startup: usize,
    pub(super) pruning: Option<MedianPruning>,
    pub(super) records: Vec<TrialRecord>,
    /// When each trial began, as far as this program knows.
    pub(super) began: Vec<Instant>,
}

impl Study {
    /// A search for good scores, with seed 0, [`Sampler::Tpe`] after 10 trials at random, and without pruning, unless the
    /// following functions say otherwise.
    ///
    /// # Panics
    /// When the space has no hyper-parameters.
    #[track_caller]
    pub fn new(space: Space, direction: Direction) -> Study {
        assert!(
            !space.ranges().is_empty(),
            "there is nothing to search: add hyper-parameters by `Space::with`"
        );
        Study {
            space,
            direction,
            seed: 0,
            sampler: Sampler::default(),
            startup: 10,
            pruning: None,
            records: Vec::new(),
            began: Vec::new(),
        }
    }

    /// The seed of all proposals.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Study {
        self.seed = seed;
        self
    }

    /// How values are proposed.
    #[must_use]
    pub fn sampler(mut self, sampler: Sampler) -> Study {
        self.sampler = sampler;
        self
    }

    /// How many trials must have a score before proposals are other than random.
    #[must_use]
    pub fn startup(mut self, trials: usize) -> Study {
        self.startup = trials;
        self
    }

    /// Whether, and when, trials are ended early.
    #[must_use]
    pub fn prune(mut self, pruning: impl Into<Option<MedianPruning>>) -> Study {
        self.pruning = pruning.into();
        self
    }

    /// What to try next. Several trials may be open at a time.
    pub fn ask(&mut self) -> Trial {
        let number = self.num_asked() + 1;
        let split = self.split();
        let values = self.space.ranges().iter().map(|(name, range)| {
            let mut random = Philox::new(self.seed, stream_of(&format!("tune {number} {name}")));
            let value = match &split {
                Some(split) => split.propose(name, range, &mut random),
                None => draw(range, &mut random),
            };
            (name.clone(), value)
        });
        let trial = Trial { number, values: values.collect() };
        self.records.push(TrialRecord {
            trial: trial.clone(),
            reports: Vec::new(),
            seconds: 0.0,
            outcome: None,
        });
        self.began.push(Instant::now());
        trial
    }

    /// Takes the score of an open trial after an epoch, counted from 1, and says whether the trial should end here, as
    /// [`prune`](Study::prune) has it. It is then told to be [`Outcome::Pruned`], or goes on nevertheless.
    ///
    /// A trial that is begun once more takes back what it has reported from this epoch on.
    ///
    /// # Errors
    /// [`TuneError::Unknown`], [`TuneError::ToldTwice`].
    pub fn report(&mut self, number: u64, epoch: u64, score: f64) -> Result<bool, TuneError> {
        let index = self.open_index(number)?;
        let reports = &mut self.records[index].reports;
        reports.retain(|&(earlier, _)| earlier < epoch);
        reports.push((epoch, score));
        let Some(pruning) = self.pruning else { return Ok(false) };
        let finished: Vec<&[(u64, f64)]> = self
            .records
            .iter()
            .filter(|record| record.finished().is_some())
            .map(|record| &*record.reports)
            .collect();
        Ok(pruning.prunes(&self.records[index].reports, &finished, self.direction))
    }

    /// Ends an open trial. Scores that are NaN or infinite are failures.
    ///
    /// # Errors
    /// [`TuneError::Unknown`] for a number that [`ask`](Study::ask) has not given out; [`TuneError::ToldTwice`].
    pub fn tell(&mut self, number: u64, outcome: Outcome) -> Result<(), TuneError> {
        let index = self.open_index(number)?;
        let outcome = match outcome {
            Outcome::Finished(score) | Outcome::Pruned(score) if !score.is_finite() => {
                Outcome::Failed(format!("the score is {score}"))
            }
            outcome => outcome,
        };
        self.records[index].seconds = self.began[index].elapsed().as_secs_f64();
        self.records[index].outcome = Some(outcome);
        Ok(())
    }

    /// The finished trial with the best score, the first of several.
    pub fn best(&self) -> Option<&TrialRecord> {
        self.ranked().first().copied()
    }

    /// All trials, in the order in which they were asked for.
    pub fn trials(&self) -> &[TrialRecord] {
        &self.records
    }

    /// Trials that were asked for and have not ended: after [`resume`](Study::resume), those to begin once more.
    pub fn open(&self) -> impl Iterator<Item = &TrialRecord> {
        self.records.iter().filter(|record| record.outcome.is_none())
    }

    /// The hyper-parameters.
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// Which scores are good.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// Finished trials, the best first, equal ones in their order.
    pub(super) fn ranked(&self) -> Vec<&TrialRecord> {
        let finished = self.records.iter().filter(|record| record.finished().is_some()).collect();
        by_score(finished, self.direction)
    }

    fn num_asked(&self) -> u64 {
        self.records.len() as u64
    }

    /// Where the trial of this number stands, which is open.
    fn open_index(&self, number: u64) -> Result<usize, TuneError> {
        let index = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        let Some((index, record)) = index.and_then(|index| Some((index, self.records.get(index)?))) else {
            return Err(TuneError::Unknown { number, asked: self.num_asked() });
        };
        let outcome = match record.outcome {
            None => return Ok(index),
            Some(Outcome::Finished(_)) => "finished",
            Some(Outcome::Pruned(_)) => "been pruned",
            Some(Outcome::Failed(_)) => "failed",
        };
        Err(TuneError::ToldTwice { number, outcome })
    }

    /// What the Parzen estimator learns from; `None` where values are to be drawn at random.
    fn split(&self) -> Option<Split<'_>> {
        let num_scored = self.records.iter().filter(|record| record.score().is_some()).count();
        if self.sampler == Sampler::Random || num_scored < self.startup {
            return None;
        }
        let mut good = self.ranked();
        good.truncate(num_good(num_scored));
        let mut is_good = vec![false; self.records.len()];
        good.iter().for_each(|record| is_good[record.trial.number as usize - 1] = true);
        let (good, bad) = self.records.iter().partition(|record| is_good[record.trial.number as usize - 1]);
        Some(Split { good, bad }).filter(|split: &Split<'_>| !split.good.is_empty())
    }
}

/// The best first, equal ones in their order.
pub(super) fn by_score(mut records: Vec<&TrialRecord>, direction: Direction) -> Vec<&TrialRecord> {
    records.sort_by(|a, b| {
        let (a, b) = (a.score().unwrap_or(f64::NAN), b.score().unwrap_or(f64::NAN));
        match direction {
            Direction::LowerIsBetter => a.total_cmp(&b),
            Direction::HigherIsBetter => b.total_cmp(&a),
        }
    });
    records
}

/// Trials in their order.
struct Split<'s> {
    good: Vec<&'s TrialRecord>,
    bad: Vec<&'s TrialRecord>,
}

impl Split<'_> {
    fn propose(&self, name: &str, range: &Range, random: &mut Philox) -> Value {
        propose(range, &values_of(&self.good, name), &values_of(&self.bad, name), random)
    }
}

fn values_of<'s>(records: &[&'s TrialRecord], name: &str) -> Vec<&'s Value> {
    records.iter().filter_map(|record| record.trial.value(name)).collect()
}
