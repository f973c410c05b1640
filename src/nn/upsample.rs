//! Resampling, and rearrangements between channels and places.

use crate::model;

/// Resampling: the layers differ in the axes after the channels. `$sizes` and `$factors` are a number for each of them,
/// `$no_size` and `$no_factor` those that say nothing.
macro_rules! upsample {
    (
        $(#[$doc:meta])* $name:ident, [$($sizes:tt)*], $no_size:tt, [$($factors:tt)*], $no_factor:tt,
        [$($dims:tt)*], [$($shape:tt)*]
    ) => {
        $(#[$doc])*
        /// `mode = "nearest"`, `"nearest-exact"`, `"linear"`, `"cubic"` or
        /// `"area"`; `align_corners = false`, `antialias = false`, `recompute_scale_factor = false`.
        #[model(part)]
        pub struct $name {
            #[default(0)]
            size: $($sizes)*,
            #[default(0.0)]
            scale_factor: $($factors)*,
            #[default("nearest")]
            mode: &'static str,
            #[default(false)]
            align_corners: bool,
            #[default(false)]
            recompute_scale_factor: bool,
            #[default(false)]
            antialias: bool,
        }

        #[model]
        impl $name {
            #[track_caller]
            pub fn forward<$($dims)*>(&self, x: Tensor<$($shape)*>) -> Tensor<Inferred> {
                if self.size == $no_size {
                    x.interpolate(
                        scale_factor = self.scale_factor,
                        mode = self.mode,
                        align_corners = self.align_corners,
                        recompute_scale_factor = self.recompute_scale_factor,
                        antialias = self.antialias,
                    )
                } else if self.scale_factor == $no_factor {
                    x.interpolate(
                        size = self.size,
                        mode = self.mode,
                        align_corners = self.align_corners,
                        recompute_scale_factor = self.recompute_scale_factor,
                        antialias = self.antialias,
                    )
                } else {
                    // The operation says that one of them is to go.
                    x.interpolate(size = self.size, scale_factor = self.scale_factor)
                }
            }
        }
    };
}

upsample! {
    /// Resampling of a length, PyTorch's `Upsample`.
    ///
    /// # Shapes
    /// - `x`: `[N, C, length]`
    /// - result: `[N, C, out_length]`, where `out` is `size`, or `size of x · scale_factor`, rounded down
    ///
    /// # Settings
    /// Either `size` or `scale_factor`, a number each;
    Upsample1d, [usize], 0, [f32], 0.0, [N: Dim, C: Dim, L: Dim], [N, C, L]
}

upsample! {
    /// Resampling of an image, PyTorch's `Upsample`.
    ///
    /// # Shapes
    /// - `x`: `[N, C, height, width]`
    /// - result: `[N, C, out_height, out_width]`, where `out` is `size`, or `size of x · scale_factor`, rounded down
    ///
    /// # Settings
    /// Either `size` or `scale_factor`, each one number or `[vertical, horizontal]`;
    Upsample2d, [[usize; 2]], [0, 0], [[f32; 2]], [0.0, 0.0], [N: Dim, C: Dim, H: Dim, W: Dim], [N, C, H, W]
}

upsample! {
    /// Resampling of a volume, PyTorch's `Upsample`.
    ///
    /// # Shapes
    /// - `x`: `[N, C, depth, height, width]`
    /// - result: `[N, C, out_depth, out_height, out_width]`, where `out` is `size`, or `size of x · scale_factor`,
    ///   rounded down
    ///
    /// # Settings
    /// Either `size` or `scale_factor`, each one number or `[depth, vertical, horizontal]`;
    Upsample3d, [[usize; 3]], [0, 0, 0], [[f32; 3]], [0.0, 0.0, 0.0],
    [N: Dim, C: Dim, D: Dim, H: Dim, W: Dim], [N, C, D, H, W]
}

/// Channels as places: `[N, C FACTOR², height, width]` to `[N, C, height FACTOR, width FACTOR]`, PyTorch's
/// `PixelShuffle`.
#[model(part)]
pub struct PixelShuffle<const FACTOR: usize>;

#[model]
impl<const FACTOR: usize> PixelShuffle<FACTOR> {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, H: Dim, W: Dim>(&self, x: Tensor<N, C, H, W>) -> Tensor<Inferred> {
        x.pixel_shuffle(FACTOR)
    }
}

/// Places as channels: `[N, C, height FACTOR, width FACTOR]` to `[N, C FACTOR², height, width]`, PyTorch's
/// `PixelUnshuffle`.
#[model(part)]
pub struct PixelUnshuffle<const FACTOR: usize>;

#[model]
impl<const FACTOR: usize> PixelUnshuffle<FACTOR> {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, H: Dim, W: Dim>(&self, x: Tensor<N, C, H, W>) -> Tensor<Inferred> {
        x.pixel_unshuffle(FACTOR)
    }
}

/// Channels `[GROUPS, C / GROUPS]` in the order `[C / GROUPS, GROUPS]`, PyTorch's `ChannelShuffle`.
#[model(part)]
pub struct ChannelShuffle<const GROUPS: usize>;

#[model]
impl<const GROUPS: usize> ChannelShuffle<GROUPS> {
    #[track_caller]
    pub fn forward<N: Dim, C: Dim, H: Dim, W: Dim>(&self, x: Tensor<N, C, H, W>) -> Tensor<Inferred> {
        x.channel_shuffle(GROUPS)
    }
}
