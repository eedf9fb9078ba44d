"""Whole PDF files, each with something that publishers print and readers trip over."""

import json
import random
from pathlib import Path

import pytest
from faults import FAULTS, HASHED, columns, one_column, printed, text
from pdfs import Printed, make_pdf

from spacy_imrad.readers import read_paper

CASES = Path(__file__).parent / "pdf_cases"
ANSWERS = json.loads((CASES / "answers.json").read_text())


def paper_of(read, pages, **settings):
    return read("paper.pdf", make_pdf(pages, **settings))


def headings(paper):
    return [(s.heading, s.level) for s in paper.sections if s.heading]


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_read_right(read, name):
    right = FAULTS[name]()
    paper = read("paper.pdf", right.content)
    assert headings(paper) == right.headings
    assert "".join(paper.warnings[:1]).startswith(right.warning)
    assert bool(paper.warnings) == bool(right.warning)
    assert len(paper.abstract.split()) <= right.abstract
    if right.paragraphs is not None:
        found = [len(s.paragraphs) for s in paper.sections if s.heading]
        assert found == right.paragraphs
    assert not [word for word in right.absent if word in printed(paper)]


@pytest.mark.parametrize("name", ANSWERS)
def test_a_case_is_read_right(name):
    paper = read_paper(CASES / f"{name}.pdf")
    assert headings(paper) == [tuple(heading) for heading in ANSWERS[name]]
    assert paper.title == "Harbour lamps and the herring"
    assert not paper.warnings


def test_pages_that_are_alike_keep_their_text(read):
    page = one_column(["Introduction", "Methods", "Results"])
    found = [heading for heading, _ in headings(paper_of(read, [page] * 20))]
    assert found.count("Methods") == found.count("Results") == 20


def test_two_columns_with_a_title_over_them(read):
    right = columns((40, 320), 48)
    paper = read("paper.pdf", right.content)
    assert headings(paper) == right.headings
    assert [len(section.paragraphs) for section in paper.sections] == [1, 1]


# Set as the text is, without a line between.
PLAIN = [
    Printed("Introduction", 72, 740),
    *text(72, 728, 5),
    Printed("Where the bridges are that we counted on", 72, 668),
    *text(72, 656, 5),
    Printed("Results", 72, 596),
    *text(72, 584, 5),
    Printed("Discussion", 72, 524),
    *text(72, 512, 5),
]
MARKED = [
    ("Introduction", 1),
    ("Where the bridges are that we counted on", 2),
    ("Results", 1),
    ("Discussion", 1),
]


def test_headings_that_the_structure_tree_marks(read):
    paper = paper_of(read, [PLAIN], tags=dict(MARKED))
    assert headings(paper) == MARKED
    assert [len(section.paragraphs) for section in paper.sections] == [1] * 4


@pytest.mark.parametrize("off", [0, 1])
def test_headings_that_bookmarks_mark_where_they_are_printed(read, off):
    bookmarks = [(title, off) for title, _ in MARKED]
    bookmarks += [("The second edition", 0), ("Snow fell on the old", 0), ("A", 0)]
    second = text(72, 740, 30)
    paper = paper_of(read, [PLAIN, second], bookmarks=bookmarks)
    assert [heading for heading, _ in headings(paper)] == [title for title, _ in MARKED]


def test_a_scan_with_a_stamp_on_it_is_said(read):
    scans = [[Printed("Stamped here", 72, 700)]] + [[] for _ in range(17)]
    warnings = paper_of(read, scans).warnings
    assert warnings[0].startswith("Few words: 2 on 18 pages")
    assert any("No heading" in warning for warning in warnings)


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
        whole.replace(
            b"/MediaBox [0 0 612 792]", b"/MediaBox [0 0 612 792] /Rotate 90"
        ),
        whole.replace(b"BT /F", b"-1 0 0 1 612 0 cm BT /F", 1),
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
