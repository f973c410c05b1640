//! Images changed at random, so that a model does not learn them by heart, and the same changes without chance.
//!
//! Functions here take an image and a sequence of random numbers, for [`Dataset::augment`](super::Dataset::augment), which
//! applies them in training only; those of [`transform`] do the same by given amounts. An image is a tensor of channels,
//! rows and columns with values from 0 to 1: normalise it last.
//!
//! ```
//! use macrograd::data::augment::{self, transform};
//! use macrograd::data::{Dataset, Loader};
//! use macrograd::{Const, Tensor};
//!
//! let images: Vec<(Tensor<f32, (Const<3>, Const<8>, Const<8>)>, u8)> =
//!     (0..10).map(|label| (Tensor::full((Const, Const, Const), 0.5), label)).collect();
//! let data = images
//!     .augment(|(image, label), random| {
//!         let image = augment::flip(image, random);
//!         let image = augment::crop(image, /* padding */ 1, random);
//!         (augment::jitter(image, augment::Jitter { brightness: 0.2, contrast: 0.2, ..Default::default() }, random), label)
//!     })
//!     .map(|(image, label)| (transform::normalise(image, [0.5; 3], [0.25; 3]), label));
//! for batch in Loader::new(data, 4).shuffle(/* seed */ 7).epoch(0) {
//!     let (image, label) = batch?;
//!     assert_eq!(image.shape().0, label.numel());
//! }
//! # Ok::<(), macrograd::Error>(())
//! ```
//!
//! | what changes | at random | by a given amount |
//! | --- | --- | --- |
//! | sides | [`flip`], [`flip_vertical`] | [`transform::flip`], [`transform::flip_vertical`] |
//! | part | [`crop`], [`resized_crop`] | [`transform::crop`], [`transform::centre_crop`], [`transform::resize`] |
//! | place | [`rotate`], [`affine`] | [`transform::rotate`], [`transform::affine`] |
//! | colour | [`jitter`] | [`transform::brightness`], [`transform::contrast`], [`transform::saturation`], [`transform::hue`], [`transform::sharpness`], [`transform::auto_contrast`], [`transform::equalise`], [`transform::posterise`], [`transform::solarise`], [`transform::normalise`] |
//! | holes | [`cutout`], [`erase`] | [`transform::erase`] |
//! | noise | [`noise`] | |
//! | several of these | [`rand_augment`] | |
//! | a batch, with [`Loader::map_batch`](super::Loader::map_batch) | [`mixup`], [`cutmix`], of labels by [`one_hot`] | |
//!
//! What is drawn depends on the random numbers alone, and so on the seed, the epoch and the place in it.

mod chance;
mod colour;
mod geometry;
mod mix;
mod rand_augment;
pub mod transform;

use macrograd_runtime::random::Philox;
use macrograd_runtime::{Const, Tensor};

use chance::{between, log_between, normal};
#[cfg(feature = "images")]
pub(super) use geometry::{crop_planes, resize_planes};
pub use mix::{cutmix, mixup, one_hot};
pub use rand_augment::rand_augment;

/// Channels, rows and columns.
pub type Image<const C: usize, const H: usize, const W: usize> = Tensor<f32, (Const<C>, Const<H>, Const<W>)>;

/// A batch of images.
pub type Images<const C: usize, const H: usize, const W: usize> =
    Tensor<f32, (usize, Const<C>, Const<H>, Const<W>)>;

/// Left and right exchanged, for one image of two.
pub fn flip<const C: usize, const H: usize, const W: usize>(
    image: Image<C, H, W>,
    random: &mut Philox,
) -> Image<C, H, W> {
    if random.next_f32() < 0.5 { transform::flip(image) } else { image }
}

/// Top and bottom exchanged, for one image of two.
pub fn flip_vertical<const C: usize, const H: usize, const W: usize>(
    image: Image<C, H, W>,
    random: &mut Philox,
) -> Image<C, H, W> {
    if random.next_f32() < 0.5 { transform::flip_vertical(image) } else { image }
}

