//! Padding.

use crate::model;

/// Zeros around `[N, C, length]`, PyTorch's `ZeroPad1d`.
///
/// # Settings
/// `padding = PADDING`, or `[left, right]`.
#[model(part)]
pub struct ZeroPad1d<const PADDING: usize> {
    #[default(PADDING)]
    padding: [usize; 2],
}

#[model]
impl<const PADDING: usize> ZeroPad1d<PADDING> {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, L: Dim>(&self, x: Tensor<N, C, L>) -> Tensor<Inferred> {
        x.pad(self.padding)
    }
}

/// Zeros around `[N, C, height, width]`, PyTorch's `ZeroPad2d`.
///
/// # Settings
/// `padding = PADDING`, or `[left, right, top, bottom]`.
#[model(part)]
pub struct ZeroPad2d<const PADDING: usize> {
    #[default(PADDING)]
    padding: [usize; 4],
}

#[model]
impl<const PADDING: usize> ZeroPad2d<PADDING> {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, H: Dim, W: Dim>(&self, x: Tensor<N, C, H, W>) -> Tensor<Inferred> {
        x.pad(self.padding)
    }
}

/// Zeros around `[N, C, depth, height, width]`, PyTorch's `ZeroPad3d`.
///
/// # Settings
/// `padding = PADDING`, or `[left, right, top, bottom, front, back]`.
#[model(part)]
pub struct ZeroPad3d<const PADDING: usize> {
    #[default(PADDING)]
    padding: [usize; 6],
}

#[model]
impl<const PADDING: usize> ZeroPad3d<PADDING> {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, D: Dim, H: Dim, W: Dim>(
        &self,
        x: Tensor<N, C, D, H, W>,
    ) -> Tensor<Inferred> {
        x.pad(self.padding)
    }
}

/// A number around `[N, C, length]`, PyTorch's `ConstantPad1d`.
///
/// # Settings
/// `padding = PADDING`, or `[left, right]`; `value = 0.0`.
#[model(part)]
pub struct ConstantPad1d<const PADDING: usize> {
    #[default(PADDING)]
    padding: [usize; 2],
    #[default(0.0)]
    value: f32,
}

#[model]
impl<const PADDING: usize> ConstantPad1d<PADDING> {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, L: Dim>(&self, x: Tensor<N, C, L>) -> Tensor<Inferred> {
        x.pad(self.padding, value = self.value)
    }
}

/// A number around `[N, C, height, width]`, PyTorch's `ConstantPad2d`.
///
/// # Settings
/// `padding = PADDING`, or `[left, right, top, bottom]`; `value = 0.0`.
#[model(part)]
pub struct ConstantPad2d<const PADDING: usize> {
    #[default(PADDING)]
    padding: [usize; 4],
    #[default(0.0)]
    value: f32,
}

#[model]
impl<const PADDING: usize> ConstantPad2d<PADDING> {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, H: Dim, W: Dim>(&self, x: Tensor<N, C, H, W>) -> Tensor<Inferred> {
        x.pad(self.padding, value = self.value)
    }
}

/// A number around `[N, C, depth, height, width]`, PyTorch's `ConstantPad3d`.
///
/// # Settings
/// `padding = PADDING`, or `[left, right, top, bottom, front, back]`; `value = 0.0`.
#[model(part)]
pub struct ConstantPad3d<const PADDING: usize> {
    #[default(PADDING)]
    padding: [usize; 6],
    #[default(0.0)]
    value: f32,
}

#[model]
impl<const PADDING: usize> ConstantPad3d<PADDING> {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, D: Dim, H: Dim, W: Dim>(
        &self,
        x: Tensor<N, C, D, H, W>,
    ) -> Tensor<Inferred> {
        x.pad(self.padding, value = self.value)
    }
}

/// The image mirrored at its edges, which are not repeated, around `[N, C, length]`, PyTorch's `ReflectionPad1d`.
///
/// # Settings
/// `padding = PADDING`, or `[left, right]`.
#[model(part)]
pub struct ReflectionPad1d<const PADDING: usize> {
    #[default(PADDING)]
    padding: [usize; 2],
}

#[model]
impl<const PADDING: usize> ReflectionPad1d<PADDING> {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, L: Dim>(&self, x: Tensor<N, C, L>) -> Tensor<Inferred> {
        x.pad(self.padding, mode = "reflect")
    }
}

/// The image mirrored at its edges, which are not repeated, around `[N, C, height, width]`, PyTorch's
/// `ReflectionPad2d`.
///
/// # Settings
/// `padding = PADDING`, or `[left, right, top, bottom]`.
#[model(part)]
pub struct ReflectionPad2d<const PADDING: usize> {
    #[default(PADDING)]
    padding: [usize; 4],
}

