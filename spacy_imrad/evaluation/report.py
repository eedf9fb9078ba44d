"""One page in Markdown about how well a pipeline does."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from spacy_imrad import printable
from spacy_imrad.labels import LABELS
from spacy_imrad.training.log import Entry, best_step

FEW: Final = 30
"""Gold paragraphs of a label below which its figures say little."""

_SHOWN: Final = {"hide": "hidden", "show": "shown"}


def write_report(
    metrics: Mapping[str, Any],
    pictures: Mapping[str, str],
    log: Sequence[Entry] = (),
) -> str:
    """The page. Its first lines say in words what the figures below them mean.

    metrics: As `evaluate` returns them; the first pipeline is reported on.
    pictures: File names by caption.
    log: The evaluations that the training made.
    """
    name, by_view = next(iter(metrics["pipelines"].items()))
    n_paragraphs = by_view["hide"]["all"]["paragraphs"]
    found = [
        *(
            verdict(other, gains["hide"]["accuracy"], metrics["papers"])
            for other, gains in metrics["gains"].items()
        ),
        *_advice(by_view["hide"], metrics["gains"]),
        *training_verdict(log),
        *_too_few(by_view["hide"]["labels"]),
    ]
    lines = [
        f"# How well {name} labels papers",
        "",
        *(line for sentence in found for line in (sentence, "")),
        f"{printable.count(metrics['papers'], 'paper')} with "
        f"{printable.count(n_paragraphs, 'paragraph')} of "
        f"{metrics['min_length']} characters or more under a heading that gives them a "
        f"label, by the convention {metrics['convention']}. With headings hidden the "
        "pipeline sees the paragraphs alone; with headings shown it also sees those "
        "that the labels were taken from. In brackets: where 95% of the figures lie "
        "when as many papers are drawn from these anew.",
        "",
        *_overview(metrics["pipelines"]),
    ]
    for other, gains in metrics["gains"].items():
        lines += ["", f"More than {other}, with headings hidden: {_gains(gains)}."]
    for view, summary in by_view.items():
        lines += ["", f"## {name}, headings {_SHOWN[view]}", ""]
        lines += [*_labels(summary["labels"]), "", *_sources(summary["sources"])]
    for caption, file in pictures.items():
        lines += ["", f"## {caption}", "", f"![{caption}]({file})"]
    lines += ["", "The [worst errors](errors.html) are on a page of their own.", ""]
    return "\n".join(lines)


def verdict(other: str, gain: Mapping[str, Any], n_papers: int) -> str:
    """Whether a pipeline is better than another, by how much, and how sure that is.

    gain: `difference` in accuracy, 0 to 1, and its `interval`.
    """
    difference, (low, high) = gain["difference"], gain["interval"]
    papers = f"{n_papers:,} {'paper' if n_papers == 1 else 'papers'}"
    measured = (
        f"on {papers} that training did not see, headings hidden, the difference in "
        f"accuracy is {100 * difference:+.2f} points (95% interval {100 * low:+.2f} to "
        f"{100 * high:+.2f})"
    )
    if low > 0:
        return f"**Better than {other}**: {measured}."
    if high < 0:
        return f"**Worse than {other}**: {measured}."
    if difference == low == high == 0:
        return f"**The same as {other}**: {measured}."
    return f"**Not told apart from {other}**: {measured}."


def training_verdict(log: Sequence[Entry]) -> list[str]:
    """What the evaluations of a training say of its course, nothing or one paragraph.
    Two are a difference, and no course."""
    if len(log) == 2 and best_step(log) == log[0]["step"]:
        before, after = (f"{entry['score']:.4f}" for entry in log)
        return [
            "**Training did not raise the score** on the development papers, which was "
            f"{before} before and {after} after it: `model-best` has learned nothing."
        ]
    if len(log) < 3:
        return []
    best, first, last = best_step(log), log[0]["step"], log[-1]["step"]
    if best == first:
        scores = [entry["score"] for entry in log]
        pairs = list(pairwise(scores))
        if all(before == after for before, after in pairs):
            course = "The learning curve is flat"
        elif all(before >= after for before, after in pairs):
            course = "The learning curve only falls"
        else:
            course = "The learning curve never rises above its beginning"
        return [
            f"**{course}**: on the development papers no step has a better score than "
            f"step {first:,}, so `model-best` has learned nothing. Use the pipeline "
            "that training began with, or train on more papers."
        ]
    if best == last:
        return [
            "The score on the development papers was still rising when training "
            "ended; more papers or more steps may help."
        ]
    return []


def _advice(
    summary: Mapping[str, Any], gains: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    """What to do if the pipeline is no better than those that it is compared with."""
    if not gains or any(
        x["hide"]["accuracy"]["interval"][0] > 0 for x in gains.values()
    ):
        return []
    errors = {
        source: round((1 - row["accuracy"]) * row["paragraphs"])
        for source, row in summary["sources"].items()
    }
    worst, count = max(errors.items(), key=lambda item: item[1])
    total = sum(errors.values())
    where = (
        f" Most errors are in {worst or 'papers without a source'}: {count:,} of "
        f"{total:,}."
        if len(errors) > 1 and total
        else ""
    )
    return [f"More papers for training and for the test would tell more.{where}"]


def _too_few(labels: Mapping[str, Mapping[str, float]]) -> list[str]:
    counts = {label: int(labels[label]["paragraphs"]) for label in LABELS}
    few = [f"{label} ({n:,})" for label, n in counts.items() if 0 < n < FEW]
    none = [label for label, n in counts.items() if not n]
    found = []
    if few:
        found.append(
            f"**Too few to judge**: {', '.join(few)}. With fewer than {FEW} gold "
            "paragraphs the figures of a label say little, and macro F1 counts it as "
            "much as the others."
        )
    if none:
        found.append(
            f"**Not judged at all**: {', '.join(none)}. There is no gold paragraph, "
            "and macro F1 leaves the label out."
        )
    return found


def _overview(pipelines: Mapping[str, Mapping[str, Any]]) -> list[str]:
    rows = []
    for pipeline, by_view in pipelines.items():
        for view, summary in by_view.items():
            row = summary["all"]
            rows.append(
                [
                    pipeline,
                    _SHOWN[view],
                    _of(row["accuracy"], row["paragraphs"]),
                    *(
                        f"{row[figure]:.4f} ({low:.3f}–{high:.3f})"
                        for figure, (low, high) in row["intervals"].items()
                    ),
                    f"{row['weighted_f1']:.4f}",
                    f"{row['ece']:.4f}",
                ]
            )
    figures = ("accuracy", "macro F1", "weighted F1", "ECE")
    head = ["pipeline", "headings", "right", *figures]
    return table(head, rows)


def _gains(gains: Mapping[str, Any]) -> str:
    names = {"accuracy": "accuracy", "macro_f1": "macro F1"}
    parts = []
    for figure, gain in gains["hide"].items():
        low, high = gain["interval"]
        parts.append(
            f"{names[figure]} {gain['difference']:+.4f} ({low:+.3f} to {high:+.3f})"
        )
    return ", ".join(parts)


def _labels(labels: Mapping[str, Mapping[str, float]]) -> list[str]:
    rows = []
    for label in LABELS:
        row = labels[label]
        n = row["paragraphs"]
        right = round(row["r"] * n)
        predicted = round(right / row["p"]) if row["p"] else 0
        precision = f"{row['p']:.4f} ({right:,} of {predicted:,})" if predicted else "–"
        recall = f"{row['r']:.4f} ({right:,} of {n:,})"
        figures = [precision, recall, f"{row['f']:.4f}"] if n else ["–"] * 3
        rows.append([label, *figures])
    return table(["label", "precision", "recall", "F1"], rows)


def _sources(sources: Mapping[str, Mapping[str, float]]) -> list[str]:
    figures = ("accuracy", "weighted_f1", "macro_f1", "ece")
    rows = [
        [
            source or "–",
            _of(row["accuracy"], row["paragraphs"]),
            *(f"{row[figure]:.4f}" for figure in figures),
        ]
        for source, row in sources.items()
    ]
    head = ["source", "right", "accuracy", "weighted F1", "macro F1", "ECE"]
    return table(head, rows)


def _of(share: float, n: float) -> str:
    return f"{round(share * n):,} of {int(n):,}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]
