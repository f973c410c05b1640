//! A convolution, or its gradient with respect to the input, as matrix products over shifted planes.
//!
//! For each image, group and pass, `target[o, i] = sum over (channel, tap) of weight[o, (channel, tap)] *
//! planes[offset(channel, tap) + i]`, where `i` runs over rows of the planes' pitch. The columns between the end of a
//! row of targets and the pitch are computed in vain and dropped.

use super::super::super::Float;
use super::super::super::gemm::{
    FLOPS_PER_PART, Kernels, MAX_GEMM_PARTS, Tile, TileSize, aligned_len, for_each_part_with_scratch,
    kernels, with_scratch,
};
use super::Conv2d;
use super::axis::Pass;
use super::planes::{Planes, as_table};
use crate::parallel::for_each_piece;
use std::ops::Range;

/// Elements of targets at the planes' pitch (128 KiB) that are computed before the columns in vain are dropped: they
/// stay in the second-level cache.
const BLOCK_LEN: usize = 32 * 1024;
/// Least number of tile columns that share the weights before packing them pays.
const PACK_FROM_COLUMNS: usize = 1024;
/// Blocks into which an image is cut when there are too few images for the threads.
const BLOCKS_PER_IMAGE: usize = 8;
/// Least columns of such a block, a few tiles; if an image has fewer, its target channels are cut.
const MIN_BLOCK_COLUMNS: usize = 128;

/// What depends on the shape and the instruction set alone.
pub(super) struct Sweep<'a> {
    pub(super) conv: &'a Conv2d,
    pub(super) kernels: &'static Kernels,
    tile: TileSize,
    pub(super) backward: bool,
    pub(super) planes: Planes,
    /// Channels of the source and of the target in a group.
    pub(super) channels: usize,
    pub(super) targets: usize,
    /// Whether the weight is rearranged for the tiles; see `weight`.
    pub(super) pack_weight: bool,
    /// Whether an image is shared by all threads.
    split_images: bool,
}

/// A sweep with its tensors.
struct Job<'a> {
    sweep: &'a Sweep<'a>,
    table: &'a [u32],
    /// As packed by [`Sweep::pack_weight`], or as it is.
    weight: &'a [Float],
    source: &'a [Float],
    target: *mut Float,
}

// SAFETY: threads share a job to write disjoint parts of `target`, which outlives it; the rest is only read.
unsafe impl Sync for Job<'_> {}

/// Some rows of some target channels of one pass, image and group.
struct Block {
    image: usize,
    group: usize,
    pass: [usize; 2],
    rows: Range<usize>,
    /// Which strips of target channels.
    strips: Range<usize>,
}

impl<'a> Sweep<'a> {
    /// From the input to the output.
    pub(super) fn forward(conv: &'a Conv2d) -> Self {
        Sweep::new(conv, false)
    }

    /// From the gradient of the output to that of the input.
    pub(super) fn backward(conv: &'a Conv2d) -> Self {
        Sweep::new(conv, true)
    }

    fn new(conv: &'a Conv2d, backward: bool) -> Self {
        let kernels = kernels();
        let (inputs, outputs) = (conv.in_channels_per_group(), conv.out_channels_per_group());
        let (channels, targets) = if backward { (outputs, inputs) } else { (inputs, outputs) };
        let planes = Planes::new(if backward { conv.backward_axes() } else { conv.forward_axes() });
        let columns = conv.batch * planes.y.target_len * planes.x.target_len;
        let units = conv.batch * conv.groups;
        Sweep {
            conv,
            kernels,
            tile: kernels.tile_size(targets),
            backward,
            planes,
            channels,
            targets,
            // Backward, the weight must be rearranged in any case.
            pack_weight: backward || columns >= PACK_FROM_COLUMNS,
            split_images: units < MAX_GEMM_PARTS && conv.flops() >= 4 * FLOPS_PER_PART * units,
        }
    }

    /// Computes `target` from `source`, the lengths of which have been checked.
    pub(super) fn run(&self, target: &mut [Float], source: &[Float], weight: &[Float]) {
        if target.is_empty() {
            return;
        }
        let table_len = aligned_len(self.num_steps());
        with_scratch(table_len + self.packed_len(), |scratch| {
            let (table, packed) = scratch.split_at_mut(table_len);
            let table = as_table(table);
            for pass in self.passes() {
                self.planes.fill_table(&mut table[self.first_step(pass)..], self.channels, pass);
            }
            self.pack_weight(packed, weight);
            let weight = if self.pack_weight { packed } else { weight };
            Job { sweep: self, table, weight, source, target: target.as_mut_ptr() }.run();
        });
    }

    pub(super) fn passes(&self) -> impl Iterator<Item = [usize; 2]> {
        let (y, x) = (self.planes.y.num_passes(), self.planes.x.num_passes());
        (0..y).flat_map(move |y| (0..x).map(move |x| [y, x]))
    }

    /// Steps of the sums of a pass: its taps, for each channel.
    fn pass_steps(&self, pass: [usize; 2]) -> usize {
        self.channels * self.planes.y.taps(pass[0]).count() * self.planes.x.taps(pass[1]).count()
    }

