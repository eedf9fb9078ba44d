"""A stream of Docs in batches: a GPU computes one while the next is prepared."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import NoReturn, TypeAlias, TypeVar

from spacy.tokens import Doc
from thinc.api import NumpyOps, Ops

# Docs are classified together up to this many tokens, so that short ones fill batches
# and the memory for long ones stays bounded. A GPU reads the papers of a batch in
# parallel, and needs as long for a few of them as for many.
BUFFERED_TOKENS = {"cpu": 50_000, "gpu": 200_000}
THREAD_NAME = "spacy-imrad"

Prepared = TypeVar("Prepared")
Found = TypeVar("Found")
Prepare: TypeAlias = Callable[[list[Doc]], Prepared]
# Waits for the results of a batch, or raises what went wrong.
Finish: TypeAlias = Callable[[], Found]
Begin: TypeAlias = Callable[[Prepared], Finish[Found]]


def predicted_batches(
    docs: Iterable[Doc],
    batch_size: int,
    ops: Ops,
    prepare: Prepare[Prepared],
    begin: Begin[Prepared, Found],
) -> Iterator[tuple[list[Doc], Finish[Found]]]:
    """Divide a stream into batches and have a model compute each.

    batch_size: Most Docs in a batch.
    ops: Ops of the model.
    prepare: Prepares a batch for the model.
    begin: Hands a prepared batch to the model.
    YIELDS: Each batch, and a function that waits for its results.
    """
    # Measured: on a CPU a thread of its own gained nothing.
    if isinstance(ops, NumpyOps):
        for batch in in_batches(docs, batch_size, BUFFERED_TOKENS["cpu"]):
            yield batch, partial(_at_once, batch, prepare, begin)
    else:
        batches = in_batches(docs, batch_size, BUFFERED_TOKENS["gpu"])
        yield from prefetched(batches, prepare, begin, _device_setter())


def in_batches(
    docs: Iterable[Doc], batch_size: int, n_tokens: int
) -> Iterator[list[Doc]]:
    """n_tokens: A batch ends with the Doc that reaches this number of tokens."""
    batch: list[Doc] = []
    tokens = 0
    for doc in docs:
        batch.append(doc)
        tokens += len(doc)
        if len(batch) >= batch_size or tokens >= n_tokens:
            yield batch
            batch, tokens = [], 0
    if batch:
        yield batch


def prefetched(
    batches: Iterable[list[Doc]],
    prepare: Prepare[Prepared],
    begin: Begin[Prepared, Found],
    enter: Callable[[], None],
) -> Iterator[tuple[list[Doc], Finish[Found]]]:
    """Begin each batch before the previous one is yielded. A second thread does this;
    while it tokenizes or waits for the device, it does not hold Python's lock.

    enter: Called once in that thread.
    """
    with ThreadPoolExecutor(1, THREAD_NAME, enter) as thread:
        waiting: tuple[list[Doc], Finish[Found]] | None = None
        for batch in batches:
            begun = batch, _begun(batch, prepare, begin, thread)
            if waiting is not None:
                yield waiting
            waiting = begun
        if waiting is not None:
            yield waiting


def _at_once(
    batch: list[Doc], prepare: Prepare[Prepared], begin: Begin[Prepared, Found]
) -> Found:
    return begin(prepare(batch))()


def _begun(
    batch: list[Doc],
    prepare: Prepare[Prepared],
    begin: Begin[Prepared, Found],
    thread: ThreadPoolExecutor,
) -> Finish[Found]:
    try:
        prepared = prepare(batch)
    except Exception as error:
        return partial(_raise, error)
    # thinc keeps its current ops in a context variable.
    finish = thread.submit(copy_context().run, begin, prepared)
    return lambda: finish.result()()


def _raise(error: Exception) -> NoReturn:
    raise error


def _device_setter() -> Callable[[], None]:
    """Each thread has a current CUDA device of its own, which is 0 at first."""
    import cupy
    import torch

    device = cupy.cuda.runtime.getDevice()

    def use_device() -> None:
        cupy.cuda.Device(device).use()
        torch.cuda.set_device(device)

    return use_device
