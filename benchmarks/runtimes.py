"""What else the bundled encoder could run on, each reading the same windows.

    pip install openvino
    OMP_NUM_THREADS=1 python -m benchmarks.runtimes

All on one thread, taking turns with each window; the rate is that of each window's best
round, and labels are compared with those of single precision. The candidates are the
exported graph with some operators replaced:

- `as exported`: 8-bit products with scales found for each window
- `all optimizations`: the same, ONNX Runtime's optimizer at its highest level
- `fused attention`: the products for attention and attention itself in one operator
- `static scales`: scales found beforehand on other windows
- `single precision`: no rounding but that of the stored weights
- `nothing pooled`: as exported, each layer for each wordpiece; what that costs, since
  these weights are not for it
- `OpenVINO`: the graph of single precision, standard operators alone
- `torch`, `torch, bfloat16`: after unpacking
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import numpy
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from spacy_imrad.models.checkpoints.exported import (
    GRAPH_FILE,
    ExportedCheckpoint,
    load_exported,
)
from spacy_imrad.models.checkpoints.hf import CONFIG_FILE
from spacy_imrad.models.checkpoints.int8 import Weights
from spacy_imrad.models.checkpoints.loaders import bundled_folder
from spacy_imrad.models.checkpoints.onnx_graph import (
    CONTRIB,
    IDS,
    LOGITS,
    Shape,
    build_graph,
)
from spacy_imrad.models.checkpoints.pooling import CONFIG_KEY, pool_wordpieces
from spacy_imrad.models.encoder.windows import Ids, WindowMaker

from . import texts

Logits: TypeAlias = NDArray[numpy.float32]
Read: TypeAlias = Callable[[Ids], Logits]
CALIBRATION = 32
LEVELS = onnxruntime.GraphOptimizationLevel


class Variant:
    """A graph with its weights, to be changed."""

    def __init__(self, packed: ExportedCheckpoint) -> None:
        self.model = onnx.load_from_string(packed.files[GRAPH_FILE])
        self.weights: Weights = dict(packed.weights())
        self.heads = int(packed.config["n_heads"])
        self.width = packed.width

    def replace(self, rules: dict[str, Callable[[NodeProto], list[NodeProto]]]) -> None:
        """rules: By operator, what takes its place."""
        nodes = list(self.model.graph.node)
        del self.model.graph.node[:]
        for node in nodes:
            self.model.graph.node.extend(
                rules[node.op_type](node) if node.op_type in rules else [node]
            )

    def constant(self, name: str, value: Any) -> str:
        self.model.graph.initializer.append(numpy_helper.from_array(value, name))
        return name

    def drop_unused(self) -> None:
        used = {name for node in self.model.graph.node for name in node.input}
        kept = [x for x in self.model.graph.initializer if x.name in used]
        del self.model.graph.initializer[:]
        self.model.graph.initializer.extend(kept)
        self.weights = {k: v for k, v in self.weights.items() if k in used}

    def store_weights(self) -> None:
        """Put the weights into the graph itself."""
        self.drop_unused()
        for initializer in self.model.graph.initializer:
            if initializer.name in self.weights:
                array = self.weights[initializer.name]
                named = numpy_helper.from_array(array, initializer.name)
                initializer.CopyFrom(named)

    def session(self, level: Any = LEVELS.ORT_ENABLE_BASIC) -> Any:
        self.store_weights()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.enable_mem_pattern = False
        options.graph_optimization_level = level
        return onnxruntime.InferenceSession(self.model.SerializeToString(), options)

    def reader(self, level: Any = LEVELS.ORT_ENABLE_BASIC) -> Read:
        session = self.session(level)
        return lambda ids: session.run([LOGITS], {IDS: _row(ids)})[0]


def make_exact(variant: Variant) -> None:
    """Products of single precision in place of rounded ones."""

    def keep(node: NodeProto) -> list[NodeProto]:
        return [helper.make_node("Identity", [node.input[0]], [node.output[0]])]

    def multiply(node: NodeProto) -> list[NodeProto]:
        name, scale = node.input[1], variant.weights[node.input[3]]
        if variant.weights[name].dtype == numpy.int8:
            variant.weights[name] = variant.weights[name] * scale
        product = f"{node.output[0]}.product"
        return [
            helper.make_node("MatMul", [node.input[0], name], [product]),
            helper.make_node("Add", [product, node.input[6]], list(node.output)),
        ]

    variant.replace({"DynamicQuantizeLinear": keep, "MatMulIntegerToFloat": multiply})


def make_standard(variant: Variant) -> None:
    """Standard operators in place of ONNX Runtime's own."""
    make_exact(variant)
    size = variant.width // variant.heads
    parted = variant.constant("parted", numpy.array([0, 0, variant.heads, size]))
    joined = variant.constant("joined", numpy.array([0, 0, variant.width]))
    numbers = {
        value: variant.constant(f"number{value}", numpy.float32(value))
        for value in (0.5, 1.0, 2**-0.5, size**-0.5)
    }

    def attend(node: NodeProto) -> list[NodeProto]:
        name = node.output[0]
        steps: list[tuple[str, list[str], str, dict[str, Any]]] = []
        orders = ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3])
        for part, given, order in zip("qkv", node.input, orders, strict=True):
            steps += [
                ("Reshape", [given, parted], f"{name}.{part}0", {}),
                ("Transpose", [f"{name}.{part}0"], f"{name}.{part}", {"perm": order}),
            ]
        steps += [
            ("Mul", [f"{name}.q", numbers[size**-0.5]], f"{name}.scaled", {}),
            ("MatMul", [f"{name}.scaled", f"{name}.k"], f"{name}.scores", {}),
            ("Softmax", [f"{name}.scores"], f"{name}.shares", {"axis": -1}),
            ("MatMul", [f"{name}.shares", f"{name}.v"], f"{name}.found", {}),
            ("Transpose", [f"{name}.found"], f"{name}.t", {"perm": [0, 2, 1, 3]}),
            ("Reshape", [f"{name}.t", joined], name, {}),
        ]
        return [helper.make_node(op, ins, [out], **kw) for op, ins, out, kw in steps]

    def activate(node: NodeProto) -> list[NodeProto]:
        given, name = node.input[0], node.output[0]
        steps = [
            ("Mul", [given, numbers[2**-0.5]], f"{name}.0"),
            ("Erf", [f"{name}.0"], f"{name}.1"),
            ("Add", [f"{name}.1", numbers[1.0]], f"{name}.2"),
            ("Mul", [given, numbers[0.5]], f"{name}.3"),
            ("Mul", [f"{name}.2", f"{name}.3"], name),
        ]
        return [helper.make_node(op, inputs, [out]) for op, inputs, out in steps]

    variant.replace({"MultiHeadAttention": attend, "FastGelu": activate})


