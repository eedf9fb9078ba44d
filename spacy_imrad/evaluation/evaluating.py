"""A whole evaluation: figures, pictures, errors and the page about them."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import srsly
from spacy.language import Language

from ..training.corpus import make_papers_corpus_v1
from ..training.gold import Rule
from .charts import draw_confusion, draw_learning_curves, draw_reliability
from .errors_page import write_errors
from .predictions import score_examples
from .report import write_report

# How a paper is shown to the pipeline.
VIEWS: Final = {"headings hidden": "hide", "headings shown": "show"}


def evaluate(
    pipelines: Mapping[str, Language],
    papers: str,
    folder: Path,
    *,
    rule: Rule = "ancestor",
    min_length: int = 200,
    limit: int = 0,
    log: Sequence[dict[str, Any]] = (),
    on_view: Callable[[str, str], None] = lambda pipeline, view: None,
) -> dict[str, Any]:
    """Measure pipelines on whole papers with gold labels.

    pipelines: By name; the first is reported on, the others are there to compare.
    papers: A file or a folder of papers as JSON Lines.
    folder: Gets `metrics.json`, `REPORT.md`, `errors.html`, `confusion.png`,
        `reliability.png` and, if there is a log, `learning_curves.png`. All but the
        tables are of the first pipeline with the headings hidden.
    limit: At most so many papers, 0 for all.
    log: The evaluations that the training made.
    on_view: Told which pipeline reads the papers next, and how they are shown.
    RETURNS: What `metrics.json` has.
    RAISES: What the reader of papers raises; ValueError as `score_examples` does.
    """
    folder.mkdir(parents=True, exist_ok=True)
    scores: dict[str, dict[str, Any]] = {}
    for name, nlp in pipelines.items():
        scores[name] = {}
        for view, headings in VIEWS.items():
            on_view(name, view)
            corpus = make_papers_corpus_v1(
                papers,
                unit="paper",
                rule=rule,
                headings=headings,  # type: ignore[arg-type]
                tokens="paragraph",
                min_length=min_length,
                limit=limit,
            )
            scored, passages = score_examples(nlp, corpus(nlp))
            if not any(scores.values()):
                draw_confusion(scored.confusion(), folder / "confusion.png")
                draw_reliability(scored, folder / "reliability.png")
                write_errors(scored, passages, folder / "errors.html")
            scores[name][view] = scored.summary()
    pictures = {"Confusion": "confusion.png", "Reliability": "reliability.png"}
    if log:
        draw_learning_curves(log, folder / "learning_curves.png")
        pictures["Learning curves"] = "learning_curves.png"
    title = f"How well {next(iter(pipelines))} labels papers"
    page = write_report(title, scores, pictures)
    (folder / "REPORT.md").write_text(page, encoding="utf8")
    srsly.write_json(folder / "metrics.json", scores)
    return scores
