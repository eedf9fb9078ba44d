"""A paragraph's text → HTML: formulas drawn, references as chips, tables as tables."""

import re
from collections.abc import Sequence
from html import escape
from typing import Final

from markupsafe import Markup

from spacy_imrad.view.formulas import to_mathml

_SPECIAL: Final = re.compile(
    r"\\\((?P<inline>(?:[^\\]|\\[^()])+)\\\)"
    r"|\\\[(?P<block>(?:[^\\]|\\[^\[\]])+)\\\]"
    r"|\$\$(?P<dollars>[^$]+)\$\$"
    r"|(?<![\\\w$])\$(?=\S)(?P<dollar>[^$\n]{1,200})(?<=\S)\$(?![\w$])"
    r"|<(?P<figure>FIGURE|TABLE)>"
    r"|\[(?P<formula>formula)\]"
    r"|(?P<citation>\[[1-9]\d{0,3}(?:\s?[,;–-]\s?\d{1,4})*\])"
)
# What is no price: an operator, a command, or a single letter.
_IS_TEX: Final = re.compile(r"[\\^_={}<>+*/|]|\W*[^\W\d_]\W*$")
_RULE: Final = re.compile(r"[\s|:+-]*")


def to_html(text: str) -> Markup:
    """A text as HTML, with its formulas drawn and what stands for figures, tables and
    cited works as chips."""
    parts, end = [], 0
    for found in _SPECIAL.finditer(text):
        parts += [escape(text[end : found.start()]), _special(found)]
        end = found.end()
    return Markup("".join([*parts, escape(text[end:])]))


def _special(found: re.Match[str]) -> str:
    kind, content = found.lastgroup, found[found.lastgroup or 0]
    if kind in ("figure", "formula"):
        return f'<span class="mark">{content.capitalize()}</span>'
    if kind == "citation":
        return f'<span class="cite">{escape(content)}</span>'
    if kind == "dollar" and not _IS_TEX.match(content) and not _IS_TEX.search(content):
        return escape(found[0])
    return _formula(content, is_block=kind in ("block", "dollars"))


def _formula(tex: str, *, is_block: bool) -> str:
    return (
        to_mathml(tex, is_block=is_block) or f'<code class="tex">{escape(tex)}</code>'
    )


def formula_to_html(text: str) -> Markup:
    """A block that is a formula, whatever stands around it."""
    (tex,) = re.findall(
        r"^(?:\\\[|\\\(|\$\$?)?(.*?)(?:\\\]|\\\)|\$\$?)?$", text.strip(), re.DOTALL
    )
    if tex == "[formula]":
        return to_html(tex)
    return Markup(_formula(tex, is_block=True))


def table_rows(text: str) -> Sequence[Sequence[str]] | None:
    """The cells of a table, the first row being its head; None if the text has no
    columns: the readers put ` | ` between cells, Markdown has rules and outer bars."""
    lines = [line.strip() for line in text.strip().splitlines()]
    lines = [line for line in lines if not _RULE.fullmatch(line)]
    if len(lines) < 2 or not all("|" in line for line in lines):
        return None
    rows = [re.split(r"(?<!\\)\|", line) for line in lines]
    if all(line.startswith("|") and line.endswith("|") for line in lines):
        rows = [row[1:-1] for row in rows]
    width = max(map(len, rows))
    return [[cell.strip() for cell in row] + [""] * (width - len(row)) for row in rows]
