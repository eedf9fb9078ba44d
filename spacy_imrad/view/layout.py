"""A labelled Doc → what its page shows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from spacy.tokens import Doc

from spacy_imrad.document.tokens import text_of
from spacy_imrad.labels import LOW_CONFIDENCE
from spacy_imrad.pipeline.doc_outline import (
    DocOutline,
    OutlineParagraph,
    OutlineSection,
    make_outline,
)
from spacy_imrad.pipeline.groups import Keys, group_of, labels_and_scores
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


def view_paper(
    doc: Doc,
    *,
    name: str = "",
    keys: Keys = DEFAULT_KEYS,
    low_confidence: float = LOW_CONFIDENCE,
    effects: "Sequence[Sequence[SentenceEffect]]" = (),
) -> PaperView:
    """Lay out a Doc that an `imrad_classifier` has labelled.

    keys: Where the pipe keeps its sections, its paragraphs and the abstract.
    low_confidence: A paragraph or section whose best score is below it is marked.
    effects: What `explain` says of the paragraphs' sentences, if they shall be marked.
    RAISES: ValueError if the Doc lacks the span groups.
    """
    for key in keys[:2]:
        group_of(doc, key)
    found = make_outline(doc, keys)
    text = text_of(doc)
    labels = _labels(found)
    drafts = _drafts(found, text)
    length = sum(b.end - b.start for draft in drafts for b in draft.blocks)
    abstract = _abstract(doc, keys, labels)
    maker = _PartMaker(text, length, labels, low_confidence, effects, abstract)
    parts = tuple(map(maker.make, drafts))
    return PaperView(
        title=found.title or Path(name).stem or "Untitled",
        name=name,
        lang=doc.lang_ or "en",
        labels=labels,
        parts=parts,
        strip=tuple(_strip(parts)),
        shares=_shares(parts, len(labels)),
        n_words=len(text.split()),
        scores=_row(found.scores, labels),
        warnings=found.warnings,
    )


@dataclass(frozen=True, slots=True)
class _Block:
    """A stretch of the text, in characters; a paragraph, or what belongs to none."""

    start: int
    end: int
    paragraph: OutlineParagraph | None = None


@dataclass(slots=True)
class _Draft:
    """A part to be.

    section: None for text before the first one.
    is_title: Whether its heading is the paper's title, which heads no part.
    """

    section: OutlineSection | None
    blocks: list[_Block]
    is_title: bool = False


def _drafts(found: DocOutline, text: str) -> list[_Draft]:
    """All of the Doc's text in order: sections, and what stands between the paragraphs
    that they have."""
    drafts: list[_Draft] = []
    position = 0

    def pass_to(start: int) -> None:
        between = text[position:start]
        # Rules across the page and the like say nothing.
        if any(map(str.isalnum, between)):
            if not drafts:
                drafts.append(_Draft(None, []))
            first = position + len(between) - len(between.lstrip())
            drafts[-1].blocks.append(_Block(first, first + len(between.strip())))

    for section in found:
        is_title = section.matter == "front" and section.title == found.title
        draft = _Draft(section, [], is_title and section.index == 0)
        if section.heading is not None:
            pass_to(section.heading.start_char)
            position = max(position, section.heading.end_char)
            drafts.append(draft)
        for paragraph in section.paragraphs:
            start, end = paragraph.span.start_char, paragraph.span.end_char
            pass_to(start)
            if not drafts or drafts[-1] is not draft:
                drafts.append(draft)
            draft.blocks.append(_Block(start, end, paragraph))
            position = max(position, end)
    pass_to(len(text))
    return [draft for draft in drafts if draft.blocks or not draft.is_title]


class _Labelled(NamedTuple):
    """A sentence of the abstract, in characters."""

    start: int
    end: int
    verdict: Verdict


def _abstract(doc: Doc, keys: Keys, labels: Sequence[str]) -> list[_Labelled]:
    group = doc.spans.get(keys.abstract_key) if keys.abstract_key else None
    if group is None:
        return []
    known = labels_and_scores(group)
    rows: list[dict[str, float]] = [{} for _ in group]
    if known is not None:
        rows = [dict(zip(known[0], row, strict=True)) for row in known[1].tolist()]
    return [
        _Labelled(
            span.start_char,
            span.end_char,
            Verdict(
                labels.index(span.label_) if span.label_ else None, _row(row, labels)
            ),
        )
        for span, row in zip(group, rows, strict=True)
    ]


class _PartMaker:
    """Makes the parts one after the other, and counts how far in the paper they are.

    length: Length of all blocks, in characters.
    abstract: Its sentences.
    """

    def __init__(
        self,
        text: str,
        length: int,
        labels: Sequence[str],
        low_confidence: float,
        effects: "Sequence[Sequence[SentenceEffect]]",
        abstract: Sequence[_Labelled],
    ) -> None:
        self._text = text
        self._length = length
        self._position = 0
        self._abstract = abstract
        self._labels = labels
        self._low_confidence = low_confidence
        self._effects = effects

    def make(self, draft: _Draft) -> PartView:
        section = draft.section
        headed = (
            section is not None and section.title is not None and not draft.is_title
        )
        verdict = None if section is None else self._verdict(section)
        mixture: tuple[int, ...] = ()
        if section is not None and section.why == "children" and not section.label:
            said = (child.label for child in section.walk())
            mixture = tuple(dict.fromkeys(map(self._labels.index, filter(None, said))))
        opening = ""
        if section is not None and not draft.is_title and (headed or verdict):
            opening = section.opening.strip("“”")
        return PartView(
            title=opening,
            number=section.number if section is not None and headed else "",
            headed=headed,
            level=section.level if section is not None else 1,
            verdict=verdict,
            low=not mixture and self._is_low(verdict),
            blocks=tuple(map(self._block, draft.blocks)),
            mixture=mixture,
        )

    def _block(self, block: _Block) -> BlockView:
        paragraph = block.paragraph
        verdict = None
        sentences: Sequence[SentenceEffect] = ()
        if paragraph is not None and paragraph.row is not None:
            verdict = self._verdict(paragraph)
            sentences = self._effects[paragraph.row] if self._effects else ()
        at, width = self._position, block.end - block.start
        self._position += width
        return BlockView(
            kind=paragraph.kind if paragraph else "other",
            text=self._text[block.start : block.end],
            at=100 * at / self._length,
            width=100 * width / self._length,
            verdict=verdict,
            low=self._is_low(verdict),
            pieces=tuple(
                Piece(self._text[sentence.start : sentence.end], sentence.effect)
                for sentence in sentences
            ),
            sentences=() if verdict else tuple(self._of_abstract(block)),
        )

    def _of_abstract(self, block: _Block) -> Iterator[Sentence]:
        """All of a block's text, if sentences of the abstract stand in it."""
        inside = [s for s in self._abstract if block.start <= s.start < block.end]
        position = block.start
        for start, end, verdict in inside:
            end = min(end, block.end)
            if position < start:
                yield Sentence(self._text[position:start], None)
            yield Sentence(self._text[start:end], verdict)
            position = end
        if inside and position < block.end:
            yield Sentence(self._text[position : block.end], None)

    def _verdict(self, said: OutlineSection | OutlineParagraph) -> Verdict | None:
        if said.label is None and not said.scores:
            return None
        label = None if said.label is None else self._labels.index(said.label)
        return Verdict(label, _row(said.scores, self._labels), said.why)

    def _is_low(self, verdict: Verdict | None) -> bool:
        confidence = verdict.confidence if verdict else None
        return confidence is not None and confidence < self._low_confidence


def _labels(found: DocOutline) -> tuple[str, ...]:
    """The labels that the pipe knows, then others that the groups have by hand."""
    said = [section.label for section in found]
    said += [x.label for section in found for x in section.paragraphs]
    return tuple(dict.fromkeys([*found.labels, *filter(None, said)]))


def _row(scores: Mapping[str, float], labels: Sequence[str]) -> tuple[float, ...]:
    return tuple(scores.get(label, 0.0) for label in labels) if scores else ()


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
