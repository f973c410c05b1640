//! What a loop computes: its expressions operation by operation, every result rounded to `f32`.

use crate::random::Random;
use macrograd_compiler::graph::Size;
use macrograd_compiler::graph::scalar::{Binary, Scalar};
use macrograd_compiler::ops::reduce::ReduceKind;
use macrograd_compiler::plan::FusedLoop;
use macrograd_compiler::reference::{Array, Sizes, indices};
use std::rc::Rc;

/// What is no ordinary number, or lies where a function changes its form.
const LIMITS: [f32; 14] = [
    f32::NAN,
    f32::INFINITY,
    f32::NEG_INFINITY,
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    2.5,
    -1.5,
    100.0,
    -100.0,
    1e-4,
];

/// Relative size of the rounding of an operation: a few units of the last place, as CUDA documents of its functions.
const ROUNDING: f64 = 4.0 * 6e-8;

/// A loop's sizes and operands.
pub(crate) struct Given {
    pub(crate) sizes: Sizes,
    /// Sizes of the space.
    space: Vec<usize>,
    loads: Vec<Array>,
}

/// What is found of a loop's results.
pub(crate) struct Verdict {
    pub(crate) elements: usize,
    /// Elements that differ from what is expected no more than rounding moves them.
    pub(crate) by_rounding: usize,
    pub(crate) problem: Option<String>,
}

impl Given {
    /// Operands for a loop whose sizes are known, at random; some are no ordinary numbers if it `has_limits`.
    pub(crate) fn new(fused: &FusedLoop, mut sizes: Sizes, has_limits: bool, random: &mut Random) -> Given {
        let mut symbols: Vec<Rc<str>> = Vec::new();
        fused.statements.iter().for_each(|statement| find_symbols(statement, &mut symbols));
        for symbol in symbols {
            sizes.values.entry(symbol).or_insert(2 + random.below(9) as i64);
        }
        let space = sizes.shape(&fused.space);
        let mut value = || match has_limits && random.chance(0.4) {
            true => f64::from(*random.pick(&LIMITS)),
            // Half of them from few numbers, so that some are equal.
            false if random.chance(0.5) => f64::from((3.0 * random.uniform() - 1.5) as f32),
            false => f64::from(random.below(9) as f32 * 0.25 - 1.0),
        };
        let loads = fused.loads.iter().map(|load| {
            let shape = extent(&load.present, &space);
            let data = (0..shape.iter().product()).map(|_| value()).collect();
            Array { shape, data }
        });
        let loads = loads.collect();
        Given { sizes, space, loads }
    }

    /// The elements of a load.
    pub(crate) fn load(&self, index: usize) -> Vec<f32> {
        self.loads[index].data.iter().map(|&value| value as f32).collect()
    }

    /// Number of elements of a store.
    pub(crate) fn store_len(&self, fused: &FusedLoop, store: usize) -> usize {
        extent(&fused.stores[store].present, &self.space).iter().product()
    }

    /// Compares results of the stores with what is expected.
    pub(crate) fn judge(&self, fused: &FusedLoop, found: &[Vec<f32>]) -> Verdict {
        /// Runs with random rounding.
        const NUM_RUNS: u64 = 16;
        let expected = self.evaluate(fused, None);
        let mut runs: Vec<Vec<Vec<f64>>> = Vec::new();
        let mut verdict = Verdict { elements: 0, by_rounding: 0, problem: None };
        for (store, (expected, found)) in expected.iter().zip(found).enumerate() {
            let largest = expected.iter().filter(|x| x.is_finite()).fold(1.0, |max: f64, x| max.max(x.abs()));
            for (element, (&a, &b)) in expected.iter().zip(found).enumerate() {
                verdict.elements += 1;
                let b = f64::from(b);
                let tolerance =
                    if fused.stores[store].reduce.is_some() { largest } else { a.abs().max(1e-3) };
                if a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= 1e-6 * tolerance {
                    continue;
                }
                verdict.by_rounding += 1;
                if runs.is_empty() {
                    let run = |seed| self.evaluate(fused, Some(Random::new(seed)));
                    runs = (0..NUM_RUNS).map(run).collect();
                }
                let moved: Vec<f64> = runs.iter().map(|run| run[store][element]).collect();
                if !is_within(a, b, &moved) && verdict.problem.is_none() {
                    let operands: Vec<f64> =
                        self.loads.iter().filter_map(|load| load.data.get(element)).copied().collect();
                    verdict.problem = Some(format!(
                        "element {element} of store {store} is {b}, expected {a}; rounding makes {moved:?} of it, \
                         operands {operands:?}"
                    ));
                }
            }
        }
        verdict
    }

