"""What the machine can do at best: its matrix products, measured; and how much memory
a process took.
"""

import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SIZE = 1024


def best_rate(run: Callable[[], Any], operations: float, repeats: int = 20) -> float:
    """RETURNS: The highest rate seen, in 10^9 operations a second."""
    run()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return operations / min(seconds) / 1e9


def cpu_peaks() -> dict[str, float]:
    """Products of square matrices on all threads, in 10^9 operations a second."""
    import torch

    a, b = torch.randn(2, SIZE, SIZE)
    operations = 2.0 * SIZE**3
    # Emulated on many processors, hence a small one.
    halves = torch.randn(2, SIZE // 4, SIZE // 4).bfloat16()
    return {
        "fp32": best_rate(lambda: a @ b, operations),
        "bf16": best_rate(lambda: halves[0] @ halves[1], operations / 64, repeats=5),
        "int8": _int8_peak(operations),
    }


def _int8_peak(operations: float) -> float:
    import numpy
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    from spacy_imrad.models.checkpoints.onnx_session import n_threads

    rng = numpy.random.default_rng(0)
    weights = rng.integers(-64, 65, (SIZE, SIZE)).astype(numpy.int8)
    values = rng.integers(0, 256, (SIZE, SIZE)).astype(numpy.uint8)
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["values", "weights"], ["products"])],
        "product",
        [helper.make_tensor_value_info("values", TensorProto.UINT8, [SIZE, SIZE])],
        [helper.make_tensor_value_info("products", TensorProto.INT32, [SIZE, SIZE])],
        [numpy_helper.from_array(weights, "weights")],
    )
    model = helper.make_model(
        graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)]
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = n_threads()
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    return best_rate(lambda: session.run(None, {"values": values}), operations)


def gpu_peak() -> float:
    """A large bfloat16 product, in 10^9 operations a second."""
    import torch

    size = 8192
    a, b = torch.randn(2, size, size, device="cuda", dtype=torch.bfloat16)

    def run() -> None:
        torch.mm(a, b)
        torch.cuda.synchronize()

    return best_rate(run, 2.0 * size**3)


def operations_per_wordpiece(config: dict[str, Any], mean_length: float) -> float:
    """Of a whole DistilBERT: multiplications and additions, nothing skipped but what
    layers read as one."""
    width, inner = config["dim"], config["hidden_dim"]
    products = 2 * (4 * width**2 + 2 * width * inner)
    attention = 4 * mean_length * width
    pooling = config.get("wordpiece_pooling") or [1] * config["n_layers"]
    return sum((products + attention / rate) / rate for rate in pooling)


def peak_megabytes() -> float:
    """Of this process. What `getrusage` says counts, on Linux, what the process was
    before it ran another program: a copy of its parent."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
