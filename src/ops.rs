//! Operations that models can use, with their formulas. This page is documentation: operations are methods and functions
//! inside `#[model]`, not items of this crate.
//!
//! Arguments are given by position or name: `x.conv2d(self.weight, stride = 2)`; an `Option` of the model that is absent leaves
//! its argument out, `x.layer_norm(bias = self.bias)`. A method is also a function:
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
//! | `detach()` | the value without its gradient | `detach` |
//! | `conv2d(weight, stride, padding, dilation, groups)` | cross-correlation, NCHW | `conv2d` |
//! | `max_pool2d(kernel_size, stride, padding, dilation, ceil_mode)` | the largest of each window | `max_pool2d` |
//! | `avg_pool2d(kernel_size, stride, padding, ceil_mode, count_include_pad)` | the mean of each window | `avg_pool2d` |
//! | `softmax(axis)` `softmin(axis)` `log_softmax(axis)` | `exp(x) / Σ exp(x)`, that of `-x`, its logarithm, stably | the same |
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
//! number stands for a tensor full of it, `scores.bce_with_logits_loss(1.0)`. Labels are `u8`, `u32` or `i64`, one less axis
//! than scores, whose classes lie along axis 1.
//!
//! | operation | of one element | PyTorch |
//! | --- | --- | --- |
//! | `cross_entropy(label, weight, ignore_index, reduction, label_smoothing)` | `-log_softmax(scores)[label]`; `f32` targets are a probability for each class | `cross_entropy` |
//! | `nll_loss(label, weight, ignore_index, reduction)` | `-log_probs[label]` | `nll_loss` |
//! | `multi_margin_loss(label, p, margin, weight, reduction)` | `Σ max(0, margin - x_label + x_c)^p / classes` | `multi_margin_loss` |
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
//! Besides: `x.dim(axis)` is a size, `training()` tells training from inference at compile time, `self.buffer.update(value)`
//! proposes a buffer's value after the step, `for block in &self.blocks { x = block(x); }` runs a stack, `if` decides on
//! hyper-parameters and sizes, `if let Some(bias) = self.bias` asks whether an optional part is there.
