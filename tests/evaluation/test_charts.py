"""Pictures: their colours are those of the pages, and their intervals hold."""

import re
from importlib.resources import files

import numpy
import pytest

pytest.importorskip("sklearn", reason="needs the extra `report`")

from spacy_imrad.evaluation.intervals import wilson
from spacy_imrad.view import colors


@pytest.mark.parametrize("name", ["PAPER", "TEXT", "MUTED", "LINE"])
def test_pictures_have_the_colors_of_the_pages(name):
    style = (files("spacy_imrad.view") / "templates" / "page.css").read_text()
    found = re.search(rf"--{name.lower()}: light-dark\((#\w+),", style)
    assert found is not None
    assert getattr(colors, name) == found[1]


@pytest.mark.parametrize("share", [0.02, 0.5, 0.97])
def test_intervals_of_shares_hold(share):
    of = numpy.full(20_000, 60)
    right = numpy.random.default_rng(0).binomial(of, share)
    low, high = wilson(right, of)
    assert (low + 1e-12 >= 0).all()
    assert (high <= 1 + 1e-12).all()
    assert ((low <= share) & (share <= high)).mean() == pytest.approx(0.95, abs=0.025)


def test_one_paragraph_says_little():
    low, high = wilson(numpy.array([1]), numpy.array([1]))
    assert low[0] < 0.3
    assert high[0] == pytest.approx(1)
