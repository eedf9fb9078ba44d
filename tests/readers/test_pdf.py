"""Layout, on pages that a test describes; whole PDF files are in test_same_paper.py."""

import pytest

from spacy_imrad.readers.pdf import paper_from_pages
from spacy_imrad.readers.pdf_layout import join_lines
from spacy_imrad.readers.pdf_lines import Line, Page

WORDS = "snow fell on the old bridge and the salt that was spread on it did not help "


def line(text, left, baseline, *, right=None, size=10.0, page=0, bold=0.0):
    right = left + 5 * len(text) if right is None else right
    return Line(text, page, left, right, baseline, size, bold, 0.0)


def column(left, right, top, lines, *, page=0, size=10.0):
    """Lines that fill a column from the top."""
    return [
        line(text, left, top - 12 * i, right=right, page=page, size=size)
        for i, text in enumerate(lines)
    ]


def test_two_columns_running_headers_and_page_numbers():
    pages = []
    for number in range(3):
        left = column(72, 300, 650, [f"Left {number} {WORDS}"] * 30, page=number)
        right = column(312, 540, 650, [f"right {number} {WORDS}"] * 30, page=number)
        header = line("Salt and snow", 72, 760, page=number)
        footer = line(str(number + 1), 300, 30, page=number)
        # The order of the file need not be that of reading.
        pages.append(Page(612, 792, [*right, header, *left, footer]))
    heading = line("1 Introduction", 72, 680, size=14.0, bold=1.0)
    title = line("How Often Should a Bridge Be Gritted?", 150, 730, size=18.0)
    pages[0].lines += [title, heading]
    paper = paper_from_pages(pages)
    assert paper.title == "How Often Should a Bridge Be Gritted?"
    (section,) = paper.sections
    assert section.heading == "1 Introduction"
    text = " ".join(section.paragraphs)
    places = [text.index(f"Left {n}") for n in range(3)]
    places += [text.index(f"right {n}") for n in range(3)]
    assert sorted(places) == [places[i] for i in (0, 3, 1, 4, 2, 5)]
    assert "Salt and snow" not in text
    # No column ended a sentence.
    assert len(section.paragraphs) == 1


def test_captions_footnotes_and_heading_ranks():
    body = column(72, 540, 640, [WORDS] * 20)
    more = column(72, 540, 300, [WORDS] * 3)
    lines = [
        line("Methods", 72, 670, size=14.0),
        *body,
        line("Figure 1: The pit.", 72, 380, size=9.0),
        line("Sites", 72, 330, size=12.0),
        *more,
        line("1 Reports of night falls.", 72, 120, size=8.0),
    ]
    paper = paper_from_pages([Page(612, 792, lines)])
    methods, sites = paper.sections
    assert (methods.level, sites.level) == (1, 2)
    assert [aside.text for aside in methods.asides] == ["Figure 1: The pit."]
    assert [aside.text for aside in sites.asides] == ["1 Reports of night falls."]


@pytest.mark.parametrize(
    ("lines", "words", "text"),
    [
        (["the foot-", "bridge"], [], "the footbridge"),
        (["a well-", "known bridge"], ["well-known"], "a well-known bridge"),
        (["the foot-", "bridge"], ["foot-bridge", "footbridge"], "the footbridge"),
        (["in 1990-", "2000"], [], "in 1990- 2000"),
        (["Moen-", "Tan"], [], "Moen- Tan"),
    ],
)
def test_hyphens_at_the_ends_of_lines(lines, words, text):
    assert join_lines(lines, frozenset(words)) == text


def test_pdf_files_that_can_not_be_read(read):
    pytest.importorskip("pypdfium2")
    with pytest.raises(ValueError, match=r"a\.pdf: not readable as a PDF"):
        read("a.pdf", b"%PDF-1.7\n\xe2\xe3")
    import io

    import pypdfium2

    document = pypdfium2.PdfDocument.new()
    document.new_page(200, 200)
    content = io.BytesIO()
    document.save(content)
    with pytest.raises(ValueError, match="without a text layer"):
        read("scan.pdf", content.getvalue())
