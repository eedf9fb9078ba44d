"""Sections of a text without headings."""

import itertools

import numpy
import pytest

from spacy_imrad.pipeline.grouping import group_paragraphs, mean_scores, viterbi_path


def rows(*probabilities: float) -> numpy.ndarray:
    """Two labels; the numbers are the first one's probabilities."""
    return numpy.asarray([[p, 1 - p] for p in probabilities], dtype="f")


def runs_of(*probabilities: float) -> list[tuple[int, int]]:
    return group_paragraphs(rows(*probabilities), [100] * len(probabilities))


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [
        ([0.9], [(0, 1)]),
        ([0.9, 0.8, 0.9], [(0, 3)]),
        ([0.9, 0.9, 0.1, 0.1], [(0, 2), (2, 4)]),
        # A single dissenter, and one that is sure.
        ([0.9, 0.9, 0.4, 0.9, 0.9], [(0, 5)]),
        ([0.9, 0.9, 0.001, 0.9, 0.9], [(0, 2), (2, 3), (3, 5)]),
    ],
)
def test_neighbours_with_one_label_are_a_section(
    probabilities: list[float], expected: list[tuple[int, int]]
) -> None:
    assert runs_of(*probabilities) == expected


def test_runs_cover_the_text_and_neighbours_differ() -> None:
    rng = numpy.random.default_rng(0)
    for _ in range(50):
        n = int(rng.integers(1, 30))
        scores = rng.dirichlet(numpy.full(5, 0.3), size=n).astype("f")
        lengths = rng.integers(1, 2000, size=n).tolist()
        runs = group_paragraphs(scores, lengths)
        assert [runs[0][0], *(end for _, end in runs)] == [
            *(start for start, _ in runs),
            n,
        ]
        labels = [
            mean_scores(scores[slice(*run)], lengths[slice(*run)]).argmax()
            for run in runs
        ]
        assert all(a != b for a, b in itertools.pairwise(labels))


def test_the_best_path_is_the_best_of_all_paths() -> None:
    rng = numpy.random.default_rng(1)
    scores = rng.dirichlet(numpy.ones(3), size=5).astype("f")
    transitions = numpy.log(rng.dirichlet(numpy.ones(3), size=4))

    def worth(path: tuple[int, ...]) -> float:
        steps = zip((3, *path), path, strict=False)
        return sum(transitions[step] for step in steps) + sum(
            numpy.log(scores[row, label]) for row, label in enumerate(path)
        )

    expected = max(itertools.product(range(3), repeat=5), key=worth)
    assert tuple(viterbi_path(scores, transitions)) == expected


def test_means_are_weighted_by_length() -> None:
    mean = mean_scores(rows(1.0, 0.0), [300, 100])
    assert mean.dtype == numpy.float32
    assert mean.tolist() == [0.75, 0.25]
