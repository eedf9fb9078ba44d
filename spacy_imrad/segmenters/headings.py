"""Which blocks are headings: the evidence for each, made consistent over the text."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import NamedTuple

from spacy_imrad.document.outline import Heading
from spacy_imrad.segmenters.blocks import Block, heading_text
from spacy_imrad.segmenters.evidence import (
    Candidate,
    as_candidate,
    read_candidate,
    shape_of,
    surroundings_of,
    weigh,
)
from spacy_imrad.segmenters.levels import levels_of
from spacy_imrad.segmenters.numbering import Chain, Number, Numbered, best_chain
from spacy_imrad.segmenters.parts import Decided
from spacy_imrad.segmenters.run_in import (
    Lead,
    choose_leads,
    is_alike,
    read_lead,
)
from spacy_imrad.segmenters.sections import FoundHeading
from spacy_imrad.segmenters.titles import Title, is_sentence

_MAX_PAPER_TITLE = 300
_CHAIN_MIN = 1.5
_FEWEST = 3


def find_headings(
    blocks: Sequence[Block], *, is_titled: bool = False
) -> dict[int, FoundHeading]:
    """The headings among `blocks`, by the index of their block.

    is_titled: Whether the paper's title is none of the blocks.
    """
    candidates = [c for i in range(len(blocks)) if (c := read_candidate(blocks, i))]
    by_block = {c.block: c for c in candidates}
    marked = [c for c in candidates if c.marked]
    plain_chain = _main_chain(blocks, [c for c in candidates if not c.marked])
    marks_rule = len(marked) >= 2 and len(marked) >= len(plain_chain.members)
    chain = _main_chain(blocks, marked) if marks_rule else plain_chain

    numbers = {member.position: member.number for member in chain.members}
    numbers |= _letters(blocks, marked if marks_rule else candidates, numbers)
    accepted = {c.block for c in marked} | set(numbers)
    title = None
    if not is_titled:
        title = _paper_title(blocks, by_block, accepted, numbers)
    accepted |= _unnumbered(blocks, candidates, accepted, numbers, marks_rule, title)
    if title is not None:
        accepted.add(title)
        by_block.setdefault(title, as_candidate(blocks, title))
    lines = {i: by_block[i].title for i in accepted}
    leads = _leads(blocks, lines)
    alike = {i for i, lead in leads.items() if is_alike(lead, lines.values())}
    places = sorted(accepted | leads.keys())
    body = [i for i in places if i != title]
    decided = [
        Decided(leads[i].title, None, 0, i not in alike)
        if i in leads
        else Decided(
            by_block[i].title,
            numbers.get(i),
            blocks[i].depth,
            is_empty=i + 1 in lines,
        )
        for i in body
    ]
    level = dict(zip(body, levels_of(decided), strict=True))
    found = {}
    for i in places:
        block, lead = blocks[i], leads.get(i)
        heading = Heading(
            block.start,
            block.end if lead is None else block.start + lead.end,
            level.get(i, 1),
            (by_block[i] if lead is None else lead).title.without(numbers.get(i)),
        )
        found[i] = FoundHeading(
            heading,
            numbers.get(i),
            i == title,
            text_start=block.start + lead.text_start if lead else 0,
        )
    return found


def _leads(blocks: Sequence[Block], lines: Mapping[int, Title]) -> dict[int, Lead]:
    """The headings that are run in.

    lines: Those on lines of their own.
    """
    leads = {
        i: lead
        for i, block in enumerate(blocks)
        if i not in lines
        and block.kind == "text"
        and block.markup is None
        and (lead := read_lead(block.lines[0].text, block.lead))
    }
    chosen = choose_leads(leads, lines)
    return {i: lead for i, lead in leads.items() if i in chosen}


class Printed(NamedTuple):
    """A heading whose level its format does not say.

    title: How it reads.
    is_empty: Whether the next heading stands right below it.
    """

    title: Title
    is_empty: bool = False


def describe_titles(
    headings: Sequence[Printed], *, depth: int = 0
) -> list[tuple[int, Number | None]]:
    """The level and the number of each of `headings`, known to be such.

    depth: The depth that the format gives to all of them, 0 if it gives none.
    """
    candidates = [Candidate(i, h.title, True) for i, h in enumerate(headings)]
    chain = _main_chain((), candidates)
    numbers = {member.position: member.number for member in chain.members}
    numbers |= _letters((), candidates, numbers)
    levels = levels_of(
        [
            Decided(h.title, numbers.get(i), depth, is_empty=h.is_empty)
            for i, h in enumerate(headings)
        ]
    )
    return [(level, numbers.get(i)) for i, level in enumerate(levels)]


# --- Numbers ---------------------------------------------------------------------


def _main_chain(blocks: Sequence[Block], candidates: Sequence[Candidate]) -> Chain:
    """The numbers that run through the text, in the notation that fits most of it."""
    notations: dict[tuple[str, str], list[Numbered]] = {}
    for candidate in candidates:
        for number in candidate.title.readings:
            notations.setdefault(
                (number.scheme, number.mark if number.depth == 1 else "*"), []
            ).append(weigh(blocks, candidate, number))
    best = Chain()
    for (scheme, mark), numbered in notations.items():
        if scheme == "letter" and best.members:
            continue
        deeper = notations.get((scheme, "*"), []) if mark != "*" else []
        chain = best_chain(sorted([*numbered, *deeper], key=lambda n: n.position))
        if chain.score > best.score and chain.score >= _CHAIN_MIN:
            best = chain
    articles = _articles(candidates)
    no_numbers = _is_article(best, articles) or _is_aside(best, candidates)
    return Chain() if no_numbers else best


def _articles(candidates: Sequence[Candidate]) -> set[int]:
    return {c.block for c in candidates if c.title.may_begin_with_article}


def _is_article(chain: Chain, articles: Set[int]) -> bool:
    """Whether the only letter is an A that no B follows: a word, not a number."""
    return len(chain.members) == 1 and chain.members[0].position in articles


def _is_aside(chain: Chain, candidates: Sequence[Candidate]) -> bool:
    """Whether `chain` numbers the items of a list in a paper whose sections have
    names but no numbers."""
    members = {member.position for member in chain.members}
    if any(member.number.depth > 1 for member in chain.members):
        return False
    names = [c for c in candidates if c.title.label]
    return (
        not any(c.block in members for c in names)
        and sum(not c.title.readings for c in names) >= 2
    )


def _letters(
    blocks: Sequence[Block],
    candidates: Sequence[Candidate],
    numbers: dict[int, Number],
) -> dict[int, Number]:
    """Lettered headings: sub-sections between two numbered ones, or appendices behind
    the last; in each stretch the letters start again."""
    stretches: dict[int, list[Numbered]] = {}
    main = sorted(numbers)
    stretch = 0
    for candidate in candidates:
        while stretch < len(main) and main[stretch] < candidate.block:
            stretch += 1
        if candidate.block in numbers:
            continue
        for number in candidate.title.readings:
            if number.scheme == "letter":
                stretches.setdefault(stretch, []).append(
                    weigh(blocks, candidate, number)
                )
    found: dict[int, Number] = {}
    articles = _articles(candidates)
    for numbered in stretches.values():
        chain = best_chain(numbered)
        if chain.score >= _CHAIN_MIN and not _is_article(chain, articles):
            found |= {member.position: member.number for member in chain.members}
    return found


# --- Lines without number or markup ----------------------------------------------


def _unnumbered(
    blocks: Sequence[Block],
    candidates: Sequence[Candidate],
    accepted: set[int],
    numbers: dict[int, Number],
    marks_rule: bool,
    title: int | None,
) -> set[int]:
    """Lines that stand as headings by their look: bold, in capitals, in title case,
    or the name of a section."""
    known = [c.title.text for c in candidates if c.title.is_known]
    stopped = 2 * sum(text.endswith(".") for text in known) >= len(known)
    by_line = any(block.is_apart for block in blocks)
    shapes = {
        c.block: (c, shape)
        for c in candidates
        if c.block not in accepted
        and c.block != title
        and not c.marked
        and not _is_stopped(c.title, stopped)
        and not (by_line and c.title.text[-1] in ".?!…" and not c.title.is_known)
        and (shape := shape_of(c.title)) > 0
    }
    styles = _named_styles(c for c, _ in shapes.values())
    if marks_rule:
        return {
            i
            for i, (c, _) in shapes.items()
            if c.title.is_bold or (styles[c.title.style] >= 2 and c.title.style)
        }
    title_like = shapes.keys() | accepted
    firm = accepted | {i for i, (c, _) in shapes.items() if c.title.is_known}
    runs = _runs(sorted(title_like - firm))
    found: set[int] = set()
    for i, (c, shape) in shapes.items():
        needed = 2.5
        if len(numbers) >= 3:
            needed += 1.0
        elif c.title.style and styles[c.title.style] >= 2:
            needed -= 1.0
        elif blocks[i].kind != "text":
            # A sign before an item of a list is no heading's.
            continue
        score = shape + surroundings_of(blocks, i, title_like, firm)
        if blocks[i].is_apart:
            score += 0.5
        if not c.title.is_known:
            # Three in a row may be a list, a table's column, or an address.
            score -= 0.7 * max(runs.get(i, 1) - 2, 0)
        if score >= needed:
            found.add(i)
    titles = [shapes[i][0].title for i in found]
    # Where each sentence has a line, a short one is soon taken for a heading.
    is_doubtful = by_line and not (accepted or any(title.is_known for title in titles))
    return found if not is_doubtful and _is_outline(accepted, titles) else set()


def _is_stopped(title: Title, known_are: bool) -> bool:
    """Whether a line ends in a full stop, as no heading does that names nothing.

    known_are: Whether the names of sections do so in this text.
    """
    is_named = title.is_known and known_are
    return title.text.endswith(".") and not (is_named or title.is_bold)


def _is_outline(accepted: Set[int], titles: Sequence[Title]) -> bool:
    """Whether lines that only look like headings make an outline: a text that has no
    other, and no section's name, has more than one or two."""
    return (
        bool(accepted)
        or len(titles) >= _FEWEST
        or any(title.is_known or title.is_bold for title in titles)
    )


