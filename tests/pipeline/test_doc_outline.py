"""The outline of a labelled Doc: every heading of it, wherever the Doc comes from."""

import json
import pickle
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy
import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin, Span, SpanGroup

from spacy_imrad import LABELS, outline, read_doc
from spacy_imrad.document.outline import Heading, Outline, Paragraph, Section
from spacy_imrad.document.stored_outline import pack_outline, unpack_outline
from spacy_imrad.pipeline.annotations import Prediction
from spacy_imrad.pipeline.doc_outline import DocOutline
from spacy_imrad.segmenters.text import segment_text

MakeNlp = Callable[..., Language]

TEXT = """# Herons of two lakes in the north

## Abstract

We count the herons of two lakes, and find that there are many of them.

## 1. Introduction

Herons are birds of the water, and it is important to know how many there are of them.

## 2. Methods

### 2.1. Sites

Two lakes were visited in the spring, and each of them was divided into parts.

| lake | area |
|------|------|
| one  | 2    |

### 2.2. Counting

Herons were counted from a boat by the same two persons on every morning of May.

## 3. Results

There were more herons on the first lake than on the second one in all weeks.

### 3.1. Weather

There were fewer herons in the rain, as shown in a table, and more in the sun.

## Acknowledgements

We thank the owners of the boat for their patience with us and with the herons.
"""
# Number, title, level, parent, matter, label, why.
TREE = [
    ("", "Herons of two lakes in the north", 1, None, "front", None, None),
    ("", "Abstract", 1, None, "front", None, None),
    ("1", "Introduction", 1, None, "body", "Introduction", "heading"),
    ("2", "Methods", 1, None, "body", "Methods", "children"),
    ("2.1", "Sites", 2, 3, "body", "Methods", "parent"),
    ("2.2", "Counting", 2, 3, "body", "Methods", "parent"),
    ("3", "Results", 1, None, "body", "Results", "heading"),
    ("3.1", "Weather", 2, 6, "body", "Results", "parent"),
    ("", "Acknowledgements", 1, None, "back", None, None),
]


def tree_of(found: DocOutline) -> list[tuple[Any, ...]]:
    """What `TREE` has; of the levels how they nest, which differ from one format to the
    other."""
    top = min(section.level for section in list(found)[1:])
    return [
        (
            section.number,
            section.title,
            max(1, section.level - top + 1),
            None if section.parent is None else section.parent.index,
            section.matter,
            section.label,
            # With weights that learned nothing, the text may say anything.
            "parent" if section.why == "both" else section.why,
        )
        for section in found
    ]


def as_text(nlp: Language, folder: Path) -> Doc:
    return nlp(TEXT)


def as_file(nlp: Language, folder: Path) -> Doc:
    path = folder / "paper.md"
    path.write_text(TEXT)
    return nlp(read_doc(nlp, path))


def as_html(nlp: Language, folder: Path) -> Doc:
    from markdown_it import MarkdownIt

    path = folder / "paper.html"
    page = MarkdownIt("commonmark").enable("table").render(TEXT)
    path.write_text(f"<html><body><article>{page}</article></body></html>")
    return nlp(read_doc(nlp, path))


def as_spans(nlp: Language, folder: Path) -> Doc:
    """As a component for layout leaves a Doc."""
    parts = [part for part in TEXT.split("\n\n") if part.strip()]
    doc = nlp.make_doc("\n\n".join(part.lstrip("# ").strip() for part in parts))
    kinds = {"#": "section_header", "|": "table"}
    spans, start = [], 0
    for number, part in enumerate(parts):
        text = part.lstrip("# ").strip()
        kind = kinds.get(part[0], "text") if number else "title"
        found = doc.char_span(start, start + len(text), label=kind)
        assert found is not None
        spans.append(found)
        start += len(text) + 2
    doc.spans["layout"] = spans
    return nlp(doc)


def layout_pipe(make_nlp: MakeNlp) -> Language:
    return make_nlp(segmenter={"@misc": "spacy-imrad.SpanGroupSegmenter.v1"})


@pytest.fixture(params=[as_text, as_file, as_html, as_spans])
def doc(request: pytest.FixtureRequest, make_nlp: MakeNlp, tmp_path: Path) -> Doc:
    made: Doc = request.param(
        layout_pipe(make_nlp) if request.param is as_spans else make_nlp(), tmp_path
    )
    return made


