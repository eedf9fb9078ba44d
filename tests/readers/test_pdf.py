"""Layout, on pages that a test describes; whole PDF files are in test_same_paper.py."""

import re

import pytest

from spacy_imrad.readers.pdf import paper_from_pages
from spacy_imrad.readers.pdf.hyphens import join_lines
from spacy_imrad.readers.pdf.lines import Line, Page, is_garbled
from spacy_imrad.readers.pdf.marks import mark_text, settle_marks

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


# --- What is printed round and beside the text --------------------------------------


def page(lines, number=0):
    for one in lines:
        one.page = number
    return Page(612, 792, lines)


def test_line_numbers_of_manuscripts_are_left_out():
    numbers = [
        line(str(i + 1), 50, 640 - 24 * i, right=56, size=6.0) for i in range(20)
    ]
    body = [line(WORDS, 72, 640 - 24 * i, right=540) for i in range(20)]
    paper = paper_from_pages([page([*body, *numbers])])
    (section,) = paper.sections
    assert not any(char.isdigit() for text in section.paragraphs for char in text)


def test_headers_with_page_numbers_on_either_side():
    pages = []
    for number in range(4):
        header = f"{number + 7} A. Moen" if number % 2 else f"Of bridges {number + 7}"
        body = column(72, 540, 700, [WORDS] * 30)
        pages.append(page([line(header, 72, 760), *body], number))
    pages[1].lines.insert(1, line("2 Methods", 72, 720, size=14.0, bold=1.0))
    paper = paper_from_pages(pages)
    text = " ".join(text for s in paper.sections for text in s.paragraphs)
    assert "Moen" not in text
    assert "Of bridges" not in text
    assert [s.heading for s in paper.sections if s.heading] == ["2 Methods"]


def test_headings_in_italics_and_in_the_line_of_their_paragraph():
    lines = [
        line("1. Methods", 72, 700, bold=1.0),
        line("1.1. Sites of the survey", 72, 670),
        *column(72, 540, 650, [WORDS] * 3),
        line("1.1.1. Night counts. We counted at night, and we went on until", 72, 590),
        *column(72, 540, 578, [WORDS] * 3),
        line(
            "Theorem 1. All bridges that we counted on are of wood, or nearly", 72, 520
        ),
        *column(72, 540, 508, [WORDS] * 3),
    ]
    lines[1].italic = 1.0
    lines[5].lead, lines[5].right = "1.1.1. Night counts.", 540
    lines[9].lead, lines[9].right = "Theorem 1.", 540
    methods, sites, counts = paper_from_pages([page(lines)]).sections
    assert (methods.heading, methods.level) == ("1. Methods", 1)
    assert (sites.heading, sites.level) == ("1.1. Sites of the survey", 2)
    assert (counts.heading, counts.level) == ("1.1.1. Night counts", 3)
    first, second = counts.paragraphs
    assert first.startswith("We counted at night, and we went on until snow fell")
    assert second.startswith("Theorem 1. All bridges")


def test_roman_numbers_letters_and_items():
    lines = []
    for i, text in enumerate(
        ["I. METHODS", "A. Sites", "B. Counts", "II. RESULTS", "A. Falls"]
    ):
        lines.append(line(text, 72, 720 - 80 * i))
        lines += column(72, 540, 700 - 80 * i, [WORDS] * 4)
    for one in lines:
        one.italic = float(one.text[:2] in ("A.", "B."))
    sections = paper_from_pages([page(lines)]).sections
    assert [s.level for s in sections] == [1, 2, 2, 1, 2]


def test_tables_of_contents_and_code_head_nothing():
    code = [line("> plot(bridges)", 72, 400, bold=1.0), *column(72, 540, 370, [WORDS])]
    code[0].code = 1.0
    lines = [
        line("Contents", 72, 700, size=14.0),
        line("2 Results . . . . . . . . . . . . 7", 72, 670, bold=1.0),
        line("1 Introduction", 72, 600, size=14.0),
        *column(72, 540, 570, [WORDS] * 4),
        *code,
    ]
    contents, introduction = paper_from_pages([page(lines)]).sections
    assert (contents.heading, contents.paragraphs) == ("Contents", ())
    assert introduction.heading == "1 Introduction"
    assert [aside.kind for aside in introduction.asides] == ["code"]


def test_references_without_a_heading_are_back_matter():
    lines = [
        line("Discussion", 72, 700, size=14.0),
        *column(72, 540, 670, [WORDS] * 3),
        line("[1] A. Moen. On old snow. Journal of Snow, 1 (2014).", 72, 600),
        line("[2] B. Tan. On new snow. Journal of Snow, 2 (2015).", 72, 580),
    ]
    discussion, references = paper_from_pages([page(lines)]).sections
    assert len(discussion.paragraphs) == 1
    assert (references.heading, references.matter) == ("", "back")


def test_a_list_is_one_paragraph():
    lines = [
        *column(72, 540, 700, [WORDS] * 3),
        line("• We counted falls on twelve bridges.", 82, 640),
        line("• We spread salt.", 82, 615),
    ]
    (section,) = paper_from_pages([page(lines)]).sections
    assert section.paragraphs[1:] == (
        "• We counted falls on twelve bridges. • We spread salt.",
    )


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["It fell.<1> Then", "<1> At night."], ["It fell. Then", "1 At night."]),
        (["as before<3,4> and"], ["as before [3,4] and"]),
        (["of 10<5> m<2>"], ["of 10^5 m^2"]),
        (["A. Moen<∗> and", "<∗> Snow"], ["A. Moen and", "∗ Snow"]),
        (["the 1<st> night"], ["the 1st night"]),
    ],
)
def test_raised_marks(lines, expected):
    marked = []
    for text in lines:
        parts = re.split("[<>]", text)
        shown = ""
        for i, part in enumerate(parts):
            shown += mark_text(part, shown) if i % 2 else part
        marked.append(shown)
    settled = settle_marks(marked)
    assert [text for text, _ in settled] == expected
    assert [is_marked for _, is_marked in settled] == [x[0] == "<" for x in lines]


def test_fonts_that_do_not_say_which_letters_they_print():
    garbled = [page([line("❆♥❛❧②s✐♥❣ r❡♣❧✐❝❛t❡❞ ♣♦✐♥t ♣❛tt❡r♥s ✐♥ s♣❛tst❛t", 72, 700)])]
    assert is_garbled(garbled)
    assert not is_garbled([page([line("Analysing patterns ✓", 72, 700)])])


def test_thousands_of_short_blocks():
    lines = []
    for i in range(3000):
        lines += [
            line("first words", 50, 99000 - 54 * i),
            line("second words", 50, 98988 - 54 * i),
        ]
    paper = paper_from_pages([Page(612, 99100, [line(WORDS, 50, 99050), *lines])])
    text = " ".join(text for s in paper.sections for text in s.paragraphs)
    assert text.count("first words second words") == 3000
