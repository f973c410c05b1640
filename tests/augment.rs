//! Changes of images: given ones against torchvision, random ones by what they may and how often they do it.

use std::collections::BTreeMap;

use macrograd::data::augment::{self, Image, Jitter, RandomAffine, transform};
use macrograd::data::{Dataset, Loader, Philox};
use macrograd::{Const, Tensor};
use safetensors::SafeTensors;

const H: usize = 9;
const W: usize = 11;

fn tensor<const C: usize, const H: usize, const W: usize>(values: Vec<f32>) -> Image<C, H, W> {
    Tensor::from_vec((Const, Const, Const), values)
}

/// What torchvision has recorded.
fn golden() -> BTreeMap<String, Vec<f32>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/augment.safetensors");
    let bytes = std::fs::read(path).expect("checked in");
    let tensors = SafeTensors::deserialize(&bytes).expect("a good file");
    let reals = |bytes: &[u8]| {
        bytes.chunks_exact(4).map(|x| f32::from_le_bytes(x.try_into().expect("four"))).collect()
    };
    tensors.tensors().into_iter().map(|(name, tensor)| (name, reals(tensor.data()))).collect()
}

#[test]
fn given_changes_are_those_of_torchvision() {
    let golden = golden();
    let image = || tensor::<3, H, W>(golden["image"].clone());
    let check = |name: &str, found: Vec<f32>| {
        let expected = &golden[name];
        assert_eq!(found.len(), expected.len(), "{name}");
        for (place, (x, y)) in found.iter().zip(expected).enumerate() {
            assert!((x - y).abs() < 2e-5, "{name} at {place}: {x}, but torchvision has {y}");
        }
    };
    let affine = transform::Affine { degrees: 25.0, translate: (2.0, -1.0), scale: 1.3, shear: (10.0, -5.0) };
    let shear = transform::Affine { shear: (16.0, 0.0), ..Default::default() };
    check("flip", transform::flip(image()).into_vec());
    check("flip_vertical", transform::flip_vertical(image()).into_vec());
    check("resize_5_4", transform::resize::<3, H, W, 5, 4>(image()).into_vec());
    check("resize_20_13", transform::resize::<3, H, W, 20, 13>(image()).into_vec());
    check("resize_3_16", transform::resize::<3, H, W, 3, 16>(image()).into_vec());
    check("image", transform::resize::<3, H, W, H, W>(image()).into_vec());
    check("centre_crop_4_6", transform::centre_crop::<3, H, W, 4, 6>(image()).into_vec());
    check("rotate_30", transform::rotate(image(), 30.0).into_vec());
    check("rotate_-110", transform::rotate(image(), -110.0).into_vec());
    check("image", transform::rotate(image(), 0.0).into_vec());
    check("affine", transform::affine(image(), affine).into_vec());
    check("shear", transform::affine(image(), shear).into_vec());
    check("brightness_0.5", transform::brightness(image(), 0.5).into_vec());
    check("brightness_1.7", transform::brightness(image(), 1.7).into_vec());
    check("contrast_0.5", transform::contrast(image(), 0.5).into_vec());
    check("contrast_1.7", transform::contrast(image(), 1.7).into_vec());
    let grey = tensor::<1, H, W>(golden["grey"].clone());
    check("contrast_grey", transform::contrast(grey, 1.7).into_vec());
    check("saturation_0.2", transform::saturation(image(), 0.2).into_vec());
    check("saturation_1.7", transform::saturation(image(), 1.7).into_vec());
    check("hue_0.3", transform::hue(image(), 0.3).into_vec());
    check("hue_-0.4", transform::hue(image(), -0.4).into_vec());
    check("image", transform::hue(image(), 1.0).into_vec());
    check("sharpness_0", transform::sharpness(image(), 0.0).into_vec());
    check("sharpness_1.9", transform::sharpness(image(), 1.9).into_vec());
    let dull = tensor::<3, H, W>(golden["image"].iter().map(|x| x * 0.5 + 0.1).collect());
    check("auto_contrast", transform::auto_contrast(dull).into_vec());
    let large = tensor::<1, 40, 40>(golden["large"].clone());
    check("equalise", transform::equalise(large).into_vec());
    check("posterise_4", transform::posterise(image(), 4).into_vec());
    check("posterise_1", transform::posterise(image(), 1).into_vec());
    check("image", transform::posterise(image(), 8).into_vec());
    check("solarise_0.6", transform::solarise(image(), 0.6).into_vec());
    check("normalise", transform::normalise(image(), [0.5, 0.4, 0.3], [0.2, 0.3, 0.4]).into_vec());
    check("erase", transform::erase(image(), (2, 3), (4, 5), 0.0).into_vec());
}