def make_fused(variant: Variant) -> None:
    """Quantized attention in one operator, in all layers but the last."""
    makers = {out: node for node in variant.model.graph.node for out in node.output}
    replaced: set[str] = set()

    def attend(node: NodeProto) -> list[NodeProto]:
        parts = [makers[name] for name in node.input]
        if len({part.input[0] for part in parts}) > 1:
            return [node]
        replaced.update(part.name for part in parts)
        names = []
        for place, axis in ((1, 1), (6, 0), (3, 0)):
            arrays = [variant.weights[part.input[place]] for part in parts]
            name = f"{node.output[0]}.{place}"
            names.append(variant.constant(name, numpy.concatenate(arrays, axis=axis)))
        numbers, scale, zero = (parts[0].input[i] for i in (0, 2, 4))
        inputs = [numbers, names[0], names[1], scale, names[2], "", zero]
        heads: dict[str, Any] = {"num_heads": variant.heads}
        return [
            helper.make_node(
                "QAttention", inputs, list(node.output), domain=CONTRIB, **heads
            )
        ]

    variant.replace({"MultiHeadAttention": attend})
    variant.replace(
        {"MatMulIntegerToFloat": lambda n: [] if n.name in replaced else [n]}
    )


def make_static(variant: Variant, exact: Variant, windows: list[Ids]) -> None:
    """Scales that hold for all windows.

    exact: The graph of single precision, which says what is to be rounded.
    """
    watched = [
        node.input[0]
        for node in variant.model.graph.node
        if node.op_type == "DynamicQuantizeLinear"
    ]
    for name in watched:
        value = helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
        exact.model.graph.output.append(value)
    session = exact.session()
    low = dict.fromkeys(watched, 0.0)
    high = dict.fromkeys(watched, 0.0)
    for ids in windows:
        found = session.run(watched, {IDS: _row(ids)})
        for name, array in zip(watched, found, strict=True):
            low[name] = min(low[name], float(array.min()))
            high[name] = max(high[name], float(array.max()))

    def round_(node: NodeProto) -> list[NodeProto]:
        name = node.input[0]
        scale = (high[name] - low[name]) / 255
        zero = numpy.uint8(round(-low[name] / scale))
        names = [
            variant.constant(node.output[1], numpy.float32(scale)),
            variant.constant(node.output[2], numpy.asarray(zero)),
        ]
        return [helper.make_node("QuantizeLinear", [name, *names], [node.output[0]])]

    variant.replace({"DynamicQuantizeLinear": round_})


