"""Golden values for `tests/layers/recurrent.rs`: PyTorch's recurrent layers under this crate's names of parameters."""

import torch
from record import Recorder, normal
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

record = Recorder("layers_recurrent")

KINDS = {"rnn": (nn.RNN, 1, 1), "gru": (nn.GRU, 3, 1), "lstm": (nn.LSTM, 4, 2)}


class Direction(nn.Module):
    """The weights of one layer in one direction."""

    def __init__(self, gates, inputs, hidden, bias):
        super().__init__()
        self.weight_ih = nn.Parameter(torch.zeros(gates * hidden, inputs))
        self.weight_hh = nn.Parameter(torch.zeros(gates * hidden, hidden))
        if bias:
            self.bias_ih = nn.Parameter(torch.zeros(gates * hidden))
            self.bias_hh = nn.Parameter(torch.zeros(gates * hidden))


class Both(nn.Module):
    def __init__(self, *sizes):
        super().__init__()
        self.ahead, self.back = Direction(*sizes), Direction(*sizes)


class Stack(nn.Module):
    """The layers as they are called here; the computation is that of PyTorch's module."""

    def __init__(self, kind, inputs, hidden, layers, bidirectional=False, bias=True, **options):
        super().__init__()
        self.kind, gates, self.num_states = KINDS[kind]
        make = Both if bidirectional else Direction
        self.first = make(gates, inputs, hidden, bias)
        width = hidden * (2 if bidirectional else 1)
        self.rest = nn.ModuleList(make(gates, width, hidden, bias) for _ in range(layers - 1))
        self.options = dict(
            input_size=inputs, hidden_size=hidden, num_layers=layers, bidirectional=bidirectional, bias=bias,
            batch_first=True, **options,
        )

    def run(self, x, states):
        module = self.kind(**self.options).double()
        weights = {}
        for index, layer in enumerate([self.first, *self.rest]):
            directions = [("", layer)] if isinstance(layer, Direction) else [("", layer.ahead), ("_reverse", layer.back)]
            for suffix, direction in directions:
                weights.update({f"{name}_l{index}{suffix}": weight for name, weight in direction.named_parameters()})
        if self.num_states == 1 and states:
            states = states[0]
        return torch.func.functional_call(module, weights, (x, states if len(states) else None))

    def forward(self, x):
        return self.run(x, ())[0]


class Run(nn.Module):
    """Everything that a layer returns from given states."""

    def __init__(self, *arguments, **options):
        super().__init__()
        self.inner = Stack(*arguments, **options)

    def forward(self, x, *states):
        y, ends = self.inner.run(x, states)
        ends = ends if isinstance(ends, tuple) else (ends,)
        return torch.cat([y.flatten(), *(end.flatten() for end in ends)])


class Masked(nn.Module):
    """Sequences of different lengths."""

    def __init__(self, *arguments, **options):
        super().__init__()
        self.inner = Stack(*arguments, **options)

    def forward(self, x, mask, *states):
        lengths = mask.sum(1).long()
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        y, ends = self.inner.run(packed, states)
        y, _ = pad_packed_sequence(y, batch_first=True, total_length=x.shape[1])
        ends = ends if isinstance(ends, tuple) else (ends,)
        return torch.cat([y.flatten(), *(end.flatten() for end in ends)])


def states(count, *shape):
    return {name: normal(*shape) for name in ["h", "c"][:count]}


MASK = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [1, 1, 1, 1, 0]], dtype=torch.float64)

for kind, (_, _, count) in KINDS.items():
    record.layer(kind, Stack(kind, 3, 4, 1), x=normal(2, 5, 3))
    record.layer(f"{kind}_without_bias", Stack(kind, 3, 4, 1, bias=False), x=normal(2, 5, 3))
    record.layer(f"{kind}_3_layers", Stack(kind, 3, 4, 3), x=normal(2, 5, 3))
    record.layer(f"{kind}_of_one_step", Stack(kind, 3, 4, 2), x=normal(1, 1, 3))
    record.layer(f"bi_{kind}", Stack(kind, 3, 4, 1, bidirectional=True), x=normal(2, 5, 3))
    record.layer(f"bi_{kind}_2_layers", Stack(kind, 3, 4, 2, bidirectional=True), x=normal(2, 5, 3))
    record.layer(f"{kind}_run", Run(kind, 3, 4, 2), x=normal(2, 5, 3), **states(count, 2, 2, 4))
    record.layer(f"bi_{kind}_run", Run(kind, 3, 4, 2, bidirectional=True), x=normal(2, 5, 3), **states(count, 4, 2, 4))
    masked = dict(x=normal(3, 5, 3), mask=MASK)
    record.layer(f"{kind}_masked", Masked(kind, 3, 4, 2), without_grad=("mask",), **masked, **states(count, 2, 3, 4))
    record.layer(
        f"bi_{kind}_masked", Masked(kind, 3, 4, 2, bidirectional=True), without_grad=("mask",),
        **masked, **states(count, 4, 3, 4),
    )
record.layer("rnn_relu", Stack("rnn", 3, 4, 2, nonlinearity="relu"), x=normal(2, 5, 3))
record.save()
