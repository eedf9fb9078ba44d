"""Headings and text joined: who decides when."""

import numpy
import pytest

from spacy_imrad import LABELS
from spacy_imrad.document.outline import Heading, Outline, Paragraph, Section
from spacy_imrad.labels import Convention
from spacy_imrad.pipeline.interpolation import (
    HEADING_WEIGHTS,
    interpolate_headings,
    named_sections,
    why_labelled,
)

N = len(LABELS)
RESULTS, METHODS = LABELS.index("Results"), LABELS.index("Methods")


def outline(*titles: str | None, parents: dict[int, int] | None = None) -> Outline:
    """A section of one paragraph for each title."""
    return Outline(
        tuple(
            Section(
                None if title is None else Heading(0, 1, 1, title),
                (Paragraph(0, 9),),
                (parents or {}).get(index),
            )
            for index, title in enumerate(titles)
        )
    )


def text_for(label: int, probability: float) -> numpy.ndarray:
    row = numpy.full((1, N), (1 - probability) / (N - 1), dtype="f")
    row[0, label] = probability
    return row


def joined_with(
    outline: Outline,
    scores: numpy.ndarray,
    labels: list[str],
    convention: Convention = "ancestor",
) -> numpy.ndarray:
    named = named_sections(outline, labels, convention)
    return interpolate_headings(outline, scores, labels, named)


@pytest.mark.parametrize("probability", [0.2, 0.9, 1.0])
def test_a_heading_that_names_its_section_decides(probability: float) -> None:
    joined = joined_with(
        outline("Methods"), text_for(RESULTS, probability), list(LABELS)
    )
    assert joined[0].argmax() == METHODS
    assert joined[0].sum() == pytest.approx(1)
    assert joined[0, RESULTS] == pytest.approx(
        (1 - HEADING_WEIGHTS["own"]) * probability
    )


@pytest.mark.parametrize(("probability", "label"), [(0.8, METHODS), (0.95, RESULTS)])
def test_a_heading_above_yields_to_a_text_that_is_sure(
    probability: float, label: int
) -> None:
    scores = numpy.concatenate([text_for(METHODS, 0.9), text_for(RESULTS, probability)])
    joined = joined_with(
        outline("Methods", "On whales", parents={1: 0}), scores, list(LABELS)
    )
    assert joined[1].argmax() == label


@pytest.mark.parametrize(
    ("titles", "convention", "label"),
    [
        (["Experiments"], "unarxive", METHODS),
        (["Experiments"], "ancestor", RESULTS),
        (["Methods", "On whales"], "unarxive", RESULTS),
        (["Materials and Methods"], "unarxive", RESULTS),
        (["Materials and Methods"], "ancestor", METHODS),
    ],
)
def test_the_unarxive_convention_asks_the_innermost_heading_alone(
    titles: list[str], convention: Convention, label: int
) -> None:
    scores = numpy.concatenate([text_for(RESULTS, 0.99)] * len(titles))
    parents = dict.fromkeys(range(1, len(titles)), 0)
    joined = joined_with(
        outline(*titles, parents=parents), scores, list(LABELS), convention
    )
    assert joined[-1].argmax() == label


def test_a_section_without_a_name_is_left_to_the_text() -> None:
    scores = numpy.concatenate([text_for(RESULTS, 0.4)] * 3)
    for titles in (["On whales"] * 3, [None], ["On whales"]):
        part = scores[: len(titles)]
        joined = joined_with(outline(*titles), part, list(LABELS))
        numpy.testing.assert_array_equal(joined, part)
        assert joined is not part


def test_a_named_neighbour_says_nothing() -> None:
    scores = numpy.concatenate([text_for(RESULTS, 0.4)] * 2)
    joined = joined_with(outline("Methods", "On whales"), scores, list(LABELS))
    numpy.testing.assert_array_equal(joined[1], scores[1])


def test_a_label_that_the_pipe_lacks_cannot_be_named() -> None:
    scores = numpy.asarray([[0.7, 0.3]], dtype="f")
    joined = joined_with(outline("Methods"), scores, ["Results", "Discussion"])
    numpy.testing.assert_array_equal(joined, scores)


def test_rows_stay_probabilities_in_single_precision() -> None:
    rng = numpy.random.default_rng(0)
    scores = rng.dirichlet(numpy.ones(N), size=4).astype("f")
    joined = joined_with(
        outline("Methods", "Experiments", "On whales", None), scores, list(LABELS)
    )
    assert joined.dtype == numpy.float32
    numpy.testing.assert_allclose(joined.sum(axis=1), 1, rtol=1e-6)
    assert (joined >= 0).all()


def test_nothing_to_join() -> None:
    empty = numpy.zeros((0, N), dtype="f")
    assert joined_with(Outline(()), empty, list(LABELS)).shape == (0, N)


@pytest.mark.parametrize(
    ("titles", "text", "probability", "why"),
    [
        (("Methods",), METHODS, 0.9, "heading"),
        # It can't be overruled, so there is nothing to weigh.
        (("Methods",), RESULTS, 1.0, "heading"),
        (("On whales", "Methods"), METHODS, 0.9, "parent"),
        # The text disagrees, in vain and with success.
        (("On whales", "Methods"), RESULTS, 0.8, "both"),
        (("On whales", "Methods"), RESULTS, 0.95, "both"),
        (("Experiments",), METHODS, 0.9, "heading"),
        (("Experiments",), RESULTS, 0.9, "both"),
        # A heading that can stand over several counts before the one above.
        (("Experiments", "Results"), RESULTS, 0.9, "both"),
        (("On whales",), METHODS, 0.9, "text"),
        (("Results and discussion",), METHODS, 0.9, "text"),
        ((None,), METHODS, 0.9, "text"),
    ],
)
def test_why_a_label(
    titles: tuple[str | None, ...], text: int, probability: float, why: str
) -> None:
    """titles: From the innermost out."""
    parents = {index: index - 1 for index in range(1, len(titles))}
    nested = outline(*titles[::-1], parents=parents)
    row = len(titles) - 1
    scores = numpy.concatenate([text_for(text, probability)] * len(titles))
    named = named_sections(nested, LABELS)
    joined = interpolate_headings(nested, scores, LABELS, named)
    assert why_labelled(named.get(row), joined[row], LABELS) == why
