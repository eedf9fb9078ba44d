"""Headings that no lexicon and no training paper has, in place of those that name a
section: what is left of the accuracy when a paper's headings say nothing known?

    python -m benchmarks.unseen_headings --train ../shared/corpus/train-*.jsonl.xz

checks that none of the names below is known.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from spacy_imrad.document.lexicon import normalise_title, section_label
from spacy_imrad.document.outline import Outline
from spacy_imrad.readers.jsonl import read_papers

# Written for this purpose, for each label; a paper takes them in turn.
HELD_OUT = {
    "Introduction": ("Why We Looked Into This", "Setting the Scene for the Reader"),
    "Methods": ("How the Work Was Done", "What We Built and Why It Works"),
    "Results": ("What Came Out of It", "The Numbers in Front of Us"),
    "Related Work": ("Those Who Went Before Us", "How Others Went About It"),
    "Discussion": ("Making Sense of It All", "Where This Leaves Us Now"),
}


def rename_headings(outline: Outline, turn: int) -> tuple[Outline, set[int]]:
    """Give every section whose heading names a label a held-out heading instead.

    turn: Which of the label's headings, counted around.
    RETURNS: The outline with the other titles, and the indices of those sections.
    """
    sections = list(outline.sections)
    renamed = set()
    for index, section in enumerate(sections):
        label = section_label(section.title)
        if section.heading is not None and label is not None:
            names = HELD_OUT[label]
            title = names[turn % len(names)]
            sections[index] = replace(
                section, heading=replace(section.heading, title=title)
            )
            renamed.add(index)
    return Outline(tuple(sections)), renamed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", type=Path, nargs="+", required=True)
    names = {normalise_title(name) for names in HELD_OUT.values() for name in names}
    known = {name for name in names if section_label(name) is not None}
    papers = 0
    for paper in read_papers(parser.parse_args().train):
        papers += 1
        known |= names & {normalise_title(s.heading) for s in paper.sections}
    if known:
        sys.exit(f"Known already: {sorted(known)}")
    print(f"None of {len(names)} names is in the lexicon or in {papers:,} papers.")


if __name__ == "__main__":
    main()
