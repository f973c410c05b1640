//! A few of many changes, each of the same strength.

use macrograd_runtime::random::Philox;

use super::{Image, transform};
use transform::Affine;

/// `count` changes, each one of the fourteen of the paper, of a strength from 0 to 1, in either direction where there are
/// two: none, auto-contrast, equalise, rotation by up to 30 degrees, solarise, saturation, posterise, contrast, brightness,
/// sharpness, shear by up to 0.3 and movement by up to 0.45 of the size along both axes. Usual are 2 changes of strength 0.3.
///
/// # Panics
/// When the strength is not from 0 to 1.
///
/// # Source
/// Cubuk et al., "RandAugment: Practical automated data augmentation with a reduced search space",
/// <https://arxiv.org/abs/1909.13719>; strengths as in torchvision, whose `magnitude` of 31 steps is `30 * strength`.
#[track_caller]
pub fn rand_augment<const C: usize, const H: usize, const W: usize>(
    mut image: Image<C, H, W>,
    count: usize,
    strength: f32,
    random: &mut Philox,
) -> Image<C, H, W> {
    assert!((0.0..=1.0).contains(&strength), "`strength` is {strength}, but must be from 0 to 1");
    for _ in 0..count {
        let change = random.below(14);
        let sign = if random.next_u32() & 1 == 0 { 1.0 } else { -1.0 };
        // Of factors around 1.
        let factor = 1.0 + sign * 0.9 * strength;
        let tilt = (sign * 0.3 * strength).atan().to_degrees();
        // 150 pixels of the 331 of the paper.
        let share = sign * strength * 150.0 / 331.0;
        let affine = Affine::default();
        image = match change {
            0 => image,
            1 => transform::auto_contrast(image),
            2 => transform::equalise(image),
            3 => transform::rotate(image, sign * 30.0 * strength),
            4 => transform::solarise(image, 1.0 - strength),
            5 => transform::saturation(image, factor),
            6 => transform::posterise(image, 8 - (4.0 * strength).round() as u32),
            7 => transform::contrast(image, factor),
            8 => transform::brightness(image, factor),
            9 => transform::sharpness(image, factor),
            10 => transform::affine(image, Affine { shear: (tilt, 0.0), ..affine }),
            11 => transform::affine(image, Affine { shear: (0.0, tilt), ..affine }),
            12 => transform::affine(image, Affine { translate: ((share * W as f32).trunc(), 0.0), ..affine }),
            _ => transform::affine(image, Affine { translate: (0.0, (share * H as f32).trunc()), ..affine }),
        };
    }
    image
}