def without_pooling(packed: ExportedCheckpoint) -> ExportedCheckpoint:
    config = {k: v for k, v in packed.config.items() if k != CONFIG_KEY}
    files = {
        CONFIG_FILE: json.dumps(config).encode(),
        GRAPH_FILE: build_graph(Shape.of(config), packed.weights()),
    }
    return replace(packed, files={**packed.files, **files})


def openvino_reader(variant: Variant) -> Read:
    import openvino

    make_standard(variant)
    variant.store_weights()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        onnx.save(variant.model, path)
        settings = {"INFERENCE_NUM_THREADS": 1, "PERFORMANCE_HINT": "LATENCY"}
        compiled = openvino.Core().compile_model(str(path), "CPU", settings)
    request = compiled.create_infer_request()
    return lambda ids: request.infer({IDS: _row(ids)})[LOGITS].copy()


def torch_reader(packed: ExportedCheckpoint, *, half: bool) -> Read:
    import torch

    module: Any = packed.for_torch().module.eval()
    pool_wordpieces(module)

    def read(ids: Ids) -> Logits:
        with torch.inference_mode(), torch.autocast("cpu", enabled=half):
            logits = module(torch.from_numpy(_row(ids))).logits
        found: Logits = logits.float().numpy()
        return found

    return read


def candidates(packed: ExportedCheckpoint, calibration: list[Ids]) -> dict[str, Read]:
    readers = {
        "as exported": Variant(packed).reader(),
        "all optimizations": Variant(packed).reader(LEVELS.ORT_ENABLE_ALL),
    }
    fused, static, exact = (Variant(packed) for _ in range(3))
    make_fused(fused)
    readers["fused attention"] = fused.reader()
    make_exact(exact)
    make_static(static, exact, calibration)
    readers["static scales"] = static.reader()
    exact = Variant(packed)
    make_exact(exact)
    readers["single precision"] = exact.reader()
    readers["nothing pooled"] = Variant(without_pooling(packed)).reader()
    if find_spec("openvino"):
        readers["OpenVINO"] = openvino_reader(Variant(packed))
    readers["torch"] = torch_reader(packed, half=False)
    readers["torch, bfloat16"] = torch_reader(packed, half=True)
    return readers


def _row(ids: Ids) -> NDArray[numpy.int64]:
    return ids[None].astype(numpy.int64)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    texts.add_arguments(parser)
    parser.add_argument("--weights", default="imrad_distilbert")
    parser.add_argument("--windows", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    packed = load_exported(bundled_folder(args.weights))
    tokenizer = packed.tokenizer()
    tokenizer.no_padding()
    tokenizer.enable_truncation(512, stride=64)
    paragraphs = [text for text, _ in texts.labelled_paragraphs(texts.read(args))]
    windows = WindowMaker(tokenizer)(paragraphs).ids
    calibration, windows = windows[:CALIBRATION], windows[CALIBRATION:]
    windows = windows[:: max(1, len(windows) // args.windows)][: args.windows]
    n_wordpieces = sum(map(len, windows))
    readers = candidates(packed, calibration)
    best = {name: numpy.full(len(windows), numpy.inf) for name in readers}
    logits = {
        name: numpy.concatenate([read(ids) for ids in windows])
        for name, read in readers.items()
    }
    for _ in range(args.rounds):
        for place, ids in enumerate(windows):
            for name, read in readers.items():
                start = time.process_time()
                read(ids)
                spent = time.process_time() - start
                best[name][place] = min(best[name][place], spent)
    seconds = {name: float(times.sum()) for name, times in best.items()}
    expected = logits["torch"]
    slowest = seconds["torch"]
    print(f"{len(windows)} windows, {n_wordpieces:,} wordpieces\n")
    print("| | wordpieces/processor s | to torch | same label | logits differ by |")
    print("|---|---|---|---|---|")
    for name, spent in seconds.items():
        same = (logits[name].argmax(axis=1) == expected.argmax(axis=1)).mean()
        off = numpy.abs(logits[name] - expected).mean()
        print(
            f"| {name} | {n_wordpieces / spent:,.0f} | {slowest / spent:.2f} "
            f"| {same:.1%} | {off:.4f} |"
        )


if __name__ == "__main__":
    main()
