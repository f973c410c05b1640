//! What the two kinds of 2-D pooling share: window geometry.

use super::super::Float;
use std::ops::Range;

/// Geometry of a 2-D pooling over `planes` images of `height x width`, contiguous one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool2d {
    /// Batch times channels.
    pub planes: usize,
    /// Height of the input.
    pub height: usize,
    /// Width of the input.
    pub width: usize,
    /// Height and width of the window.
    pub kernel: [usize; 2],
    /// Distance of neighbouring windows, vertically and horizontally.
    pub stride: [usize; 2],
    /// Rows added above and below, columns added left and right.
    pub padding: [usize; 2],
    /// Distance of neighbouring elements of a window; 1 for average pooling.
    pub dilation: [usize; 2],
    /// Whether a last window that sticks out of the padded input counts.
    pub ceil_mode: bool,
    /// Whether an average divides by padding elements too. Maximum pooling ignores it.
    pub count_include_pad: bool,
}

impl Pool2d {
    /// Height of the output; see [`out_width`](Pool2d::out_width).
    pub fn out_height(&self) -> usize {
        self.out_size(0, self.height)
    }

    /// Width of the output: `(width + 2 padding - dilation (kernel - 1) - 1) / stride + 1`, the division rounded down,
    /// or up in `ceil_mode`, where a last window that would start right of the input and its left padding is left
    /// out. 0 where no window fits.
    ///
    /// # Panics
    /// When kernel, stride or dilation is 0, or padding exceeds half the extent of the window.
    pub fn out_width(&self) -> usize {
        self.out_size(1, self.width)
    }

    /// Elements of the input.
    pub fn input_len(&self) -> usize {
        self.planes * self.height * self.width
    }

    /// Elements of the output.
    pub fn output_len(&self) -> usize {
        self.planes * self.out_height() * self.out_width()
    }

    fn out_size(&self, axis: usize, size: usize) -> usize {
        let (kernel, stride, dilation) = (self.kernel[axis], self.stride[axis], self.dilation[axis]);
        let padding = self.padding[axis];
        assert!(
            kernel > 0 && stride > 0 && dilation > 0,
            "kernel, stride and dilation of a pooling are at least 1"
        );
        let extent = dilation * (kernel - 1) + 1;
        assert!(
            padding <= extent / 2,
            "padding {padding} exceeds half the window, which covers {extent} elements"
        );
        let rounding = if self.ceil_mode { stride - 1 } else { 0 };
        let Some(room) = (size + 2 * padding + rounding).checked_sub(extent) else { return 0 };
        let out = room / stride + 1;
        if self.ceil_mode && (out - 1) * stride >= size + padding { out - 1 } else { out }
    }

    /// Row of the input under row `k` of the window of output row `out`; outside the input it wraps to a huge number.
    #[inline(always)]
    pub(crate) fn input_row(&self, out: usize, k: usize) -> usize {
        (out * self.stride[0] + k * self.dilation[0]).wrapping_sub(self.padding[0])
    }

    /// Column of the input under column `k` of the window of output column `out`, one of
    /// [`valid_columns`](Pool2d::valid_columns).
    #[inline(always)]
    pub(crate) fn input_column(&self, out: usize, k: usize) -> usize {
        out * self.stride[1] + k * self.dilation[1] - self.padding[1]
    }

    /// Columns of the output, of the first `out_width`, for which column `k` of the window lies in the input.
    #[inline(always)]
    pub(crate) fn valid_columns(&self, k: usize, out_width: usize) -> Range<usize> {
        let (shift, padding) = (k * self.dilation[1], self.padding[1]);
        let end = self.num_strides((self.width + padding).saturating_sub(shift)).min(out_width);
        self.num_strides(padding.saturating_sub(shift)).min(end)..end
    }

    /// `size / stride` rounded up, along a row. Called for every row, so the common strides avoid the division.
    #[inline(always)]
    fn num_strides(&self, size: usize) -> usize {
        match self.stride[1] {
            1 => size,
            2 => size.div_ceil(2),
            stride => size.div_ceil(stride),
        }
    }

    /// Column `k` of the windows of the output columns `columns`, at most [`BLOCK`], in one row of the input: element
    /// `i` belongs to output column `columns.start + i`. Padding is `fill`; elements beyond `columns` are
    /// unspecified. The length is fixed so that a loop over the result has no remainder.
    #[inline(always)]
    pub(crate) fn window_column<'a>(
        &self,
        buffer: &'a mut [Float; BLOCK],
        plane: &'a [Float],
        input_row: usize,
        k: usize,
        columns: &Range<usize>,
        fill: Float,
    ) -> &'a [Float; BLOCK] {
        let (len, stride) = (columns.len(), self.stride[1]);
        let valid = self.valid_columns(k, columns.end);
        let first = valid.start.max(columns.start);
        if first >= valid.end {
            buffer.fill(fill);
            return buffer;
        }
        let (before, valid_len) = (first - columns.start, valid.end - first);
        let input = &plane[input_row * self.width + self.input_column(first, k)..];
        if stride == 1
            && valid_len == len
            && let Some(elements) = input.first_chunk()
        {
            return elements;
        }
        buffer[..before].fill(fill);
        buffer[before + valid_len..len].fill(fill);
        load_strided(&mut buffer[before..before + valid_len], input, stride);
        buffer
    }

    /// Rows and columns of the input in the window of output row `y` and column `x`, in row-major order.
    pub(crate) fn window_ref(&self, y: usize, x: usize) -> Vec<(usize, usize)> {
        let mut window = Vec::new();
        for ky in 0..self.kernel[0] {
            for kx in 0..self.kernel[1] {
                let row = (y * self.stride[0] + ky * self.dilation[0]).checked_sub(self.padding[0]);
                let column = (x * self.stride[1] + kx * self.dilation[1]).checked_sub(self.padding[1]);
                if let (Some(row), Some(column)) = (row, column)
                    && row < self.height
                    && column < self.width
                {
                    window.push((row, column));
                }
            }
        }
        window
    }
}

/// Outputs of a row that are computed at once: few enough for registers or L1.
pub(crate) const BLOCK: usize = 64;

/// `output[i] = input[i * stride]` for a non-empty `output`.
#[inline(always)]
fn load_strided(output: &mut [Float], input: &[Float], stride: usize) {
    let len = output.len();
    match stride {
        1 => output.copy_from_slice(&input[..len]),
        2 => {
            for (value, pair) in output.iter_mut().zip(input.as_chunks::<2>().0) {
                *value = pair[0];
            }
        }
        _ => {
            for (value, input) in output.iter_mut().zip(input.chunks_exact(stride)) {
                *value = input[0];
            }
        }
    }
    // It may be the last of the input, without a whole stride behind it.
    output[len - 1] = input[(len - 1) * stride];
}
