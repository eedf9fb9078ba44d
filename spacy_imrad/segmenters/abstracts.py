"""The sentences of an abstract, and what its printed labels say of them.

`BACKGROUND: …`, `**Methods.** …`, `Results — …` at the beginning of a sentence, and
`MethodsA total of …` where a program has lost what stood between. One lead alone counts
if it is in bold type or ends in a colon; else there have to be two that name different
things, in the same style.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, cast

from spacy.tokens import Doc

from spacy_imrad.document.abstract_labels import abstract_labels
from spacy_imrad.document.body import is_abstract
from spacy_imrad.document.outline import (
    PROSE,
    Characters,
    Outline,
    Paragraph,
    Section,
    Segmenter,
)
from spacy_imrad.segmenters.sentences import split_sentences

ABSTRACT: Final = "Abstract"
"""What an abstract without a heading is `stated` to be."""

_MARKS: Final = r"\*\*\*|\*\*|__|\*|_|<b>|<strong>|<i>|<em>|\\textbf\{|\\emph\{|\[|【"
_CLOSING: Final = r"\*\*\*|\*\*|__|\*|_|</b>|</strong>|</i>|</em>|\}|\]|】"
_MARKED: Final = re.compile(
    rf"(?:{_MARKS})(?P<name>[^*_<>{{}}\[\]【】\n]{{2,100}}?)(?:{_CLOSING})\s?[.:—–-]?\s*"
)
_NAME: Final = r"(?P<name>[^\W\d_][^\n.:;?!—–]{1,90}?)"
_BY_STOP: Final = (
    (":", re.compile(rf"{_NAME}\s?[:：]\s*")),
    ("—", re.compile(rf"{_NAME}(?:\s*[—–]|\s-(?=\s))\s*")),
    (".", re.compile(rf"{_NAME}\.\s+")),
)
_CAPITALS: Final = re.compile(
    r"(?P<name>[A-Z][A-Z'’(]+(?:(?: | ?[,/&] ?|-)[A-Z'’()]{2,})*)\s+(?=[A-Z0-9(])"
)
_GLUED: Final = re.compile(r"[a-z)](?P<space>\s?)(?=[A-Z0-9(“\"])")
_ABSTRACT: Final = re.compile(r"abstract(?=[A-Z]|\s+[A-Z]|\s*[:.—–])[\s:.—–]*", re.I)
_WITHIN: Final = re.compile(r"(?<=\s)(?P<name>[A-Z][A-Z ,/&()'’-]{3,60}):(?=\s)")
# A lead in such a style counts alone.
_FIRM: Final = frozenset({"bold", ":", "CAPITALS:"})
# A name that nobody knows counts beside others in such a style.
_OPEN: Final = frozenset({"bold", "CAPITALS:", "CAPITALS"})
_LONGEST_GLUED: Final = 60


class AbstractSentence(NamedTuple):
    """A sentence of an abstract.

    start, end: Its characters in the Doc's text, with a label that is printed before
        it.
    label_end: Where that label ends; `start` without one.
    labels: Those that the printed label allows; None if there is no such label, or
        one that says nothing.
    reading: What the sentence says, without its printed label.
    """

    start: int
    end: int
    label_end: int
    labels: frozenset[str] | None
    reading: str


class _Lead(NamedTuple):
    """labels: What it names; None if that is unknown."""

    style: str
    text_start: int
    labels: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class SentenceSegmenter:
    """Takes each Doc for an abstract, in sentences."""

    def __call__(self, doc: Doc) -> Outline:
        text = doc.text
        blocks = [
            Paragraph(start, end)
            for start, end in _sentences_of(doc, text, [Paragraph(0, len(text))])
        ]
        if not blocks:
            return Outline((), text)
        section = Section(None, tuple(blocks), matter="front", stated=ABSTRACT)
        return Outline((section,), text)


def make_sentence_segmenter_v1() -> Segmenter:
    """A segmenter that takes each Doc for an abstract
    (`spacy-imrad.SentenceSegmenter.v1`).

    The pipe labels its sentences in `doc.spans["imrad_abstract"]`. They are those of
    the Doc if another pipe has set them, and else found by rules.
    """
    return SentenceSegmenter()


def abstract_sentences(doc: Doc, outline: Outline) -> list[AbstractSentence]:
    """The sentences of the Doc's abstract, without those that belong to no section of
    it, such as a trial's registration. Empty if the Doc has no abstract."""
    sections = list(_abstract_sections(outline))
    if not sections:
        return []
    text = doc.text if outline.text is None else outline.text
    found: list[AbstractSentence] = []
    for title, paragraphs in sections:
        named = abstract_labels(title)
        sentences = read_labels(text, _sentences_of(doc, text, paragraphs))
        found += [
            sentence._replace(labels=named) if sentence.labels is None else sentence
            for sentence in sentences
        ]
    return [sentence for sentence in found if sentence.labels != frozenset()]


