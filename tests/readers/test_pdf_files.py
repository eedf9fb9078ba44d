"""Whole PDF files, each with something that publishers print and readers trip over."""

import random
import re

import pytest
from pdfs import Printed, make_pdf

SENTENCE = (
    "Snow fell on the old bridge and the salt that was spread on it did not help."
)
HASHED = {
    "Times-Roman": "AdvP4C4E74",
    "Times-Bold": "AdvP4C4E51",
    "Times-Italic": "AdvP4C4E59",
}


def text(left, top, lines, *, length=80, size=10.0, font="Times-Roman"):
    """A paragraph of some lines; the last is short and ends its sentence."""
    full = f"{SENTENCE} {SENTENCE}"[:length].rstrip()
    shown = [full] * (lines - 1) + ["It did not help at all."]
    return [
        Printed(line, left, top - 12 * i, size, font) for i, line in enumerate(shown)
    ]


def paper_of(read, pages, **settings):
    return read("paper.pdf", make_pdf(pages, **settings))


def headings(paper):
    return [(s.heading, s.level) for s in paper.sections if s.heading]


def one_column(titles, *, size=10.0, font="Times-Bold", lines=6):
    """Headings with a paragraph below each, down a page."""
    printed, top = [], 740
    for title in titles:
        printed.append(Printed(title, 72, top, size, font))
        printed += text(72, top - 18, lines)
        top -= 18 + 12 * lines + 20
    return printed


def test_no_matter_swallows_the_paper(read):
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
    paper = paper_of(read, [page])
    assert headings(paper) == [("Introduction", 1), ("Methods", 1), ("Results", 1)]
    assert len(paper.abstract.split()) < 100
    assert not paper.warnings


def test_headings_are_known_by_their_use_and_not_by_the_names_of_fonts(read):
    titles = ["Study sites", "Counts of falls", "Spreading of salt", "Night falls"]
    paper = paper_of(read, [one_column(titles, font="Times-Italic")], names=HASHED)
    assert [heading for heading, _ in headings(paper)] == titles


def test_small_capitals_have_the_size_of_their_initials(read):
    def capitals(title, top):
        printed, left = [], 72.0
        for word in title.split():
            printed.append(Printed(word[0], left, top, 10.0))
            printed.append(Printed(word[1:].upper(), left + 4, top, 8.0))
            left += 14 + 6 * len(word)
        return printed

    page = []
    for i, title in enumerate(["Introduction", "Results", "Summary"]):
        page += [*capitals(title, 740 - 110 * i), *text(72, 722 - 110 * i, 6)]
    assert [h.lower() for h, _ in headings(paper_of(read, [page]))] == [
        "introduction",
        "results",
        "summary",
    ]


def test_running_matter_anywhere_on_the_page(read):
    pages = []
    for number, title in enumerate(["Introduction", "Methods", "Results"]):
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
    paper = paper_of(read, pages)
    assert [heading for heading, _ in headings(paper)] == [
        "Introduction",
        "Methods",
        "Results",
    ]
    printed = " ".join(p for s in paper.sections for p in s.paragraphs)
    assert not re.search("Journal|Access|Downloaded|XSL|page", printed)


def test_pages_that_are_alike_keep_their_text(read):
    page = one_column(["Introduction", "Methods", "Results"])
    found = [heading for heading, _ in headings(paper_of(read, [page] * 20))]
    assert found.count("Methods") == found.count("Results") == 20


@pytest.mark.parametrize("columns", [2, 3])
def test_columns_with_a_title_over_them(read, columns):
    lefts = [40, 320] if columns == 2 else [40, 225, 410]
    length = 48 if columns == 2 else 32
    titles = ["Introduction", "Methods", "Results"][:columns]
    page = [Printed("On the Gritting of Old Bridges in Winter", 120, 750, 18.0)]
    rows = []
    for left, title in zip(lefts, titles, strict=True):
        rows.append(Printed(title, left, 700, 11.0, "Times-Bold"))
        rows += text(left, 684, 20, length=length)
    # As files have them that print row by row.
    page += sorted(rows, key=lambda printed: -printed.baseline)
    paper = paper_of(read, [page])
    assert [heading for heading, _ in headings(paper)] == titles
    assert [len(section.paragraphs) for section in paper.sections] == [1] * columns


