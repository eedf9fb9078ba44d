"""Where papers are labelled: in this process, in others, or on a cluster."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Protocol

from spacy_imrad.labelling.labeller import Labeller, Settings
from spacy_imrad.labelling.workers import Step, Workers, label_here
from spacy_imrad.readers.sources import Failure, leave_out, read_jobs


class Engine(Protocol):
    @property
    def labels(self) -> tuple[str, ...]:
        """The pipeline's labels; raises what `Labeller` does."""

    def label(
        self,
        files: Sequence[str | Failure],
        format: str | None,
        done: Mapping[str, int],
    ) -> Iterator[Step]:
        """Label the papers of files.

        format: The registered name of the format of all papers.
        done: How many papers of each name are left out.
        """


@contextmanager
def open_engine(
    settings: Settings, n_workers: int | None, *, on_ray: bool = False
) -> Iterator[Engine]:
    """An engine, whose processes end with the block.

    n_workers: None for 1, or on a cluster for as many as fit.
    """
    if on_ray:
        yield _Cluster(settings, n_workers)
    elif settings.timeout or (n_workers or 1) > 1:
        with closing(Workers(settings, n_workers or 1)) as workers:
            yield _Local(workers, settings)
    else:
        yield _Here(settings)


class _Local:
    """Labels in processes of this machine."""

    def __init__(self, workers: Workers, settings: Settings) -> None:
        self._workers = workers
        self._plain = settings.plain

    @property
    def labels(self) -> tuple[str, ...]:
        return self._workers.labels

    def label(
        self,
        files: Sequence[str | Failure],
        format: str | None,
        done: Mapping[str, int],
    ) -> Iterator[Step]:
        jobs = read_jobs(files, format=format, plain=self._plain)
        return self._workers.label(leave_out(jobs, done))


class _Here:
    """Labels in this process."""

    def __init__(self, settings: Settings) -> None:
        self._labeller = Labeller(settings)
        self._plain = settings.plain
        self.labels = self._labeller.labels

    def label(
        self,
        files: Sequence[str | Failure],
        format: str | None,
        done: Mapping[str, int],
    ) -> Iterator[Step]:
        jobs = leave_out(read_jobs(files, format=format, plain=self._plain), done)
        return label_here(jobs, self._labeller)


class _Cluster:
    """Labels on the machines of a cluster."""

    def __init__(self, settings: Settings, n_workers: int | None) -> None:
        self._settings, self._n_workers = settings, n_workers
        # A bad pipeline is to be known before workers start.
        self.labels = Labeller(replace(settings, gpus=0)).labels

    def label(
        self,
        files: Sequence[str | Failure],
        format: str | None,
        done: Mapping[str, int],
    ) -> Iterator[Step]:
        from spacy_imrad.labelling.cluster import label_with_ray

        return label_with_ray(
            files,
            self._settings,
            format=format,
            n_workers=self._n_workers,
            done=done,
        )
