"""Pictures of figures, as PNG files, in the colours of the pages."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import NDArray

from spacy_imrad.evaluation.intervals import wilson
from spacy_imrad.evaluation.metrics import Scored, reliability
from spacy_imrad.labels import DISPLACY_COLORS, LABELS
from spacy_imrad.training.log import best_step
from spacy_imrad.view.colors import INK, LINE, MUTED, PAPER, TEXT

# Of Okabe and Ito, dark enough on the paper's colour; for what is no label.
_SERIES: Final = ("#0b57d0", "#a34a00", "#00694d", "#8b3a79")
_STYLE: Final[dict[Any, Any]] = {
    **dict.fromkeys(("figure.facecolor", "axes.facecolor", "savefig.facecolor"), PAPER),
    **dict.fromkeys(("text.color", "axes.titlecolor"), TEXT),
    **dict.fromkeys(("axes.labelcolor", "xtick.color", "ytick.color"), MUTED),
    **dict.fromkeys(("axes.edgecolor", "grid.color", "legend.edgecolor"), LINE),
    **dict.fromkeys(("axes.spines.top", "axes.spines.right"), False),
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.titlesize": 12,
    "axes.titlepad": 12,
    "axes.prop_cycle": f"cycler('color', {list(_SERIES)})",
    "legend.frameon": False,
    "savefig.dpi": 144,
}


def draw_confusion(counts: NDArray[numpy.integer], path: Path) -> None:
    """counts: Paragraphs, gold labels x predicted labels."""
    of = counts.sum(axis=1)
    shares = counts / numpy.maximum(of[:, None], 1)
    paper = numpy.array(to_rgb(PAPER))
    colors = numpy.array([to_rgb(DISPLACY_COLORS[label]) for label in LABELS])
    # A row has the colour of its label, the deeper the more of the label's paragraphs.
    image = paper + shares[:, :, None] * (colors[:, None] - paper)
    with rc_context(_STYLE):
        figure = Figure(figsize=(7.2, 5.6), layout="constrained")
        axes = figure.add_subplot()
        axes.imshow(image, aspect="auto")
        axes.set_xticks(range(len(LABELS)), LABELS, rotation=30, ha="right")
        axes.set_yticks(range(len(LABELS)), LABELS)
        axes.set_xlabel("labelled")
        axes.set_ylabel("by the headings")
        axes.set_title("Paragraphs of each label, and what they were labelled")
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0)
        edges = numpy.arange(len(LABELS) + 1) - 0.5
        axes.hlines(edges, edges[0], edges[-1], color=LINE, linewidth=1)
        for (row, column), count in numpy.ndenumerate(counts):
            if count:
                axes.text(
                    column,
                    row,
                    f"{shares[row, column]:.0%}\n{count:,} of {of[row]:,}",
                    ha="center",
                    va="center",
                    fontsize=9,
                    color=INK,
                )
        figure.savefig(path)


def draw_reliability(
    scored: Scored,
    path: Path,
    bins: int = 10,
    others: Mapping[str, Scored] | None = None,
) -> None:
    """Accuracy over confidence with 95% intervals, and how many paragraphs there are of
    each.

    others: To compare with, by name.
    """
    with rc_context(_STYLE):
        figure = Figure(figsize=(7.2, 6.8), layout="constrained")
        upper, lower = figure.subplots(2, sharex=True, height_ratios=(3, 1))
        upper.plot([0, 1], [0, 1], color=MUTED, linestyle=":", label="calibrated")
        series = {"pipeline": scored, **(others or {})}
        for number, (name, one) in enumerate(series.items()):
            shift = (number - (len(series) - 1) / 2) * 0.12 / bins
            _plot_reliability(upper, one, bins, shift, name, _SERIES[number % 4])
        upper.set_ylim(0, 1.02)
        upper.yaxis.set_major_formatter(PercentFormatter(1.0))
        upper.set_ylabel("right")
        upper.set_title(
            f"How often the pipeline is right (ECE {scored.figures()['ece']:.3f})"
        )
        upper.legend(loc="upper left")
        _, accuracy, size = reliability(scored.gold, scored.probabilities, bins)
        edges = numpy.linspace(0, 1, bins + 1)
        bars = lower.bar(
            edges[:-1], size, 1 / bins, align="edge", color=_SERIES[0], ec=PAPER
        )
        right = numpy.rint(accuracy * size).astype(int)
        pairs = zip(right, size, strict=True)
        texts = [f"{n:,}\nof {of:,}" if of else "" for n, of in pairs]
        lower.bar_label(bars, texts, fontsize=8, padding=2)
        lower.margins(y=0.45)
        lower.set_xlim(0, 1)
        lower.xaxis.set_major_formatter(PercentFormatter(1.0))
        lower.set_xlabel("confidence")
        lower.set_ylabel("paragraphs")
        lower.set_title("Right, of the pipeline's paragraphs", fontsize=10)
        figure.savefig(path)


def _plot_reliability(
    axes: Axes, scored: Scored, bins: int, shift: float, name: str, color: str
) -> None:
    """Points without a line between them: neighbours share no paragraph."""
    confidence, accuracy, size = reliability(scored.gold, scored.probabilities, bins)
    filled = size > 0
    at, middle = confidence[filled] + shift, accuracy[filled]
    low, high = wilson(middle * size[filled], size[filled])
    bars = numpy.maximum([middle - low, high - middle], 0)
    axes.errorbar(at, middle, bars, fmt="o", markersize=6, color=color, label=name)


def draw_learning_curves(log: Sequence[dict[str, Any]], path: Path) -> None:
    """log: The evaluations that a training made, see `training/log.py`."""
    steps = [entry["step"] for entry in log]
    with rc_context(_STYLE):
        figure = Figure(figsize=(7.2, 6.0), layout="constrained")
        upper, lower = figure.subplots(2, sharex=True)
        marker = "o" if len(steps) < 30 else None
        for name in sorted({name for entry in log for name in entry["scores"]}):
            values = [entry["scores"].get(name) for entry in log]
            upper.plot(steps, values, marker=marker, label=_plain(name))
        best = best_step(log)
        upper.axvline(
            best, color=MUTED, linestyle=":", label=f"model-best, step {best:,}"
        )
        # A loss is the sum since the evaluation before it.
        lengths = numpy.diff([0, *steps])
        shown = lengths > 0
        for name in sorted({name for entry in log for name in entry["losses"]}):
            losses = [entry["losses"].get(name, numpy.nan) for entry in log]
            means = numpy.asarray(losses) / numpy.maximum(lengths, 1)
            lower.plot(
                numpy.asarray(steps)[shown], means[shown], marker=marker, color=TEXT
            )
        upper.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=1))
        upper.set_title("Scores on the development papers")
        upper.legend()
        lower.set_title("Training loss, the mean of a step")
        lower.set_xlabel("step")
        lower.xaxis.set_major_locator(MaxNLocator(integer=True))
        for axes in (upper, lower):
            axes.grid(axis="y")
            axes.margins(y=0.15)
        figure.savefig(path)


def _plain(score: str) -> str:
    """What a reader calls a score of spaCy's: "spans_imrad_macro_f" is "macro F1"."""
    names = {"acc": "accuracy", "macro_f": "macro F1", "weighted_f": "weighted F1"}
    return next((n for end, n in names.items() if score.endswith(f"_{end}")), score)