def test_stacked_headings_are_two(read):
    page = [
        *one_column(["INTRODUCTION", "METHODS"], lines=8),
        Printed("DISCUSSION AND REVIEW", 72, 450, 10.0, "Times-Bold"),
        Printed("Spatial patterns of snow", 72, 438, 10.0, "Times-Bold"),
        *text(72, 420, 8),
        Printed("Patterns of salt", 72, 310, 10.0, "Times-Bold"),
        *text(72, 292, 8),
    ]
    found = [heading for heading, _ in headings(paper_of(read, [page]))]
    assert found[2:] == [
        "DISCUSSION AND REVIEW",
        "Spatial patterns of snow",
        "Patterns of salt",
    ]


def test_figures_tables_and_captions_head_nothing(read):
    page = [
        *one_column(["1 Introduction", "2 Results"]),
        Printed("Control", 90, 470, 10.0, "Helvetica-Bold"),
        Printed("Salted", 300, 470, 10.0, "Helvetica-Bold"),
        Printed("12.5", 90, 455, 10.0),
        Printed("13.5", 300, 455, 10.0),
        Printed("S2 Fig. Falls of snow by night", 72, 430, 10.0, "Times-Bold"),
        Printed("(TIF)", 72, 415, 10.0, "Times-Bold"),
        *text(72, 390, 5),
        Printed("3 Discussion", 72, 300, 10.0, "Times-Bold"),
        *text(72, 282, 5),
    ]
    assert [heading for heading, _ in headings(paper_of(read, [page]))] == [
        "1 Introduction",
        "2 Results",
        "3 Discussion",
    ]


def test_what_is_doubtful_is_said(read):
    shift = str.maketrans({chr(c): chr((c - 97 + 3) % 26 + 97) for c in range(97, 123)})
    garbled = [
        line._replace(text=line.text.translate(shift)) for line in text(72, 700, 45)
    ]
    (unreadable, *_) = paper_of(read, [garbled]).warnings
    assert unreadable.startswith("Unreadable text")
    scans = [[Printed("Stamped here", 72, 700)]] + [[] for _ in range(17)]
    warnings = paper_of(read, scans).warnings
    assert warnings[0].startswith("Few words: 2 on 18 pages")
    assert any("No heading" in warning for warning in warnings)


def test_a_paragraph_goes_on_behind_a_formula_and_a_page(read):
    first = [Printed("Methods", 72, 740, 12.0, "Times-Bold"), *text(72, 720, 50)[:-1]]
    second = [Printed(line.text.lower(), *line[1:]) for line in text(72, 740, 6)]
    (section,) = paper_of(read, [first, second]).sections
    assert len(section.paragraphs) == 1


def _mutants(seed, count):
    """PDF files with bytes, objects and streams changed."""
    chance = random.Random(seed)
    whole = make_pdf([one_column(["Introduction", "Methods"])] * 3, names=HASHED)
    for _ in range(count):
        content = bytearray(whole)
        for _ in range(chance.choice((1, 4, 40))):
            at = chance.randrange(len(content))
            what = chance.randrange(4)
            if what == 0:
                content[at] = chance.randrange(256)
            elif what == 1:
                del content[at : at + chance.randrange(1, 400)]
            elif what == 2:
                content[at:at] = content[: chance.randrange(200)]
            else:
                number = str(chance.choice((0, -1, 7, 2**31, 10**30))).encode()
                content[at : at + len(number)] = number
        yield bytes(content)


def test_damaged_files_raise_what_is_documented(read):
    whole = make_pdf([one_column(["Introduction"])])
    edges = [
        b"%PDF-1.4\n%%EOF",
        make_pdf([]),
        whole.replace(b"/MediaBox [0 0 612 792]", b"/MediaBox [0 0 0 0] /Rotate 90"),
        whole.replace(b"/MediaBox [0 0 612 792]", b"/MediaBox [9 9 1e30 -1e30]"),
        whole.replace(b"/Count 1", b"/Count 99999"),
        whole.replace(b"/Root 1 0 R", b"/Root 2 0 R"),
        whole.replace(
            b"/Root 1 0 R",
            b"/Root 1 0 R /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O (a) "
            b"/U (b) >>",
        ),
    ]
    read_well = 0
    for content in [*edges, *_mutants(26, 300)]:
        try:
            read_well += bool(read("paper.pdf", content).sections)
        except (ValueError, OSError):
            continue
    assert read_well > 100
