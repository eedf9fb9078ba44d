"""Nine PDF files, each with a fault that papers were misread by, and what is right.

`scripts/fault_pdfs.py` writes them into a folder.
"""

from dataclasses import dataclass
from itertools import chain

from pdfs import Printed, make_pdf

SENTENCE = (
    "Snow fell on the old bridge and the salt that was spread on it did not help."
)
HASHED = {
    "Times-Roman": "AdvP4C4E74",
    "Times-Bold": "AdvP4C4E51",
    "Times-Italic": "AdvP4C4E59",
}


@dataclass(frozen=True)
class Fault:
    """A PDF file and how it has to be read.

    headings: What its headings are, with their levels.
    paragraphs: How many paragraphs each section has; None: any number.
    absent: What is in no heading and no paragraph.
    abstract: The most words that its abstract has.
    warning: What the first warning begins with; empty if there is none.
    """

    content: bytes
    headings: list[tuple[str, int]]
    paragraphs: list[int] | None = None
    absent: tuple[str, ...] = ()
    abstract: int = 0
    warning: str = ""


def text(left, top, lines, *, length=80, size=10.0, font="Times-Roman"):
    """A paragraph of some lines; the last is short and ends its sentence."""
    full = f"{SENTENCE} {SENTENCE}"[:length].rstrip()
    shown = [full] * (lines - 1) + ["It did not help at all."]
    return [
        Printed(line, left, top - 12 * i, size, font) for i, line in enumerate(shown)
    ]


def one_column(titles, *, size=10.0, font="Times-Bold", lines=6):
    """Headings with a paragraph below each, down a page."""
    printed, top = [], 740
    for title in titles:
        printed.append(Printed(title, 72, top, size, font))
        printed += text(72, top - 18, lines)
        top -= 18 + 12 * lines + 20
    return printed


def matter_swallows():
    page = [
        Printed("On the Gritting of Bridges", 72, 750, 18.0),
        Printed("OPEN ACCESS", 72, 720, 12.0, "Helvetica-Bold"),
        Printed("Citation: Moen A (2015) On the Gritting of Bridges.", 72, 705, 8.0),
        Printed("Corresponding Author:", 72, 690, 10.0, "Helvetica-Bold"),
        Printed("Ada Moen, Institute of Frost", 72, 678, 8.0),
        Printed("Abstract", 72, 650, 14.0, "Times-Bold"),
        *text(72, 632, 4),
        Printed("Introduction", 72, 560, 11.0, "Times-Bold"),
        *text(72, 542, 6),
        Printed("Methods", 72, 440, 11.0, "Times-Bold"),
        *text(72, 422, 6),
        Printed("Results", 72, 320, 11.0, "Times-Bold"),
        *text(72, 302, 6),
    ]
    found = [("Introduction", 1), ("Methods", 1), ("Results", 1)]
    return Fault(make_pdf([page]), found, abstract=100)


def hashed_fonts():
    titles = ["Study sites", "Counts of falls", "Spreading of salt", "Night falls"]
    page = one_column(titles, font="Times-Italic")
    return Fault(make_pdf([page], names=HASHED), [(title, 1) for title in titles])


def small_capitals():
    page, titles = [], ["INTRODUCTION", "RESULTS", "SUMMARY"]
    for i, title in enumerate(titles):
        top = 740 - 110 * i
        page.append(Printed(title[0], 72, top, 10.0))
        page.append(Printed(title[1:], 76, top, 8.0))
        page += text(72, top - 18, 6)
    return Fault(make_pdf([page]), [(title, 1) for title in titles])


def running_matter():
    pages, titles = [], ["Introduction", "Methods", "Results"]
    for number, title in enumerate(titles):
        below = [
            line._replace(text=f"{title}: {line.text}")
            for line in (*text(72, 722, 6), *text(72, 280, 5))
        ]
        pages.append(
            [
                Printed("Journal of Snow", 72, 770, 8.0),
                Printed("Open Access", 480, 758, 11.0, "Helvetica-Bold"),
                Printed(title, 72, 740, 10.0, "Times-Bold"),
                *below,
                Printed("Downloaded", 560, 400, 8.0),
                Printed("XSL FO", 300, 300, 11.0, "Helvetica-Bold"),
                Printed(f"page {number + 1}", 300, 30, 8.0),
            ]
        )
    absent = ("Journal", "Access", "Downloaded", "XSL", "page")
    return Fault(make_pdf(pages), [(title, 1) for title in titles], absent=absent)


