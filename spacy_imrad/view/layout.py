"""A labelled Doc → what its page shows."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from spacy.tokens import Doc, SpanGroup

from spacy_imrad.document.headings import number_of, paper_title
from spacy_imrad.document.outline import Heading, Outline
from spacy_imrad.document.stored_outline import prefer_stored, stored_warnings
from spacy_imrad.labels import LABELS, LOW_CONFIDENCE
from spacy_imrad.pipeline.groups import Keys
from spacy_imrad.segmenters.text import make_text_segmenter_v1
from spacy_imrad.view.blocks import Block, find_blocks
from spacy_imrad.view.paper import (
    BlockView,
    PaperView,
    PartView,
    Piece,
    Sentence,
    Stretch,
    Verdict,
)

if TYPE_CHECKING:
    from spacy_imrad.pipeline.explanation import SentenceEffect

DEFAULT_KEYS = Keys()
OPENING_WORDS = 8


def view_paper(
    doc: Doc,
    *,
    name: str = "",
    keys: Keys = DEFAULT_KEYS,
    outline: Outline | None = None,
    low_confidence: float = LOW_CONFIDENCE,
    effects: "Sequence[Sequence[SentenceEffect]]" = (),
) -> PaperView:
    """Lay out a Doc that an `imrad_classifier` has labelled.

    keys: Where the pipe keeps its sections, its paragraphs and the abstract.
    outline: What the pipe's segmenter found, for the headings above sections and for
        tables and the like; None for the Doc's own, or else what its text shows.
    low_confidence: A paragraph or section whose best score is below it is marked.
    effects: What `explain` says of the paragraphs' sentences, if they shall be marked.
    RAISES: ValueError if the Doc lacks the span groups.
    """
    for key in keys[:2]:
        if key not in doc.spans:
            raise ValueError(
                f"The Doc has no span group '{key}' (it has: "
                f"{', '.join(doc.spans) or 'none'}). Run an imrad_classifier on it "
                "first, or give the `keys` of the one that did."
            )
    outline = outline or prefer_stored(make_text_segmenter_v1())(doc)
    sections, paragraphs = (doc.spans[key] for key in keys[:2])
    labels = _labels(sections, paragraphs)
    groups = _group(find_blocks(doc, paragraphs, outline), paragraphs, sections)
    title = paper_title(outline)
    text = doc.text
    maker = _PartMaker(
        text,
        length=sum(b.end - b.start for g in groups for b in g.blocks) or 1,
        title=title,
        of_sections=_verdicts(sections, labels),
        of_paragraphs=_verdicts(paragraphs, labels),
        low_confidence=low_confidence,
        effects=effects,
        abstract=_abstract(doc, keys, labels),
    )
    parts = tuple(maker.make(group) for group in groups)
    return PaperView(
        title=title.title if title else Path(name).stem or "Untitled",
        name=name,
        lang=doc.lang_ or "en",
        labels=labels,
        parts=parts,
        strip=tuple(_strip(parts)),
        shares=_shares(parts, len(labels)),
        n_words=len(text.split()),
        warnings=tuple(stored_warnings(doc)),
    )


@dataclass(slots=True)
class _Group:
    """Blocks of a part to be.

    section: Index in the group of sections, None for front matter and the like.
    """

    heading: Heading | None
    section: int | None
    blocks: list[Block]


def _group(
    blocks: Sequence[Block], paragraphs: SpanGroup, sections: SpanGroup
) -> list[_Group]:
    starts = [section.start for section in sections]
    groups: list[_Group] = []
    for block in blocks:
        if block.heading is not None:
            groups.append(_Group(block.heading, None, []))
            continue
        section = None
        if block.row is not None:
            section = bisect_right(starts, paragraphs[block.row].start) - 1
            section = None if section < 0 else section
        if not groups:
            groups.append(_Group(None, section, []))
        elif section is not None and groups[-1].section is None:
            groups[-1].section = section
        elif section is not None and groups[-1].section != section:
            groups.append(_Group(None, section, []))
        groups[-1].blocks.append(block)
    return groups


class _Labelled(NamedTuple):
    """A sentence of the abstract, in characters."""

    start: int
    end: int
    verdict: Verdict


def _abstract(doc: Doc, keys: Keys, labels: Sequence[str]) -> list[_Labelled]:
    group = doc.spans.get(keys.abstract_key) if keys.abstract_key else None
    if group is None:
        return []
    return [
        _Labelled(span.start_char, span.end_char, verdict)
        for span, verdict in zip(group, _verdicts(group, labels), strict=True)
    ]


@dataclass(slots=True)
class _PartMaker:
    """Makes the parts one after the other, and counts how far in the paper they are.

    length: Length of all blocks, in characters.
    title: The paper's own, which heads no part.
    abstract: Its sentences.
    """

    text: str
    length: int
    title: Heading | None
    of_sections: list[Verdict]
    of_paragraphs: list[Verdict]
    low_confidence: float
    effects: "Sequence[Sequence[SentenceEffect]]"
    abstract: "Sequence[_Labelled]"
    position: int = 0

    def make(self, group: _Group) -> PartView:
        heading = group.heading if group.heading is not self.title else None
        verdict = None if group.section is None else self.of_sections[group.section]
        title = ""
        if heading:
            title = heading.title
        elif verdict:
            title = _opening(self.text, group.blocks)
        return PartView(
            title=title,
            number=number_of(self.text, heading) if heading else "",
            headed=heading is not None,
            level=heading.level if heading else 1,
            verdict=verdict,
            low=self._is_low(verdict),
            blocks=tuple(map(self._block, group.blocks)),
        )

    def _block(self, block: Block) -> BlockView:
        verdict = None if block.row is None else self.of_paragraphs[block.row]
        start, length = self.position, block.end - block.start
        self.position += length
        return BlockView(
            kind=block.kind,
            text=self.text[block.start : block.end],
            at=100 * start / self.length,
            width=100 * length / self.length,
            verdict=verdict,
            low=self._is_low(verdict),
            pieces=tuple(
                Piece(self.text[sentence.start : sentence.end], sentence.effect)
                for sentence in self._sentences(block)
            ),
            sentences=tuple(self._of_abstract(block)) if verdict is None else (),
        )

    def _of_abstract(self, block: Block) -> Iterator[Sentence]:
        """All of a block's text, if sentences of the abstract stand in it."""
        inside = [s for s in self.abstract if block.start <= s.start < block.end]
        position = block.start
        for start, end, verdict in inside:
            end = min(end, block.end)
            if position < start:
                yield Sentence(self.text[position:start], None)
            yield Sentence(self.text[start:end], verdict)
            position = end
        if inside and position < block.end:
            yield Sentence(self.text[position : block.end], None)

    def _sentences(self, block: Block) -> "Sequence[SentenceEffect]":
        return self.effects[block.row] if self.effects and block.row is not None else ()

    def _is_low(self, verdict: Verdict | None) -> bool:
        confidence = verdict.confidence if verdict else None
        return confidence is not None and confidence < self.low_confidence


