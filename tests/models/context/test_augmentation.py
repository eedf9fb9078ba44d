"""Which headings training hides or renames."""

from typing import Any

import numpy
import pytest
from thinc.api import fix_random_seed

from spacy_imrad.document.outline import Heading, Outline, Paragraph, Section
from spacy_imrad.models.context.augmentation import UNKNOWN_WORDS, ContextTraining

OUTLINE = Outline(
    tuple(Section(Heading(0, 1, 1, "A"), (Paragraph(2, 3),)) for _ in range(10))
)


@pytest.fixture(autouse=True)
def seed() -> None:
    fix_random_seed(0)


def test_all_some_or_no_headings_are_hidden() -> None:
    training = ContextTraining(hidden_rate=0.5)
    counts = [len(training.hide_headings(OUTLINE)) for _ in range(1000)]
    assert 0.45 < counts.count(10) / 1000 < 0.6
    assert 0.2 < counts.count(0) / 1000 < 0.35
    assert set(counts) == set(range(11))
    every = ContextTraining(hidden_rate=1.0)
    assert every.hide_headings(OUTLINE) == set(range(10))


def test_some_headings_get_unknown_words() -> None:
    training = ContextTraining(renamed_rate=0.5)
    papers = [training.rename_headings(OUTLINE, 50) for _ in range(1000)]
    assert 0.4 < sum(map(bool, papers)) / 1000 < 0.5
    words = [of_heading for paper in papers for of_heading in paper.values()]
    assert {len(of_heading) for of_heading in words} == set(UNKNOWN_WORDS)
    assert {word for of_heading in words for word in of_heading} == set(range(1, 51))
    assert numpy.mean([len(paper) for paper in papers if paper]) == pytest.approx(
        5.5, abs=0.5
    )
    assert not any(ContextTraining().rename_headings(OUTLINE, 50) for _ in range(100))


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("alone_rate", 1.1),
        ("hidden_rate", -0.1),
        ("renamed_rate", 2),
        ("dropout", float("nan")),
        ("guess_weight", -1.0),
        ("rate_scale", float("inf")),
    ],
)
def test_a_number_out_of_its_range_is_named(setting: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"`{setting}` is {value}"):
        ContextTraining(**{setting: value})
