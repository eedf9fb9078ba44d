"""Training data from abstracts: structured ones, and data sets of labelled sentences.

Three kinds of files are read, each known by its content:

- papers of any format that a reader knows (JATS, PubMed XML, JSON Lines of papers, a
  wheel of articles) whose abstracts have printed labels;
- PubMed RCT (Dernoncourt and Lee 2017): `###id`, then lines of a label, a tab and a
  sentence, then a blank line;
- CSAbstruct (Cohan et al. 2019): JSON Lines with `sentences` and `labels`.
"""

import json
import logging
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import Any, Final, Literal, TypeAlias, get_args

from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup
from spacy.training import Example
from spacy.vocab import Vocab

from spacy_imrad.document.abstract_labels import abstract_labels
from spacy_imrad.document.outline import Outline, Paragraph, Section
from spacy_imrad.document.paper import Paper
from spacy_imrad.document.stored_outline import store_outline
from spacy_imrad.readers.formats import get_format
from spacy_imrad.readers.jsonl import PathLike
from spacy_imrad.readers.reading import read_source
from spacy_imrad.readers.source import Source
from spacy_imrad.readers.sources import Failure, list_files, read_jobs
from spacy_imrad.segmenters.abstracts import ABSTRACT, read_labels
from spacy_imrad.segmenters.sentences import split_sentences

Printed: TypeAlias = Literal["hide", "show"]
AbstractTokens: TypeAlias = Literal["nlp", "sentence"]

logger = logging.getLogger(__name__)

_RCT: Final = b"###"
# A data set's label for what is none of these.
_OTHER: Final = frozenset({"other"})


@dataclass(frozen=True, slots=True)
class LabelledAbstract:
    """An abstract whose sentences have labels.

    sentences: What they say, without printed labels.
    labels: Of each sentence; empty where it is not known.
    printed: What stands before each sentence, empty where nothing does.
    """

    id: str
    source: str
    sentences: tuple[str, ...]
    labels: tuple[str, ...]
    printed: tuple[str, ...]


def make_abstracts_corpus_v1(
    path: str | list[str],
    *,
    printed: Printed = "hide",
    tokens: AbstractTokens = "nlp",
    least_labels: int = 2,
    abstract_key: str = "imrad_abstract",
    limit: int = 0,
    shuffle: bool = False,
    seed: int = 0,
) -> "AbstractsCorpus":
    """Read abstracts as Examples (`spacy-imrad.AbstractsCorpus.v1`).

    path: A file, a folder, or several of these.
    printed: Whether the Docs show the labels that are printed in the abstract. A data
        set has them as PubMed prints them, before the first sentence of each.
    tokens: "nlp" tokenizes as the pipeline does. "sentence" makes one token of each
        sentence, which is faster: the classifier reads characters.
    least_labels: Structured abstracts count if their printed labels name so many.
    abstract_key: Span group for the gold labels.
    limit: Most Docs to read; 0 for all.
    shuffle: Give the Docs in a new random order in each pass, and hold all texts in
        memory. `spacy train` needs this only if it streams (`max_epochs = -1`).
    seed: Seed of the order.
    RAISES: ValueError if an option has an unknown value, or a number is negative.
    """
    for name, value, options in (
        ("printed", printed, get_args(Printed)),
        ("tokens", tokens, get_args(AbstractTokens)),
    ):
        if value not in options:
            raise ValueError(
                f"Unknown {name} for AbstractsCorpus: {value!r}. "
                f"Expected one of {list(options)}."
            )
    if limit < 0 or least_labels < 0:
        raise ValueError(
            f"`limit` is {limit} and `least_labels` {least_labels} for "
            "AbstractsCorpus: both are 0 or more."
        )
    return AbstractsCorpus(
        path, printed, tokens, least_labels, abstract_key, limit, shuffle, seed
    )


