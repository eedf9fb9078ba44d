"""Docs of spacy-layout: by the package itself where it is installed, and by hand in the
same shape."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from spacy.language import Language
from spacy.tokens import Doc, DocBin, Span, SpanGroup

ITEMS = (
    ("title", "Frogs at Night"),
    ("section_header", "1 Introduction"),
    ("text", "Frogs are loud. Nobody in Lund asks why."),
    ("section_header", "2 Methods"),
    ("text", "We went to three ponds near Lund."),
    ("list_item", "the near pond"),
    ("table", "TABLE"),
    ("section_header", "References"),
    ("text", "A. Byron. On Frogs."),
)


@dataclass
class Box:
    """What spacy-layout keeps of a span's place on the page."""

    x: float
    y: float
    page_no: int


def by_spacy_layout(nlp: Language) -> Doc:
    pytest.importorskip("spacy_layout")
    from docling_core.types.doc.document import (
        DoclingDocument,
        TableCell,
        TableData,
    )
    from docling_core.types.doc.labels import DocItemLabel
    from spacy_layout import spaCyLayout

    document = DoclingDocument(name="frogs")
    cell = TableCell(
        text="3",
        start_row_offset_idx=0,
        end_row_offset_idx=1,
        start_col_offset_idx=0,
        end_col_offset_idx=1,
    )
    for label, text in ITEMS:
        if label == "title":
            document.add_title(text)
        elif label == "section_header":
            document.add_heading(text)
        elif label == "list_item":
            document.add_list_item(text, parent=document.add_list_group())
        elif label == "table":
            document.add_table(TableData(table_cells=[cell], num_rows=1, num_cols=1))
        else:
            document.add_text(label=DocItemLabel.TEXT, text=text)
    return spaCyLayout(nlp)(document)


def by_hand(nlp: Language) -> Doc:
    words: list[str] = []
    spaces: list[bool] = []
    bounds = []
    for label, text in ITEMS:
        part = nlp.make_doc(text)
        bounds.append((len(words), len(words) + len(part), label))
        words += [*(token.text for token in part), "\n\n"]
        spaces += [*(bool(token.whitespace_) for token in part), False]
    doc = Doc(nlp.vocab, words=words, spaces=spaces)
    Span.set_extension("box", default=None, force=True)
    spans = []
    for number, (start, end, label) in enumerate(bounds):
        span = Span(doc, start, end, label=label, span_id=number)
        span._.box = Box(x=10.0, y=12.0 * number, page_no=1)
        spans.append(span)
    doc.spans["layout"] = SpanGroup(doc, name="layout", spans=spans)
    return doc


@pytest.fixture(params=[by_spacy_layout, by_hand], ids=["spacy-layout", "by hand"])
def make_doc(request: pytest.FixtureRequest) -> Callable[[Language], Doc]:
    found: Callable[[Language], Doc] = request.param
    return found


@pytest.fixture
def nlp(make_nlp: Callable[..., Language]) -> Language:
    nlp = make_nlp(segmenter={"@misc": "spacy-imrad.SpanGroupSegmenter.v1"})
    ruler = nlp.add_pipe("entity_ruler", first=True)
    ruler.add_patterns([{"label": "GPE", "pattern": "Lund"}])  # type: ignore[attr-defined]
    return nlp


def test_sections_of_a_layout(
    make_doc: Callable[[Language], Doc], nlp: Language
) -> None:
    doc = nlp(make_doc(nlp))
    sections = doc.spans["imrad"]
    assert [(span.label_, span.text.split("\n")[0]) for span in sections] == [
        ("Introduction", "1 Introduction"),
        ("Methods", "2 Methods"),
    ]
    assert [span.text for span in doc.spans["imrad_paragraphs"]] == [
        "Frogs are loud. Nobody in Lund asks why.",
        "We went to three ponds near Lund.",
        "the near pond",
    ]
    assert [entity._.imrad for entity in doc.ents] == ["Introduction", "Methods"]
    # What the layout says about a span is kept beside what we say.
    by_label = {span.label_: span for span in doc.spans["layout"]}
    assert by_label["list_item"]._.imrad == "Methods"
    assert by_label["title"]._.imrad is None


def test_a_stream_of_layouts_beside_texts_without(
    make_doc: Callable[[Language], Doc], nlp: Language, tmp_path: Path
) -> None:
    docs = list(nlp.pipe([make_doc(nlp), make_doc(nlp)]))
    path = tmp_path / "layouts.spacy"
    DocBin(docs=docs).to_disk(path)
    for doc in DocBin().from_disk(path).get_docs(nlp.vocab):
        assert [span.label_ for span in doc.spans["imrad"]] == [
            "Introduction",
            "Methods",
        ]
    with pytest.raises(ValueError, match="no span group 'layout'"):
        nlp("A text without layout.")


def test_a_layout_can_be_read_by_the_text_too(
    make_doc: Callable[[Language], Doc], make_nlp: Callable[..., Language]
) -> None:
    nlp = make_nlp()
    doc = nlp(make_doc(nlp))
    assert [span.label_ for span in doc.spans["imrad"]][:2] == [
        "Introduction",
        "Methods",
    ]
