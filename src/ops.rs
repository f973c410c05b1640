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
//! | `%`: `fmod(y)`, `remainder(y)` | remainder with the sign of `x`; with the sign of `y` | the same |
//! | `>` `>=` `<` `<=` `==` `!=`: `gt` `ge` `lt` `le` `eq` `ne` | comparisons, for `select` | the same |
//! | `&` <code>&#124;</code> `^` `!`: `logical_and` `logical_or` `logical_xor` `logical_not` | logic of conditions | the same |
//! | `is_nan()` `is_inf()` `is_finite()` | conditions | `isnan` `isinf` `isfinite` |
//! | `select(condition, x, y)` | `x` where the condition holds, else `y` | `where` |
//! | `x as f32`: `to_f32` | whole numbers and truth values as numbers | `float` |
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
//! | `sum(axes, keepdim)` `mean(axes, keepdim)` `max(axes, keepdim)` | reductions, over all axes by default | `sum` `mean` `amax` |
//! | `argmax(axis, keepdim)` `argmin(axis, keepdim)` | place of the largest, the smallest, as `u32`; in row-major order without an axis | the same |
//! | `sort(axis, descending)` `argsort(axis, descending)` | sorted order, always stable: `(values, places)`, the places alone; a NaN is the largest | the same |
//! | `topk(k, axis, largest, sorted)` | the `k` largest or smallest: `(values, places)` | `topk` |
//! | `kthvalue(k, axis, keepdim)` `median(axis, keepdim)` | the `k`-th smallest, the lower one in the middle: `(value, place)` | the same |
//! | `searchsorted(values, right)` `bucketize(boundaries, right)` | places of values in sorted rows, as `u32` | the same |
//! | `matmul(y)` | matrix product, batched over leading axes | `matmul` |
//! | `einsum("b i k, b k j -> b i j", a, b, …)` | sums of products over named axes, or letters as in PyTorch; up to 8 tensors | `einsum` |
//! | `reshape([..])` `flatten(start, end)` `expand([..])` | the same elements in another shape; broadcasting to a shape | `reshape` `flatten` `expand` |
//! | `permute([..])` `transpose(a, b)` `t()` | reordered axes | the same |
//! | `x[(.., 0..64)]`: `slice` | a part; a whole number drops its axis | `x[:, 0:64]` |
//! | `concat([a, b], axis)` | one after the other | `cat` |
//! | `gather(axis, index)` `take_along(index, axis)` | an element for each index along the axis | `gather` `take_along_dim` |
//! | `index_select(axis, index)` | a slice for each index, which may have any number of axes | `index_select`, `x[index]` |
//! | `scatter(axis, index, src)` `scatter_add(axis, index, src)` | `src`, a tensor or a number, put or added at the indices; the last wins | the same |
//! | `index_add(axis, index, src, alpha)` | slices added at the indices | `index_add` |
//! | `embedding(weight, padding_idx)` | rows of the weight for the indices; the padding's row gets no gradient | `embedding` |
//! | `embedding_bag(weight, mode, per_sample_weights, padding_idx)` | sum, mean or maximum over the rows of each bag `[N, bag]` | `embedding_bag` |
//! | `detach()` | the value without its gradient | `detach` |
//! | `conv2d(weight, stride, padding, dilation, groups)` | cross-correlation, NCHW | `conv2d` |
//! | `max_pool2d(kernel_size, stride, padding, dilation, ceil_mode)` | the largest of each window | `max_pool2d` |
//! | `avg_pool2d(kernel_size, stride, padding, ceil_mode, count_include_pad)` | the mean of each window | `avg_pool2d` |
//! | `log_softmax(axis)` | `x - ln Σ exp(x)`, stably | `log_softmax` |
//! | `nll_loss(label)` | `-log_probs[label]`, one value per label | `nll_loss`, `reduction="none"` |
//! | `cross_entropy(label)` | mean of `-log_softmax(scores)[label]`; labels `u8`, `u32` or `i64` | `cross_entropy` |
//! | `ctc_loss(targets, input_lengths, target_lengths, blank, reduction, zero_infinity)` | `-ln p(target)` over all alignments; scores `[T, N, classes]` | `ctc_loss` |
//! | `dropout(rate)` | zeroes elements, scales the others; always active, ask `training()` | `dropout` |
//! | `batch_mean()` `batch_var(mean)` | mean and biased variance per channel (axis 1) | `mean` `var` |
//! | `batch_norm(mean, var, weight, bias, eps)` | `(x - mean) / √(var + eps) · weight + bias` per channel | `batch_norm` |
//!
//! Indices are tensors of `u8`, `u32` or `i64`, arguments or computed (`argmax`, `topk`, `sort`), with places numbered from
//! 0. One out of range is an error at run time that names its position. Gradients of lookups add up in the order of the
//! indices, with the same bits for any number of threads.
//!
//! Besides: `x.dim(axis)` is a size, `training()` tells training from inference at compile time, `self.buffer.update(value)`
//! proposes a buffer's value after the step, `for block in &self.blocks { x = block(x); }` runs a stack, `if` decides on
//! hyper-parameters and sizes, `if let Some(bias) = self.bias` asks whether an optional part is there.
