"""Pictures of figures, as PNG files."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import NDArray

from spacy_imrad.evaluation.metrics import Scored, reliability
from spacy_imrad.labels import LABELS
from spacy_imrad.training.log import best_step

_BLUE: Final = "#2b6cb0"
_GREY: Final = "#8a8f98"


def draw_confusion(counts: NDArray[numpy.integer], path: Path) -> None:
    """counts: Paragraphs, gold labels x predicted labels."""
    shares = counts / numpy.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure = Figure(figsize=(6.4, 5.4), layout="constrained")
    axes = figure.add_subplot()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(LABELS)), LABELS, rotation=30, ha="right")
    axes.set_yticks(range(len(LABELS)), LABELS)
    axes.set_xlabel("predicted")
    axes.set_ylabel("gold")
    axes.set_title("Paragraphs, and their share of the gold label")
    for (row, column), count in numpy.ndenumerate(counts):
        if not count:
            continue
        axes.text(
            column,
            row,
            f"{count:,}\n{shares[row, column]:.0%}",
            ha="center",
            va="center",
            fontsize=9,
            color="white" if shares[row, column] > 0.5 else "black",
        )
    figure.savefig(path, dpi=120)


def draw_reliability(
    scored: Scored,
    path: Path,
    bins: int = 10,
    others: Mapping[str, Scored] | None = None,
) -> None:
    """Accuracy over confidence, and how many paragraphs there are of each.

    others: To compare with, by name.
    """
    _, _, size = reliability(scored.gold, scored.probabilities, bins)
    figure = Figure(figsize=(6.0, 6.4), layout="constrained")
    upper, lower = figure.subplots(2, sharex=True, height_ratios=(3, 1))
    upper.plot([0, 1], [0, 1], color=_GREY, linestyle="--", label="calibrated")
    for number, (name, other) in enumerate((others or {}).items(), start=1):
        style = {"color": f"C{number}", "marker": "s", "alpha": 0.6}
        _plot_reliability(upper, other, bins, label=name, **style)
    _plot_reliability(upper, scored, bins, label="pipeline", marker="o", color=_BLUE)
    upper.set_ylim(0, 1.02)
    upper.set_ylabel("accuracy")
    upper.set_title(f"Expected calibration error {scored.figures()['ece']:.3f}")
    upper.legend(loc="upper left")
    edges = numpy.linspace(0, 1, bins + 1)
    lower.bar(edges[:-1], size, width=1 / bins, align="edge", color=_BLUE, ec="white")
    lower.set_xlim(0, 1)
    lower.set_xlabel("confidence")
    lower.set_ylabel("paragraphs")
    for axes in (upper, lower):
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=120)


def _plot_reliability(axes: Axes, scored: Scored, bins: int, **style: Any) -> None:
    confidence, accuracy, size = reliability(scored.gold, scored.probabilities, bins)
    filled = size > 0
    axes.plot(confidence[filled], accuracy[filled], **style)


def draw_learning_curves(log: Sequence[dict[str, Any]], path: Path) -> None:
    """log: The evaluations that a training made, see `training/log.py`."""
    steps = [entry["step"] for entry in log]
    figure = Figure(figsize=(7.2, 5.6), layout="constrained")
    upper, lower = figure.subplots(2, sharex=True)
    marker = "o" if len(steps) < 30 else None
    for name in sorted({name for entry in log for name in entry["scores"]}):
        values = [entry["scores"].get(name) for entry in log]
        upper.plot(steps, values, marker=marker, label=name)
    best = best_step(log)
    upper.axvline(best, color=_GREY, linestyle="--", label=f"model-best, step {best:,}")
    # A loss is the sum since the evaluation before it.
    lengths = numpy.diff([0, *steps])
    for name in sorted({name for entry in log for name in entry["losses"]}):
        losses = [entry["losses"].get(name, numpy.nan) for entry in log]
        means = numpy.asarray(losses) / numpy.maximum(lengths, 1)
        shown = lengths > 0
        lower.plot(numpy.asarray(steps)[shown], means[shown], marker=marker, label=name)
    upper.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=1))
    upper.set_title("On the development papers")
    upper.legend()
    lower.set_title("Training loss, the mean of a step")
    lower.set_xlabel("step")
    lower.xaxis.set_major_locator(MaxNLocator(integer=True))
    for axes in (upper, lower):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", alpha=0.3)
        axes.margins(y=0.1)
    figure.savefig(path, dpi=120)
