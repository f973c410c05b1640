//! Parts of the sorted order along an axis: all of it, the first, or a single place.

use super::super::gemm::with_scratch_of;
use super::super::{Bits, Float, SortKey};
use crate::Error;
use crate::isa::{Isa, Loop, dispatch};
use crate::parallel::{MAX_PARTS, for_each_part, num_parts};
use std::sync::{Mutex, PoisonError};

/// Which part of the sorted order is wanted, and how.
#[derive(Clone, Copy, Debug)]
pub struct SortOptions {
    /// Product of the sizes before the axis.
    pub outer: usize,
    /// Size of the axis.
    pub size: usize,
    /// Product of the sizes after the axis.
    pub inner: usize,
    /// First place of the sorted order that is wanted.
    pub start: usize,
    /// Number of places wanted.
    pub count: usize,
    /// Whether the largest comes first.
    pub descending: bool,
    /// Whether what is wanted comes in the order of the input instead of sorted.
    pub by_place: bool,
    /// Whether the first NaN of a line stands for each wanted element.
    pub nan_wins: bool,
}

/// `values[o, j, i]` is element `start + j` of the sorted `input[o, .., i]`, and `indices[o, j, i]` its place there.
///
/// Equal elements stay in their order, also when descending; a NaN is larger than all numbers, and 0 equals -0.
///
/// # Shapes
/// - `values`, `indices`: `[outer, count, inner]`, contiguous; overwritten
/// - `input`: `[outer, size, inner]`, contiguous, with `size` below 2³²
///
/// # Errors
/// [`Error::AxisTooShort`] when `start + count` exceeds `size`.
///
/// # Panics
/// When a length is not the product of the sizes, or the axis is too long.
///
/// # Numerics
/// Exact. A selection in linear time for the wanted part, `O(count log count)` to sort it.
pub fn sort(
    values: &mut [Float],
    indices: &mut [u32],
    input: &[Float],
    options: &SortOptions,
) -> Result<(), Error> {
    let &SortOptions { outer, size, inner, start, count, .. } = options;
    assert_eq!(input.len(), outer * size * inner, "elements of the input of sort");
    assert_eq!(values.len(), outer * count * inner, "elements of the sorted values");
    assert_eq!(indices.len(), values.len(), "elements of the sorted indices");
    assert!(u32::try_from(size).is_ok(), "places along an axis of {size} do not fit into u32");
    if start + count > size {
        return Err(Error::AxisTooShort { needed: start + count, size });
    }
    if values.is_empty() {
        return Ok(());
    }
    // Sorting takes some times as long as passing over the elements.
    let parts = num_parts(outer, 4 * input.len());
    with_scratch_of::<SortKey, _>(parts * size, |keys| {
        run_parts(SortLines { values, indices, input, keys, options }, outer, parts);
    });
    Ok(())
}

/// Cuts the lines in parts beforehand and sorts each on any thread of the pool.
fn run_parts(lines: SortLines<'_>, outer: usize, parts: usize) {
    let pieces = [const { Mutex::new(None) }; MAX_PARTS];
    // Each lock is taken twice, one after the other, and never poisoned: no code that panics runs under it.
    let lock = |part: usize| pieces[part].lock().unwrap_or_else(PoisonError::into_inner);
    let mut rest = lines;
    for part in 0..parts - 1 {
        let (piece, after) = rest.split(outer * (part + 1) / parts - outer * part / parts);
        *lock(part) = Some(piece);
        rest = after;
    }
    *lock(parts - 1) = Some(rest);
    for_each_part(parts, &|part| {
        let piece = lock(part).take();
        if let Some(piece) = piece {
            dispatch(piece);
        }
    });
}

struct SortLines<'a> {
    values: &'a mut [Float],
    indices: &'a mut [u32],
    input: &'a [Float],
    /// Keys of one line, for each part.
    keys: &'a mut [SortKey],
    options: &'a SortOptions,
}

