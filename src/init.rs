//! Initialisers that models can use, with their formulas. This page is documentation: initialisers are named in
//! `#[init(…)]` above a `Param` or a `Buffer`, not items of this crate.
//!
//! Arguments are given by position or name, and words with quotes or without:
//! `#[init(kaiming_normal(mode = "fan_out", nonlinearity = "relu"))]`. Values depend on the seed of the model and the path
//! of the parameter alone, for any number of threads. Without the attribute a vector or a buffer starts at zero and a
//! tensor of more axes as `kaiming_uniform(sqrt(5.0))`, as weights in PyTorch's layers.
//!
//! | initialiser | values | PyTorch's `torch.nn.init` |
//! | --- | --- | --- |
//! | `zeros` `ones` `constant(value)` | one number | `zeros_` `ones_` `constant_` |
//! | `uniform(low, high)`, `uniform(bound)` | uniform in `[low, high)`, 0 to 1 by default; in `[-bound, bound)` | `uniform_` |
//! | `normal(mean, std)`, `normal(std)` | normal, with mean 0 and deviation 1 by default | `normal_` |
//! | `normal_except_row(std, row)` | normal, and zeros in a row, as for `padding_idx` of an embedding | |
//! | `trunc_normal(mean, std, a, b)`, `trunc_normal(std)` | normal, drawn again outside `[a, b]`, -2 to 2 by default | `trunc_normal_` |
//! | `kaiming_uniform(a, mode, nonlinearity)` | uniform with bound `gain sqrt(3 / fan)` | `kaiming_uniform_` |
//! | `kaiming_normal(a, mode, nonlinearity)` | normal with deviation `gain / sqrt(fan)` | `kaiming_normal_` |
//! | `xavier_uniform(gain)` | uniform with bound `gain sqrt(6 / (fan_in + fan_out))` | `xavier_uniform_` |
//! | `xavier_normal(gain)` | normal with deviation `gain sqrt(2 / (fan_in + fan_out))` | `xavier_normal_` |
//! | `eye` | the identity matrix, cut or filled up with zeros | `eye_` |
//! | `dirac(groups)` | convolution weights that pass channels on: 1 at `[c, c, middle]` in each group | `dirac_` |
//! | `orthogonal(gain)` | orthonormal rows, or columns if there are more rows, times the gain; trailing axes count as one; a vector is a column | `orthogonal_` |
//! | `sparse(sparsity, std)` | normal with deviation 0.01 by default; in each column the part `sparsity`, rounded up, is zero | `sparse_` |
//! | `norm_of(tensor)` | Euclidean norms of another tensor of the same model, along the axes that are 1 here or missing in front | |
//!
//! `fan_in` is the size of the second axis times those after it, `fan_out` that of the first times the same. `mode` is
//! `"fan_in"` (default) or `"fan_out"`. `a` is the slope of `leaky_relu` for negative numbers, 0 by default.
//!
//! A `nonlinearity` or a `gain` is named by what follows the layer: `"leaky_relu"` (default of `nonlinearity`, gain
//! `sqrt(2 / (1 + a^2))`), `"relu"` (`sqrt(2)`), `"tanh"` (5/3), `"selu"` (3/4), `"linear"`, `"sigmoid"`, `"conv1d"`, …
//! (1). A `gain` can also be a number, or `leaky_relu(0.2)` with a slope; `"leaky_relu"` alone has a slope of 0.01.
//!
//! `#[init(norm_of(weight_v))] weight_g: Param<OUT, 1>` starts as the norms of the rows of `weight_v: Param<OUT, IN>`,
//! `Param<IN>` as those of its columns, `Param` as the norm of the whole. The other tensor is filled first, wherever it
//! stands; it cannot be a `norm_of` itself.
//!
//! Making `m` orthonormal vectors of `n` numbers takes `2 m^2 n` operations, on all threads: some seconds for a matrix of
//! 2,000 by 2,000.