def _labels(*groups: SpanGroup) -> tuple[str, ...]:
    """The labels that the pipe knows, then others that the groups have by hand."""
    labels = dict.fromkeys(groups[0].attrs.get("labels", LABELS))
    labels |= dict.fromkeys(s.label_ for group in groups for s in group if s.label_)
    return tuple(labels)


def _verdicts(group: SpanGroup, labels: Sequence[str]) -> list[Verdict]:
    rows = (
        group.attrs["scores"].tolist() if "scores" in group.attrs else [()] * len(group)
    )
    return [
        Verdict(labels.index(span.label_) if span.label_ else None, tuple(row))
        for span, row in zip(group, rows, strict=True)
    ]


def _opening(text: str, blocks: Sequence[Block]) -> str:
    """The first words of a part's first paragraph."""
    first = next((block for block in blocks if block.row is not None), blocks[0])
    words = text[first.start : first.end].split(maxsplit=OPENING_WORDS)
    return " ".join(words[:OPENING_WORDS]) + " …" * (len(words) > OPENING_WORDS)


def _strip(parts: Sequence[PartView]) -> Iterator[Stretch]:
    pieces = (
        (index, block.verdict.label if block.verdict else None, block.low, block)
        for index, part in enumerate(parts)
        for block in part.blocks
    )
    for (part, label, low), members in groupby(pieces, key=lambda piece: piece[:3]):
        blocks = [block for *_, block in members]
        yield Stretch(part, label, low, blocks[0].at, sum(b.width for b in blocks))


def _shares(parts: Sequence[PartView], n_labels: int) -> tuple[float, ...]:
    widths = [0.0] * n_labels
    total = 0.0
    for part in parts:
        for block in part.blocks:
            if block.verdict is not None:
                total += block.width
                if block.verdict.label is not None:
                    widths[block.verdict.label] += block.width
    return tuple(width / (total or 1) for width in widths)