def _named_styles(candidates: Iterable[Candidate]) -> Counter[str]:
    """How many labels the lines of each style name."""
    named = {(c.title.style, c.title.label) for c in candidates if c.title.label}
    return Counter(style for style, _ in named)


def _runs(places: Sequence[int]) -> dict[int, int]:
    """How many of `places` follow each other without a gap, for each of them."""
    runs: dict[int, int] = {}
    first = 0
    for end in range(1, len(places) + 1):
        if end == len(places) or places[end] != places[end - 1] + 1:
            runs |= dict.fromkeys(places[first:end], end - first)
            first = end
    return runs


# --- The paper's title -----------------------------------------------------------


def _paper_title(
    blocks: Sequence[Block],
    by_block: dict[int, Candidate],
    accepted: set[int],
    numbers: dict[int, Number],
) -> int | None:
    """The block with the paper's title: the first, unless it opens a section."""
    first = 1 if blocks and blocks[0].markup == "yaml" else 0
    if first + 1 >= len(blocks) or first in numbers:
        return None
    candidate = by_block.get(first)
    if candidate is not None and candidate.title.is_known:
        return None
    block = blocks[first]
    if block.markup is not None:
        others = [blocks[i].depth for i in accepted if blocks[i].markup and i != first]
        named_next = any(
            c.title.is_known
            for i in sorted(accepted - {first})[:1]
            if (c := by_block.get(i))
        )
        alone = all(depth > block.depth for depth in others)
        if (
            not others
            and block.depth == 1
            and block.markup in ("atx", "setext", "format")
        ):
            # A title over a paper without other headings is a title.
            return first
        return first if (others and alone) or named_next or numbers else None
    text = heading_text(block)
    following = blocks[first + 1]
    if (
        block.kind != "text"
        or (len(block.lines) > 1 and not block.is_filled)
        or len(text) > _MAX_PAPER_TITLE
        or text[0].islower()
        or not any(map(str.isalpha, text))
        or text.endswith((".", ",", ";", ":"))
        or is_sentence(text)
        or (text[0] in '“"«' and text[-1] in '”"»')
        or not (following.lines[0].blank_before or len(following.lines[0].text) > 100)
    ):
        return None
    return first
