//! The gradient of a convolution with respect to its weight.
//!
//! The gradient of the output is copied to the pitch of the input's planes, with zeros between the rows. Then
//! `grad_weight[o, (channel, tap)]` is, for each image, one dot product of contiguous elements: of the gradient's
//! channel `o` with the planes from the tap's offset on. Small images are taken several at a time, so that the sums
//! stay in registers longer.

use super::super::super::Float;
use super::super::super::gemm::{
    DotRows, FLOPS_PER_PART, Kernels, aligned_len, dot_rows, for_each_part_with_scratch, kernels,
    with_scratch,
};
use super::super::super::lanes::sum_parts;
use super::Conv2d;
use super::planes::{Planes, as_table};
use crate::parallel::MAX_PARTS;
use std::ops::Range;

/// Elements of a row per block: a strip of the gradient's rows and of shifted planes stay in the first-level cache.
const BLOCK_K: usize = 512;
/// Bounds the partial sums of all parts of the batch (16 MiB); larger weights are cut by output channel.
const MAX_PARTIALS_LEN: usize = 4 << 20;
/// Least output channels per part: below, filling the planes for each part would dominate.
const MIN_CHANNELS_PER_PART: usize = 16;

/// What depends on the shape and the instruction set alone.
struct GradWeight<'a> {
    conv: &'a Conv2d,
    kernels: &'static Kernels,
    planes: Planes,
    /// Parts of the batch, each with partial sums of its own.
    image_parts: usize,
    /// Parts of the output channels of each group.
    channel_parts: usize,
}

/// What the parts read.
struct Inputs<'a> {
    grad_output: &'a [Float],
    input: &'a [Float],
    /// Where each tap of each channel finds its first pixel.
    table: &'a [u32],
}

/// Where the parts write their sums: `[image_parts, weight]`.
struct Partials(*mut Float);

// SAFETY: the parts write disjoint elements of the partial sums, which outlive them.
unsafe impl Sync for Partials {}

/// Overwrites `grad_weight`; all lengths have been checked.
pub(super) fn run(grad_weight: &mut [Float], grad_output: &[Float], input: &[Float], conv: &Conv2d) {
    if grad_weight.is_empty() || grad_output.is_empty() || input.is_empty() {
        return grad_weight.fill(0.0);
    }
    let op = GradWeight::new(conv, grad_weight.len());
    let table_len = aligned_len(op.num_steps());
    let partials_len = if op.image_parts > 1 { op.image_parts * grad_weight.len() } else { 0 };
    with_scratch(table_len + partials_len, |scratch| {
        let (table, partials) = scratch.split_at_mut(table_len);
        let table = as_table(table);
        op.planes.fill_table(table, conv.in_channels_per_group(), [0, 0]);
        let sums = if op.image_parts > 1 { &mut *partials } else { &mut *grad_weight };
        sums.fill(0.0);
        let sums = Partials(sums.as_mut_ptr());
        let inputs = Inputs { grad_output, input, table };
        for_each_part_with_scratch(op.image_parts * op.channel_parts, op.scratch_len(), &|part, scratch| {
            // SAFETY: `sums` holds partial sums for each of `image_parts`, and the parts differ in their images or
            // in their channels.
            unsafe { op.compute_part(part, &inputs, &sums, scratch) }
        });
        if op.image_parts > 1 {
            sum_parts(grad_weight, partials, op.image_parts);
        }
    });
}

impl<'a> GradWeight<'a> {
    fn new(conv: &'a Conv2d, weight_len: usize) -> Self {
        let parts = (conv.flops() / FLOPS_PER_PART).clamp(1, MAX_PARTS);
        let image_parts = parts.min(conv.batch).min(MAX_PARTIALS_LEN / weight_len).max(1);
        let channel_parts =
            (parts / image_parts).min(conv.out_channels_per_group() / MIN_CHANNELS_PER_PART).max(1);
        GradWeight {
            conv,
            kernels: kernels(),
            planes: Planes::new(conv.forward_axes()),
            image_parts,
            channel_parts,
        }
    }

    /// Weights of one output channel.
    fn num_steps(&self) -> usize {
        self.conv.in_channels_per_group() * self.conv.num_taps()
    }

    fn planes_len(&self) -> usize {
        if self.planes.are_plain() {
            0
        } else {
            self.conv.in_channels_per_group() * self.planes.channel_len()
        }
    }

    /// Elements of a dot product: the gradient's rows at the pitch of the planes, but for the end of the last row.
    fn pixels(&self) -> usize {
        (self.planes.y.target_len - 1) * self.planes.pitch + self.planes.x.target_len
    }

    fn is_spread(&self) -> bool {
        self.planes.pitch != self.planes.x.target_len
    }

    /// Images that are taken at a time.
    fn images_at_a_time(&self) -> usize {
        BLOCK_K.div_ceil(self.pixels()).min(self.conv.batch.div_ceil(self.image_parts))
    }

    /// Elements of the spread gradient of one output channel.
    fn spread_row_len(&self) -> usize {
        aligned_len(self.pixels())
    }

    fn channels_of_part(&self, part: usize) -> Range<usize> {
        let channels = self.conv.out_channels_per_group();
        channels * part / self.channel_parts..channels * (part + 1) / self.channel_parts
    }

    /// Elements of the spread gradient of the channels of a part.
    fn spread_len(&self) -> usize {
        let channels = self.conv.out_channels_per_group().div_ceil(self.channel_parts);
        if self.is_spread() { channels * self.spread_row_len() } else { 0 }
    }