def test_every_heading_is_in_it_whatever_the_doc_comes_from(doc: Doc) -> None:
    found = outline(doc)
    assert tree_of(found) == TREE
    assert found.title == TREE[0][1]
    assert tree_of(doc._.imrad_outline) == TREE
    for section in found:
        assert section.heading is not None
        assert section.title is not None
        assert section.title in section.heading.text
        assert section.span.start == section.heading.start
        assert section.index == list(found).index(section)
        assert all(child.parent is section for child in section.children)
    assert [section.title for section in found.children] == [
        title for _, title, level, *_ in TREE if level == 1
    ]


def test_labels_and_scores_are_those_of_the_span_groups(doc: Doc) -> None:
    found = outline(doc)
    own = [section for section in found if section.why not in (None, "children")]
    groups = doc.spans["imrad"], doc.spans["imrad_paragraphs"]
    paragraphs = [p for section in found for p in section.paragraphs if p.scores]
    for parts, group in zip((own, paragraphs), groups, strict=True):
        assert [part.span for part in parts] == list(group)
        assert [part.label for part in parts] == [span.label_ for span in group]
        assert [part.why for part in parts] == group.attrs["why"]
        scores = [list(part.scores.values()) for part in parts]
        assert numpy.allclose(scores, group.attrs["scores"])
    assert [p.row for p in paragraphs] == list(range(len(groups[1])))
    assert (found.label, found.scores) == (doc._.imrad, doc._.imrad_scores)


def test_a_section_without_text_has_what_its_children_have(doc: Doc) -> None:
    methods = outline(doc)[3]
    sites, counting = methods.children
    weights = [len(child.paragraphs[0].text) for child in (sites, counting)]
    for label in LABELS:
        expected = numpy.average(
            [sites.scores[label], counting.scores[label]], weights=weights
        )
        assert methods.scores[label] == pytest.approx(expected)
    assert methods.paragraphs == ()
    assert methods.text.endswith("Methods")
    assert methods.whole.text.endswith("every morning of May.")
    assert list(methods.walk()) == [methods, sites, counting]
    kinds = [paragraph.kind for paragraph in sites.paragraphs]
    assert kinds == ["text", "table"]
    assert sites.paragraphs[1].label is sites.paragraphs[1].row is None


def test_any_span_and_token_knows_its_headings(doc: Doc) -> None:
    for section in outline(doc):
        parts = [section.span, *section.span]
        parts += [paragraph.span for paragraph in section.paragraphs]
        for part in parts:
            assert part._.imrad_heading == section.title
            assert part._.imrad_path == section.path
            assert part._.imrad_level == section.level
            why = None if section.why == "children" else section.why
            assert part._.imrad_why == why
    (boat,) = [token for token in doc if token.text == "boat"][:1]
    assert boat._.imrad_path == ("Methods", "Counting")


def test_a_span_over_sections_is_in_the_one_that_holds_most_of_it(doc: Doc) -> None:
    sites, counting = outline(doc)[3].children
    start, end = sites.span.start, counting.span.end
    assert doc[start + 8 : end]._.imrad_heading == "Counting"
    assert doc[start : counting.span.start + 3]._.imrad_heading == "Sites"
    assert doc[start:start]._.imrad_heading == "Sites"
    assert doc[len(doc) : len(doc)]._.imrad_path == ()