#[model]
impl<const PADDING: usize> ReflectionPad2d<PADDING> {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, H: Dim, W: Dim>(&self, x: Tensor<N, C, H, W>) -> Tensor<Inferred> {
        x.pad(self.padding, mode = "reflect")
    }
}

/// The image mirrored at its edges, which are not repeated, around `[N, C, depth, height, width]`, PyTorch's
/// `ReflectionPad3d`.
///
/// # Settings
/// `padding = PADDING`, or `[left, right, top, bottom, front, back]`.
#[model(part)]
pub struct ReflectionPad3d<const PADDING: usize> {
    #[default(PADDING)]
    padding: [usize; 6],
}

#[model]
impl<const PADDING: usize> ReflectionPad3d<PADDING> {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, D: Dim, H: Dim, W: Dim>(
        &self,
        x: Tensor<N, C, D, H, W>,
    ) -> Tensor<Inferred> {
        x.pad(self.padding, mode = "reflect")
    }
}

/// The edges repeated around `[N, C, length]`, PyTorch's `ReplicationPad1d`.
///
/// # Settings
/// `padding = PADDING`, or `[left, right]`.
#[model(part)]
pub struct ReplicationPad1d<const PADDING: usize> {
    #[default(PADDING)]
    padding: [usize; 2],
}

#[model]
impl<const PADDING: usize> ReplicationPad1d<PADDING> {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, L: Dim>(&self, x: Tensor<N, C, L>) -> Tensor<Inferred> {
        x.pad(self.padding, mode = "replicate")
    }
}

/// The edges repeated around `[N, C, height, width]`, PyTorch's `ReplicationPad2d`.
///
/// # Settings
/// `padding = PADDING`, or `[left, right, top, bottom]`.
#[model(part)]
pub struct ReplicationPad2d<const PADDING: usize> {
    #[default(PADDING)]
    padding: [usize; 4],
}

#[model]
impl<const PADDING: usize> ReplicationPad2d<PADDING> {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, H: Dim, W: Dim>(&self, x: Tensor<N, C, H, W>) -> Tensor<Inferred> {
        x.pad(self.padding, mode = "replicate")
    }
}

/// The edges repeated around `[N, C, depth, height, width]`, PyTorch's `ReplicationPad3d`.
///
/// # Settings
/// `padding = PADDING`, or `[left, right, top, bottom, front, back]`.
#[model(part)]
pub struct ReplicationPad3d<const PADDING: usize> {
    #[default(PADDING)]
    padding: [usize; 6],
}

#[model]
impl<const PADDING: usize> ReplicationPad3d<PADDING> {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, D: Dim, H: Dim, W: Dim>(
        &self,
        x: Tensor<N, C, D, H, W>,
    ) -> Tensor<Inferred> {
        x.pad(self.padding, mode = "replicate")
    }
}

/// The opposite edges around `[N, C, length]`, PyTorch's `CircularPad1d`.
///
/// # Settings
/// `padding = PADDING`, or `[left, right]`.
#[model(part)]
pub struct CircularPad1d<const PADDING: usize> {
    #[default(PADDING)]
    padding: [usize; 2],
}

#[model]
impl<const PADDING: usize> CircularPad1d<PADDING> {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, L: Dim>(&self, x: Tensor<N, C, L>) -> Tensor<Inferred> {
        x.pad(self.padding, mode = "circular")
    }
}

/// The opposite edges around `[N, C, height, width]`, PyTorch's `CircularPad2d`.
///
/// # Settings
/// `padding = PADDING`, or `[left, right, top, bottom]`.
#[model(part)]
pub struct CircularPad2d<const PADDING: usize> {
    #[default(PADDING)]
    padding: [usize; 4],
}

#[model]
impl<const PADDING: usize> CircularPad2d<PADDING> {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, H: Dim, W: Dim>(&self, x: Tensor<N, C, H, W>) -> Tensor<Inferred> {
        x.pad(self.padding, mode = "circular")
    }
}

/// The opposite edges around `[N, C, depth, height, width]`, PyTorch's `CircularPad3d`.
///
/// # Settings
/// `padding = PADDING`, or `[left, right, top, bottom, front, back]`.
#[model(part)]
pub struct CircularPad3d<const PADDING: usize> {
    #[default(PADDING)]
    padding: [usize; 6],
}

#[model]
impl<const PADDING: usize> CircularPad3d<PADDING> {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, D: Dim, H: Dim, W: Dim>(
        &self,
        x: Tensor<N, C, D, H, W>,
    ) -> Tensor<Inferred> {
        x.pad(self.padding, mode = "circular")
    }
}
