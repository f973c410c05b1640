//! How compiled models call operations that users write in Rust.
//!
//! `#[op]` implements [`Call`] for the [`Key`] of the operation. A model may be compiled in another module or crate than
//! the operation stands in, where no path leads to it; the key does.

/// Stands for an operation.
pub struct Key<const HASH: u64>;

/// The function behind a [`Key`]: `<Key<…> as Call<_, _>>::call((x, out, n))`.
pub trait Call<Local, Arguments> {
    /// Calls it. `Local` is a type of the operation's own crate, without which it could not implement this.
    fn call(arguments: Arguments);
}
