//! Changes of images by given amounts.
//!
//! Values are from 0 to 1, and stay there unless it is said otherwise.
//!
//! # Numerics
//! As torchvision's functions of the same purpose on tensors of `f32`, to a few units of the last place. Functions that
//! need 256 levels, [`posterise`] and [`equalise`], round values to them.

use macrograd_runtime::{Const, Tensor};

use super::{Image, colour, geometry};

/// Left and right exchanged.
pub fn flip<const C: usize, const H: usize, const W: usize>(mut image: Image<C, H, W>) -> Image<C, H, W> {
    if W > 0 {
        image.as_mut_slice().chunks_exact_mut(W).for_each(<[f32]>::reverse);
    }
    image
}

/// Top and bottom exchanged.
pub fn flip_vertical<const C: usize, const H: usize, const W: usize>(
    mut image: Image<C, H, W>,
) -> Image<C, H, W> {
    for channel in 0..C {
        for row in 0..H / 2 {
            for column in 0..W {
                let place = |row: usize| (channel * H + row) * W + column;
                image.as_mut_slice().swap(place(row), place(H - 1 - row));
            }
        }
    }
    image
}

/// The part of another size whose corner is at a row and a column.
///
/// # Panics
/// When it is not inside the image.
#[track_caller]
pub fn crop<const C: usize, const H: usize, const W: usize, const H2: usize, const W2: usize>(
    image: Image<C, H, W>,
    (top, left): (usize, usize),
) -> Image<C, H2, W2> {
    assert!(
        top.saturating_add(H2) <= H && left.saturating_add(W2) <= W,
        "a part of {H2}x{W2} pixels at ({top}, {left}) is not inside an image of {H}x{W}"
    );
    let part = geometry::crop_planes(image.as_slice(), C, (H, W), (top, left), (H2, W2));
    Tensor::from_vec((Const, Const, Const), part)
}

/// The part of another size in the middle.
///
/// # Panics
/// When it is larger than the image.
#[track_caller]
pub fn centre_crop<const C: usize, const H: usize, const W: usize, const H2: usize, const W2: usize>(
    image: Image<C, H, W>,
) -> Image<C, H2, W2> {
    crop(image, (H.saturating_sub(H2) / 2, W.saturating_sub(W2) / 2))
}

/// Another size, bilinear, with antialiasing where it is smaller: `antialias=True` of torchvision.
///
/// ```
/// use macrograd::data::augment::transform;
/// use macrograd::{Const, Tensor};
///
/// let image = Tensor::from_vec((Const::<1>, Const::<2>, Const::<2>), vec![0.0_f32, 1.0, 0.0, 1.0]);
/// let narrow: Tensor<f32, (Const<1>, Const<2>, Const<1>)> = transform::resize(image);
/// assert_eq!(narrow.as_slice(), [0.5, 0.5]);
/// ```
pub fn resize<const C: usize, const H: usize, const W: usize, const H2: usize, const W2: usize>(
    image: Image<C, H, W>,
) -> Image<C, H2, W2> {
    let planes = geometry::resize_planes(image.as_slice(), C, (H, W), (H2, W2));
    Tensor::from_vec((Const, Const, Const), planes)
}

/// A turn, a movement, a scaling and a shear around the centre.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Affine {
    /// Rotation clockwise, in degrees.
    pub degrees: f32,
    /// Movement to the right and down, in pixels.
    pub translate: (f32, f32),
    /// Factor of size.
    pub scale: f32,
    /// Shear along rows and along columns, in degrees.
    pub shear: (f32, f32),
}

/// Nothing changes.
impl Default for Affine {
    fn default() -> Self {
        Affine { degrees: 0.0, translate: (0.0, 0.0), scale: 1.0, shear: (0.0, 0.0) }
    }
}

/// Turned, moved, scaled and sheared; bilinear, with 0 where nothing is left.
///
/// # Panics
/// When the factor of size is not positive.
#[track_caller]
pub fn affine<const C: usize, const H: usize, const W: usize>(
    image: Image<C, H, W>,
    by: Affine,
) -> Image<C, H, W> {
    assert!(by.scale > 0.0, "`scale` is {}, but must be positive", by.scale);
    let turn = by.degrees.to_radians();
    let (shear_x, shear_y) = (by.shear.0.to_radians(), by.shear.1.to_radians());
    // The forward matrix is a rotation by `turn`, after shears along y and x; this is its inverse.
    let a = (turn - shear_y).cos() / shear_y.cos();
    let b = -(turn - shear_y).cos() * shear_x.tan() / shear_y.cos() - turn.sin();
    let c = (turn - shear_y).sin() / shear_y.cos();
    let d = -(turn - shear_y).sin() * shear_x.tan() / shear_y.cos() + turn.cos();
    let rows = [[d, -b], [-c, a]].map(|row| row.map(|x| x / by.scale));
    let (right, down) = by.translate;
    geometry::warped(&image, rows.map(|[x, y]| [x, y, -x * right - y * down]))
}

/// Turned around the centre, counter-clockwise; bilinear, with 0 where nothing is left.
pub fn rotate<const C: usize, const H: usize, const W: usize>(
    image: Image<C, H, W>,
    degrees: f32,
) -> Image<C, H, W> {
    affine(image, Affine { degrees: -degrees, ..Affine::default() })
}

