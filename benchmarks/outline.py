"""How well the text segmenter finds headings and paragraphs, what that does to the
labels, and how fast it is.

    pip download --no-deps allofplos==0.11.1 -d assets
    python -m benchmarks.outline --wheel assets/allofplos-0.11.1-py3-none-any.whl \
        --corpus DEV_PAPERS --papers 100 --labelled 20

Papers whose headings and paragraphs are known, from a wheel that anyone can download
and from a corpus that one has, are written out as text in many styles, and what
`nlp(text)` makes of it is compared with what was written:

- P, R: precision and recall of headings, which count if they have exactly the
  characters that were written
- level: of the headings found, the share that has its level (the title left out)
- par.: F1 of the paragraphs, by their first characters
- named: of the paragraphs whose own heading names their section by the lexicon, the
  share that stands below that name in what was found
- label: of the same paragraphs, the share that the pipe gives that label; of the first
  papers only (`--labelled`), as the encoder is slow

In the styles `hidden` no headings are written: whatever is found is false. For them the
labels of all paragraphs of 200 characters are compared with those of the same text with
its paragraphs known, so that nothing depends on the segmenter.

Last comes how far raw Markdown given to `nlp` is from the same file through the reader.

Numbers follow from the headings' levels. In a paper that was printed with numbers, a
heading that had none gets none; in one printed without, all get one but back matter
(acknowledgements, funding ...), as journals do.
"""

import argparse
import re
import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeAlias

import spacy
from spacy.language import Language
from spacy.tokens import Doc, SpanGroup

from spacy_imrad.document.lexicon import is_weak, section_label
from spacy_imrad.document.matter import matter_of
from spacy_imrad.document.naming import named_by
from spacy_imrad.document.outline import Outline, Paragraph, Section
from spacy_imrad.document.paper import Paper, PaperSection
from spacy_imrad.document.stored_outline import store_outline
from spacy_imrad.readers import Source, read_doc
from spacy_imrad.readers.jsonl import read_papers
from spacy_imrad.segmenters.text import outline_text
from spacy_imrad.training.gold_v1 import section_labels

from .texts import DOWNLOAD, read_all

Span: TypeAlias = tuple[int, int]

# Of the corpus, those that come from XML or from a layout: their headings are right.
SOURCES = ("pmc-jats", "acl-cvf-mineru")
LABEL_TARGET = 0.97
HARD_LABEL_TARGET = 0.95
FALSE_TARGET = 1 / 20
HIDDEN_TARGET = 0.005
SECONDS_TARGET = 10.0
MIN_LENGTH = 200
WIDTH = 80
_PRINTED_NUMBER = re.compile(r"^(?:\d+(?:\.\d+)*|[A-Z]\.\d+(?:\.\d+)*)[.):]?\s+")
_ROMAN = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SMALL_WORDS = _words(
    "a an and as at but by for from in into of on or over per the to under up upon "
    "via vs with within without"
)


class Printed(NamedTuple):
    """A heading to be printed: its bare title, its level from 1, its number if any."""

    title: str
    level: int
    number: str


@dataclass
class Written:
    """A paper as text, with its headings' levels (0 for the title) and its paragraphs'
    labels (None where the own heading names none) by their characters."""

    text: str = ""
    headings: dict[Span, int] = field(default_factory=dict)
    paragraphs: dict[Span, str | None] = field(default_factory=dict)


class Style(NamedTuple):
    """A way to write a paper out.

    heading: The heading as it is printed, None where none is.
    tight: Whether its text begins on the next line, not after a blank one.
    run_in: Whether its text begins on the same line.
    lines: The lines that a heading or a paragraph is broken into, one where None.
    blank: Whether a blank line parts them.
    number_lines: What stands before a line, by its number.
    around: What stands before and behind a heading without being part of it.
    """

    heading: Callable[[Printed], str] | None
    tight: bool = False
    run_in: bool = False
    lines: Callable[[str], list[str]] | None = None
    blank: bool = True
    number_lines: Callable[[int], str] | None = None
    around: tuple[str, str] = ("", "")


def _numbered(h: Printed) -> str:
    return f"{h.number} {h.title}" if h.number else h.title


def _numbered_with(mark: str, h: Printed) -> str:
    if not h.number:
        return h.title
    return f"{h.number}{mark if '.' not in h.number else ''} {h.title}"


def _roman(h: Printed) -> str:
    parts = [int(part) for part in h.number.split(".") if part]
    if len(parts) == 1 and parts[0] < len(_ROMAN):
        return f"{_ROMAN[parts[0]]}. {h.title.upper()}"
    if len(parts) == 2 and parts[1] <= 26:
        return f"{chr(64 + parts[1])}. {h.title}"
    return _numbered(h)


