//! Parts of given sizes.

use std::fmt::Display;

use macrograd_runtime::random::Philox;

use super::{SPLIT_STREAM, SplitError, check_class_sizes, indices_by_class};

/// How far from 1 the sum of fractions may be: what decimal fractions of a few digits add up to.
const SUM_TOLERANCE: f64 = 1e-6;

/// Divides the indices below `len` at random. Each is in exactly one part; inside a part they ascend.
///
/// A part has `fraction * len` samples, rounded so that the sizes add up: what rounding down leaves goes to the parts
/// that it takes most from, the first of equal ones (largest remainder). With fewer samples than parts some are empty.
///
/// ```
/// use macrograd::data::split::random_split;
///
/// let parts = random_split(10, &[0.7, 0.15, 0.15], /* seed */ 1);
/// assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), [7, 2, 1]);
/// ```
///
/// # Panics
/// When a fraction is not positive and finite, or their sum is not 1 within 1e-6.
#[track_caller]
pub fn random_split(len: usize, fractions: &[f64], seed: u64) -> Vec<Vec<usize>> {
    let fractions = checked(fractions);
    let mut order: Vec<usize> = (0..len).collect();
    Philox::new(seed, SPLIT_STREAM).shuffle(&mut order);
    let mut rest = order.into_iter();
    let mut parts: Vec<Vec<usize>> =
        sizes_of(len, &fractions).into_iter().map(|size| rest.by_ref().take(size).collect()).collect();
    parts.iter_mut().for_each(|part| part.sort_unstable());
    parts
}

/// As [`random_split`], with each class divided by the fractions as well. Every part has a sample of every class.
///
/// The sizes of parts are those of [`random_split`], unless there are so many classes that one sample of each is more
/// than that; classes whose shares are rounded the least pay for it.
///
/// # Errors
/// [`SplitError::ClassTooSmall`] for a class with fewer samples than there are parts.
///
/// # Panics
/// As for [`random_split`].
#[track_caller]
pub fn stratified_split<L: Ord + Display>(
    labels: &[L],
    fractions: &[f64],
    seed: u64,
) -> Result<Vec<Vec<usize>>, SplitError> {
    let fractions = checked(fractions);
    let mut classes = indices_by_class(labels);
    check_class_sizes(&classes, fractions.len())?;
    let counts: Vec<usize> = classes.iter().map(|(_, indices)| indices.len()).collect();

    let mut random = Philox::new(seed, SPLIT_STREAM);
    let mut parts = vec![Vec::new(); fractions.len()];
    for ((_, indices), sizes) in classes.iter_mut().zip(sizes_by_class(&counts, &fractions)) {
        random.shuffle(indices);
        let mut rest = indices.iter().copied();
        for (part, size) in parts.iter_mut().zip(sizes) {
            part.extend(rest.by_ref().take(size));
        }
    }
    parts.iter_mut().for_each(|part| part.sort_unstable());
    Ok(parts)
}

/// The fractions with a sum of exactly 1, as far as `f64` can.
#[track_caller]
fn checked(fractions: &[f64]) -> Vec<f64> {
    for (position, &fraction) in fractions.iter().enumerate() {
        assert!(
            fraction > 0.0 && fraction.is_finite(),
            "the fraction at position {position} is {fraction}, but fractions are positive and finite"
        );
    }
    let sum: f64 = fractions.iter().sum();
    assert!(
        (sum - 1.0).abs() <= SUM_TOLERANCE,
        "the fractions {fractions:?} add up to {sum}, but must add up to 1"
    );
    fractions.iter().map(|fraction| fraction / sum).collect()
}

/// `len` divided by the fractions, by the largest remainder.
fn sizes_of(len: usize, fractions: &[f64]) -> Vec<usize> {
    let mut rest = len;
    let mut remainders = Vec::new();
    let mut sizes: Vec<usize> = Vec::new();
    for (part, fraction) in fractions.iter().enumerate() {
        let share = fraction * len as f64;
        let size = (share as usize).min(rest);
        rest -= size;
        sizes.push(size);
        remainders.push((share - size as f64, part));
    }
    remainders.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    for &(_, part) in remainders.iter().cycle().take(rest) {
        sizes[part] += 1;
    }
    sizes
}

/// How many samples of each class each part gets: `[class][part]`, at least one each.
fn sizes_by_class(counts: &[usize], fractions: &[f64]) -> Vec<Vec<usize>> {
    let mut sizes: Vec<Vec<usize>> = counts.iter().map(|&count| sizes_of(count, fractions)).collect();
    for sizes in &mut sizes {
        while let Some(empty) = sizes.iter().position(|&size| size == 0) {
            let largest = (0..sizes.len()).max_by_key(|&part| sizes[part]).expect("there is an empty one");
            sizes[largest] -= 1;
            sizes[empty] += 1;
        }
    }
    // Each class is divided well; together, the parts may be too large or too small by what rounding took.
    let wanted = sizes_of(counts.iter().sum(), fractions);
    let mut found: Vec<usize> =
        (0..fractions.len()).map(|part| sizes.iter().map(|sizes| sizes[part]).sum()).collect();
    while let Some((class, from, to)) = best_move(&sizes, counts, fractions, &found, &wanted) {
        sizes[class][from] -= 1;
        sizes[class][to] += 1;
        found[from] -= 1;
        found[to] += 1;
    }
    sizes
}

/// The class whose shares suffer least from moving a sample out of a part that is too large into one that is too small.
fn best_move(
    sizes: &[Vec<usize>],
    counts: &[usize],
    fractions: &[f64],
    found: &[usize],
    wanted: &[usize],
) -> Option<(usize, usize, usize)> {
    let parts = 0..fractions.len();
    let mut best: Option<(f64, usize, usize, usize)> = None;
    for from in parts.clone().filter(|&part| found[part] > wanted[part]) {
        for to in parts.clone().filter(|&part| found[part] < wanted[part]) {
            for (class, sizes) in sizes.iter().enumerate().filter(|(_, sizes)| sizes[from] > 1) {
                let surplus = |part: usize| sizes[part] as f64 - fractions[part] * counts[class] as f64;
                // Half of what the move adds to the sum of squared distances from the exact shares.
                let cost = 1.0 - surplus(from) + surplus(to);
                if best.is_none_or(|(least, ..)| cost < least) {
                    best = Some((cost, class, from, to));
                }
            }
        }
    }
    best.map(|(_, class, from, to)| (class, from, to))
}
