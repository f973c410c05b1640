"""Packs the operator tests of the `onnx` package into `cases.safetensors.gz`.

    pip install onnx==1.22.0 safetensors numpy
    python3 tests/onnx/extract.py

Kept are cases of one node whose tensors are numbers or truth values and small, and the smallest case of an operator that
would have none; `SKIPPED` operators lie outside a framework of static shapes and f32. Each case is one entry of the file's
metadata, `operator|opset|inputs|outputs|attribute=value|…` with commas in lists, and its tensors are `case/in/name` and
`case/out/name`. Tensors in f64 are rounded to f32. The tests are those of ONNX, under the Apache licence 2.0: see NOTICE
beside this script.
"""

import glob
import gzip
import os

import numpy as np
import onnx
from onnx import numpy_helper
from safetensors.numpy import save

FOLDER = os.path.join(os.path.dirname(onnx.__file__), "backend/test/data/node")
MAX_BYTES = 6000  # of the tensors of one case
MAX_BYTES_ALONE = 30000  # of the smallest case of an operator
TYPES = (np.float32, np.int64, np.int32, np.uint8, np.bool_)
SKIPPED = {
    # Strings, sequences, optional values, graphs inside nodes, trees.
    "ArrayFeatureExtractor Binarizer ImageDecoder LabelEncoder OptionalGetElement OptionalHasElement If Loop Scan"
    " TfIdfVectorizer TreeEnsemble MelWeightMatrix",
    # Quantised arithmetic and bits.
    "BitCast BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor ConvInteger DequantizeLinear DynamicQuantizeLinear"
    " MatMulInteger QLinearConv QLinearMatMul QuantizeLinear",
    # Shapes that depend on values; complex numbers; training steps, which optimizers do here.
    "Compress NonMaxSuppression NonZero Unique DFT STFT Adagrad Adam Momentum",
    # Superseded.
    "Scatter Upsample",
}
SKIPPED = {name for line in SKIPPED for name in line.split()}


def attribute(value):
    """A number, a text, or a list of them with commas."""
    value = onnx.helper.get_attribute_value(value)
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, (int, float, str)):
        return str(value)
    if isinstance(value, onnx.TensorProto):
        value = numpy_helper.to_array(value).ravel().tolist()
    return ",".join(item.decode() if isinstance(item, bytes) else str(item) for item in value)


def tensors(folder, kind, names):
    """By name; an output that is not asked for has none."""
    read = {}
    for index, name in enumerate(names):
        path = os.path.join(folder, f"{kind}_{index}.pb")
        proto = onnx.TensorProto()
        with open(path, "rb") as file:
            proto.ParseFromString(file.read())
        read[name] = numpy_helper.to_array(proto)
    return read


def main():
    arrays, metadata, larger = {}, {}, {}

    def keep(case, line, named):
        metadata[case.removeprefix("test_")] = line
        for name, array in named.items():
            arrays[name.removeprefix("test_")] = np.ascontiguousarray(array).reshape(array.shape)

    for case in sorted(os.listdir(FOLDER)):
        model = onnx.load(os.path.join(FOLDER, case, "model.onnx"))
        if len(model.graph.node) != 1 or model.graph.initializer or case.endswith("_expanded"):
            continue
        node = model.graph.node[0]
        if node.op_type in SKIPPED or node.domain not in ("", "ai.onnx"):
            continue
        folder = os.path.join(FOLDER, case, "test_data_set_0")
        try:
            inputs = tensors(folder, "input", [value.name for value in model.graph.input])
            outputs = tensors(folder, "output", [value.name for value in model.graph.output])
            fields = [node.op_type, str(model.opset_import[0].version), ",".join(node.input), ",".join(node.output)]
            line = "|".join(fields + [f"{item.name}={attribute(item)}" for item in node.attribute])
        except Exception:  # noqa: BLE001  strings, sequences, other types of tensors
            continue
        named = {**{f"{case}/in/{k}": v for k, v in inputs.items()}, **{f"{case}/out/{k}": v for k, v in outputs.items()}}
        # Some operators are tested in f64 only; their cases serve in f32, too, unless they are about both.
        if {np.dtype(np.float32), np.dtype(np.float64)} <= {array.dtype for array in named.values()}:
            continue
        named = {name: array.astype(np.float32) if array.dtype == np.float64 else array for name, array in named.items()}
        if any(array.dtype not in TYPES for array in named.values()):
            continue
        size = sum(array.nbytes for array in named.values())
        if size <= MAX_BYTES:
            keep(case, line, named)
        elif size <= MAX_BYTES_ALONE and size < larger.get(node.op_type, (MAX_BYTES_ALONE + 1,))[0]:
            larger[node.op_type] = (size, case, line, named)
    covered = {line.split("|")[0] for line in metadata.values()}
    for op, (_, case, line, named) in larger.items():
        if op not in covered:
            keep(case, line, named)
    data = save(arrays, metadata)
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases.safetensors.gz")
    with open(path, "wb") as file:
        file.write(gzip.compress(data, 9, mtime=0))
    print(f"{len(metadata)} cases, {os.path.getsize(path)} bytes")


if __name__ == "__main__":
    main()
