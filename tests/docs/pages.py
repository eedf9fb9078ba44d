"""The project's pages, as their readers see them: code blocks, links and headings."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    str(path.relative_to(ROOT))
    for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"))
)


class CodeBlock(NamedTuple):
    """A fenced block.

    language: As its fence says.
    line: Of the page, at which its code begins; 1 for the first.
    """

    language: str
    code: str
    line: int


@cache
def tokens(page: str) -> list[Token]:
    text = (ROOT / page).read_text(encoding="utf8")
    return MarkdownIt("commonmark").enable("table").parse(text)


def code_blocks(page: str, language: str | None = None) -> list[CodeBlock]:
    """The blocks of a page in a language, or all of them."""
    found = [
        CodeBlock(token.info.strip(), token.content, token.map[0] + 2)
        for token in tokens(page)
        if token.type == "fence" and token.map
    ]
    return [b for b in found if language is None or b.language == language]


def links(page: str) -> list[str]:
    """Where links and images lead."""
    return [
        str(child.attrGet("href") or child.attrGet("src"))
        for token in tokens(page)
        for child in token.children or ()
        if child.type in ("link_open", "image")
    ]


def anchors(page: str) -> set[str]:
    """The names that GitHub gives to the headings of a page."""
    found: dict[str, int] = {}
    for text in headings(page):
        slug = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        found[slug] = found.get(slug, 0) + 1
    doubled = {f"{slug}-{i}" for slug, count in found.items() for i in range(1, count)}
    return {*found, *doubled}


def headings(page: str) -> Iterator[str]:
    """Their text, without markup."""
    for token, inline in pairwise(tokens(page)):
        if token.type == "heading_open":
            yield "".join(child.content for child in inline.children or ())


def prose(page: str) -> str:
    """What is read word by word: neither code nor tables."""
    parts = []
    in_table = False
    for token in tokens(page):
        if token.type in ("table_open", "table_close"):
            in_table = token.type == "table_open"
        if token.type == "inline" and not in_table:
            parts.append(token.content)
    return "\n".join(parts)
