"""The shards of a conversion: papers as JSON Lines, and Docs made from these.

A shard that is there is complete, so whoever is interrupted goes on with the others.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import srsly
from spacy.language import Language
from spacy.tokens import DocBin

from spacy_imrad.atomic import replacing
from spacy_imrad.data.convert.plan import DROPPED, Plan, checksum
from spacy_imrad.data.convert.settings import Settings
from spacy_imrad.data.sets import SPLITS
from spacy_imrad.readers.jsonl import to_record
from spacy_imrad.training.corpus import make_papers_corpus_v2

PAPERS: Final = "papers"
DOCS: Final = "docs"


class Shard(NamedTuple):
    """split: Index of `SPLITS`. number: Within the split."""

    split: int
    number: int

    def papers(self, folder: Path) -> Path:
        return folder / PAPERS / SPLITS[self.split] / f"{self.number:05}.jsonl"

    def docs(self, folder: Path) -> Path:
        return folder / DOCS / SPLITS[self.split] / f"{self.number:05}.spacy"


def shard_sizes(plan: Plan) -> Counter[Shard]:
    """How many records each shard has."""
    pairs = zip(plan.split.tolist(), plan.shard.tolist(), strict=True)
    return Counter(Shard(*pair) for pair in pairs if pair[0] != DROPPED)


def write_papers(
    settings: Settings, plan: Plan, folder: Path, on_record: Callable[[], None]
) -> None:
    """Read the data set again, and write the papers of the shards that lack them.

    on_record: Called for each record.
    RAISES: What the data set's reader raises; ValueError if it gives other records than
        it gave to the plan.
    """
    left = shard_sizes(plan)
    for shard in list(left):
        if shard.papers(folder).exists():
            del left[shard]
    lines: dict[Shard, list[str]] = {shard: [] for shard in left}
    if not left:
        return
    for index, record in enumerate(settings.data.read(settings.input, _ignore)):
        on_record()
        if index == len(plan.split) or checksum(record.paper) != plan.check[index]:
            raise ValueError(
                f"'{settings.input}' has changed while it was converted: record "
                f"{index + 1} is another. Convert it again with `--overwrite`."
            )
        shard = Shard(int(plan.split[index]), int(plan.shard[index]))
        if shard not in left:
            continue
        lines[shard].append(srsly.json_dumps(to_record(record.paper)) + "\n")
        left[shard] -= 1
        if left[shard] == 0:
            with replacing(shard.papers(folder)) as part:
                part.write_text("".join(lines.pop(shard)), encoding="utf8")


def write_docs(nlp: Language, settings: Settings, folder: Path, shard: Shard) -> None:
    """Make the Docs of one shard from its papers, if they are not there yet.

    nlp: Its tokenizer makes the Docs.

    Each has the span groups that `spacy-imrad.PapersCorpus.v2` gives a reference, and
    the headings, where it is a whole paper, in its text.
    """
    if shard.docs(folder).exists():
        return
    corpus = make_papers_corpus_v2(
        str(shard.papers(folder)),
        unit=settings.unit,
        convention=settings.convention,
        headings="show",
        min_length=settings.min_length,
    )
    docs = DocBin(attrs=["ORTH", "SPACY"], store_user_data=True)
    with nlp.memory_zone(), _known_encoders():
        for example in corpus(nlp):
            docs.add(example.reference)
    with replacing(shard.docs(folder)) as part:
        docs.to_disk(part)


@contextmanager
def _known_encoders() -> Iterator[None]:
    """Without the search for msgpack encoders among all installed packages, which srsly
    makes four times a Doc and which takes longer than everything else."""
    searched = srsly.msgpack_encoders.entry_points
    srsly.msgpack_encoders.entry_points = False
    try:
        yield
    finally:
        srsly.msgpack_encoders.entry_points = searched


def _ignore(reason: str, what: str) -> None:
    """The plan has counted what is skipped."""
