"""The outline of a labelled Doc as a tree of sections.

It is made anew from what the Doc keeps: labels, scores and reasons in the `attrs` of
the span groups, headings and paragraphs there or, if a reader made the Doc, in its
stored outline.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple, TypeAlias, overload

from spacy.tokens import Doc, Span

from spacy_imrad.document.headings import number_of, paper_title
from spacy_imrad.document.outline import (
    Heading,
    Kind,
    Matter,
    Outline,
    Paragraph,
    Section,
)
from spacy_imrad.document.stored_outline import (
    stored_outline,
    stored_warnings,
    unpack_outline,
)
from spacy_imrad.document.tokens import text_of, token_bounds
from spacy_imrad.labels import LABELS
from spacy_imrad.pipeline.groups import (
    OUTLINE_ATTR,
    Keys,
    doc_label,
    doc_scores,
    group_of,
    labels_and_scores,
    whys_of,
)
from spacy_imrad.pipeline.interpolation import Why

SectionWhy: TypeAlias = Why | Literal["children"]
"""As `Why`; "children" where a section has no text of its own."""


@dataclass(frozen=True, slots=True)
class OutlineParagraph:
    """A paragraph, or a table, a caption and the like.

    kind: What it is; only "text" and "list" in the body are classified.
    label: None if it is not, or below the pipe's threshold.
    scores: {label: score}; empty if it is not classified, or if the Doc has labels
        alone.
    why: Where the label comes from (see `Why`).
    row: Index in the span group of the paragraphs, None if it is not in there.
    """

    span: Span
    label: str | None
    scores: dict[str, float]
    why: Why | None
    kind: Kind
    row: int | None = None

    @property
    def text(self) -> str:
        return self.span.text


@dataclass(eq=False, slots=True)
class OutlineSection:
    """A section: a heading with the paragraphs directly under it, or paragraphs that
    have none. To be read, not written.

    index: Its place in the outline.
    title: The heading's bare title, None without a heading.
    number: The number of the heading as printed ("3.1"), or empty.
    level: Depth, 1 for a top section.
    matter: "body", or "front" or "back" for what has no IMRaD label.
    parent: The section around it, None at the top.
    span: Heading and own paragraphs, without the sections in it.
    heading: The heading alone.
    paragraphs: The own paragraphs, in text order.
    label: None for front and back matter, below the pipe's threshold, and if there is
        no text of its own and the sections in it do not agree.
    scores: {label: score}; without text of its own, the average of the sections in it
        by their length. Empty where nothing is classified, or if the Doc has labels
        alone.
    why: Where the label comes from (see `SectionWhy`); None where nothing is
        classified.
    children: The sections directly in it.
    """

    index: int
    title: str | None
    number: str
    level: int
    matter: Matter
    parent: "OutlineSection | None"
    span: Span
    heading: Span | None
    paragraphs: tuple[OutlineParagraph, ...]
    label: str | None = None
    scores: dict[str, float] = field(default_factory=dict)
    why: SectionWhy | None = None
    children: "list[OutlineSection]" = field(default_factory=list)

    def __repr__(self) -> str:
        return f"<OutlineSection {self.index}: {self.title!r}, {self.label}>"

    @property
    def text(self) -> str:
        """Heading and own paragraphs."""
        return self.span.text

    @property
    def score(self) -> float | None:
        """The highest of its scores, None without any."""
        return max(self.scores.values(), default=None)

    @property
    def path(self) -> tuple[str, ...]:
        """The titles from the top down to its own, without sections that have none."""
        titles = []
        around: OutlineSection | None = self
        while around is not None:
            titles += [around.title] if around.title is not None else []
            around = around.parent
        return tuple(titles[::-1])

    @property
    def opening(self) -> str:
        """The title, or the first words in quotation marks if there is none."""
        if self.title is not None:
            return self.title
        words = self.text.split(maxsplit=_OPENING_WORDS)
        more = " …" if len(words) > _OPENING_WORDS else ""
        return f"“{' '.join(words[:_OPENING_WORDS])}{more}”"

    @property
    def whole(self) -> Span:
        """The section with all sections in it."""
        *_, last = self.walk()
        return self.span.doc[self.span.start : max(self.span.end, last.span.end)]

    def walk(self) -> "Iterator[OutlineSection]":
        """The section and all sections in it, in text order."""
        waiting = [self]
        while waiting:
            section = waiting.pop()
            yield section
            waiting += reversed(section.children)


class DocOutline(Sequence[OutlineSection]):
    """All sections of a paper, in text order; those at the top are `children`.

    doc: The Doc.
    title: The paper's title, None without one.
    label, scores: As `doc._.imrad` and `doc._.imrad_scores`: the label that most of the
        classified text has, and the share that each label has of it.
    labels: The labels that sections can have.
    warnings: What the reader of the paper's file could not do.
    """

    def __init__(
        self,
        doc: Doc,
        sections: Sequence[OutlineSection],
        *,
        title: str | None,
        label: str | None,
        scores: Mapping[str, float],
        labels: Sequence[str],
        warnings: Sequence[str],
    ) -> None:
        self.doc = doc
        self.title = title
        self.label = label
        self.scores = dict(scores)
        self.labels = tuple(labels)
        self.warnings = tuple(warnings)
        self._sections = tuple(sections)

    @property
    def children(self) -> list[OutlineSection]:
        """The sections at the top."""
        return [section for section in self._sections if section.parent is None]

    def __len__(self) -> int:
        return len(self._sections)

    def __iter__(self) -> Iterator[OutlineSection]:
        return iter(self._sections)

    @overload
    def __getitem__(self, index: int) -> OutlineSection: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[OutlineSection, ...]: ...

    def __getitem__(self, index: Any) -> Any:
        return self._sections[index]

    def __repr__(self) -> str:
        return f"<DocOutline of {len(self)} sections: {self.title!r}>"

    def __str__(self) -> str:
        """A line for each section: number and title, label and score."""
        named = [_named(section) for section in self]
        width = min(_WIDEST, max(map(len, named), default=0))
        return "\n".join(
            f"{name:{width}}  {_said(section)}".rstrip()
            for name, section in zip(named, self, strict=True)
        )


_WIDEST: Final = 60
_OPENING_WORDS: Final = 8


def _named(section: OutlineSection) -> str:
    indent = "  " * (section.level - 1)
    return (
        f"{indent}{section.number} {section.opening}"
        if section.number
        else f"{indent}{section.opening}"
    )


def _said(section: OutlineSection) -> str:
    if section.matter != "body":
        return f"({section.matter} matter)"
    if section.score is None:
        return section.label or ""
    return f"{section.label or 'no label'} {section.score:.0%} ({section.why})"


def outline(
    doc: Doc, *, spans_key: str = "imrad", paragraphs_key: str = "imrad_paragraphs"
) -> DocOutline:
    """The outline of a labelled paper, with every heading; also `doc._.imrad_outline`.

    spans_key, paragraphs_key: The pipe's span groups.
    RAISES: ValueError if no pipe has set the groups, or if their attrs are damaged.
    """
    keys = Keys(spans_key, paragraphs_key)
    for key in (spans_key, paragraphs_key):
        group_of(doc, key)
    return make_outline(doc, keys)


def make_outline(doc: Doc, keys: Keys) -> DocOutline:
    """The outline of a Doc that has the span groups; see `outline`."""
    text = text_of(doc)
    kept = _kept_outline(doc, keys, len(text))
    title = paper_title(kept)
    known = labels_and_scores(doc.spans[keys.spans_key])
    return DocOutline(
        doc,
        _make_sections(doc, keys, kept, text),
        title=title.title if title else None,
        label=doc_label(doc, (keys,)),
        scores=doc_scores(doc, (keys,)),
        labels=known[0] if known else LABELS,
        warnings=stored_warnings(doc),
    )


def _kept_outline(doc: Doc, keys: Keys, length: int) -> Outline:
    attrs = doc.spans[keys.spans_key].attrs
    if OUTLINE_ATTR in attrs:
        kept = unpack_outline(attrs[OUTLINE_ATTR], keys.spans_key, length)
    else:
        kept = stored_outline(doc) or Outline(())
    if kept.sections:
        return kept
    # Labelled by hand, or by somebody else: there are the groups alone.
    spans = doc.spans[keys.paragraphs_key] or doc.spans[keys.spans_key]
    paragraphs = tuple(Paragraph(span.start_char, span.end_char) for span in spans)
    return Outline((Section(None, paragraphs),) if paragraphs else ())


class Row(NamedTuple):
    """What a group says of one of its spans."""

    span: Span
    label: str | None
    scores: dict[str, float]
    why: Why | None


def rows_of(doc: Doc, key: str) -> list[Row]:
    group = doc.spans[key]
    known = labels_and_scores(group)
    scores: list[dict[str, float]] = [{} for _ in group]
    if known is not None:
        labels, values = known
        scores = [dict(zip(labels, row, strict=True)) for row in values.tolist()]
    return [
        Row(span, span.label_ or None, row, why)
        for span, row, why in zip(group, scores, whys_of(group), strict=True)
    ]


def _make_sections(
    doc: Doc, keys: Keys, kept: Outline, text: str
) -> list[OutlineSection]:
    """The sections of the outline. What the pipe took apart of one comes as several:
    under a heading as sections in the first."""
    rows = rows_of(doc, keys.spans_key)
    headings, members = _place(doc, keys, kept, rows)
    sizes = Counter(said for own in members for _, said in own)
    made: list[OutlineSection] = []
    first_of: list[OutlineSection] = []
    for section, heading, own in zip(kept.sections, headings, members, strict=True):
        around = None if section.parent is None else first_of[section.parent]
        for number, (said, paragraphs) in enumerate(_parts(own)):
            head = None if number else heading
            row = None if said is None else rows[said]
            n_said = sum(paragraph.row is not None for paragraph in paragraphs)
            if row is not None and n_said == sizes[said]:
                span = row.span
            else:
                spans = [*([head] if head else []), *(x.span for x in paragraphs)]
                span = doc[spans[0].start : max(span.end for span in spans)]
            node = OutlineSection(
                index=len(made),
                title=None if head is None else section.title,
                number="",
                level=around.level + 1 if around else 1,
                matter=section.matter,
                parent=around,
                span=span,
                heading=head,
                paragraphs=tuple(paragraphs),
            )
            if head is not None and section.heading is not None:
                node.number = number_of(text, section.heading)
                node.level = section.heading.level
            if row is not None:
                node.label, node.scores, node.why = row.label, row.scores, row.why
            if around is not None:
                around.children.append(node)
            if number == 0:
                first_of.append(node)
                around = node if heading is not None else around
            made.append(node)
    _ask_children(made)
    return made


def _place(
    doc: Doc, keys: Keys, kept: Outline, rows: Sequence[Row]
) -> tuple[list[Span | None], list[list[tuple[OutlineParagraph, int | None]]]]:
    """The heading of each section, and its own paragraphs, each with the index of the
    row that it is part of.

    What is classified is where its group says, and of other paragraphs those count that
    nothing classified stands in.
    """
    blocks: list[tuple[int, Heading | Paragraph]] = []
    for index, section in enumerate(kept.sections):
        blocks += [(index, section.heading)] if section.heading else []
        blocks += [(index, paragraph) for paragraph in section.paragraphs]
    headings: list[Span | None] = [None] * len(kept.sections)
    members: list[list[tuple[OutlineParagraph, int | None]]] = [
        [] for _ in kept.sections
    ]
    starts = [block.start for _, block in blocks]
    row_starts = [row.span.start for row in rows]
    has_group = len(doc.spans[keys.paragraphs_key]) > 0
    taken = set()
    for number, row in enumerate(rows_of(doc, keys.paragraphs_key) or rows):
        span = row.span
        middle = (span.start_char + span.end_char) // 2
        at = max(0, bisect_right(starts, middle) - 1)
        taken.add(at)
        index, block = blocks[at]
        kind = block.kind if isinstance(block, Paragraph) else "text"
        said = bisect_right(row_starts, span.start) - 1
        is_in = said >= 0 and span.start < rows[said].span.end
        paragraph = OutlineParagraph(*row, kind, number if has_group else None)
        members[index].append((paragraph, said if is_in else None))
    bounds = token_bounds(doc, [block for _, block in blocks])
    for at, ((index, block), (start, end)) in enumerate(
        zip(blocks, bounds.tolist(), strict=True)
    ):
        span = doc[start : max(end, start + 1)]
        if isinstance(block, Heading):
            headings[index] = span
        elif at not in taken:
            paragraph = OutlineParagraph(span, None, {}, None, block.kind)
            members[index].append((paragraph, None))
    for own in members:
        own.sort(key=lambda member: member[0].span.start)
    return headings, members


def _parts(
    members: Sequence[tuple[OutlineParagraph, int | None]],
) -> list[tuple[int | None, list[OutlineParagraph]]]:
    """Paragraphs by the row that they are part of; those that are in none stay with the
    ones before them. One empty part without paragraphs."""
    parts: list[tuple[int | None, list[OutlineParagraph]]] = [(None, [])]
    for paragraph, said in members:
        before, together = parts[-1]
        if said is not None and before is not None and said != before:
            parts.append((said, [paragraph]))
            continue
        together.append(paragraph)
        parts[-1] = (before if said is None else said, together)
    return parts


def _ask_children(sections: Sequence[OutlineSection]) -> None:
    """Give the sections of the body without text of their own what their children have:
    the label that these agree on, and their scores averaged by length."""
    lengths: dict[int, int] = {}
    for section in reversed(sections):
        own = [x.span for x in section.paragraphs if x.row is not None]
        lengths[section.index] = sum(s.end_char - s.start_char for s in own) + sum(
            lengths[child.index] for child in section.children
        )
        said = [child for child in section.children if child.why or child.label]
        if section.matter != "body" or section.why or section.label or not said:
            continue
        labels = {child.label for child in said}
        section.label = labels.pop() if len(labels) == 1 else None
        section.why = "children"
        weights = [lengths[child.index] for child in said]
        section.scores = {
            label: sum(
                weight * child.scores.get(label, 0.0)
                for weight, child in zip(weights, said, strict=True)
            )
            / sum(weights)
            for label in said[0].scores
        }
