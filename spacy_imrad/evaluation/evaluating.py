"""A whole evaluation: figures, pictures, errors and the page about them."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from spacy.language import Language

from spacy_imrad.evaluation.charts import (
    draw_confusion,
    draw_learning_curves,
    draw_reliability,
)
from spacy_imrad.evaluation.errors_page import write_errors
from spacy_imrad.evaluation.intervals import Resampled
from spacy_imrad.evaluation.metrics import Scored
from spacy_imrad.evaluation.predictions import Passage, score_examples
from spacy_imrad.evaluation.report import write_report
from spacy_imrad.labels import Convention
from spacy_imrad.outputs import Output, claim_in
from spacy_imrad.training.corpus import make_papers_corpus_v2

# How the headings of a paper are shown to the pipeline.
VIEWS: Final = ("hide", "show")
FILES: Final = (
    *("metrics.json", "REPORT.md", "errors.html"),
    *("confusion.png", "reliability.png", "learning_curves.png"),
)
# Fewer points are no curve.
FEWEST_EVALUATIONS: Final = 4


class _Measurement(NamedTuple):
    """What one pipeline predicted for the papers, in one view of them."""

    scored: Scored
    passages: list[Passage]
    resampled: Resampled

    def summary(self) -> dict[str, Any]:
        summary = self.scored.summary()
        summary["all"]["intervals"] = self.resampled.intervals()
        return summary


def evaluate(
    pipelines: Mapping[str, Language],
    papers: str,
    folder: Path,
    *,
    convention: Convention = "ancestor",
    min_length: int = 200,
    limit: int = 0,
    log: Sequence[dict[str, Any]] = (),
    overwrite: bool = False,
    on_view: Callable[[str, str], None] = lambda pipeline, view: None,
) -> dict[str, Any]:
    """Measure pipelines on whole papers with gold labels.

    pipelines: By name; the first is reported on, the others are there to compare.
    papers: A file or a folder of papers as JSON Lines.
    folder: Gets `metrics.json`, `REPORT.md`, `errors.html`, `confusion.png`,
        `reliability.png` and, if the log is long enough, `learning_curves.png`. All
        but the tables are of the headings hidden.
    limit: At most so many papers, 0 for all.
    log: The evaluations that the training made.
    overwrite: Replace an earlier evaluation in the folder.
    on_view: Told which pipeline reads the papers next, and one of `VIEWS`.
    RETURNS: What `metrics.json` has: `papers` (how many), `convention` and
        `min_length`; `pipelines`, the figures by pipeline and view; `gains`, by
        pipeline that is compared and view, how much the first pipeline has more than
        it: the difference, and the interval of that.
    RAISES: OutputError if the folder has something else under these names; what the
        reader of papers raises; ValueError as `score_examples` does.
    """
    taken = claim_in(folder, FILES, "evaluate", inputs=[papers], overwrite=overwrite)
    with taken as output:
        return _evaluate(
            pipelines, papers, output, convention, min_length, limit, log, on_view
        )


def _evaluate(
    pipelines: Mapping[str, Language],
    papers: str,
    output: Output,
    convention: Convention,
    min_length: int,
    limit: int,
    log: Sequence[dict[str, Any]],
    on_view: Callable[[str, str], None],
) -> dict[str, Any]:

    def read(name: str, view: str) -> _Measurement:
        on_view(name, view)
        corpus = make_papers_corpus_v2(
            papers,
            unit="paper",
            convention=convention,
            headings=view,  # type: ignore[arg-type]
            tokens="paragraph",
            min_length=min_length,
            limit=limit,
        )
        scored, passages = score_examples(pipelines[name], corpus(pipelines[name]))
        resampled = Resampled(scored, [passage.paper for passage in passages])
        return _Measurement(scored, passages, resampled)

    measurements = {
        name: {view: read(name, view) for view in VIEWS} for name in pipelines
    }
    first, *others = measurements
    hidden = measurements[first]["hide"]
    metrics = {
        "papers": hidden.resampled.n_papers,
        "convention": convention,
        "min_length": min_length,
        "pipelines": {
            name: {view: measurement.summary() for view, measurement in by_view.items()}
            for name, by_view in measurements.items()
        },
        "gains": {
            name: {
                view: _gain(measurements[first][view], measurements[name][view])
                for view in VIEWS
            }
            for name in others
        },
    }

    folder = output.folder
    output.clear()
    output.writes(*output.paths)
    compared = {name: measurements[name]["hide"].scored for name in others}
    draw_confusion(hidden.scored.confusion(), folder / "confusion.png")
    draw_reliability(hidden.scored, folder / "reliability.png", others=compared)
    # What was hidden from the pipeline may be shown to whoever reads its errors.
    write_errors(hidden.scored, measurements[first]["show"].passages, folder)
    pictures = {"Confusion": "confusion.png", "Reliability": "reliability.png"}
    if len(log) >= FEWEST_EVALUATIONS:
        draw_learning_curves(log, folder / "learning_curves.png")
        pictures["Learning curves"] = "learning_curves.png"
    page = write_report(metrics, pictures, log)
    (folder / "REPORT.md").write_text(page, encoding="utf8")
    text = json.dumps(metrics, indent=2) + "\n"
    (folder / "metrics.json").write_text(text, encoding="utf8")
    output.finish()
    return metrics


def _gain(measurement: _Measurement, other: _Measurement) -> dict[str, Any]:
    figures, others = measurement.scored.figures(), other.scored.figures()
    intervals = measurement.resampled.gain_over(other.resampled)
    return {
        figure: {"difference": figures[figure] - others[figure], "interval": interval}
        for figure, interval in intervals.items()
    }
