"""The label that the headings around a text give to it, before its words are read."""

from collections.abc import Iterable
from itertools import chain, repeat
from typing import Literal, NamedTuple

from spacy_imrad.document.lexicon import passes_down, section_label, unarxive_label
from spacy_imrad.labels import Convention


class Named(NamedTuple):
    """A label out of a heading, and how firmly the heading stands behind it.

    own: The section's heading names the section (`Methods`).
    mixed: It is a heading that can stand over several kinds of text (`Experiments`).
    inherited: A heading above names it (`Statistical analysis` under `Methods`).
    """

    label: str
    how: Literal["own", "mixed", "inherited"]


def named_by(
    titles: Iterable[str],
    convention: Convention = "ancestor",
    stated: Iterable[str | None] = (),
) -> Named | None:
    """The label that a section has by its heading and those above it.

    titles: The section's own title, then those of the sections around it, innermost
        first; empty for a section without a heading.
    convention: By "unarxive" the section's own title decides alone, if the reference
        map has it.
    stated: For each title the label that the file itself gives the section, if any. It
        counts where the title names none, and only by "ancestor".
    RETURNS: None if no heading names a label.
    """
    if convention == "unarxive":
        label = next(map(unarxive_label, titles), None)
        return Named(label, "own") if label else None
    says = chain(stated, repeat(None))
    for distance, (title, said) in enumerate(zip(titles, says, strict=False)):
        named = section_label(title)
        label = named or said
        if label is None:
            continue
        if named is None or passes_down(title):
            return Named(label, "inherited" if distance else "own")
        return None if distance else Named(label, "mixed")
    return None
