"""The plan of a conversion: where each record of a data set goes, and how many.

It takes one pass over the data, about 300 bytes of memory a record, and makes what
follows independent of when and how often it is interrupted.
"""

from array import array
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from zlib import crc32

import numpy
import srsly
from numpy.typing import NDArray

from spacy_imrad.atomic import replacing
from spacy_imrad.data.convert.near_duplicates import NearDuplicates
from spacy_imrad.data.convert.settings import Settings
from spacy_imrad.data.convert.splits import assign_splits
from spacy_imrad.data.sets import SPLITS, Record
from spacy_imrad.document.paper import Paper
from spacy_imrad.labels import LABELS, Convention
from spacy_imrad.training.gold import labelled_paragraphs

DROPPED: Final = -1
_FREE: Final = len(SPLITS)
# Of duplicates the one for testing stays, so that no test paper is trained on.
_PRIORITIES: Final = numpy.array([2, 1, 0, 3])
# Reasons are counted, and so many records named for each.
_N_NAMED: Final = 20


@dataclass
class Skipped:
    """Records that were left out: how many for each reason, and some of them."""

    counts: Counter[str] = field(default_factory=Counter)
    named: dict[str, list[str]] = field(default_factory=dict)

    def __call__(self, reason: str, what: str) -> None:
        self.counts[reason] += 1
        named = self.named.setdefault(reason, [])
        if len(named) < _N_NAMED:
            named.append(what)


@dataclass
class Plan:
    """For each record that the data set gives, in its order:

    split: Index of `SPLITS`, or `DROPPED`.
    shard: Number of the shard within the split.
    check: A checksum of the paper's id, to notice an input that has changed.

    report: Counts, as they are written to `report.json`.
    """

    split: NDArray[numpy.int8]
    shard: NDArray[numpy.int32]
    check: NDArray[numpy.uint32]
    report: dict[str, Any]

    def to_disk(self, path: Path) -> None:
        with replacing(path) as part, part.open("wb") as file:
            numpy.savez(
                file,
                split=self.split,
                shard=self.shard,
                check=self.check,
                report=numpy.array(srsly.json_dumps(self.report)),
            )

    @classmethod
    def from_disk(cls, path: Path) -> "Plan":
        with numpy.load(path, allow_pickle=False) as arrays:
            return cls(
                arrays["split"],
                arrays["shard"],
                arrays["check"],
                dict(srsly.json_loads(str(arrays["report"]))),
            )


def checksum(paper: Paper) -> int:
    """What `Plan.check` has of a paper."""
    return crc32(f"{paper.source}\n{paper.id}".encode())


def make_plan(settings: Settings, on_record: Callable[[], None]) -> Plan:
    """Read the data set once.

    on_record: Called for each record.
    RAISES: What the data set's reader raises; ValueError if no paper has a labelled
        paragraph, or too few have one for a split that is asked for.
    """
    survey = _Survey(settings)
    for record in settings.data.read(settings.input, survey.skipped):
        survey.add(record)
        on_record()
    return survey.plan()


class _Survey:
    """What is kept of each record until all have been read."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.skipped = Skipped()
        self.ids: list[str] = []
        self.sources: dict[str, int] = {}
        self.source = array("i")
        self.given = array("b")
        self.counts = array("i")
        self.lengths = array("i")
        self.checks = array("I")
        self.sketches = NearDuplicates()

    def add(self, record: Record) -> None:
        paper = record.paper
        counts = count_paragraphs(
            paper, self.settings.convention, self.settings.min_length
        )
        paragraphs = [text for section in paper.sections for text in section.paragraphs]
        self.ids.append(paper.id)
        self.source.append(self.sources.setdefault(paper.source, len(self.sources)))
        self.given.append(_FREE if record.split is None else SPLITS.index(record.split))
        self.counts.extend(counts)
        self.lengths.append(sum(map(len, paragraphs)))
        self.checks.append(checksum(paper))
        self.sketches.add("\n".join(paragraphs), f"{paper.source}\n{paper.id}")
        if not any(counts):
            self.skipped("no labelled paragraph", paper.id)

    def plan(self) -> Plan:
        counts = numpy.array(self.counts, dtype="i").reshape(-1, len(LABELS))
        source = numpy.array(self.source, dtype="i")
        split = numpy.array(self.given, dtype=numpy.int8)
        labelled = counts.any(axis=1)
        # Papers without labels come last, for they take no one's place.
        duplicate = self.sketches.find(_PRIORITIES[split] + 4 * ~labelled) & labelled
        kept = labelled & ~duplicate
        for number in numpy.flatnonzero(duplicate):
            self.skipped("near-duplicate", self.ids[number])
        if not kept.any():
            raise ValueError(
                f"No paper of '{self.settings.input}' has a paragraph of "
                f"{self.settings.min_length} or more characters with a label by the "
                f"'{self.settings.convention}' convention."
            )
        free = kept & (split == _FREE)
        shares = (self.settings.dev_share, self.settings.test_share)
        split[free] = assign_splits(
            counts[free],
            source[free],
            (1 - sum(shares), *shares),
            self.settings.seed,
        )
        split[~kept] = DROPPED
        self._check_splits(split, free.any())
        return Plan(
            split,
            _number_shards(split, self.lengths, self.settings.shard_size),
            numpy.array(self.checks, dtype=numpy.uint32),
            self._report(split, source, counts),
        )

    def _check_splits(self, split: NDArray[numpy.int8], any_free: bool) -> None:
        wanted = (1.0, self.settings.dev_share, self.settings.test_share)
        for index, name in enumerate(SPLITS):
            if any_free and wanted[index] and not (split == index).any():
                raise ValueError(
                    f"Of {int((split != DROPPED).sum())} labelled papers none is left "
                    f"for the split '{name}'. Convert more papers, raise its share, or "
                    "set it to 0."
                )

    def _report(
        self,
        split: NDArray[numpy.int8],
        source: NDArray[numpy.integer],
        counts: NDArray[numpy.integer],
    ) -> dict[str, Any]:
        def count(chosen: NDArray[numpy.bool_]) -> dict[str, Any]:
            sums = counts[chosen].sum(axis=0).tolist()
            return {
                "records": int(chosen.sum()),
                "labels": dict(zip(LABELS, sums, strict=True)),
            }

        splits = {}
        for index, name in enumerate(SPLITS):
            here = split == index
            if here.any():
                by_source = {
                    title: count(here & (source == number))
                    for title, number in sorted(self.sources.items())
                    if (here & (source == number)).any()
                }
                splits[name] = {**count(here), "sources": by_source}
        return {
            "splits": splits,
            "skipped": dict(sorted(self.skipped.counts.items())),
            "skipped_examples": dict(sorted(self.skipped.named.items())),
        }


def count_paragraphs(
    paper: Paper, convention: Convention, min_length: int
) -> list[int]:
    """How many paragraphs of that many characters have each of `LABELS`."""
    found = labelled_paragraphs(paper, convention, min_length)
    counts = Counter(label for _, label in found)
    return [counts[label] for label in LABELS]


def _number_shards(
    split: NDArray[numpy.int8], lengths: "array[int]", size: int
) -> NDArray[numpy.int32]:
    shard = numpy.zeros(len(split), dtype=numpy.int32)
    all_lengths = numpy.array(lengths, dtype=numpy.int64)
    for index in range(len(SPLITS)):
        here = split == index
        before = numpy.cumsum(all_lengths[here]) - all_lengths[here]
        _, shard[here] = numpy.unique(before // size, return_inverse=True)
    return shard
