//! The source of a sweep, zero-padded and split into planes, and the table of where each tap finds it.

use super::super::super::Float;
use super::axis::Axis;

/// Planes `[channels, planes along y, planes along x, plane]` of some channels of one image. A plane is `y.plane_len`
/// rows of `x.plane_len` elements at a distance of `pitch`, which may be less: the zeros between two rows may serve
/// both.
#[derive(Clone, Copy)]
pub(super) struct Planes {
    pub(super) y: Axis,
    pub(super) x: Axis,
    /// Distance between the rows of a plane.
    pub(super) pitch: usize,
}

impl Planes {
    pub(super) fn new([y, x]: [Axis; 2]) -> Self {
        Planes { y, x, pitch: x.pitch() }
    }

    /// Whether the image serves as its planes, without a copy.
    pub(super) fn are_plain(&self) -> bool {
        self.y.is_plain() && self.x.is_plain()
    }

    /// Elements of a plane.
    fn plane_len(&self) -> usize {
        match self.y.plane_len {
            0 => 0,
            rows => (rows - 1) * self.pitch + self.x.plane_len,
        }
    }

    /// Elements of the planes of one channel.
    pub(super) fn channel_len(&self) -> usize {
        self.y.num_planes() * self.x.num_planes() * self.plane_len()
    }

    /// Fills the planes of as many channels as `image` has.
    pub(super) fn fill(&self, planes: &mut [Float], image: &[Float]) {
        // Clearing everything at once beats many short runs of zeros.
        planes.fill(0.0);
        let source_len = self.y.source_len * self.x.source_len;
        if source_len == 0 || planes.is_empty() {
            return;
        }
        let channels = planes.chunks_exact_mut(self.channel_len()).zip(image.chunks_exact(source_len));
        for (planes, source) in channels {
            let mut planes = planes.chunks_exact_mut(self.plane_len());
            for plane_y in 0..self.y.num_planes() {
                for plane_x in 0..self.x.num_planes() {
                    let plane = planes.next().expect("a channel has a plane for each pair");
                    self.copy_plane(plane, source, plane_y, plane_x);
                }
            }
        }
    }

    /// Copies to a plane the elements of the source that it has.
    fn copy_plane(&self, plane: &mut [Float], source: &[Float], plane_y: usize, plane_x: usize) {
        let (rows, first_y) = self.y.inside(plane_y);
        let (columns, first_x) = self.x.inside(plane_x);
        let (step_y, step_x) = (self.y.source_step(), self.x.source_step());
        if columns.is_empty() {
            return;
        }
        for (i, row_idx) in rows.enumerate() {
            let row = &mut plane[row_idx * self.pitch..][columns.clone()];
            let y = first_y + i * step_y;
            let source = &source[y * self.x.source_len..][first_x..self.x.source_len];
            if step_x == 1 {
                row.copy_from_slice(&source[..row.len()]);
            } else {
                row.iter_mut()
                    .zip(source.iter().step_by(step_x))
                    .for_each(|(target, &value)| *target = value);
            }
        }
    }

    /// Writes, for the taps of pass `pass_y`, `pass_x`, channel after channel, where target 0 finds its source. Returns
    /// how many there are: the steps of the pass.
    pub(super) fn fill_table(&self, table: &mut [u32], channels: usize, pass: [usize; 2]) -> usize {
        let mut steps = 0;
        for channel in 0..channels {
            for tap_y in self.y.taps(pass[0]) {
                for tap_x in self.x.taps(pass[1]) {
                    let plane = tap_y.plane * self.x.num_planes() + tap_x.plane;
                    let offset = channel * self.channel_len() + plane * self.plane_len();
                    let offset = offset + tap_y.shift * self.pitch + tap_x.shift;
                    table[steps] =
                        u32::try_from(offset).expect("the planes of an image are less than 16 GiB");
                    steps += 1;
                }
            }
        }
        steps
    }
}

/// A scratch as a table of offsets.
pub(super) fn as_table(scratch: &mut [Float]) -> &mut [u32] {
    // SAFETY: `u32` has the size and the alignment of `f32`, every bit pattern is a value of both, and the slice is
    // borrowed uniquely for as long as the result.
    unsafe { std::slice::from_raw_parts_mut(scratch.as_mut_ptr().cast(), scratch.len()) }
}
