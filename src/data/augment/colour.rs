//! What pixels become, wherever they are.

use super::Image;

/// `factor * x + (1 - factor) * other`, from 0 to 1; `other` is asked by place.
pub(super) fn blended<const C: usize, const H: usize, const W: usize>(
    mut image: Image<C, H, W>,
    factor: f32,
    other: impl Fn(usize) -> f32,
) -> Image<C, H, W> {
    for (place, x) in image.as_mut_slice().iter_mut().enumerate() {
        *x = (factor * *x + (1.0 - factor) * other(place)).clamp(0.0, 1.0);
    }
    image
}

/// The channels, one after the other.
pub(super) fn channels<const C: usize, const H: usize, const W: usize>(
    image: &mut Image<C, H, W>,
) -> impl Iterator<Item = &mut [f32]> {
    image.as_mut_slice().chunks_exact_mut((H * W).max(1))
}

/// How bright each pixel looks (ITU-R BT.601); the first channel of images that have not three.
pub(super) fn grey<const C: usize, const H: usize, const W: usize>(image: &Image<C, H, W>) -> Vec<f32> {
    let (values, pixels) = (image.as_slice(), H * W);
    if C != 3 {
        return values[..pixels.min(values.len())].to_vec();
    }
    let grey = |i: usize| 0.2989 * values[i] + 0.587 * values[pixels + i] + 0.114 * values[2 * pixels + i];
    (0..pixels).map(grey).collect()
}

pub(super) fn mean_of_grey<const C: usize, const H: usize, const W: usize>(image: &Image<C, H, W>) -> f32 {
    let grey = grey(image);
    (grey.iter().map(|&x| f64::from(x)).sum::<f64>() / grey.len() as f64) as f32
}

/// The colours of three channels moved along their circle, through hue, saturation and value.
pub(super) fn hue<const C: usize, const H: usize, const W: usize>(
    mut image: Image<C, H, W>,
    by: f32,
) -> Image<C, H, W> {
    let pixels = H * W;
    let values = image.as_mut_slice();
    for i in 0..pixels {
        let rgb = [0, 1, 2].map(|channel| values[channel * pixels + i]);
        let greatest = rgb.into_iter().fold(f32::NEG_INFINITY, f32::max);
        let range = greatest - rgb.into_iter().fold(f32::INFINITY, f32::min);
        // Grey has no hue.
        if range == 0.0 {
            continue;
        }
        let [r, g, b] = rgb.map(|x| (greatest - x) / range);
        let hue = if rgb[0] == greatest {
            b - g
        } else if rgb[1] == greatest {
            2.0 + r - b
        } else {
            4.0 + g - r
        };
        let saturation = range / greatest;
        let hue = (hue / 6.0 + by).rem_euclid(1.0) * 6.0;
        let (sector, fraction) = (hue.floor(), hue.fract());
        let v = greatest;
        let p = (v * (1.0 - saturation)).clamp(0.0, 1.0);
        let q = (v * (1.0 - saturation * fraction)).clamp(0.0, 1.0);
        let t = (v * (1.0 - saturation * (1.0 - fraction))).clamp(0.0, 1.0);
        // Rounding may make 6 of a hue just below.
        let rgb = match sector as u32 % 6 {
            0 => [v, t, p],
            1 => [q, v, p],
            2 => [p, v, t],
            3 => [p, q, v],
            4 => [t, p, v],
            _ => [v, p, q],
        };
        for (channel, value) in rgb.into_iter().enumerate() {
            values[channel * pixels + i] = value;
        }
    }
    image
}

/// Means of 3x3 pixels, of which the middle one counts five times; pixels at the border as they are.
pub(super) fn smooth<const C: usize, const H: usize, const W: usize>(image: &Image<C, H, W>) -> Vec<f32> {
    let values = image.as_slice();
    let mut result = values.to_vec();
    for channel in 0..C {
        for row in 1..H.saturating_sub(1) {
            for column in 1..W.saturating_sub(1) {
                let at = |row: usize, column: usize| values[(channel * H + row) * W + column];
                let sum: f32 = (row - 1..=row + 1)
                    .flat_map(|row| (column - 1..=column + 1).map(move |column| (row, column)))
                    .map(|(row, column)| at(row, column))
                    .sum();
                result[(channel * H + row) * W + column] = (sum + 4.0 * at(row, column)) / 13.0;
            }
        }
    }
    result
}

/// The nearest of 256 levels.
pub(super) fn level(x: f32) -> u8 {
    // Saturates, and takes NaN to 0.
    (x * 255.0).round() as u8
}

/// As PIL does it.
pub(super) fn equalise(channel: &mut [f32]) {
    let mut counts = [0_usize; 256];
    channel.iter().for_each(|&x| counts[usize::from(level(x))] += 1);
    let last = counts.iter().rev().find(|&&count| count > 0).copied().unwrap_or(0);
    let step = (channel.len() - last) / 255;
    if step == 0 {
        return;
    }
    let mut below = step / 2;
    let new_level = counts.map(|count| {
        let level = below / step;
        below += count;
        level.min(255) as f32 / 255.0
    });
    channel.iter_mut().for_each(|x| *x = new_level[usize::from(level(*x))]);
}
