"""The worst errors as a page to read: those of which the pipeline was most sure."""

from collections import Counter
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Final

import numpy

from spacy_imrad.evaluation.metrics import Scored
from spacy_imrad.evaluation.predictions import Passage
from spacy_imrad.labels import DISPLACY_COLORS, LABELS

_STYLE: Final = """
:root { color-scheme: light dark; }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto;
       padding: 0 1rem; }
article { border-top: 1px solid color-mix(in srgb, currentColor 25%, transparent);
          padding: 1rem 0; }
.label { padding: .1rem .5rem; border-radius: .3rem; color: #000; white-space: nowrap; }
.about { opacity: .75; overflow-wrap: anywhere; }
.text { max-height: 22rem; overflow: auto; }
td, th { padding: .15rem 1rem .15rem 0; text-align: left; }
td.number { text-align: right; }
"""


def write_errors(
    scored: Scored, passages: Sequence[Passage], folder: Path, number: int = 30
) -> None:
    """Write `errors.html`: at most so many paragraphs, the surest errors first.

    passages: Texts of the scored paragraphs.
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
        f"<p>{len(wrong):,} of {len(scored.gold):,} paragraphs have a wrong label.</p>",
        *_kinds(scored),
    ]
    if len(worst):
        parts.append(
            f"<p>These are the {len(worst):,} of which the pipeline was most sure. It "
            "did not see the headings, which stand here for the reader.</p>"
        )
    for index in worst:
        passage = passages[index]
        where = " › ".join(passage.headings)
        parts += [
            f"<article><p>{_badge(scored.predicted[index])} {confidence[index]:.0%}, "
            f"by its heading {_badge(scored.gold[index])} "
            f"{scored.probabilities[index, scored.gold[index]]:.0%}</p>",
            f'<p class="about">{escape(where)}</p>' if where else "",
            f'<p class="text" tabindex="0">{escape(passage.text)}</p>',
            f'<p class="about">{escape(passage.paper)}, '
            f"{escape(str(scored.sources[index]))}</p></article>",
        ]
    page = "\n".join([*filter(None, parts), "</html>", ""])
    (folder / "errors.html").write_text(page, encoding="utf8")


def _kinds(scored: Scored) -> list[str]:
    """A table of what was taken for what, the most frequent first."""
    pairs = zip(scored.gold.tolist(), scored.predicted.tolist(), strict=True)
    kinds = Counter(pair for pair in pairs if pair[0] != pair[1])
    if not kinds:
        return []
    return [
        "<table><tr><th>by its heading</th><th>labelled</th><th>paragraphs</th></tr>",
        *(
            f"<tr><td>{_badge(gold)}</td><td>{_badge(predicted)}</td>"
            f'<td class="number">{count:,}</td></tr>'
            for (gold, predicted), count in kinds.most_common()
        ),
        "</table>",
    ]


def _badge(index: int) -> str:
    label = LABELS[index]
    color = DISPLACY_COLORS[label]
    return f'<span class="label" style="background: {color}">{escape(label)}</span>'
