import subprocess
import sys

import pytest
import spacy
from spacy.tokens import Doc, SpanGroup

from spacy_imrad.segmenters import make_span_group_segmenter_v1

LAYOUT = [
    ("page_header", "Journal of Ponds"),
    ("title", "Frogs at Night"),
    ("text", "Ada Byron, Charles Gauss"),
    ("section_header", "Abstract"),
    ("text", "Frogs call at night, and we say why."),
    ("section_header", "1 Introduction"),
    ("text", "Frogs are loud."),
    ("section_header", "2 Methods"),
    ("section_header", "2.1 Ponds"),
    ("text", "We went to three ponds."),
    ("list_item", "the near pond"),
    ("list_item", "the far pond"),
    ("table", "TABLE"),
    ("caption", "Table 1: Ponds."),
    ("formula", "f = n / t"),
    ("code", "print(frogs)"),
    ("page_footer", "2"),
    ("section_header", "References"),
    ("list_item", "A. Byron. On Frogs."),
]


@pytest.fixture(scope="module")
def nlp():
    return spacy.blank("en")


def make_doc(nlp, items, key="layout") -> Doc:
    text, places = "", []
    for label, content in items:
        places.append((len(text), len(text) + len(content), label))
        text += content + "\n\n"
    doc = nlp.make_doc(text)
    doc.spans[key] = SpanGroup(
        doc, spans=[doc.char_span(s, e, label=label) for s, e, label in places]
    )
    return doc


def test_layout(nlp):
    doc = make_doc(nlp, LAYOUT)
    outline = make_span_group_segmenter_v1()(doc)
    assert [
        (s.heading and s.heading.title, s.heading and s.heading.level, s.parent)
        for s in outline.sections
    ] == [
        ("Frogs at Night", 1, None),
        ("Abstract", 1, None),
        ("Introduction", 1, None),
        ("Methods", 1, None),
        ("Ponds", 2, 3),
        ("References", 1, None),
    ]
    assert [s.matter for s in outline.sections] == [
        *("front", "front", "body", "body", "body", "back")
    ]
    ponds = outline.sections[4]
    assert [p.kind for p in ponds.paragraphs] == [
        *("text", "list", "list", "table", "caption", "formula", "code")
    ]
    heading = ponds.heading
    assert doc.text[heading.start : heading.end] == "2.1 Ponds"
    covered = " ".join(
        doc.text[p.start : p.end] for s in outline.sections for p in s.paragraphs
    )
    assert "Journal of Ponds" not in covered


FROGS = "Frogs call at night, and nobody has counted how many of them there are."


@pytest.mark.parametrize(
    "items",
    [
        [("text", "{title}"), ("text", FROGS)],
        [("section_header", "{title}"), ("text", FROGS)],
        [("text", "{title}: " + FROGS)],
        [("text", "{title}:\n" + FROGS)],
    ],
)
def test_headings_that_are_text(nlp, items):
    titles = ["INTRODUCTION", "METHODS", "RESULTS", "DISCUSSION"]
    spans = [(label, text.format(title=t)) for t in titles for label, text in items]
    doc = make_doc(nlp, [("title", "Frogs at Night"), *spans])
    sections = make_span_group_segmenter_v1()(doc).sections[1:]
    assert [s.heading and (s.heading.title, s.heading.level) for s in sections] == [
        (title, 1) for title in titles
    ]
    assert {doc.text[p.start : p.end] for s in sections for p in s.paragraphs} == {
        FROGS
    }


def test_own_group_and_labels(nlp):
    items = [("h", "Methods"), ("", "We count."), ("p", "We rest."), ("x", "Noise")]
    doc = make_doc(nlp, items, key="mine")
    segment = make_span_group_segmenter_v1("mine", ["h"], ["x"])
    (section,) = segment(doc).sections
    assert section.heading.title == "Methods"
    assert [doc.text[p.start : p.end] for p in section.paragraphs] == [
        "We count.",
        "We rest.",
    ]


def test_missing_group_says_what_to_do(nlp):
    doc = make_doc(nlp, LAYOUT, key="other")
    with pytest.raises(ValueError, match=r"'layout'.*'other'.*Set `key`"):
        make_span_group_segmenter_v1()(doc)
    with pytest.raises(ValueError, match="it has none"):
        make_span_group_segmenter_v1()(nlp("No group at all."))


def test_empty_group(nlp):
    assert make_span_group_segmenter_v1()(make_doc(nlp, [])).sections == ()


def test_overlapping_and_unordered_spans(nlp):
    doc = nlp("One two three four five six")
    doc.spans["layout"] = [doc[3:5], doc[0:4], doc[0:2], doc[5:6]]
    (section,) = make_span_group_segmenter_v1()(doc).sections
    assert [doc.text[p.start : p.end] for p in section.paragraphs] == [
        "One two three four",
        "six",
    ]


def test_import_is_light():
    """spaCy itself imports torch where it is installed; we add nothing to that."""
    code = (
        "import sys, spacy.tokens; before = set(sys.modules);"
        "import spacy_imrad.segmenters;"
        "assert not {'torch', 'transformers'} & (sys.modules.keys() - before)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