    /// The results of the stores, with random rounding if there is a stream for it.
    fn evaluate(&self, fused: &FusedLoop, mut noise: Option<Random>) -> Vec<Vec<f64>> {
        let mut stores: Vec<Array> = fused
            .stores
            .iter()
            .map(|store| {
                let shape = extent(&store.present, &self.space);
                let start = store.reduce.map_or(f64::NAN, ReduceKind::identity);
                let data = vec![start; shape.iter().product()];
                Array { shape, data }
            })
            .collect();
        let is_noisy = noise.is_some();
        let mut rounded = |value: f64| {
            let Some(random) = &mut noise else { return f64::from(value as f32) };
            // `1 / (1 + e^-x)` is 0 where the result is no normal number, here as in the runtime.
            let is_flushed = value.abs() < f64::from(f32::MIN_POSITIVE) && random.chance(0.5);
            let factor = 1.0 + ROUNDING * (2.0 * random.uniform() - 1.0);
            if is_flushed { 0.0 } else { f64::from((value * factor) as f32) }
        };
        for index in indices(&self.space) {
            let mut operands: Vec<f64> = self.loads.iter().map(|load| load.broadcast_at(&index)).collect();
            for statement in &fused.statements {
                let value = evaluate(statement, &operands, &self.sizes, &mut rounded);
                operands.push(value);
            }
            for (store, array) in fused.stores.iter().zip(&mut stores) {
                let at = array.broadcast_offset(&index);
                let value = operands[store.source];
                array.data[at] = match store.reduce {
                    None => value,
                    Some(kind @ (ReduceKind::Sum | ReduceKind::Prod)) if is_noisy => {
                        rounded(kind.combine(array.data[at], value))
                    }
                    Some(kind) => kind.combine(array.data[at], value),
                };
            }
        }
        // What is expected of totals is rounded where they are stored only.
        let stored = |array: Array| array.data.into_iter().map(|value| f64::from(value as f32)).collect();
        stores.into_iter().map(stored).collect()
    }
}

/// Whether rounding explains a result, given what it makes of the expected one.
fn is_within(expected: f64, found: f64, moved: &[f64]) -> bool {
    /// Rounding errors of a real run may add up less luckily than random ones.
    const MARGIN: f64 = 16.0;
    // Overflow, and the edge of a domain, as in `asin(1)`.
    if !found.is_finite() {
        return moved.iter().any(|&x| x == found || x.is_nan() && found.is_nan());
    }
    if !expected.is_finite() {
        return moved.iter().any(|x| x.is_finite());
    }
    let spread =
        moved.iter().filter(|x| x.is_finite()).fold(0.0, |spread: f64, x| spread.max((x - expected).abs()));
    (expected - found).abs() <= MARGIN * spread
}

/// Sizes of an operand along the axes of the space.
fn extent(present: &[bool], space: &[usize]) -> Vec<usize> {
    present.iter().zip(space).map(|(&present, &size)| if present { size } else { 1 }).collect()
}

/// The run-time dimensions that are used as numbers.
fn find_symbols(scalar: &Scalar, symbols: &mut Vec<Rc<str>>) {
    match scalar {
        Scalar::Arg(_) | Scalar::Const(_) => {}
        Scalar::Size(size) => size.symbols(symbols),
        Scalar::Unary(_, x) => find_symbols(x, symbols),
        Scalar::Binary(_, x, y) => [x, y].into_iter().for_each(|x| find_symbols(x, symbols)),
        Scalar::Select(c, x, y) => [c, x, y].into_iter().for_each(|x| find_symbols(x, symbols)),
    }
}

/// The value of an expression whose operations are rounded.
fn evaluate(scalar: &Scalar, operands: &[f64], sizes: &Sizes, rounded: &mut impl FnMut(f64) -> f64) -> f64 {
    let number = |size: &Size| f64::from(sizes.value(size) as f32);
    match scalar {
        Scalar::Arg(index) => operands[*index],
        Scalar::Const(value) => f64::from(value.value() as f32),
        Scalar::Size(size) => number(size),
        Scalar::Unary(function, x) => {
            let x = evaluate(x, operands, sizes, rounded);
            rounded(function.evaluate(x))
        }
        Scalar::Binary(function, x, y) => {
            let (x, y) = (evaluate(x, operands, sizes, rounded), evaluate(y, operands, sizes, rounded));
            let value = function.evaluate(x, y);
            if is_exact(*function) { value } else { rounded(value) }
        }
        Scalar::Select(condition, x, y) => {
            let is_first = evaluate(condition, operands, sizes, rounded) != 0.0;
            evaluate(if is_first { x } else { y }, operands, sizes, rounded)
        }
    }
}

/// Whether the result is an operand, or a truth value.
fn is_exact(function: Binary) -> bool {
    function.is_comparison() || matches!(function, Binary::Maximum | Binary::Minimum)
}
