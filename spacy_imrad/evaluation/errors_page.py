"""The worst errors as a page to read: those of which the pipeline was most sure."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy

from ..labels import DISPLACY_COLORS, LABELS
from .metrics import Scored
from .predictions import Passage

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto;
       padding: 0 1rem; color: #1a202c; }
article { border-top: 1px solid #cbd5e0; padding: 1rem 0; }
.label { padding: .1rem .5rem; border-radius: .3rem; color: #000; }
.about { color: #4a5568; }
"""


def write_errors(
    scored: Scored, passages: Sequence[Passage], path: Path, number: int = 30
) -> None:
    """Write an HTML page of at most so many paragraphs, the surest errors first.

    passages: Of the scored paragraphs.
    """
    confidence = scored.probabilities.max(axis=1)
    wrong = numpy.flatnonzero(scored.predicted != scored.gold)
    worst = wrong[numpy.argsort(-confidence[wrong], kind="stable")][:number]
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en"><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>Worst errors</title><style>{_STYLE}</style>",
        "<h1>Worst errors</h1>",
        f"<p>{len(wrong):,} of {len(scored.gold):,} paragraphs have a wrong label. "
        f"These are the {len(worst)} of which the pipeline was most sure.</p>",
    ]
    for index in worst:
        predicted, gold = LABELS[scored.predicted[index]], LABELS[scored.gold[index]]
        parts += [
            f"<article><p>{_badge(predicted)} {confidence[index]:.0%}, "
            f"the authors' heading says {_badge(gold)}</p>",
            f"<p>{escape(passages[index].text)}</p>",
            f'<p class="about">{escape(passages[index].paper)}, '
            f"{escape(str(scored.sources[index]))}</p></article>",
        ]
    path.write_text("\n".join([*parts, "</html>", ""]), encoding="utf8")


def _badge(label: str) -> str:
    color = DISPLACY_COLORS[label]
    return f'<span class="label" style="background: {color}">{escape(label)}</span>'
