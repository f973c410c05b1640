//! What each place of an axis is made of.

use super::super::super::Float;

/// What lies beyond the ends of an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// Nothing: the map's fill value.
    Constant,
    /// The axis mirrored at its first and last place, which are not repeated.
    Reflect,
    /// The first and the last place.
    Replicate,
    /// The other end.
    Circular,
}

/// How coordinates of the output become coordinates of the input, as in PyTorch's `interpolate`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resample {
    /// The factor that the user gave; without one, the sizes decide.
    pub scale_factor: Option<f64>,
    /// Whether the centres of the first and last places coincide, rather than their outer edges.
    pub align_corners: bool,
    /// Whether the filter is widened where the output is smaller.
    pub antialias: bool,
}

/// Which places of the input, with which weights, make up a place of the output.
///
/// # Numerics
/// Places and weights are worked out in f64 and rounded once, except in [`Rule::Nearest`]: there a rounding error
/// chooses another place, so it is worked out in the computing type, as PyTorch does in that of the tensor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// Place `o - before`.
    Pad {
        /// Places added before the first; negative ones are cut off.
        before: isize,
        /// What is there.
        edge: Edge,
    },
    /// Place `o` is tap `o % kernel` of window `o / kernel`; places in the padding have no tap.
    Windows {
        /// Taps of a window.
        kernel: usize,
        /// Distance between windows.
        stride: usize,
        /// Distance between taps.
        dilation: usize,
        /// Places before the first.
        padding: usize,
    },
    /// Place `o` is tap `o % kernel` of part `o / kernel`, or the part's last place if it is shorter. Parts are those
    /// of [`Rule::AdaptiveMean`].
    AdaptiveWindows {
        /// Taps of a part.
        kernel: usize,
    },
    /// The mean of the places from `floor(o len / out_len)` to `ceil((o + 1) len / out_len)`, exclusive.
    AdaptiveMean,
    /// The place `floor(o scale)`.
    Nearest {
        /// The factor that the user gave; without one, the sizes decide.
        scale_factor: Option<f64>,
        /// Whether coordinates are those of centres: `floor((o + 0.5) scale)`.
        exact: bool,
    },
    /// Linear interpolation between two places.
    Linear(Resample),
    /// Cubic convolution over four places.
    ///
    /// # Source
    /// R. G. Keys, 1981, with `a = -0.75`, and `-0.5` with antialiasing, as in PyTorch.
    Cubic(Resample),
}

impl Rule {
    /// No place has more taps.
    pub(super) fn most_taps(&self, len: usize, out_len: usize) -> usize {
        match self {
            Rule::Pad { .. } | Rule::Windows { .. } | Rule::AdaptiveWindows { .. } | Rule::Nearest { .. } => {
                1
            }
            Rule::AdaptiveMean => len.div_ceil(out_len.max(1)) + 1,
            Rule::Linear(resample) => resample.most_taps(2, len, out_len),
            Rule::Cubic(resample) => resample.most_taps(4, len, out_len),
        }
    }

    /// Calls `visit(place of the input, weight)` for each tap of place `o`.
    pub(super) fn for_each_tap(
        &self,
        o: usize,
        len: usize,
        out_len: usize,
        mut visit: impl FnMut(usize, Float),
    ) {
        match *self {
            Rule::Pad { before, edge } => {
                if let Some(place) = padded(o as isize - before, len as isize, edge) {
                    visit(place, 1.0);
                }
            }
            Rule::Windows { kernel, stride, dilation, padding } => {
                let place = (o / kernel * stride + o % kernel * dilation).wrapping_sub(padding);
                if place < len {
                    visit(place, 1.0);
                }
            }
            Rule::AdaptiveWindows { kernel } => {
                let (start, end) = part(o / kernel, len, out_len / kernel);
                visit((start + o % kernel).min(end - 1), 1.0);
            }
            Rule::AdaptiveMean => {
                let (start, end) = part(o, len, out_len);
                (start..end).for_each(|place| visit(place, (1.0 / (end - start) as f64) as Float));
            }
            Rule::Nearest { scale_factor, exact } => {
                let scale = match scale_factor {
                    Some(factor) => (1.0 / factor) as Float,
                    None => len as Float / out_len as Float,
                };
                let place = if exact {
                    (scale * (o as Float + 0.5) - 0.5).max(0.0) + 0.5
                } else {
                    scale * o as Float
                };
                visit((place as usize).min(len - 1), 1.0);
            }
            Rule::Linear(resample) if resample.antialias => {
                resample.filter(1.0, triangle, o, len, out_len, visit);
            }
            Rule::Cubic(resample) if resample.antialias => {
                resample.filter(2.0, |x| cubic(x, -0.5), o, len, out_len, visit);
            }
            Rule::Linear(resample) => {
                let (place, rest) = split(resample.source(o, len, out_len).max(0.0), len);
                visit(place, (1.0 - rest) as Float);
                visit((place + 1).min(len - 1), rest as Float);
            }
            Rule::Cubic(resample) => {
                let source = resample.source(o, len, out_len);
                let first = source.floor();
                for tap in -1..3 {
                    let place = (first as isize + tap).clamp(0, len as isize - 1);
                    visit(place as usize, cubic(source - first - tap as f64, -0.75) as Float);
                }
            }
        }
    }
}