/// `factor * x`: 1 changes nothing, 0 is black.
pub fn brightness<const C: usize, const H: usize, const W: usize>(
    image: Image<C, H, W>,
    factor: f32,
) -> Image<C, H, W> {
    colour::blended(image, factor, |_| 0.0)
}

/// `factor * x + (1 - factor) * mean` with the mean of the grey image: 1 changes nothing, 0 is grey everywhere.
pub fn contrast<const C: usize, const H: usize, const W: usize>(
    image: Image<C, H, W>,
    factor: f32,
) -> Image<C, H, W> {
    let mean = colour::mean_of_grey(&image);
    colour::blended(image, factor, |_| mean)
}

/// `factor * x + (1 - factor) * grey`: 1 changes nothing, 0 is a grey image. Images that have not three channels stay as
/// they are.
pub fn saturation<const C: usize, const H: usize, const W: usize>(
    image: Image<C, H, W>,
    factor: f32,
) -> Image<C, H, W> {
    if C != 3 {
        return image;
    }
    let grey = colour::grey(&image);
    colour::blended(image, factor, |place| grey[place % (H * W)])
}

/// Colours moved along their circle, of which 1 is the whole. Images that have not three channels stay as they are.
pub fn hue<const C: usize, const H: usize, const W: usize>(image: Image<C, H, W>, by: f32) -> Image<C, H, W> {
    if C != 3 { image } else { colour::hue(image, by) }
}

/// `factor * x + (1 - factor) * smooth`: 1 changes nothing, 0 is smooth, 2 is sharp. Pixels at the border stay.
pub fn sharpness<const C: usize, const H: usize, const W: usize>(
    image: Image<C, H, W>,
    factor: f32,
) -> Image<C, H, W> {
    let smooth = colour::smooth(&image);
    colour::blended(image, factor, |place| smooth[place])
}

/// Each channel scaled so that its least value is 0 and its greatest 1; one that is the same everywhere stays.
pub fn auto_contrast<const C: usize, const H: usize, const W: usize>(
    mut image: Image<C, H, W>,
) -> Image<C, H, W> {
    for channel in colour::channels(&mut image) {
        let least = channel.iter().copied().fold(f32::INFINITY, f32::min);
        let scale = 1.0 / (channel.iter().copied().fold(f32::NEG_INFINITY, f32::max) - least);
        if scale.is_finite() {
            channel.iter_mut().for_each(|x| *x = ((*x - least) * scale).clamp(0.0, 1.0));
        }
    }
    image
}

/// Each channel changed so that all of its 256 levels are about equally frequent.
pub fn equalise<const C: usize, const H: usize, const W: usize>(mut image: Image<C, H, W>) -> Image<C, H, W> {
    for channel in colour::channels(&mut image) {
        colour::equalise(channel);
    }
    image
}

/// Only the upper bits of the 8 of each value.
///
/// # Panics
/// When there are more than 8.
#[track_caller]
pub fn posterise<const C: usize, const H: usize, const W: usize>(
    mut image: Image<C, H, W>,
    bits: u32,
) -> Image<C, H, W> {
    assert!(bits <= 8, "`bits` is {bits}, but a value has 8");
    let mask = !(u8::MAX.checked_shr(bits).unwrap_or(0));
    image.as_mut_slice().iter_mut().for_each(|x| *x = f32::from(colour::level(*x) & mask) / 255.0);
    image
}

/// Values from `threshold` on are inverted.
pub fn solarise<const C: usize, const H: usize, const W: usize>(
    mut image: Image<C, H, W>,
    threshold: f32,
) -> Image<C, H, W> {
    image.as_mut_slice().iter_mut().filter(|x| **x >= threshold).for_each(|x| *x = 1.0 - *x);
    image
}

/// `(x - mean) / std`, by channel: values leave 0 to 1.
///
/// # Panics
/// When a deviation is not positive.
#[track_caller]
pub fn normalise<const C: usize, const H: usize, const W: usize>(
    mut image: Image<C, H, W>,
    mean: [f32; C],
    std: [f32; C],
) -> Image<C, H, W> {
    for ((channel, mean), std) in colour::channels(&mut image).zip(mean).zip(std) {
        assert!(std > 0.0, "a deviation is {std}, but must be positive");
        channel.iter_mut().for_each(|x| *x = (*x - mean) / std);
    }
    image
}

/// A rectangle of one value, from its corner on.
///
/// # Panics
/// When it is not inside the image.
#[track_caller]
pub fn erase<const C: usize, const H: usize, const W: usize>(
    mut image: Image<C, H, W>,
    (top, left): (usize, usize),
    (height, width): (usize, usize),
    value: f32,
) -> Image<C, H, W> {
    assert!(
        top.saturating_add(height) <= H && left.saturating_add(width) <= W,
        "a rectangle of {height}x{width} pixels at ({top}, {left}) is not inside an image of {H}x{W}"
    );
    for channel in 0..C {
        for row in top..top + height {
            let start = (channel * H + row) * W + left;
            image.as_mut_slice()[start..start + width].fill(value);
        }
    }
    image
}
