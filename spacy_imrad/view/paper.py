"""What a paper's page shows, as plain data without any HTML."""

from dataclasses import dataclass
from pathlib import PurePath
from typing import Final, Literal, TypeAlias

from spacy_imrad.document.outline import Kind
from spacy_imrad.pipeline.doc_outline import SectionWhy

BlockKind: TypeAlias = Kind | Literal["other"]

WHYS: Final[dict[SectionWhy, str]] = {
    "heading": "Its heading names the section.",
    "parent": "A heading above it names the section.",
    "text": "The text says so; no heading names a section.",
    "both": "Heading and text disagree; this weighs more.",
    "children": "It is the label of the sections in it.",
}
"""Where a label comes from, in words."""

# Changes of a score from which on a sentence's effect is shown, and shown stronger.
EFFECTS = (0.02, 0.1, 0.3)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the pipe says of a paragraph or a section.

    label: Index in `PaperView.labels`; None below the pipe's threshold.
    scores: One a label; empty for groups made by hand, which have labels alone.
    why: Where the label comes from, None if nobody says.
    """

    label: int | None
    scores: tuple[float, ...]
    why: SectionWhy | None = None

    @property
    def confidence(self) -> float | None:
        return max(self.scores, default=None)


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence, and how much higher its paragraph's label scores because of it."""

    text: str
    effect: float

    @property
    def weight(self) -> int:
        """From 0, no effect that matters, to 3, one that decides."""
        return sum(abs(self.effect) >= least for least in EFFECTS)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the abstract, or what stands between two of them.

    verdict: None for what is no labelled sentence, such as a trial's registration.
    """

    text: str
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class BlockView:
    """A paragraph, or other text between two headings.

    at: Where it starts in the paper, 0 to 100, by the length of all blocks.
    width: Its share of that length.
    verdict: None if it was not classified.
    pieces: Its sentences, if they were explained.
    sentences: Those of the abstract, if it is a part of that.
    """

    kind: BlockKind
    text: str
    at: float
    width: float
    verdict: Verdict | None
    low: bool
    pieces: tuple[Piece, ...] = ()
    sentences: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True)
class PartView:
    """A heading with what stands directly under it, or a section without heading.

    title: The heading; the opening words of a section without one; empty for text
        before the first heading.
    number: Number of the heading ("3.1"), or empty.
    level: Depth of the heading, 1 for a top section.
    mixture: The labels of the sections in it, for a heading without text of its own
        whose sections do not agree.
    """

    title: str
    number: str
    headed: bool
    level: int
    verdict: Verdict | None
    low: bool
    blocks: tuple[BlockView, ...]
    mixture: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Stretch:
    """Neighbouring blocks of one part with one label: a piece of the strip.

    part: Index in `PaperView.parts`. at, width: As those of a block.
    """

    part: int
    label: int | None
    low: bool
    at: float
    width: float


@dataclass(frozen=True, slots=True)
class PaperView:
    """One paper.

    name: Where it comes from, such as a file name.
    shares: Share of the classified text that each label has, 0 to 1.
    scores: The paragraphs' scores, averaged by length; empty without any.
    warnings: What the reader of its file could not do.
    """

    title: str
    name: str
    lang: str
    labels: tuple[str, ...]
    parts: tuple[PartView, ...]
    strip: tuple[Stretch, ...]
    shares: tuple[float, ...]
    n_words: int
    scores: tuple[float, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def short_name(self) -> str:
        """The end of its path: the page may be shown to others."""
        return shorten(self.name)

    @property
    def confidence(self) -> float | None:
        """The paragraphs' highest scores, averaged by length; None without any."""
        blocks = [b for p in self.parts for b in p.blocks if b.verdict]
        known = [(b.width, b.verdict.confidence) for b in blocks if b.verdict]
        total = sum(width for width, best in known if best is not None)
        return (
            sum(width * (best or 0) for width, best in known) / total if total else None
        )

    @property
    def n_low_sections(self) -> int:
        """How many sections have a low confidence."""
        return sum(part.low for part in self.parts)

    @property
    def n_paragraphs(self) -> int:
        """How many paragraphs were classified."""
        return sum(b.verdict is not None for p in self.parts for b in p.blocks)

    @property
    def is_explained(self) -> bool:
        """Whether any paragraph has its sentences' effects."""
        return any(b.pieces for p in self.parts for b in p.blocks)

    @property
    def n_unlabelled(self) -> int:
        """How many of them the pipe left without a label."""
        verdicts = [b.verdict for p in self.parts for b in p.blocks]
        return sum(v is not None and v.label is None for v in verdicts)

    @property
    def n_low(self) -> int:
        """How many of them have a low confidence."""
        return sum(b.low for p in self.parts for b in p.blocks)

    @property
    def main_label(self) -> int | None:
        """The label with the largest share."""
        best = max(range(len(self.shares)), key=self.shares.__getitem__, default=None)
        return best if best is not None and self.shares[best] else None


def shorten(name: str) -> str:
    """The last two parts of a path."""
    parts = PurePath(name).parts
    return PurePath("…", *parts[-2:]).as_posix() if len(parts) > 2 else name