/// The place that stands at `place` of a padded axis.
fn padded(place: isize, len: isize, edge: Edge) -> Option<usize> {
    let inside = (0..len).contains(&place);
    let place = match edge {
        _ if inside => place,
        Edge::Constant => return None,
        Edge::Reflect if place < 0 => -place,
        Edge::Reflect => 2 * (len - 1) - place,
        Edge::Replicate => place.clamp(0, len - 1),
        Edge::Circular if place < 0 => place + len,
        Edge::Circular => place - len,
    };
    Some(place as usize)
}

/// The first and, exclusive, last place of part `index` of `count` into which an axis is cut.
fn part(index: usize, len: usize, count: usize) -> (usize, usize) {
    (index * len / count, ((index + 1) * len).div_ceil(count))
}

/// The place at or before a coordinate, and the way from there.
fn split(source: f64, len: usize) -> (usize, f64) {
    let place = (source as usize).min(len - 1);
    (place, (source - place as f64).clamp(0.0, 1.0))
}

/// The linear filter.
fn triangle(x: f64) -> f64 {
    (1.0 - x.abs()).max(0.0)
}

/// Keys' filter.
fn cubic(x: f64, a: f64) -> f64 {
    let x = x.abs();
    if x < 1.0 {
        ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        ((x - 5.0) * x + 8.0) * x * a - 4.0 * a
    } else {
        0.0
    }
}

impl Resample {
    /// Places of the input per place of the output.
    fn scale(&self, len: usize, out_len: usize) -> f64 {
        match self.scale_factor {
            _ if self.align_corners && out_len > 1 => (len - 1) as f64 / (out_len - 1) as f64,
            _ if self.align_corners => 0.0,
            Some(factor) => 1.0 / factor,
            None => len as f64 / out_len as f64,
        }
    }

    /// The coordinate of place `o` in the input.
    fn source(&self, o: usize, len: usize, out_len: usize) -> f64 {
        let scale = self.scale(len, out_len);
        if self.align_corners { scale * o as f64 } else { scale * (o as f64 + 0.5) - 0.5 }
    }

    fn most_taps(&self, plain: usize, len: usize, out_len: usize) -> usize {
        let support = self.scale(len, out_len).max(1.0) * plain as f64 / 2.0;
        if self.antialias { support.ceil() as usize * 2 + 1 } else { plain }
    }

    /// Taps of a filter that is zero beyond `support` on both sides, normalised to a sum of 1.
    fn filter(
        &self,
        support: f64,
        filter: impl Fn(f64) -> f64,
        o: usize,
        len: usize,
        out_len: usize,
        mut visit: impl FnMut(usize, Float),
    ) {
        let scale = self.scale(len, out_len);
        let (centre, stretch) = (scale * (o as f64 + 0.5), scale.max(1.0));
        // A float that is negative becomes 0.
        let first = (centre - support * stretch + 0.5) as usize;
        let end = ((centre + support * stretch + 0.5) as usize).min(len);
        let weight = |place: usize| filter((place as f64 - centre + 0.5) / stretch);
        let sum: f64 = (first..end).map(weight).sum();
        (first..end).for_each(|place| visit(place, (weight(place) / sum) as Float));
    }
}
