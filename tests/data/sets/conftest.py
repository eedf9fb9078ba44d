"""Small data in the layouts of the data sets, written for the purpose."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FORMULA = {"type": "formula", "latex": "x^2"}
FIGURE = {"type": "figure", "caption": "Snow."}
CC = "http://creativecommons.org/licenses/by/4.0/"


def span(text: str, marker: str) -> dict[str, Any]:
    """The span of a marker that stands in the text."""
    start = text.index(marker)
    key = marker.strip("{}").partition(":")[2]
    return {"start": start, "end": start + len(marker), "text": marker, "ref_id": key}


@pytest.fixture
def unarxive_part() -> Callable[..., dict[str, Any]]:
    """Make one entry of `body_text`; markers stand in the text as `{{cite:a}}`."""

    def make(
        section: str, text: str, number: str = "-1", kind: str = "section"
    ) -> dict[str, Any]:
        words = text.replace("}}", "}} ").replace("{{", " {{").split()
        markers = dict.fromkeys(w for w in words if w.startswith("{{"))
        # A marker stands for one place only, so each has a key of its own where it
        # is met again.
        spans = [(marker, span(text, marker)) for marker in markers]
        return {
            "section": section,
            "sec_number": number,
            "sec_type": kind,
            "content_type": "paragraph",
            "text": text,
            "cite_spans": [s for m, s in spans if m.startswith("{{cite")],
            "ref_spans": [s for m, s in spans if not m.startswith("{{cite")],
        }

    return make


@pytest.fixture
def unarxive_paper() -> Callable[..., dict[str, Any]]:
    def make(
        body: list[dict[str, Any]], paper_id: str = "1", license: str | None = CC
    ) -> dict[str, Any]:
        return {
            "paper_id": paper_id,
            "metadata": {
                "title": "On\n  snow",
                "categories": "physics.ao-ph",
                "license": license,
                "abstract": "  Snow is old.\n",
            },
            "discipline": "Physics",
            "body_text": body,
            "ref_entries": {"f": FORMULA, "g": FIGURE},
            "bib_entries": {},
        }

    return make


@pytest.fixture
def write_jsonl() -> Callable[..., Path]:
    def write(path: Path, records: list[Any]) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [r if isinstance(r, str) else json.dumps(r) for r in records]
        path.write_text("".join(line + "\n" for line in lines), encoding="utf8")
        return path

    return write
