"""A Doc of a paper, with the paper's own outline."""

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise, zip_longest
from typing import Final, NamedTuple

from spacy.language import Language
from spacy.tokens import Doc

from spacy_imrad.document.naming import stated_label
from spacy_imrad.document.outline import Heading, Kind, Outline, Paragraph
from spacy_imrad.document.paper import Paper, PaperSection, Place
from spacy_imrad.document.stored_outline import store_outline
from spacy_imrad.readers.formats import PaperFormat
from spacy_imrad.readers.reading import (
    PathLike,
    naming,
    read_source,
    split_source,
)
from spacy_imrad.readers.source import Source
from spacy_imrad.readers.text import text_of
from spacy_imrad.segmenters.headings import Printed, describe_titles
from spacy_imrad.segmenters.numbering import Number
from spacy_imrad.segmenters.sections import Break, FoundHeading, Item, build_outline
from spacy_imrad.segmenters.titles import read_title

_BREAK: Final = "\n\n"
_NOWHERE: Final[Place] = (0, 0)

MOST_MARKS: Final = 5_000
"""Punctuation marks in a row that a text may have: more are noise."""
_MARKS: Final = re.compile(rf"(?:[^\w\s]|_){{1,{MOST_MARKS + 1}}}")
# A tokenizer takes marks off one by one, and looks at all that is left each time.
_LONG: Final = re.compile(r"(?:(?:[^\w\s]|_){100}|\S{500})(?=\S)")


class PaperText(NamedTuple):
    """A paper as one text.

    outline: Where the text has its sections.
    origins: Index, for each section of the outline, of the paper's section that it
        begins with; None for the title, the abstract, and what was parted from these.
    guessed: The sections of the outline whose level neither the file nor a number says.
    places: As `store_outline` takes them.
    """

    text: str
    outline: Outline
    origins: tuple[int | None, ...]
    guessed: frozenset[int]
    places: tuple[Place, ...]


def read_doc(
    nlp: Language, source: PathLike | Source, *, format: str | None = None
) -> Doc:
    """Read the only paper of a file as a Doc, without running a pipe on it.

    nlp: Pipeline whose tokenizer makes the Doc.
    source, format: See `read_papers`.
    RETURNS: The Doc, with its outline in `doc.spans["imrad_outline"]`, which
        `imrad_classifier` takes instead of guessing one. A plain text has none.
    RAISES: As `read_papers`; ValueError also if there is not exactly one paper.
    """
    name = source.name if isinstance(source, Source) else str(source)
    docs = read_docs(nlp, source, format=format)
    doc = next(docs, None)
    if doc is None or next(docs, None) is not None:
        count = "no paper" if doc is None else "more than one paper"
        raise ValueError(f"{name}: {count} in it; `read_docs` reads any number")
    return doc


def read_docs(
    nlp: Language, source: PathLike | Source, *, format: str | None = None
) -> Iterator[Doc]:
    """Stream the papers of a file as Docs; see `read_doc`."""
    source = source if isinstance(source, Source) else Source.of(source)
    with naming(source):
        for part, found in split_source(source, format=format):
            with naming(part):
                doc = doc_of_source(nlp, part, found)
            yield doc


def doc_of_source(nlp: Language, source: Source, format: PaperFormat) -> Doc:
    """The Doc of a source with one paper, in a known format."""
    if format.structured:
        return make_doc(nlp, read_source(source, format))
    return tokenize(nlp, text_of(source))


def make_doc(nlp: Language, paper: Paper) -> Doc:
    """Make a Doc of a paper: title, abstract, and the heading, paragraphs and asides of
    each section, with blank lines between them. The Doc stores its outline.

    RAISES: ValueError if it has more than `MOST_MARKS` punctuation marks in a row.
    """
    printed = paper_text(paper)
    doc = tokenize(nlp, printed.text)
    store_outline(doc, printed.outline, printed.places, paper.warnings)
    return doc


def paper_text(paper: Paper) -> PaperText:
    """The text of a paper as `make_doc` has it, with its outline."""
    builder = _Builder()
    builder.add_paper(paper)
    outline = build_outline(builder.text, builder.items)
    origins = tuple(builder.begun.get(section.start) for section in outline.sections)
    guessed = (i for i, origin in enumerate(origins) if origin in builder.guessed)
    places = tuple(builder.places) if builder.has_places else ()
    return PaperText(builder.text, outline, origins, frozenset(guessed), places)


def tokenize(nlp: Language, text: str) -> Doc:
    """RAISES: ValueError if the text is noise that would take too long."""
    if any(len(run[0]) > MOST_MARKS for run in _MARKS.finditer(text)):
        raise ValueError(
            f"more than {MOST_MARKS:,} punctuation marks in a row, which is no text"
        )
    cuts = [piece.end() for piece in _LONG.finditer(text)]
    if not cuts:
        return nlp.make_doc(text)
    pieces = [nlp.make_doc(text[i:j]) for i, j in pairwise((0, *cuts, len(text)))]
    doc = Doc.from_docs(pieces, ensure_whitespace=False)
    assert doc is not None
    return doc


