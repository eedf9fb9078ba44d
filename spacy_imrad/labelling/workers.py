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

from spacy_imrad.labelling.labeller import Labelled, Labeller, Settings
from spacy_imrad.readers.sources.inputs import Done, Failure, Job

Outcome: TypeAlias = Labelled | Failure | Done
Step: TypeAlias = tuple[float, Outcome]
"""What share of all input is done, and what became of it."""

# Jobs that wait or are done ahead of the oldest one that is not, for each worker.
_AHEAD: Final = 4


def label_here(
    jobs: Iterable[Job | Failure | Done], labeller: Labeller
) -> Iterator[Step]:
    """Label in this process."""
    for job in jobs:
        yield job.share, label_job(labeller, job) if isinstance(job, Job) else job


def label_with_workers(
    jobs: Iterable[Job | Failure | Done], settings: Settings, n_workers: int
) -> Iterator[Step]:
    """Label in `n_workers` processes of their own, each with its own pipeline.

    At most a few jobs a worker are taken from `jobs` ahead of time. A worker that dies
    takes no paper with it: those that were under way are tried again one by one, and
    the one that kills its worker a second time is a `Failure`.
    """
    settings = replace(settings, threads=max(1, _cores() // n_workers))
    pool = _Pool(settings, n_workers)
    waiting: deque[_Waiting] = deque()
    try:
        for job in jobs:
            waiting.append((job, pool.add(job) if isinstance(job, Job) else None))
            while len(waiting) > _AHEAD * n_workers:
                yield _oldest(waiting, pool)
        while waiting:
            yield _oldest(waiting, pool)
    finally:
        pool.close()


_Waiting: TypeAlias = "tuple[Job | Failure | Done, Future[Outcome] | None]"


def _oldest(waiting: "deque[_Waiting]", pool: "_Pool") -> Step:
    job, future = waiting.popleft()
    if not isinstance(job, Job):
        return job.share, job
    assert future is not None
    try:
        return job.share, future.result()
    except BrokenProcessPool:
        pool.restart()
    outcome = pool.label_alone(job)
    for i, (other, lost) in enumerate(waiting):
        if isinstance(other, Job) and lost is not None and _is_lost(lost):
            waiting[i] = (other, pool.add(other))
    return job.share, outcome


def _is_lost(future: "Future[Outcome]") -> bool:
    return not future.done() or future.cancelled() or future.exception() is not None


class _Pool:
    """Processes that can be started anew."""

    def __init__(self, settings: Settings, n_workers: int) -> None:
        self._settings = settings
        self._n_workers = n_workers
        self._executor = self._start()

    def add(self, job: Job) -> "Future[Outcome]":
        try:
            return self._executor.submit(_work, without_owner(job))
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
    return label_job(_labeller, job)


def without_owner(job: Job) -> Job:
    """The job for another process: what keeps a source's file stays in this one."""
    return replace(job, source=replace(job.source, owner=None))


def label_job(labeller: Labeller, job: Job) -> Outcome:
    """Label one paper; what can't be read or labelled is a `Failure` that can go from
    process to process."""
    try:
        return labeller(job)
    # Files fail to be read and pipes fail in many ways; the other papers go on.
    except Exception as error:
        return Failure(job.source.name, portable(error), job.share)


def portable(error: Exception) -> Exception:
    """An exception that can go from process to process."""
    if isinstance(error, OSError):
        return OSError(error.errno, error.strerror or str(error))
    for kind in _PORTABLE:
        if isinstance(error, kind):
            return kind(str(error))
    return RuntimeError(f"{type(error).__name__}: {error}")


def _cores() -> int:
    return multiprocessing.cpu_count()
