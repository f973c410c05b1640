//! What one kernel can do of a loop.

use crate::emit::collapsed::Collapsed;

/// Stores of a loop that one kernel makes.
pub(super) struct Pass {
    /// For each merged axis: whether the reduced stores of the pass extend along it. All, if it has none.
    pub(super) kept: Vec<bool>,
    /// Which stores.
    pub(super) stores: Vec<usize>,
}

/// Divides a loop by the axes along which its stores are reduced: a block sees all that it has to combine for one set of
/// axes only.
///
/// What is stored for every element is stored in the last pass: the ones before still find the loads whose memory it
/// takes over.
pub(super) fn passes(collapsed: &Collapsed<'_>) -> Vec<Pass> {
    let inner = collapsed.inner();
    let (mut passes, mut full): (Vec<Pass>, Vec<usize>) = (Vec::new(), Vec::new());
    for store in 0..collapsed.fused.stores.len() {
        let kept = &collapsed.present[collapsed.num_loads() + store];
        if kept.iter().all(|&is_kept| is_kept) {
            full.push(store);
        } else if let Some(pass) = passes.iter_mut().find(|pass| pass.kept == *kept) {
            pass.stores.push(store);
        } else {
            passes.push(Pass { kept: kept.clone(), stores: vec![store] });
        }
    }
    // Neighbouring threads of a pass that is reduced along the innermost axis store neighbouring elements.
    passes.sort_by_key(|pass| !pass.kept[inner]);
    match passes.last_mut() {
        Some(last) => last.stores.extend(full),
        None => passes.push(Pass { kept: vec![true; inner + 1], stores: full }),
    }
    passes
}