def _title_case(h: Printed) -> str:
    words = h.title.split()
    return " ".join(
        word[:1].upper() + word[1:]
        if word.islower() and (i == 0 or word not in _SMALL_WORDS)
        else word
        for i, word in enumerate(words)
    )


def _underlined(h: Printed) -> str:
    return f"{h.title}\n{('=' if h.level == 1 else '-') * max(len(h.title), 3)}"


def _latex(h: Printed) -> str:
    name = ("section", "subsection", "subsubsection")[min(h.level, 3) - 1]
    return f"\\{name}{{{h.title}}}"


def _wiki(h: Printed) -> str:
    marks = "=" * min(h.level + 1, 6)
    return f"{marks} {h.title} {marks}"


def _slips(h: Printed) -> str:
    """As a scanner misreads: l for I."""
    title = h.title.upper() if h.level == 1 else h.title
    return title.replace("I", "l")


def _wrap(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, break_on_hyphens=False, break_long_words=False)


def _sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.?!]) (?=[A-Z])", text)


def _every_line(number: int) -> str:
    return f"{number} "


def _every_fifth(number: int) -> str:
    return f"{number}\t" if number % 5 == 0 else "\t"


def _plain(h: Printed) -> str:
    return h.title


def _capitals(h: Printed) -> str:
    return h.title.upper()


STYLES: dict[str, Style] = {
    "markdown": Style(lambda h: f"{'#' * (h.level + 1)} {_numbered(h)}"),
    "flat markdown": Style(lambda h: f"## {h.title}"),
    "flat, numbered": Style(lambda h: f"## {_numbered(h)}"),
    "underlined": Style(_underlined),
    "LaTeX": Style(_latex),
    "wiki": Style(_wiki),
    "HTML": Style(lambda h: f"<h{h.level + 1}>{h.title}</h{h.level + 1}>"),
    "numbered": Style(_numbered),
    "1. tight": Style(partial(_numbered_with, "."), tight=True),
    "1) tight": Style(partial(_numbered_with, ")"), tight=True),
    "Roman": Style(_roman),
    "capitals": Style(_capitals),
    "capitals, tight": Style(_capitals, tight=True),
    "title case": Style(_title_case),
    "as printed": Style(_plain),
    "bold": Style(lambda h: f"**{h.title}**"),
    "bold, tight": Style(lambda h: f"**{h.title}**", tight=True),
    "colon": Style(lambda h: f"{h.title}:"),
    "footnote": Style(lambda h: f"## {h.title}[^1]"),
    "glyph": Style(lambda h: f"■ {h.title.upper() if h.level == 1 else h.title}"),
    "rules": Style(_capitals, around=(f"{'-' * 60}\n", f"\n{'-' * 60}")),
    "misread": Style(_slips),
    "wrapped": Style(_plain, lines=_wrap),
    "sentence lines": Style(_plain, lines=_sentences, blank=False),
    "run in, bold": Style(lambda h: f"**{h.title}.**", run_in=True),
    "run in, colon": Style(lambda h: f"{h.title}:", run_in=True),
    "RUN IN": Style(lambda h: f"{h.title.upper()}:", run_in=True),
    "line numbers": Style(_plain, lines=_wrap, number_lines=_every_line),
    "every fifth": Style(_plain, lines=_wrap, number_lines=_every_fifth),
    "hidden": Style(None),
    "hidden, wrapped": Style(None, lines=_wrap),
    "hidden, by line": Style(None, lines=_sentences, blank=False),
}
HARD = ("run in, bold", "run in, colon", "RUN IN", "line numbers", "every fifth")