def _abstract_sections(outline: Outline) -> Iterator[tuple[str, list[Paragraph]]]:
    """YIELDS: The title of each part of the abstract, empty for the abstract itself,
    and its paragraphs."""
    inside: dict[int, bool] = {}
    for index, section in enumerate(outline.sections):
        itself = section.matter == "front" and (
            section.stated == ABSTRACT
            if section.heading is None
            else is_abstract(section.title)
        )
        inside[index] = itself or (
            section.parent is not None
            and inside[section.parent]
            and section.matter == "front"
        )
        prose = [part for part in section.paragraphs if part.kind in PROSE]
        if inside[index] and prose:
            yield "" if itself else section.title, prose


def _sentences_of(
    doc: Doc, text: str, paragraphs: Sequence[Paragraph]
) -> list[Characters]:
    if not doc.has_annotation("SENT_START"):
        return [
            sentence
            for part in paragraphs
            for sentence in split_sentences(text, part.start, part.end)
        ]
    found = []
    for part in paragraphs:
        span = doc.char_span(part.start, part.end, alignment_mode="expand")
        for sentence in cast(Any, span).sents if span else ():
            start = max(part.start, sentence.start_char)
            end = min(part.end, sentence.end_char)
            said = text[start:end]
            start += len(said) - len(said.lstrip())
            end = start + len(said.strip())
            if start < end:
                found.append((start, end))
    return found


def read_labels(text: str, sentences: Iterable[Characters]) -> list[AbstractSentence]:
    """Read the labels that are printed in an abstract.

    sentences: Those of the abstract, or of one of its parts. A label that stands as a
        sentence of its own becomes a part of the next one.
    """
    parts = [part for sentence in sentences for part in _parted(text, *sentence)]
    leads = [
        _read_lead(text, start, end, i == 0) for i, (start, end) in enumerate(parts)
    ]
    styles = _supported(lead for lead in leads if lead)
    found: list[AbstractSentence] = []
    labels: frozenset[str] | None = None
    begun: int | None = None
    for (start, end), lead in zip(parts, leads, strict=True):
        reads_from = start
        if (
            lead
            and lead.style in styles
            and (lead.labels is not None or lead.style in _OPEN)
        ):
            labels, reads_from = lead.labels, lead.text_start
        begun = start if begun is None else begun
        if reads_from >= end:
            continue
        reading = " ".join(text[reads_from:end].split())
        found.append(AbstractSentence(begun, end, reads_from, labels, reading))
        begun = None
    return found


def _parted(text: str, start: int, end: int) -> Iterator[Characters]:
    """A sentence, parted where a known label in capitals stands within it."""
    for match in _WITHIN.finditer(text, start, end):
        at = match.start()
        # `AUC METHODS: we` has the label at its end.
        name = match["name"]
        while abstract_labels(name) is None and " " in name.strip():
            cut = len(name) - len(name.lstrip().partition(" ")[2])
            at, name = at + cut, name[cut:]
        if abstract_labels(name) is not None and at > start:
            yield start, start + len(text[start:at].rstrip())
            start = at
    yield start, end


def _read_lead(text: str, start: int, end: int, is_first: bool) -> _Lead | None:
    said = text[start:end] + (" " if end < len(text) else "")
    skipped = 0
    if is_first and (match := _ABSTRACT.match(said)):
        skipped = match.end()
        said = said[skipped:]
    for lead in _forms(said):
        if lead.labels is not None or lead.style in _OPEN:
            place = min(end, start + skipped + lead.text_start)
            return lead._replace(text_start=place)
    return None


def _forms(said: str) -> Iterator[_Lead]:
    """What may be the lead of a sentence, the surest form first."""
    if match := _MARKED.match(said):
        yield _Lead("bold", match.end(), abstract_labels(match["name"]))
        return
    for style, pattern in _BY_STOP:
        if match := pattern.match(said):
            name = match["name"]
            capitals = style == ":" and name.isupper() and len(name) > 3
            named = abstract_labels(name)
            yield _Lead("CAPITALS:" if capitals else style, match.end(), named)
    if match := _CAPITALS.match(said):
        yield _Lead("CAPITALS", match.end(), abstract_labels(match["name"]))
    for match in _GLUED.finditer(said, 0, _LONGEST_GLUED):
        name = said[: match.start() + 1]
        if (named := abstract_labels(name)) is not None:
            yield _Lead("glued", match.end(), named)


def _supported(leads: Iterable[_Lead]) -> set[str]:
    """The styles in which leads are labels."""
    named: dict[str, set[frozenset[str]]] = {}
    for style, _, labels in leads:
        if labels is not None:
            named.setdefault(style, set()).add(labels)
    return {style for style, names in named.items() if style in _FIRM or len(names) > 1}
