"""One page in Markdown about how well a pipeline does."""

from collections.abc import Mapping
from typing import Any

from ..labels import LABELS

_COLUMNS = ("accuracy", "weighted_f1", "macro_f1", "ece")
_HEAD = "paragraphs | accuracy | weighted F1 | macro F1 | ECE |"


def write_report(
    title: str,
    scores: Mapping[str, Mapping[str, Any]],
    pictures: Mapping[str, str],
) -> str:
    """The page.

    scores: By pipeline, the first being the one that is reported on, and by how the
        papers were shown to it, a summary of its figures.
    pictures: File names by caption.
    """
    name, shown = next(iter(scores.items()))
    lines = [
        f"# {title}",
        "",
        f"| pipeline | papers | {_HEAD}",
        "|" + "---|" * 7,
    ]
    for pipeline, by_view in scores.items():
        for view, summary in by_view.items():
            lines.append(f"| {pipeline} | {view} {_figures(summary['all'])}")
    for view, summary in shown.items():
        lines += ["", f"## {name}, {view}", ""]
        lines += [
            "| label | paragraphs | precision | recall | F1 |",
            "|" + "---|" * 5,
        ]
        for label in LABELS:
            row = summary["labels"][label]
            if not row["paragraphs"]:
                lines.append(f"| {label} | 0 | – | – | – |")
                continue
            lines.append(
                f"| {label} | {row['paragraphs']:,} | {row['p']:.4f} | {row['r']:.4f} "
                f"| {row['f']:.4f} |"
            )
        lines += ["", f"| source | {_HEAD}", "|" + "---|" * 6]
        for source, row in summary["sources"].items():
            lines.append(f"| {source or '–'} {_figures(row)}")
    for caption, file in pictures.items():
        lines += ["", f"## {caption}", "", f"![{caption}]({file})"]
    lines += ["", "The [worst errors](errors.html) are on a page of their own.", ""]
    return "\n".join(lines)


def _figures(row: Mapping[str, float]) -> str:
    figures = " | ".join(f"{row[column]:.4f}" for column in _COLUMNS)
    return f"| {int(row['paragraphs']):,} | {figures} |"
