//! Operations that models can use, with their formulas. This page is documentation: operations are methods and functions
//! inside `#[model]`, not items of this crate.
//!
//! Arguments are given by position or name: `x.conv2d(self.weight, stride = 2)`. A method is also a function:
//! `maximum(a, b)` is `a.maximum(b)`. Element-wise operations broadcast as in NumPy: sizes are equal or one of them is the
//! literal 1. Gradients are those of PyTorch at kinks and ties.
//!
//! | operation | meaning | PyTorch |
//! | --- | --- | --- |
//! | `+` `-` `*` `/` `-x`: `add` `sub` `mul` `div` `neg` | arithmetic | the same |
//! | `>` `>=` `<` `<=` `==` `!=`: `gt` `ge` `lt` `le` `eq` `ne` | comparisons, for `select` | the same |
//! | `select(condition, x, y)` | `x` where the condition holds, else `y` | `where` |
//! | `x as f32`: `to_f32` | whole numbers and truth values as numbers | `float` |
//! | `exp` `ln` `sqrt` `abs` | elementary functions | `exp` `log` `sqrt` `abs` |
//! | `relu` `sigmoid` `tanh` `gelu` | activations; `gelu` is `x Φ(x)`, the exact form | the same |
//! | `softplus(beta, threshold)` | `ln(1 + exp(beta x)) / beta`, the identity above the threshold | `softplus` |
//! | `maximum(x, y)` `minimum(x, y)` | the larger, the smaller; NaN if either is | the same |
//! | `sum(axes, keepdim)` `mean(axes, keepdim)` `max(axes, keepdim)` | reductions, over all axes by default | `sum` `mean` `amax` |
//! | `argmax(axis, keepdim)` `argmin(axis, keepdim)` | place of the largest, the smallest, as `u32`; in row-major order without an axis | the same |
//! | `matmul(y)` | matrix product, batched over leading axes | `matmul` |
//! | `reshape([..])` `flatten(start, end)` `expand([..])` | the same elements in another shape; broadcasting to a shape | `reshape` `flatten` `expand` |
//! | `permute([..])` `transpose(a, b)` `t()` | reordered axes | the same |
//! | `x[(.., 0..64)]`: `slice` | a part; a whole number drops its axis | `x[:, 0:64]` |
//! | `concat([a, b], axis)` | one after the other | `cat` |
//! | `pad([left, right, top, bottom, ..], mode, value)` | places around the last axes: `"constant"`, `"reflect"`, `"replicate"`, `"circular"`; negative ones cut off | `pad` |
//! | `unfold(kernel_size, dilation, padding, stride)` `fold(output_size, kernel_size, ..)` | windows of an image as columns, and columns added up to an image | the same |
//! | `windows(axis, size, step)` | windows along an axis, their places as a last axis | `Tensor.unfold` |
//! | `interpolate(size, scale_factor, mode, align_corners, recompute_scale_factor, antialias)` | resampling of the spatial axes: `"nearest"`, `"nearest-exact"`, `"linear"`, `"cubic"`, `"area"` and PyTorch's `"bilinear"`, `"trilinear"`, `"bicubic"` | the same |
//! | `pixel_shuffle(r)` `pixel_unshuffle(r)` `channel_shuffle(groups)` | channels as places, places as channels, channels of groups in turn | the same |
//! | `detach()` | the value without its gradient | `detach` |
//! | `conv1d` `conv2d` `conv3d(weight, stride, padding, dilation, groups, padding_mode)` | cross-correlation, channels first; `padding` may be `"same"` or `"valid"` | the same |
//! | `conv_transpose1d` `conv_transpose2d` `conv_transpose3d(weight, stride, padding, output_padding, groups, dilation)` | its transpose | the same |
//! | `max_pool1d` `max_pool2d` `max_pool3d(kernel_size, stride, padding, dilation, ceil_mode)` | the largest of each window | the same |
//! | `avg_pool1d` `avg_pool2d` `avg_pool3d(kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)` | the mean of each window | the same |
//! | `adaptive_avg_pool1d` `adaptive_avg_pool2d` `adaptive_avg_pool3d(output_size)` | the mean of each of so many parts; 0 keeps an axis | the same |
//! | `adaptive_max_pool1d` `adaptive_max_pool2d` `adaptive_max_pool3d(output_size)` | the largest of each part | the same |
//! | `log_softmax(axis)` | `x - ln Σ exp(x)`, stably | `log_softmax` |
//! | `nll_loss(label)` | `-log_probs[label]`, one value per label | `nll_loss`, `reduction="none"` |
//! | `cross_entropy(label)` | mean of `-log_softmax(scores)[label]`; labels `u8`, `u32` or `i64` | `cross_entropy` |
//! | `dropout(rate)` | zeroes elements, scales the others; always active, ask `training()` | `dropout` |
//! | `batch_mean()` `batch_var(mean)` | mean and biased variance per channel (axis 1) | `mean` `var` |
//! | `batch_norm(mean, var, weight, bias, eps)` | `(x - mean) / √(var + eps) · weight + bias` per channel | `batch_norm` |
//!
//! Besides: `x.dim(axis)` is a size, `training()` tells training from inference at compile time, `self.buffer.update(value)`
//! proposes a buffer's value after the step, `for block in &self.blocks { x = block(x); }` runs a stack, `if` decides on
//! hyper-parameters and sizes, `if let Some(bias) = self.bias` asks whether an optional part is there.
