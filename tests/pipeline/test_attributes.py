"""`._.imrad` reads the span groups, whoever wrote them."""

import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy
import pytest
import spacy
from spacy.language import Language
from spacy.matcher import Matcher
from spacy.tokens import Doc, DocBin, Span, SpanGroup, Token

from spacy_imrad import LABELS
from spacy_imrad.pipeline.attributes import register_attributes
from spacy_imrad.pipeline.groups import Keys

ATTRS = {"label": "part", "scores": "part_scores"}
KEYS = Keys("parts", "part_paragraphs", None)
# 0 1 2 3 4   5 6 7 8   9 10 11 12   13 14: headings at 0 and 9, a loose end from 13.
TEXT = "INTRO we ask this . it is important . METHODS we measure . the end"
WORDS = TEXT.split()
SECTIONS = [(0, 9, "Introduction"), (9, 13, "Methods")]
PARAGRAPHS = [(1, 5, "Introduction"), (5, 9, "Results"), (10, 13, "Methods")]


@pytest.fixture(autouse=True)
def _attributes() -> Iterator[None]:
    register_attributes(ATTRS, KEYS)
    yield
    for owner in (Doc, Span, Token):
        for name in ATTRS.values():
            if owner.has_extension(name):
                owner.remove_extension(name)


def scores_for(labels: list[str]) -> numpy.ndarray:
    scores = numpy.full((len(labels), len(LABELS)), 0.1, dtype="f")
    for row, label in enumerate(labels):
        scores[row, LABELS.index(label)] = 0.6
    return scores


def group(doc: Doc, name: str, spans: list[tuple[int, int, str]]) -> SpanGroup:
    labels = [label for *_, label in spans]
    return SpanGroup(
        doc,
        name=name,
        spans=[Span(doc, start, end, label=label) for start, end, label in spans],
        attrs={"labels": list(LABELS), "scores": scores_for(labels)},
    )


@pytest.fixture
def doc() -> Doc:
    doc = Doc(spacy.blank("en").vocab, words=WORDS)
    doc.spans["parts"] = group(doc, "parts", SECTIONS)
    doc.spans["part_paragraphs"] = group(doc, "part_paragraphs", PARAGRAPHS)
    return doc


def test_a_doc_has_the_label_that_most_of_its_text_has(doc: Doc) -> None:
    # "we ask this ." 13 characters, "it is important ." 17, "we measure ." 12.
    assert doc._.part == "Results"
    expected = numpy.average(
        scores_for([label for *_, label in PARAGRAPHS]), axis=0, weights=[13, 17, 12]
    )
    assert list(doc._.part_scores) == list(LABELS)
    assert list(doc._.part_scores.values()) == pytest.approx(expected.tolist())
    assert sum(doc._.part_scores.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("start", "end", "label"),
    [
        (1, 3, "Introduction"),
        (6, 7, "Introduction"),
        (0, 9, "Introduction"),
        (11, 12, "Methods"),
        # A heading belongs to the section under it.
        (0, 1, "Introduction"),
        (9, 10, "Methods"),
        # Across sections: most of it counts, and headings count for nothing.
        (7, 11, "Introduction"),
        (8, 12, "Methods"),
        (8, 11, "Introduction"),
        (12, 15, "Methods"),
        (0, 15, "Introduction"),
        # Outside of all sections.
        (13, 15, None),
        (14, 15, None),
    ],
)
def test_a_span_has_the_label_of_the_section_that_holds_most_of_it(
    start: int, end: int, label: str | None, doc: Doc
) -> None:
    span = doc[start:end]
    assert span._.part == label
    scores = span._.part_scores
    if label is None:
        assert scores == {}
    else:
        assert max(scores, key=scores.__getitem__) == label
        assert scores[label] == pytest.approx(0.6)


def test_tokens_have_the_label_of_their_section(doc: Doc) -> None:
    expected = ["Introduction"] * 9 + ["Methods"] * 4 + [None] * 2
    assert [token._.part for token in doc] == expected
    assert doc[10]._.part_scores == doc.spans["parts"][1]._.part_scores
    assert doc[14]._.part_scores == {}


def test_an_empty_span_has_the_label_around_it(doc: Doc) -> None:
    assert doc[3:3]._.part == "Introduction"
    assert doc[14:14]._.part is None


