"""Papers in Markdown: CommonMark with tables, footnotes and formulas, and the dialects
of pandoc, Quarto, R Markdown and MyST."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Final

from spacy_imrad.document.paper import Paper, Place
from spacy_imrad.readers.flow import NOWHERE, Flow
from spacy_imrad.readers.formats import PaperFormat
from spacy_imrad.readers.html import blocks_of_fragment
from spacy_imrad.readers.markdown_source import GAP, Header, prepare
from spacy_imrad.readers.parsing import pieces
from spacy_imrad.readers.placeholders import FIGURE, TABLE, Citations, formula
from spacy_imrad.readers.source import Source
from spacy_imrad.readers.text import paper_from_text
from spacy_imrad.segmenters.titles import strip_markup

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token
    from markdown_it.tree import SyntaxTreeNode

_LABEL: Final = re.compile(r"\\label\s*\{[^{}]*\}|\(\\#eq:[^()]*\)")
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
# What HTML other than tags begins and ends with.
_UNTAGGED: Final = {"<!--": "-->", "<?": "?>", "<![CDATA[": "]]>", "<!": ">"}
# References (R Markdown's, Quarto's, LaTeX's) and citations (pandoc's, LaTeX's).
_CITED: Final = re.compile(
    r"\\?@ref\((?P<label>[^()\s]{1,100})\)|\\(?:auto|page|c|C|eq)?ref\{(?P<tex>[^{}]{1,100})\}"
    r"|\[?@(?P<cross>(?:fig|tbl|tab|eq|sec|lst|thm)[:-][\w:-]{0,100}\w)\]?"
    r"|\\[cC]ite\w*\*?(?:\[[^\[\]]*\]){0,2}\{(?P<keys>[^{}]*)\}"
    r"|\[-?@(?=[\w{])[^\[\]]*\]|(?<![\w@])@[\w:-]+\w"
)
_SCRIPT: Final = re.compile(r"~~([^~]{1,200})~~|~([^~\s]{1,40})~|\^([^^\s]{1,40})\^")
_ROLE: Final = re.compile(r"\{([\w:-]+)\}\Z")
_COMPUTED: Final = re.compile(r"\{?(?:r|python|julia|ojs)\}?[ \t]")
_DIRECTIVE: Final = re.compile(r"\{([\w:-]+)\}")
_NOTES: Final = frozenset(
    {
        "note",
        "tip",
        "warning",
        "important",
        "caution",
        "admonition",
        "seealso",
        "epigraph",
    }
    | {"attention", "danger", "error", "hint", "topic", "sidebar", "prf:theorem"}
)
_CAPTION_OF_CODE: Final = re.compile(r"fig[.-]cap\s*[=:]\s*([\"'])(.+?)\1")
_RULE: Final = re.compile(
    r"^[ \t]*(?:-{2,}(?:[ \t]+-{2,})+|\+[-=+:]{3,}\+)[ \t]*\r?$", re.MULTILINE
)
# Below a table.
_CAPTION: Final = re.compile(r"(?:table)?\s?:\s", re.IGNORECASE)
_KEY: Final = re.compile(r"@\{?([\w:.#$%&+?<>~/-]*\w)")


def _read(source: Source) -> Paper:
    return paper_from_markdown(source.text())


def paper_from_markdown(text: str) -> Paper:
    """The paper that a Markdown text is. One without any Markdown heading is read as
    plain text, whose headings are guessed."""
    from markdown_it.tree import SyntaxTreeNode

    prepared = prepare(text)
    flow = _MarkdownFlow(prepared.text)
    flow.take_header(prepared.header)
    flow.read(SyntaxTreeNode(_parser().parse(prepared.text)))
    if flow.has_headings:
        return flow.paper()
    paper = paper_from_text(prepared.text.replace(GAP, " "))
    header = prepared.header
    return replace(
        paper,
        title=header.title or paper.title,
        abstract=header.abstract or paper.abstract,
        warnings=(header.warning, *paper.warnings)
        if header.warning
        else paper.warnings,
    )


def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin
    from mdit_py_plugins.footnote import footnote_plugin

    parser = MarkdownIt("commonmark").enable("table")
    parser.core.ruler.at("inline", _inline_in_pieces)
    parser.inline.ruler.at("html_inline", _html_inline)
    parser.use(
        dollarmath_plugin, allow_space=False, allow_digits=False, double_inline=True
    )
    # Formulas may stand in the middle of a paragraph, and on lines of their own.
    return parser.use(footnote_plugin).disable("math_block")


def _inline_in_pieces(state: "StateCore") -> None:
    for token in state.tokens:
        if token.type == "inline":
            token.children = []
            for piece in pieces(token.content):
                found: list[Token] = []
                state.md.inline.parse(piece, state.md, state.env, found)
                token.children += found


def _html_inline(state: "StateInline", silent: bool) -> bool:
    """A tag or a comment: markdown-it's own rule looks for the end of each comment in
    all of the text, however often it has not found one."""
    opening = next((o for o in _UNTAGGED if state.src.startswith(o, state.pos)), None)
    if opening is None:
        found = _tag().match(state.src, state.pos)
        end = found.end() if found else -1
    else:
        closing = _UNTAGGED[opening]
        unclosed: set[tuple[str, str]] = state.env.setdefault("unclosed", set())
        if (closing, state.src) in unclosed:
            return False
        at = state.src.find(closing, state.pos + len(opening))
        end = at + len(closing) if at >= 0 else -1
        if at < 0:
            unclosed.add((closing, state.src))
    if end < 0:
        return False
    if not silent:
        state.push("html_inline", "", 0).content = state.src[state.pos : end]
    state.pos = end
    return True


@cache
def _tag() -> re.Pattern[str]:
    from markdown_it.common.html_re import HTML_OPEN_CLOSE_TAG_STR

    return re.compile(HTML_OPEN_CLOSE_TAG_STR.removeprefix("^"))


class _MarkdownFlow(Flow):
    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text
        # The tree would look for it among all siblings each time.
        self._previous: SyntaxTreeNode | None = None
        self._line_starts = [0, *(m.end() for m in _LINE_END.finditer(text))]

    def take_header(self, header: Header) -> None:
        self.title(header.title)
        for paragraph in header.abstract.split("\n\n"):
            self.abstract(paragraph)
        if header.warning:
            self.warn(header.warning)

    def read(self, node: "SyntaxTreeNode") -> None:
        previous: SyntaxTreeNode | None = None
        for child in node.children:
            self._previous, previous = previous, child
            self._block(child)

    def _block(self, node: "SyntaxTreeNode") -> None:
        match node.type:
            case "heading":
                text = strip_markup(_inline(node.children[0]))
                self.heading(text, int(node.tag[1:]), place=self._place(node))
            case "paragraph":
                self._paragraph(node)
            case "bullet_list" | "ordered_list":
                self._list(node)
            case "fence":
                self._fence(node)
            case "code_block":
                self.aside(node.content, "code")
            case "table":
                self.aside(_table(node), "table")
            case "html_block":
                self._html(node)
            case "footnote_block":
                for note in node.children:
                    self.aside(_all_text(note), "caption")
            case _:
                self.read(node)

    def _paragraph(self, node: "SyntaxTreeNode") -> None:
        (inline,) = node.children
        previous = self._previous
        children = [
            c for c in inline.children if c.type != "softbreak" and not _is_gap(c)
        ]
        text = _inline(inline)
        if children and all(child.type == "image" for child in children):
            self.aside(_all_text(inline), "caption")
        elif children and all(c.type == "math_inline_double" for c in children):
            self.aside(text, "formula")
        elif text.startswith(": ") or (
            previous and previous.type == "table" and _CAPTION.match(text)
        ):
            self.aside(_CAPTION.sub("", text), "caption")
        elif _RULE.search(inline.content):
            self.aside(inline.content, "table")
        else:
            self.paragraph(text, self._place(node), lead=_lead(inline))

    def _fence(self, node: "SyntaxTreeNode") -> None:
        """Code, or what MyST writes like it."""
        directive = _DIRECTIVE.match(node.info)
        name = directive[1] if directive else ""
        if name == "math":
            self.aside(formula(node.content), "formula")
        elif name in ("figure", "image", "table", "list-table") or name in _NOTES:
            lines = node.content.splitlines()
            text = "\n".join(line for line in lines if not line.startswith(":"))
            for paragraph in text.split("\n\n"):
                plain = _inlined(paragraph)
                if name in _NOTES:
                    self.paragraph(plain)
                else:
                    self.aside(plain, "caption")
        else:
            for found in _CAPTION_OF_CODE.finditer(
                f"{node.info}\n{node.content[:2000]}"
            ):
                self.aside(_LABEL.sub("", found[2]), "caption")
            self.aside(node.content, "code")

    def _html(self, node: "SyntaxTreeNode") -> None:
        place = self._place(node)
        for block in blocks_of_fragment(node.content.replace(GAP, "")):
            match block.role:
                case "heading":
                    self.heading(block.text, block.level, place=place)
                case "paragraph" | "abstract":
                    self.paragraph(_inlined(block.text), place, lead=block.lead)
                case "aside":
                    self.aside(block.text, block.kind)

    def _list(self, node: "SyntaxTreeNode") -> None:
        """A list is one paragraph; code and tables in it stand apart."""
        self.paragraph(_all_text(node), self._place(node))
        for child in node.walk():
            if child.type in ("fence", "code_block", "table"):
                self._block(child)

    def _place(self, node: "SyntaxTreeNode") -> Place:
        if node.map is None:
            return NOWHERE
        first, last = node.map
        starts = self._line_starts
        start = starts[first]
        end = starts[last] if last < len(starts) else len(self._text)
        block = self._text[start:end]
        return start + len(block) - len(block.lstrip()), start + len(block.rstrip())


def _inlined(markdown: str) -> str:
    """The text of a paragraph that the parser took for something else."""
    from markdown_it.tree import SyntaxTreeNode

    (inline,) = SyntaxTreeNode(_parser().parseInline(markdown)).children
    return " ".join(_inline(inline).split())


def _lead(node: "SyntaxTreeNode") -> str:
    """What stands in bold type at the beginning of a paragraph."""
    for child in node.children:
        if child.type == "strong":
            return "".join(_parts(child, images_as_text=False)).replace(GAP, "")
        if child.type == "em":
            return _lead(child)
        if not _is_gap(child):
            break
    return ""


def _all_text(node: "SyntaxTreeNode") -> str:
    inlines = [n for n in node.walk() if n.type == "inline" and not _in_table(n)]
    return " ".join(_inline(n, images_as_text=True) for n in inlines)


def _in_table(node: "SyntaxTreeNode") -> bool:
    return node.parent is not None and node.parent.type in ("td", "th")


def _table(node: "SyntaxTreeNode") -> str:
    rows = (n for n in node.walk() if n.type == "tr")
    cells = ([_inline(cell.children[0]) for cell in row.children] for row in rows)
    return "\n".join(" | ".join(row) for row in cells)


def _is_gap(node: "SyntaxTreeNode") -> bool:
    return node.type == "text" and not node.content.strip(f"{GAP} ")


def _inline(node: "SyntaxTreeNode", *, images_as_text: bool = False) -> str:
    citations = Citations()

    def mark(found: re.Match[str]) -> str:
        label = found["label"] or found["tex"] or found["cross"]
        if label:
            return _reference(label)
        if found["keys"] is not None:
            return citations.cite(
                k.strip() for k in found["keys"].split(",") if k.strip()
            )
        return citations.cite(_KEY.findall(found[0]))

    text = "".join(_parts(node, images_as_text)).replace(GAP, "")
    return _CITED.sub(mark, text)


def _parts(node: "SyntaxTreeNode", images_as_text: bool) -> Iterator[str]:
    role = ""
    following: list[SyntaxTreeNode | None] = [*node.children[1:], None]
    for child, behind in zip(node.children, following, strict=False):
        before, role = role, ""
        match child.type:
            case "text":
                text = child.content
                found = _ROLE.search(text)
                if found and behind and behind.type == "code_inline":
                    role, text = found[1], text[: found.start()]
                yield _SCRIPT.sub(lambda m: m[1] or m[2] or m[3], text)
            case "code_inline":
                yield _code(child.content, before)
            case "softbreak" | "hardbreak":
                yield " "
            case "math_inline" | "math_inline_double":
                yield formula(_LABEL.sub("", child.content))
            case "image":
                if images_as_text:
                    yield from _parts(child, images_as_text)
                else:
                    yield FIGURE
            case "html_inline" | "footnote_ref" | "footnote_anchor":
                pass
            case _:
                yield from _parts(child, images_as_text)


def _code(content: str, role: str) -> str:
    """Code within a line: MyST's roles are written like it, and what R Markdown or
    Quarto compute, of which only the code is known."""
    kind = role.partition(":")[0]
    if kind == "cite":
        keys = (f"@{key.strip()}" for key in content.split(","))
        return f"[{'; '.join(keys)}]"
    if kind in ("numref", "ref", "eq", "doc"):
        return _reference(content.partition("<")[2].rstrip(">") or content)
    if kind == "math":
        return formula(content)
    return "" if _COMPUTED.match(content) else content


def _reference(label: str) -> str:
    kind = label.lower()
    if kind.startswith("fig"):
        return FIGURE
    return TABLE if kind.startswith(("tab", "tbl")) else "<REF>"


MARKDOWN: Final = PaperFormat(
    "Markdown", _read, (".md", ".markdown", ".mkd", ".qmd", ".rmd", ".rmarkdown")
)
