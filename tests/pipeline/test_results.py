import json

import pytest
from spacy.tokens import DocBin

from spacy_imrad import LABELS, sections, to_dataframe, to_dict
from spacy_imrad.document.paper import Paper, PaperSection
from spacy_imrad.readers import make_doc

PAPER = Paper(
    "p",
    (
        PaperSection("Introduction", ("we show the problem", "it is")),
        PaperSection("Methods", ("samples are of patients",)),
        PaperSection("Results", ("this is significant",)),
    ),
)


def test_sections(make_nlp):
    nlp = make_nlp()
    doc = nlp(make_doc(nlp, PAPER))
    assert [s.label_ for s in sections(doc)] == ["Introduction", "Methods", "Results"]
    (methods,) = sections(doc, "Methods")
    assert methods.text == "Methods\n\nsamples are of patients"
    assert methods.as_doc().text == methods.text
    assert len(sections(doc, ["Methods", "Results"])) == 2
    assert sections(doc, "Related Work") == []
    with pytest.raises(ValueError, match=r"Unknown labels \['methods'\]: they are"):
        sections(doc, "methods")
    with pytest.raises(ValueError, match="no span group 'parts'"):
        sections(doc, spans_key="parts")


def test_to_dict(make_nlp):
    nlp = make_nlp()
    doc = nlp(make_doc(nlp, PAPER))
    result = to_dict(doc)
    assert json.loads(json.dumps(result)) == result
    assert result["title"] is None
    assert result["warnings"] == []
    assert result["label"] == doc._.imrad
    assert result["scores"] == pytest.approx(doc._.imrad_scores, abs=1e-5)
    for found, span in zip(result["sections"], doc.spans["imrad"], strict=True):
        assert found["text"] == span.text == doc.text[found["start"] : found["end"]]
        assert found["label"] == span.label_
        assert found["scores"] == pytest.approx(span._.imrad_scores, abs=1e-5)
        assert found["why"] == span._.imrad_why == "heading"
        assert (found["heading"], found["level"]) == (span._.imrad_heading, 1)
    with pytest.raises(ValueError, match="no span group 'imrad'"):
        to_dict(nlp.make_doc("text"))


def test_to_dict_has_every_heading(make_nlp):
    nlp = make_nlp()
    paper = Paper(
        "p",
        (
            PaperSection("Methods", (), number="2"),
            PaperSection("On sites", ("Two lakes.",), level=2, number="2.1"),
            PaperSection("References", ("Moser, 2004.",)),
        ),
        title="On herons",
        abstract="We count herons.",
        warnings=("A table was skipped.",),
    )
    result = to_dict(nlp(make_doc(nlp, paper)))
    assert result["title"] == "On herons"
    assert result["warnings"] == ["A table was skipped."]
    fields = ("number", "heading", "level", "parent", "matter", "label")
    assert [tuple(section[x] for x in fields) for section in result["sections"]] == [
        ("", "On herons", 1, None, "front", None),
        ("", "Abstract", 1, None, "front", None),
        ("2", "Methods", 1, None, "body", "Methods"),
        ("2.1", "On sites", 2, 2, "body", "Methods"),
        ("", "References", 1, None, "back", None),
    ]
    title, _, methods, sites, _ = result["sections"]
    assert (title["score"], title["scores"], title["why"]) == (None, {}, None)
    assert methods["scores"] == sites["scores"]
    assert methods["why"] == "children"


def test_to_dataframe(make_nlp):
    pandas = pytest.importorskip("pandas")
    nlp = make_nlp()
    doc = nlp(make_doc(nlp, PAPER))
    (again,) = DocBin(docs=[doc]).get_docs(nlp.vocab)
    frame = to_dataframe([doc, nlp("We propose a method for the training.")])
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame["doc"]) == [0, 0, 0, 1]
    assert list(frame["section"]) == [0, 1, 2, 0]
    assert frame["parent"].isna().all()
    assert list(frame["why"][:3]) == ["heading"] * 3
    assert frame[list(LABELS)].sum(axis=1).to_numpy() == pytest.approx(1, abs=1e-4)
    assert to_dataframe(again).equals(to_dataframe(doc))
    empty = to_dataframe([nlp("")])
    assert not len(empty)
    assert list(empty.columns) == list(frame.columns)
    assert empty["doc"].dtype == frame["doc"].dtype


@pytest.mark.parametrize("labels", [7, None, {"Methods": 1}])
def test_damaged_labels_are_a_value_error(labels, make_nlp):
    nlp = make_nlp()
    doc = nlp(make_doc(nlp, PAPER))
    doc.spans["imrad"].attrs["labels"] = labels
    with pytest.raises(ValueError, match="Unknown labels"):
        sections(doc, "Methods")
    with pytest.raises(ValueError, match="damaged"):
        to_dict(doc)