def test_unlabelled_sections_give_none(doc: Doc) -> None:
    for key in KEYS[:2]:
        doc.spans[key] = group(doc, key, [(0, 13, "Methods")])
        doc.spans[key] = SpanGroup(
            doc,
            name=key,
            spans=[Span(doc, 0, 13)],
            attrs=doc.spans[key].attrs,
        )
    assert doc._.part is doc[1:3]._.part is doc[1]._.part is None
    assert doc[1]._.part_scores["Methods"] == pytest.approx(0.6)


@pytest.mark.parametrize("words", [[], ["one"], ["a", "b"]])
def test_before_classification_there_is_no_label(words: list[str]) -> None:
    doc = Doc(spacy.blank("en").vocab, words=words)
    for owner in (doc, doc[:], *doc):
        assert owner._.part is None
        assert owner._.part_scores == {}


@pytest.mark.parametrize("present", KEYS[:2])
def test_one_group_without_the_other_counts_as_none(present: str, doc: Doc) -> None:
    del doc.spans[({*KEYS[:2]} - {present}).pop()]
    assert doc._.part is doc[1:3]._.part is None


def test_groups_without_scores_still_have_labels(doc: Doc) -> None:
    merged = Doc.from_docs([doc, doc.copy()])
    assert merged is not None
    assert merged.spans["parts"].attrs == {}
    assert merged._.part == "Results"
    assert merged[20:22]._.part == "Introduction"
    assert merged._.part_scores == merged[1:3]._.part_scores == merged[1]._.part_scores
    assert merged._.part_scores == {}


def test_paragraphs_in_no_section_have_no_label(doc: Doc) -> None:
    doc.spans["parts"] = group(doc, "parts", SECTIONS[1:])
    assert doc[1:3]._.part is None
    assert doc[11:12]._.part == "Methods"


def test_entities_can_be_filtered_by_section(
    make_nlp: Callable[..., Language],
) -> None:
    nlp = make_nlp()
    ruler = nlp.add_pipe("entity_ruler", first=True)
    ruler.add_patterns([{"label": "GROUP", "pattern": "patients"}])
    doc = nlp(
        "# Introduction\n\nThe patients are here.\n\n# Methods\n\n"
        "We samples patients and patients.\n\n# Results\n\nThe patients are important."
    )
    found = [e for e in doc.ents if e._.imrad == "Methods"]
    assert [e.start for e in found] == [e.start for e in doc.ents[1:3]]
    assert [e._.imrad for e in doc.ents] == [
        "Introduction",
        "Methods",
        "Methods",
        "Results",
    ]


def test_getters_can_be_pickled() -> None:
    for owner in (Doc, Span, Token):
        for name in ATTRS.values():
            getter = owner.get_extension(name)[2]
            assert pickle.loads(pickle.dumps(getter)).keywords == getter.keywords


def test_one_name_serves_pipelines_with_other_keys(doc: Doc) -> None:
    register_attributes(ATTRS, Keys("others", "other_paragraphs"))
    assert doc._.part == "Results"
    other = Doc(doc.vocab, words=WORDS)
    for key in ("others", "other_paragraphs"):
        other.spans[key] = group(other, key, [(0, 4, "Discussion")])
    assert other._.part == "Discussion"
    assert doc._.part == "Results"


@pytest.mark.parametrize("owner", [Doc, Span, Token])
@pytest.mark.parametrize("taken", [{"default": 1}, {"getter": len}])
def test_a_name_that_is_taken_is_refused(owner: Any, taken: dict[str, Any]) -> None:
    owner.set_extension("taken", **taken)
    try:
        with pytest.raises(ValueError, match=rf"{owner.__name__}\._\.taken is taken"):
            register_attributes({"label": "taken", "scores": "free"}, KEYS)
    finally:
        for each in (Doc, Span, Token):
            for name in ("taken", "free"):
                if each.has_extension(name):
                    each.remove_extension(name)


