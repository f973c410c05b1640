"""Reads the file that tests/tensorboard.rs writes, as TensorBoard does, and checks what it finds.

usage: python3 tests/tensorboard/read.py FOLDER    (needs tensorboard; ends with 77 where it is not installed)
"""

import pathlib
import sys

NOT_INSTALLED = 77

try:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
    from tensorboard.compat.proto.graph_pb2 import GraphDef
    from tensorboard.util import tensor_util
except ImportError as error:
    print(f"TensorBoard cannot be imported: {error}")
    sys.exit(NOT_INSTALLED)

# 0: keep every event.
events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "histograms": 0, "images": 0, "tensors": 0})
events.Reload()
tags = events.Tags()
assert tags["scalars"] == ["loss/train"], tags
assert tags["histograms"] == ["weights"], tags
assert tags["images"] == ["ramp", "grey"], tags
assert tags["tensors"] == ["settings"], tags
assert tags["graph"], tags
assert events.file_version == 2.0

scalars = [(event.step, event.value) for event in events.Scalars("loss/train")]
assert [step for step, _ in scalars] == list(range(5)), scalars
assert all(abs(value - 1 / (1 + step)) < 1e-7 for step, value in scalars), scalars

(histogram,) = events.Histograms("weights")
value = histogram.histogram_value
assert (histogram.step, value.min, value.max, value.num, value.sum) == (3, -14, 16, 61, 61), histogram
assert list(value.bucket_limit) == list(range(-13, 17)), histogram
assert list(value.bucket) == [2] * 29 + [3], histogram

(ramp,) = events.Images("ramp")
assert (ramp.step, ramp.height, ramp.width) == (7, 2, 4), ramp
assert ramp.encoded_image_string.startswith(b"\x89PNG")
(grey,) = events.Images("grey")
assert (grey.height, grey.width) == (1, 3), grey

(settings,) = events.Tensors("settings")
text = tensor_util.make_ndarray(settings.tensor_proto)
assert text.shape == () and text.item().decode() == "lr **0.01** — größer", text
assert events.SummaryMetadata("settings").plugin_data.plugin_name == "text"
assert events.PluginTagToContent("text") == {"settings": b""}

graph = events.Graph()
assert isinstance(graph, GraphDef)
nodes = [(node.name, node.op, list(node.input)) for node in graph.node]
assert nodes == [
    ("input", "Placeholder", []),
    ("mlp/hidden", "Linear", ["input"]),
    ("mlp/output", "Linear", ["mlp/hidden", "input"]),
], nodes

# The loader of the server turns summaries into tensors of plugins.
(path,) = pathlib.Path(sys.argv[1]).iterdir()
plugins = {
    value.metadata.plugin_data.plugin_name
    for event in EventFileLoader(str(path)).Load()
    for value in event.summary.value
}
assert plugins == {"scalars", "histograms", "images", "text", "graphs"}, plugins
print("TensorBoard reads scalars, a histogram, images, a text and the graph")
