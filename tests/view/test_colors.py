"""Colours that every reader can tell apart, on every ground that they stand on."""

from itertools import combinations

import numpy
import pytest
from numpy.typing import NDArray

from spacy_imrad import LABELS
from spacy_imrad.labels import DISPLACY_COLORS
from spacy_imrad.view.colors import INK, colors_of

Vector = NDArray[numpy.float64]

# What full protanopia, deuteranopia and tritanopia leave of linear RGB
# (Machado, Oliveira and Fernandes 2009, severity 1).
SIGHT = {
    "normal": numpy.eye(3),
    "protan": numpy.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deutan": numpy.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritan": numpy.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
RGB_TO_XYZ = numpy.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
WHITE = RGB_TO_XYZ.sum(axis=1)
# Ten times what a trained eye can just tell apart side by side.
LEAST_DIFFERENCE = 20.0


def linear(color: str) -> Vector:
    values = numpy.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return numpy.where(
        values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4
    )


def contrast(first: str, second: str) -> float:
    """The contrast of WCAG 2."""
    light = sorted(float(RGB_TO_XYZ[1] @ linear(color)) for color in (first, second))
    return (light[1] + 0.05) / (light[0] + 0.05)


def lab(rgb: Vector) -> Vector:
    xyz = RGB_TO_XYZ @ numpy.clip(rgb, 0, 1) / WHITE
    root = numpy.where(
        xyz > 216 / 24389, numpy.cbrt(xyz), (24389 / 27 * xyz + 16) / 116
    )
    x, y, z = root
    return numpy.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("sight", SIGHT)
def test_labels_differ_for_every_kind_of_sight(sight: str) -> None:
    seen = {
        label: lab(SIGHT[sight] @ linear(DISPLACY_COLORS[label])) for label in LABELS
    }
    for first, second in combinations(LABELS, 2):
        difference = float(numpy.linalg.norm(seen[first] - seen[second]))
        assert difference >= LEAST_DIFFERENCE, (first, second)


@pytest.mark.parametrize("label", LABELS)
def test_black_text_and_dark_ground_contrast_with_every_label(label: str) -> None:
    assert contrast("#000000", DISPLACY_COLORS[label]) >= 7
    assert contrast(INK, DISPLACY_COLORS[label]) >= 4.5


def test_labels_of_other_pipelines_have_displacy_colors() -> None:
    known, unknown = colors_of(["Methods", "Appendix"])
    assert known == DISPLACY_COLORS["Methods"]
    assert contrast("#000000", unknown) >= 7
