"""Papers from web pages: ar5iv and arXiv (LaTeXML), PubMed Central, journals."""

import re
from collections.abc import Iterator
from typing import Final

from spacy_imrad.document.lexicon import section_label
from spacy_imrad.document.outline import Matter
from spacy_imrad.document.paper import Paper
from spacy_imrad.readers.flow import Flow
from spacy_imrad.readers.formats import PaperFormat
from spacy_imrad.readers.html_metadata import Metadata, read_metadata
from spacy_imrad.readers.html_page import (
    REFERENCES_TITLE,
    Block,
    page_blocks,
    parse_html,
)
from spacy_imrad.readers.source import Source

_SHORTEST_TITLE: Final = 6
_TITLES: Final = re.compile(r"(?:^|\s)(?:title|ltx_title_document|\S*-title)(?:$|\s)")
_KEYWORDS: Final = re.compile(
    r"key\s?words?(?:\sand\sphrases)?|index\sterms", re.IGNORECASE
)
_LONGEST_KEYWORDS: Final = 300
_NO_LEVEL: Final = 7
# Headings of a site in the middle of, or behind, a paper.
_OF_SITE: Final = re.compile(
    r"(?:article|table\sof)\scontents|contents|on\sthis\spage|in\sthis\s(?:article|page)|"
    r"cite|cite\s(?:as|this(?:\sarticle)?)|how\sto\scite(?:\sthis\sarticle)?|share(?:\s"
    r"this(?:\sarticle)?)?|metrics(?:\s.*)?|information(?:\s(?:&|and)\sauthors)?|"
    r"article\s(?:metrics|tools|information|menu|outline)|(?:related|recommended|similar|"
    r"linked)\s(?:articles?|content|papers?|reading|links|information)|(?:most|trending)\s"
    r"(?:read|cited|viewed|popular|recent).*|"
    r"cited\sby.*|citing\sarticles?.*|(?:e-?mail\s)?alerts|download(?:s|\spdf)?|"
    r"login(?:\soptions)?|(?:get\s)?access(?:\soptions)?|view\soptions|figures?(?:\s(?:&|and"
    r")\s(?:tables?|media|data))?|comments?|browse.*|sign\s(?:in|up).*|subscribe.*|"
    r"published\sin|publication\shistory|authors?|journal\s\w+|follow\sus|quick\slinks|"
    r"rights\s(?:&|and)\spermissions|outline|actions|resources|purchase.*|advertisement"
    r"|footnotes?|altmetric|citation\stools|jump\sto.*|article\sversions?.*",
    re.IGNORECASE,
)


def _read(source: Source) -> Paper:
    return paper_from_html(source.read())


def paper_from_html(content: bytes) -> Paper:
    """The paper in a page: what lies between its title and its references.

    RAISES: ValueError if there is no page.
    """
    root = parse_html(content)
    metadata = read_metadata(root)
    flow = Flow()
    _take(flow, page_blocks(root), metadata)
    return flow.paper(metadata.doi, source="html", field=metadata.journal)


def blocks_of_fragment(html: str) -> list[Block]:
    """What stands in HTML that is a part of something else."""
    return page_blocks(parse_html(f"<html><body>{html}</body></html>".encode()))


def _take(flow: Flow, blocks: list[Block], metadata: Metadata) -> None:
    title = _find_title(blocks, metadata)
    start = 0 if title is None else title + 1
    if title is not None:
        blocks = blocks[: _article_end(blocks, title)]
    flow.title(metadata.title if title is None else blocks[title].text)
    blocks = _without_site(blocks[start:], start)
    end = _find_end(blocks)
    if metadata.journal and end == len(blocks):
        flow.warn(
            "the list of references was not found, so what the site prints below the "
            "paper may be taken for a part of it"
        )
    body = blocks[_find_start(blocks[:end]) : end]
    has_abstract = any(block.role == "abstract" for block in body)
    for block in body:
        match block.role:
            case "heading" if has_abstract and _is_abstract_title(block.text):
                pass
            case "heading":
                matter: Matter | None = "back" if block.is_appendix else None
                flow.heading(block.text, block.level, matter=matter)
            case "paragraph":
                flow.paragraph(block.text, lead=block.lead)
            case "abstract":
                flow.abstract(block.text)
            case "aside":
                flow.aside(block.text, block.kind)
    for block in _appendices(blocks[end:]):
        if block.role == "heading":
            flow.heading(block.text, block.level, matter="back")
        elif block.role == "paragraph":
            flow.paragraph(block.text)
        elif block.role == "aside":
            flow.aside(block.text, block.kind)
    is_text = any(block.role == "paragraph" for block in body)
    if metadata.journal and not is_text:
        flow.warn("the page has no text of the paper but its abstract")
    if not has_abstract and not any(_is_abstract_title(b.text) for b in body):
        flow.abstract(metadata.abstract)


