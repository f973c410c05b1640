//! The type in which a model computes.

use std::cell::Cell;

/// The computing type of a model: that of parameters, gradients and everything between them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Float {
    /// `f32`, the default.
    #[default]
    F32,
    /// `f64`, under `#[model(dtype = f64)]`.
    F64,
}

thread_local! {
    // Declarations, graphs and plans do not depend on the computing type but for its name and its size, which are asked
    // for wherever a type is read or shown. A thread compiles one model at a time, from its declaration to its tokens,
    // so the type is set around all of that instead of being handed through every function.
    static CURRENT: Cell<Float> = const { Cell::new(Float::F32) };
}

/// Sets the computing type back, also when a panic unwinds.
struct Restore(Float);

impl Drop for Restore {
    fn drop(&mut self) {
        CURRENT.set(self.0);
    }
}

impl Float {
    /// All of them.
    pub const ALL: [Float; 2] = [Float::F32, Float::F64];

    /// The computing type of the model that this thread compiles.
    pub fn current() -> Float {
        CURRENT.get()
    }

    /// Runs `work` for a model with this computing type.
    pub fn scope<R>(self, work: impl FnOnce() -> R) -> R {
        let _restore = Restore(CURRENT.replace(self));
        work()
    }

    /// Its name in Rust.
    pub fn name(self) -> &'static str {
        match self {
            Float::F32 => "f32",
            Float::F64 => "f64",
        }
    }

    /// The type with this name in Rust.
    pub fn from_name(name: &str) -> Option<Float> {
        Float::ALL.into_iter().find(|float| float.name() == name)
    }

    /// The distance from 1 to the next number.
    pub fn epsilon(self) -> f64 {
        match self {
            Float::F32 => f64::from(f32::EPSILON),
            Float::F64 => f64::EPSILON,
        }
    }

    /// The largest number.
    pub fn max(self) -> f64 {
        match self {
            Float::F32 => f64::from(f32::MAX),
            Float::F64 => f64::MAX,
        }
    }

    /// Bytes of a number.
    pub fn size(self) -> usize {
        match self {
            Float::F32 => 4,
            Float::F64 => 8,
        }
    }
}
