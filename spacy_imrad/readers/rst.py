"""Papers in reStructuredText."""

import re
from typing import Any, Final, TypeAlias

from spacy_imrad.document.paper import Paper
from spacy_imrad.readers.flow import Flow
from spacy_imrad.readers.formats import PaperFormat
from spacy_imrad.readers.parsing import parsing, pieces
from spacy_imrad.readers.placeholders import FIGURE, Citations, formula
from spacy_imrad.readers.source import LARGEST, Source

# Of docutils, whose stubs lack what a text node has.
Node: TypeAlias = Any

# No other file is read, no HTML let through, nothing printed; errors stay in the tree.
_SETTINGS: Final = {
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "report_level": 3,
    "warning_stream": False,
    "halt_level": 6,
    "doctitle_xform": True,
    "line_length_limit": LARGEST,
    "_disable_config": True,
}


_ERROR: Final = 3
# docutils takes the square of a table's columns for each of its rows.
_WIDE_TABLE: Final = re.compile(r"^([ \t]*)(?=\+(?:[^+\n]*\+){100})", re.MULTILINE)
# Nor is a table of contents made, which looks at all sections and at all of its kind.
_CONTENTS: Final = re.compile(
    r"^([ \t]*\.\.[ \t]+)(?=contents::)", re.MULTILINE | re.IGNORECASE
)
# Of paragraphs that are no prose.
_LEFT_OUT: Final = frozenset({"keywords", "keyword", "authors", "affiliations"})
# Links are not resolved, for their text stands in the text, and resolving takes the
# square of their number.
_TRANSFORMS: Final = frozenset({"Substitutions", "DocTitle", "DocInfo"})


def _read(source: Source) -> Paper:
    from docutils.core import publish_doctree

    text = _CONTENTS.sub(r"\1\\", _WIDE_TABLE.sub(r"\1\\", source.text()))
    with parsing("not readable as reStructuredText"):
        tree = publish_doctree(
            text,
            source_path=source.name,
            reader=_reader(),
            settings_overrides=_SETTINGS,
        )
    flow = _RstFlow()
    flow.read(tree, 0)
    if flow.has_headings:
        # Then a paragraph that is short or bold is a paragraph.
        flow.forget_leads()
    return flow.paper(source="rst")


def _reader() -> Any:
    """docutils' own reader, with `_TRANSFORMS` and an inline parser that is linear."""
    from docutils import nodes
    from docutils.parsers import rst
    from docutils.readers import standalone

    class Reader(standalone.Reader):  # type: ignore[misc]
        def get_transforms(self) -> list[Any]:
            known = super().get_transforms()
            return [t for t in known if t.__name__ in _TRANSFORMS]

    inliner = rst.states.Inliner()
    parse = inliner.parse

    def parse_in_pieces(text: str, *arguments: Any) -> tuple[list[Node], list[Node]]:
        parsed = [parse(piece, *arguments) for piece in pieces(text)]
        return (
            # Substitutions look for each reference among all that stands beside it.
            [nodes.inline("", "", *found) for found, _ in parsed],
            [message for _, messages in parsed for message in messages],
        )

    inliner.parse = parse_in_pieces
    # Bare addresses are text.
    inliner.implicit_inline = lambda text, line: [nodes.Text(text)] if text else []
    return Reader(rst.Parser(inliner=inliner))


class _RstFlow(Flow):
    def read(self, node: Node, level: int) -> None:
        """Take what stands in a node; `level` is that of the section around it."""
        for child in node.children:
            self._node(child, level)

    def _node(self, node: Node, level: int) -> None:
        match node.tagname:
            case "section":
                self.read(node, level + 1)
            case "title" if level == 0:
                self.title(_inline(node))
            case "title":
                self.heading(_inline(node), level)
            case "topic" if "abstract" in node.get("classes", []):
                for paragraph in node.findall(lambda n: n.tagname == "paragraph"):
                    self.abstract(_inline(paragraph))
            case _ if "abstract" in node.get("classes", ()):
                self.abstract(_inline(node))
            case _ if not _LEFT_OUT.isdisjoint(node.get("classes", ())):
                pass
            case "paragraph":
                self.paragraph(_inline(node), lead=_lead(node))
            case "bullet_list" | "enumerated_list" | "definition_list" | "line_block":
                self.paragraph(_inline(node))
            case "literal_block" | "doctest_block":
                self.aside(node.astext(), "code")
            case "math_block":
                self.aside(formula(node.astext()), "formula")
            case "table":
                self.aside(_inline(node), "table")
            case "figure":
                for caption in node.findall(lambda n: n.tagname == "caption"):
                    self.aside(_inline(caption), "caption")
            case "footnote":
                self.aside(_inline(node), "caption")
            case "system_message":
                message = " ".join(node.children[0].astext().split())
                if node["level"] >= _ERROR or "directive disabled" in message:
                    self.warn(f"reStructuredText: {message}")
            case "block_quote" | "container" | "compound" | "note" | "definition":
                self.read(node, level)


def _lead(paragraph: Node) -> str:
    """What stands in bold type at the beginning of a paragraph."""
    first = paragraph.children[0] if paragraph.children else None
    return _inline(first) if first is not None and first.tagname == "strong" else ""


def _inline(node: Node) -> str:
    parts: list[str] = []
    _collect(node, parts, Citations())
    return " ".join("".join(parts).split())


def _collect(node: Node, parts: list[str], citations: Citations) -> None:
    for child in node.children:
        match child.tagname:
            case "#text":
                parts.append(child.astext())
            case "math":
                parts.append(formula(child.astext()))
            case "citation_reference":
                parts.append(citations.cite([child.astext()]))
            case "image":
                parts.append(FIGURE)
            case "footnote_reference" | "system_message" | "problematic" | "label":
                pass
            case "paragraph" | "list_item" | "term" | "definition" | "entry" | "line":
                _collect(child, parts, citations)
                parts.append(" ")
            case _:
                _collect(child, parts, citations)


RST: Final = PaperFormat("reStructuredText", _read, (".rst", ".rest"))
