//! Boxes, and which detections find which objects of an image.

use super::MetricError;

/// A box along the axes of an image, in pixels or any other unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Left edge.
    pub x_min: f32,
    /// Upper edge.
    pub y_min: f32,
    /// Right edge.
    pub x_max: f32,
    /// Lower edge.
    pub y_max: f32,
}

impl Bounds {
    /// From two opposite corners.
    pub fn new(x_min: f32, y_min: f32, x_max: f32, y_max: f32) -> Bounds {
        Bounds { x_min, y_min, x_max, y_max }
    }

    /// From the upper left corner and the size, as COCO's files have it.
    pub fn from_size(x: f32, y: f32, width: f32, height: f32) -> Bounds {
        Bounds::new(x, y, x + width, y + height)
    }

    fn area(&self) -> f64 {
        (f64::from(self.x_max) - f64::from(self.x_min)) * (f64::from(self.y_max) - f64::from(self.y_min))
    }

    fn intersection(&self, other: &Bounds) -> f64 {
        let width = f64::from(self.x_max.min(other.x_max)) - f64::from(self.x_min.max(other.x_min));
        let height = f64::from(self.y_max.min(other.y_max)) - f64::from(self.y_min.max(other.y_min));
        width.max(0.0) * height.max(0.0)
    }

    /// Intersection over union of two boxes, in 0..1; 0 when both are empty.
    pub fn iou(&self, other: &Bounds) -> f64 {
        let intersection = self.intersection(other);
        if intersection == 0.0 { 0.0 } else { intersection / (self.area() + other.area() - intersection) }
    }

    /// The share of this box that lies in `crowd`.
    fn share_in(&self, crowd: &Bounds) -> f64 {
        let intersection = self.intersection(crowd);
        if intersection == 0.0 { 0.0 } else { intersection / self.area() }
    }

    pub(super) fn check(&self, what: &'static str, index: usize) -> Result<(), MetricError> {
        let bounds = [self.x_min, self.y_min, self.x_max, self.y_max];
        let is_box = self.x_min <= self.x_max && self.y_min <= self.y_max;
        if is_box && bounds.iter().all(|bound| bound.is_finite()) {
            return Ok(());
        }
        Err(MetricError::Bounds { what, index, bounds })
    }
}

/// What a model has found in an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    /// Class of the object.
    pub class: u32,
    /// How sure the model is; only the order counts.
    pub score: f32,
    /// Where the object is.
    pub bounds: Bounds,
}

/// What there is to be found in an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Object {
    /// Class of the object.
    pub class: u32,
    /// Where the object is.
    pub bounds: Bounds,
    /// Whether the box holds a crowd of objects: detections inside count neither for nor against the model.
    pub crowd: bool,
}

impl Object {
    /// An object by itself.
    pub fn new(class: u32, bounds: Bounds) -> Object {
        Object { class, bounds, crowd: false }
    }
}

/// What became of a detection at one threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It has found an object that no better detection had found.
    Found,
    /// It has found nothing.
    Missed,
    /// It lies in a crowd.
    Ignored,
}

/// What became of each detection of one class in one image, for detections in descending order of their scores: each
/// takes the object with the largest overlap among those that are left, if that is at least `threshold`.
pub(super) fn match_objects(detections: &[Detection], objects: &[Object], threshold: f64) -> Vec<Outcome> {
    let mut is_taken = vec![false; objects.len()];
    let find = |detection: &Detection| {
        let mut best: Option<usize> = None;
        // COCO's tolerance, so that an overlap of the threshold itself counts.
        let mut largest = threshold.min(1.0 - 1e-10);
        for (index, object) in objects.iter().enumerate() {
            if object.crowd || is_taken[index] {
                continue;
            }
            let overlap = detection.bounds.iou(&object.bounds);
            // The last of equal overlaps, as in COCO's evaluation.
            if overlap >= largest {
                (best, largest) = (Some(index), overlap);
            }
        }
        if let Some(index) = best {
            is_taken[index] = true;
            return Outcome::Found;
        }
        let mut crowds = objects.iter().filter(|object| object.crowd);
        let in_crowd = crowds.any(|crowd| detection.bounds.share_in(&crowd.bounds) >= largest);
        if in_crowd { Outcome::Ignored } else { Outcome::Missed }
    };
    detections.iter().map(find).collect()
}