class _Builder:
    """The text of a paper, and where its headings and paragraphs are in it."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        # Which of the paper's sections begins at a character.
        self.begun: dict[int, int] = {}
        self.guessed: set[int] = set()
        self.places: list[Place] = []
        self._parts: list[str] = []
        self._length = 0

    @property
    def text(self) -> str:
        return _BREAK.join(self._parts)

    @property
    def has_places(self) -> bool:
        return any(start < end for start, end in self.places)

    @property
    def _next_start(self) -> int:
        return self._length + len(_BREAK) if self._parts else 0

    def add_paper(self, paper: Paper) -> None:
        if title := paper.title.strip():
            self._heading(title, FoundHeading(Heading(0, 0, 1, title), None, True))
        described = [
            (index, section, placed)
            for index, (section, placed) in enumerate(
                zip(paper.sections, _describe(paper.sections), strict=True)
            )
            if section.heading.strip() or section.paragraphs or section.asides
        ]
        opening = 0
        if paper.abstract.strip():
            while opening < len(described) and _is_front(described[opening][1]):
                opening += 1
        for index, section, placed in described[:opening]:
            self._section(index, section, placed)
        if paper.abstract.strip():
            heading = Heading(0, 0, 1, "Abstract")
            self._heading("Abstract", FoundHeading(heading, None, False, "front"))
            for paragraph in paper.abstract.split(_BREAK):
                self._paragraph(paragraph)
        for index, section, placed in described[opening:]:
            self._section(index, section, placed)

    def _section(self, index: int, section: PaperSection, placed: "_Placed") -> None:
        level, number, is_guess = placed
        self.begun[self._next_start] = index
        if is_guess:
            self.guessed.add(index)
        heading = section.heading.strip()
        stated = stated_label(section.sec_type, heading)
        places = iter(section.places)
        place = next(places, _NOWHERE)
        if heading:
            printed = _printed(section)
            title = heading if section.number else read_title(heading).without(number)
            found = Heading(0, 0, level, title)
            self._heading(
                printed,
                FoundHeading(found, number, False, section.matter, stated=stated),
                place,
            )
        # Text before all headings may be authors and addresses: the outline tells.
        elif section.matter or stated or (self.items and not self._only_title()):
            self.items.append(Break(level, section.matter or "body", stated))
        for paragraph in section.paragraphs:
            self._paragraph(paragraph, next(places, _NOWHERE))
        for aside in section.asides:
            self._paragraph(aside.text, kind=aside.kind)

    def _only_title(self) -> bool:
        first = self.items[0]
        return len(self.items) == 1 and isinstance(first, FoundHeading) and first[2]

    def _heading(
        self, printed: str, found: FoundHeading, place: Place = _NOWHERE
    ) -> None:
        start, end = self._add(printed, place)
        heading = found.heading
        self.items.append(
            found._replace(heading=Heading(start, end, heading.level, heading.title))
        )

    def _paragraph(
        self, text: str, place: Place = _NOWHERE, kind: Kind = "text"
    ) -> None:
        if text.strip():
            start, end = self._add(text.strip(), place)
            self.items.append(Paragraph(start, end, kind))

    def _add(self, text: str, place: Place) -> tuple[int, int]:
        start = self._next_start
        self._parts.append(text)
        self._length = start + len(text)
        self.places.append(place)
        return start, self._length


def _is_front(section: PaperSection) -> bool:
    return section.matter == "front" and not section.heading


def _printed(section: PaperSection) -> str:
    heading = section.heading.strip()
    return f"{section.number} {heading}" if section.number else heading


class _Placed(NamedTuple):
    """is_guess: Whether neither the file nor a number says the level."""

    level: int
    number: Number | None
    is_guess: bool = False


def _describe(sections: Sequence[PaperSection]) -> list[_Placed]:
    """The level of each section, 1 at the top, and the number of its heading."""
    headed = [section for section in sections if section.heading.strip()]
    found = describe_titles(
        [
            Printed(read_title(_printed(section)), is_empty)
            for section, is_empty in zip(sections, _have_none(sections), strict=True)
            if section.heading.strip()
        ],
        depth=1,
    )
    depths = [section.depth for section in headed]
    top = min(depths, default=1)
    has_levels = max(depths, default=1) > top
    if has_levels:
        levels = _within_numbers(headed, [depth - top + 1 for depth in depths])
        levels = _under_own_top(headed, levels)
    else:
        levels = [level for level, _ in found]
    placed = (
        _Placed(level, number, number is None and not has_levels)
        for level, (_, number) in zip(levels, found, strict=True)
    )
    return [
        next(placed)
        if section.heading.strip()
        else _Placed(max(1, section.level - top + 1), None)
        for section in sections
    ]


def _have_none(sections: Sequence[PaperSection]) -> Iterator[bool]:
    """Of each section, whether the next one's heading stands right below its own."""
    for section, following in zip_longest(sections, sections[1:]):
        yield not (section.paragraphs or section.asides) and (
            following is not None and bool(following.heading.strip())
        )


def _within_numbers(sections: Sequence[PaperSection], levels: list[int]) -> list[int]:
    """Levels such that what stands between 3.1 and 3.2 lies in 3: the head of a table
    that was taken for a heading, or references that a column's end put there."""
    # The first component of the last number before each section.
    before = list(accumulate(sections, _first_number, initial=""))
    nested = list(levels)
    following, level = "", 1
    for index in range(len(sections) - 1, -1, -1):
        if number := sections[index].bare_number:
            following, level = number, levels[index]
        elif "." in following and following.partition(".")[0] == before[index]:
            nested[index] = max(levels[index], level)
    return nested


def _first_number(before: str, section: PaperSection) -> str:
    return section.bare_number.partition(".")[0] or before


def _under_own_top(sections: Sequence[PaperSection], levels: list[int]) -> list[int]:
    """Levels such that 5.1 is no part of 4, where the source has lost 5."""
    top, lost = "", False
    nested = []
    for section, level in zip(sections, levels, strict=True):
        first, dot, _ = section.bare_number.partition(".")
        if level == 1:
            top, lost = first, False
        elif dot and top and first != top:
            top, lost = first, True
        nested.append(level - 1 if lost else level)
    return nested