def _find_title(blocks: list[Block], metadata: Metadata) -> int | None:
    """The heading that is the paper's title: the one that the metadata name, else the
    one that is marked as such, else the only one of the first level."""
    headings = [i for i, block in enumerate(blocks) if block.role == "heading"]
    first_section = _first_section(blocks)
    for title in metadata.titles:
        wanted = _letters(title)
        same = [i for i in headings if wanted and _letters(blocks[i].text) == wanted]
        if same:
            # Bars at the top of a page repeat the title, and so do boxes at its end.
            before = [i for i in same if i < first_section] or same[:1]
            return min(reversed(before), key=lambda i: blocks[i].level)
    firsts = [i for i in headings if blocks[i].level == 1]
    marked = [i for i in firsts if _TITLES.search(blocks[i].classes)]
    if marked:
        return marked[0]
    page = _letters(metadata.page_title)
    named = [
        i
        for i in headings
        if blocks[i].level <= 2
        and section_label(blocks[i].text) is None
        and len(letters := _letters(blocks[i].text)) >= _SHORTEST_TITLE
        and letters in page
    ]
    if named:
        return max(named, key=lambda i: len(blocks[i].text))
    is_title = len(firsts) == 1 and section_label(blocks[firsts[0]].text) is None
    return firsts[0] if is_title and len(headings) > 1 else None


def _first_section(blocks: list[Block]) -> int:
    named = (i for i, block in enumerate(blocks) if _names_section(block))
    return next(named, len(blocks))


def _names_section(block: Block) -> bool:
    return block.role == "heading" and section_label(block.text) is not None


def _article_end(blocks: list[Block], title: int) -> int:
    """Where the element ends that the page has the paper in, if its text is in it."""
    end = blocks[title].article
    is_whole = any(
        _names_section(blocks[i]) and _has_text(blocks, i) for i in range(title, end)
    )
    return end if is_whole else len(blocks)


def _find_start(blocks: list[Block]) -> int:
    """What stands before the abstract is of authors and of the site."""
    for i, block in enumerate(blocks):
        if block.role == "abstract" or (
            block.role == "heading" and _is_abstract_title(block.text)
        ):
            before = blocks[:i]
            is_body = any(b.role == "heading" and section_label(b.text) for b in before)
            return 0 if is_body else i
    return 0


def _find_end(blocks: list[Block]) -> int:
    """Where the references begin, if no part of the body comes behind them."""
    end = len(blocks)
    top = _NO_LEVEL  # of the sections of the body behind
    for i in range(len(blocks) - 1, -1, -1):
        block = blocks[i]
        if _is_references(block) and top > (block.level or _NO_LEVEL - 1):
            end = i
        elif _names_section(block) and block.level < top and _has_text(blocks, i):
            top = block.level
    return end


def _has_text(blocks: list[Block], title: int) -> bool:
    """Whether there are paragraphs below a heading."""
    for i in range(title + 1, len(blocks)):
        block = blocks[i]
        if block.role == "heading" and block.level <= blocks[title].level:
            return False
        if block.role == "paragraph":
            return True
    return False


def _is_references(block: Block) -> bool:
    is_title = block.role == "heading" or _is_bold(block)
    return block.role == "references" or (
        is_title and REFERENCES_TITLE.fullmatch(block.text.strip(" .:")) is not None
    )


def _is_bold(block: Block) -> bool:
    """Whether all of a paragraph is in bold type, as headings are."""
    return (
        block.role == "paragraph"
        and bool(block.lead)
        and (_letters(block.lead) == _letters(block.text))
    )


def _appendices(blocks: list[Block]) -> Iterator[Block]:
    is_inside = False
    for block in blocks:
        if block.role == "heading" and (
            block.is_appendix or block.text.startswith("Appendix")
        ):
            is_inside = True
        elif _is_references(block):
            is_inside = False
        if is_inside:
            yield block


def _without_site(blocks: list[Block], first: int) -> list[Block]:
    """Without keywords, and without sections that the site has put in: a heading of its
    own, with all that is below it in the same part of the page.

    first: Index of the first block in the page.
    """
    kept: list[Block] = []
    level, end = _NO_LEVEL, 0
    in_keywords = False
    for i, block in enumerate(blocks):
        title = block.text.strip(" .:")
        if i + first >= end:
            level = _NO_LEVEL
        if block.role == "heading":
            if block.level <= level:
                level = _NO_LEVEL
            if level == _NO_LEVEL and _is_of_site(title):
                level, end = block.level, block.scope
            in_keywords = _KEYWORDS.fullmatch(title) is not None
        else:
            in_keywords = in_keywords and len(block.text) <= _LONGEST_KEYWORDS
        if in_keywords or (_is_bold(block) and _is_of_site(title)):
            continue
        if level == _NO_LEVEL or block.role in ("abstract", "references"):
            kept.append(block)
    return kept


def _is_of_site(title: str) -> bool:
    return _OF_SITE.fullmatch(title) is not None and section_label(title) is None


def _is_abstract_title(text: str) -> bool:
    return text.strip(" .:").lower() in ("abstract", "structured abstract")


def _letters(text: str) -> str:
    return "".join(char for char in text.lower() if char.isalnum())


def _recognises(head: bytes) -> bool:
    start = re.sub(rb"^\s*(?:<\?xml[^>]*>|<!--.*?-->|\s)*", b"", head, flags=re.DOTALL)
    return re.match(rb"<!doctype html|<html[\s>]", start, re.IGNORECASE) is not None


HTML: Final = PaperFormat("HTML", _read, (".html", ".htm", ".xhtml"), _recognises)
