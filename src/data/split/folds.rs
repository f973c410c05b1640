//! Folds for cross-validation.

use std::cmp::Reverse;
use std::fmt::Display;

use macrograd_runtime::random::Philox;

use super::{SPLIT_STREAM, SplitError, check_class_sizes, indices_by_class};

/// One round of cross-validation. Indices ascend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    /// What the model of this round learns from.
    pub train: Vec<usize>,
    /// What it is judged by.
    pub test: Vec<usize>,
}

/// `k` folds of the indices below `len`, in random order: each index is tested by exactly one fold and learnt from in
/// all others. Sizes differ by one at most; the first folds are the larger ones.
///
/// # Errors
/// [`SplitError::TooFewSamples`] when `len` is less than `k`.
///
/// # Panics
/// When `k` is less than 2.
#[track_caller]
pub fn k_fold(len: usize, k: usize, seed: u64) -> Result<Vec<Fold>, SplitError> {
    check_k(len, k)?;
    let mut order: Vec<usize> = (0..len).collect();
    Philox::new(seed, SPLIT_STREAM).shuffle(&mut order);
    Ok(dealt(order, k))
}

/// As [`k_fold`], with each class spread over the folds: what they test of it differs by one at most.
///
/// Sizes are those of scikit-learn's `StratifiedKFold(shuffle=True)`.
///
/// # Errors
/// [`SplitError::TooFewSamples`] when there are less than `k` labels; [`SplitError::ClassTooSmall`] for a class with
/// less than `k` samples.
///
/// # Panics
/// When `k` is less than 2.
#[track_caller]
pub fn stratified_k_fold<L: Ord + Display>(
    labels: &[L],
    k: usize,
    seed: u64,
) -> Result<Vec<Fold>, SplitError> {
    check_k(labels.len(), k)?;
    let mut classes = indices_by_class(labels);
    check_class_sizes(&classes, k)?;
    let mut random = Philox::new(seed, SPLIT_STREAM);
    classes.iter_mut().for_each(|(_, indices)| random.shuffle(indices));
    Ok(dealt(classes.into_iter().flat_map(|(_, indices)| indices), k))
}

/// `k` folds that divide no group: what is tested of a patient, a speaker or a user was never learnt from.
///
/// The largest group goes first, each to the fold with the fewest samples so far, the first of equal ones. No chance is
/// involved; sizes differ as much as groups make them.
///
/// # Errors
/// [`SplitError::TooFewGroups`] when there are less than `k` groups.
///
/// # Panics
/// When `k` is less than 2.
#[track_caller]
pub fn group_k_fold<G: Ord>(groups: &[G], k: usize) -> Result<Vec<Fold>, SplitError> {
    assert_k(k);
    let mut members = indices_by_class(groups);
    if members.len() < k {
        return Err(SplitError::TooFewGroups { groups: members.len(), k });
    }
    members.sort_by_key(|(_, indices)| Reverse(indices.len()));
    let (mut fold_by_index, mut sizes) = (vec![0; groups.len()], vec![0; k]);
    for (_, indices) in members {
        let smallest = (0..k).min_by_key(|&fold| sizes[fold]).expect("`k` is at least 2");
        sizes[smallest] += indices.len();
        for index in indices {
            fold_by_index[index] = smallest;
        }
    }
    Ok(folds_of(&fold_by_index, k))
}

#[track_caller]
fn assert_k(k: usize) {
    assert!(k >= 2, "`k` is {k}, but cross-validation needs at least 2 folds");
}

#[track_caller]
fn check_k(len: usize, k: usize) -> Result<(), SplitError> {
    assert_k(k);
    if len < k { Err(SplitError::TooFewSamples { len, k }) } else { Ok(()) }
}

/// Deals indices to the folds in turn, as cards to players.
fn dealt(order: impl IntoIterator<Item = usize>, k: usize) -> Vec<Fold> {
    let mut dealt: Vec<(usize, usize)> =
        order.into_iter().enumerate().map(|(position, index)| (index, position % k)).collect();
    dealt.sort_unstable();
    let fold_by_index: Vec<usize> = dealt.into_iter().map(|(_, fold)| fold).collect();
    folds_of(&fold_by_index, k)
}

fn folds_of(fold_by_index: &[usize], k: usize) -> Vec<Fold> {
    (0..k)
        .map(|fold| {
            let (test, train) = (0..fold_by_index.len()).partition(|&index| fold_by_index[index] == fold);
            Fold { train, test }
        })
        .collect()
}
