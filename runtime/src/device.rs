//! Where a model's state lives and its functions run: a run-time value, not a type parameter.

use crate::Error;

/// A device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Device {
    /// The processor, with all threads of rayon's current pool.
    Cpu,
}

impl Device {
    /// The processor.
    pub fn cpu() -> Device {
        Device::Cpu
    }

    /// CUDA device number `index`.
    ///
    /// # Errors
    /// Always, in this version: it contains no CUDA kernels yet.
    pub fn cuda(index: usize) -> Result<Device, Error> {
        Err(Error::NoCuda { index })
    }
}
