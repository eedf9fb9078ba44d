"""Features of a paragraph's place, checked against papers made by hand."""

import numpy
import pytest

from spacy_imrad import LABELS
from spacy_imrad.document.outline import Heading, Outline, Paragraph, Section
from spacy_imrad.models.context.features import (
    N_PLACE,
    context_features,
    heading_words,
    n_numbers,
)

N = len(LABELS)
METHODS, DISCUSSION = LABELS.index("Methods"), LABELS.index("Discussion")


def section(
    title: str | None,
    n_paragraphs: int,
    parent: int | None = None,
    kind: str = "text",
    matter: str = "body",
) -> Section:
    heading = None if title is None else Heading(0, 1, 1, title)
    return Section(
        heading,
        tuple(Paragraph(0, 100, kind) for _ in range(n_paragraphs)),  # type: ignore[arg-type]
        parent,
        matter,  # type: ignore[arg-type]
    )


PAPER = Outline(
    (
        section(None, 1),
        section("Methods", 2),
        section("Watching birds", 1, parent=1),
        section("Thoughts on whales", 1),
        section("References", 3, matter="back"),
        section("Conclusions", 1),
    )
)


def named(row: numpy.ndarray) -> dict[tuple[int, int], float]:
    """The way and the label of what is set among the columns for naming."""
    block = row[N_PLACE:].reshape(3, N)
    return {(int(i), int(j)): float(block[i, j]) for i, j in numpy.argwhere(block)}


def test_there_is_one_row_for_each_prose_paragraph_of_the_body() -> None:
    features = context_features(PAPER, list(LABELS), 100)
    assert features.numbers.shape == (6, n_numbers(N))
    assert features.numbers.dtype == numpy.float32
    assert len(features.own_words) == len(features.upper_words) == 6


def test_place_in_paper_and_section() -> None:
    numbers = context_features(PAPER, list(LABELS), 100).numbers
    numpy.testing.assert_allclose(numbers[:, 0], [0, 0.2, 0.4, 0.6, 0.8, 1])
    numpy.testing.assert_allclose(
        numbers[:, 1], [0, 0.1, 0.2, 0.3, 0.4, 0.5], rtol=1e-6
    )
    numpy.testing.assert_allclose(numbers[:, 2], numbers[::-1, 1])
    assert numbers[:, 5].tolist() == [0, 1, 1, 1, 1, 1]
    assert numbers[1, 6:N_PLACE].tolist() == [1, 0, 0]
    assert numbers[2, 6:N_PLACE].tolist() == [0, 1, 1]
    assert numbers[3, 6:N_PLACE].tolist() == [1, 1, 0]


def test_what_headings_name() -> None:
    numbers = context_features(PAPER, list(LABELS), 100).numbers
    assert [named(row) for row in numbers] == [
        {},
        {(0, METHODS): 1.0},
        {(0, METHODS): 1.0},
        {(2, METHODS): 1.0},
        {},
        {(0, DISCUSSION): 1.0},
    ]


def test_a_label_that_the_pipe_lacks_is_not_named() -> None:
    numbers = context_features(PAPER, ["Discussion"], 100).numbers
    assert numbers[:, N_PLACE:].sum() == 1


def test_words_of_headings_are_hashed_alike_in_any_case() -> None:
    features = context_features(PAPER, list(LABELS), 100)
    assert features.own_words[0] == features.upper_words[0] == [0]
    assert features.own_words[1] == features.own_words[2] == features.upper_words[3]
    assert all(1 <= word <= 100 for words in features.own_words[1:] for word in words)
    capitals = Outline((section("METHODS", 1),))
    (words,) = context_features(capitals, list(LABELS), 100).own_words
    assert words == features.own_words[1]


def test_a_hidden_heading_leaves_its_text_to_the_section_before() -> None:
    features = context_features(PAPER, list(LABELS), 100, hidden={2, 3, 5})
    shown = context_features(PAPER, list(LABELS), 100)
    assert features.own_words[3] == features.own_words[4] == shown.own_words[1]
    assert named(features.numbers[4]) == {(0, METHODS): 1.0}
    # References stand between, but under a heading that is shown.
    assert named(features.numbers[5]) == {}


def test_all_headings_hidden_look_like_a_text_without() -> None:
    hidden = context_features(PAPER, list(LABELS), 100, hidden=range(6))
    bare = context_features(PAPER.without_headings(), list(LABELS), 100)
    numpy.testing.assert_array_equal(hidden.numbers, bare.numbers)
    assert hidden.own_words == bare.own_words == [[0]] * 6


def test_a_renamed_heading_divides_the_text_but_names_nothing() -> None:
    renamed = {1: [7, 9], 5: [8]}
    features = context_features(PAPER, list(LABELS), 100, renamed=renamed)
    shown = context_features(PAPER, list(LABELS), 100)
    assert [named(row) for row in features.numbers] == [{}] * 6
    numpy.testing.assert_array_equal(
        features.numbers[:, :N_PLACE], shown.numbers[:, :N_PLACE]
    )
    assert features.own_words[1] == features.upper_words[3] == [7, 9]
    assert features.own_words[3] == shown.own_words[3]
    assert features.own_words[5] == [8]


def test_words_of_headings_that_were_asked_for() -> None:
    shown = context_features(PAPER, list(LABELS), 100)
    words = heading_words(PAPER, 100, {0, 2, 5})
    assert words == [[], [], [], shown.own_words[3], [], shown.own_words[5]]


@pytest.mark.parametrize("outline", [Outline(()), Outline((section("Methods", 0),))])
def test_nothing_to_describe(outline: Outline) -> None:
    features = context_features(outline, list(LABELS), 100)
    assert features.numbers.shape == (0, n_numbers(N))
    assert features.own_words == []
