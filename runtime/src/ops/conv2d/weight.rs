//! The weight of a sweep, rearranged to the order in which the tiles read it.

use super::super::super::Float;
use super::super::super::gemm::{MAX_GEMM_PARTS, Pack};
use super::sweep::Sweep;
use crate::parallel::for_each_piece;
use std::ops::Range;

/// Elements worth a part of their own.
const PACK_PER_PART: usize = 64 * 1024;

impl Sweep<'_> {
    /// Elements of a packed strip: `[steps of all passes, packed_rows]`.
    fn packed_strip_len(&self) -> usize {
        self.num_steps() * self.kernels.packed_rows
    }

    /// Elements of the packed weight.
    pub(super) fn packed_len(&self) -> usize {
        if self.pack_weight { self.conv.groups * self.strips() * self.packed_strip_len() } else { 0 }
    }

    /// Rearranges the weight to `[groups, strips, steps, rows of the strip]`.
    pub(super) fn pack_weight(&self, packed: &mut [Float], weight: &[Float]) {
        if packed.is_empty() {
            return;
        }
        let (strip_len, strips) = (self.packed_strip_len(), self.conv.groups * self.strips());
        let parts = (packed.len() / PACK_PER_PART).clamp(1, strips.min(MAX_GEMM_PARTS));
        for_each_piece(packed, strip_len, strips, parts, &|part, piece| {
            let first = strips * part / parts;
            for (i, packed) in piece.chunks_exact_mut(strip_len).enumerate() {
                let (group, strip) = ((first + i) / self.strips(), (first + i) % self.strips());
                let group_len = self.targets * self.num_steps();
                let weight = &weight[group * group_len..][..group_len];
                if self.backward {
                    self.pack_backward(packed, weight, self.strip(strip));
                } else {
                    let steps = self.num_steps();
                    let weight = &weight[self.strip(strip).start * steps..];
                    self.transpose(packed, weight, self.strip(strip).len(), steps);
                }
            }
        });
    }

    /// From `weight[channel, target, tap]`, the taps of one pass after those of the other.
    fn pack_backward(&self, packed: &mut [Float], weight: &[Float], targets: Range<usize>) {
        let (num_taps, packed_rows) = (self.conv.num_taps(), self.kernels.packed_rows);
        let channels = weight.chunks_exact(self.targets * num_taps);
        let channels = channels.map(|weight| &weight[targets.start * num_taps..targets.end * num_taps]);
        if self.passes().count() == 1 {
            for (packed, weight) in packed.chunks_exact_mut(num_taps * packed_rows).zip(channels) {
                self.transpose(packed, weight, targets.len(), num_taps);
            }
            return;
        }
        let mut steps = packed.chunks_exact_mut(packed_rows);
        for pass in self.passes() {
            for weight in channels.clone() {
                for tap_y in self.planes.y.taps(pass[0]) {
                    for tap_x in self.planes.x.taps(pass[1]) {
                        let tap = tap_y.tap * self.conv.kernel[1] + tap_x.tap;
                        let step = steps.next().expect("there are as many steps as taps in all passes");
                        for (value, weight) in step.iter_mut().zip(weight.chunks_exact(num_taps)) {
                            *value = weight[tap];
                        }
                    }
                }
            }
        }
    }

    /// `packed[step, row] = weight[row, step]`.
    fn transpose(&self, packed: &mut [Float], weight: &[Float], rows: usize, steps: usize) {
        let packed_rows = self.kernels.packed_rows;
        assert!(rows <= packed_rows && weight.len() >= rows * steps && packed.len() >= steps * packed_rows);
        // SAFETY: by the assertion, the source has `rows` rows of `steps` elements and the target `steps` rows of
        // `packed_rows >= rows`; both are borrowed. `kernels()` returned kernels that this machine can run.
        unsafe {
            (self.kernels.pack)(&Pack {
                k: steps,
                width: rows,
                source: weight.as_ptr(),
                step: 1,
                lane: steps,
                target: packed.as_mut_ptr(),
                target_step: packed_rows,
            });
        }
    }

    /// Where the weights of a strip for the steps from `first_step` on are: the pointer, and the distances between
    /// rows and between steps. `weight` is what [`Sweep::pack_weight`] wrote, or the weight itself.
    pub(super) fn strip_of_weight(
        &self,
        weight: &[Float],
        group: usize,
        strip: usize,
        first_step: usize,
    ) -> (*const Float, usize, usize) {
        if self.pack_weight {
            let step = self.kernels.packed_rows;
            let packed =
                &weight[(group * self.strips() + strip) * self.packed_strip_len() + first_step * step..];
            (packed.as_ptr(), 1, step)
        } else {
            let steps = self.num_steps();
            let row = group * self.targets + self.strip(strip).start;
            (weight[row * steps + first_step..].as_ptr(), steps, 1)
        }
    }
}
