//! The flat state of a model: parameters and buffers in one aligned buffer, gradients in the layout of its prefix.

use crate::buffer::AlignedBuffer;
use crate::float::Float;
use crate::initialise::norms;
use crate::random;
use std::fmt;

/// What a tensor of the state is for. The state is sorted by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Changed by optimizers.
    Trainable,
    /// A parameter marked `#[frozen]`: saved and loaded, never changed by training.
    Frozen,
    /// A kept, untrained tensor, such as `running_mean`.
    Buffer,
}

/// How a tensor of the state starts. Gains and fans are already worked out by the compiler.
///
/// Numbers are kept in f64, which holds those of models of either computing type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init<F = f64> {
    /// Every element is this.
    Constant(F),
    /// Uniform in `[low, high)`.
    Uniform {
        /// Lower end.
        low: F,
        /// Upper end.
        high: F,
    },
    /// Normal.
    Normal {
        /// Mean.
        mean: F,
        /// Standard deviation.
        std: F,
    },
    /// Normal, drawn again where it lies outside an interval.
    TruncNormal {
        /// Mean of the whole distribution.
        mean: F,
        /// Standard deviation of the whole distribution.
        std: F,
        /// Lower end.
        low: F,
        /// Upper end.
        high: F,
    },
    /// The identity matrix.
    Eye,
    /// Convolution weights that pass channels on.
    Dirac {
        /// Groups of channels.
        groups: usize,
    },
    /// Orthonormal rows or columns.
    Orthogonal {
        /// Factor on all elements.
        gain: F,
    },
    /// Normal, with zeros in each column.
    Sparse {
        /// Zeros in a column.
        num_zeros: usize,
        /// Standard deviation of the others.
        std: F,
    },
    /// Normal with mean 0, and zeros in some elements.
    NormalExcept {
        /// Standard deviation.
        std: F,
        /// First element that is zero.
        start: usize,
        /// End of the elements that are zero, exclusive.
        end: usize,
    },
    /// Euclidean norms of another tensor over the axes that are of size 1 here, or missing in front.
    NormOf {
        /// Its index among the tensors of the layout; it does not start from another one itself.
        tensor: usize,
    },
}

/// One tensor of the state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TensorInfo {
    /// Path of its field, as in PyTorch: `conv1.weight`, `blocks.3.norm.bias`.
    pub name: &'static str,
    /// Sizes of its dimensions.
    pub shape: &'static [usize],
    /// First element in the state.
    pub offset: usize,
    /// What it is for.
    pub kind: Kind,
    /// How it starts.
    pub init: Init,
    /// Factor on the learning rate, from `#[lr(…)]`.
    pub lr_scale: f64,
    /// Whether weight decay applies; false under `#[no_decay]`.
    pub decay: bool,
}

impl TensorInfo {
    /// Number of elements.
    pub fn numel(&self) -> usize {
        self.shape.iter().product()
    }
}

/// A line of the table that the compiler makes for a model in f32.
pub const fn tensor(
    name: &'static str,
    shape: &'static [usize],
    offset: usize,
    kind: Kind,
    init: Init<f32>,
    lr_scale: f32,
    decay: bool,
) -> TensorInfo {
    TensorInfo { name, shape, offset, kind, init: widened(init), lr_scale: lr_scale as f64, decay }
}

/// The same for a model in f64.
pub const fn double_tensor(
    name: &'static str,
    shape: &'static [usize],
    offset: usize,
    kind: Kind,
    init: Init,
    lr_scale: f64,
    decay: bool,
) -> TensorInfo {
    TensorInfo { name, shape, offset, kind, init, lr_scale, decay }
}

/// The same with its numbers in f64.
const fn widened(init: Init<f32>) -> Init {
    match init {
        Init::Constant(value) => Init::Constant(value as f64),
        Init::Uniform { low, high } => Init::Uniform { low: low as f64, high: high as f64 },
        Init::Normal { mean, std } => Init::Normal { mean: mean as f64, std: std as f64 },
        Init::TruncNormal { mean, std, low, high } => {
            Init::TruncNormal { mean: mean as f64, std: std as f64, low: low as f64, high: high as f64 }
        }
        Init::Eye => Init::Eye,
        Init::Dirac { groups } => Init::Dirac { groups },
        Init::Orthogonal { gain } => Init::Orthogonal { gain: gain as f64 },
        Init::Sparse { num_zeros, std } => Init::Sparse { num_zeros, std: std as f64 },
        Init::NormalExcept { std, start, end } => Init::NormalExcept { std: std as f64, start, end },
        Init::NormOf { tensor } => Init::NormOf { tensor },
    }
}

