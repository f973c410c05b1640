//! Operations that models can use, with their formulas. This page is documentation: operations are methods and functions
//! inside `#[model]`, not items of this crate.
//!
//! Arguments are given by position or name: `x.conv2d(self.weight, stride = 2)`. A method is also a function:
//! `maximum(a, b)` is `a.maximum(b)`. Element-wise operations broadcast as in NumPy: sizes are equal or one of them is the
//! literal 1. Gradients are those of PyTorch at kinks and ties. Operations that only move elements, from `reshape` to
//! `repeat_interleave` and `diag`, take whole numbers, too.
//!
//! | operation | meaning | PyTorch |
//! | --- | --- | --- |
//! | `+` `-` `*` `/` `-x`: `add` `sub` `mul` `div` `neg` | arithmetic | the same |
//! | `>` `>=` `<` `<=` `==` `!=`: `gt` `ge` `lt` `le` `eq` `ne` | comparisons, for `select` | the same |
//! | `select(condition, x, y)` | `x` where the condition holds, else `y` | `where` |
//! | `masked_fill(mask, value)` | `value` where the condition holds, else `x` | the same |
//! | `x as f32`: `to_f32` | whole numbers and truth values as numbers | `float` |
//! | `exp` `ln` `sqrt` `abs` | elementary functions | `exp` `log` `sqrt` `abs` |
//! | `relu` `sigmoid` `tanh` `gelu` | activations; `gelu` is `x Φ(x)`, the exact form | the same |
//! | `softplus(beta, threshold)` | `ln(1 + exp(beta x)) / beta`, the identity above the threshold | `softplus` |
//! | `maximum(x, y)` `minimum(x, y)` | the larger, the smaller; NaN if either is | the same |
//! | `sum(axes, keepdim)` `mean(axes, keepdim)` `prod(axes, keepdim)` `max(axes, keepdim)` `min(axes, keepdim)` | reductions, over all axes by default | `sum` `mean` `prod` `amax` `amin` |
//! | `var(axes, keepdim, correction)` `std(axes, keepdim, correction)` | variance and standard deviation; `correction` is 1 by default | the same |
//! | `norm(p, axes, keepdim)` | `(Σ abs(x)^p)^(1/p)`, `p` 2 by default, also `"inf"` and `"-inf"` | the same |
//! | `logsumexp(axes, keepdim)` | `ln Σ exp(x)`, stably | the same |
//! | `all(axes, keepdim)` `any(axes, keepdim)` `count_nonzero(axes, keepdim)` | of conditions: whether they hold everywhere, anywhere, and how often, as `f32` | the same |
//! | `cumsum(axis)` `cumprod(axis)` | running sums and products | the same |
//! | `argmax(axis, keepdim)` `argmin(axis, keepdim)` | place of the largest, the smallest, as `u32`; in row-major order without an axis | the same |
//! | `median(axis, keepdim)` | the middle element, the lower of two; of all without an axis | the same |
//! | `matmul(y)` | matrix product, batched over leading axes | `matmul` |
//! | `outer(y)` `dot(y)` | products of vectors: all pairs, and the sum over equal places | the same |
//! | `reshape([..])` `flatten(start, end)` `expand([..])` | the same elements in another shape; broadcasting to a shape | `reshape` `flatten` `expand` |
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
//! | `one_hot(num_classes)` | labels `u8`, `u32` or `i64` as vectors with a single one, `f32` | `one_hot` |
//! | `detach()` | the value without its gradient | `detach` |
//! | `conv2d(weight, stride, padding, dilation, groups)` | cross-correlation, NCHW | `conv2d` |
//! | `max_pool2d(kernel_size, stride, padding, dilation, ceil_mode)` | the largest of each window | `max_pool2d` |
//! | `avg_pool2d(kernel_size, stride, padding, ceil_mode, count_include_pad)` | the mean of each window | `avg_pool2d` |
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