class AbstractsCorpus:
    """Stream Examples from abstracts; the arguments are `make_abstracts_corpus_v1`'s.

    The reference has the sentences in `spans[abstract_key]`, each with its gold label,
    empty where there is none, and `user_data["imrad_source"]` and `["imrad_id"]`. The
    predicted Doc has the boundaries of the sentences, and an outline that says that it
    is an abstract.
    """

    def __init__(
        self,
        path: PathLike | Iterable[PathLike],
        printed: Printed,
        tokens: AbstractTokens,
        least_labels: int,
        abstract_key: str,
        limit: int,
        shuffle: bool,
        seed: int,
    ) -> None:
        self.path = [path] if isinstance(path, PathLike) else list(path)
        self.printed = printed
        self.tokenize = tokens == "nlp"
        self.least_labels = least_labels
        self.abstract_key = abstract_key
        self.limit = limit
        self.shuffle = shuffle
        self._random = random.Random(seed)

    def __call__(self, nlp: Language) -> Iterator[Example]:
        """Read the abstracts once.

        nlp: Its tokenizer makes the Docs.
        YIELDS: The Examples.
        RAISES: OSError if a path can't be read; ValueError if a file is damaged or no
            abstract with labels was found.
        """
        abstracts = read_abstracts(self.path, self.least_labels)
        if self.shuffle:
            shuffled = list(abstracts)
            self._random.shuffle(shuffled)
            abstracts = iter(shuffled)
        found = False
        for abstract in islice(abstracts, self.limit or None):
            found = True
            yield self._example(nlp, abstract)
        if not found:
            raise ValueError(
                f"No abstract with {self.least_labels} or more labels: {self.path}"
            )

    def _example(self, nlp: Language, abstract: LabelledAbstract) -> Example:
        texts = [
            " ".join(filter(None, (label, text))) if self.printed == "show" else text
            for label, text in zip(abstract.printed, abstract.sentences, strict=True)
        ]
        ends = list(accumulate(len(text) + 1 for text in texts))
        bounds = [
            (end - len(text) - 1, end - 1)
            for text, end in zip(texts, ends, strict=True)
        ]
        predicted = (
            _tokenized(nlp, " ".join(texts), {start for start, _ in bounds})
            if self.tokenize
            else _one_token_a_sentence(texts)
        )
        paragraph = Paragraph(0, bounds[-1][1])
        section = Section(None, (paragraph,), matter="front", stated=ABSTRACT)
        store_outline(predicted, Outline((section,)))
        reference = predicted.copy()
        spans: list[Span] = []
        for (start, end), label in zip(bounds, abstract.labels, strict=True):
            span = reference.char_span(start, end, label, alignment_mode="expand")
            assert span is not None
            spans.append(span)
        reference.spans[self.abstract_key] = SpanGroup(
            reference, name=self.abstract_key, spans=spans
        )
        reference.user_data["imrad_source"] = abstract.source
        reference.user_data["imrad_id"] = abstract.id
        return Example(predicted, reference)


def read_abstracts(
    paths: Iterable[PathLike], least_labels: int = 2
) -> Iterator[LabelledAbstract]:
    """Stream the abstracts that have labels.

    least_labels: How many different ones a structured abstract has to have.
    RAISES: OSError if a path can't be read; ValueError if a file is damaged.
    """
    for file in list_files(map(str, paths)):
        if not isinstance(file, str):
            raise file.reason
        source = Source.of(file)
        head = source.head().lstrip()
        if head.startswith(_RCT):
            yield from _read_rct(source)
        elif head.startswith(b"{") and b'"sentences"' in head.partition(b"\n")[0]:
            yield from _read_labelled_lines(source)
        else:
            yield from _read_structured(file, least_labels)