def test_a_doc_is_read_in_a_new_process(doc: Doc, tmp_path: Path) -> None:
    DocBin(docs=[doc]).to_disk(tmp_path / "docs.spacy")
    doc.to_disk(tmp_path / "doc")
    (tmp_path / "bytes").write_bytes(doc.to_bytes())
    (tmp_path / "pickle").write_bytes(pickle.dumps(doc))
    code = """
import json, pickle, sys
from pathlib import Path
import spacy
import spacy_imrad
from spacy.tokens import Doc, DocBin

folder, vocab = Path(sys.argv[1]), spacy.blank("en").vocab
docs = list(DocBin().from_disk(folder / "docs.spacy").get_docs(vocab))
docs.append(Doc(vocab).from_disk(folder / "doc"))
docs.append(Doc(vocab).from_bytes((folder / "bytes").read_bytes()))
docs.append(pickle.loads((folder / "pickle").read_bytes()))
for doc in docs:
    found = spacy_imrad.outline(doc)
    paths = [token._.imrad_path for token in doc]
    whys = [[p.why for p in s.paragraphs] for s in doc._.imrad_outline]
    print(json.dumps([str(found), [s.scores for s in found], paths, whys]))
"""
    command = [sys.executable, "-c", code, str(tmp_path)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = outline(doc)
    expected = [
        str(found),
        [s.scores for s in found],
        [list(token._.imrad_path) for token in doc],
        [[p.why for p in s.paragraphs] for s in found],
    ]
    assert [json.loads(line) for line in output.splitlines()] == [expected] * 4


def test_text_without_headings_is_a_section_for_each_label(make_nlp: MakeNlp) -> None:
    doc = make_nlp()(
        "Patients are of two groups.\n\nThis is significant and important."
    )
    found = outline(doc)
    assert [section.span for section in found] == list(doc.spans["imrad"])
    for section in found:
        assert (section.title, section.number, section.level) == (None, "", 1)
        assert section.why == "text"
    assert doc[0]._.imrad_heading is doc[0]._.imrad_level is None
    assert doc[0]._.imrad_path == ()
    assert found.title is None


def test_what_was_taken_apart_under_a_heading_is_in_it() -> None:
    """A long section whose heading says nothing may hold several."""
    nlp = spacy.blank("en")
    pipe = nlp.add_pipe("imrad_classifier")
    doc = nlp.make_doc(
        "## On herons\n\n" + "We count the herons here.\n\n" * 10 + "## More\n\nOne."
    )
    outlined = pipe.segmenter(doc)
    scores = numpy.full((11, 5), 0.05, dtype="f")
    for row in range(11):
        scores[row, 1 if row < 5 else 2] = 0.8
    pipe.set_annotations([doc], [Prediction(outlined, scores)])
    herons, rest, more = outline(doc)
    assert (herons.label, rest.label, more.label) == ("Methods", "Results", "Results")
    assert (rest.title, rest.level, rest.parent) == (None, 2, herons)
    assert rest.path == ("On herons",)
    assert len(herons.paragraphs) == len(rest.paragraphs) == 5
    assert doc[rest.span.start]._.imrad_heading == "On herons"
    assert [section.span for section in (herons, rest, more)] == list(
        doc.spans["imrad"]
    )
    assert herons.whole.end == rest.span.end


def test_children_that_disagree_leave_their_parent_without_a_label(
    make_nlp: MakeNlp,
) -> None:
    doc = make_nlp()(
        "# Birds\n\n## Herons\n\n### Methods\n\nWe count them.\n\n"
        "### Results\n\nThey are many.\n\n## Egrets\n\n### Empty\n"
    )
    _, herons, methods, results, egrets, empty = outline(doc)
    assert herons.label is None
    assert herons.why == "children"
    assert sum(herons.scores.values()) == pytest.approx(1, abs=1e-5)
    assert (methods.label, results.label) == ("Methods", "Results")
    for section in (egrets, empty):
        assert section.label is section.why is section.score is None
        assert section.scores == {}


def test_below_the_threshold_there_are_scores_without_a_label(
    make_nlp: MakeNlp,
) -> None:
    doc = make_nlp(threshold=1.0)("# Methods\n\n## On sites\n\nWe visited two lakes.")
    methods, sites = outline(doc)
    assert methods.label is sites.label is None
    assert sites.score == max(doc._.imrad_scores.values())
    assert methods.scores == pytest.approx(sites.scores)


def test_two_pipes_have_an_outline_each(make_nlp: MakeNlp, tiny_model: Any) -> None:
    nlp = make_nlp()
    nlp.add_pipe(
        "imrad_classifier",
        name="other",
        config={
            "model": tiny_model,
            "spans_key": "parts",
            "paragraphs_key": "part_paragraphs",
            "attrs": {"label": "part", "scores": "part_scores", "path": "part_titles"},
            "segmenter": {"@misc": "spacy-imrad.ParagraphSegmenter.v1"},
        },
    )
    doc = nlp("# Methods\n\nWe count them.\n\n# Results\n\nThey are many.")
    assert [section.title for section in doc._.imrad_outline] == ["Methods", "Results"]
    assert [section.title for section in doc._.part_outline] == [None]
    keys = {"spans_key": "parts", "paragraphs_key": "part_paragraphs"}
    assert str(outline(doc, **keys)) == str(doc._.part_outline)
    assert doc[5]._.imrad_path == ("Methods",)
    assert doc[5]._.part_titles == ()


def labelled_by_hand(*, paragraphs: bool) -> Doc:
    doc = spacy.blank("en")("We count herons here. There are many of them.")
    spans = [Span(doc, 0, 5, label="Methods"), Span(doc, 5, 11, label="Results")]
    doc.spans["imrad"] = spans
    doc.spans["imrad_paragraphs"] = spans if paragraphs else []
    return doc


@pytest.mark.parametrize("paragraphs", [True, False])
def test_groups_by_hand_have_a_section_for_each_span(paragraphs: bool) -> None:
    doc = labelled_by_hand(paragraphs=paragraphs)
    found = outline(doc)
    assert [(s.label, s.span.text, s.scores, s.why) for s in found] == [
        ("Methods", "We count herons here.", {}, None),
        ("Results", "There are many of them.", {}, None),
    ]
    assert str(found).splitlines()[0] == "“We count herons here.”    Methods"
    assert doc[0]._.imrad_heading is doc[0]._.imrad_why is None


def test_groups_by_hand_within_a_readers_outline(doc: Doc) -> None:
    """One span for several of its sections, and paragraphs that begin elsewhere."""
    methods = outline(doc)[3]
    whole = methods.whole
    middle = (whole.start + whole.end) // 2
    halves = [(whole.start + 4, middle), (middle, whole.end)]
    outline_attr = doc.spans["imrad"].attrs.get("outline")
    attrs = {} if outline_attr is None else {"outline": outline_attr}
    doc.spans["imrad"] = SpanGroup(
        doc,
        name="imrad",
        spans=[Span(doc, whole.start, whole.end, label="Methods")],
        attrs=attrs,
    )
    doc.spans["imrad_paragraphs"] = [
        Span(doc, *half, label="Methods") for half in halves
    ]
    found = outline(doc)
    assert [s.title for s in found] == [title for _, title, *_ in TREE]
    rows = [p for s in found for p in s.paragraphs if p.row is not None]
    assert [(p.span.start, p.span.end) for p in rows] == halves
    assert {s.label for s in found if s.matter == "body"} == {"Methods", None}


@pytest.mark.parametrize("text", ["", " ", "\n\n", "# Herons", "References"])
def test_texts_without_anything_to_label(text: str, make_nlp: MakeNlp) -> None:
    doc = make_nlp()(text)
    found = outline(doc)
    assert all(section.label is None for section in found)
    assert str(found).count("\n") == max(0, len(found) - 1)
    assert found.label is None


def test_before_the_pipe_there_is_no_outline() -> None:
    doc = spacy.blank("en")("# Methods")
    assert doc._.imrad_outline is None
    assert doc[0]._.imrad_path == doc[:]._.imrad_path == ()
    with pytest.raises(ValueError, match="no span group 'imrad'"):
        outline(doc)


@pytest.mark.parametrize(
    "damage",
    [
        7,
        {},
        {"blocks": None},
        {"blocks": numpy.zeros((99, 2), dtype="i")},
        {"blocks": numpy.full((9, 2), 10**6, dtype="i")},
        {"kinds": ["text"]},
        {"kinds": 5},
        {"section": [0]},
        {"parents": [9] * 9},
        {"parents": None},
        {"titles": []},
        {"levels": ["high"] * 9},
    ],
)
def test_a_damaged_outline_is_a_value_error(damage: Any, make_nlp: MakeNlp) -> None:
    doc = make_nlp()("# Methods\n\nWe count them.\n\n# Results\n\nThey are many.")
    attrs = doc.spans["imrad"].attrs
    damaged = {**attrs["outline"], **damage} if damage and damage != 7 else damage
    attrs["outline"] = damaged
    for read in (outline, lambda doc: doc._.imrad_outline):
        with pytest.raises(ValueError, match="'imrad' are damaged"):
            read(doc)
    for token in doc:
        with suppress(ValueError):
            assert isinstance(token._.imrad_path, tuple)


@pytest.mark.parametrize("why", [7, "text", ["text"], {}])
def test_damaged_reasons_are_a_value_error(why: Any, make_nlp: MakeNlp) -> None:
    doc = make_nlp()("# Methods\n\nWe count them.\n\n# Results\n\nThey are many.")
    doc.spans["imrad"].attrs["why"] = why
    for read in (outline, lambda doc: doc[3]._.imrad_why):
        with pytest.raises(ValueError, match="'imrad' are damaged: `why`"):
            read(doc)


def test_deep_nesting_is_no_recursion() -> None:
    depth = 3000
    text = "a\n" * depth
    sections = tuple(
        Section(Heading(2 * i, 2 * i + 1, i + 1, "a"), (), i - 1 if i else None)
        for i in range(depth)
    )
    nlp = spacy.blank("en")
    pipe = nlp.add_pipe("imrad_classifier")
    doc = nlp.make_doc(text)
    empty = numpy.zeros((0, len(LABELS)), dtype="f")
    pipe.set_annotations([doc], [Prediction(Outline(sections), empty)])
    found = outline(doc)
    assert len(found[-1].path) == len(list(found[0].walk())) == depth
    assert str(found).count("\n") == depth - 1


def test_packing_keeps_what_is_shown() -> None:
    found = segment_text(spacy.blank("en")(TEXT))
    again = unpack_outline(pack_outline(found), "imrad", len(TEXT))
    assert again == found
    stated = Outline((Section(None, (Paragraph(0, 2),), None, "body", "Methods"),))
    assert unpack_outline(pack_outline(stated), "imrad", 2) == stated
