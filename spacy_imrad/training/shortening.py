"""Papers whose sections have other lengths than the training data's."""

import math
import random
from collections.abc import Sequence
from dataclasses import replace

from spacy_imrad.document.paper import Paper
from spacy_imrad.training.gold import SectionGold

SHORTEST = 0.2
"""Share of a section's paragraphs that stays at least."""


def shorten_sections(paper: Paper, gold: Sequence[SectionGold]) -> Paper:
    """Let each named top section end early, each at another place.

    What reads whole papers learns how long their sections usually are, and trusts it
    where a journal's are longer. The places follow from the paper's id.

    gold: What is known of each of its sections.
    RETURNS: The paper without the paragraphs that stand behind those places, and
        without the headings that are left with none. What has no label is kept.
    """
    chance = random.Random(f"{paper.id} shorter")
    top: list[int] = []
    lengths: dict[int, int] = {}
    for index, (_, parent) in enumerate(gold):
        top.append(index if parent is None else top[parent])
        n_paragraphs = len(paper.sections[index].paragraphs)
        lengths[top[index]] = lengths.get(top[index], 0) + n_paragraphs
    left = {
        index: math.ceil(length * chance.uniform(SHORTEST, 1))
        for index, length in lengths.items()
        if gold[index].label
    }
    sections = []
    for index, section in enumerate(paper.sections):
        paragraphs = section.paragraphs
        if (room := left.get(top[index])) is not None:
            paragraphs = paragraphs[:room]
            left[top[index]] = room - len(paragraphs)
            if section.paragraphs and not paragraphs:
                continue
            if len(paragraphs) < len(section.paragraphs):
                places = section.places[: 1 + len(paragraphs)]
                section = replace(section, paragraphs=paragraphs, places=places)
        sections.append(section)
    return replace(paper, sections=tuple(sections))
