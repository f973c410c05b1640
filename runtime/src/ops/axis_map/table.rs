//! The taps of all places of an axis.

use super::AxisMap;

/// Taps of all places of the output's axis. Whole numbers are kept as the bits of `f32`s, since scratch is `f32`.
#[derive(Clone, Copy)]
pub(super) struct Table<'a> {
    /// Number of taps of all places up to and with each.
    ends: &'a [f32],
    /// See [`Table::run`].
    runs: &'a [f32],
    /// Places of the input and weights.
    taps: &'a [[f32; 2]],
}

fn to_bits(number: usize) -> f32 {
    f32::from_bits(number as u32)
}

#[inline(always)]
fn from_bits(bits: f32) -> usize {
    bits.to_bits() as usize
}

impl<'a> Table<'a> {
    /// Elements of the scratch that [`Table::new`] fills.
    pub(super) fn scratch_len(map: &AxisMap) -> usize {
        2 * map.out_len * (1 + map.rule.most_taps(map.len, map.out_len))
    }

    /// Works the table out.
    pub(super) fn new(map: &AxisMap, scratch: &'a mut [f32]) -> Table<'a> {
        assert!(
            scratch.len().max(map.len) < u32::MAX as usize,
            "an axis has fewer than 2^32 places and taps"
        );
        let (ends, scratch) = scratch.split_at_mut(map.out_len);
        let (runs, scratch) = scratch.split_at_mut(map.out_len);
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
        for o in (0..map.out_len).rev() {
            let run = Table { ends, runs: &[], taps }.copied_place(o).map_or(0, |place| {
                let next = Table { ends, runs: &[], taps };
                let follows = o + 1 < map.out_len && next.copied_place(o + 1) == Some(place + 1);
                1 + if follows { from_bits(runs[o + 1]) } else { 0 }
            });
            runs[o] = to_bits(run);
        }
        Table { ends, runs, taps }
    }

    /// The place of the input that place `o` of the output is a copy of.
    fn copied_place(self, o: usize) -> Option<usize> {
        let mut taps = self.taps(o);
        match (taps.next(), taps.next()) {
            (Some((place, 1.0)), None) => Some(place),
            _ => None,
        }
    }

    /// How many places of the output from `o` on are a copy of as many neighbouring places of the input.
    #[inline(always)]
    pub(super) fn run(self, o: usize) -> usize {
        from_bits(self.runs[o])
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
    taps: std::slice::Iter<'a, [f32; 2]>,
}

impl Taps<'_> {
    /// The first tap and the others.
    #[inline(always)]
    pub(super) fn split_first(mut self) -> Option<((usize, f32), Self)> {
        let first = self.next()?;
        Some((first, self))
    }

    /// The place of the first tap, of which there is one.
    #[inline(always)]
    pub(super) fn first_place(&self) -> usize {
        from_bits(self.taps.as_slice()[0][0])
    }
}

impl Iterator for Taps<'_> {
    type Item = (usize, f32);

    #[inline(always)]
    fn next(&mut self) -> Option<(usize, f32)> {
        self.taps.next().map(|&[place, weight]| (from_bits(place), weight))
    }
}