/// An image whose values tell where they were.
fn numbered<const C: usize, const H: usize, const W: usize>() -> Image<C, H, W> {
    tensor((0..C * H * W).map(|i| (i + 1) as f32 / (C * H * W) as f32).collect())
}

/// Every random change by name, for images of any size.
#[expect(clippy::type_complexity, reason = "a list of functions")]
fn changes<const C: usize, const H: usize, const W: usize>()
-> Vec<(&'static str, Box<dyn Fn(Image<C, H, W>, &mut Philox) -> Image<C, H, W>>)> {
    let range = RandomAffine { degrees: 20.0, translate: (0.2, 0.1), scale: (0.8, 1.2), shear: (10.0, 10.0) };
    let jitter = Jitter { brightness: 0.5, contrast: 0.5, saturation: 0.5, hue: 0.5 };
    vec![
        ("flip", Box::new(augment::flip)),
        ("flip_vertical", Box::new(augment::flip_vertical)),
        ("crop", Box::new(|image, random| augment::crop(image, 2, random))),
        (
            "resized_crop",
            Box::new(|image, random| augment::resized_crop(image, (0.1, 1.0), (0.75, 1.33), random)),
        ),
        ("rotate", Box::new(|image, random| augment::rotate(image, 45.0, random))),
        ("affine", Box::new(move |image, random| augment::affine(image, range, random))),
        ("jitter", Box::new(move |image, random| augment::jitter(image, jitter, random))),
        ("cutout", Box::new(|image, random| augment::cutout(image, 3, random))),
        ("erase", Box::new(|image, random| augment::erase(image, 1.0, (0.1, 0.4), (0.3, 3.3), random))),
        ("rand_augment", Box::new(|image, random| augment::rand_augment(image, 3, 0.7, random))),
        ("noise", Box::new(|image, random| augment::noise(image, 0.1, random))),
    ]
}

/// Same numbers, same image; values stay where they should; no size is too small.
fn check_all<const C: usize, const H: usize, const W: usize>() {
    for (name, change) in changes::<C, H, W>() {
        let mut distinct = BTreeMap::new();
        for seed in 0..40 {
            let once = change(numbered(), &mut Philox::new(seed, 0));
            let again = change(numbered(), &mut Philox::new(seed, 0));
            assert_eq!(once, again, "{name}");
            let within = if name == "noise" { -1.0..=2.0 } else { -1e-6..=1.0 + 1e-6 };
            assert!(once.as_slice().iter().all(|x| within.contains(x)), "{name} of {C}x{H}x{W}: {once:?}");
            let bits: Vec<u32> = once.as_slice().iter().map(|x| x.to_bits()).collect();
            distinct.insert(bits, ());
        }
        if H * W > 20 {
            assert!(distinct.len() > 1, "{name} changes something");
        }
    }
}

#[test]
fn random_changes_follow_from_their_numbers() {
    check_all::<3, 9, 11>();
    check_all::<1, 8, 8>();
    check_all::<3, 1, 1>();
    check_all::<1, 2, 7>();
    check_all::<4, 3, 1>();
}

#[test]
fn one_image_of_two_is_flipped() {
    let mut random = Philox::new(1, 2);
    let count = |change: fn(Image<1, 2, 3>, &mut Philox) -> Image<1, 2, 3>, random: &mut Philox| {
        (0..2000).filter(|_| change(numbered(), random) != numbered()).count()
    };
    // Binomial with deviation 22: five deviations.
    for change in [augment::flip, augment::flip_vertical] {
        let flipped = count(change, &mut random);
        assert!((890..1110).contains(&flipped), "{flipped}");
    }
    assert_eq!(transform::flip(numbered::<1, 1, 4>()).as_slice(), [1.0, 0.75, 0.5, 0.25]);
    assert_eq!(transform::flip_vertical(numbered::<1, 4, 1>()).as_slice(), [1.0, 0.75, 0.5, 0.25]);
}

