//! Where pixels come from, on slices of channels, rows and columns.

use macrograd_runtime::Tensor;

use super::Image;

/// Moved by so many pixels, with 0 where nothing is left.
pub(super) fn moved<const C: usize, const H: usize, const W: usize>(
    image: &Image<C, H, W>,
    down: isize,
    right: isize,
) -> Image<C, H, W> {
    let mut result = Tensor::zeros(image.shape());
    let (source, target) = (image.as_slice(), result.as_mut_slice());
    let rows = rows_of(H, down);
    let columns = rows_of(W, right);
    if columns.is_empty() {
        return result;
    }
    for channel in 0..C {
        for row in rows.clone() {
            let from = (channel * H + row.wrapping_add_signed(-down)) * W;
            let to = (channel * H + row) * W;
            let from = from + columns.start.wrapping_add_signed(-right);
            target[to + columns.start..to + columns.end].copy_from_slice(&source[from..from + columns.len()]);
        }
    }
    result
}

/// Places of an axis that something is moved to.
fn rows_of(length: usize, by: isize) -> std::ops::Range<usize> {
    let start = by.clamp(0, length as isize) as usize;
    let end = (length as isize + by).clamp(start as isize, length as isize) as usize;
    start..end
}

/// A part of an image.
pub(in super::super) fn crop_planes(
    planes: &[f32],
    channels: usize,
    (height, width): (usize, usize),
    (top, left): (usize, usize),
    (new_height, new_width): (usize, usize),
) -> Vec<f32> {
    let mut result = Vec::with_capacity(channels * new_height * new_width);
    for channel in 0..channels {
        for row in top..top + new_height {
            let start = (channel * height + row) * width + left;
            result.extend_from_slice(&planes[start..start + new_width]);
        }
    }
    result
}

/// Bilinear, with antialiasing where the image becomes smaller: what PIL and torchvision do.
pub(in super::super) fn resize_planes(
    planes: &[f32],
    channels: usize,
    (height, width): (usize, usize),
    (new_height, new_width): (usize, usize),
) -> Vec<f32> {
    let columns = weights(width, new_width);
    let mut narrow = Vec::with_capacity(channels * height * new_width);
    for row in planes.chunks_exact(width) {
        narrow.extend(columns.iter().map(|(start, weights)| -> f32 {
            weights.iter().zip(&row[*start..]).map(|(weight, value)| weight * value).sum()
        }));
    }
    let rows = weights(height, new_height);
    let mut result = vec![0.0; channels * new_height * new_width];
    for (channel, plane) in result.chunks_exact_mut(new_height * new_width).enumerate() {
        for ((start, weights), target) in rows.iter().zip(plane.chunks_exact_mut(new_width)) {
            for (offset, weight) in weights.iter().enumerate() {
                let source = (channel * height + start + offset) * new_width;
                for (target, value) in target.iter_mut().zip(&narrow[source..source + new_width]) {
                    *target += weight * value;
                }
            }
        }
    }
    result
}

/// For each place of the new axis where it begins to take from the old one, and with which weights.
fn weights(length: usize, new_length: usize) -> Vec<(usize, Vec<f32>)> {
    let scale = length as f64 / new_length as f64;
    let support = scale.max(1.0);
    let weights_at = |place: usize| {
        let centre = scale * (place as f64 + 0.5);
        let start = (centre - support + 0.5).max(0.0) as usize;
        let end = ((centre + support + 0.5) as usize).min(length);
        let weight = |place: usize| (1.0 - ((place as f64 + 0.5 - centre) / support).abs()).max(0.0);
        let sum: f64 = (start..end).map(weight).sum();
        (start, (start..end).map(|place| (weight(place) / sum) as f32).collect())
    };
    (0..new_length).map(weights_at).collect()
}

/// Each pixel from where the inverse of a transformation around the centre leads: `[x', y'] = matrix * [x, y, 1]`. Bilinear,
/// with 0 outside.
pub(super) fn warped<const C: usize, const H: usize, const W: usize>(
    image: &Image<C, H, W>,
    matrix: [[f32; 3]; 2],
) -> Image<C, H, W> {
    let mut result = Tensor::zeros(image.shape());
    let (source, target) = (image.as_slice(), result.as_mut_slice());
    let middle = |length: usize| (length as f32 - 1.0) / 2.0;
    for row in 0..H {
        for column in 0..W {
            let (x, y) = (column as f32 - middle(W), row as f32 - middle(H));
            let [x, y] = matrix.map(|[a, b, c]| a * x + b * y + c);
            let (x, y) = (x + middle(W), y + middle(H));
            // Also what is not a number has no place in the image.
            if !(x > -1.0 && x < W as f32 && y > -1.0 && y < H as f32) {
                continue;
            }
            let (left, top) = (x.floor(), y.floor());
            let (right_share, bottom_share) = (x - left, y - top);
            for (dy, y_weight) in [(0, 1.0 - bottom_share), (1, bottom_share)] {
                for (dx, x_weight) in [(0, 1.0 - right_share), (1, right_share)] {
                    let (y, x) = (top as isize + dy, left as isize + dx);
                    if !(0..H as isize).contains(&y) || !(0..W as isize).contains(&x) {
                        continue;
                    }
                    let from = y as usize * W + x as usize;
                    for channel in 0..C {
                        target[channel * H * W + row * W + column] +=
                            y_weight * x_weight * source[channel * H * W + from];
                    }
                }
            }
        }
    }
    result
}
