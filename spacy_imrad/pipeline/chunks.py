"""Pieces of a labelled paper for retrieval and language models, each in one section."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

from spacy.attrs import IDX
from spacy.tokens import Doc

from spacy_imrad.document.outline import PROSE, Matter
from spacy_imrad.document.tokens import text_of
from spacy_imrad.pipeline.doc_outline import (
    OutlineParagraph,
    OutlineSection,
    SectionWhy,
    outline,
)
from spacy_imrad.pipeline.sentences import sentence_starts

Unit: TypeAlias = Literal["words", "tokens"]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a paper.

    text: The same as `doc.text[start:end]`.
    start, end: Characters of the Doc's text.
    label, scores, why: Those of its section (see `OutlineSection`).
    path: The titles over it, from the top of the paper to its section.
    section: Place of its section in the outline.
    title: The paper's, None without one.
    file: Where the paper comes from, if the Doc knows.
    """

    text: str
    start: int
    end: int
    label: str | None
    scores: dict[str, float]
    why: SectionWhy | None
    path: tuple[str, ...]
    section: int
    title: str | None
    file: str | None

    def to_dict(self) -> dict[str, Any]:
        """The chunk as plain data, ready for `json.dumps`."""
        scores = {label: round(score, 6) for label, score in self.scores.items()}
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {**fields, "path": list(self.path), "scores": scores}


class _Piece(NamedTuple):
    """A sentence, or a line of a table and the like; in characters.

    paragraph: Number of its paragraph in the section.
    """

    start: int
    end: int
    paragraph: int


def chunks(
    doc: Doc,
    *,
    size: int = 200,
    overlap: int = 0,
    unit: Unit | Callable[[str], int] = "words",
    matter: Sequence[Matter] = ("body",),
    spans_key: str = "imrad",
    paragraphs_key: str = "imrad_paragraphs",
) -> list[Chunk]:
    """Divide a labelled paper into chunks that never cross a section.

    A chunk has whole paragraphs, as many as fit; a paragraph that does not fit is
    divided at its sentences, a table or code at its lines. One sentence or line that is
    longer than `size` is a chunk of its own. Headings are in `Chunk.path` alone.

    size: Most that a chunk has.
    overlap: Most of the sentences at the end of a chunk that the next chunk of the
        section begins with.
    unit: What `size` and `overlap` count: "words" between white space, "tokens" of
        spaCy, or what a function says of a text, such as the length of
        `tokenizer.encode(text)`.
    matter: What is divided: "body", "front" and "back" matter.
    spans_key, paragraphs_key: The pipe's span groups.
    RETURNS: The chunks in text order.
    RAISES: ValueError if no pipe has set the groups, or for an argument out of range.
    """
    if size < 1 or not 0 <= overlap < size:
        raise ValueError(
            f"`size` is {size} and `overlap` {overlap}: `size` has to be at least 1, "
            "and `overlap` from 0 to less than `size`."
        )
    if unknown := set(matter) - set(get_args(Matter)):
        raise ValueError(f"Unknown `matter` {sorted(unknown)}: {get_args(Matter)}.")
    found = outline(doc, spans_key=spans_key, paragraphs_key=paragraphs_key)
    text = text_of(doc)
    starts = sentence_starts(doc)
    measure = _measure(doc, text, unit)
    made = []
    for section in found:
        if section.matter not in matter:
            continue
        pieces = list(_pieces(text, section, starts))
        for start, end in _packed(pieces, size, overlap, measure):
            chunk = Chunk(
                text=text[start:end],
                start=start,
                end=end,
                label=section.label,
                scores=section.scores,
                why=section.why,
                path=section.path,
                section=section.index,
                title=found.title,
                file=doc.user_data.get("file"),
            )
            made.append(chunk)
    return made


def _measure(
    doc: Doc, text: str, unit: Unit | Callable[[str], int]
) -> Callable[[int, int], int]:
    """How much there is from one character to another."""
    if callable(unit):
        return lambda start, end: unit(text[start:end])
    if unit == "words":
        return lambda start, end: len(text[start:end].split())
    if unit == "tokens":
        places = doc.to_array(IDX).tolist()
        return lambda start, end: bisect_left(places, end) - bisect_left(places, start)
    raise ValueError(
        f"Unknown `unit` {unit!r}: it is 'words', 'tokens', or a function from a text "
        "to how much it has."
    )


def _pieces(
    text: str, section: OutlineSection, sentences: Sequence[int]
) -> Iterator[_Piece]:
    for number, paragraph in enumerate(section.paragraphs):
        start, end = paragraph.span.start_char, paragraph.span.end_char
        edges = [start, *_edges(text, paragraph, sentences), end]
        for first, last in pairwise(edges):
            content = text[first:last]
            if content.strip():
                before = len(content) - len(content.lstrip())
                yield _Piece(first + before, first + len(content.rstrip()), number)


def _edges(
    text: str, paragraph: OutlineParagraph, sentences: Sequence[int]
) -> list[int]:
    """Where a paragraph can be divided."""
    start, end = paragraph.span.start_char, paragraph.span.end_char
    if paragraph.kind in PROSE:
        inside = slice(bisect_right(sentences, start), bisect_left(sentences, end))
        return list(sentences[inside])
    return [i + 1 for i in range(start, end - 1) if text[i] == "\n"]


def _packed(
    pieces: Sequence[_Piece],
    size: int,
    overlap: int,
    measure: Callable[[int, int], int],
) -> Iterator[tuple[int, int]]:
    """The bounds of the chunks of one section."""
    whole = _fitting(pieces, size, measure)

    def length(first: int, end: int) -> int:
        return measure(pieces[first].start, pieces[end - 1].end)

    first = done = 0
    while done < len(pieces):
        end = whole.get(done, done + 1)
        # The overlap gives way where nothing more would fit beside it.
        while first < done and length(first, end) > size:
            first += 1
        while end < len(pieces):
            longer = whole.get(end, end + 1)
            if length(first, longer) > size:
                break
            end = longer
        yield pieces[first].start, pieces[end - 1].end
        first = done = end
        while first and length(first - 1, done) <= overlap:
            first -= 1


def _fitting(
    pieces: Sequence[_Piece], size: int, measure: Callable[[int, int], int]
) -> dict[int, int]:
    """The paragraphs that a chunk has room for: their first piece, and the piece after
    their last one."""
    found = {}
    first = 0
    for _, members in groupby(pieces, key=lambda piece: piece.paragraph):
        end = first + sum(1 for _ in members)
        if measure(pieces[first].start, pieces[end - 1].end) <= size:
            found[first] = end
        first = end
    return found