#[test]
fn crops_reach_every_place_equally_often() {
    const PADDING: usize = 1;
    let mut random = Philox::new(3, 0);
    let mut counts: BTreeMap<Vec<u32>, usize> = BTreeMap::new();
    for _ in 0..9000 {
        let moved = augment::crop(numbered::<1, 3, 4>(), PADDING, &mut random);
        *counts.entry(moved.as_slice().iter().map(|x| x.to_bits()).collect()).or_default() += 1;
    }
    assert_eq!(counts.len(), 9, "three places in each direction");
    // Binomial with mean 1000 and deviation 30.
    assert!(counts.values().all(|count| (850..1150).contains(count)), "{counts:?}");
    let image = numbered::<1, 3, 4>();
    assert!(counts.contains_key(&image.as_slice().iter().map(|x| x.to_bits()).collect::<Vec<_>>()));
    // Moved to the right and down by one.
    let twelfths = [0, 0, 0, 0, 0, 1, 2, 3, 0, 5, 6, 7].map(|i| i as f32 / 12.0);
    assert!(counts.contains_key(twelfths.map(f32::to_bits).as_slice()));
    assert_eq!(augment::crop(numbered::<1, 3, 4>(), 0, &mut random), image);
    // All may be gone.
    let _ = augment::crop(numbered::<1, 3, 4>(), 50, &mut random);
}

#[test]
fn parts_have_the_area_that_is_asked_for() {
    let mut random = Philox::new(4, 0);
    let (mut areas, mut rows) = (Vec::new(), [0_usize; 20]);
    for _ in 0..2000 {
        let erased = augment::erase(
            Tensor::full((Const::<1>, Const::<20>, Const::<30>), 1.0),
            0.5,
            (0.1, 0.3),
            (0.5, 2.0),
            &mut random,
        );
        let holes: Vec<usize> = (0..600).filter(|&i| erased.as_slice()[i] == 0.0).collect();
        areas.push(holes.len());
        holes.iter().for_each(|i| rows[i / 30] += 1);
    }
    let untouched = areas.iter().filter(|&&area| area == 0).count();
    assert!((890..1110).contains(&untouched), "one of two: {untouched}");
    // Sides are rounded to whole pixels.
    assert!(areas.iter().all(|&area| area == 0 || (48..=200).contains(&area)));
    let mean = areas.iter().sum::<usize>() as f64 / (2000 - untouched) as f64;
    assert!((mean - 120.0).abs() < 5.0, "{mean}");
    assert!(rows.iter().all(|&row| row > 0));
    let hole =
        augment::cutout(Tensor::full((Const::<2>, Const::<9>, Const::<9>), 1.0), 5, &mut Philox::new(0, 0));
    let (first, second) = hole.as_slice().split_at(81);
    assert_eq!(first, second, "in all channels alike");
    assert!((9..=25).contains(&first.iter().filter(|&&x| x == 0.0).count()));
}

#[test]
fn noise_is_normal() {
    let image = Tensor::full((Const::<1>, Const::<100>, Const::<100>), 0.5);
    let noisy = augment::noise(image, 0.2, &mut Philox::new(9, 0)).into_vec();
    let mean = noisy.iter().sum::<f32>() / 1e4;
    let variance = noisy.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / 1e4;
    assert!((mean - 0.5).abs() < 0.01 && (variance.sqrt() - 0.2).abs() < 0.007, "{mean} {variance}");
    let within = noisy.iter().filter(|&&x| (x - 0.5).abs() < 0.2).count();
    assert!((6650..7000).contains(&within), "68 percent within a deviation: {within}");
}

