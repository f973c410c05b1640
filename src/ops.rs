//! Operations that models can use, with their formulas. This page is documentation: operations are methods and functions
//! inside `#[model]`, not items of this crate.
//!
//! Arguments are given by position or name: `x.conv2d(self.weight, stride = 2)`; an `Option` of the model that is absent leaves
//! its argument out, `x.layer_norm(bias = self.bias)`. A method is also a function:
//! `maximum(a, b)` is `a.maximum(b)`. Element-wise operations broadcast as in NumPy: sizes are equal or one of them is the
//! literal 1. Gradients are those of PyTorch at kinks and ties. Operations that only move elements, from `reshape` to
//! `repeat_interleave` and `diag`, take whole numbers, too.
//!
//! | operation | meaning | PyTorch |
//! | --- | --- | --- |
//! | `+` `-` `*` `/` `-x`: `add` `sub` `mul` `div` `neg` | arithmetic | the same |
//! | `%`: `fmod(y)`, `remainder(y)` | remainder with the sign of `x`; with the sign of `y` | the same |
//! | `>` `>=` `<` `<=` `==` `!=`: `gt` `ge` `lt` `le` `eq` `ne` | comparisons, for `select`; of reals, or of whole numbers, exactly | the same |
//! | `&` <code>&#124;</code> `^` `!`: `logical_and` `logical_or` `logical_xor` `logical_not` | logic of conditions | the same |
//! | `is_nan()` `is_inf()` `is_finite()` | conditions | `isnan` `isinf` `isfinite` |
//! | `select(condition, x, y)` | `x` where the condition holds, else `y` | `where` |
//! | `masked_fill(mask, value)` | `value` where the condition holds, else `x` | the same |
//! | `x as _`, `x as bf16`, `x as f32`: `cast("bf16")`, `to_f32` | elements of the computing type or of another, as Rust casts numbers; truth values are 1 and 0 | `to` `float` |
//! | `exp` `exp2` `exp_m1` | `e^x`, `2^x`, `e^x - 1` also near 0 | `exp` `exp2` `expm1` |
//! | `ln` `ln_1p` `log2` `log10` | logarithms; `ln(1 + x)` also near 0 | `log` `log1p` `log2` `log10` |
//! | `sqrt` `rsqrt` `recip` `square` | `√x`, `1/√x`, `1/x`, `x²` | `sqrt` `rsqrt` `reciprocal` `square` |
//! | `pow(y)` `powf(exponent)` `powi(n)` | power of a tensor to a tensor, to a number, to a whole number | `pow` |
//! | `sin` `cos` `tan` `asin` `acos` `atan` `atan2(x)` | angles in radians; the first three accurate up to 6.5e6 | the same |
//! | `sinh` `cosh` `tanh` `asinh` `acosh` `atanh` | hyperbolic functions | the same |
//! | `erf` `erfc` `hypot(y)` | error function and its complement, `√(x² + y²)` | the same |
//! | `abs` `sign` `floor` `ceil` `round(decimals)` `trunc` `fract` | magnitude, sign, rounding (half to even), `x - trunc(x)` | `frac`, else the same |
//! | `maximum(x, y)` `minimum(x, y)` | the larger, the smaller; NaN if either is | the same |
//! | `clamp(min, max)` | between bounds: numbers or tensors, either may be left out | `clamp` |
//! | `lerp(end, weight)` | `x + weight (end - x)` | `lerp` |
//! | `nan_to_num(nan, posinf, neginf)` | numbers in the place of NaN and infinities | `nan_to_num` |
//! | `relu` `relu6` `sigmoid` `silu` `mish` | `max(x, 0)`, at most 6; logistic function `s`; `x s`; `x tanh(softplus(x))` | the same |
//! | `gelu(approximate)` | `x Φ(x)`, exactly or by `"tanh"` | `gelu` |
//! | `leaky_relu(negative_slope)` `prelu(weight)` | `x` above 0, else the slope times `x`: a number; a weight, or one for each channel | the same |
//! | `rrelu(lower, upper)` | as `leaky_relu` with random slopes; always random, ask `training()` | `rrelu` |
//! | `elu(alpha)` `celu(alpha)` `selu` | `x` above 0, else `α (e^x - 1)`, `α (e^(x/α) - 1)`; `elu` with scale | the same |
//! | `glu(axis)` | first half times the logistic function of the second | `glu` |
//! | `softplus(beta, threshold)` | `ln(1 + exp(beta x)) / beta`, the identity above the threshold | `softplus` |
//! | `log_sigmoid` `softsign` `tanhshrink` | `ln s`, `x / (1 + abs(x))`, `x - tanh(x)` | `logsigmoid`, else the same |
//! | `hardsigmoid` `hardswish` `hardtanh(min_val, max_val)` | piecewise linear | the same |
//! | `hardshrink(lambd)` `softshrink(lambd)` `threshold(threshold, value)` | 0 near 0; nearer to 0; `value` up to the threshold | the same |
//! | `activate(activation)` | the activation of this name, a text such as `"gelu"`, with its default settings; `"identity"` changes nothing | - |
//! | `gate_by(score, gate)` | `x` times the activation of this name of `score`, `"sigmoid"` by default | - |
//! | `argmax(axis, keepdim)` `argmin(axis, keepdim)` | place of the largest, the smallest, as `u32`; in row-major order without an axis | the same |
//! | `sort(axis, descending)` `argsort(axis, descending)` | sorted order, always stable: `(values, places)`, the places alone; a NaN is the largest | the same |
//! | `topk(k, axis, largest, sorted)` | the `k` largest or smallest: `(values, places)` | `topk` |
//! | `kthvalue(k, axis, keepdim)` `median(axis, keepdim)` | the `k`-th smallest, the lower one in the middle: `(value, place)` | the same |
//! | `searchsorted(values, right)` `bucketize(boundaries, right)` | places of values in sorted rows, as `u32` | the same |
//! | `matmul(y)` | matrix product, batched over leading axes | `matmul` |
//! | `einsum("b i k, b k j -> b i j", a, b, …)` | sums of products over named axes, or letters as in PyTorch; up to 8 tensors | `einsum` |
//! | `attention(k, v, mask, causal, scale, causal_offset, window, dropout)` | `softmax(scale · q kᵀ + mask) v`, weights never stored; `dropout` is always active, ask `training()`; `q` `[.., H, T, D]`, `k` `[.., G, S, D]`, `v` `[.., G, S, E]` | `scaled_dot_product_attention` |
//! | `reshape([..])` `flatten(start, end)` `expand([..])` | the same elements in another shape; broadcasting to a shape | `reshape` `flatten` `expand` |
//! | `unflatten(axis, [..])` | an axis as several; one size may be -1, which follows from the others | the same |
//! | `gather(axis, index)` `take_along(index, axis)` | an element for each index along the axis | `gather` `take_along_dim` |
//! | `index_select(axis, index)` | a slice for each index, which may have any number of axes | `index_select`, `x[index]` |
//! | `scatter(axis, index, src)` `scatter_add(axis, index, src)` | `src`, a tensor or a number, put or added at the indices; the last wins | the same |
//! | `index_add(axis, index, src, alpha)` | slices added at the indices | `index_add` |
//! | `embedding(weight, padding_idx, max_norm, norm_type, scale_grad_by_freq)` | rows of the weight for the indices; the padding's row gets no gradient; longer rows are looked up with `max_norm` | `embedding` |
//! | `embedding_bag(weight, mode, per_sample_weights, padding_idx, max_norm, norm_type, scale_grad_by_freq)` | sum, mean or maximum over the rows of each bag `[N, bag]` | `embedding_bag` |
//! | `sum(axes, keepdim)` `mean(axes, keepdim)` `prod(axes, keepdim)` `max(axes, keepdim)` `min(axes, keepdim)` | reductions, over all axes by default | `sum` `mean` `prod` `amax` `amin` |
//! | `var(axes, keepdim, correction)` `std(axes, keepdim, correction)` | variance and standard deviation; `correction` is 1 by default | the same |
//! | `norm(p, axes, keepdim)` | `(Σ abs(x)^p)^(1/p)`, `p` 2 by default, also `"inf"` and `"-inf"` | the same |
//! | `logsumexp(axes, keepdim)` | `ln Σ exp(x)`, stably | the same |
//! | `all(axes, keepdim)` `any(axes, keepdim)` `count_nonzero(axes, keepdim)` | of conditions: whether they hold everywhere, anywhere, and how often, as `f32` | the same |
//! | `cumsum(axis)` `cumprod(axis)` | running sums and products | the same |
//! | `outer(y)` `dot(y)` | products of vectors: all pairs, and the sum over equal places | the same |
//! | `squeeze(axes)` `unsqueeze(axis)` | without axes of size 1, with a new one | the same |
//! | `permute([..])` `transpose(a, b)` `swapaxes(a, b)` `movedim(from, to)` `moveaxis(from, to)` `t()` | reordered axes | the same |
//! | `flip(axes)` `roll(shifts, axes)` | backwards; rotated | the same |
//! | `x[(.., 0..64)]`: `slice`; `at(axis, index)` | a part; a whole number drops its axis | `x[:, 0:64]`, `select` |
//! | `step_by(step, axis)` | every few places | `x[:, ::2]` |
//! | `split(sizes, axis)` `chunk(chunks, axis)` `unbind(axis)` | a list of parts: `let [a, b] = x.split([2, 3]);` | the same |
//! | `concat([a, b], axis)` `stack([a, b], axis)` | one after the other; along a new axis | `cat` `stack` |
//! | `repeat([..])` `tile([..])` `repeat_interleave(count, axis)` | copies side by side; each place several times | the same |
//! | `diagonal(offset, axis1, axis2)` `diag(diagonal)` `trace()` `tril(diagonal)` `triu(diagonal)` | diagonals and triangles of matrices | the same |
//! | `zeros([..])` `ones([..])` `full([..], value)` `zeros_like(x)` `ones_like(x)` `full_like(x, value)` | tensors of one number; sizes may be run-time dimensions | the same |
//! | `arange(start, end, step)` `linspace(start, end, steps)` `eye(n, m)` | evenly spaced numbers, `u32` if they are whole; the identity | the same |
//! | `meshgrid([x, y], indexing)` | coordinates of a grid, a list | the same |
//! | `one_hot(num_classes)` | labels (whole numbers) as vectors with a single one, `f32` | `one_hot` |
//! | `detach()` | the value without its gradient | `detach` |
//! | `softmax(axis)` `softmin(axis)` `log_softmax(axis)` | `exp(x) / Σ exp(x)`, that of `-x`, its logarithm, stably | the same |
//! | `pad([left, right, top, bottom, ..], mode, value)` | places around the last axes: `"constant"`, `"reflect"`, `"replicate"`, `"circular"`; negative ones cut off | `pad` |
//! | `unfold(kernel_size, dilation, padding, stride)` `fold(output_size, kernel_size, ..)` | windows of an image as columns, and columns added up to an image | the same |
//! | `windows(axis, size, step)` | windows along an axis, their places as a last axis | `Tensor.unfold` |
//! | `interpolate(size, scale_factor, mode, align_corners, recompute_scale_factor, antialias)` | resampling of the spatial axes: `"nearest"`, `"nearest-exact"`, `"linear"`, `"cubic"`, `"area"` and PyTorch's `"bilinear"`, `"trilinear"`, `"bicubic"` | the same |
//! | `pixel_shuffle(r)` `pixel_unshuffle(r)` `channel_shuffle(groups)` | channels as places, places as channels, channels of groups in turn | the same |
//! | `conv1d` `conv2d` `conv3d(weight, stride, padding, dilation, groups, padding_mode)` | cross-correlation, channels first; `padding` may be `"same"` or `"valid"` | the same |
//! | `conv_transpose1d` `conv_transpose2d` `conv_transpose3d(weight, stride, padding, output_padding, groups, dilation)` | its transpose | the same |
//! | `max_pool1d` `max_pool2d` `max_pool3d(kernel_size, stride, padding, dilation, ceil_mode)` | the largest of each window | the same |
//! | `max_pool1d_with_indices` `max_pool2d_with_indices` `max_pool3d_with_indices(kernel_size, stride, padding, dilation, ceil_mode)` | the largest of each window, and its place in the row-major image without padding: `(maxima, indices)` | `max_pool2d(…, return_indices=True)` |
//! | `max_unpool1d` `max_unpool2d` `max_unpool3d(indices, kernel_size, stride, padding, output_size)` | each element at its index, 0 elsewhere | the same |
//! | `avg_pool1d` `avg_pool2d` `avg_pool3d(kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)` | the mean of each window | the same |
//! | `lp_pool1d` `lp_pool2d` `lp_pool3d(norm_type, kernel_size, stride, ceil_mode)` | `(Σ x^p)^(1/p)` over each window; the largest magnitude for `p` infinite | the same |
//! | `adaptive_avg_pool1d` `adaptive_avg_pool2d` `adaptive_avg_pool3d(output_size)` | the mean of each of so many parts; 0 keeps an axis | the same |
//! | `adaptive_max_pool1d` `adaptive_max_pool2d` `adaptive_max_pool3d(output_size)` | the largest of each part | the same |
//! | `adaptive_max_pool1d_with_indices` `adaptive_max_pool2d_with_indices` `adaptive_max_pool3d_with_indices(output_size)` | the largest of each part and its place: `(maxima, indices)` | `adaptive_max_pool2d(…, return_indices=True)` |
//! | `dropout(rate)` | zeroes elements, scales the others; always active, ask `training()` | `dropout` |
//! | `dropout1d(rate)` `dropout2d(rate)` `dropout3d(rate)` | the same for whole channels | the same |
//! | `alpha_dropout(rate)` `feature_alpha_dropout(rate)` | dropout that keeps mean and variance, for SELU; of elements or channels | the same |
//! | `drop_path(rate, scale_by_keep)` | dropout of whole samples | timm's `drop_path` |
//! | `batch_mean()` `batch_var(mean, correction)` | mean and variance per channel (axis 1), divided by the count less the correction, 0 by default | `mean` `var` |
//! | `batch_norm(mean, var, weight, bias, eps)` | `(x - mean) / √(var + eps) · weight + bias` per channel | `batch_norm` |
//! | `layer_norm(axes, weight, bias, eps)` | the same with the statistics of each sample, over the last axis by default | `layer_norm` |
//! | `rms_norm(axes, weight, eps)` | `x / √(mean(x²) + eps) · weight`, over the last axis by default | `rms_norm` |
//! | `group_norm(num_groups, weight, bias, eps)` `instance_norm(weight, bias, eps)` | statistics of each sample's groups of channels, of each channel | the same |
//! | `local_response_norm(size, alpha, beta, k)` | `x / (k + alpha · mean(x² of neighbouring channels))^beta` | the same |
//! | `normalize(p, axis, eps)` | `x / max(‖x‖_p, eps)` | `functional.normalize` |
//! | `cosine_similarity(other, axis, eps)` `pairwise_distance(other, p, eps, keepdim)` | cosines and distances of vectors | the same |
//! | `bilinear(other, weight, bias)` | `Σ_ij x_i weight_kij y_j + bias_k` | `bilinear` |
//!
//! # Losses
//!
//! All take `reduction = "mean"`, `"sum"` or `"none"`. Targets have the shape of the first operand, unless said otherwise; a
//! number stands for a tensor full of it, `scores.bce_with_logits_loss(1.0)`. Labels are whole numbers of any type, with
//! one axis less than scores, whose classes lie along axis 1.
//!
//! | operation | of one element | PyTorch |
//! | --- | --- | --- |
//! | `cross_entropy(label, weight, ignore_index, reduction, label_smoothing)` | `-log_softmax(scores)[label]`; `f32` targets are a probability for each class | `cross_entropy` |
//! | `nll_loss(label, weight, ignore_index, reduction)` | `-log_probs[label]` | `nll_loss` |
//! | `ctc_loss(targets, input_lengths, target_lengths, blank, reduction, zero_infinity)` | `-ln p(target)` over all alignments; scores `[T, N, classes]` | `ctc_loss` |
//! | `multi_margin_loss(label, p, margin, weight, reduction)` | `Σ max(0, margin - x_label + x_c)^p / classes` | `multi_margin_loss` |
//! | `multilabel_margin_loss(label, reduction)` | `Σ max(0, 1 - x_label + x_c) / classes` over the labels of a list, which -1 ends, and all other classes | `multilabel_margin_loss` |
//! | `bce_loss(target, weight, reduction)` | `-(t ln p + (1 - t) ln(1 - p))` | `binary_cross_entropy` |
//! | `bce_with_logits_loss(target, weight, reduction, pos_weight)` | the same of `p = sigmoid(x)`, stably | `binary_cross_entropy_with_logits` |
//! | `multilabel_soft_margin_loss(target, weight, reduction)` | the same, averaged over the last axis | `multilabel_soft_margin_loss` |
//! | `sigmoid_focal_loss(target, alpha, gamma, reduction)` | `alpha_t (1 - p_t)^gamma · bce`; `"none"` by default | torchvision's `sigmoid_focal_loss` |
//! | `dice_loss(target, smooth_nr, smooth_dr, squared, reduction)` | `1 - 2 Σ p t / (Σ p + Σ t)` of `[N, classes, …]` | MONAI's `DiceLoss` |
//! | `kl_div(target, reduction, log_target)` | `t (ln t - log_probs)`; also `reduction = "batchmean"` | `kl_div` |
//! | `mse_loss(target, reduction)` `l1_loss(target, reduction)` | `(x - t)²`, `\|x - t\|` | the same |
//! | `smooth_l1_loss(target, reduction, beta)` `huber_loss(target, reduction, delta)` | quadratic near the target, linear beyond | the same |
//! | `gaussian_nll_loss(target, var, full, eps, reduction)` | `(ln var + (x - t)² / var) / 2` | `gaussian_nll_loss` |
//! | `poisson_nll_loss(target, log_input, full, eps, reduction)` | `exp(x) - t x` | `poisson_nll_loss` |
//! | `soft_margin_loss(target, reduction)` | `ln(1 + exp(-t x))`, targets ±1 | `soft_margin_loss` |
//! | `hinge_embedding_loss(target, margin, reduction)` | `x`, or `max(0, margin - x)`, targets ±1 | `hinge_embedding_loss` |
//! | `margin_ranking_loss(other, target, margin, reduction)` | `max(0, margin - t (x - other))`, targets ±1 | `margin_ranking_loss` |
//! | `cosine_embedding_loss(other, target, margin, reduction)` | `1 - cos`, or `max(0, cos - margin)`, of vectors; targets ±1 | `cosine_embedding_loss` |
//! | `triplet_margin_loss(positive, negative, margin, p, eps, swap, reduction)` | `max(0, ‖a - p‖ - ‖a - n‖ + margin)` | `triplet_margin_loss` |
//! | `triplet_margin_with_distance_loss(positive, negative, distance, margin, swap, reduction)` | the same with `distance = "euclidean"` or `"cosine"` | the same |
//! | `contrastive_loss(other, target, margin, eps, reduction)` | `d² / 2` where the target is 0, `max(0, margin - d)² / 2` where it is 1 | |
//! | `info_nce_loss(keys, temperature, reduction)` | `-ln(exp(s_ii) / Σ_j exp(s_ij))`, `s` the cosines over the temperature | |
//!
//! Indices are tensors of whole numbers, arguments or computed (`argmax`, `topk`, `sort`), with places numbered from
//! 0. One out of range is an error at run time that names its position. Gradients of lookups add up in the order of the
//! indices, with the same bits for any number of threads.
//!
//! Besides: `x.dim(axis)` is a size, `training()` tells training from inference at compile time, `self.buffer.update(value)`
//! proposes a buffer's value after the step, `for block in &self.blocks { x = block(x); }` runs a stack, `if` decides on
//! hyper-parameters and sizes, `if let Some(bias) = self.bias` asks whether an optional part is there.
