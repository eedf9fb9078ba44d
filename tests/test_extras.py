"""The script that tries the wheel with each extra knows them all, and is strict."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "scripts"))

from extras import SAYS, extras, judge, needs
from extras_probe import Features

# Extras that are others together.
JOINED = {"all", "test-all"}


def test_every_extra_is_tried_and_has_its_message() -> None:
    assert set(extras()) - JOINED <= set(vars(Features)) & set(SAYS)


@pytest.mark.parametrize(
    ("installed", "error", "wrong"),
    [
        ({"pyarrow"}, None, None),
        ({"pyarrow"}, "ValueError: no heading", "parquet does not work"),
        (set(), "pip install 'spacy-imrad[parquet]'", None),
        (set(), "No module named 'pyarrow'", "parquet does not say"),
        (set(), None, "parquet works without ['pyarrow']"),
    ],
)
def test_judge(installed: set[str], error: str | None, wrong: str | None) -> None:
    found = judge({"parquet": error}, installed, needs())
    assert [text.startswith(wrong or "") for text in found] == [True] * bool(wrong)