/// The image moved by up to `padding` pixels in every direction, each place equally likely, with 0 where nothing is left:
/// what `RandomCrop(size, padding)` of torchvision makes of images of that size.
pub fn crop<const C: usize, const H: usize, const W: usize>(
    image: Image<C, H, W>,
    padding: usize,
    random: &mut Philox,
) -> Image<C, H, W> {
    let (top, left) = (random.below(2 * padding + 1), random.below(2 * padding + 1));
    let (down, right) = (padding as isize - top as isize, padding as isize - left as isize);
    geometry::moved(&image, down, right)
}

/// A part of the image, brought to another size: `scale` bounds its share of the area, `ratio` its width divided by its
/// height, of which the logarithm is uniform. Usual are `(0.08, 1.0)` and `(0.75, 1.3333)`.
///
/// # Panics
/// When a bound is not positive, or the first one is above the second.
///
/// # Source
/// Szegedy et al., "Going Deeper with Convolutions", <https://arxiv.org/abs/1409.4842>, section 6; as torchvision's
/// `RandomResizedCrop`, with antialiasing.
#[track_caller]
pub fn resized_crop<const C: usize, const H: usize, const W: usize, const H2: usize, const W2: usize>(
    image: Image<C, H, W>,
    scale: (f32, f32),
    ratio: (f32, f32),
    random: &mut Philox,
) -> Image<C, H2, W2> {
    let part = part_of((H, W), scale, ratio, random).unwrap_or_else(|| {
        // The largest centred part with a ratio that is allowed.
        let own = W as f32 / H as f32;
        let (height, width) = if own < ratio.0 {
            (((W as f32 / ratio.0).round() as usize).clamp(1, H), W)
        } else if own > ratio.1 {
            (H, ((H as f32 * ratio.1).round() as usize).clamp(1, W))
        } else {
            (H, W)
        };
        Part { top: (H - height) / 2, left: (W - width) / 2, height, width }
    });
    let (place, size) = ((part.top, part.left), (part.height, part.width));
    let cropped = geometry::crop_planes(image.as_slice(), C, (H, W), place, size);
    Tensor::from_vec((Const, Const, Const), geometry::resize_planes(&cropped, C, size, (H2, W2)))
}

struct Part {
    top: usize,
    left: usize,
    height: usize,
    width: usize,
}

/// A random part of an image; None when ten attempts gave parts that do not fit.
#[track_caller]
fn part_of(
    (height, width): (usize, usize),
    scale: (f32, f32),
    ratio: (f32, f32),
    random: &mut Philox,
) -> Option<Part> {
    for (name, (low, high)) in [("scale", scale), ("ratio", ratio)] {
        assert!(
            0.0 < low && low <= high && high.is_finite(),
            "`{name}` is {low} to {high}, but must rise from above 0"
        );
    }
    for _ in 0..10 {
        let area = (height * width) as f32 * between(scale.0, scale.1, random);
        let ratio = log_between(ratio.0, ratio.1, random);
        let part = ((area / ratio).sqrt().round() as usize, (area * ratio).sqrt().round() as usize);
        if (1..=height).contains(&part.0) && (1..=width).contains(&part.1) {
            let (top, left) = (random.below(height - part.0 + 1), random.below(width - part.1 + 1));
            return Some(Part { top, left, height: part.0, width: part.1 });
        }
    }
    None
}

/// Turned around the centre by up to `degrees` in both directions, with 0 where nothing is left.
pub fn rotate<const C: usize, const H: usize, const W: usize>(
    image: Image<C, H, W>,
    degrees: f32,
    random: &mut Philox,
) -> Image<C, H, W> {
    transform::rotate(image, between(-degrees, degrees, random))
}

/// How far [`affine`] goes: by up to so much in both directions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RandomAffine {
    /// Rotation, in degrees.
    pub degrees: f32,
    /// Movement, as shares of the width and the height.
    pub translate: (f32, f32),
    /// Least and greatest factor of size.
    pub scale: (f32, f32),
    /// Shear along rows and along columns, in degrees.
    pub shear: (f32, f32),
}

/// Nothing changes.
impl Default for RandomAffine {
    fn default() -> Self {
        RandomAffine { degrees: 0.0, translate: (0.0, 0.0), scale: (1.0, 1.0), shear: (0.0, 0.0) }
    }
}