    fn scratch_len(&self) -> usize {
        self.images_at_a_time() * (self.planes_len() + self.spread_len())
    }

    /// Adds the products of some images and output channels.
    ///
    /// # Safety
    /// `sums` holds the partial sums of all parts; nobody else accesses those of this part's images and channels.
    unsafe fn compute_part(&self, part: usize, inputs: &Inputs, sums: &Partials, scratch: &mut [Float]) {
        let (conv, at_a_time) = (self.conv, self.images_at_a_time());
        let (image_part, channel_part) = (part / self.channel_parts, part % self.channel_parts);
        let channels = self.channels_of_part(channel_part);
        let images =
            conv.batch * image_part / self.image_parts..conv.batch * (image_part + 1) / self.image_parts;
        for first in images.clone().step_by(at_a_time) {
            let images = first..images.end.min(first + at_a_time);
            for group in 0..conv.groups {
                let row = (image_part * conv.groups + group) * conv.out_channels_per_group() + channels.start;
                // SAFETY: rows of the weight's gradient from `row` on belong to this part; the caller vouches for them.
                unsafe {
                    let c = sums.0.add(row * self.num_steps());
                    self.add_images(inputs, images.clone(), group, channels.clone(), scratch, c);
                }
            }
        }
    }

    /// Lays out some images, and the gradients of some channels of a group, and adds their products to `c`.
    ///
    /// # Safety
    /// `c` is valid for reads and writes of as many rows as there are channels; nobody else accesses it meanwhile.
    unsafe fn add_images(
        &self,
        inputs: &Inputs,
        images: Range<usize>,
        group: usize,
        channels: Range<usize>,
        scratch: &mut [Float],
        c: *mut Float,
    ) {
        let conv = self.conv;
        let (in_len, out_len) = conv.image_lens();
        let (planes_len, spread_len) = (self.planes_len(), self.spread_len());
        let (planes, spread) = scratch.split_at_mut(self.images_at_a_time() * planes_len);
        let source = &inputs.input[group * in_len / conv.groups..];
        let grad_row = out_len / conv.out_channels;
        let grad = &inputs.grad_output[(group * conv.out_channels_per_group() + channels.start) * grad_row..];
        for (i, image) in images.clone().enumerate() {
            if !self.planes.are_plain() {
                let source = &source[image * in_len..][..in_len / conv.groups];
                self.planes.fill(&mut planes[i * planes_len..][..planes_len], source);
            }
            if self.is_spread() {
                let grad = &grad[image * out_len..][..channels.len() * grad_row];
                self.spread(&mut spread[i * spread_len..][..spread_len], grad);
            }
        }
        let segments = images.len();
        let (planes, b_segment) = if self.planes.are_plain() {
            (&source[images.start * in_len..], in_len)
        } else {
            (&*planes, planes_len)
        };
        let rows = if self.is_spread() {
            let a = spread.as_ptr();
            let a_row = self.spread_row_len();
            DotRows { rows: channels.len(), k: 0, a, a_row, segments, a_segment: spread_len, b_segment }
        } else {
            let a = grad[images.start * out_len..].as_ptr();
            DotRows {
                rows: channels.len(),
                k: 0,
                a,
                a_row: grad_row,
                segments,
                a_segment: out_len,
                b_segment,
            }
        };
        debug_assert!(
            inputs.table[..self.num_steps()].iter().all(|&offset| {
                (segments - 1) * b_segment + offset as usize + self.pixels() <= planes.len()
            })
        );
        // SAFETY: each segment of the rows has `pixels` elements, and so has each segment of the planes from each
        // offset of the table on; `c` is the caller's.
        unsafe { self.add_products(&rows, planes, inputs.table, c) }
    }

    /// Copies rows of the gradient to the pitch of the planes, with zeros between them.
    fn spread(&self, spread: &mut [Float], grad: &[Float]) {
        let (height, width) = (self.planes.y.target_len, self.planes.x.target_len);
        spread.fill(0.0);
        for (spread, grad) in
            spread.chunks_exact_mut(self.spread_row_len()).zip(grad.chunks_exact(height * width))
        {
            for (spread, grad) in spread.chunks_mut(self.planes.pitch).zip(grad.chunks_exact(width)) {
                spread[..width].copy_from_slice(grad);
            }
        }
    }

    /// `c[o, step] += grad_o . planes[table[step]..]` for each row `o`, over `pixels` elements of each segment.
    ///
    /// # Safety
    /// Rows and planes are valid for reads of that; `c` is valid for reads and writes of as many rows, and nobody else
    /// accesses it meanwhile.
    unsafe fn add_products(&self, grad: &DotRows, planes: &[Float], table: &[u32], c: *mut Float) {
        let (steps, pixels) = (self.num_steps(), self.pixels());
        let strips = grad.rows.div_ceil(self.kernels.dot_rows());
        for first in (0..pixels).step_by(BLOCK_K) {
            let k = BLOCK_K.min(pixels - first);
            for strip in 0..strips {
                let (start, end) = (grad.rows * strip / strips, grad.rows * (strip + 1) / strips);
                // SAFETY: the caller's obligations; `kernels()` returned kernels that this machine can run.
                unsafe {
                    let rows =
                        DotRows { rows: end - start, k, a: grad.a.add(start * grad.a_row + first), ..*grad };
                    let column = |step: usize| planes.as_ptr().wrapping_add(table[step] as usize + first);
                    dot_rows(self.kernels, &rows, steps, column, c.add(start * steps), steps, true);
                }
            }
        }
    }
}