def test_tokens_of_a_long_doc_are_read_fast() -> None:
    n = 2000
    doc = Doc(spacy.blank("en").vocab, words=["word"] * 5 * n)
    for key in KEYS[:2]:
        doc.spans[key] = group(
            doc, key, [(5 * i, 5 * i + 5, LABELS[i % 5]) for i in range(n)]
        )
    labels = [token._.part for token in doc]
    assert labels == [LABELS[i // 5 % 5] for i in range(5 * n)]


def test_the_label_of_a_doc_is_that_of_its_highest_score(doc: Doc) -> None:
    """Also where more of the text has another label, of which the pipe is less sure."""
    paragraphs = group(doc, "part_paragraphs", PARAGRAPHS)
    scores = paragraphs.attrs["scores"]
    scores[:] = 0.0
    for row, label in enumerate(("Introduction", "Results", "Methods")):
        scores[row, LABELS.index(label)] = (0.55, 0.45, 1.0)[row]
        scores[row, LABELS.index("Methods")] += (0.45, 0.55, 0.0)[row]
    doc.spans["part_paragraphs"] = paragraphs
    assert doc._.part == "Methods"
    assert max(doc._.part_scores, key=doc._.part_scores.__getitem__) == "Methods"


@pytest.mark.parametrize("labelled", range(len(PARAGRAPHS)))
def test_a_doc_has_a_label_if_one_paragraph_has(labelled: int, doc: Doc) -> None:
    spans = [
        (a, b, x if i == labelled else "") for i, (a, b, x) in enumerate(PARAGRAPHS)
    ]
    attrs = doc.spans["part_paragraphs"].attrs
    doc.spans["part_paragraphs"] = SpanGroup(
        doc,
        name="part_paragraphs",
        spans=[Span(doc, start, end, label=label) for start, end, label in spans],
        attrs=attrs,
    )
    assert doc._.part == max(doc._.part_scores, key=doc._.part_scores.__getitem__)
    doc.spans["part_paragraphs"].attrs.clear()
    assert doc._.part == PARAGRAPHS[labelled][2]


@pytest.mark.parametrize(
    "damage",
    [
        {"scores": numpy.zeros((1, 5), dtype="f")},
        {"scores": numpy.zeros((9, 5), dtype="f")},
        {"scores": numpy.zeros((3, 4), dtype="f")},
        {"scores": numpy.zeros(15, dtype="f")},
        {"scores": numpy.zeros((3, 5), dtype="i")},
        {"scores": [[0.2] * 5] * 3},
        {"scores": None},
        {"labels": None},
        {"labels": "Methods"},
        {"labels": [1, 2, 3, 4, 5]},
        {"labels": list(LABELS)[:4]},
    ],
)
@pytest.mark.parametrize("key", KEYS[:2])
def test_damaged_attrs_are_a_value_error(
    key: str, damage: dict[str, Any], doc: Doc
) -> None:
    doc.spans[key].attrs.update(damage)
    owner = doc[1] if key == KEYS.spans_key else doc
    with pytest.raises(ValueError, match=f"span group '{key}' are damaged"):
        owner._.get("part_scores")


def test_the_default_attributes_are_there_without_a_pipe(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("imrad_classifier")
    labelled = nlp("# Methods\n\nWe dug in the snow.")
    DocBin(docs=[labelled]).to_disk(tmp_path / "docs.spacy")
    code = (
        "import sys, spacy, spacy_imrad\n"
        "from spacy.tokens import DocBin\n"
        "vocab = spacy.blank('en').vocab\n"
        "(doc,) = DocBin().from_disk(sys.argv[1]).get_docs(vocab)\n"
        "print(doc._.imrad, doc[4]._.imrad, max(doc._.imrad_scores.values()) > 0.5)"
    )
    out = subprocess.check_output(
        [sys.executable, "-c", code, str(tmp_path / "docs.spacy")], text=True
    )
    assert out.split() == ["Methods", "Methods", "True"]


def test_an_attribute_of_somebody_else_is_left_alone_when_the_package_is_imported() -> (
    None
):
    code = (
        "from spacy.tokens import Token\n"
        "Token.set_extension('imrad', default='mine')\n"
        "import spacy, spacy_imrad\n"
        "print(spacy.blank('en')('A b')[0]._.imrad)"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "mine\n"


def test_patterns_can_ask_for_a_section() -> None:
    """As docs/USAGE.md says: with IN, because headings and the like have no label."""
    nlp = spacy.blank("en")
    nlp.add_pipe("imrad_classifier")
    doc = nlp("## Methods\n\nWe dug in snow.\n\n## Results\n\nThere was 3 m of snow.")
    assert any(token._.imrad is None for token in doc)
    matcher = Matcher(nlp.vocab)
    pattern = {"LOWER": "snow", "_": {"imrad": {"IN": ["Results"]}}}
    matcher.add("SNOW", [[pattern]])
    (match,) = matcher(doc, as_spans=True)
    assert match.start > 10
