"""Papers in the order of journals that the training data lack."""

from collections.abc import Sequence
from dataclasses import replace

from spacy_imrad.document.paper import Paper
from spacy_imrad.training.gold import SectionGold


def methods_last(paper: Paper, gold: Sequence[SectionGold]) -> Paper:
    """Move the Methods behind the last section that is named, as biology prints them.

    Only top sections move, and with them all that they hold.
    gold: What is known of each of its sections.
    RETURNS: The paper as it is if it has no Methods, or nothing to stand behind.
    """
    tops: list[int] = []
    for index, (_, parent) in enumerate(gold):
        tops.append(index if parent is None else tops[parent])
    is_methods = [gold[top].label == "Methods" for top in tops]
    named = [
        label is not None and not moves
        for (label, _), moves in zip(gold, is_methods, strict=True)
    ]
    if True not in is_methods or True not in named:
        return paper
    last = tops[len(named) - 1 - named[::-1].index(True)]
    places = [
        2 if top > last else 1 if moves else 0
        for top, moves in zip(tops, is_methods, strict=True)
    ]
    order = sorted(range(len(tops)), key=lambda index: (places[index], index))
    return replace(paper, sections=tuple(paper.sections[i] for i in order))
