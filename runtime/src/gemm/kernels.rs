//! The kernels of each instruction set, behind function pointers, so that everything above them is written once.

use super::dot::{Dot, DotFn, dot};
use super::pack::{Pack, PackFn, pack};
use super::simd::Simd;
use super::stream::{Stream, StreamFn, stream};
use super::tile::{MAX_VECTORS, Tile, TileFn, tile};
use crate::isa::{IsaLevel, isa_level};

/// Rows and vectors of columns of the tiles that a matrix is cut into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TileSize {
    pub(crate) rows: usize,
    pub(crate) vectors: usize,
}

/// What one instruction set offers. [`kernels`] returns only kernels that this machine can run.
pub(crate) struct Kernels {
    /// Lanes of a vector.
    pub(crate) lanes: usize,
    /// Distance between the steps of a packed strip of A, at least the rows of any tile.
    pub(crate) packed_rows: usize,
    /// The tile for matrices of more rows than the `low` tile has.
    high: TileSize,
    /// The tile for matrices of few rows.
    low: TileSize,
    /// By whether B is addressed through a table, vectors - 1 and rows - 1.
    tiles: [[&'static [TileFn]; MAX_VECTORS]; 2],
    /// By rows - 1, for each number of columns, the largest first; the last is one column with all row counts.
    pub(crate) dots: &'static [(usize, &'static [DotFn])],
    pub(crate) stream: StreamFn,
    pub(crate) pack: PackFn,
}

impl Kernels {
    /// The tiles to cut a matrix of `m` rows into.
    pub(crate) fn tile_size(&self, m: usize) -> TileSize {
        if m > self.low.rows { self.high } else { self.low }
    }

    /// The kernel for a tile, which is at most a [`Kernels::tile_size`].
    #[inline]
    pub(crate) fn tile(&self, rows: usize, vectors: usize, table: bool) -> TileFn {
        self.tiles[usize::from(table)][vectors - 1][rows - 1]
    }

    /// Most rows of a dot kernel of `columns` columns.
    pub(crate) fn dot_rows(&self) -> usize {
        self.dots[self.dots.len() - 1].1.len()
    }
}

/// The kernels of [`isa_level`].
#[inline]
pub(crate) fn kernels() -> &'static Kernels {
    match isa_level() {
        #[cfg(target_arch = "x86_64")]
        IsaLevel::Avx512 => &avx512::KERNELS,
        #[cfg(target_arch = "x86_64")]
        IsaLevel::Avx2 => &avx2::KERNELS,
        _ => &portable::KERNELS,
    }
}

