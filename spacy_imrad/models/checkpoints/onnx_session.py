"""An exported encoder at work, in ONNX Runtime."""

import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy
from numpy.typing import NDArray

from spacy_imrad.models.checkpoints.int8 import Weights
from spacy_imrad.models.checkpoints.onnx_graph import IDS, LOGITS, VECTOR
from spacy_imrad.models.encoder.windows import Ids

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


class OnnxNetwork:
    """Reads windows, each on its own, on several threads at once.

    A thread a window scales better than several threads within one, needs no padding,
    and leaves no threads behind that a forked process would miss.

    graph: What `build_graph` made.
    weights: Its initializers by name.
    """

    def __init__(self, graph: bytes, weights: Weights) -> None:
        self._session = open_session(graph, weights)

    def read(
        self, windows: Sequence[Ids]
    ) -> tuple[NDArray[numpy.float32], NDArray[numpy.float32]]:
        """RETURNS: Vectors (windows x width) and logits (windows x labels)."""
        # The longest first: none is left for the end when other threads are done.
        waiting = iter(sorted(range(len(windows)), key=lambda i: -len(windows[i])))
        rows: list[Any] = [None] * len(windows)

        def work() -> None:
            for index in waiting:
                rows[index] = self._read_one(windows[index])

        n_others = min(n_threads(), len(windows)) - 1
        with ThreadPoolExecutor(max(1, n_others)) as pool:
            others = [pool.submit(work) for _ in range(n_others)]
            # This thread has its processor already; a new one may have to find it.
            work()
            for other in others:
                other.result()
        vectors, logits = (numpy.concatenate(part) for part in zip(*rows, strict=True))
        return vectors, logits

    def _read_one(
        self, ids: Ids
    ) -> tuple[NDArray[numpy.float32], NDArray[numpy.float32]]:
        inputs = {IDS: ids[None].astype(numpy.int64)}
        vector, logits = self._session.run([VECTOR, LOGITS], inputs)
        return vector, logits


def open_session(
    graph: bytes, weights: Weights, profile: Path | None = None
) -> "InferenceSession":
    """profile: Where to write how long each operator takes: what the file's name begins
    with."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    # Higher levels gain nothing on this graph (docs/SPEED.md).
    options.graph_optimization_level = (
        onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    )
    # Lengths vary, so that memory planned for one window fits no other.
    options.enable_mem_pattern = False
    names, arrays = zip(*weights.items(), strict=True)
    options.add_external_initializers(
        list(names),
        [onnxruntime.OrtValue.ortvalue_from_numpy(array) for array in arrays],
    )
    if profile is not None:
        options.enable_profiling = True
        options.profile_file_prefix = str(profile)
    return onnxruntime.InferenceSession(
        graph, options, providers=["CPUExecutionProvider"]
    )


def n_threads() -> int:
    """How many threads to use: `OMP_NUM_THREADS`, or else one for each processor that
    the process may use; a worker of several has one."""
    named = os.environ.get("OMP_NUM_THREADS", "")
    if named.isdecimal() and int(named):
        return int(named)
    if multiprocessing.parent_process() is not None:
        return 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
