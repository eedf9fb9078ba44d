"""From headings and paragraphs in text order to an outline: which section holds
which, and where the front matter ends that has no heading of its own."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from spacy_imrad.document.body import (
    PlacedTitle,
    is_abstract,
    matter_of_sections,
)
from spacy_imrad.document.lexicon import section_label
from spacy_imrad.document.matter import matter_of, named_matters
from spacy_imrad.document.outline import (
    PROSE,
    Heading,
    Matter,
    Outline,
    Paragraph,
    Section,
)
from spacy_imrad.segmenters.numbering import Number
from spacy_imrad.segmenters.titles import ends_sentence, strip_markup, words_of

_ABSTRACT_MIN = 300
_LONGEST_ABSTRACT = 6000
_PROSE_WORDS = 8
_RUN_IN = re.compile(r"[*_#]{0,3}([A-Z][\w' -]{2,40}?)[*_]{0,3}\s?[.:—–-][*_]{0,3}\s*")


class FoundHeading(NamedTuple):
    """A heading, the number it begins with, whether it is the paper's title, whether
    its section is front, body or back matter where the source says so, where its text
    starts if that stands on the same line, and the label that the source gives it."""

    heading: Heading
    number: Number | None = None
    is_title: bool = False
    matter: Matter | None = None
    text_start: int = 0
    stated: str | None = None


class Break(NamedTuple):
    """The end of a section that no heading follows: what comes next is one level below
    the section around it, as `level` says."""

    level: int
    matter: Matter
    stated: str | None = None


Item: TypeAlias = FoundHeading | Break | Paragraph


@dataclass(slots=True)
class _Draft:
    """A section in the making."""

    found: FoundHeading | None
    paragraphs: list[Paragraph] = field(default_factory=list)
    matter: Matter | None = None
    level: int = 1
    label: str | None = None
    named_matter: str | None = None
    stated: str | None = None

    @classmethod
    def of(cls, found: FoundHeading) -> "_Draft":
        title = found.heading.title
        return cls(
            found,
            matter="front" if found.is_title else found.matter,
            level=found.heading.level,
            label=section_label(title),
            stated=found.stated,
        )

    @property
    def title(self) -> str:
        return self.found.heading.title if self.found else ""

    @property
    def is_settled(self) -> bool:
        """Whether the source said what matter it is."""
        if self.found is None:
            return self.matter is not None
        return self.found.matter is not None

    @property
    def is_abstract(self) -> bool:
        return self.named_matter == "front" and is_abstract(self.title)

    def placed(self, parent: int | None) -> PlacedTitle:
        number = self.found.number if self.found else None
        scheme = number.scheme if number else None
        return PlacedTitle(self.title, parent, scheme, not self.paragraphs, self.matter)


def build_outline(text: str, items: Iterable[Item]) -> Outline:
    """The outline of `text` from its headings and paragraphs, in text order."""
    drafts: list[_Draft] = []
    for item in items:
        if isinstance(item, FoundHeading):
            drafts.append(_Draft.of(item))
        elif isinstance(item, Break):
            drafts.append(
                _Draft(None, matter=item.matter, level=item.level, stated=item.stated)
            )
        else:
            if not drafts:
                drafts.append(_Draft(None))
            drafts[-1].paragraphs.append(item)
    drafts = [draft for draft in drafts if draft.found or draft.paragraphs]
    named = named_matters([draft.title for draft in drafts])
    for draft, matter in zip(drafts, named, strict=True):
        draft.named_matter = matter
    abstract = next((d for d in drafts if d.is_abstract), None)
    drafts = [
        part
        for draft in drafts
        for part in _split_opening(text, draft, drafts, abstract)
    ]
    _nest_structured_abstract(drafts)
    _free_body(drafts)
    parents = _parents(drafts)
    matters = matter_of_sections(list(map(_Draft.placed, drafts, parents)))
    sections = (
        Section(
            _relevelled(draft), tuple(draft.paragraphs), parent, matter, draft.stated
        )
        for draft, parent, matter in zip(drafts, parents, matters, strict=True)
    )
    return Outline(tuple(sections), text)


def _relevelled(draft: _Draft) -> Heading | None:
    if draft.found is None:
        return None
    heading = draft.found.heading
    if heading.level == draft.level:
        return heading
    return Heading(heading.start, heading.end, draft.level, heading.title)


# --- The opening: title, authors, abstract, an introduction without heading --------


def _split_opening(
    text: str, draft: _Draft, drafts: Sequence[_Draft], abstract: _Draft | None
) -> Iterable[_Draft]:
    """Part what stands before the first section into front matter and a body
    section without heading, if `draft` is such an opening or the `abstract`."""
    opens = draft is drafts[0] or (draft.found is not None and draft.found.is_title)
    if draft.is_settled:
        return [draft]
    if draft is abstract:
        end = _abstract_end(text, draft, drafts)
    elif opens and (draft.found is None or draft.found.is_title):
        end = _front_end(text, draft, drafts)
    else:
        return [draft]
    front, body = draft.paragraphs[:end], draft.paragraphs[end:]
    parts = []
    if draft.found or front:
        parts.append(
            _Draft(
                draft.found,
                front,
                "front",
                draft.level,
                draft.label,
                draft.named_matter,
            )
        )
    if body:
        parts.append(_Draft(None, body, "body"))
    return parts


def _abstract_end(text: str, draft: _Draft, drafts: Sequence[_Draft]) -> int:
    """How many paragraphs under the heading `Abstract` are the abstract.

    All of them where an introduction has a heading of its own. Else the abstract is
    its first paragraph of some length, or, with run-in labels (`Methods: ...`), the
    paragraphs that have one.
    """
    later = drafts[next(i for i, d in enumerate(drafts) if d is draft) + 1 :]
    if not later or any(d.label == "Introduction" for d in later):
        return len(draft.paragraphs)
    length = 0
    for i, paragraph in enumerate(draft.paragraphs):
        if length >= _ABSTRACT_MIN and not (
            _has_run_in(text, paragraph) or not _is_prose(text, paragraph)
        ):
            return i
        length += paragraph.end - paragraph.start
    return len(draft.paragraphs)


def _front_end(text: str, draft: _Draft, drafts: Sequence[_Draft]) -> int:
    """How many paragraphs before the first heading are authors, addresses and an
    abstract that begins with the word; all, if an abstract or an introduction is the
    next heading."""
    following = next((d for d in drafts if d.found and d is not draft), None)
    if following and (
        following.named_matter == "front" or following.label == "Introduction"
    ):
        return len(draft.paragraphs)
    titled = draft.found is not None
    abstract = False
    for i, paragraph in enumerate(draft.paragraphs):
        if (
            i == 0
            and paragraph.kind == "code"
            and text.startswith("---", paragraph.start)
        ):
            titled = True  # YAML metadata
            continue
        run_in = _RUN_IN.match(text, paragraph.start, paragraph.end)
        name = run_in[1] if run_in else ""
        if name and matter_of(name) == "front":
            titled = True
            abstract = abstract or is_abstract(name)
        elif abstract and _has_run_in(text, paragraph):
            continue
        elif not titled or _is_prose(text, paragraph):
            # Lines above an abstract are front matter even without a title.
            rest = draft.paragraphs[i : i + 12]
            if titled or not any(_is_front_run_in(text, p) for p in rest):
                return i
    return len(draft.paragraphs)


def _is_front_run_in(text: str, paragraph: Paragraph) -> bool:
    run_in = _RUN_IN.match(text, paragraph.start, paragraph.end)
    return run_in is not None and matter_of(run_in[1]) == "front"


def _has_run_in(text: str, paragraph: Paragraph) -> bool:
    run_in = _RUN_IN.match(text, paragraph.start, paragraph.end)
    if run_in is None:
        return False
    title = strip_markup(run_in[1])
    return section_label(title) is not None or matter_of(title) is not None


def _is_prose(text: str, paragraph: Paragraph) -> bool:
    """Whether a paragraph reads as sentences, not as names and addresses."""
    if paragraph.kind not in PROSE:
        return False
    content = text[paragraph.start : min(paragraph.end, paragraph.start + 2000)]
    words = words_of(content)
    capitalised = sum(word[0].isupper() for word in words)
    return (
        len(words) >= _PROSE_WORDS
        and 2 * capitalised < len(words)
        and "@" not in content[:300]
        and (ends_sentence(content) or len(words) >= 25)
    )


def _nest_structured_abstract(drafts: Sequence[_Draft]) -> None:
    """Put the headings of a structured abstract under `Abstract`, where nothing but
    their coming again later tells them from those of the paper: they end where a label
    comes for the second time, and each of theirs does. Before an introduction with a
    heading, others may stand between them (`Interpretation`)."""
    first = next((i for i, draft in enumerate(drafts) if draft.is_abstract), None)
    if first is None or drafts[first].paragraphs:
        return
    abstract, later = drafts[first], drafts[first + 1 :]
    if later and later[0].level > abstract.level:
        return
    inside: list[_Draft] = []
    labels: set[str | None] = set()
    for draft in later:
        if draft.label in labels:
            break
        inside.append(draft)
        labels |= {draft.label} - {None}
    paper = later[len(inside) :]
    if not paper:
        return
    is_named = all(draft.label or draft.named_matter for draft in inside)
    if labels <= {draft.label for draft in paper} and (
        is_named or paper[0].label == "Introduction"
    ):
        for draft in inside:
            draft.level = max(draft.level, abstract.level + 1)


def _free_body(drafts: Sequence[_Draft]) -> None:
    """Put the sections of a paper beside its abstract, where their levels say that they
    are parts of it: no section outside it has a name, and a structured abstract has
    no text before its parts, and short ones."""
    first = next((i for i, draft in enumerate(drafts) if draft.is_abstract), None)
    if first is None:
        return
    abstract, later = drafts[first], drafts[first + 1 :]
    count = next(
        (i for i, d in enumerate(later) if d.found and d.level <= abstract.level),
        len(later),
    )
    inside = [draft for draft in later[:count] if draft.found]
    labels = {draft.label for draft in inside} - {None}
    if len(labels) < 2 or any(draft.label for draft in later[count:]):
        return
    length = sum(p.end - p.start for draft in inside for p in draft.paragraphs)
    if abstract.paragraphs or length > _LONGEST_ABSTRACT:
        up = min(draft.level for draft in inside) - abstract.level
        for draft in inside:
            draft.level -= up


# --- Nesting -----------------------------------------------------------------------


def _parents(drafts: Sequence[_Draft]) -> list[int | None]:
    parents: list[int | None] = []
    around: list[int] = []
    for i, draft in enumerate(drafts):
        while around and drafts[around[-1]].level >= draft.level:
            around.pop()
        parents.append(around[-1] if around else None)
        if draft.found is not None and not draft.found.is_title:
            around.append(i)
    return parents