class _Writer:
    def __init__(self, style: Style) -> None:
        self.style = style
        self.written = Written()
        self._pieces: list[str] = []
        self._length = 0
        self._line = 0
        self._open = False

    def heading(self, printed: Printed, level: int, has_text: bool) -> None:
        style = self.style
        if style.heading is None:
            return
        heading = style.heading(printed)
        self._gap()
        self._raw(style.around[0])
        start = self._number()
        for i, line in enumerate(style.lines(heading) if style.lines else [heading]):
            if i:
                self._raw("\n")
                self._number()
            self._raw(line)
        self.written.headings[start, self._length] = level
        self._raw(style.around[1])
        if has_text and style.run_in and level:
            self._raw(" ")
            self._open = True
        elif has_text and style.tight and level:
            self._raw("\n")
            self._open = True

    def paragraph(self, text: str, label: str | None) -> None:
        style = self.style
        if not self._open:
            self._gap()
        self._open = False
        start = self._length
        for i, line in enumerate(style.lines(text) if style.lines else [text]):
            if i:
                self._raw("\n")
            first = self._number()
            start = start if i else first
            self._raw(line)
        self.written.paragraphs[start, self._length] = label

    def _gap(self) -> None:
        if self._pieces:
            self._raw("\n")
            if self.style.blank:
                if self.style.number_lines:
                    self._line += 1
                self._raw("\n")

    def _number(self) -> int:
        if self.style.number_lines:
            self._line += 1
            self._raw(self.style.number_lines(self._line))
        return self._length

    def _raw(self, text: str) -> None:
        self._pieces.append(text)
        self._length += len(text)

    def finish(self) -> Written:
        self.written.text = "".join(self._pieces)
        return self.written


def write_paper(paper: Paper, style: Style) -> Written:
    """Set a paper as text."""
    writer = _Writer(style)
    title = " ".join(paper.title.split())
    if title and style.heading:
        # A title is no heading in brackets, with a colon or run in.
        first = Style(
            (lambda h: f"# {h.title}") if style in MARKDOWN else _plain,
            lines=style.lines,
            number_lines=style.number_lines,
            blank=style.blank,
        )
        writer.style = first
        writer.heading(Printed(title, 1, ""), 0, False)
        writer.style = style
    if paper.abstract.strip() and style.heading:
        writer.heading(Printed("Abstract", 1, ""), 1, True)
        writer.paragraph(" ".join(paper.abstract.split()), None)
    sections = [s for s in paper.sections if s.heading.strip() or s.paragraphs]
    numbers = _numbers(sections)
    shown = section_labels(paper_of(paper, sections), "ancestor")
    for section, number, label in zip(sections, numbers, shown, strict=True):
        title = _PRINTED_NUMBER.sub("", " ".join(section.heading.split()))
        texts = [" ".join(p.split()) for p in section.paragraphs if p.strip()]
        if title:
            printed = Printed(title, section.level, number)
            writer.heading(printed, section.level, bool(texts))
        # Without its heading, a paragraph is judged by the whole paper's rule.
        is_named = label is not None and not is_weak(title)
        own = section_label(title) if is_named else None
        for text in texts:
            writer.paragraph(text, own if style.heading else label)
    return writer.finish()


MARKDOWN = [
    STYLES[s] for s in ("markdown", "flat markdown", "flat, numbered", "footnote")
]


def paper_of(paper: Paper, sections: Sequence[PaperSection]) -> Paper:
    return Paper(paper.id, tuple(sections), title=paper.title, abstract=paper.abstract)


def _numbers(sections: Sequence[PaperSection]) -> Iterator[str]:
    printed = any(section.number for section in sections)
    counters: list[int] = []
    for section in sections:
        if printed:
            is_numbered = bool(section.number)
        else:
            is_numbered = matter_of(section.heading) is None
        if not section.heading.strip() or not is_numbered:
            yield ""
            continue
        level = section.level
        counters = [*counters[:level], *[0] * (level - len(counters))]
        counters[-1] += 1
        yield ".".join(str(count or 1) for count in counters)


@dataclass
class Score:
    papers: int = 0
    headings: int = 0
    found: int = 0
    hits: int = 0
    leveled: int = 0
    right_levels: int = 0
    paragraphs: int = 0
    found_paragraphs: int = 0
    hit_paragraphs: int = 0
    wanted: int = 0
    named: int = 0
    labels: int = 0
    right_labels: int = 0
    known_right: int = 0

    def line(self, style: str) -> str:
        def share(part: int, whole: int) -> str:
            return f"{part / whole:>8.4f}" if whole else f"{'-':>8}"

        both = self.paragraphs + self.found_paragraphs
        return (
            f"{style:<16}{share(self.hits, self.found)}"
            f"{share(self.hits, self.headings)}"
            f"{share(self.right_levels, self.leveled)}"
            f"{share(2 * self.hit_paragraphs, both)}"
            f"{share(self.named, self.wanted)}"
            f"{share(self.right_labels, self.labels)}"
        )


