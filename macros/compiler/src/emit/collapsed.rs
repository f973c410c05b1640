//! What printing a loop starts from, in whatever language: its axes, merged, and what sets it apart from other loops.

use crate::graph::Size;
use crate::graph::scalar::Scalar;
use crate::graph::types::product;
use crate::plan::FusedLoop;

/// A loop whose neighbouring axes, along which all operands behave alike, are merged.
pub(super) struct Collapsed<'a> {
    /// As it was planned.
    pub(super) fused: &'a FusedLoop,
    /// Sizes of the merged axes.
    pub(super) sizes: Vec<Size>,
    /// For each load, then each store: along which merged axes it extends.
    pub(super) present: Vec<Vec<bool>>,
    /// Run-time sizes used as numbers.
    pub(super) scalars: Vec<Size>,
}

impl<'a> Collapsed<'a> {
    /// Merges the axes of a loop.
    pub(super) fn new(fused: &'a FusedLoop) -> Collapsed<'a> {
        let operands: Vec<&Vec<bool>> = fused
            .loads
            .iter()
            .map(|load| &load.present)
            .chain(fused.stores.iter().map(|store| &store.present))
            .collect();
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for axis in (0..fused.space.len()).filter(|&axis| !fused.space[axis].is_one()) {
            match groups.last_mut() {
                Some(group) if operands.iter().all(|present| present[group[0]] == present[axis]) => {
                    group.push(axis)
                }
                _ => groups.push(vec![axis]),
            }
        }
        let sizes: Vec<Size> = if groups.is_empty() {
            vec![Size::one()]
        } else {
            groups
                .iter()
                .map(|group| {
                    product(&group.iter().map(|&axis| fused.space[axis].clone()).collect::<Vec<_>>())
                })
                .collect()
        };
        let present = operands
            .iter()
            .map(|present| {
                if groups.is_empty() {
                    vec![true]
                } else {
                    groups.iter().map(|group| present[group[0]]).collect()
                }
            })
            .collect();
        let mut scalars = Vec::new();
        for statement in &fused.statements {
            collect_sizes(statement, &mut scalars);
        }
        Collapsed { fused, sizes, present, scalars }
    }

    /// All that the function of the loop depends on. Loops with equal keys have the same function: its text would say
    /// the same, but takes longer to make. Sizes stand for their places among the scalars.
    pub(super) fn key(&self) -> String {
        let scalar = |size: &Size| {
            let index = self.scalars.iter().position(|known| known == size).expect("sizes were collected");
            Scalar::Size(Size::literal(index as i64))
        };
        let statements: Vec<Scalar> =
            self.fused.statements.iter().map(|statement| replace_sizes(statement, &scalar)).collect();
        let stores: Vec<_> =
            self.fused.stores.iter().map(|store| (store.source, store.reduce, store.in_place)).collect();
        format!("{} {} {:?} {statements:?} {stores:?}", self.sizes.len(), self.scalars.len(), self.present)
    }

    /// Number of loads: operands from this one on are stores.
    pub(super) fn num_loads(&self) -> usize {
        self.fused.loads.len()
    }

    /// The innermost merged axis.
    pub(super) fn inner(&self) -> usize {
        self.sizes.len() - 1
    }

    /// Whether a store takes over the memory of a load.
    pub(super) fn is_taken_over(&self, load: usize) -> bool {
        self.fused.stores.iter().any(|store| store.in_place == Some(load))
    }
}

/// Adds the run-time sizes in an expression that are not known yet.
pub(super) fn collect_sizes(scalar: &Scalar, sizes: &mut Vec<Size>) {
    match scalar {
        Scalar::Size(size) if !sizes.contains(size) => sizes.push(size.clone()),
        Scalar::Arg(_) | Scalar::Const(_) | Scalar::Size(_) => {}
        Scalar::Unary(_, x) => collect_sizes(x, sizes),
        Scalar::Binary(_, x, y) => {
            collect_sizes(x, sizes);
            collect_sizes(y, sizes);
        }
        Scalar::Select(c, x, y) => {
            collect_sizes(c, sizes);
            collect_sizes(x, sizes);
            collect_sizes(y, sizes);
        }
    }
}

/// An expression with other sizes.
fn replace_sizes(scalar: &Scalar, replace: &dyn Fn(&Size) -> Scalar) -> Scalar {
    let inner = |scalar: &Scalar| Box::new(replace_sizes(scalar, replace));
    match scalar {
        Scalar::Size(size) => replace(size),
        Scalar::Arg(_) | Scalar::Const(_) => scalar.clone(),
        Scalar::Unary(operation, x) => Scalar::Unary(*operation, inner(x)),
        Scalar::Binary(operation, x, y) => Scalar::Binary(*operation, inner(x), inner(y)),
        Scalar::Select(c, x, y) => Scalar::Select(inner(c), inner(x), inner(y)),
    }
}
