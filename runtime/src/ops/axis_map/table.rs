//! The taps of all places of an axis.

use super::super::super::{Bits, Float};
use super::AxisMap;

/// Taps of all places of the output's axis. Whole numbers are kept as the bits of `f32`s, since scratch is `f32`.
#[derive(Clone, Copy)]
pub(super) struct Table<'a> {
    /// Number of taps of all places up to and with each.
    ends: &'a [Float],
    /// Places of the input and weights.
    taps: &'a [[Float; 2]],
}

fn to_bits(number: usize) -> Float {
    Float::from_bits(number as Bits)
}

#[inline(always)]
fn from_bits(bits: Float) -> usize {
    bits.to_bits() as usize
}

impl<'a> Table<'a> {
    /// Elements of the scratch that [`Table::new`] fills.
    pub(super) fn scratch_len(map: &AxisMap) -> usize {
        map.out_len * (1 + 2 * map.rule.most_taps(map.len, map.out_len))
    }

    /// Works the table out.
    pub(super) fn new(map: &AxisMap, scratch: &'a mut [Float]) -> Table<'a> {
        assert!(
            scratch.len().max(map.len) < u32::MAX as usize,
            "an axis has fewer than 2^32 places and taps"
        );
        let (ends, scratch) = scratch.split_at_mut(map.out_len);
        let taps = scratch.as_chunks_mut::<2>().0;
        let mut count = 0;
        for (o, end) in ends.iter_mut().enumerate() {
            map.rule.for_each_tap(o, map.len, map.out_len, |place, weight| {
                assert!(place < map.len, "a tap at {place} of an axis of {}, by {:?}", map.len, map.rule);
                taps[count] = [to_bits(place), weight];
                count += 1;
            });
            *end = to_bits(count);
        }
        Table { ends, taps }
    }

    /// Taps of place `o`.
    #[inline(always)]
    pub(super) fn taps(self, o: usize) -> Taps<'a> {
        let start = if o == 0 { 0 } else { from_bits(self.ends[o - 1]) };
        Taps { taps: self.taps[start..from_bits(self.ends[o])].iter() }
    }
}

/// The taps of one place: places of the input and weights.
#[derive(Clone)]
pub(super) struct Taps<'a> {
    taps: std::slice::Iter<'a, [Float; 2]>,
}

impl Taps<'_> {
    /// The first tap and the others.
    #[inline(always)]
    pub(super) fn split_first(mut self) -> Option<((usize, Float), Self)> {
        let first = self.next()?;
        Some((first, self))
    }
}

impl Iterator for Taps<'_> {
    type Item = (usize, Float);

    #[inline(always)]
    fn next(&mut self) -> Option<(usize, Float)> {
        self.taps.next().map(|&[place, weight]| (from_bits(place), weight))
    }
}
