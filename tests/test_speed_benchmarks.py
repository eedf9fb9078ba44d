"""The benchmarks of speed count what they say they count."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1]))

from benchmarks import cluster, texts
from benchmarks.machine import best_rate, operations_per_wordpiece
from benchmarks.scaling import cut, make_paper, stream
from benchmarks.throughput import measure, median_ratio
from spacy_imrad.document.paper import Paper, PaperSection

PAPER = Paper(
    "p",
    (
        PaperSection("Introduction", ("we show the problem " * 12, "it is short")),
        PaperSection("What we did", ("we are of samples " * 12,)),
        PaperSection("2.1 Results", ("this is\nimportant here " * 12,), level=2),
    ),
    title="On tests",
)


def test_paragraphs_are_those_with_a_label_and_long_enough() -> None:
    assert texts.labelled_paragraphs([PAPER]) == [
        (("we show the problem " * 12).strip(), "Introduction"),
        (("this is important here " * 12).strip(), "Results"),
    ]


def test_a_paper_is_written_as_markdown() -> None:
    blocks = texts.as_markdown(PAPER).split("\n\n")
    assert blocks[:2] == ["# On tests", "## Introduction"]
    assert blocks[-2] == "### 2.1 Results"
    assert "\n" not in blocks[-1]
    assert len(blocks) == 8


def test_ratios_are_to_the_better_of_the_others_part_by_part() -> None:
    assert median_ratio([10, 20, 90], [[5, 1, 30], [2, 10, 10]]) == 2
    assert median_ratio([10, 20], [[10, 10]]) == 1.5


def test_rivals_take_turns_on_the_same_parts() -> None:
    seen: list[tuple[str, list[str]]] = []

    def rival(name: str):
        def label(paragraphs):
            seen.append((name, list(paragraphs)))
            return [name for _ in paragraphs]

        return label

    paragraphs = [str(i) for i in range(5)]
    timings = measure(
        {"a": rival("a"), "b": rival("b")}, paragraphs, [1, 2, 3, 4, 5], n_parts=2
    )
    assert [name for name, _ in seen] == ["a", "b"] * 3
    assert seen[2][1] == seen[3][1] == paragraphs[:3]
    assert seen[4][1] == paragraphs[3:]
    assert timings["b"].labels == ["b"] * 5
    assert len(timings["a"].rates) == len(timings["a"].processor_rates) == 2


def test_operations_are_those_of_the_published_sizes() -> None:
    config = {"dim": 768, "hidden_dim": 3072, "n_layers": 6}
    # 42.5 million weights in the layers, each multiplied and added.
    assert operations_per_wordpiece(config, 0) == pytest.approx(2 * 42.5e6, rel=0.01)
    attention = operations_per_wordpiece(config, 100) - operations_per_wordpiece(
        config, 0
    )
    assert attention == 6 * 4 * 100 * 768
    # Half as many vectors, each of which looks at half as many.
    pooled = {**config, "wordpiece_pooling": [2] * 6}
    whole = operations_per_wordpiece(config, 0)
    assert operations_per_wordpiece(pooled, 0) == whole / 2
    assert operations_per_wordpiece(pooled, 100) == whole / 2 + attention / 4


def test_the_rate_is_that_of_the_fastest_run() -> None:
    runs = iter([0.0] * 10)
    assert best_rate(lambda: next(runs), 1e9, repeats=3) > 100


def test_papers_of_a_size_and_paragraphs_of_a_length() -> None:
    paragraphs = cut(["a b c d", "a b", "x y z"], 3)
    assert paragraphs == ["a b c", "x y z"]
    assert make_paper(paragraphs, 3) == "a b c\n\nx y z\n\na b c"
    papers = list(stream(paragraphs, 3))
    assert len(papers) == 3
    assert papers[0] != papers[1]
    assert {len(paper.split("\n\n")) for paper in papers} == {50}


def test_runs_of_the_command_are_timed_from_the_first_paper_on(
    tmp_path: Path, pipeline: str
) -> None:
    n_words = cluster.write([PAPER] * 80, tmp_path / "papers")
    assert n_words == 80 * len(texts.as_markdown(PAPER).split())
    calls: list[str] = []
    found = cluster.run(
        tmp_path, 80, 1, "--pipeline", pipeline, kill=lambda: calls.append("kill")
    )
    assert calls == ["kill"]
    assert found.content.startswith(b"PAR1")
    assert 0 < found.first < found.seconds
    assert found.rate > 0
