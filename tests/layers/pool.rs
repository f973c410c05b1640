//! Pooling.

cases! { "layers_pool";
    max_pool1d: nn::MaxPool1d<2>, (x: [2, 2, 7]) -> [2, 2, 3];
    avg_pool1d: nn::AvgPool1d<2>, (x: [2, 2, 7]) -> [2, 2, 3];
    max_pool2d: nn::MaxPool2d<2>, (x: [2, 2, 5, 6]) -> [2, 2, 2, 3];
    avg_pool2d: nn::AvgPool2d<2>, (x: [2, 2, 5, 6]) -> [2, 2, 2, 3];
    max_pool3d: nn::MaxPool3d<2>, (x: [1, 2, 3, 4, 5]) -> [1, 2, 1, 2, 2];
    avg_pool3d: nn::AvgPool3d<2>, (x: [1, 2, 3, 4, 5]) -> [1, 2, 1, 2, 2];
    #[with(stride = 2, padding = 1, dilation = 2, ceil_mode = true)]
    max_pool1d_options: nn::MaxPool1d<3>, (x: [2, 2, 8]) -> [2, 2, 4];
    #[with(kernel_size = [2, 3], stride = [3, 1], padding = [1, 0], dilation = [1, 2], ceil_mode = true)]
    max_pool2d_options: nn::MaxPool2d<2>, (x: [1, 2, 6, 7]) -> [1, 2, 3, 3];
    #[with(kernel_size = [2, 1, 3], stride = [1, 3, 2], padding = [1, 0, 1], dilation = [2, 1, 1], ceil_mode = true)]
    max_pool3d_options: nn::MaxPool3d<1>, (x: [1, 2, 4, 5, 6]) -> [1, 2, 4, 2, 4];
    max_pool_of_one: nn::MaxPool2d<1>, (x: [1, 1, 1, 1]) -> [1, 1, 1, 1];
    #[with(stride = 2, padding = 1, ceil_mode = true, count_include_pad = false)]
    avg_pool1d_options: nn::AvgPool1d<3>, (x: [2, 2, 8]) -> [2, 2, 5];
    #[with(kernel_size = [2, 3], stride = [3, 2], padding = 1, ceil_mode = true)]
    avg_pool2d_options: nn::AvgPool2d<2>, (x: [1, 2, 6, 6]) -> [1, 2, 3, 4];
    #[with(stride = 2, padding = 1, ceil_mode = true, divisor_override = 5)]
    avg_pool2d_divisor: nn::AvgPool2d<3>, (x: [1, 2, 6, 5]) -> [1, 2, 4, 3];
    #[with(kernel_size = [2, 1, 3], stride = [2, 3, 2], padding = [1, 0, 1], ceil_mode = true)]
    avg_pool3d_options: nn::AvgPool3d<1>, (x: [1, 2, 4, 5, 6]) -> [1, 2, 3, 2, 4];
    #[with(stride = 1, padding = 1, count_include_pad = false)]
    avg_pool3d_without_padding: nn::AvgPool3d<2>, (x: [1, 1, 2, 3, 2]) -> [1, 1, 3, 4, 3];
    #[with(divisor_override = 3)]
    avg_pool3d_divisor: nn::AvgPool3d<2>, (x: [1, 2, 4, 2, 5]) -> [1, 2, 2, 1, 2];
    lp_pool1d: nn::LpPool1d<2>, (x: [2, 2, 7]) -> [2, 2, 3];
    lp_pool2d: nn::LpPool2d<2>, (x: [2, 2, 5, 6]) -> [2, 2, 2, 3];
    lp_pool3d: nn::LpPool3d<2>, (x: [1, 2, 3, 4, 5]) -> [1, 2, 1, 2, 2];
    #[with(norm_type = 1, stride = 2, ceil_mode = true)]
    lp_pool1d_sum: nn::LpPool1d<3>, (x: [2, 2, 8]) -> [2, 2, 4];
    #[with(norm_type = 3.0, kernel_size = [2, 3], stride = [3, 1])]
    lp_pool2d_cubes: nn::LpPool2d<1>, (x: [1, 2, 5, 6]) -> [1, 2, 2, 4];
    #[with(norm_type = 1.5, stride = 1, ceil_mode = true)]
    lp_pool2d_fractional: nn::LpPool2d<2>, (x: [1, 2, 4, 4]) -> [1, 2, 3, 3];
    #[with(norm_type = 4.0, kernel_size = [3, 2], ceil_mode = true)]
    lp_pool2d_fourth: nn::LpPool2d<1>, (x: [1, 2, 5, 5]) -> [1, 2, 2, 3];
    #[with(kernel_size = [2, 1, 3], stride = [1, 3, 2], ceil_mode = true)]
    lp_pool3d_options: nn::LpPool3d<1>, (x: [1, 2, 4, 5, 6]) -> [1, 2, 3, 2, 3];
    #[with(norm_type = f32::INFINITY)]
    lp_pool2d_largest: nn::LpPool2d<2>, (x: [1, 2, 4, 6]) -> [1, 2, 2, 3];
    #[with(norm_type = f32::NEG_INFINITY, ceil_mode = true)]
    lp_pool2d_smallest: nn::LpPool2d<2>, (x: [1, 2, 5, 4]) -> [1, 2, 3, 2];
    #[with(norm_type = -2.0)]
    lp_pool2d_negative: nn::LpPool2d<2>, (x: [1, 2, 4, 4]) -> [1, 2, 2, 2];
    adaptive_avg_pool1d: nn::AdaptiveAvgPool1d<3>, (x: [2, 2, 7]) -> [2, 2, 3];
    adaptive_avg_pool1d_larger: nn::AdaptiveAvgPool1d<8>, (x: [1, 2, 5]) -> [1, 2, 8];
    #[with(output_size = [2, 5])]
    adaptive_avg_pool2d: nn::AdaptiveAvgPool2d<2>, (x: [2, 2, 5, 7]) -> [2, 2, 2, 5];
    #[with(output_size = [0, 2])]
    adaptive_avg_pool2d_kept: nn::AdaptiveAvgPool2d<2>, (x: [1, 2, 5, 4]) -> [1, 2, 5, 2];
    adaptive_avg_pool2d_to_one: nn::AdaptiveAvgPool2d<1>, (x: [2, 2, 5, 4]) -> [2, 2, 1, 1];
    #[with(output_size = [2, 1, 3])]
    adaptive_avg_pool3d: nn::AdaptiveAvgPool3d<1>, (x: [1, 2, 3, 4, 5]) -> [1, 2, 2, 1, 3];
    adaptive_max_pool1d: nn::AdaptiveMaxPool1d<3>, (x: [2, 2, 7]) -> [2, 2, 3];
    adaptive_max_pool1d_larger: nn::AdaptiveMaxPool1d<8>, (x: [1, 2, 5]) -> [1, 2, 8];
    #[with(output_size = [2, 5])]
    adaptive_max_pool2d: nn::AdaptiveMaxPool2d<2>, (x: [2, 2, 5, 7]) -> [2, 2, 2, 5];
    #[with(output_size = [0, 2])]
    adaptive_max_pool2d_kept: nn::AdaptiveMaxPool2d<2>, (x: [1, 2, 5, 4]) -> [1, 2, 5, 2];
    adaptive_max_pool2d_to_one: nn::AdaptiveMaxPool2d<1>, (x: [2, 2, 5, 4]) -> [2, 2, 1, 1];
    #[with(output_size = [2, 1, 3])]
    adaptive_max_pool3d: nn::AdaptiveMaxPool3d<1>, (x: [1, 2, 3, 4, 5]) -> [1, 2, 2, 1, 3];
    global_avg_pool1d: nn::GlobalAvgPool1d, (x: [2, 3, 5]) -> [2, 3];
    global_max_pool1d: nn::GlobalMaxPool1d, (x: [2, 3, 5]) -> [2, 3];
    global_avg_pool2d: nn::GlobalAvgPool2d, (x: [2, 3, 4, 5]) -> [2, 3];
    global_max_pool2d: nn::GlobalMaxPool2d, (x: [2, 3, 4, 5]) -> [2, 3];
    global_avg_pool3d: nn::GlobalAvgPool3d, (x: [2, 3, 2, 3, 4]) -> [2, 3];
    global_max_pool3d: nn::GlobalMaxPool3d, (x: [2, 3, 2, 3, 4]) -> [2, 3];
}
