//! Rearrangements between channels and places.

use crate::support::*;
use macrograd_compiler::graph::Size;

#[test]
pub(crate) fn gradient_of_pixel_shuffle() {
    let case = Case::new().input(shape![2, 8, 2, 3]);
    assert_eq!(case.check(|b, x| op!(b, pixel_shuffle(x[0], 2))).output.shape, [2, 2, 4, 6]);
    let case = Case::new().input(shape![9, 1, 2]);
    assert_eq!(case.check(|b, x| op!(b, pixel_shuffle(x[0], 3))).output.shape, [1, 3, 6]);
    let (n, h) = (Size::symbol("N"), Size::symbol("H"));
    let case = Case::new().size("N", 2).size("H", 3).input(shape![n, 4, h, 1]);
    assert_eq!(case.check(|b, x| op!(b, pixel_shuffle(x[0], 2))).output.shape, [2, 1, 6, 2]);
}

#[test]
pub(crate) fn gradient_of_pixel_unshuffle() {
    let case = Case::new().input(shape![2, 2, 4, 6]);
    assert_eq!(case.check(|b, x| op!(b, pixel_unshuffle(x[0], 2))).output.shape, [2, 8, 2, 3]);
    let back = case.run(|b, x| {
        let channels = op!(b, pixel_unshuffle(x[0], 2));
        let image = op!(b, pixel_shuffle(channels, 2));
        op!(b, sub(image, x[0]))
    });
    assert!(back.output.data.iter().all(|&difference| difference == 0.0));
}

#[test]
pub(crate) fn gradient_of_channel_shuffle() {
    let case = Case::new().input(shape![2, 6, 2, 3]);
    assert_eq!(case.check(|b, x| op!(b, channel_shuffle(x[0], 3))).output.shape, [2, 6, 2, 3]);
    let case = Case::new().values(shape![1, 6], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let checked = case.run(|b, x| op!(b, channel_shuffle(x[0], 2)));
    assert_eq!(checked.output.data, [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
}

#[test]
fn values() {
    let case = Case::new().values(shape![1, 4, 1, 2], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
    let checked = case.run(|b, x| op!(b, pixel_shuffle(x[0], 2)));
    assert_eq!(checked.output.data, [1.0, 3.0, 2.0, 4.0, 5.0, 7.0, 6.0, 8.0]);
}

#[test]
fn problems() {
    let text = problem([f32(shape![1, 6, 2, 3])], |b, [x]| try_op!(b, pixel_shuffle(x, 2)));
    assert_eq!(
        text,
        "an upscale factor of 2 takes 4 channels for each of the result, which do not divide 6\n\
         note: the tensor is [1, 6, 2, 3]\n\
         help: make the number of channels a multiple of 4\n\
         at 1"
    );
    let text = problem([f32(shape![1, 6, 2, 3])], |b, [x]| try_op!(b, pixel_unshuffle(x, 2)));
    assert_eq!(
        text,
        "a downscale factor of 2 does not divide an image of 2x3\n\
         note: the tensor is [1, 6, 2, 3]\n\
         help: make height and width multiples of 2\n\
         at 1"
    );
    let text = problem([f32(shape![1, 6, 2])], |b, [x]| try_op!(b, channel_shuffle(x, 4)));
    assert_eq!(
        text,
        "4 groups do not divide 6 channels\n\
         note: the tensor is [1, 6, 2]\n\
         help: make the number of channels a multiple of 4, or change `groups`\n\
         at 1"
    );
    let text = problem([f32(shape![6, 2])], |b, [x]| try_op!(b, pixel_shuffle(x, 2)));
    assert!(
        text.starts_with("`pixel_shuffle` takes at least 3 axes [channels, height, width] as `x`, found 2")
    );
    let text = problem([f32(shape![6])], |b, [x]| try_op!(b, channel_shuffle(x, 2)));
    assert!(text.starts_with("`channel_shuffle` takes at least 2 axes [N, channels, …] as `x`, found 1 [6]"));
}
