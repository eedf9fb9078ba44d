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
_SUPPLEMENT = re.compile(r"supplementa(?:ry|l) (?:methods|results|discussion)")
# Front or back matter mostly, but a section like others between those of the body.
_BOTH = re.compile(
    "literature|significance|notations?|registration|nomenclature|abbreviations"
    "|glossary|symbols"
)


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
    scheme: Literal["arabic", "roman", "small roman", "letter"] | None = None
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
      first thing under their heading;
    - a title such as `Literature` or `Notation` between two sections of the body is a
      third, and supplementary results before the conclusion do not end the paper.

    A heading that names a section of the body is body even below references or
    acknowledgements, where only its level can be wrong; below an abstract or an
    appendix it is a part of these.

    sections: All of a paper's, in text order; a parent stands before its children.
    """
    titles = [section.title for section in sections]
    labels = [section_label(title) for title in titles]
    named = named_matters(titles)
    last = {label: i for i, label in enumerate(labels) if label}
    last_with_result = max(last.get("Results", -1), last.get("Discussion", -1))
    matters: list[Matter] = []
    seen: str | None = None
    concluded = after_back = ended = appendix = False
    for i, (title, parent, scheme, _, known) in enumerate(sections):
        terminal = ends_body(title)
        if known is not None:
            matters.append(known)
            continue
        if parent is not None:
            declares = (
                named[i] == "back"
                and matters[parent] == "body"
                and _label_around(sections, i) == "Discussion"
            )
            if labels[i] and _is_misplaced(sections[parent], named[parent]):
                matters.append("body")
            else:
                matters.append("back" if terminal or declares else matters[parent])
            continue
        matter: Matter = "body"
        if seen and not ended and _BOTH.fullmatch(normalise_title(title)):
            is_between = i < max(last_with_result, last.get("Methods", -1))
            matter = "body" if is_between else (named[i] or "body")
            ended = terminal and not is_between
        elif (
            _SUPPLEMENT.fullmatch(normalise_title(title))
            and not (concluded or ended)
            and i < last.get("Discussion", -1)
        ):
            matter = "back"
        elif terminal:
            matter, ended = "back", True
            appendix = appendix or _APPENDIX.search(title) is not None
        elif named[i] == "front":
            # `Strengths and limitations of this study` may be a part of the discussion.
            is_part = labels[i] is not None and seen is not None
            matter = "back" if ended else "body" if is_part else "front"
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


def _is_misplaced(around: PlacedTitle, named: Matter | None) -> bool:
    """Whether nothing of the body can be a part of the section `around`."""
    if around.matter is not None or named is None:
        return False
    title = around.title
    return _APPENDIX.search(title) is None and not is_abstract(title)


def is_abstract(title: str) -> bool:
    """Whether a title of front matter is that of an abstract."""
    return "abstract" in title.lower() or "summary" in title.lower()


def _is_limitations(title: str) -> bool:
    return normalise_title(title).startswith("limitation")
