"""Headings that are run in: `**Methods.** We dug ...`, `RESULTS: There was ...`."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Final, NamedTuple

from spacy_imrad.segmenters.titles import (
    Title,
    ends_sentence,
    is_title_case,
    read_title,
    words_of,
)

_LONGEST: Final = 100
_MOST_WORDS: Final = 10
_SURE: Final = {"Methods", "Results"}
_MARKED: Final = re.compile(
    r"(?:\*\*\*|\*\*|__|<b>|<strong>|\\textbf\{)(?P<lead>[^*_<>{}\n]{2,100})"
    r"(?:\*\*\*|\*\*|__|</b>|</strong>|\})(?P<stop>\s?[.:—–])?\s*"
)
_BARE: Final = re.compile(
    r"(?P<lead>[^\W\d_][^\n.:;—–?!]{2,90})(?P<stop>:(?=\s)|\.(?=\s)|\s?[—–])\s*"
)
_NUMBER: Final = re.compile(r"(?:\d{1,2}(?:\.\d{1,2}){0,3}|[IVX]{1,5}|[A-Z])[.)]?\s+")
# What opens a remark or a statement rather than a section.
_REMARKS: Final = re.compile(
    "(?:notes?|remarks?|examples?|proofs?|theorem|lemma|proposition|corollary"
    "|definition|claim|step|case|fig(?:ure)?|table|key(?:words)?|sources?|hypothesis"
    "|questions?|answers?|[qa]|email|address|doi|received|accepted)"
)


class Lead(NamedTuple):
    """The beginning of a paragraph that may be its heading.

    title: How it reads.
    end: Its characters, with marks and punctuation.
    text_start: Where the text starts behind it.
    style: How it is set off; leads with the same style are weighed together.
    """

    title: Title
    end: int
    text_start: int
    style: str


def read_lead(text: str, bold: str = "") -> Lead | None:
    """The lead of a paragraph, None if it has none.

    text: The paragraph, or its first line.
    bold: How much of it the format sets in bold type, where that is known.
    """
    if bold and text.startswith(bold):
        return _of_bold(text, bold)
    if text.startswith(("**", "__", "<b>", "<strong>", "\\textbf{")):
        match = _MARKED.match(text)
        if match is None:
            return None
        stop = match["stop"] or ""
        lead = match["lead"].strip()
        end = match.end("stop") if stop else match.end("lead") + _closing(text, match)
        return _lead(text, lead, stop, end, match.end(), "bold")
    if not (text[0].isupper() or text[0].isdigit()):
        return None
    number = _NUMBER.match(text)
    match = _BARE.match(text, number.end() if number else 0)
    if match is None and number:
        match = _BARE.match(text)
        number = None
    if match is None:
        return None
    stop = match["stop"].strip()
    lead = text[: match.end("lead")]
    bare = match["lead"]
    style = f"capitals{stop}" if bare.isupper() and len(bare) > 3 else stop
    return _lead(text, lead, stop, match.end("stop"), match.end(), style)


def _closing(text: str, match: re.Match[str]) -> int:
    behind = text[match.end("lead") : match.end()]
    return len(behind.rstrip())


def _of_bold(text: str, bold: str) -> Lead | None:
    rest = text[len(bold) :]
    stop = rest[:1] if rest[:1] in (".", ":", "—", "–") else ""
    end = len(bold.rstrip()) + len(stop)
    start = len(text) - len(rest[len(stop) :].lstrip())
    return _lead(text, bold.strip(), stop, end, start, "bold")


def _lead(
    text: str, lead: str, stop: str, end: int, start: int, style: str
) -> Lead | None:
    if start >= len(text) or len(lead) > _LONGEST:
        return None
    title = read_title(lead.rstrip(".:—– "))
    words = words_of(title.text)
    if not words or len(words) > _MOST_WORDS or title.is_broken:
        return None
    following = text[start]
    if following.islower() or title.begins_small:
        return None
    # Bold words without a stop behind them are the beginning of a sentence, unless
    # they name a section.
    if not stop and not ends_sentence(lead) and title.label is None:
        return None
    return Lead(title, end, start, style)


def choose_leads(leads: Mapping[int, Lead], lines: Mapping[int, Title]) -> set[int]:
    """Which leads are headings, by what those of the same style say together.

    leads: By the index of their block.
    lines: The headings that stand on lines of their own, by the index of their block.
    """
    styles: dict[str, list[int]] = {}
    for i, lead in leads.items():
        styles.setdefault(lead.style, []).append(i)
    chosen: set[int] = set()
    for style, members in styles.items():
        others = {i: t for i, t in lines.items() if _style_of_line(t) != style}
        same = {i: t for i, t in lines.items() if i not in others}
        if style != "bold" and _stand_on_lines(same, lines.keys() | leads.keys()):
            continue
        alike = {t.label for t in same.values()} - {None}
        members = _behind_abstract(members, others)
        chosen.update(_choose(leads, members, others, alike))
    return chosen


def _stand_on_lines(same: Mapping[int, Title], headings: Set[int]) -> bool:
    """Whether the headings of a style have lines of their own: two names do, with text
    below them rather than with another heading.

    headings: The blocks that are or begin with one.
    """
    named = {title.label for i, title in same.items() if i + 1 not in headings}
    return len(named - {None}) > 1


def _choose(
    leads: Mapping[int, Lead],
    members: Sequence[int],
    others: Mapping[int, Title],
    alike: Set[str | None],
) -> Iterator[int]:
    """members: The leads of one style.
    others: The headings on lines that are set off in another way; if they name two
        labels, leads that are set off by punctuation alone are none.
    alike: The labels that headings on lines, set off in the same way, name.
    """
    named = ({leads[i].title.label for i in members} | alike) - {None}
    outside = {title.label for title in others.values()} - {None}
    is_bold = bool(members) and leads[members[0]].style == "bold"
    if len(outside) > 1 and not is_bold:
        return
    opens = bool(members) and leads[members[0]].title.label == "Introduction"
    supported = len(named) >= (2 if is_bold or opens else 3) or named >= _SURE
    for i in members:
        title, style = leads[i].title, leads[i].style
        if title.is_known:
            firm = is_bold or (style.startswith("capitals") and not outside)
            if supported or (firm and title.label is not None):
                yield i
        elif supported and _may_name(title, style):
            yield i


def _behind_abstract(members: Sequence[int], lines: Mapping[int, Title]) -> list[int]:
    """Those leads that are not of a structured abstract: it stands under its heading,
    or before all headings that name a section, if there are such."""
    labels = {title.label for title in lines.values()} - {None}
    kept = []
    places = sorted(lines)
    inside, at = len(labels) > 1, 0
    for i in members:
        while at < len(places) and places[at] < i:
            title = lines[places[at]]
            is_abstract = title.matter == "front" and bool(labels)
            inside = is_abstract or (inside and title.label is None)
            at += 1
        if not inside:
            kept.append(i)
    return kept


def _style_of_line(title: Title) -> str:
    if title.is_bold:
        return "bold"
    stop = title.text[-1:] if title.text[-1:] in (":", ".") else ""
    return f"capitals{stop}" if title.is_capitals else stop


def is_alike(lead: Lead, lines: Iterable[Title]) -> bool:
    """Whether headings on lines of their own that name a section look the same."""
    return any(t.label is not None and _style_of_line(t) == lead.style for t in lines)


def _may_name(title: Title, style: str) -> bool:
    """Whether a lead that names no known section is a heading beside those that do."""
    words = words_of(title.text)
    if title.is_sentence or _REMARKS.fullmatch(words[0].lower()):
        return False
    if style == "bold" or style.startswith("capitals"):
        return True
    return style == ":" and (len(words) <= 5 or is_title_case(title.text))