/// Wraps the generic bodies into functions that enable the instruction set of `$simd`, and lists them.
macro_rules! kernels {
    (
        $simd:ty, $(#[$features:meta])?,
        high: $high:expr, low: $low:expr, packed_rows: $packed_rows:literal,
        tiles: [$([$($rows:literal)*] x $vectors:literal),*],
        dots: [$([$($dot_rows:literal)*] x $columns:literal),*]
    ) => {
        use super::*;

        $(#[$features])?
        unsafe fn run_tile<const ROWS: usize, const VECTORS: usize, const TABLE: bool>(args: &Tile) {
            // SAFETY: the same obligations, for which the caller vouches.
            unsafe { tile::<$simd, ROWS, VECTORS, TABLE>(args) }
        }

        $(#[$features])?
        unsafe fn run_dot<const ROWS: usize, const COLUMNS: usize>(args: &Dot) {
            // SAFETY: the same obligations, for which the caller vouches.
            unsafe { dot::<$simd, ROWS, COLUMNS>(args) }
        }

        $(#[$features])?
        unsafe fn run_stream(args: &Stream) {
            // SAFETY: the same obligations, for which the caller vouches.
            unsafe { stream::<$simd>(args) }
        }

        $(#[$features])?
        unsafe fn run_pack(args: &Pack) {
            // SAFETY: the same obligations, for which the caller vouches.
            unsafe { pack::<$simd>(args) }
        }

        pub(super) static KERNELS: Kernels = Kernels {
            lanes: <$simd>::LANES,
            packed_rows: $packed_rows,
            high: $high,
            low: $low,
            tiles: [
                [$(&[$(run_tile::<$rows, $vectors, false>),*]),*],
                [$(&[$(run_tile::<$rows, $vectors, true>),*]),*],
            ],
            dots: &[$(($columns, &[$(run_dot::<$dot_rows, $columns>),*])),*],
            stream: run_stream,
            pack: run_pack,
        };
    };
}

/// 32 registers: 8 x 48 keeps 24 sums, three vectors of B and a value of A in them. On a Zen 4 core any tile of at
/// least eight sums runs near the peak; wide ones read A less often.
#[cfg(target_arch = "x86_64")]
mod avx512 {
    use super::super::super::x86::Avx512Simd;
    kernels!(
        Avx512Simd, #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma")],
        high: TileSize { rows: 8, vectors: 3 }, low: TileSize { rows: 6, vectors: 4 }, packed_rows: 8,
        tiles: [[1 2 3 4 5 6 7 8] x 1, [1 2 3 4 5 6 7 8] x 2, [1 2 3 4 5 6 7 8] x 3, [1 2 3 4 5 6] x 4],
        dots: [[1 2] x 8, [1 2 3 4] x 4, [1 2 3 4] x 1]
    );
}

/// 16 registers: 6 x 16 keeps 12 sums, two vectors of B and a value of A in them.
#[cfg(target_arch = "x86_64")]
mod avx2 {
    use super::super::super::x86::Avx2Simd;
    kernels!(
        Avx2Simd, #[target_feature(enable = "avx2,fma")],
        high: TileSize { rows: 6, vectors: 2 }, low: TileSize { rows: 4, vectors: 3 }, packed_rows: 8,
        tiles: [[1 2 3 4 5 6] x 1, [1 2 3 4 5 6] x 2, [1 2 3 4] x 3, [] x 4],
        dots: [[1] x 8, [1 2 3] x 4, [1 2 3] x 1]
    );
}

/// 16 registers of four lanes, on the oldest x86-64; one of them holds the product before it is added.
mod portable {
    #[cfg(target_arch = "x86_64")]
    use super::super::super::x86::Sse2Simd as PortableSimd;
    #[cfg(not(target_arch = "x86_64"))]
    use super::super::simd::ArraySimd as PortableSimd;
    kernels!(
        PortableSimd, ,
        high: TileSize { rows: 4, vectors: 2 }, low: TileSize { rows: 4, vectors: 2 }, packed_rows: 4,
        tiles: [[1 2 3 4] x 1, [1 2 3 4] x 2, [] x 3, [] x 4],
        dots: [[1 2] x 4, [1 2] x 1]
    );
}

/// What targets other than x86-64 run, so that tests on x86-64 can compare it with SSE2.
#[cfg(test)]
mod array {
    use super::super::simd::ArraySimd;
    kernels!(
        ArraySimd, ,
        high: TileSize { rows: 4, vectors: 2 }, low: TileSize { rows: 4, vectors: 2 }, packed_rows: 4,
        tiles: [[1 2 3 4] x 1, [1 2 3 4] x 2, [] x 3, [] x 4],
        dots: [[1 2] x 4, [1 2] x 1]
    );
}

#[cfg(test)]
mod tests {
    use super::super::super::Float;
    use super::*;

    const LEN: usize = 400;

    fn values(seed: u32) -> Vec<Float> {
        (0..LEN as u32).map(|i| ((i * 37 + seed) % 101) as Float / 7.0 - 5.0).collect()
    }

    /// Runs every portable kernel of either kind on the same operands; they must agree to the bit.
    fn agree(run: impl Fn(&Kernels, &[Float], &[Float], &mut [Float])) {
        let (a, b) = (values(1), values(50));
        let [portable, array] = [&portable::KERNELS, &array::KERNELS].map(|kernels| {
            let mut c = values(70);
            run(kernels, &a, &b, &mut c);
            c
        });
        assert_eq!(portable, array);
        assert_ne!(portable, values(70));
    }

    #[test]
    fn array_tiles_agree_with_the_portable_ones() {
        for (rows, vectors) in (1..=4).flat_map(|rows| (1..=2).map(move |vectors| (rows, vectors))) {
            for last_lanes in 1..=4 {
                agree(|kernels, a, b, c| {
                    let tile = Tile {
                        k: 11,
                        a: a.as_ptr(),
                        a_row: 12,
                        a_step: 1,
                        b: b.as_ptr(),
                        b_step: 9,
                        offsets: std::ptr::null(),
                        c: c.as_mut_ptr(),
                        c_row: 10,
                        last_lanes,
                        accumulate: last_lanes % 2 == 0,
                    };
                    // SAFETY: the tile reads less than 11 * 12 elements and writes less than 4 * 10 of `LEN` ones.
                    unsafe { kernels.tile(rows, vectors, false)(&tile) }
                });
            }
        }
    }

    #[test]
    fn array_dots_streams_and_packs_agree_with_the_portable_ones() {
        for k in [1, 4, 7, 19] {
            agree(|kernels, a, b, c| {
                let column = |j: usize| b.as_ptr().wrapping_add(j * 20);
                let (a, c) = (a.as_ptr(), c.as_mut_ptr());
                let mut columns = [std::ptr::null(); super::super::MAX_COLUMNS];
                columns.iter_mut().enumerate().for_each(|(j, pointer)| *pointer = column(j));
                let dot = Dot {
                    k,
                    segments: 2,
                    a_segment: 40,
                    b_segment: 160,
                    a,
                    a_row: 20,
                    b: columns,
                    c,
                    c_row: 8,
                    accumulate: k % 2 == 0,
                };
                let stream = Stream {
                    n: 15,
                    k,
                    a,
                    a_step: 2,
                    b: b.as_ptr(),
                    b_step: 15,
                    c: c.wrapping_add(20),
                    accumulate: true,
                };
                let pack = Pack {
                    k,
                    width: 7,
                    source: a,
                    step: 1,
                    lane: 20,
                    target: c.wrapping_add(40),
                    target_step: 8,
                };
                // SAFETY: all operands lie within the `LEN` elements of `a`, `b` and `c`, `c` in three separate parts.
                unsafe {
                    kernels.dots[0].1[1](&dot);
                    (kernels.stream)(&stream);
                    (kernels.pack)(&pack);
                }
            });
        }
    }
}