def measure_style(
    papers: Sequence[Paper], name: str, nlp: Language, labelled: int
) -> tuple[Score, list[str]]:
    """labelled: How many of `papers` are given to the pipe.
    RETURNS: The counts, and a line for whatever is wrong.
    """
    score, errors = Score(), []
    style = STYLES[name]
    for number, paper in enumerate(papers):
        written = write_paper(paper, style)
        outline = outline_text(written.text)
        score.papers += 1
        errors += _count_headings(score, written, outline, paper.id)
        wanted = {
            span: label
            for span, label in written.paragraphs.items()
            if label and (style.heading or span[1] - span[0] >= MIN_LENGTH)
        }
        if style.heading:
            score.wanted += len(wanted)
            score.named += len(wanted) - len(_wrong(_named(outline), wanted))
        if number >= labelled:
            continue
        doc = nlp(written.text)
        wrong = _wrong(_labelled(doc), wanted)
        score.labels += len(wanted)
        score.right_labels += len(wanted) - len(wrong)
        errors += [
            f"{label or 'no label'}, not {wanted[span]}: {_shown(written.text, span)}"
            for span, label in wrong.items()
        ]
        if style.heading is None:
            wrong = _wrong(_labelled(nlp(_known(nlp, written))), wanted)
            score.known_right += len(wanted) - len(wrong)
    return score, errors


def _count_headings(
    score: Score, written: Written, outline: Outline, id: str
) -> list[str]:
    text, errors = written.text, []
    found = {(h.start, h.end): h for s in outline.sections if (h := s.heading)}
    hits = found.keys() & written.headings.keys()
    score.found += len(found)
    score.headings += len(written.headings)
    score.hits += len(hits)
    for span in sorted(hits):
        if level := written.headings[span]:
            score.leveled += 1
            score.right_levels += found[span].level == level
            if found[span].level != level:
                errors.append(
                    f"level {found[span].level}, not {level}: {_shown(text, span)}"
                )
    for span in sorted(found.keys() ^ written.headings.keys()):
        kind = "no heading" if span in found else "missed"
        errors.append(f"{kind}: {_shown(text, span)} in {id}")
    paragraphs = {p.start for s in outline.sections for p in s.paragraphs}
    expected = {start for start, _ in written.paragraphs}
    score.paragraphs += len(expected)
    score.found_paragraphs += len(paragraphs)
    score.hit_paragraphs += len(paragraphs & expected)
    return errors


def _shown(text: str, span: Span) -> str:
    return repr(text[span[0] : min(span[1], span[0] + 80)])


def _known(nlp: Language, written: Written) -> Doc:
    """The text with its paragraphs known."""
    doc = nlp.make_doc(written.text)
    paragraphs = tuple(Paragraph(*span) for span in sorted(written.paragraphs))
    store_outline(doc, Outline((Section(None, paragraphs),)))
    return doc


def _named(outline: Outline) -> list[tuple[int, int, str]]:
    """The paragraphs, each with what the headings around it name."""
    found = []
    for index, paragraph in outline.prose():
        titles = (outline.sections[i].title for i in outline.ancestors(index))
        named = named_by(titles)
        found.append((paragraph.start, paragraph.end, named.label if named else ""))
    return found


def _labelled(doc: Doc) -> list[tuple[int, int, str]]:
    return [
        (span.start_char, span.end_char, span.label_)
        for span in doc.spans["imrad_paragraphs"]
    ]


def _wrong(
    found: Sequence[tuple[int, int, str]], wanted: dict[Span, str]
) -> dict[Span, str]:
    """The labels of the paragraphs that have not the wanted one, by the paragraph of
    those found that holds most of each."""
    wrong = {}
    i = 0
    for (start, end), label in sorted(wanted.items()):
        while i < len(found) and found[i][1] <= start:
            i += 1
        best, most, j = "", 0, i
        while j < len(found) and found[j][0] < end:
            shared = min(end, found[j][1]) - max(start, found[j][0])
            if shared > most:
                best, most = found[j][2], shared
            j += 1
        if best != label:
            wrong[start, end] = best
    return wrong


def compare_readings(papers: Iterable[Paper], nlp: Language) -> str:
    """How much of raw Markdown has the label and the scores that the same file has
    through the reader."""
    paragraphs = same = 0
    apart = 0.0
    for paper in papers:
        text = write_paper(paper, STYLES["markdown"]).text
        read = nlp(read_doc(nlp, Source("paper.md", content=text.encode())))
        given = nlp(text)
        raw, file = given.spans["imrad_paragraphs"], read.spans["imrad_paragraphs"]
        matches = SequenceMatcher(None, _openings(raw), _openings(file), autojunk=False)
        for i, j, size in matches.get_matching_blocks():
            ours = raw.attrs["scores"][i : i + size]
            theirs = file.attrs["scores"][j : j + size]
            same += int((ours.argmax(1) == theirs.argmax(1)).sum())
            apart += float(abs(ours - theirs).sum()) / 2
        paragraphs += max(len(raw), len(file))
    return (
        f"raw Markdown: {same / max(paragraphs, 1):.4f} of {paragraphs} paragraphs "
        "have the label that they have through the reader; their scores are "
        f"{apart / max(same, 1):.4f} apart"
    )


