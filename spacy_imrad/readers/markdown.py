"""Papers in Markdown (CommonMark with tables, footnotes and formulas)."""

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Final

import srsly

from spacy_imrad.document.paper import Paper, Place
from spacy_imrad.readers.flow import NOWHERE, Flow
from spacy_imrad.readers.formats import PaperFormat
from spacy_imrad.readers.placeholders import FIGURE, Citations, formula
from spacy_imrad.readers.source import Source
from spacy_imrad.readers.text import paper_from_text
from spacy_imrad.segmenters.titles import strip_markup

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.tree import SyntaxTreeNode

_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_TAG: Final = re.compile(r"<[^<>]*>")
# What HTML other than tags begins and ends with.
_UNTAGGED: Final = {"<!--": "-->", "<?": "?>", "<![CDATA[": "]]>", "<!": ">"}
# Pandoc's citations.
_CITED: Final = re.compile(r"\[-?@(?=\w)[^\[\]]*\]|(?<![\w@])@[\w:-]+\w")
# Below a table.
_CAPTION: Final = re.compile(r"(?:table)?\s?:\s", re.IGNORECASE)
_KEY: Final = re.compile(r"@([\w:.#$%&+?<>~/-]*\w)")


def _read(source: Source) -> Paper:
    return paper_from_markdown(source.text())


def paper_from_markdown(text: str) -> Paper:
    """The paper that a Markdown text is. One without any Markdown heading is read as
    plain text, whose headings are guessed."""
    from markdown_it.tree import SyntaxTreeNode

    flow = _MarkdownFlow(text)
    flow.read(SyntaxTreeNode(_parser().parse(text)))
    return flow.paper() if flow.has_headings else paper_from_text(text)


def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin
    from mdit_py_plugins.footnote import footnote_plugin
    from mdit_py_plugins.front_matter import front_matter_plugin

    parser = MarkdownIt("commonmark").enable("table")
    parser.inline.ruler.at("html_inline", _html_inline)
    return parser.use(dollarmath_plugin).use(footnote_plugin).use(front_matter_plugin)


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


def _without_comments(html: str) -> str:
    parts: list[str] = []
    at = 0
    while (start := html.find("<!--", at)) >= 0:
        end = html.find("-->", start + 4)
        if end < 0:
            break
        parts += [html[at:start], " "]
        at = end + 3
    return "".join((*parts, html[at:]))


class _MarkdownFlow(Flow):
    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text
        self._line_starts = [0, *(m.end() for m in _LINE_END.finditer(text))]

    def read(self, node: "SyntaxTreeNode") -> None:
        for child in node.children:
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
            case "fence" | "code_block":
                self.aside(node.content, "code")
            case "math_block" | "math_block_label":
                self.aside(formula(node.content), "formula")
            case "table":
                self.aside(_table(node), "table")
            case "html_block":
                text = _TAG.sub(" ", _without_comments(node.content))
                self.paragraph(text, self._place(node))
            case "footnote_block":
                for note in node.children:
                    self.aside(_all_text(note), "caption")
            case "front_matter":
                self._metadata(node.content)
            case _:
                self.read(node)

    def _paragraph(self, node: "SyntaxTreeNode") -> None:
        (inline,) = node.children
        previous = node.previous_sibling
        text = _inline(inline)
        if all(child.type == "image" for child in inline.children):
            self.aside(_all_text(inline), "caption")
        elif previous and previous.type == "table" and _CAPTION.match(text):
            self.aside(_CAPTION.sub("", text), "caption")
        else:
            self.paragraph(text, self._place(node), lead=_lead(inline))

    def _metadata(self, yaml: str) -> None:
        """Title and abstract, if the block before the text has them."""
        try:
            found = srsly.yaml_loads(yaml)
        # It may be anything; srsly's parser has many ways to say that it is no YAML.
        except Exception:
            return
        if isinstance(found, dict):
            self.title(str(found.get("title") or ""))
            for paragraph in str(found.get("abstract") or "").split("\n\n"):
                self.abstract(paragraph)

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


def _lead(node: "SyntaxTreeNode") -> str:
    """What stands in bold type at the beginning of a paragraph."""
    for child in node.children:
        if child.type == "strong":
            return "".join(_parts(child, images_as_text=False))
        if child.type == "em":
            return _lead(child)
        if child.type != "text" or child.content.strip():
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


def _inline(node: "SyntaxTreeNode", *, images_as_text: bool = False) -> str:
    citations = Citations()
    text = "".join(_parts(node, images_as_text))
    return _CITED.sub(lambda m: citations.cite(_KEY.findall(m[0])), text)


def _parts(node: "SyntaxTreeNode", images_as_text: bool) -> Iterator[str]:
    for child in node.children:
        match child.type:
            case "text" | "code_inline":
                yield child.content
            case "softbreak" | "hardbreak":
                yield " "
            case "math_inline" | "math_inline_double":
                yield formula(child.content)
            case "image":
                if images_as_text:
                    yield from _parts(child, images_as_text)
                else:
                    yield FIGURE
            case "html_inline" | "footnote_ref" | "footnote_anchor":
                pass
            case _:
                yield from _parts(child, images_as_text)


MARKDOWN: Final = PaperFormat("Markdown", _read, (".md", ".markdown", ".mkd", ".qmd"))
