//! How well a model finds objects in images.

use std::collections::BTreeMap;

use super::detection::{Outcome, match_objects};
use super::{Detection, Direction, MetricError, Object};

/// Recalls at which precision is read: 0, 0.01, …, 1.
const NUM_RECALLS: usize = 101;

/// Mean average precision of object detection, in 0..1, as COCO defines it: the mean over classes and over thresholds
/// 0.5, 0.55, …, 0.95 of the average precision at 101 recalls.
///
/// At a threshold, detections of an image take, in descending order of their scores, the object of their class with the
/// largest intersection over union that is at least the threshold and still there. Over all images, again by descending
/// score, this gives precision and recall; the average is that of the best precision at recall 0, 0.01, …, 1 or more.
/// Classes without objects are left out. Of each class, the 100 best detections of an image count.
///
/// ```
/// use macrograd::metrics::{Bounds, Detection, MeanAveragePrecision, Object};
///
/// let mut map = MeanAveragePrecision::new();
/// let cat = Object::new(0, Bounds::new(10.0, 10.0, 50.0, 50.0));
/// let found = Detection { class: 0, score: 0.9, bounds: Bounds::new(10.0, 10.0, 50.0, 40.0) };
/// map.update(&[found], &[cat])?; // one image
/// assert_eq!((map.at(0.5), map.at(0.8)), (Some(1.0), Some(0.0)));
/// # Ok::<(), macrograd::metrics::MetricError>(())
/// ```
///
/// # Source
/// T.-Y. Lin et al., "Microsoft COCO: Common Objects in Context", 2014; the values of its evaluation program (`AP` for all
/// areas), whose equal scores keep the order of images, here that of the updates.
#[derive(Clone, Debug, PartialEq)]
pub struct MeanAveragePrecision {
    thresholds: Vec<f64>,
    max_detections: usize,
    classes: BTreeMap<u32, Class>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Class {
    /// Objects that are no crowds.
    num_objects: u64,
    found: Vec<Found>,
}

/// What is remembered of a detection.
#[derive(Clone, Debug, PartialEq)]
struct Found {
    score: f32,
    /// At each threshold.
    outcomes: Vec<Outcome>,
}

impl MeanAveragePrecision {
    /// With thresholds 0.5, 0.55, …, 0.95 and 100 detections of a class in an image.
    pub fn new() -> MeanAveragePrecision {
        let thresholds = (0..10).map(|index| f64::from(50 + 5 * index) / 100.0).collect();
        MeanAveragePrecision { thresholds, max_detections: 100, classes: BTreeMap::new() }
    }

    /// Which intersections over union count as found. `[0.5]` gives the measure of PASCAL VOC, but at 101 recalls.
    ///
    /// # Panics
    /// When there are none, one is not in 0..=1, or images were counted already.
    #[must_use]
    #[track_caller]
    pub fn iou_thresholds(mut self, thresholds: impl IntoIterator<Item = f64>) -> Self {
        self.thresholds = thresholds.into_iter().collect();
        assert!(!self.thresholds.is_empty(), "`iou_thresholds` has 0 thresholds, but needs at least 1");
        for threshold in &self.thresholds {
            assert!(
                (0.0..=1.0).contains(threshold),
                "`iou_thresholds` has {threshold}, but thresholds are in 0..=1"
            );
        }
        assert!(self.classes.is_empty(), "`iou_thresholds` is set after images were counted");
        self
    }

    /// How many detections of a class in an image count, those with the largest scores: 100 unless set.
    #[must_use]
    pub fn max_detections(mut self, max_detections: usize) -> Self {
        self.max_detections = max_detections;
        self
    }

