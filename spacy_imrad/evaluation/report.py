"""One page in Markdown about how well a pipeline does."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from spacy_imrad.labels import LABELS

_SHOWN: Final = {"hide": "hidden", "show": "shown"}


def write_report(metrics: Mapping[str, Any], pictures: Mapping[str, str]) -> str:
    """The page.

    metrics: As `evaluate` returns them; the first pipeline is reported on.
    pictures: File names by caption.
    """
    name, by_view = next(iter(metrics["pipelines"].items()))
    n_paragraphs = by_view["hide"]["all"]["paragraphs"]
    lines = [
        f"# How well {name} labels papers",
        "",
        f"{metrics['papers']:,} papers with {n_paragraphs:,} paragraphs of "
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


def _overview(pipelines: Mapping[str, Mapping[str, Any]]) -> list[str]:
    rows = []
    for pipeline, by_view in pipelines.items():
        for view, summary in by_view.items():
            row = summary["all"]
            rows.append(
                [
                    pipeline,
                    _SHOWN[view],
                    *(
                        f"{row[figure]:.4f} ({low:.3f}–{high:.3f})"
                        for figure, (low, high) in row["intervals"].items()
                    ),
                    f"{row['weighted_f1']:.4f}",
                    f"{row['ece']:.4f}",
                ]
            )
    head = ["pipeline", "headings", "accuracy", "macro F1", "weighted F1", "ECE"]
    return _table(head, rows)


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
        none = not row["paragraphs"]
        figures = ["–" if none else f"{row[figure]:.4f}" for figure in "prf"]
        rows.append([label, f"{row['paragraphs']:,}", *figures])
    return _table(["label", "paragraphs", "precision", "recall", "F1"], rows)


def _sources(sources: Mapping[str, Mapping[str, float]]) -> list[str]:
    figures = ("accuracy", "weighted_f1", "macro_f1", "ece")
    rows = [
        [
            source or "–",
            f"{int(row['paragraphs']):,}",
            *(f"{row[figure]:.4f}" for figure in figures),
        ]
        for source, row in sources.items()
    ]
    head = ["source", "paragraphs", "accuracy", "weighted F1", "macro F1", "ECE"]
    return _table(head, rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]
