//! Convolutions, padding, unfolding and resampling.

cases! { "layers_conv";
    conv1d: nn::Conv1d<2, 3, 3>, (x: [2, 2, 7]) -> [2, 3, 5];
    #[with(stride = 3, padding = 2, dilation = 2, groups = 2, bias = false)]
    conv1d_options: nn::Conv1d<4, 6, 2>, (x: [2, 4, 8]) -> [2, 6, 4];
    #[with(same_padding = true, dilation = 3, padding_mode = "circular")]
    conv1d_same: nn::Conv1d<2, 2, 4>, (x: [1, 2, 9]) -> [1, 2, 9];
    conv1d_of_one: nn::Conv1d<1, 1, 1>, (x: [1, 1, 1]) -> [1, 1, 1];
    #[with(kernel_size = [3, 5], padding = [1, 2])]
    conv2d_rectangular: nn::Conv2d<2, 3, 3>, (x: [2, 2, 5, 6]) -> [2, 3, 5, 6];
    #[with(stride = 2, padding = [2, 1], padding_mode = "reflect")]
    conv2d_reflect: nn::Conv2d<2, 3, 3>, (x: [2, 2, 5, 6]) -> [2, 3, 4, 3];
    #[with(padding = 3, padding_mode = "replicate")]
    conv2d_replicate: nn::Conv2d<2, 3, 2>, (x: [1, 2, 3, 2]) -> [1, 3, 8, 7];
    #[with(kernel_size = [2, 3], same_padding = true)]
    conv2d_same: nn::Conv2d<2, 3, 2>, (x: [2, 2, 4, 5]) -> [2, 3, 4, 5];
    #[with(padding = 1, groups = 3)]
    conv2d_depthwise: nn::Conv2d<3, 6, 3>, (x: [2, 3, 5, 5]) -> [2, 6, 5, 5];
    #[with(stride = 3)]
    conv2d_long_stride: nn::Conv2d<2, 2, 2>, (x: [1, 2, 7, 6]) -> [1, 2, 2, 2];
    conv3d: nn::Conv3d<2, 3, 2>, (x: [2, 2, 3, 4, 5]) -> [2, 3, 2, 3, 4];
    #[with(kernel_size = [3, 2, 1], stride = [2, 1, 3], padding = [2, 1, 0], dilation = [1, 2, 1], groups = 2, bias = false)]
    conv3d_options: nn::Conv3d<4, 6, 1>, (x: [2, 4, 4, 3, 4]) -> [2, 6, 3, 3, 2];
    #[with(kernel_size = [2, 3, 1], same_padding = true, padding_mode = "replicate")]
    conv3d_same: nn::Conv3d<2, 2, 1>, (x: [1, 2, 3, 3, 2]) -> [1, 2, 3, 3, 2];
    conv_transpose1d: nn::ConvTranspose1d<2, 3, 3>, (x: [2, 2, 4]) -> [2, 3, 6];
    #[with(stride = 3, padding = 2, output_padding = 2, groups = 2, dilation = 2, bias = false)]
    conv_transpose1d_options: nn::ConvTranspose1d<4, 6, 3>, (x: [2, 4, 3]) -> [2, 6, 9];
    conv_transpose2d: nn::ConvTranspose2d<2, 3, 3>, (x: [2, 2, 3, 2]) -> [2, 3, 5, 4];
    #[with(kernel_size = [2, 3], stride = [2, 1], padding = [1, 0], output_padding = [1, 0], groups = 2, dilation = [1, 2])]
    conv_transpose2d_options: nn::ConvTranspose2d<4, 2, 2>, (x: [2, 4, 3, 2]) -> [2, 2, 5, 6];
    #[with(padding = 1, output_padding = 2, dilation = 3)]
    conv_transpose2d_dilated: nn::ConvTranspose2d<1, 2, 2>, (x: [1, 1, 2, 3]) -> [1, 2, 5, 6];
    conv_transpose3d: nn::ConvTranspose3d<2, 3, 2>, (x: [2, 2, 2, 3, 2]) -> [2, 3, 3, 4, 3];
    #[with(kernel_size = [3, 1, 2], stride = [2, 3, 1], padding = [1, 0, 1], output_padding = [1, 2, 0], groups = 2, dilation = [1, 1, 3])]
    conv_transpose3d_options: nn::ConvTranspose3d<4, 2, 1>, (x: [2, 4, 2, 2, 3]) -> [2, 2, 4, 6, 4];
    #[with(padding = [2, 1])]
    zero_pad1d: nn::ZeroPad1d<1>, (x: [1, 2, 3]) -> [1, 2, 6];
    zero_pad2d: nn::ZeroPad2d<2>, (x: [1, 2, 3, 4]) -> [1, 2, 7, 8];
    #[with(padding = [1, 0, 2, 1, 0, 1])]
    zero_pad3d: nn::ZeroPad3d<0>, (x: [1, 1, 2, 1, 2]) -> [1, 1, 3, 4, 3];
    #[with(padding = [0, 3], value = 1.5)]
    constant_pad1d: nn::ConstantPad1d<0>, (x: [1, 2, 3]) -> [1, 2, 6];
    #[with(padding = [1, 2, 0, 1], value = -0.5)]
    constant_pad2d: nn::ConstantPad2d<1>, (x: [1, 2, 3, 2]) -> [1, 2, 4, 5];
    #[with(value = 2.0)]
    constant_pad3d: nn::ConstantPad3d<1>, (x: [1, 1, 2, 1, 2]) -> [1, 1, 4, 3, 4];
    #[with(padding = [2, 1])]
    reflection_pad1d: nn::ReflectionPad1d<1>, (x: [1, 2, 4]) -> [1, 2, 7];
    #[with(padding = [1, 2, 0, 2])]
    reflection_pad2d: nn::ReflectionPad2d<1>, (x: [2, 1, 3, 4]) -> [2, 1, 5, 7];
    reflection_pad3d: nn::ReflectionPad3d<1>, (x: [1, 1, 2, 3, 2]) -> [1, 1, 4, 5, 4];
    #[with(padding = [2, 1])]
    replication_pad1d: nn::ReplicationPad1d<1>, (x: [1, 2, 4]) -> [1, 2, 7];
    #[with(padding = [1, 2, 0, 2])]
    replication_pad2d: nn::ReplicationPad2d<1>, (x: [2, 1, 3, 4]) -> [2, 1, 5, 7];
    replication_pad3d: nn::ReplicationPad3d<1>, (x: [1, 1, 2, 3, 2]) -> [1, 1, 4, 5, 4];
    #[with(padding = [2, 1])]
    circular_pad1d: nn::CircularPad1d<1>, (x: [1, 2, 4]) -> [1, 2, 7];
    #[with(padding = [1, 2, 0, 2])]
    circular_pad2d: nn::CircularPad2d<1>, (x: [2, 1, 3, 4]) -> [2, 1, 5, 7];
    circular_pad3d: nn::CircularPad3d<1>, (x: [1, 1, 2, 3, 2]) -> [1, 1, 4, 5, 4];
    #[with(padding = [-1, 2])]
    zero_pad1d_cropped: nn::ZeroPad1d<1>, (x: [1, 2, 4]) -> [1, 2, 5];
    #[with(padding = -1)]
    zero_pad2d_cropped: nn::ZeroPad2d<1>, (x: [1, 2, 3, 5]) -> [1, 2, 1, 3];
    #[with(padding = [1, -1, -1, 2, 0, -1])]
    zero_pad3d_cropped: nn::ZeroPad3d<1>, (x: [1, 1, 2, 3, 3]) -> [1, 1, 1, 4, 3];
    #[with(padding = [2, -2], value = 1.5)]
    constant_pad1d_cropped: nn::ConstantPad1d<0>, (x: [1, 2, 4]) -> [1, 2, 4];
    #[with(padding = [-1, 2, 1, -2], value = -0.5)]
    constant_pad2d_cropped: nn::ConstantPad2d<0>, (x: [1, 2, 4, 3]) -> [1, 2, 3, 4];
    #[with(padding = [-1, 1, 0, -1, 2, -1], value = 2.0)]
    constant_pad3d_cropped: nn::ConstantPad3d<0>, (x: [1, 1, 2, 2, 3]) -> [1, 1, 3, 1, 3];
    #[with(padding = [-1, 2])]
    reflection_pad1d_cropped: nn::ReflectionPad1d<1>, (x: [1, 2, 5]) -> [1, 2, 6];
    #[with(padding = [1, -1, -2, 2])]
    reflection_pad2d_cropped: nn::ReflectionPad2d<1>, (x: [1, 2, 5, 4]) -> [1, 2, 5, 4];
    #[with(padding = [-1, 3, 2, -1])]
    replication_pad2d_cropped: nn::ReplicationPad2d<1>, (x: [1, 2, 4, 3]) -> [1, 2, 5, 5];
    #[with(padding = [-1, 2, 1, -1, 0, 1])]
    replication_pad3d_cropped: nn::ReplicationPad3d<1>, (x: [1, 1, 2, 3, 3]) -> [1, 1, 3, 3, 4];
    #[with(padding = [-1, 2, 1, -1])]
    circular_pad2d_cropped: nn::CircularPad2d<1>, (x: [1, 2, 4, 5]) -> [1, 2, 4, 6];
    #[with(kernel_size = [2, 3], dilation = [2, 1], padding = [1, 0], stride = [1, 2])]
    unfold: nn::Unfold<2>, (x: [2, 2, 4, 5]) -> [2, 12, 8];
    #[with(output_size = [4, 5], kernel_size = [2, 3], dilation = [2, 1], padding = [1, 0], stride = [1, 2])]
    fold: nn::Fold<2>, (x: [2, 12, 8]) -> [2, 2, 4, 5];
    #[with(scale_factor = 3.0)]
    upsample1d: nn::Upsample1d, (x: [1, 2, 3]) -> [1, 2, 9];
    #[with(size = 7, mode = "linear")]
    upsample1d_linear: nn::Upsample1d, (x: [1, 2, 3]) -> [1, 2, 7];
    #[with(size = [4, 7])]
    upsample2d_nearest: nn::Upsample2d, (x: [1, 2, 5, 3]) -> [1, 2, 4, 7];
    #[with(scale_factor = 1.7, mode = "nearest-exact")]
    upsample2d_nearest_exact: nn::Upsample2d, (x: [1, 2, 5, 4]) -> [1, 2, 8, 6];
    #[with(scale_factor = 1.7, mode = "bilinear")]
    upsample2d_bilinear: nn::Upsample2d, (x: [1, 2, 5, 4]) -> [1, 2, 8, 6];
    #[with(scale_factor = 1.7, mode = "bilinear", recompute_scale_factor = true)]
    upsample2d_bilinear_recomputed: nn::Upsample2d, (x: [1, 2, 5, 4]) -> [1, 2, 8, 6];
    #[with(size = [3, 7], mode = "bilinear", align_corners = true)]
    upsample2d_bilinear_corners: nn::Upsample2d, (x: [2, 1, 5, 4]) -> [2, 1, 3, 7];
    #[with(scale_factor = 2.0, mode = "bicubic")]
    upsample2d_bicubic: nn::Upsample2d, (x: [1, 2, 3, 4]) -> [1, 2, 6, 8];
    #[with(size = [2, 7], mode = "bicubic", align_corners = true)]
    upsample2d_bicubic_corners: nn::Upsample2d, (x: [1, 2, 5, 4]) -> [1, 2, 2, 7];
    #[with(scale_factor = 2.0, mode = "trilinear")]
    upsample3d_trilinear: nn::Upsample3d, (x: [1, 1, 2, 3, 2]) -> [1, 1, 4, 6, 4];
    #[with(size = [3, 2, 5])]
    upsample3d_nearest: nn::Upsample3d, (x: [1, 2, 2, 3, 2]) -> [1, 2, 3, 2, 5];
    #[with(scale_factor = 2.5, mode = "linear")]
    upsample1d_factor: nn::Upsample1d, (x: [1, 2, 4]) -> [1, 2, 10];
    #[with(scale_factor = [2.0, 3.0])]
    upsample2d_factors: nn::Upsample2d, (x: [1, 2, 3, 2]) -> [1, 2, 6, 6];
    #[with(scale_factor = [0.5, 1.7], mode = "bilinear")]
    upsample2d_bilinear_factors: nn::Upsample2d, (x: [1, 2, 5, 4]) -> [1, 2, 2, 6];
    #[with(scale_factor = [1.5, 2], mode = "bicubic", align_corners = true)]
    upsample2d_bicubic_factors: nn::Upsample2d, (x: [1, 1, 4, 3]) -> [1, 1, 6, 6];
    #[with(scale_factor = [2.0, 0.5, 1.5], mode = "trilinear")]
    upsample3d_factors: nn::Upsample3d, (x: [1, 1, 2, 4, 3]) -> [1, 1, 4, 2, 4];
    interpolate_factors(x: [1, 1, 2, 3, 2]) -> [1, 1, 3, 3, 6] { x.interpolate(scale_factor = [1.5, 1, 3]) };
    pixel_shuffle: nn::PixelShuffle<2>, (x: [2, 8, 2, 3]) -> [2, 2, 4, 6];
    pixel_unshuffle: nn::PixelUnshuffle<3>, (x: [1, 2, 3, 6]) -> [1, 18, 1, 2];
    channel_shuffle: nn::ChannelShuffle<3>, (x: [2, 6, 2, 2]) -> [2, 6, 2, 2];
    interpolate_antialias(x: [1, 2, 7, 5]) -> [1, 2, 3, 9] { x.interpolate([3, 9], mode = "bilinear", antialias = true) };
    interpolate_bicubic_antialias(x: [1, 1, 10, 9]) -> [1, 1, 4, 4] { x.interpolate(scale_factor = [0.4, 0.5], mode = "bicubic", antialias = true) };
    interpolate_corners_antialias(x: [1, 1, 7, 9]) -> [1, 1, 3, 4] { x.interpolate([3, 4], mode = "bilinear", antialias = true, align_corners = true) };
    interpolate_area(x: [1, 2, 5, 4]) -> [1, 2, 3, 7] { x.interpolate([3, 7], mode = "area") };
    pad_negative(x: [2, 3, 4]) -> [2, 3, 5] { x.pad([-1, 2, 1, -1], value = 0.5) };
    pad_circular_negative(x: [1, 2, 4]) -> [1, 2, 5] { x.pad([-1, 2], mode = "circular") };
    windows(x: [2, 7, 2]) -> [2, 3, 2, 3] { x.windows(1, 3, 2) };
    unfold_and_fold(x: [1, 2, 4, 4]) -> [1, 2, 4, 4] { let columns = x.unfold(2, stride = 2, padding = 1); (columns * columns).fold([4, 4], 2, stride = 2, padding = 1) };
}