    /// Counts an image: what a model has found in it, in any order, and what there is.
    ///
    /// # Errors
    /// When a score is NaN, or a box is not finite or its edges are not in order; nothing is counted then.
    pub fn update(&mut self, detections: &[Detection], objects: &[Object]) -> Result<(), MetricError> {
        for (index, detection) in detections.iter().enumerate() {
            detection.bounds.check("detection", index)?;
            if detection.score.is_nan() {
                return Err(MetricError::NanScore { position: index });
            }
        }
        for (index, object) in objects.iter().enumerate() {
            object.bounds.check("object", index)?;
        }

        let mut by_class: BTreeMap<u32, (Vec<Detection>, Vec<Object>)> = BTreeMap::new();
        for &detection in detections {
            by_class.entry(detection.class).or_default().0.push(detection);
        }
        for &object in objects {
            by_class.entry(object.class).or_default().1.push(object);
        }
        for (class, (mut detections, objects)) in by_class {
            detections.sort_by(|left, right| descending(left.score, right.score));
            detections.truncate(self.max_detections);
            let mut found: Vec<Found> = detections
                .iter()
                .map(|detection| Found { score: detection.score, outcomes: Vec::new() })
                .collect();
            for &threshold in &self.thresholds {
                let outcomes = match_objects(&detections, &objects, threshold);
                found.iter_mut().zip(outcomes).for_each(|(found, outcome)| found.outcomes.push(outcome));
            }
            let class = self.classes.entry(class).or_default();
            class.num_objects += objects.iter().filter(|object| !object.crowd).count() as u64;
            class.found.append(&mut found);
        }
        Ok(())
    }

    /// The mean over classes at one of the thresholds; none when it is not among them. NaN without objects.
    pub fn at(&self, threshold: f64) -> Option<f64> {
        let index = self.thresholds.iter().position(|&own| (own - threshold).abs() < 1e-9)?;
        Some(mean_of(self.classes.values().filter_map(|class| class.average_precision(index))))
    }

    /// Each class that has objects, and its average precision, the mean over thresholds.
    pub fn per_class(&self) -> Vec<(u32, f64)> {
        let thresholds = 0..self.thresholds.len();
        let value =
            |class: &Class| mean_of(thresholds.clone().filter_map(|index| class.average_precision(index)));
        let classes = self.classes.iter().filter(|(_, class)| class.num_objects > 0);
        classes.map(|(&number, class)| (number, value(class))).collect()
    }

    /// What logs call it.
    pub fn name(&self) -> &str {
        "mean_average_precision"
    }

    /// The value for all images since the start or the last [`reset`](MeanAveragePrecision::reset). NaN without objects.
    pub fn value(&self) -> f64 {
        mean_of(self.per_class().into_iter().map(|(_, value)| value))
    }

    /// Forgets what was counted; settings stay.
    pub fn reset(&mut self) {
        self.classes.clear();
    }

    /// [`HigherIsBetter`](Direction::HigherIsBetter).
    pub fn direction(&self) -> Direction {
        Direction::HigherIsBetter
    }
}

impl Default for MeanAveragePrecision {
    fn default() -> Self {
        MeanAveragePrecision::new()
    }
}

impl Class {
    /// Average precision at a threshold; none without objects.
    fn average_precision(&self, threshold_idx: usize) -> Option<f64> {
        if self.num_objects == 0 {
            return None;
        }
        let mut found: Vec<&Found> =
            self.found.iter().filter(|found| found.outcomes[threshold_idx] != Outcome::Ignored).collect();
        found.sort_by(|left, right| descending(left.score, right.score));

        let mut num_right = 0;
        let mut points: Vec<(f64, f64)> = Vec::with_capacity(found.len());
        for (found, num_so_far) in found.iter().zip(1_u64..) {
            num_right += u64::from(found.outcomes[threshold_idx] == Outcome::Found);
            points.push((num_right as f64 / self.num_objects as f64, num_right as f64 / num_so_far as f64));
        }
        let mut best = 0.0_f64;
        for (_, precision) in points.iter_mut().rev() {
            best = best.max(*precision);
            *precision = best;
        }
        let at_recall = |index: usize| {
            // Rounded as COCO's recalls are: a recall of 0.29 does not reach 29 · 0.01.
            let recall = if index + 1 == NUM_RECALLS { 1.0 } else { index as f64 * 0.01 };
            let reached = points.partition_point(|&(reached, _)| reached < recall);
            points.get(reached).map_or(0.0, |&(_, precision)| precision)
        };
        Some((0..NUM_RECALLS).map(at_recall).sum::<f64>() / NUM_RECALLS as f64)
    }
}

/// Larger scores first. Scores are not NaN.
fn descending(left: f32, right: f32) -> std::cmp::Ordering {
    (right + 0.0).total_cmp(&(left + 0.0))
}

/// The mean, NaN of nothing.
fn mean_of(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    super::mean(sum, count)
}