def columns(lefts=(40, 225, 410), length=32):
    titles = ["Introduction", "Methods", "Results"][: len(lefts)]
    rows = []
    for left, title in zip(lefts, titles, strict=True):
        rows.append(Printed(title, left, 700, 11.0, "Times-Bold"))
        rows += text(left, 684, 20, length=length)
    page = [
        Printed("On the Gritting of Old Bridges in Winter", 120, 750, 18.0),
        # As files have them that print row by row.
        *sorted(rows, key=lambda printed: -printed.baseline),
    ]
    return Fault(make_pdf([page]), [(title, 1) for title in titles], [1] * len(titles))


def stacked_headings():
    page = [
        *one_column(["INTRODUCTION", "METHODS"], lines=8),
        Printed("DISCUSSION AND REVIEW", 72, 450, 10.0, "Times-Bold"),
        Printed("Spatial patterns of snow", 72, 438, 10.0, "Times-Bold"),
        *text(72, 420, 8),
        Printed("Patterns of salt", 72, 310, 10.0, "Times-Bold"),
        *text(72, 292, 8),
    ]
    found = [
        ("INTRODUCTION", 1),
        ("METHODS", 1),
        ("DISCUSSION AND REVIEW", 1),
        ("Spatial patterns of snow", 2),
        ("Patterns of salt", 2),
    ]
    return Fault(make_pdf([page]), found)


def false_headings():
    page = [
        *one_column(["1 Introduction", "2 Results"]),
        Printed("Control", 90, 470, 10.0, "Helvetica-Bold"),
        Printed("Salted", 300, 470, 10.0, "Helvetica-Bold"),
        Printed("12.5", 90, 455, 10.0),
        Printed("13.5", 300, 455, 10.0),
        Printed("S2 Fig. Falls of snow by night", 72, 430, 10.0, "Times-Bold"),
        Printed("(TIF)", 72, 415, 10.0, "Times-Bold"),
        *text(72, 390, 4),
        Printed("Invariant 1.", 72, 340, 10.0, "Times-Bold"),
        Printed("No bridge is gritted twice in one night of snow.", 132, 340, 10.0),
        *text(72, 322, 1),
        Printed("3 Discussion", 72, 290, 10.0, "Times-Bold"),
        *text(72, 272, 5),
    ]
    titles = ["1 Introduction", "2 Results", "3 Discussion"]
    return Fault(make_pdf([page]), [(title, 1) for title in titles])


def letters_mapped_to_others():
    shift = str.maketrans({chr(c): chr((c - 97 + 3) % 26 + 97) for c in range(97, 123)})
    lines = [
        line._replace(text=line.text.translate(shift)) for line in text(72, 700, 45)
    ]
    return Fault(make_pdf([lines]), [], warning="Unreadable text")


def broken_paragraphs():
    """By a formula, a column's end and a page's."""
    head = [Printed("Methods", 72, 740, 12.0, "Times-Bold")]
    above = text(72, 720, 20)[:-1]
    formula = [Printed("s = 2 t + 1", 250, 470, 10.0, "Times-Italic")]
    below = [
        Printed(line.text[:1].lower() + line.text[1:], *line[1:])
        for line in text(72, 448, 30)[:-1]
    ]
    second = [Printed(line.text.lower(), *line[1:]) for line in text(72, 740, 6)]
    content = make_pdf([[*head, *above, *formula, *below], second])
    return Fault(content, [("Methods", 1)], [1])


FAULTS = {
    fault.__name__: fault
    for fault in (
        matter_swallows,
        hashed_fonts,
        small_capitals,
        running_matter,
        columns,
        stacked_headings,
        false_headings,
        letters_mapped_to_others,
        broken_paragraphs,
    )
}


def printed(paper):
    """All headings and paragraphs of a paper."""
    parts = ((section.heading, *section.paragraphs) for section in paper.sections)
    return " ".join(chain.from_iterable(parts))