impl SortLines<'_> {
    /// The first `rows` outer indices with keys of their own, and the rest.
    fn split(self, rows: usize) -> (Self, Self) {
        let &SortOptions { size, inner, count, .. } = self.options;
        let (values, values_rest) = self.values.split_at_mut(rows * count * inner);
        let (indices, indices_rest) = self.indices.split_at_mut(rows * count * inner);
        let (input, input_rest) = self.input.split_at(rows * size * inner);
        let (keys, keys_rest) = self.keys.split_at_mut(size);
        let options = self.options;
        (
            SortLines { values, indices, input, keys, options },
            SortLines {
                values: values_rest,
                indices: indices_rest,
                input: input_rest,
                keys: keys_rest,
                options,
            },
        )
    }
}

/// A number that orders as elements do: negative ones by falling magnitude, 0 and -0 together, NaN last.
#[inline(always)]
fn order_of(value: Float) -> Bits {
    const SIGN: u32 = Bits::BITS - 1;
    // -0 + 0 is 0.
    let bits = (value + 0.0).to_bits();
    let order = if bits >> SIGN == 1 { !bits } else { bits | 1 << SIGN };
    if value.is_nan() { Bits::MAX } else { order }
}

/// What sorts as element `place` does: by value, then by place.
#[inline(always)]
fn key_of(value: Float, place: usize, descending: bool) -> SortKey {
    let order = order_of(value);
    SortKey::from(if descending { !order } else { order }) << 32 | place as SortKey
}

/// The place in a key.
#[inline(always)]
fn place_in(key: SortKey) -> u32 {
    key as u32
}

impl Loop for SortLines<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        let SortLines { values, indices, input, keys, options } = self;
        let &SortOptions { size, inner, count, .. } = options;
        let keys = &mut keys[..size];
        let rows = values.chunks_exact_mut(count * inner).zip(indices.chunks_exact_mut(count * inner));
        for ((values, indices), input) in rows.zip(input.chunks_exact(size * inner)) {
            for i in 0..inner {
                let line = input[i..].iter().step_by(inner);
                for (place, (key, &value)) in keys.iter_mut().zip(line).enumerate() {
                    *key = key_of(value, place, options.descending);
                }
                let wanted = select_wanted(keys, options);
                for (j, &key) in wanted.iter().enumerate() {
                    let place = place_in(key);
                    indices[j * inner + i] = place;
                    values[j * inner + i] = input[place as usize * inner + i];
                }
            }
        }
    }
}

/// The wanted keys of a line, in the wanted order.
fn select_wanted<'k>(keys: &'k mut [SortKey], options: &SortOptions) -> &'k [SortKey] {
    let &SortOptions { size, start, count, descending, .. } = options;
    if options.nan_wins {
        let nan = SortKey::from(if descending { 0 } else { Bits::MAX });
        if let Some(first) = keys.iter().position(|&key| key >> 32 == nan) {
            let key = keys[first];
            keys[..count].fill(key);
            return &keys[..count];
        }
    }
    let end = start + count;
    if end < size {
        keys.select_nth_unstable(end);
    }
    if 0 < start {
        keys[..end].select_nth_unstable(start);
    }
    let wanted = &mut keys[start..end];
    // Keys differ in their places, so that an unstable sort has one result.
    if options.by_place {
        wanted.sort_unstable_by_key(|&key| place_in(key));
    } else {
        wanted.sort_unstable();
    }
    wanted
}

/// The plain form of [`sort`].
pub fn sort_ref(values: &mut [Float], indices: &mut [u32], input: &[Float], options: &SortOptions) {
    let &SortOptions { outer, size, inner, start, count, descending, by_place, nan_wins } = options;
    for (o, i) in (0..outer).flat_map(|o| (0..inner).map(move |i| (o, i))) {
        let at = |place: usize| input[(o * size + place) * inner + i];
        let mut places: Vec<usize> = (0..size).collect();
        places.sort_by(|&a, &b| {
            let (x, y) = (at(a), at(b));
            let order = x.partial_cmp(&y).unwrap_or_else(|| x.is_nan().cmp(&y.is_nan()));
            if descending { order.reverse() } else { order }
        });
        let mut wanted = places[start..start + count].to_vec();
        if by_place {
            wanted.sort_unstable();
        }
        if let Some(nan) = (0..size).find(|&place| nan_wins && at(place).is_nan()) {
            wanted.fill(nan);
        }
        for (j, place) in wanted.into_iter().enumerate() {
            values[(o * count + j) * inner + i] = at(place);
            indices[(o * count + j) * inner + i] = place as u32;
        }
    }
}
