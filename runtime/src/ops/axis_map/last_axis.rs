//! Maps of an axis whose places are neighbours in memory.
//!
//! A few lines at a time are transposed, so that the taps of a place are rows like those of any other axis, and the result
//! is transposed back: each tap is then worked out once for all lines and applied to vectors.

use super::super::super::Float;
use super::super::super::gemm::with_scratch;
use super::table::Table;
use super::{AxisMap, Rule, map_row, map_row_grad};
use crate::isa::{Isa, Loop, dispatch};
use crate::ops::strided_copy::{TILE, transpose_block};
use crate::parallel::{cut, for_each_of, num_parts};

/// A map of the last axis, or its transpose: `to` is `[lines, to_len]`, `from` is `[lines, from_len]`.
pub(super) struct LastAxis<'a, const TRANSPOSED: bool> {
    to: &'a mut [Float],
    from: &'a [Float],
    /// Of each part, both sides of a block of lines.
    scratch: &'a mut [Float],
    map: &'a AxisMap,
    table: Table<'a>,
    fill: Float,
}

impl<'a, const TRANSPOSED: bool> LastAxis<'a, TRANSPOSED> {
    /// Maps all lines of `from`, of which there is at least one.
    pub(super) fn run(to: &mut [Float], from: &[Float], map: &AxisMap, fill: Float) {
        let parts = num_parts(map.outer, to.len().max(from.len()));
        let table_len = Table::scratch_len(map);
        with_scratch(table_len + parts * block_len(map), |scratch| {
            let (table, scratch) = scratch.split_at_mut(table_len);
            let table = Table::new(map, table);
            let rows = to.len() / line_lens::<TRANSPOSED>(map)[0];
            let mut rest = Some(LastAxis::<TRANSPOSED> { to, from, scratch, map, table, fill });
            let next = |part: usize| {
                let whole = rest.take().expect("each part leaves the rest for the next one");
                let (piece, after) = whole.split(cut(rows, part + 1, parts) - cut(rows, part, parts));
                rest = Some(after);
                piece
            };
            for_each_of(parts, next, &|piece| dispatch(piece));
        });
    }

    /// The first `rows` lines, with scratch for one part, and the rest.
    fn split(self, rows: usize) -> (Self, Self) {
        let LastAxis { to, from, scratch, map, table, fill } = self;
        let [to_len, from_len] = line_lens::<TRANSPOSED>(map);
        let (to, to_rest) = to.split_at_mut(rows * to_len);
        let (from, from_rest) = from.split_at(rows * from_len);
        let (scratch, scratch_rest) = scratch.split_at_mut(block_len(map));
        (
            LastAxis { to, from, scratch, map, table, fill },
            LastAxis { to: to_rest, from: from_rest, scratch: scratch_rest, map, table, fill },
        )
    }
}

/// Elements of both sides of a block of lines.
fn block_len(map: &AxisMap) -> usize {
    TILE * (map.len + map.out_len)
}

/// Sizes of a line of `to` and of `from`.
fn line_lens<const TRANSPOSED: bool>(map: &AxisMap) -> [usize; 2] {
    if TRANSPOSED { [map.len, map.out_len] } else { [map.out_len, map.len] }
}

impl<const TRANSPOSED: bool> Loop for LastAxis<'_, TRANSPOSED> {
    type Output = ();
    #[inline(always)]
    fn run<S: Isa>(self) {
        let LastAxis { to, from, scratch, map, table, fill } = self;
        if let Rule::Pad { before, .. } = map.rule {
            return pad_lines::<TRANSPOSED>(to, from, map, before, table, fill);
        }
        let [to_len, from_len] = line_lens::<TRANSPOSED>(map);
        for (block, to) in to.chunks_mut(TILE * to_len).enumerate() {
            let lines = to.len() / to_len;
            let from = &from[block * TILE * from_len..][..lines * from_len];
            let (columns, sums) = scratch.split_at_mut(TILE * from_len);
            let (columns, sums) = (&mut columns[..lines * from_len], &mut sums[..lines * to_len]);
            transpose_block(columns, from, [from_len, lines], lines, from_len);
            if TRANSPOSED {
                sums.fill(0.0);
                for (o, grad) in columns.chunks_exact(lines).enumerate() {
                    map_row_grad::<S>(sums, grad, table.taps(o));
                }
            } else {
                for (o, sum) in sums.chunks_exact_mut(lines).enumerate() {
                    map_row::<S>(sum, columns, table.taps(o), fill);
                }
            }
            transpose_block(to, sums, [lines, to_len], to_len, lines);
        }
    }
}

/// Pads lines, which are copies but for their edges.
#[inline(always)]
fn pad_lines<const TRANSPOSED: bool>(
    to: &mut [Float],
    from: &[Float],
    map: &AxisMap,
    before: isize,
    table: Table<'_>,
    fill: Float,
) {
    let [to_len, from_len] = line_lens::<TRANSPOSED>(map);
    // The places of the output that are not in the padding, and where they are in the input.
    let end = before.saturating_add_unsigned(map.len).clamp(0, map.out_len as isize) as usize;
    let start = before.max(0) as usize;
    let start = start.min(end);
    let shifted = if start < end { (start as isize - before) as usize } else { 0 };
    let edges = || (0..start).chain(end..map.out_len).map(|o| (o, table.taps(o).next()));
    for (line, to) in to.chunks_exact_mut(to_len).enumerate() {
        let from = &from[line * from_len..][..from_len];
        if TRANSPOSED {
            to.fill(0.0);
            to[shifted..shifted + end - start].copy_from_slice(&from[start..end]);
            for (o, tap) in edges() {
                if let Some((place, _)) = tap {
                    to[place] += from[o];
                }
            }
        } else {
            to[start..end].copy_from_slice(&from[shifted..shifted + end - start]);
            for (o, tap) in edges() {
                to[o] = tap.map_or(fill, |(place, _)| from[place]);
            }
        }
    }
}
