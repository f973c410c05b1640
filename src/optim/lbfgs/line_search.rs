//! A line search for the strong Wolfe conditions.

/// A loss with its gradient.
#[derive(Clone)]
pub(super) struct Point<F> {
    pub(super) loss: f64,
    pub(super) grad: Vec<F>,
}

/// One end of the interval in which the search goes on.
#[derive(Clone)]
struct End<F> {
    t: f64,
    point: Point<F>,
    slope: f64,
}

/// How much of what the slope promises a step must gain.
const SUFFICIENT_DECREASE: f64 = 1e-4;
/// How much of the slope may be left.
const CURVATURE: f64 = 0.9;

/// Line search along a direction of `slope` at `start`, for a length at which the loss has fallen enough and the slope
/// has flattened; the point there, and the length. `at` evaluates a length; at most `max_evaluations` times after the
/// first. Ends with an interval of less than `1 / resolution`.
///
/// # Source
/// J. Nocedal, S. Wright, "Numerical optimization", 2006, algorithms 3.5 and 3.6, in the form of PyTorch's
/// `_strong_wolfe`.
pub(super) fn strong_wolfe<F: Clone>(
    at: &mut impl FnMut(f64) -> (Point<F>, f64),
    first: f64,
    start: &Point<F>,
    slope: f64,
    resolution: f64,
    max_evaluations: usize,
) -> (Point<F>, f64) {
    let mut evaluate = |t: f64| {
        let (point, slope) = at(t);
        End { t, point, slope }
    };
    let is_too_high = |end: &End<F>| end.point.loss > start.loss + SUFFICIENT_DECREASE * end.t * slope;
    let is_flat = |end: &End<F>| end.slope.abs() <= -CURVATURE * slope;
    let origin = End { t: 0.0, point: start.clone(), slope };

    // Farther and farther, until a good length lies between two.
    let mut previous = origin.clone();
    let mut end = evaluate(first);
    let mut iteration = 0;
    let mut bracket = loop {
        if iteration >= max_evaluations {
            break [origin.clone(), end];
        }
        if is_too_high(&end) || (iteration > 1 && end.point.loss >= previous.point.loss) {
            break [previous, end];
        }
        if is_flat(&end) {
            return (end.point, end.t);
        }
        if end.slope >= 0.0 {
            break [previous, end];
        }
        let bounds = (end.t + 0.01 * (end.t - previous.t), end.t * 10.0);
        let t = cubic_minimum(&previous, &end, bounds);
        previous = std::mem::replace(&mut end, evaluate(t));
        iteration += 1;
    };

    // The interval shrinks around it.
    let mut was_slow = false;
    let order =
        |bracket: &[End<F>; 2]| if bracket[0].point.loss <= bracket[1].point.loss { (0, 1) } else { (1, 0) };
    let (mut low, mut high) = order(&bracket);
    while iteration < max_evaluations {
        let (least, most) = (bracket[0].t.min(bracket[1].t), bracket[0].t.max(bracket[1].t));
        if (most - least) * resolution < 1.0 {
            break;
        }
        let mut t = cubic_minimum(&bracket[0], &bracket[1], (least, most));
        // Close to an end twice, or at it: away from it, so that the interval shrinks.
        let margin = 0.1 * (most - least);
        if (most - t).min(t - least) < margin {
            if was_slow || t >= most || t <= least {
                t = if (t - most).abs() < (t - least).abs() { most - margin } else { least + margin };
                was_slow = false;
            } else {
                was_slow = true;
            }
        } else {
            was_slow = false;
        }
        let end = evaluate(t);
        iteration += 1;
        if is_too_high(&end) || end.point.loss >= bracket[low].point.loss {
            bracket[high] = end;
            (low, high) = order(&bracket);
            continue;
        }
        let is_done = is_flat(&end);
        if !is_done && end.slope * (bracket[high].t - bracket[low].t) >= 0.0 {
            bracket[high] = bracket[low].clone();
        }
        bracket[low] = end;
        if is_done {
            break;
        }
    }
    let [first, second] = bracket;
    let best = if low == 0 { first } else { second };
    (best.point, best.t)
}

/// Where the cubic through two losses with their slopes is least within bounds; their middle if it has no minimum.
fn cubic_minimum<F>(a: &End<F>, b: &End<F>, (least, most): (f64, f64)) -> f64 {
    let (a, b) = if a.t <= b.t { (a, b) } else { (b, a) };
    let d1 = a.slope + b.slope - 3.0 * (a.point.loss - b.point.loss) / (a.t - b.t);
    let square = d1 * d1 - a.slope * b.slope;
    if square >= 0.0 {
        let d2 = square.sqrt();
        let minimum = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2.0 * d2));
        // A cubic that is no number has its minimum at the lower end.
        minimum.max(least).min(most)
    } else {
        (least + most) / 2.0
    }
}