def _openings(group: SpanGroup) -> list[str]:
    """The first letters of each paragraph, by which it is known again."""
    return ["".join(filter(str.isalpha, s.text[:200]))[:12] for s in group]


def time_outline(papers: Sequence[Paper], characters: int) -> dict[str, float]:
    """Seconds for a text of that many characters, as Markdown and as hard-wrapped
    plain text."""
    seconds = {}
    for name, style in (("Markdown", "markdown"), ("hard-wrapped", "wrapped")):
        texts = [write_paper(paper, STYLES[style]).text for paper in papers]
        text = "\n\n".join(texts)
        text = (text * (characters // len(text) + 1))[:characters]
        start = time.process_time()
        outline_text(text)
        seconds[name] = time.process_time() - start
    return seconds


def report(
    name: str,
    papers: Sequence[Paper],
    styles: Sequence[str],
    nlp: Language,
    labelled: int,
    show_errors: bool,
) -> bool:
    """Print a table of all styles, and say whether each target is met."""
    print(f"{len(papers)} papers of {name}, labels of the first {labelled}")
    columns = ("P", "R", "level", "par.", "named", "label")
    print(f"{'style':<16}{''.join(f'{c:>8}' for c in columns)}", flush=True)
    met = True
    for style in styles:
        score, errors = measure_style(papers, style, nlp, labelled)
        line = score.line(style)
        if STYLES[style].heading is None:
            false = score.found / max(score.papers, 1)
            known = score.known_right / max(score.labels, 1)
            lost = known - score.right_labels / max(score.labels, 1)
            reached = false <= FALSE_TARGET and lost <= HIDDEN_TARGET
            line += f"  {score.found} false headings, "
            if labelled:
                line += f"{known:.4f} with known paragraphs, "
        else:
            target = HARD_LABEL_TARGET if style in HARD else LABEL_TARGET
            reached = score.right_labels >= target * score.labels
            reached &= bool(labelled) or score.named >= target * score.wanted
            line += f"  {target:.2f} "
        met = met and reached
        print(line + ("met" if reached else "MISSED"), flush=True)
        if show_errors:
            print(*errors, sep="\n")
    print()
    return met


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--wheel", type=Path, help="of allofplos")
    parser.add_argument("--corpus", type=Path, metavar="JSONL_XZ")
    parser.add_argument("--papers", type=int, default=60, help="of each, at most")
    parser.add_argument(
        "--labelled", type=int, default=20, help="of these, given to the pipe; 0: none"
    )
    parser.add_argument("--skip", type=int, default=0, help="papers of each to pass by")
    parser.add_argument("--style", action="append", choices=list(STYLES))
    parser.add_argument("--errors", action="store_true", help="print what is wrong")
    parser.add_argument("--megabytes", type=int, default=10, help="to time; 0: none")
    args = parser.parse_args()
    if args.wheel is None and args.corpus is None:
        parser.error(f"name a --wheel ({DOWNLOAD}) or a --corpus")
    for path in filter(None, (args.wheel, args.corpus)):
        if not path.is_file():
            parser.error(f"there is no file {path}")
    sets: dict[str, Iterable[Paper]] = {}
    if args.corpus is not None:
        papers = read_papers(args.corpus)
        sets[args.corpus.name] = (p for p in papers if p.source in SOURCES)
    if args.wheel is not None:
        sets[args.wheel.name] = read_all(args.wheel)
    nlp = spacy.blank("en")
    nlp.add_pipe("imrad_classifier")
    met, taken = True, []
    for name, found in sets.items():
        taken = list(islice(found, args.skip, args.skip + args.papers))
        if not taken:
            parser.error(f"{name} has no paper of {', '.join(SOURCES)} to take")
        labelled = min(args.labelled, len(taken))
        styles = args.style or list(STYLES)
        met &= report(name, taken, styles, nlp, labelled, args.errors)
        if labelled and "markdown" in styles:
            print(compare_readings(taken[:labelled], nlp), end="\n\n")
    if args.megabytes:
        for name, seconds in time_outline(taken, args.megabytes * 1_000_000).items():
            reached = seconds < SECONDS_TARGET
            met &= reached
            print(
                f"{args.megabytes} MB {name}: {seconds:.1f} s "
                f"({'met' if reached else 'MISSED'}: under {SECONDS_TARGET:.0f} s)"
            )
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