def _read_structured(file: str, least_labels: int) -> Iterator[LabelledAbstract]:
    for job in read_jobs([file]):
        if isinstance(job, Failure):
            logger.warning("%s skipped: %s", job.name, job.reason)
            continue
        try:
            paper = read_source(job.source, get_format(job.format))
        except ValueError as error:
            logger.warning("%s skipped: %s", job.source.name, error)
            continue
        abstract = structured_abstract(paper)
        if abstract and len(set(abstract.labels) - {""}) >= least_labels:
            yield abstract


def structured_abstract(paper: Paper) -> LabelledAbstract | None:
    """The abstract of a paper, its sentences labelled by what is printed before them.
    A label that names two kinds of text (`Methods and results`) names none here.

    RETURNS: None if no sentence is left.
    """
    text = paper.abstract
    sentences = [
        sentence
        for sentence in read_labels(text, split_sentences(text))
        if sentence.labels != frozenset()
    ]
    if not sentences:
        return None
    return LabelledAbstract(
        paper.id,
        paper.source,
        tuple(sentence.reading for sentence in sentences),
        tuple(
            next(iter(s.labels)) if s.labels and len(s.labels) == 1 else ""
            for s in sentences
        ),
        tuple(text[s.start : s.label_end].strip() for s in sentences),
    )


def _read_rct(source: Source) -> Iterator[LabelledAbstract]:
    """RAISES: ValueError for a line that is neither."""
    name, rows = "", list[tuple[str, str]]()
    with source.open() as file:
        for number, line in enumerate(file, start=1):
            said = line.decode().strip()
            if said.startswith("###"):
                if rows:
                    yield _abstract(name, source.stem, rows)
                name, rows = said.strip("# "), []
            elif said:
                label, tab, text = said.partition("\t")
                if not tab or not text.strip():
                    raise ValueError(
                        f"{source.name}, line {number}: expected a label, a tab and a "
                        f"sentence, not {said[:40]!r}"
                    )
                rows.append((label, text.strip()))
    if rows:
        yield _abstract(name, source.stem, rows)


def _read_labelled_lines(source: Source) -> Iterator[LabelledAbstract]:
    """RAISES: ValueError for a line without as many labels as sentences."""
    with source.open() as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            record: Any = json.loads(line)
            try:
                rows = list(zip(record["labels"], record["sentences"], strict=True))
                if not all(isinstance(x, str) for row in rows for x in row):
                    raise TypeError("a label or a sentence is no string")
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(
                    f"{source.name}, line {number}: expected `sentences` and as many "
                    f"`labels` ({error})"
                ) from error
            rows = [(label, text.strip()) for label, text in rows if text.strip()]
            if rows:
                name = str(record.get("abstract_id", number))
                yield _abstract(name, source.stem, rows)


def _abstract(name: str, source: str, rows: list[tuple[str, str]]) -> LabelledAbstract:
    """rows: Label and text of each sentence.
    RAISES: ValueError for an unknown label.
    """
    labels, printed, before = [], [], ""
    for label, _ in rows:
        named = frozenset() if label.lower() in _OTHER else abstract_labels(label)
        if named is None or len(named) > 1:
            raise ValueError(
                f"{source}, abstract {name}: the unknown label {label!r}. Known are "
                "those that are printed in abstracts, such as METHODS, and `other`."
            )
        labels.append(next(iter(named), ""))
        printed.append(f"{label.upper()}:" if named and label != before else "")
        before = label
    texts = tuple(text for _, text in rows)
    return LabelledAbstract(name, source, texts, tuple(labels), tuple(printed))


def _tokenized(nlp: Language, text: str, starts: set[int]) -> Doc:
    doc = nlp.make_doc(text)
    for token in doc:
        token.is_sent_start = token.idx in starts
    return doc


def _one_token_a_sentence(texts: list[str]) -> Doc:
    # The vocabulary goes with the Doc, as in `PapersCorpus`.
    spaces = [True] * (len(texts) - 1) + [False]
    return Doc(Vocab(), words=texts, spaces=spaces, sent_starts=[True] * len(texts))