    /// Where the steps of a pass start among those of all passes.
    fn first_step(&self, pass: [usize; 2]) -> usize {
        self.passes().take_while(|&earlier| earlier != pass).map(|earlier| self.pass_steps(earlier)).sum()
    }

    /// Steps of all passes.
    pub(super) fn num_steps(&self) -> usize {
        self.channels * self.conv.num_taps()
    }

    /// Strips of target channels, one per tile.
    pub(super) fn strips(&self) -> usize {
        self.targets.div_ceil(self.tile.rows)
    }

    pub(super) fn strip(&self, strip: usize) -> Range<usize> {
        self.targets * strip / self.strips()..self.targets * (strip + 1) / self.strips()
    }

    /// Elements of the planes of a group.
    fn planes_len(&self) -> usize {
        if self.planes.are_plain() { 0 } else { self.channels * self.planes.channel_len() }
    }

    /// Whether the columns of a pass are exactly a range of the target.
    fn is_direct(&self, y: Pass, x: Pass) -> bool {
        y.step == 1 && x.step == 1 && x.count == self.planes.pitch && x.count == self.planes.x.target_len
    }

    /// In how many blocks of rows, and of strips of target channels, to compute a pass.
    fn num_blocks(&self, rows: usize) -> (usize, usize) {
        let pitch = self.planes.pitch.max(1);
        let least =
            if self.split_images { BLOCKS_PER_IMAGE.min(rows * pitch / MIN_BLOCK_COLUMNS) } else { 1 };
        let row_blocks = rows.div_ceil((BLOCK_LEN / (self.targets * pitch)).max(1)).max(least).min(rows);
        let strip_blocks = if self.split_images { BLOCKS_PER_IMAGE / row_blocks.max(1) } else { 1 };
        (row_blocks, strip_blocks.clamp(1, self.strips()))
    }

    /// Elements of the largest block of targets at the planes' pitch.
    fn block_len(&self) -> usize {
        let pass_block_len = |pass| {
            let rows = self.planes.y.pass(pass).count;
            let (row_blocks, strip_blocks) = self.num_blocks(rows);
            let targets = self.targets.min(self.strips().div_ceil(strip_blocks) * self.tile.rows);
            targets * self.block_row_len(rows.div_ceil(row_blocks.max(1)))
        };
        (0..self.planes.y.num_passes()).map(pass_block_len).max().unwrap_or(0)
    }

    /// Distance between the targets of a block of `rows` rows.
    fn block_row_len(&self, rows: usize) -> usize {
        aligned_len(rows * self.planes.pitch)
    }

    /// The blocks of one image and group.
    fn blocks(&self, image: usize, group: usize) -> impl Iterator<Item = Block> {
        self.passes().flat_map(move |pass| {
            let rows = self.planes.y.pass(pass[0]).count;
            let (row_blocks, strip_blocks) = self.num_blocks(rows);
            (0..row_blocks * strip_blocks).map(move |i| {
                let (row_block, strip_block) = (i / strip_blocks, i % strip_blocks);
                Block {
                    image,
                    group,
                    pass,
                    rows: rows * row_block / row_blocks..rows * (row_block + 1) / row_blocks,
                    strips: self.strips() * strip_block / strip_blocks
                        ..self.strips() * (strip_block + 1) / strip_blocks,
                }
            })
        })
    }

    /// The target channels of a block.
    fn channels(&self, block: &Block) -> Range<usize> {
        self.strip(block.strips.start).start..self.strip(block.strips.end - 1).end
    }
}

