//! Recurrent layers: of one direction, of two, and stacks of them.
//!
//! What PyTorch calls `weight_ih_l0` is `first.weight_ih` here, `weight_ih_l1` is `rest.0.weight_ih`, and
//! `weight_ih_l0_reverse` is `first.back.weight_ih` beside `first.ahead.weight_ih`.

use super::Dropout;
use crate::model;

/// A layer in one direction. `$gates` is the number of gates, `$params` are the arguments of its state with their types,
/// `$state` their names, `$start` the same as variables, `$types` their types.
macro_rules! recurrent_layer {
    (
        $(#[$doc:meta])* $name:ident, $gates:literal, [$($field:tt)*],
        [$($params:tt)*], [$($state:tt)*], [$($start:tt)*], [$($types:tt)*],
        [$($project:tt)*], [$($advance:tt)*], [$($keep:tt)*]
    ) => {
        $(#[$doc])*
        #[model(part)]
        pub struct $name<const INPUT: usize, const HIDDEN: usize> {
            #[default(true)]
            bias: bool,
            #[default(false)]
            reverse: bool,
            $($field)*
            #[init(uniform(1.0 / sqrt(HIDDEN)))]
            weight_ih: Param<{ $gates * HIDDEN }, INPUT>,
            #[init(uniform(1.0 / sqrt(HIDDEN)))]
            weight_hh: Param<{ $gates * HIDDEN }, HIDDEN>,
            #[default(bias)]
            #[init(uniform(1.0 / sqrt(HIDDEN)))]
            bias_ih: Option<Param<{ $gates * HIDDEN }>>,
            #[default(bias)]
            #[init(uniform(1.0 / sqrt(HIDDEN)))]
            bias_hh: Option<Param<{ $gates * HIDDEN }>>,
        }

        #[model]
        impl<const INPUT: usize, const HIDDEN: usize> $name<INPUT, HIDDEN> {
            /// What the input adds to the gates, for all steps at once.
            #[track_caller]
            pub fn project(&self, x: Tensor<_, INPUT>) -> Tensor<_, { $gates * HIDDEN }> {
                let gates = x.matmul(self.weight_ih.t());
                let gates = if let Some(bias) = self.bias_ih { gates + bias } else { gates };
                $($project)*
            }

            /// One step from what `project` gives.
            #[track_caller]
            pub fn advance<N: Dim>(&self, gates: Tensor<N, { $gates * HIDDEN }>, $($params)*) -> ($($types)*) {
                $($advance)*
            }

            /// One step.
            #[track_caller]
            pub fn step<N: Dim>(&self, x: Tensor<N, INPUT>, $($params)*) -> ($($types)*) {
                self.advance(self.project(x), $($state)*)
            }

            /// All steps from a state: what each gives, and the state after the last.
            #[track_caller]
            pub fn forward<N: Dim, T: Dim>(
                &self,
                x: Tensor<N, T, INPUT>,
                $($params)*
            ) -> (Tensor<N, T, HIDDEN>, $($types)*) {
                let gates = self.project(x);
                let ($($start)*) = ($($state)*);
                let mut ys = Vec::new();
                if self.reverse {
                    for t in (0..T).rev() {
                        ($($state)*) = self.advance(gates.at(1, t), $($state)*);
                        ys.push(h);
                    }
                    ys.reverse();
                } else {
                    for t in 0..T {
                        ($($state)*) = self.advance(gates.at(1, t), $($state)*);
                        ys.push(h);
                    }
                }
                (ys.stack(1), $($state)*)
            }

            /// All steps of sequences of different lengths: steps whose `mask` is 0 leave the state as it is and give
            /// zeros.
            #[track_caller]
            pub fn masked<N: Dim, T: Dim>(
                &self,
                x: Tensor<N, T, INPUT>,
                mask: Tensor<N, T>,
                $($params)*
            ) -> (Tensor<N, T, HIDDEN>, $($types)*) {
                let gates = self.project(x);
                let ($($start)*) = ($($state)*);
                let mut ys = Vec::new();
                if self.reverse {
                    for t in (0..T).rev() {
                        let keep = mask.at(1, t).unsqueeze(1) > 0.5;
                        $($keep)*
                        ys.push(select(keep, h, 0.0));
                    }
                    ys.reverse();
                } else {
                    for t in 0..T {
                        let keep = mask.at(1, t).unsqueeze(1) > 0.5;
                        $($keep)*
                        ys.push(select(keep, h, 0.0));
                    }
                }
                (ys.stack(1), $($state)*)
            }
        }
    };
}

recurrent_layer! {
    /// One layer of a plain recurrent network: `h' = tanh(W_ih x + b_ih + W_hh h + b_hh)`.
    ///
    /// # Shapes
    /// - `x`: `[N, T, INPUT]`, `h`: `[N, HIDDEN]`, the state before the first step
    /// - result: the states `[N, T, HIDDEN]` after each step, and the last of them
    /// - `weight_ih`: `[HIDDEN, INPUT]`, `weight_hh`: `[HIDDEN, HIDDEN]`, `bias_ih` and `bias_hh`: `[HIDDEN]`
    ///
    /// # Settings
    /// `bias = true`, `reverse = false` (from the last step to the first), `nonlinearity = "tanh"` or `"relu"`.
    ///
    /// # Source
    /// Elman, "Finding Structure in Time", 1990.
    RnnLayer, 1, [#[default("tanh")] nonlinearity: &'static str,],
    [h: Tensor<N, HIDDEN>], [h], [mut h], [Tensor<N, HIDDEN>],
    [if let Some(bias) = self.bias_hh { gates + bias } else { gates }],
    [
        let sum = gates + h.matmul(self.weight_hh.t());
        if self.nonlinearity == "relu" { sum.relu() } else { sum.tanh() }
    ],
    [h = select(keep, self.advance(gates.at(1, t), h), h);]
}

recurrent_layer! {
    /// One layer of gated recurrent units: `r = σ(W_ir x + b_ir + W_hr h + b_hr)`, `z = σ(W_iz x + b_iz + W_hz h + b_hz)`,
    /// `n = tanh(W_in x + b_in + r (W_hn h + b_hn))`, `h' = (1 - z) n + z h`.
    ///
    /// # Shapes
    /// - `x`: `[N, T, INPUT]`, `h`: `[N, HIDDEN]`, the state before the first step
    /// - result: the states `[N, T, HIDDEN]` after each step, and the last of them
    /// - `weight_ih`: `[3 HIDDEN, INPUT]`, `weight_hh`: `[3 HIDDEN, HIDDEN]`, `bias_ih` and `bias_hh`: `[3 HIDDEN]`; gates
    ///   in the order `r`, `z`, `n`, as in PyTorch
    ///
    /// # Settings
    /// `bias = true`, `reverse = false` (from the last step to the first).
    ///
    /// # Source
    /// Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder", 2014, with PyTorch's place of `r`.
    GruLayer, 3, [],
    [h: Tensor<N, HIDDEN>], [h], [mut h], [Tensor<N, HIDDEN>],
    [gates],
    [
        let state = h.matmul(self.weight_hh.t());
        let state = if let Some(bias) = self.bias_hh { state + bias } else { state };
        let [reset, update, new] = gates.chunk(3, 1);
        let [reset_of_state, update_of_state, new_of_state] = state.chunk(3, 1);
        let r = (reset + reset_of_state).sigmoid();
        let z = (update + update_of_state).sigmoid();
        let n = (new + r * new_of_state).tanh();
        n + z * (h - n)
    ],
    [h = select(keep, self.advance(gates.at(1, t), h), h);]
}

recurrent_layer! {
    /// One layer of long short-term memory: `i = σ(W_ii x + b_ii + W_hi h + b_hi)`, likewise `f` and `o`,
    /// `g = tanh(W_ig x + b_ig + W_hg h + b_hg)`, `c' = f c + i g`, `h' = o tanh(c')`.
    ///
    /// # Shapes
    /// - `x`: `[N, T, INPUT]`, `h` and `c`: `[N, HIDDEN]`, the state before the first step
    /// - result: `h` `[N, T, HIDDEN]` after each step, and the last `h` and `c`
    /// - `weight_ih`: `[4 HIDDEN, INPUT]`, `weight_hh`: `[4 HIDDEN, HIDDEN]`, `bias_ih` and `bias_hh`: `[4 HIDDEN]`; gates
    ///   in the order `i`, `f`, `g`, `o`, as in PyTorch
    ///
    /// # Settings
    /// `bias = true`, `reverse = false` (from the last step to the first).
    ///
    /// # Source
    /// Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997, with the forget gate of Gers et al., 2000.
    LstmLayer, 4, [],
    [h: Tensor<N, HIDDEN>, c: Tensor<N, HIDDEN>], [h, c], [mut h, mut c], [Tensor<N, HIDDEN>, Tensor<N, HIDDEN>],
    [if let Some(bias) = self.bias_hh { gates + bias } else { gates }],
    [
        let [i, f, g, o] = (gates + h.matmul(self.weight_hh.t())).chunk(4, 1);
        let next = f.sigmoid() * c + i.sigmoid() * g.tanh();
        (o.sigmoid() * next.tanh(), next)
    ],
    [
        let (next_h, next_c) = self.advance(gates.at(1, t), h, c);
        h = select(keep, next_h, h);
        c = select(keep, next_c, c);
    ]
}

/// A layer in both directions. `$params` are the arguments of its state, `$ahead` and `$back` that of each direction,
/// `$ends` the states after the last steps, `$joined` both of them.
macro_rules! both_directions {
    (
        $(#[$doc:meta])* $name:ident, $layer:ident, [$($field:tt)*], [$($with:tt)*], [$($params:tt)*],
        [$($ahead:tt)*], [$($back:tt)*], [$($ahead_ends:tt)*], [$($back_ends:tt)*], [$($joined:tt)*], [$($types:tt)*]
    ) => {
        $(#[$doc])*
        #[model(part)]
        pub struct $name<const INPUT: usize, const HIDDEN: usize> {
            #[default(true)]
            bias: bool,
            $($field)*
            #[with(bias = bias, $($with)*)]
            ahead: $layer<INPUT, HIDDEN>,
            #[with(bias = bias, reverse = true, $($with)*)]
            back: $layer<INPUT, HIDDEN>,
        }

        #[model]
        impl<const INPUT: usize, const HIDDEN: usize> $name<INPUT, HIDDEN> {
            /// All steps from the states of both directions: what each gives, and the states after the last.
            #[track_caller]
            pub fn forward<N: Dim, T: Dim>(
                &self,
                x: Tensor<N, T, INPUT>,
                $($params)*
            ) -> (Tensor<N, T, { 2 * HIDDEN }>, $($types)*) {
                let (ahead, $($ahead_ends)*) = self.ahead(x, $($ahead)*);
                let (back, $($back_ends)*) = self.back(x, $($back)*);
                (concat([ahead, back], 2), $($joined)*)
            }

            /// All steps of sequences of different lengths, where `mask` is 1.
            #[track_caller]
            pub fn masked<N: Dim, T: Dim>(
                &self,
                x: Tensor<N, T, INPUT>,
                mask: Tensor<N, T>,
                $($params)*
            ) -> (Tensor<N, T, { 2 * HIDDEN }>, $($types)*) {
                let (ahead, $($ahead_ends)*) = self.ahead.masked(x, mask, $($ahead)*);
                let (back, $($back_ends)*) = self.back.masked(x, mask, $($back)*);
                (concat([ahead, back], 2), $($joined)*)
            }
        }
    };
}

both_directions! {
    /// [`RnnLayer`] in both directions: `[N, T, INPUT]` and states `[2, N, HIDDEN]` to `[N, T, 2 HIDDEN]` and the last
    /// states.
    BiRnnLayer, RnnLayer, [#[default("tanh")] nonlinearity: &'static str,], [nonlinearity = nonlinearity],
    [h: Tensor<2, N, HIDDEN>], [h.at(0, 0)], [h.at(0, 1)], [h_ahead], [h_back],
    [stack([h_ahead, h_back])], [Tensor<2, N, HIDDEN>]
}

both_directions! {
    /// [`GruLayer`] in both directions: `[N, T, INPUT]` and states `[2, N, HIDDEN]` to `[N, T, 2 HIDDEN]` and the last
    /// states.
    BiGruLayer, GruLayer, [], [],
    [h: Tensor<2, N, HIDDEN>], [h.at(0, 0)], [h.at(0, 1)], [h_ahead], [h_back],
    [stack([h_ahead, h_back])], [Tensor<2, N, HIDDEN>]
}

both_directions! {
    /// [`LstmLayer`] in both directions: `[N, T, INPUT]` and states `[2, N, HIDDEN]` to `[N, T, 2 HIDDEN]` and the last
    /// states.
    BiLstmLayer, LstmLayer, [], [],
    [h: Tensor<2, N, HIDDEN>, c: Tensor<2, N, HIDDEN>], [h.at(0, 0), c.at(0, 0)], [h.at(0, 1), c.at(0, 1)],
    [h_ahead, c_ahead], [h_back, c_back],
    [stack([h_ahead, h_back]), stack([c_ahead, c_back])], [Tensor<2, N, HIDDEN>, Tensor<2, N, HIDDEN>]
}

/// Layers on top of each other. `$width` is the number of features that each gives, `$states` the number of states of all
/// layers, `$split` brings the layers to the front of the states, `$joined` takes them back.
macro_rules! stacked_layers {
    (
        $(#[$doc:meta])* $name:ident, $layer:ident, $width:tt, $states:tt, [$($field:tt)*], [$($with:tt)*],
        [$($params:tt)*], [$($split:tt)*], [$($first:tt)*], [$($each:tt)*], [$($ends:tt)*],
        [$($lists:tt)*], [$($push:tt)*], [$($joined:tt)*], [$($types:tt)*]
    ) => {
        $(#[$doc])*
        ///
        /// Functions: `forward(x)` gives what the last layer gives at each step, from states of zero; `run` takes states,
        /// zero where they are left out, and gives the last ones, too, each `[layers · directions, N, HIDDEN]` as in
        /// PyTorch; `masked(x, mask)` is `run` for sequences of different lengths, with a mask `[N, T]` that is 1 where
        /// there is a step: others leave the states as they are and give zeros, as PyTorch's packed sequences do.
        ///
        /// # Settings
        /// `bias = true`; `dropout = 0.0`, the rate between layers in training
        #[model(part)]
        pub struct $name<const INPUT: usize, const HIDDEN: usize, const LAYERS: usize> {
            #[default(true)]
            bias: bool,
            #[default(0.0)]
            dropout: f32,
            $($field)*
            #[with(bias = bias, $($with)*)]
            first: $layer<INPUT, HIDDEN>,
            #[with(bias = bias, $($with)*)]
            rest: [$layer<$width, HIDDEN>; LAYERS - 1],
            #[with(rate = dropout)]
            between: Dropout,
        }

        #[model]
        impl<const INPUT: usize, const HIDDEN: usize, const LAYERS: usize> $name<INPUT, HIDDEN, LAYERS> {
            #[track_caller]
            pub fn forward<N: Dim, T: Dim>(&self, x: Tensor<N, T, INPUT>) -> Tensor<N, T, $width> {
                let (y, $($ends)*) = self.run(x);
                y
            }

            /// All steps from given states, or from zero: what the last layer gives, and the states after the last step.
            #[track_caller]
            pub fn run<N: Dim, T: Dim>(
                &self,
                x: Tensor<N, T, INPUT>,
                $($params)*
            ) -> (Tensor<N, T, $width>, $($types)*) {
                $($split)*
                let (y, $($ends)*) = self.first(x, $($first)*);
                let mut y = y;
                $($lists)*
                $($push)*
                for (index, layer) in self.rest.iter().enumerate() {
                    let (next, $($ends)*) = layer(self.between(y), $($each)*);
                    y = next;
                    $($push)*
                }
                (y, $($joined)*)
            }

            /// [`run`](Self::run) for sequences of different lengths.
            #[track_caller]
            pub fn masked<N: Dim, T: Dim>(
                &self,
                x: Tensor<N, T, INPUT>,
                mask: Tensor<N, T>,
                $($params)*
            ) -> (Tensor<N, T, $width>, $($types)*) {
                $($split)*
                let (y, $($ends)*) = self.first.masked(x, mask, $($first)*);
                let mut y = y;
                $($lists)*
                $($push)*
                for (index, layer) in self.rest.iter().enumerate() {
                    let (next, $($ends)*) = layer.masked(self.between(y), mask, $($each)*);
                    y = next;
                    $($push)*
                }
                (y, $($joined)*)
            }
        }
    };
}

stacked_layers! {
    /// A plain recurrent network of `LAYERS` layers over `[N, T, INPUT]`, PyTorch's `RNN(batch_first=True)`; `nonlinearity`
    /// is a setting, too. See [`RnnLayer`].
    Rnn, RnnLayer, HIDDEN, LAYERS, [#[default("tanh")] nonlinearity: &'static str,], [nonlinearity = nonlinearity],
    [h: Option<Tensor<LAYERS, N, HIDDEN>>],
    [let h = h.unwrap_or(zeros([LAYERS, N, HIDDEN]));],
    [h.at(0, 0)], [h.at(0, index + 1)], [end_h],
    [let mut hs = Vec::new();], [hs.push(end_h);], [hs.stack(0)], [Tensor<LAYERS, N, HIDDEN>]
}

stacked_layers! {
    /// Gated recurrent units in `LAYERS` layers over `[N, T, INPUT]`, PyTorch's `GRU(batch_first=True)`. See [`GruLayer`].
    Gru, GruLayer, HIDDEN, LAYERS, [], [],
    [h: Option<Tensor<LAYERS, N, HIDDEN>>],
    [let h = h.unwrap_or(zeros([LAYERS, N, HIDDEN]));],
    [h.at(0, 0)], [h.at(0, index + 1)], [end_h],
    [let mut hs = Vec::new();], [hs.push(end_h);], [hs.stack(0)], [Tensor<LAYERS, N, HIDDEN>]
}

stacked_layers! {
    /// Long short-term memory in `LAYERS` layers over `[N, T, INPUT]`, PyTorch's `LSTM(batch_first=True)`. See
    /// [`LstmLayer`].
    Lstm, LstmLayer, HIDDEN, LAYERS, [], [],
    [h: Option<Tensor<LAYERS, N, HIDDEN>>, c: Option<Tensor<LAYERS, N, HIDDEN>>],
    [
        let h = h.unwrap_or(zeros([LAYERS, N, HIDDEN]));
        let c = c.unwrap_or(zeros([LAYERS, N, HIDDEN]));
    ],
    [h.at(0, 0), c.at(0, 0)], [h.at(0, index + 1), c.at(0, index + 1)], [end_h, end_c],
    [let mut hs = Vec::new(); let mut cs = Vec::new();], [hs.push(end_h); cs.push(end_c);],
    [hs.stack(0), cs.stack(0)], [Tensor<LAYERS, N, HIDDEN>, Tensor<LAYERS, N, HIDDEN>]
}

stacked_layers! {
    /// [`Rnn`] in both directions: `[N, T, INPUT]` to `[N, T, 2 HIDDEN]`, PyTorch's `RNN(bidirectional=True)`.
    BiRnn, BiRnnLayer, { 2 * HIDDEN }, { 2 * LAYERS }, [#[default("tanh")] nonlinearity: &'static str,],
    [nonlinearity = nonlinearity],
    [h: Option<Tensor<{ 2 * LAYERS }, N, HIDDEN>>],
    [let h = h.unwrap_or(zeros([2 * LAYERS, N, HIDDEN])).reshape([LAYERS, 2, N, HIDDEN]);],
    [h.at(0, 0)], [h.at(0, index + 1)], [end_h],
    [let mut hs = Vec::new();], [hs.push(end_h);], [hs.stack(0).reshape([2 * LAYERS, N, HIDDEN])],
    [Tensor<{ 2 * LAYERS }, N, HIDDEN>]
}

stacked_layers! {
    /// [`Gru`] in both directions: `[N, T, INPUT]` to `[N, T, 2 HIDDEN]`, PyTorch's `GRU(bidirectional=True)`.
    BiGru, BiGruLayer, { 2 * HIDDEN }, { 2 * LAYERS }, [], [],
    [h: Option<Tensor<{ 2 * LAYERS }, N, HIDDEN>>],
    [let h = h.unwrap_or(zeros([2 * LAYERS, N, HIDDEN])).reshape([LAYERS, 2, N, HIDDEN]);],
    [h.at(0, 0)], [h.at(0, index + 1)], [end_h],
    [let mut hs = Vec::new();], [hs.push(end_h);], [hs.stack(0).reshape([2 * LAYERS, N, HIDDEN])],
    [Tensor<{ 2 * LAYERS }, N, HIDDEN>]
}

stacked_layers! {
    /// [`Lstm`] in both directions: `[N, T, INPUT]` to `[N, T, 2 HIDDEN]`, PyTorch's `LSTM(bidirectional=True)`.
    BiLstm, BiLstmLayer, { 2 * HIDDEN }, { 2 * LAYERS }, [], [],
    [h: Option<Tensor<{ 2 * LAYERS }, N, HIDDEN>>, c: Option<Tensor<{ 2 * LAYERS }, N, HIDDEN>>],
    [
        let h = h.unwrap_or(zeros([2 * LAYERS, N, HIDDEN])).reshape([LAYERS, 2, N, HIDDEN]);
        let c = c.unwrap_or(zeros([2 * LAYERS, N, HIDDEN])).reshape([LAYERS, 2, N, HIDDEN]);
    ],
    [h.at(0, 0), c.at(0, 0)], [h.at(0, index + 1), c.at(0, index + 1)], [end_h, end_c],
    [let mut hs = Vec::new(); let mut cs = Vec::new();], [hs.push(end_h); cs.push(end_c);],
    [hs.stack(0).reshape([2 * LAYERS, N, HIDDEN]), cs.stack(0).reshape([2 * LAYERS, N, HIDDEN])],
    [Tensor<{ 2 * LAYERS }, N, HIDDEN>, Tensor<{ 2 * LAYERS }, N, HIDDEN>]
}
