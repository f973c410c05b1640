//! Padding.

use crate::model;

/// A layer that pads the axes after the channels: the layers differ in these axes and in what they put around them.
/// A negative number cuts places off.
macro_rules! pad {
    ($(#[$doc:meta])* $name:ident, [$($dims:tt)*], [$($shape:tt)*], $sides:tt, [$($field:tt)*], [$($fill:tt)*]) => {
        $(#[$doc])*
        #[model(part)]
        pub struct $name<const PADDING: usize> {
            #[default(PADDING)]
            padding: [isize; $sides],
            $($field)*
        }

        #[model]
        impl<const PADDING: usize> $name<PADDING> {
            #[track_caller]
            pub fn forward<$($dims)*>(&self, x: Tensor<$($shape)*>) -> Tensor<Inferred> {
                x.pad(self.padding, $($fill)*)
            }
        }
    };
}

pad! {
    /// Zeros around `[N, C, length]`, PyTorch's `ZeroPad1d`.
    ///
    /// # Settings
    /// `padding = PADDING`, or `[left, right]`; negative numbers cut places off.
    ZeroPad1d, [N: Dim, C: Dim, L: Dim], [N, C, L], 2, [], []
}

pad! {
    /// Zeros around `[N, C, height, width]`, PyTorch's `ZeroPad2d`.
    ///
    /// # Settings
    /// `padding = PADDING`, or `[left, right, top, bottom]`; negative numbers cut places off.
    ZeroPad2d, [N: Dim, C: Dim, H: Dim, W: Dim], [N, C, H, W], 4, [], []
}

pad! {
    /// Zeros around `[N, C, depth, height, width]`, PyTorch's `ZeroPad3d`.
    ///
    /// # Settings
    /// `padding = PADDING`, or `[left, right, top, bottom, front, back]`; negative numbers cut places off.
    ZeroPad3d, [N: Dim, C: Dim, D: Dim, H: Dim, W: Dim], [N, C, D, H, W], 6, [], []
}

pad! {
    /// A number around `[N, C, length]`, PyTorch's `ConstantPad1d`.
    ///
    /// # Settings
    /// `padding = PADDING`, or `[left, right]`; `value = 0.0`; negative numbers cut places off.
    ConstantPad1d, [N: Dim, C: Dim, L: Dim], [N, C, L], 2, [#[default(0.0)] value: f32], [value = self.value]
}

pad! {
    /// A number around `[N, C, height, width]`, PyTorch's `ConstantPad2d`.
    ///
    /// # Settings
    /// `padding = PADDING`, or `[left, right, top, bottom]`; `value = 0.0`; negative numbers cut places off.
    ConstantPad2d, [N: Dim, C: Dim, H: Dim, W: Dim], [N, C, H, W], 4, [#[default(0.0)] value: f32], [value = self.value]
}

pad! {
    /// A number around `[N, C, depth, height, width]`, PyTorch's `ConstantPad3d`.
    ///
    /// # Settings
    /// `padding = PADDING`, or `[left, right, top, bottom, front, back]`; `value = 0.0`; negative numbers cut places
    /// off.
    ConstantPad3d, [N: Dim, C: Dim, D: Dim, H: Dim, W: Dim], [N, C, D, H, W], 6,
    [#[default(0.0)] value: f32], [value = self.value]
}

pad! {
    /// The image mirrored at its edges, which are not repeated, around `[N, C, length]`, PyTorch's `ReflectionPad1d`.
    ///
    /// # Settings
    /// `padding = PADDING`, or `[left, right]`; negative numbers cut places off.
    ReflectionPad1d, [N: Dim, C: Dim, L: Dim], [N, C, L], 2, [], [mode = "reflect"]
}

pad! {
    /// The image mirrored at its edges, which are not repeated, around `[N, C, height, width]`, PyTorch's
    /// `ReflectionPad2d`.
    ///
    /// # Settings
    /// `padding = PADDING`, or `[left, right, top, bottom]`; negative numbers cut places off.
    ReflectionPad2d, [N: Dim, C: Dim, H: Dim, W: Dim], [N, C, H, W], 4, [], [mode = "reflect"]
}

pad! {
    /// The image mirrored at its edges, which are not repeated, around `[N, C, depth, height, width]`, PyTorch's
    /// `ReflectionPad3d`.
    ///
    /// # Settings
    /// `padding = PADDING`, or `[left, right, top, bottom, front, back]`; negative numbers cut places off.
    ReflectionPad3d, [N: Dim, C: Dim, D: Dim, H: Dim, W: Dim], [N, C, D, H, W], 6, [], [mode = "reflect"]
}

pad! {
    /// The edges repeated around `[N, C, length]`, PyTorch's `ReplicationPad1d`.
    ///
    /// # Settings
    /// `padding = PADDING`, or `[left, right]`; negative numbers cut places off.
    ReplicationPad1d, [N: Dim, C: Dim, L: Dim], [N, C, L], 2, [], [mode = "replicate"]
}

pad! {
    /// The edges repeated around `[N, C, height, width]`, PyTorch's `ReplicationPad2d`.
    ///
    /// # Settings
    /// `padding = PADDING`, or `[left, right, top, bottom]`; negative numbers cut places off.
    ReplicationPad2d, [N: Dim, C: Dim, H: Dim, W: Dim], [N, C, H, W], 4, [], [mode = "replicate"]
}

pad! {
    /// The edges repeated around `[N, C, depth, height, width]`, PyTorch's `ReplicationPad3d`.
    ///
    /// # Settings
    /// `padding = PADDING`, or `[left, right, top, bottom, front, back]`; negative numbers cut places off.
    ReplicationPad3d, [N: Dim, C: Dim, D: Dim, H: Dim, W: Dim], [N, C, D, H, W], 6, [], [mode = "replicate"]
}

pad! {
    /// The opposite edges around `[N, C, length]`, PyTorch's `CircularPad1d`.
    ///
    /// # Settings
    /// `padding = PADDING`, or `[left, right]`; negative numbers cut places off.
    CircularPad1d, [N: Dim, C: Dim, L: Dim], [N, C, L], 2, [], [mode = "circular"]
}

pad! {
    /// The opposite edges around `[N, C, height, width]`, PyTorch's `CircularPad2d`.
    ///
    /// # Settings
    /// `padding = PADDING`, or `[left, right, top, bottom]`; negative numbers cut places off.
    CircularPad2d, [N: Dim, C: Dim, H: Dim, W: Dim], [N, C, H, W], 4, [], [mode = "circular"]
}

pad! {
    /// The opposite edges around `[N, C, depth, height, width]`, PyTorch's `CircularPad3d`.
    ///
    /// # Settings
    /// `padding = PADDING`, or `[left, right, top, bottom, front, back]`; negative numbers cut places off.
    CircularPad3d, [N: Dim, C: Dim, D: Dim, H: Dim, W: Dim], [N, C, D, H, W], 6, [], [mode = "circular"]
}
