"""What is kept with a Doc is checked before it is believed."""

from typing import Any

import pytest
import spacy
from spacy.tokens import Doc

from spacy_imrad.document.paper import Paper, PaperSection
from spacy_imrad.document.stored_outline import OUTLINE_KEY, stored_outline
from spacy_imrad.readers.docs import make_doc

PAPER = Paper(
    "p",
    (
        PaperSection("Methods", ("We count herons.", "We time them."), level=1),
        PaperSection("Sites", ("Two lakes.",), level=2),
        PaperSection("Results", ("There were many.",), level=1),
    ),
    title="Herons",
)


@pytest.fixture
def doc() -> Doc:
    return make_doc(spacy.blank("en"), PAPER)


@pytest.mark.parametrize("name", ["section", "titles", "levels", "parents", "matter"])
@pytest.mark.parametrize("value", [None, 5, "x", [], [None] * 4, [99] * 9, {}, [[1]]])
def test_damaged_attrs_are_a_value_error(name: str, value: Any, doc: Doc) -> None:
    doc.spans[OUTLINE_KEY].attrs[name] = value
    with pytest.raises(
        ValueError, match=f"attrs of the span group '{OUTLINE_KEY}' are"
    ):
        stored_outline(doc)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        # A section in itself, in one that follows it, and in a circle.
        ("parents", lambda parents: [*parents[:-1], len(parents) - 1]),
        ("parents", lambda parents: [len(parents) - 1, *parents[1:]]),
        ("parents", lambda parents: [-2, *parents[1:]]),
        ("section", lambda section: section[::-1]),
        ("section", lambda section: [-1, *section[1:]]),
        ("section", lambda section: section[:-1]),
        ("titles", lambda titles: titles[:-1]),
        ("titles", lambda titles: [7] * len(titles)),
        ("levels", lambda levels: ["high"] * len(levels)),
        ("matter", lambda matter: ["dark"] * len(matter)),
    ],
)
def test_attrs_that_contradict_each_other_are_a_value_error(
    name: str, change: Any, doc: Doc
) -> None:
    attrs = doc.spans[OUTLINE_KEY].attrs
    attrs[name] = change(attrs[name])
    with pytest.raises(ValueError, match="are damaged"):
        stored_outline(doc)


def test_a_missing_part_or_an_unknown_kind_is_a_value_error(doc: Doc) -> None:
    for span in doc.spans[OUTLINE_KEY]:
        assert span.label_
    for name in ("titles", "levels", "parents", "matter"):
        damaged = doc.copy()
        del damaged.spans[OUTLINE_KEY].attrs[name]
        with pytest.raises(ValueError, match="are damaged"):
            stored_outline(damaged)
    group = doc.spans[OUTLINE_KEY]
    group.extend([doc[0:1]])
    group.attrs["section"] = [*group.attrs["section"], len(group.attrs["titles"]) - 1]
    with pytest.raises(ValueError, match="paragraph of the kind ''"):
        stored_outline(doc)


def test_one_damaged_doc_of_many_is_reported_and_the_others_go_on(doc: Doc) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("imrad_classifier")
    bad = doc.copy()
    bad.spans[OUTLINE_KEY].attrs["parents"] = None
    failed: list[str] = []
    nlp.set_error_handler(lambda name, proc, docs, error: failed.append(str(error)))
    done = list(nlp.pipe([doc, bad, doc.copy()]))
    assert [d._.imrad for d in done] == ["Methods", "Methods"]
    assert len(failed) == 1
    assert "are damaged" in failed[0]