#[test]
fn targets_are_mixed_as_images_are() {
    // Values are 0 in one half of the batch and 1 in the other, as the targets are.
    let images = || Tensor::from_fn((6, Const::<1>, Const::<4>, Const::<5>), |at| (at[0] / 3) as f32);
    let targets = || Tensor::from_fn((6, Const::<2>), |at| f32::from(u8::from(at[0] / 3 == at[1])));
    let (mut shares, mut cut) = (Vec::new(), 0);
    for seed in 0..300 {
        let (mixed, chances) = augment::mixup(images(), targets(), 0.4, &mut Philox::new(seed, 0));
        for sample in 0..6 {
            let share = chances.row(sample)[1];
            assert!(mixed.row(sample).iter().all(|x| (x - share).abs() < 1e-6));
            assert!((chances.row(sample).iter().sum::<f32>() - 1.0).abs() < 1e-6);
            shares.push(share);
        }
        let (mixed, chances) = augment::cutmix(images(), targets(), 1.0, &mut Philox::new(seed, 1));
        for sample in 0..6 {
            let share = mixed.row(sample).iter().sum::<f32>() / 20.0;
            assert!((share - chances.row(sample)[1]).abs() < 1e-6, "the share of the area");
            cut += usize::from(share > 0.0 && share < 1.0);
        }
    }
    assert!(cut > 100);
    let mean = shares.iter().sum::<f32>() / shares.len() as f32;
    assert!((mean - 0.5).abs() < 0.05);
    let one = Tensor::from_vec((1, Const::<2>), vec![3.0, 4.0]);
    let (alone, _) = augment::mixup(one.clone(), one.clone(), 1.0, &mut Philox::new(0, 0));
    assert!(alone.as_slice().iter().zip([3.0, 4.0]).all(|(x, y)| (x - y).abs() < 1e-6), "with itself");
}

/// Moments of the shares that `mixup` draws: mean 1/2 and variance 1 / (4 (2 alpha + 1)).
#[test]
fn shares_have_the_beta_distribution() {
    for alpha in [0.4_f32, 1.0, 3.0] {
        let samples = || Tensor::from_vec((2, Const::<1>), vec![0.0, 1.0]);
        let mut random = Philox::new(5, 0);
        let mut shares = Vec::new();
        while shares.len() < 20_000 {
            let (mixed, _) = augment::mixup(samples(), samples(), alpha, &mut random);
            // Both may have been mixed with themselves. A share of 1, which cannot be told from it, is rare.
            if mixed.as_slice() != [0.0, 1.0] {
                shares.push(f64::from(mixed.as_slice()[1]));
            }
        }
        let mean = shares.iter().sum::<f64>() / 2e4;
        let variance = shares.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 2e4;
        let expected = 0.25 / (2.0 * f64::from(alpha) + 1.0);
        assert!((mean - 0.5).abs() < 0.02, "{alpha}: {mean}");
        assert!((variance / expected - 1.0).abs() < 0.05, "{alpha}: {variance}, not {expected}");
    }
}

#[test]
fn loaders_augment_the_same_way_on_any_number_of_threads() {
    let images: Vec<(Image<3, 8, 8>, u8)> = (0..12).map(|label| (numbered(), label)).collect();
    let data = images
        .augment(|(image, label), random| {
            (augment::rand_augment(augment::flip(image, random), 2, 0.5, random), label)
        })
        .map(|(image, label)| (image, augment::one_hot::<12>(label)));
    let loader =
        Loader::new(data, 5).shuffle(3).map_batch(|(x, y), random| augment::cutmix(x, y, 1.0, random));
    let epoch = |workers| -> Vec<Vec<f32>> {
        loader.clone().workers(workers).epoch(2).map(|batch| batch.expect("in memory").0.into_vec()).collect()
    };
    let first = epoch(0);
    assert_eq!((first.len(), epoch(1) == first, epoch(5) == first), (3, true, true));
}

#[test]
fn labels_become_chances() {
    assert_eq!(augment::one_hot::<3>(1_u8), [0.0, 1.0, 0.0]);
    assert_eq!(augment::one_hot::<2>(0_u32), [1.0, 0.0]);
}

#[test]
#[should_panic(expected = "not one of the 3 classes")]
fn a_label_out_of_range_is_refused() {
    let _ = augment::one_hot::<3>(-1_i64);
}

#[test]
#[should_panic(expected = "`strength` is 1.5")]
fn a_strength_out_of_range_is_refused() {
    let _ = augment::rand_augment(numbered::<1, 2, 2>(), 1, 1.5, &mut Philox::new(0, 0));
}

#[test]
#[should_panic(expected = "a part of 4x4 pixels at (0, 0) is not inside an image of 3x3")]
fn a_part_is_inside_the_image() {
    let _ = transform::centre_crop::<1, 3, 3, 4, 4>(numbered());
}
