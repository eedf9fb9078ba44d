"""The label that the headings around a text give to it, before its words are read."""

import re
from collections.abc import Iterable
from itertools import chain, repeat
from typing import Final, Literal, NamedTuple

from spacy_imrad.document.lexicon import (
    is_weak,
    normalise_title,
    passes_down,
    section_label,
    unarxive_label,
)
from spacy_imrad.labels import Convention

# Values that JATS documents, and spellings of them that publishers use.
_SEC_TYPES: Final[dict[str, str]] = {
    "intro": "Introduction",
    "introduction": "Introduction",
    "materials": "Methods",
    "method": "Methods",
    "methods": "Methods",
    "subjects": "Methods",
    "results": "Results",
    "related-work": "Related Work",
    "conclusion": "Discussion",
    "conclusions": "Discussion",
    "discussion": "Discussion",
}
_JOINT: Final = re.compile(r"[,;/]|\band\b")


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
    weak: Named | None = None
    for distance, (title, said) in enumerate(zip(titles, says, strict=False)):
        named = section_label(title)
        label = named or said
        if label is None:
            continue
        if named is not None and is_weak(title):
            # A label that the file gives is firmer.
            weak = weak or (None if distance else Named(label, "mixed"))
            if said is None:
                continue
            named, label = None, said
        if named is None or passes_down(title):
            return Named(label, "inherited" if distance else "own")
        return weak or (None if distance else Named(label, "mixed"))
    return weak


def sec_type_label(sec_type: str) -> str | None:
    """The label that a JATS `sec-type` names.

    sec_type: One value, or several with bars between ("materials|methods").
    RETURNS: One of `LABELS`; None for an unknown value, or for values of two labels
        ("results|discussion").
    """
    labels = {_SEC_TYPES.get(part.strip()) for part in sec_type.lower().split("|")}
    return labels.pop() if len(labels) == 1 else None


def names_two(heading: str) -> bool:
    """Whether a heading names sections of several labels ("Results and Discussion"),
    which publishers file under either `sec-type`."""
    parts = _JOINT.split(normalise_title(heading))
    return len({section_label(part) for part in parts} - {None}) > 1


def stated_label(sec_type: str | None, heading: str) -> str | None:
    """The label that a section's `sec-type` gives it: none where there is no such
    attribute, or where the heading names two sections."""
    return None if not sec_type or names_two(heading) else sec_type_label(sec_type)