/// Turned, moved, scaled and sheared around the centre, with 0 where nothing is left.
pub fn affine<const C: usize, const H: usize, const W: usize>(
    image: Image<C, H, W>,
    range: RandomAffine,
    random: &mut Philox,
) -> Image<C, H, W> {
    let mut either = |most: f32| between(-most, most, random);
    let degrees = either(range.degrees);
    // Whole pixels, as torchvision's.
    let right = either(range.translate.0 * W as f32).round();
    let down = either(range.translate.1 * H as f32).round();
    let shear = (either(range.shear.0), either(range.shear.1));
    let scale = between(range.scale.0, range.scale.1, random);
    transform::affine(image, transform::Affine { degrees, translate: (right, down), scale, shear })
}

/// How far [`jitter`] goes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Jitter {
    /// The factor is from `1 - brightness`, at least 0, to `1 + brightness`.
    pub brightness: f32,
    /// The same.
    pub contrast: f32,
    /// The same; images of one channel have none.
    pub saturation: f32,
    /// By up to this part of the circle of colours, at most 0.5, in both directions.
    pub hue: f32,
}

/// Brightness, contrast, saturation and hue, in random order.
pub fn jitter<const C: usize, const H: usize, const W: usize>(
    mut image: Image<C, H, W>,
    range: Jitter,
    random: &mut Philox,
) -> Image<C, H, W> {
    let mut order = [0, 1, 2, 3];
    random.shuffle(&mut order);
    for change in order {
        let factor = |most: f32, random: &mut Philox| between((1.0 - most).max(0.0), 1.0 + most, random);
        image = match change {
            0 if range.brightness != 0.0 => transform::brightness(image, factor(range.brightness, random)),
            1 if range.contrast != 0.0 => transform::contrast(image, factor(range.contrast, random)),
            2 if range.saturation != 0.0 => transform::saturation(image, factor(range.saturation, random)),
            3 if range.hue != 0.0 => transform::hue(image, between(-range.hue, range.hue, random)),
            _ => image,
        };
    }
    image
}

/// A square of 0 with `size` pixels to a side, whose centre is anywhere in the image, so that parts of it may be outside.
///
/// # Source
/// DeVries, Taylor, "Improved Regularization of Convolutional Neural Networks with Cutout",
/// <https://arxiv.org/abs/1708.04552>.
pub fn cutout<const C: usize, const H: usize, const W: usize>(
    image: Image<C, H, W>,
    size: usize,
    random: &mut Philox,
) -> Image<C, H, W> {
    let span = |length: usize, random: &mut Philox| {
        let start = random.below(length) as isize - (size / 2) as isize;
        let end = (start + size as isize).clamp(0, length as isize) as usize;
        (start.max(0) as usize, end)
    };
    let ((top, bottom), (left, right)) = (span(H, random), span(W, random));
    transform::erase(image, (top, left), (bottom - top, right - left), 0.0)
}

/// A rectangle of 0, in a part `chance` of the images; `scale` bounds its share of the area and `ratio` its width divided by
/// its height. Usual are 0.5, `(0.02, 0.33)` and `(0.3, 3.3)`.
///
/// # Panics
/// As for [`resized_crop`].
///
/// # Source
/// Zhong et al., "Random Erasing Data Augmentation", <https://arxiv.org/abs/1708.04896>.
#[track_caller]
pub fn erase<const C: usize, const H: usize, const W: usize>(
    image: Image<C, H, W>,
    chance: f32,
    scale: (f32, f32),
    ratio: (f32, f32),
    random: &mut Philox,
) -> Image<C, H, W> {
    if random.next_f32() >= chance {
        return image;
    }
    match part_of((H, W), scale, ratio, random) {
        Some(part) => transform::erase(image, (part.top, part.left), (part.height, part.width), 0.0),
        None => image,
    }
}

/// Each value with a number of the normal distribution of deviation `std` added. Values may leave 0 to 1.
pub fn noise<const C: usize, const H: usize, const W: usize>(
    mut image: Image<C, H, W>,
    std: f32,
    random: &mut Philox,
) -> Image<C, H, W> {
    for value in image.as_mut_slice() {
        *value += std * normal(random) as f32;
    }
    image
}
