//! Products of matrices, plain and batched.

use super::super::Float;
use super::super::gemm::{FLOPS_PER_PART, Gemm, Plan, for_each_part_with_scratch, gemm};
use crate::parallel::MAX_PARTS;

/// Shape of [`matmul`].
#[derive(Clone, Copy, Debug)]
pub struct Matmul {
    /// Number of products.
    pub batch: usize,
    /// Rows of `op(a)` and of `out`.
    pub m: usize,
    /// Columns of `op(a)`, rows of `op(b)`.
    pub k: usize,
    /// Columns of `op(b)` and of `out`.
    pub n: usize,
    /// `a` is stored as `[k, m]` rather than `[m, k]`.
    pub transpose_a: bool,
    /// `b` is stored as `[n, k]` rather than `[k, n]`.
    pub transpose_b: bool,
    /// One `a` serves all products: it has no batch axis.
    pub shared_a: bool,
    /// One `b` serves all products: it has no batch axis.
    pub shared_b: bool,
    /// Adds to `out`, which is otherwise overwritten without being read.
    pub accumulate: bool,
}

impl Matmul {
    fn check(&self, out: &[Float], a: &[Float], b: &[Float]) {
        let batch_of = |shared: bool| if shared { 1 } else { self.batch };
        let check = |name: &str, len: usize, axes: [usize; 3]| {
            let expected: usize = axes.iter().product();
            assert!(
                len == expected,
                "matmul: `{name}` has {len} elements, but its shape {axes:?} has {expected}"
            );
        };
        let (m, k, n) = (self.m, self.k, self.n);
        check("out", out.len(), [self.batch, m, n]);
        check(
            "a",
            a.len(),
            if self.transpose_a { [batch_of(self.shared_a), k, m] } else { [batch_of(self.shared_a), m, k] },
        );
        check(
            "b",
            b.len(),
            if self.transpose_b { [batch_of(self.shared_b), n, k] } else { [batch_of(self.shared_b), k, n] },
        );
    }

    /// A batch that shares `b` and whose rows of `a` follow one another is one product of more rows.
    fn merge_batch(mut self) -> Self {
        if self.shared_b && !self.transpose_a && (!self.shared_a || self.batch == 1) {
            self.m *= self.batch;
            self.batch = 1;
        }
        self
    }
}

/// `out[i] = op(a[i]) op(b[i])` for each `i` of the batch, where `op` transposes or not; with `accumulate`, `+=`.
///
/// # Shapes
/// - `out`: `[batch, m, n]`
/// - `a`: `[batch, m, k]`, `[batch, k, m]` with `transpose_a`; without the first axis if `shared_a`
/// - `b`: `[batch, k, n]`, `[batch, n, k]` with `transpose_b`; without the first axis if `shared_b`
///
/// # Panics
/// When a slice does not have the length of its shape.
///
/// # Numerics
/// Sums in the computing type, with fused multiply-add where the instruction set has it, in an order that depends on
/// the shape and the instruction set alone: the bits are the same for any number of threads. The error of an element is
/// at most about `k * 2^-24` (`k * 2^-53` in f64) times the sum of the magnitudes of its terms, and typically grows with
/// `sqrt(k)`.
pub fn matmul(out: &mut [Float], a: &[Float], b: &[Float], shape: &Matmul) {
    shape.check(out, a, b);
    if out.is_empty() {
        return;
    }
    let shape = shape.merge_batch();
    let (m, k, n) = (shape.m, shape.k, shape.n);
    let (a_row, a_step) = if shape.transpose_a { (1, m) } else { (k, 1) };
    let (b_step, b_column) = if shape.transpose_b { (1, k) } else { (n, 1) };
    let first = Gemm {
        m,
        n,
        k,
        a: a.as_ptr(),
        a_row,
        a_step,
        b: b.as_ptr(),
        b_step,
        b_column,
        c: out.as_mut_ptr(),
        c_row: n,
        accumulate: shape.accumulate,
    };
    let product = |i: usize| {
        let a_start = if shape.shared_a { 0 } else { i * m * k };
        let b_start = if shape.shared_b { 0 } else { i * k * n };
        first.moved(a_start, b_start, i * m * n)
    };
    let flops = 2 * m * k * n;
    let parts = (shape.batch * flops / FLOPS_PER_PART).clamp(1, MAX_PARTS);
    if shape.batch < parts {
        // Few large products: each on all threads.
        // SAFETY: product `i < batch` lies within the slices, whose lengths `check` has verified against the shape;
        // `out` is borrowed uniquely.
        return (0..shape.batch).for_each(|i| unsafe { gemm(&product(i)) });
    }
    let scratch_len = Plan::new(&first).scratch_len();
    for_each_part_with_scratch(parts, scratch_len, &|part, scratch| {
        for i in shape.batch * part / parts..shape.batch * (part + 1) / parts {
            // SAFETY: as above, and each product writes its own part of `out`; all products have the shape of the
            // first one, so that they need the same scratch.
            unsafe { Plan::new(&product(i)).run(scratch, false) }
        }
    });
}

/// [`matmul`] by plain loops, each element summed in `f64`: what tests compare with.
///
/// # Shapes
/// As [`matmul`].
///
/// # Panics
/// As [`matmul`].
pub fn matmul_ref(out: &mut [Float], a: &[Float], b: &[Float], shape: &Matmul) {
    shape.check(out, a, b);
    let (m, k, n) = (shape.m, shape.k, shape.n);
    for batch_idx in 0..shape.batch {
        let a = if shape.shared_a { a } else { &a[batch_idx * m * k..][..m * k] };
        let b = if shape.shared_b { b } else { &b[batch_idx * k * n..][..k * n] };
        for i in 0..m {
            for j in 0..n {
                let mut sum = 0.0f64;
                for p in 0..k {
                    let a = if shape.transpose_a { a[p * m + i] } else { a[i * k + p] };
                    let b = if shape.transpose_b { b[j * k + p] } else { b[p * n + j] };
                    sum += f64::from(a) * f64::from(b);
                }
                let out = &mut out[(batch_idx * m + i) * n + j];
                if shape.accumulate {
                    sum += f64::from(*out);
                }
                *out = sum as Float;
            }
        }
    }
}
