//! Threads: rayon's pool, entered once per step; work cut by shape alone.
//!
//! How work is cut never depends on the number of threads, and partial sums are combined in index order, so the bits
//! of a result are the same for any number of threads.

use crate::Error;
pub use crate::lanes::{combine_parts, sum_parts};
use std::sync::{Mutex, PoisonError};

/// Most parts that [`num_parts`] ever returns: bounds the scratch that a loop with partial sums needs.
pub const MAX_PARTS: usize = 16;

/// Most threads that can be asked for: more only cost memory, and tens of thousands take minutes to start.
const MAX_THREADS: usize = 1024;

/// Computes with so many threads from now on; otherwise one for each core, or as many as `RAYON_NUM_THREADS` says. Results
/// are the same for any number.
///
/// # Errors
/// When it is 0 or above 1024, or something has been computed before.
pub fn set_num_threads(threads: usize) -> Result<(), Error> {
    if !(1..=MAX_THREADS).contains(&threads) {
        return Err(Error::Other(
            format!("{threads} threads were asked for; there can be 1 to {MAX_THREADS}").into(),
        ));
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    pool.build_global()
        .map_err(|error| Error::Other(format!("the number of threads cannot change: {error}").into()))
}

/// Elements worth a part of their own: about 5 us of element-wise work, some ten times what handing a part to
/// another thread costs inside the pool.
const ELEMENTS_PER_PART: usize = 16 * 1024;

/// In how many parts to cut a loop over `rows` rows of `elements` elements in all. Depends on shapes alone.
#[inline]
pub fn num_parts(rows: usize, elements: usize) -> usize {
    (elements / ELEMENTS_PER_PART).clamp(1, MAX_PARTS).min(rows.max(1))
}

/// The first row of part `part`. Long loops are cut at multiples of a cache line, since rows may be single elements
/// and two parts that write into one line would slow each other.
#[inline]
pub(crate) fn cut(rows: usize, part: usize, parts: usize) -> usize {
    let row = rows * part / parts;
    if part < parts && rows >= 64 * parts { row / 16 * 16 } else { row }
}

/// `rayon::join`, or two plain calls when the pool has one thread: from outside the pool, even a pool of one thread
/// would cost a trip to it. Not generic, like [`enter_pool`]: rayon's machinery is compiled once, here, rather than in
/// each of the user's builds.
fn join(left: &mut (dyn FnMut() + Send), right: &mut (dyn FnMut() + Send)) {
    if rayon::current_num_threads() == 1 {
        left();
        right();
    } else {
        rayon::join(left, right);
    }
}

/// Calls `work(part)` for every part below `parts`, on any threads of the pool.
pub fn for_each_part(parts: usize, work: &(dyn Fn(usize) + Sync)) {
    fn halve(first: usize, last: usize, work: &(dyn Fn(usize) + Sync)) {
        if last - first <= 1 {
            if first < last {
                work(first);
            }
            return;
        }
        let middle = first + (last - first) / 2;
        join(&mut || halve(first, middle, work), &mut || halve(middle, last, work));
    }
    halve(0, parts, work);
}

/// Calls `work` with each of `parts` pieces, on any threads of the pool; `next(part)` makes them, one after the other and
/// before work begins. For what is cut in several places at once.
///
/// # Panics
/// When `parts` is above [`MAX_PARTS`].
pub(crate) fn for_each_of<T: Send>(
    parts: usize,
    mut next: impl FnMut(usize) -> T,
    work: &(impl Fn(T) + Sync),
) {
    if parts <= 1 {
        return work(next(0));
    }
    assert!(parts <= MAX_PARTS, "{parts} pieces of a loop, at most {MAX_PARTS} are supported");
    let pieces: [_; MAX_PARTS] =
        std::array::from_fn(|part| Mutex::new(if part < parts { Some(next(part)) } else { None }));
    for_each_part(parts, &|part| {
        // Never contended: each part is taken once. A panic in another part changes nothing for this one.
        let piece = pieces[part].lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(piece) = piece {
            work(piece);
        }
    });
}

/// Cuts `data` in `parts` pieces, piece `p` starting at `stride * (rows * p / parts)`, and calls `work(p, piece)` for
/// each on any thread of the pool. `data` holds `rows` rows of `stride` elements.
pub fn for_each_piece<T: Send>(
    data: &mut [T],
    stride: usize,
    rows: usize,
    parts: usize,
    work: &(impl Fn(usize, &mut [T]) + Sync),
) {
    fn halve<T: Send>(
        data: &mut [T],
        cut: (usize, usize),
        first: usize,
        last: usize,
        parts: usize,
        work: &(impl Fn(usize, &mut [T]) + Sync),
    ) {
        if last - first <= 1 {
            return work(first, data);
        }
        let (stride, rows) = cut;
        let middle = first + (last - first) / 2;
        let (left, right) = data.split_at_mut(stride * (rows * middle / parts - rows * first / parts));
        join(&mut || halve(left, cut, first, middle, parts, work), &mut || {
            halve(right, cut, middle, last, parts, work)
        });
    }
    assert_eq!(data.len(), stride * rows, "data must hold `rows` rows of `stride` elements");
    halve(data, (stride, rows), 0, parts.max(1), parts.max(1), work);
}

/// Runs a whole step inside rayon's pool, so that the parallel loops in it start at no cost. Inside the pool, or with
/// one thread, it is a plain call.
pub fn enter<R: Send>(step: impl FnOnce() -> R + Send) -> R {
    if rayon::current_thread_index().is_some() || rayon::current_num_threads() == 1 {
        return step();
    }
    let (mut step, mut result) = (Some(step), None);
    enter_pool(&mut || result = step.take().map(|step| step()));
    result.expect("a step that was entered has returned")
}

fn enter_pool(step: &mut (dyn FnMut() + Send)) {
    rayon::scope(|_| step());
}
