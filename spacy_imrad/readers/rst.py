"""Papers in reStructuredText."""

from typing import Any, Final, TypeAlias

from spacy_imrad.document.paper import Paper
from spacy_imrad.readers.flow import Flow
from spacy_imrad.readers.formats import PaperFormat
from spacy_imrad.readers.placeholders import FIGURE, Citations, formula
from spacy_imrad.readers.source import Source

# Of docutils, whose stubs lack what a text node has.
Node: TypeAlias = Any

# No other file is read, no HTML let through, nothing printed.
_SETTINGS: Final = {
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "report_level": 5,
    "halt_level": 6,
    "doctitle_xform": True,
    "_disable_config": True,
}


def _read(source: Source) -> Paper:
    from docutils.core import publish_doctree

    tree = publish_doctree(
        source.text(), source_path=source.name, settings_overrides=_SETTINGS
    )
    flow = _RstFlow()
    flow.read(tree, 0)
    return flow.paper(source="rst")


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
            case "paragraph":
                self.paragraph(_inline(node))
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
            case "topic" if "abstract" in node.get("classes", []):
                for paragraph in node.findall(lambda n: n.tagname == "paragraph"):
                    self.abstract(_inline(paragraph))
            case "block_quote" | "container" | "compound" | "note" | "definition":
                self.read(node, level)


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