impl Job<'_> {
    fn run(&self) {
        let sweep = self.sweep;
        let units = sweep.conv.batch * sweep.conv.groups;
        let planes_len = aligned_len(sweep.planes_len());
        if sweep.split_images {
            return with_scratch(planes_len, |planes| {
                for unit in 0..units {
                    self.run_on_all_threads(unit / sweep.conv.groups, unit % sweep.conv.groups, planes);
                }
            });
        }
        let parts = (sweep.conv.flops() / FLOPS_PER_PART).clamp(1, MAX_GEMM_PARTS.min(units));
        for_each_part_with_scratch(parts, planes_len + sweep.block_len(), &|part, scratch| {
            let (planes, scratch) = scratch.split_at_mut(planes_len);
            for unit in units * part / parts..units * (part + 1) / parts {
                let (image, group) = (unit / sweep.conv.groups, unit % sweep.conv.groups);
                let source = self.source_channels(image, group);
                let planes = if sweep.planes.are_plain() {
                    source
                } else {
                    let planes = &mut planes[..sweep.planes_len()];
                    sweep.planes.fill(planes, source);
                    planes
                };
                // SAFETY: no other part has this image and group.
                sweep.blocks(image, group).for_each(|block| unsafe { self.compute(&block, planes, scratch) });
            }
        });
    }

    fn run_on_all_threads(&self, image: usize, group: usize, planes: &mut [Float]) {
        let sweep = self.sweep;
        let source = self.source_channels(image, group);
        let planes: &[Float] = if sweep.planes.are_plain() {
            source
        } else {
            let planes = &mut planes[..sweep.planes_len()];
            let parts = (planes.len() / (32 * 1024)).clamp(1, sweep.channels.min(MAX_GEMM_PARTS));
            let source_len = source.len() / sweep.channels;
            for_each_piece(planes, sweep.planes.channel_len(), sweep.channels, parts, &|part, piece| {
                let channels = sweep.channels * part / parts..sweep.channels * (part + 1) / parts;
                sweep.planes.fill(piece, &source[channels.start * source_len..channels.end * source_len]);
            });
            planes
        };
        let num_blocks = sweep.blocks(image, group).count();
        for_each_part_with_scratch(num_blocks, sweep.block_len(), &|part, scratch| {
            let block = sweep.blocks(image, group).nth(part).expect("there is a block for each part");
            // SAFETY: blocks of different numbers have no target in common.
            unsafe { self.compute(&block, planes, scratch) }
        });
    }

    fn source_channels(&self, image: usize, group: usize) -> &[Float] {
        let sweep = self.sweep;
        let len = sweep.channels * sweep.planes.y.source_len * sweep.planes.x.source_len;
        &self.source[(image * sweep.conv.groups + group) * len..][..len]
    }

    /// Computes a block, with `scratch` of [`Sweep::block_len`].
    ///
    /// # Safety
    /// Nobody else accesses the targets of the block meanwhile.
    unsafe fn compute(&self, block: &Block, planes: &[Float], scratch: &mut [Float]) {
        let sweep = self.sweep;
        let (y, x) = (sweep.planes.y.pass(block.pass[0]), sweep.planes.x.pass(block.pass[1]));
        if block.rows.is_empty() || x.count == 0 {
            return;
        }
        let (height, width) = (sweep.planes.y.target_len, sweep.planes.x.target_len);
        let channels = sweep.channels(block);
        let first_channel = (block.image * sweep.conv.groups + block.group) * sweep.targets + channels.start;
        // SAFETY: `target` holds the targets of all images and groups, and the block lies within those of this one.
        unsafe {
            let target = self.target.add(first_channel * height * width);
            if sweep.is_direct(y, x) {
                let c = target.add(block.rows.start * width);
                return self.multiply(block, x.count, planes, c, height * width);
            }
            let row_len = sweep.block_row_len(block.rows.len());
            let scratch = &mut scratch[..channels.len() * row_len];
            self.multiply(block, x.count, planes, scratch.as_mut_ptr(), row_len);
            for (channel, rows) in scratch.chunks_exact(row_len).enumerate() {
                let rows = rows.chunks_exact(sweep.planes.pitch).take(block.rows.len()).enumerate();
                for (i, row) in rows {
                    let row_idx = y.first + (block.rows.start + i) * y.step;
                    let target = target.add((channel * height + row_idx) * width + x.first);
                    if x.step == 1 {
                        target.copy_from_nonoverlapping(row.as_ptr(), x.count);
                    } else {
                        (0..x.count).for_each(|i| *target.add(i * x.step) = row[i]);
                    }
                }
            }
        }
    }

    /// Computes all columns from the first to the last target of a block: row `o` of C is its target channel `o`.
    ///
    /// # Safety
    /// `c` is valid for writes of as many rows as the block has channels, each of the block's columns, which nobody
    /// else accesses meanwhile.
    unsafe fn multiply(&self, block: &Block, count: usize, planes: &[Float], c: *mut Float, c_row: usize) {
        let sweep = self.sweep;
        let (lanes, steps) = (sweep.kernels.lanes, sweep.pass_steps(block.pass));
        let first_step = sweep.first_step(block.pass);
        let offsets = &self.table[first_step..first_step + steps];
        let pitch = sweep.planes.pitch;
        let columns = (block.rows.len() - 1) * pitch + count;
        let start = block.rows.start * pitch;
        debug_assert!(offsets.iter().all(|&offset| offset as usize + start + columns <= planes.len()));
        debug_assert!(columns <= c_row);
        let vectors = columns.div_ceil(lanes);
        let column_strips = vectors.div_ceil(sweep.tile.vectors);
        let first_target = sweep.channels(block).start;
        for strip in block.strips.clone() {
            let targets = sweep.strip(strip);
            let (a, a_row, a_step) = sweep.strip_of_weight(self.weight, block.group, strip, first_step);
            for i in 0..column_strips {
                let (first, last) = (vectors * i / column_strips, vectors * (i + 1) / column_strips);
                // SAFETY: the table leads to `columns` elements of the planes for every step, as the planes were laid
                // out for the last target of each pass; A has `steps` steps from `first_step` on; `c` is the caller's.
                unsafe {
                    sweep.kernels.tile(targets.len(), last - first, true)(&Tile {
                        k: steps,
                        a,
                        a_row,
                        a_step,
                        b: planes.as_ptr().add(start + first * lanes),
                        b_step: 0,
                        offsets: offsets.as_ptr(),
                        c: c.add((targets.start - first_target) * c_row + first * lanes),
                        c_row,
                        last_lanes: columns.min(last * lanes) - (last - 1) * lanes,
                        accumulate: false,
                    });
                }
            }
        }
    }
}
