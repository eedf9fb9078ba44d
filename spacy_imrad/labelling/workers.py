"""Jobs → labelled papers, in order, in this process or in several."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from typing import Final, TypeAlias

from .inputs import Failure, Job
from .labeller import Labelled, Labeller, Settings

Outcome: TypeAlias = Labelled | Failure

# Jobs that wait or are done ahead of the oldest one that is not, for each worker.
_AHEAD: Final = 4


def label_here(
    jobs: Iterable[Job | Failure], labeller: Labeller
) -> Iterator[tuple[Job | Failure, Outcome]]:
    """Label in this process."""
    for job in jobs:
        yield job, job if isinstance(job, Failure) else _label(labeller, job)


def label_with_workers(
    jobs: Iterable[Job | Failure], settings: Settings, n_workers: int
) -> Iterator[tuple[Job | Failure, Outcome]]:
    """Label in `n_workers` processes of their own, each with its own pipeline.

    At most a few jobs a worker are taken from `jobs` ahead of time. A worker that dies
    takes no paper with it: those that were under way are tried again one by one, and
    the one that kills its worker a second time is a `Failure`.
    """
    settings = replace(settings, threads=max(1, _cores() // n_workers))
    pool = _Pool(settings, n_workers)
    waiting: deque[tuple[Job | Failure, Future[Outcome] | None]] = deque()
    try:
        for job in jobs:
            waiting.append((job, None if isinstance(job, Failure) else pool.add(job)))
            while len(waiting) > _AHEAD * n_workers:
                yield _oldest(waiting, pool)
        while waiting:
            yield _oldest(waiting, pool)
    finally:
        pool.close()


def _oldest(
    waiting: deque[tuple[Job | Failure, Future[Outcome] | None]], pool: "_Pool"
) -> tuple[Job | Failure, Outcome]:
    job, future = waiting.popleft()
    if isinstance(job, Failure):
        return job, job
    assert future is not None
    try:
        return job, future.result()
    except BrokenProcessPool:
        pool.restart()
    outcome = pool.label_alone(job)
    for i, (other, lost) in enumerate(waiting):
        if isinstance(other, Job) and lost is not None and _is_lost(lost):
            waiting[i] = (other, pool.add(other))
    return job, outcome


def _is_lost(future: "Future[Outcome]") -> bool:
    return not future.done() or future.cancelled() or future.exception() is not None


class _Pool:
    """Processes that can be started anew."""

    def __init__(self, settings: Settings, n_workers: int) -> None:
        self._settings = settings
        self._n_workers = n_workers
        self._executor = self._start()

    def add(self, job: Job) -> "Future[Outcome]":
        # What keeps a source's file stays in this process.
        sent = replace(job, source=replace(job.source, owner=None))
        try:
            return self._executor.submit(_work, sent)
        except BrokenProcessPool as error:
            broken: Future[Outcome] = Future()
            broken.set_exception(error)
            return broken

    def label_alone(self, job: Job) -> Outcome:
        try:
            return self.add(job).result()
        except BrokenProcessPool:
            self.restart()
            reason = RuntimeError("the worker process died on it, twice")
            return Failure(job.source.name, reason, job.share)

    def restart(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)
        self._executor = self._start()

    def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _start(self) -> ProcessPoolExecutor:
        # Torch does not survive a fork.
        return ProcessPoolExecutor(
            self._n_workers,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_begin,
            initargs=(self._settings,),
        )


_PORTABLE: Final = (ValueError, ImportError, RuntimeError, MemoryError)

_labeller: Labeller | None = None


def _begin(settings: Settings) -> None:
    global _labeller
    # The process that started this one says what is done when a user interrupts.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _labeller = Labeller(settings)


def _end_with_parent() -> None:
    """A worker would wait for ever for a parent that was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(job: Job) -> Outcome:
    assert _labeller is not None
    return _label(_labeller, job)


def _label(labeller: Labeller, job: Job) -> Outcome:
    try:
        return labeller(job)
    # Files fail to be read and pipes fail in many ways; the other papers go on.
    except Exception as error:
        return Failure(job.source.name, _portable(error), job.share)


def _portable(error: Exception) -> Exception:
    """An exception that can go from process to process."""
    if isinstance(error, OSError):
        return OSError(error.errno, error.strerror or str(error))
    for kind in _PORTABLE:
        if isinstance(error, kind):
            return kind(str(error))
    return RuntimeError(f"{type(error).__name__}: {error}")


def _cores() -> int:
    return multiprocessing.cpu_count()
