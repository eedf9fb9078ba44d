"""Jobs → labelled papers, in order, in processes that can be ended."""

import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from multiprocessing.connection import Connection, wait
from typing import Final, TypeAlias

from spacy_imrad.labelling.labeller import Labelled, Labeller, Settings
from spacy_imrad.readers.sources import Done, Failure, Job

Outcome: TypeAlias = Labelled | Failure | Done
Step: TypeAlias = tuple[float, Outcome]
"""What share of all input is done, and what became of it."""

# Jobs that wait or are done ahead of the oldest one that is not, for each worker.
_AHEAD: Final = 4
_DEATHS: Final = 2
"""Workers that may die on a paper, or one after the other before they are ready."""
_NEVER: Final = float("inf")


def label_here(
    jobs: Iterable[Job | Failure | Done], labeller: Labeller
) -> Iterator[Step]:
    """Label in this process."""
    for job in jobs:
        yield job.share, label_job(labeller, job) if isinstance(job, Job) else job


@dataclass(slots=True, eq=False)
class _Task:
    """outcome: None until there is one. deaths: Workers that have died on it."""

    job: Job | Failure | Done
    outcome: Outcome | None = None
    deaths: int = 0


class Workers:
    """Processes that label, each with its own pipeline; to be closed.

    A worker that dies takes no paper with it: the one that it was at is tried once
    more. A worker that takes longer than `settings.timeout` for a paper is ended.
    """

    def __init__(self, settings: Settings, n_workers: int) -> None:
        if n_workers > 1:
            threads = max(1, multiprocessing.cpu_count() // n_workers)
            settings = replace(settings, threads=threads)
        self._settings = settings
        self._pending: deque[_Task] = deque()
        self._failed_starts = 0
        self._workers = [_Worker(settings) for _ in range(n_workers)]

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The pipeline's labels.

        RAISES: What `Labeller` raises.
        """
        return self._workers[0].wait_until_ready()

    def label(self, jobs: Iterable[Job | Failure | Done]) -> Iterator[Step]:
        """At most a few jobs a worker are taken from `jobs` ahead of time."""
        waiting: deque[_Task] = deque()
        for job in jobs:
            task = _Task(job) if isinstance(job, Job) else _Task(job, job)
            waiting.append(task)
            if task.outcome is None:
                self._pending.append(task)
                self._assign()
            while waiting[0].outcome or len(waiting) > _AHEAD * len(self._workers):
                yield self._finish(waiting.popleft())
                if not waiting:
                    break
        while waiting:
            yield self._finish(waiting.popleft())

    def close(self) -> None:
        for worker in self._workers:
            worker.end()

    def _finish(self, task: _Task) -> Step:
        while task.outcome is None:
            self._wait()
        return task.job.share, task.outcome

    def _assign(self) -> None:
        for worker in self._workers:
            if worker.is_ready and worker.task is None and self._pending:
                worker.give(self._pending.popleft(), self._settings.timeout)

    def _wait(self) -> None:
        """Wait until a worker has something to say, or has had its time."""
        busy = [w for w in self._workers if not w.is_ready or w.task is not None]
        left = max(0.0, min(w.deadline for w in busy) - time.monotonic())
        heard = wait([w.pipe for w in busy], None if left == _NEVER else left)
        for worker in busy:
            if worker.pipe in heard:
                self._hear(worker)
            elif worker.deadline <= time.monotonic():
                seconds = f"{self._settings.timeout:g} seconds"
                self._lose(worker, f"it takes longer than {seconds} (see --timeout)")
        self._assign()

    def _hear(self, worker: "_Worker") -> None:
        if not worker.is_ready:
            try:
                worker.wait_until_ready()
                self._failed_starts = 0
            except ConnectionError:
                self._failed_starts += 1
                if self._failed_starts > _DEATHS:
                    raise
                self._replace(worker)
            return
        task = worker.task
        assert task is not None
        try:
            task.outcome = worker.take()
        except (EOFError, OSError):
            task.deaths += 1
            if task.deaths < _DEATHS:
                self._pending.appendleft(task)
                self._replace(worker)
            else:
                self._lose(worker, "the worker process died on it, twice")

    def _lose(self, worker: "_Worker", reason: str) -> None:
        """End a worker, and its paper with it."""
        task = worker.task
        assert task is not None
        assert isinstance(task.job, Job)
        name, share = task.job.source.name, task.job.share
        task.outcome = Failure(name, RuntimeError(reason), share)
        self._replace(worker)

    def _replace(self, worker: "_Worker") -> None:
        worker.end()
        self._workers[self._workers.index(worker)] = _Worker(self._settings)


class _Worker:
    """A process, what it is at, and until when it may be."""

    def __init__(self, settings: Settings) -> None:
        # Torch does not survive a fork.
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.task: _Task | None = None
        self.deadline = _NEVER
        self._labels: tuple[str, ...] | None = None
        self._process = context.Process(
            target=_serve, args=(theirs, settings), daemon=True
        )
        with _uninterrupted():
            self._process.start()
        theirs.close()

    @property
    def is_ready(self) -> bool:
        return self._labels is not None

    def wait_until_ready(self) -> tuple[str, ...]:
        """RETURNS: The labels of its pipeline.
        RAISES: What `Labeller` raises; ConnectionError if it has died.
        """
        if self._labels is None:
            try:
                said = self.pipe.recv()
            except (EOFError, OSError) as error:
                raise ConnectionError("a worker process died as it began") from error
            if isinstance(said, Exception):
                raise said
            self._labels = said
        return self._labels

    def give(self, task: _Task, timeout: float) -> None:
        assert isinstance(task.job, Job)
        self.task = task
        self.deadline = time.monotonic() + timeout if timeout else _NEVER
        try:
            self.pipe.send(without_owner(task.job))
        except OSError:
            # It is dead, which shows when it is listened to.
            return

    def take(self) -> Outcome:
        outcome: Outcome = self.pipe.recv()
        self.task, self.deadline = None, _NEVER
        return outcome

    def end(self) -> None:
        self._process.kill()
        self._process.join()
        self.pipe.close()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Processes that begin here are not told when a user interrupts: the process that
    started them says what is done."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(pipe: Connection, settings: Settings) -> None:
    """What a worker does: say its labels, and label what comes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        labeller = Labeller(settings)
    except Exception as error:
        pipe.send(portable(error))
        return
    pipe.send(labeller.labels)
    while True:
        try:
            job = pipe.recv()
        except EOFError:
            return
        pipe.send(label_job(labeller, job))


def _end_with_parent() -> None:
    """A worker would go on for ever after a parent that was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


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


_PORTABLE: Final = (ValueError, ImportError, RuntimeError, MemoryError)


def portable(error: Exception) -> Exception:
    """An exception that can go from process to process."""
    if isinstance(error, OSError):
        return OSError(error.errno, error.strerror or str(error))
    for kind in _PORTABLE:
        if isinstance(error, kind):
            return kind(str(error))
    return RuntimeError(f"{type(error).__name__}: {error}")
