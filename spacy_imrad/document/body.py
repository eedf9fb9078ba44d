"""What of a paper is its body, and what is front or back matter: the one rule for
texts, for files whose format has sections, and for the labels to train on.

It reads titles and places only, so it does not matter who found the sections.
"""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from spacy_imrad.document.lexicon import normalise_title, section_label
from spacy_imrad.document.matter import ends_body, named_matters
from spacy_imrad.document.outline import Matter

_APPENDIX = re.compile(r"appendi|supp", re.IGNORECASE)


class PlacedTitle(NamedTuple):
    """A section as the rule sees it.

    title: The bare title, empty for a section without a heading.
    parent: Index of the section around it, None at the top.
    scheme: What its number is written in, None without a number.
    is_empty: Whether no paragraph stands directly under the heading.
    matter: What the source says that it is; None leaves it to the rule.
    """

    title: str
    parent: int | None = None
    scheme: Literal["arabic", "roman", "letter"] | None = None
    is_empty: bool = False
    matter: Matter | None = None


def matter_of_sections(sections: Sequence[PlacedTitle]) -> list[Matter]:
    """Say of every section of a paper whether it is front, body or back matter.

    A sub-section is what its section is, except that references and appendices are
    back matter anywhere, and so is a title such as `Funding` in the discussion, the
    last section, where publishers nest such statements. At the top:

    - after the references or an appendix all is back matter, but for a section that
      names itself (the methods that some journals print last);
    - after the conclusion, a lettered section is an appendix, and so is one without
      number or name that follows back matter;
    - a title such as `Ethics statement` is part of the methods where headings have no
      levels that show it, but it stands between the methods and the results, or is the
      first thing under their heading.

    sections: All of a paper's, in text order; a parent stands before its children.
    """
    titles = [section.title for section in sections]
    labels = [section_label(title) for title in titles]
    named = named_matters(titles)
    last_with_result = max(
        (i for i, label in enumerate(labels) if label in ("Results", "Discussion")),
        default=-1,
    )
    matters: list[Matter] = []
    seen: str | None = None
    concluded = after_back = ended = appendix = False
    for i, (title, parent, scheme, _, known) in enumerate(sections):
        terminal = ends_body(title)
        if known is not None:
            matters.append(known)
            continue
        if parent is not None:
            declares = named[i] == "back" and _label_around(sections, i) == "Discussion"
            matters.append("back" if terminal or declares else matters[parent])
            continue
        matter: Matter = "body"
        if terminal:
            matter, ended = "back", True
            appendix = appendix or _APPENDIX.search(title) is not None
        elif named[i] == "front":
            matter = "back" if ended else "front"
        elif named[i] == "back":
            opens_methods = labels[i - 1] == "Methods" and sections[i - 1].is_empty
            inside = seen == "Methods" and (i < last_with_result or opens_methods)
            matter = "body" if inside and not ended else "back"
        elif scheme == "letter" and (concluded or after_back or ended):
            matter, ended, appendix = "back", True, True
        elif ended:
            matter = "body" if labels[i] and not appendix else "back"
        elif after_back and concluded and not labels[i] and scheme is None:
            matter = "body" if _is_limitations(title) else "back"
        matters.append(matter)
        after_back = matter == "back"
        if matter == "body" and labels[i]:
            seen = labels[i]
            concluded = concluded or seen == "Discussion"
    return matters


def _label_around(sections: Sequence[PlacedTitle], index: int) -> str | None:
    """The label of the nearest section around one that names a label."""
    around = sections[index].parent
    while around is not None:
        if label := section_label(sections[around].title):
            return label
        around = sections[around].parent
    return None


def _is_limitations(title: str) -> bool:
    return normalise_title(title).startswith("limitation")
