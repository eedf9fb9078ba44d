"""Files → labelled papers, in order, on the machines of a Ray cluster.

Ray Data reads the files in tasks and labels in actors, each with its own pipeline. What
travels is a pack of papers, which is also what is done again when a worker dies. All
machines have to see the files under the same paths.
"""

import contextlib
import logging
import os
import pickle
import re
import signal
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from spacy_imrad.extras import require
from spacy_imrad.labelling.labeller import Labeller, Settings
from spacy_imrad.labelling.workers import Step, label_job, portable
from spacy_imrad.readers.sources import (
    STDIN,
    Done,
    Failure,
    Job,
    is_unpacked,
    leave_out,
    read_jobs,
    size_of,
)

PACK: Final = 16
"""Papers in a pack, at most."""
_PACKS: Final = 8
"""For each worker, at least, so that all have something to do until the end."""
_FILES: Final = 64
"""Files that are given to a reader together."""
_DEATHS: Final = 2
"""Workers that may die on a paper, beside the one that died on its pack."""
_ERROR: Final = re.compile(r"^[\w.]+Error: .+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Listed:
    """A file to read.

    share: What part of all input it is.
    before: How often it is listed before.
    """

    file: str | Failure
    share: float
    before: int


Item: TypeAlias = Listed | Job | Failure | Done
"""Of a pack. A file is an archive, which is unpacked where its papers are labelled."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the readers and workers of a run have in common.

    folder: Where relative paths begin.
    format: The registered name of the format of all papers.
    share: What part of all input a pack may be.
    done: Reference to the number of papers of each name that are left out.
    deaths: Handle of a `Deaths` actor.
    """

    settings: Settings
    folder: str
    format: str | None
    share: float
    done: Any
    deaths: Any


def label_with_ray(
    files: Iterable[str | Failure],
    settings: Settings,
    *,
    format: str | None = None,
    n_workers: int | None = None,
    done: Mapping[str, int] | None = None,
) -> Iterator[Step]:
    """Label on the cluster that `RAY_ADDRESS` names, or else on one that is started on
    this machine for as long as it takes.

    A worker that dies takes no paper with it: its pack is labelled again, and the paper
    on which one worker after the other dies is a `Failure`.

    files: Paths; relative ones begin at the current folder.
    settings: Its `gpus` are for each worker.
    format: The registered name of the format of all papers.
    n_workers: None for as many as the cluster has room for.
    done: How many papers of each name are left out.
    RAISES: ImportError without Ray; ValueError for standard input, or if the cluster
        has no room for a worker; ConnectionError if workers can't begin or the cluster
        is lost.
    """
    # Ray prints what happens to its processes among the papers on standard output,
    # unless told before its import that no line of it is wanted.
    os.environ.setdefault("RAY_DEDUP_LOGS_SKIP_REGEX", "^")
    ray: Any = require("ray", "ray")
    data = require("ray.data", "ray")
    listed = _list(files)
    if not listed:
        return
    with _cluster(ray, n_workers), _short_errors(ray):
        fitting = _n_fitting(ray, settings.gpus)
        n_workers = n_workers or fitting
        deaths = ray.remote(Deaths).options(
            num_cpus=0, max_restarts=-1, max_task_retries=-1
        )
        plan = Plan(
            settings,
            folder=os.getcwd(),
            format=format,
            share=sum(file.share for file in listed) / (n_workers * _PACKS),
            done=ray.put(dict(done or {})),
            deaths=deaths.remote(),
        )
        yield from _label(data, listed, plan, n_workers)


def _list(files: Iterable[str | Failure]) -> list[Listed]:
    before: Counter[str | Failure] = Counter()
    listed = []
    for file in files:
        if file == STDIN:
            raise ValueError("a cluster can't read standard input")
        if isinstance(file, Failure):
            listed.append(Listed(file, file.share, 0))
        else:
            listed.append(Listed(file, size_of(file), before[file]))
            before[file] += 1
    return listed


def _label(
    data: Any, listed: Sequence[Listed], plan: Plan, n_workers: int
) -> Iterator[Step]:
    parts = [listed[i : i + _FILES] for i in range(0, len(listed), _FILES)]
    files = data.from_items(
        [{"part": i, "files": pickle.dumps(part)} for i, part in enumerate(parts)]
    )
    files.context.enable_progress_bars = False
    files.context.execution_options.preserve_order = True
    # Of bytes: each pack is a block of its own, which goes to a worker alone.
    files.context.target_max_block_size = 1
    packs = files.flat_map(
        read_packs,
        fn_args=(plan,),
        # Workers keep their processors. A reader that wants one could wait for ever.
        num_cpus=0,
        compute=data.TaskPoolStrategy(size=min(n_workers, len(parts))),
    )
    labelled = packs.map(
        LabelPack,
        fn_constructor_args=(plan,),
        **({"num_gpus": plan.settings.gpus} if plan.settings.gpus else {"num_cpus": 1}),
        compute=data.ActorPoolStrategy(size=n_workers),
    )
    for row in labelled.iter_rows():
        yield from pickle.loads(row["steps"])


def read_packs(row: dict[str, Any], plan: Plan) -> Iterator[dict[str, Any]]:
    """Some files → packs of their papers."""
    import ray

    _enter(plan.folder)
    items = _items(pickle.loads(row["files"]), plan, ray.get(plan.done))
    for number, pack in enumerate(_packs(items, plan.share)):
        yield {"key": f"{row['part']}.{number}", "pack": pickle.dumps(pack)}


def _items(
    files: Iterable[Listed], plan: Plan, done: Mapping[str, int]
) -> Iterator[Item]:
    for file in files:
        if isinstance(file.file, str) and is_unpacked(file.file, plan.format):
            yield file
        else:
            yield from _read(file, plan, done)


def _read(
    file: Listed, plan: Plan, done: Mapping[str, int]
) -> Iterator[Job | Failure | Done]:
    plain = plan.settings.plain
    jobs = read_jobs([file.file], format=plan.format, plain=plain)
    for job in leave_out(jobs, done, before=file.before):
        if isinstance(job, Failure):
            yield Failure(job.name, portable(job.reason), job.share)
        else:
            yield job


def _packs(items: Iterable[Item], most: float) -> Iterator[list[Item]]:
    pack: list[Item] = []
    for item in items:
        pack.append(item)
        if len(pack) == PACK or sum(item.share for item in pack) >= most:
            yield pack
            pack = []
    if pack:
        yield pack


class LabelPack:
    """A worker: the papers of a pack → what became of them."""

    def __init__(self, plan: Plan) -> None:
        import ray

        _enter(plan.folder)
        self._plan = plan
        self._done: Mapping[str, int] = ray.get(plan.done)
        self._labeller = Labeller(plan.settings)

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        key = row["key"]
        jobs = enumerate(self._jobs(pickle.loads(row["pack"])))
        if self._begin(key):
            steps = [self._label_warily(f"{key}.{number}", job) for number, job in jobs]
        else:
            steps = [self._label(job) for _, job in jobs]
        self._end(key)
        return {"steps": pickle.dumps(steps)}

    def _jobs(self, pack: Iterable[Item]) -> Iterator[Job | Failure | Done]:
        for item in pack:
            if isinstance(item, Listed):
                yield from _read(item, self._plan, self._done)
            else:
                yield item

    def _label(self, job: Job | Failure | Done) -> Step:
        if not isinstance(job, Job):
            return job.share, job
        with _ending_after(self._plan.settings.timeout):
            return job.share, label_job(self._labeller, job)

    def _label_warily(self, key: str, job: Job | Failure | Done) -> Step:
        if self._begin(key) >= _DEATHS and isinstance(job, Job):
            timeout = self._plan.settings.timeout
            late = f", or takes longer than {timeout:g} seconds" if timeout else ""
            reason = RuntimeError(f"one worker after the other died on it{late}")
            return job.share, Failure(job.source.name, reason, job.share)
        step = self._label(job)
        self._end(key)
        return step

    def _begin(self, key: str) -> int:
        """RETURNS: How many workers have died between this and `_end`."""
        import ray

        return int(ray.get(self._plan.deaths.begin.remote(key)))

    def _end(self, key: str) -> None:
        import ray

        ray.get(self._plan.deaths.end.remote(key))


@contextlib.contextmanager
def _ending_after(seconds: float) -> Iterator[None]:
    """End this process if the block takes longer, whatever it is at; Ray starts another
    in its place. Not on Windows, which has no such alarm."""
    if not seconds or sys.platform == "win32":
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


class Deaths:
    """An actor that knows what has been begun and not ended."""

    def __init__(self) -> None:
        self._begun: Counter[str] = Counter()

    def begin(self, key: str) -> int:
        """RETURNS: How often it has begun before."""
        self._begun[key] += 1
        return self._begun[key] - 1

    def end(self, key: str) -> None:
        self._begun.pop(key, None)


def _enter(folder: str) -> None:
    # A machine that lacks it may still see absolute paths.
    with contextlib.suppress(OSError):
        os.chdir(folder)


@contextlib.contextmanager
def _cluster(ray: Any, n_workers: int | None) -> Iterator[None]:
    if ray.is_initialized():
        yield
        return
    # What it does is in its logs, and what goes wrong is raised as well.
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)
    quiet: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
    if os.environ.get("RAY_ADDRESS"):
        ray.init(**quiet)
    else:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        ray.init("local", num_cpus=n_workers, include_dashboard=False, **quiet)
    try:
        yield
    finally:
        ray.shutdown()


def _n_fitting(ray: Any, gpus: float) -> int:
    resources = ray.cluster_resources()
    kind, wanted = ("GPU", gpus) if gpus else ("CPU", 1)
    there = resources.get(kind, 0)
    if there < wanted:
        raise ValueError(
            f"the cluster has no room for a worker: it has {there:g} {kind}s"
        )
    return int(there / wanted)


@contextlib.contextmanager
def _short_errors(ray: Any) -> Iterator[None]:
    """Of Ray's errors, which hold whole tracebacks, the line that says what it was."""
    try:
        yield
    except ray.exceptions.RayError as error:
        *_, reason = type(error).__name__, *_ERROR.findall(str(error))
        raise ConnectionError(f"Ray stopped: {reason}") from error