/// The layout of a model's state, made by the compiler.
#[derive(Debug)]
pub struct Layout {
    /// All tensors, in the order of the fields.
    pub tensors: &'static [TensorInfo],
    /// Length of the trainable prefix, in elements, padding included.
    pub trainable_len: usize,
    /// Where buffers begin.
    pub buffers_start: usize,
    /// Length of the whole state.
    pub len: usize,
}

/// Values of a model's parameters and buffers. Padding between tensors is zero and stays zero.
#[derive(Clone)]
pub struct State<F: Float = f32> {
    layout: &'static Layout,
    values: AlignedBuffer<F>,
    version: u64,
}

impl<F: Float> State<F> {
    /// Values as declared by each tensor's initialiser. They depend on the seed and the tensor's name only, and those
    /// that are norms of another tensor on that one's.
    pub fn new(layout: &'static Layout, seed: u64) -> State<F> {
        let mut values = AlignedBuffer::zeros(layout.len);
        F::fill_state(layout, values.as_mut_slice(), seed);
        State { layout, values, version: 0 }
    }

    /// Where each tensor lies.
    pub fn layout(&self) -> &'static Layout {
        self.layout
    }

    /// All values.
    #[inline]
    pub fn values(&self) -> &[F] {
        self.values.as_slice()
    }

    /// All values, to be changed; counts as a new version.
    #[inline]
    pub fn values_mut(&mut self) -> &mut [F] {
        self.version += 1;
        self.values.as_mut_slice()
    }

    /// Grows with every mutable access: what is derived from parameters is valid for one version.
    pub fn version(&self) -> u64 {
        self.version
    }
}

impl<F: Float> fmt::Debug for State<F> {
    /// Names and shapes: the values themselves are too many.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.layout.tensors.iter().map(|tensor| (tensor.name, tensor.shape))).finish()
    }
}

/// Fills a state as its tensors declare; norms of others come last.
pub(crate) fn fill<F: Float>(layout: &Layout, values: &mut [F], seed: u64) {
    for tensor in layout.tensors {
        let slice = &mut values[tensor.offset..][..tensor.numel()];
        F::initialise(slice, tensor.shape, tensor.init, seed, random::stream_of(tensor.name));
    }
    for tensor in layout.tensors {
        if let Init::NormOf { tensor: of } = tensor.init {
            let of = &layout.tensors[of];
            let norms = norms(&values[of.offset..][..of.numel()], of.shape, tensor.shape);
            values[tensor.offset..][..norms.len()].copy_from_slice(&norms);
        }
    }
}

/// Gradients of the trainable prefix of a [`State`], and the proposed new values of its buffers.
#[derive(Clone)]
pub struct Gradients<F: Float = f32> {
    layout: &'static Layout,
    values: AlignedBuffer<F>,
    buffers: AlignedBuffer<F>,
    has_buffers: bool,
}

impl<F: Float> Gradients<F> {
    /// Zero gradients and no proposed values.
    pub fn zeros(layout: &'static Layout) -> Gradients<F> {
        Gradients {
            layout,
            values: AlignedBuffer::zeros(layout.trainable_len),
            buffers: AlignedBuffer::zeros(layout.len - layout.buffers_start),
            has_buffers: false,
        }
    }

    /// Where each tensor lies; gradients have the offsets of their parameters.
    pub fn layout(&self) -> &'static Layout {
        self.layout
    }

    /// Gradients, at the offsets of their parameters.
    pub fn values(&self) -> &[F] {
        &self.values.as_slice()[..self.layout.trainable_len]
    }

    /// Gradients, to be changed, for instance by clipping.
    pub fn values_mut(&mut self) -> &mut [F] {
        let len = self.layout.trainable_len;
        &mut self.values.as_mut_slice()[..len]
    }

    /// Gradients and proposed buffers as one step writes them.
    #[doc(hidden)]
    #[inline]
    pub fn parts_mut(&mut self) -> (&mut [F], &mut [F]) {
        self.has_buffers = true;
        let len = self.layout.trainable_len;
        (&mut self.values.as_mut_slice()[..len], self.buffers.as_mut_slice())
    }

    /// Moves the proposed buffer values into the state: once, so that a batch is never counted twice.
    pub fn commit_buffers(&mut self, state: &mut State<F>) {
        let len = self.layout.len - self.layout.buffers_start;
        if std::mem::take(&mut self.has_buffers) && len > 0 {
            let start = self.layout.buffers_start;
            state.values_mut()[start..start + len].copy_from_slice(&self.buffers.as_slice()[..len]);
        }
    }
}

impl<F: Float> fmt::Debug for Gradients<F> {
    /// Names and shapes of the parameters that have gradients.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let trainable = self.layout.tensors.iter().filter(|tensor| tensor.kind == Kind::Trainable);
        f.debug_map().entries(trainable.map(|tensor| (tensor.name, tensor.shape))).finish()
    }
}
