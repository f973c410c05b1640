//! Curves of any length in a bounded number of points.

/// Most points of a curve: more than a terminal has columns, each of them two dots wide.
const MAX_POINTS: usize = 1024;

/// A curve, as means over equally many neighbours; of how many, doubles whenever there are too many points.
#[derive(Clone, Debug)]
pub(super) struct Curve {
    points: Vec<Mean>,
    /// Values of a point.
    width: u64,
    last: Option<f64>,
}

/// Places and values that make a point.
#[derive(Clone, Copy, Debug)]
struct Mean {
    count: u64,
    x: f64,
    y: f64,
}

impl Mean {
    fn of_both(self, other: Mean) -> Mean {
        let count = self.count + other.count;
        let part = other.count as f64 / count as f64;
        Mean { count, x: self.x + part * (other.x - self.x), y: self.y + part * (other.y - self.y) }
    }
}

impl Curve {
    pub(super) fn new() -> Self {
        Curve { points: Vec::new(), width: 1, last: None }
    }

    /// Adds a value at a place that is not before the last one. What is not finite leaves a gap.
    pub(super) fn push(&mut self, x: f64, y: f64) {
        self.last = Some(y);
        if !y.is_finite() {
            return;
        }
        let new = Mean { count: 1, x, y };
        match self.points.last_mut() {
            Some(open) if open.count < self.width => *open = open.of_both(new),
            _ => self.points.push(new),
        }
        if self.points.len() > MAX_POINTS {
            self.points = self
                .points
                .chunks(2)
                .map(|pair| pair[1..].iter().fold(pair[0], |a, &b| a.of_both(b)))
                .collect();
            self.width *= 2;
        }
    }

    /// The value that was added last, finite or not.
    pub(super) fn last(&self) -> Option<f64> {
        self.last
    }

    pub(super) fn points(&self) -> Vec<(f64, f64)> {
        self.points.iter().map(|point| (point.x, point.y)).collect()
    }
}

/// The curve without most of its noise: an exponential average over a hundredth of the points, without the bias that it
/// would have at its start.
pub(super) fn smoothed(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let decay = 1.0 - 1.0 / (1.0 + points.len() as f64 / 100.0);
    let (mut sum, mut weight) = (0.0, 0.0);
    let average = |&(x, y): &(f64, f64)| {
        sum = decay * sum + y;
        weight = decay * weight + 1.0;
        (x, sum / weight)
    };
    points.iter().map(average).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(values: impl IntoIterator<Item = f64>) -> Curve {
        let mut curve = Curve::new();
        values.into_iter().enumerate().for_each(|(x, y)| curve.push(x as f64, y));
        curve
    }

    #[test]
    fn short_curves_are_exact() {
        let points = curve((0..1024).map(|x| f64::from(x * x))).points();
        assert!(points.iter().enumerate().all(|(x, &point)| point == (x as f64, (x * x) as f64)));
    }

    #[test]
    fn a_million_values_keep_bounds_order_and_mean() {
        let mut random = crate::Random::new(1, 0);
        for len in [1, 2, 1023, 1024, 1025, 2049, 10_007, 1_000_000] {
            let values: Vec<f64> = (0..len).map(|_| f64::from(random.next_f32())).collect();
            let curve = curve(values.iter().copied());
            let points = curve.points();
            assert!(points.len() <= MAX_POINTS && (len < 1024 || points.len() >= MAX_POINTS / 2), "{len}");
            assert!(curve.points.capacity() <= 2 * MAX_POINTS + 2, "{len}: {}", curve.points.capacity());
            assert!(points.windows(2).all(|pair| pair[0].0 < pair[1].0), "{len}");
            assert!(points.iter().all(|point| (0.0..1.0).contains(&point.1)), "{len}");
            assert_eq!(curve.points.iter().map(|point| point.count).sum::<u64>(), len);
            let sum: f64 = curve.points.iter().map(|point| point.count as f64 * point.y).sum();
            let expected: f64 = values.iter().sum();
            assert!((sum - expected).abs() < 1e-9 * expected.abs().max(1.0), "{len}: {sum} {expected}");
            assert_eq!(curve.last(), values.last().copied());
        }
    }

    #[test]
    fn what_is_not_finite_is_left_out() {
        let curve = curve([1.0, f64::NAN, f64::INFINITY, 2.0, f64::NAN]);
        assert_eq!(curve.points(), [(0.0, 1.0), (3.0, 2.0)]);
        assert!(curve.last().is_some_and(f64::is_nan));
        assert!(Curve::new().points().is_empty());
    }

    #[test]
    fn smoothing_keeps_constants_and_lies_between_the_values() {
        assert_eq!(smoothed(&[]), []);
        let constant = smoothed(&curve([0.5; 300]).points());
        assert!(constant.iter().all(|point| (point.1 - 0.5).abs() < 1e-12));
        let zigzag = smoothed(&curve((0..600).map(|x| f64::from(x % 2))).points());
        assert!(zigzag[100..].iter().all(|point| (point.1 - 0.5).abs() < 0.05));
    }
}
