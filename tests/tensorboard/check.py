"""Starts TensorBoard on a run of tests/tensorboard/graph.rs, asks it for what its dashboards show, and takes pictures.

how to run it (pip install tensorboard; chromium for the pictures, which are left out without it):
  MACROGRAD_TENSORBOARD_LOGS=/tmp/logs cargo test --features tensorboard --test tensorboard a_run_to_be_looked_at
  python3 tests/tensorboard/check.py /tmp/logs [FOLDER OF PICTURES]
"""

import contextlib
import json
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

logs = pathlib.Path(sys.argv[1])
pictures = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None


def check_files():
    """The event files, as TensorBoard's library reads them."""
    events = EventAccumulator(str(logs / "lenet"))
    events.Reload()
    tags = events.Tags()
    assert {"step/loss", "epoch/loss", "epoch/lr"} <= set(tags["scalars"]), tags
    assert "conv1.weight" in tags["histograms"] and tags["images"] == ["digits"] and tags["graph"], tags
    assert [event.step for event in events.Scalars("step/loss")] == list(range(1, 21))
    nodes = {node.name: node for node in events.Graph().node}
    assert list(nodes["conv1/conv2d"].input) == ["image", "conv1/weight"], nodes["conv1/conv2d"]
    (shape,) = nodes["conv1/conv2d"].attr["_output_shapes"].list.shape
    assert [dim.size for dim in shape.dim] == [-1, 6, 28, 28], shape
    assert nodes["conv1/conv2d"].attr["type"].s == b"f32[N, 6, 28, 28]"
    names = {name for node in events.Graph().node for name in node.input}
    assert names <= set(nodes), names - set(nodes)


@contextlib.contextmanager
def serving(folder, num_runs):
    """A server of the runs in a folder, once it has read them: a function that asks it, and its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    address = f"http://127.0.0.1:{port}/"
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(folder), "--port", str(port)]
    server = subprocess.Popen([*command, "--load_fast", "false"], stderr=subprocess.DEVNULL)

    def get(path, **query):
        text = urllib.parse.urlencode(query)
        with urllib.request.urlopen(f"{address}data/{path}?{text}", timeout=60) as answer:
            return answer.read()

    try:
        for _ in range(120):
            with contextlib.suppress(urllib.error.URLError, ConnectionError):
                if len(json.loads(get("plugin/graphs/info"))) == num_runs:
                    break
            time.sleep(0.5)
        else:
            raise SystemExit("TensorBoard does not load the runs")
        yield get, address
    finally:
        server.terminate()
        server.wait()


def check_server(get):
    """What the dashboards ask for."""
    scalars = json.loads(get("plugin/scalars/tags"))
    assert {"step/loss", "epoch/loss"} <= set(scalars["lenet"]), scalars
    curve = json.loads(get("plugin/scalars/scalars", run="lenet", tag="step/loss"))
    assert [step for _, step, _ in curve] == list(range(1, 21)), curve
    histograms = json.loads(get("plugin/histograms/histograms", run="lenet", tag="conv1.weight"))
    assert len(histograms) == 5, histograms
    total = sum(count for _, _, count in histograms[0][2])
    assert total == 150, histograms[0]
    images = json.loads(get("plugin/images/images", run="lenet", tag="digits", sample=0))
    assert [image["step"] for image in images] == list(range(10)), images
    picture = get("plugin/images/individualImage", **dict(urllib.parse.parse_qsl(images[0]["query"])))
    assert picture.startswith(b"\x89PNG") and struct.unpack(">II", picture[16:24]) == (28, 28), picture[:24]
    assert b"<strong>0.001</strong>" in get("plugin/text/text", run="lenet", tag="settings")
    info = json.loads(get("plugin/graphs/info"))
    assert set(info) == {"lenet", "recurrent", "residual"}, info
    for run, node in [("lenet", "conv2/weight"), ("recurrent", "lstm/first/for/carried"), ("residual", "if/choose")]:
        assert info[run]["run_graph"], info
        graph = get("plugin/graphs/graph", run=run, limit_attr_size=1024, large_attrs_key="_large").decode()
        assert f'name: "{node}"' in graph, graph
    print("TensorBoard serves scalars, histograms, images, a text and graphs")


def take_picture(url, name):
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if pictures is None or browser is None:
        return
    pictures.mkdir(parents=True, exist_ok=True)
    path = pictures / f"{name}.png"
    options = ["--headless", "--no-sandbox", "--virtual-time-budget=20000", "--window-size=1600,1200"]
    subprocess.run([browser, *options, f"--screenshot={path}", url], check=True, stderr=subprocess.DEVNULL)
    print(path)


check_files()
with serving(logs, 3) as (get, address):
    check_server(get)
    for page in ["scalars", "histograms", "images", "text"]:
        take_picture(f"{address}#{page}", page)
# The page shows the graph of the first run.
for run in ["lenet", "recurrent", "residual"]:
    with serving(logs / run, 1) as (_, address):
        take_picture(f"{address}#graphs", f"graph_{run}")
