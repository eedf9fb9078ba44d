"""Papers from LaTeX source."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from spacy_imrad.document.outline import Matter
from spacy_imrad.document.paper import Paper
from spacy_imrad.readers import latex_names as names
from spacy_imrad.readers.flow import NOWHERE, Flow
from spacy_imrad.readers.formats import PaperFormat
from spacy_imrad.readers.latex_macros import Macros
from spacy_imrad.readers.placeholders import FIGURE, TABLE, Citations, formula
from spacy_imrad.readers.source import Source

if TYPE_CHECKING:
    from pylatexenc.latex2text import LatexNodes2Text
    from pylatexenc.latexwalker import LatexNode
    from pylatexenc.macrospec import LatexContextDb

_CITES: Final = re.compile(r"(?:[Cc]ite|[Tt]extcite|[Pp]arencite|autocite|footcite)\w*")
_SPECIALS: Final = {"~": " ", "``": "“", "''": "”", "--": "–", "---": "—", "&": " "}
_BLANK_LINE: Final = re.compile(r"\n[ \t]*\n\s*")
_LABEL: Final = re.compile(r"\\(?:label\s*\{[^{}]*\}|nonumber\b|notag\b)")
MOST_PARTS: Final = 200
_CLASS: Final = re.compile(
    rb"^[^%\n]*?\\document(?:class|style)\s*(?:\[[^\]]*\])?\s*\{\s*(\w+)", re.MULTILINE
)
# No other kind of text begins like this.
_BEGINNING: Final = re.compile(
    rb"(?:\s|%[^\n]*\n)*\\(?:document(?:class|style)|RequirePackage|NeedsTeXFormat|"
    rb"PassOptionsToPackage|UseRawInputEncoding|pdfoutput|def|let|newif|"
    rb"begin\s*\{filecontents)(?![a-zA-Z])"
)
# Classes of chapters and of pictures.
_PARTS: Final = (b"subfiles", b"standalone")


def _read(source: Source) -> Paper:
    flow = _LatexFlow(source)
    flow.read(source, is_main=True)
    return flow.paper()


class _LatexFlow(Flow):
    """Walks through the source; text gathers until a paragraph ends."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._source = source
        self._macros = Macros()
        self._open = [source.path.resolve()] if source.path else []
        self._context: LatexContextDb | None = None
        self._own: dict[str, str] = {}
        self._parts_read = 0
        self._matter: Matter | None = None
        self._in_abstract = False
        self._foreign = 0
        self._gathered: list[str] = []
        self._inline_depth = 0
        self._start: int | None = None
        self._end = 0
        self._citations = Citations()

    def read(self, source: Source, *, is_main: bool = False) -> None:
        """Take all that a file has; `\\input` brings in others."""
        latex = self._macros.take(source.text(), names.RESERVED)
        nodes = self._parse(latex)
        document = next((n for n in nodes if _environment(n) == "document"), None)
        if document is not None and is_main:
            self._preamble(nodes[: nodes.index(document)])
            nodes = document.nodelist
        self._visit(nodes)
        self._finish_paragraph()

    def _parse(self, latex: str) -> list["LatexNode"]:
        from pylatexenc.latexwalker import LatexWalker

        own = {macro.name: macro.argspec for macro in self._macros.known.values()}
        if self._context is None or own != self._own:
            self._context, self._own = _context({**names.ARGUMENTS, **own}), own
        walker = LatexWalker(latex, latex_context=self._context)
        return list(walker.get_latex_nodes()[0])

    def _preamble(self, nodes: Sequence["LatexNode"]) -> None:
        for node in nodes:
            if _macro(node) in ("title", "abstract", *names.INPUTS):
                self._visit([node])
        self._drop_paragraph()

    # --- Nodes ---------------------------------------------------------------------

    def _visit(self, nodes: Sequence["LatexNode"]) -> None:
        for node in nodes:
            self._visit_node(node)

    def _visit_node(self, node: Any) -> None:
        match type(node).__name__:
            case "LatexCharsNode":
                self._characters(node)
            case "LatexGroupNode":
                self._visit(node.nodelist)
            case "LatexMathNode":
                latex = "".join(n.latex_verbatim() for n in node.nodelist)
                self._add(formula(_LABEL.sub("", latex)), node)
            case "LatexSpecialsNode":
                if node.specials_chars == "\n\n":
                    self._finish_paragraph()
                else:
                    chars = node.specials_chars
                    self._add(_SPECIALS.get(chars, chars), node)
            case "LatexMacroNode":
                self._visit_macro(node)
            case "LatexEnvironmentNode":
                self._visit_environment(node)

    def _characters(self, node: Any) -> None:
        at = node.pos
        for i, text in enumerate(_BLANK_LINE.split(node.chars)):
            if i:
                self._finish_paragraph()
                at = node.pos + node.chars.index(text, at - node.pos)
            self._add(text, node, at, at + len(text))
            at += len(text)

    def _visit_macro(self, node: Any) -> None:
        name = node.macroname
        if name in names.LEVELS:
            self._section(name, node)
        elif name in self._macros.known:
            self._expand(node)
        elif _CITES.fullmatch(name):
            keys = (key.strip() for key in _last_latex(node).split(","))
            self._add(self._citations.cite(key for key in keys if key), node)
        elif name in names.REFERENCES:
            self._add(_reference(_last_latex(node)), node)
        elif name == "title":
            self.title(self._inline(_last_argument(node)))
        elif name == "abstract":
            self.abstract(self._inline(_last_argument(node)))
        elif name in names.INPUTS:
            self._include(_last_latex(node))
        elif name in names.NOTES:
            self.aside(" ".join(self._inline(_last_argument(node)).split()), "caption")
        elif name == "appendix":
            self._finish_paragraph()
            self._matter = "back"
        elif name == "item":
            self._add(" ", node)
            self._visit(_last_argument(node))
            self._add(" ", node)
        elif name in names.ENDS_OF_PARAGRAPHS:
            self._finish_paragraph()
        elif name in ("\\", "newline", "linebreak", "xspace", " ", "quad", "qquad"):
            self._add(" ", node)
        elif name not in names.LEFT_OUT:
            self._other_macro(node)

    def _other_macro(self, node: Any) -> None:
        """Type, accents and symbols: the last argument as text, or the symbol."""
        if node.macroname in ("SI", "qty"):
            self._visit([a for a in node.nodeargd.argnlist[-2:] if a is not None])
        elif node.macroname not in _accents_and_symbols():
            self._visit(_last_argument(node))
        else:
            self._add(_to_text().nodelist_to_text([node]), node)

    def _section(self, name: str, node: Any) -> None:
        self._finish_paragraph()
        place = (
            NOWHERE
            if self._foreign or self._inline_depth
            else (node.pos, node.pos + node.len)
        )
        self.heading(
            self._inline(_last_argument(node)),
            names.LEVELS[name],
            place=place,
            matter=self._matter,
        )

    def _expand(self, node: Any) -> None:
        name = node.macroname
        if not self._macros.begin(name):
            return
        arguments = [
            None if a is None else _bare(a)
            for a in getattr(node.nodeargd, "argnlist", [])
        ]
        latex = self._macros.known[name].expand(arguments)
        self._touch(node.pos, node.pos + node.len)
        with self._elsewhere():
            self._visit(self._parse(latex))
        self._macros.end(name)

    def _visit_environment(self, node: Any) -> None:
        name = node.environmentname.rstrip("*")
        if name == "abstract":
            self._finish_paragraph()
            self._in_abstract = True
            self._visit(node.nodelist)
            self._finish_paragraph()
            self._in_abstract = False
        elif name in names.MATHS:
            latex = "".join(n.latex_verbatim() for n in node.nodelist)
            self._add(f" {formula(_LABEL.sub('', latex))} ", node)
        elif name in names.FLOATS:
            self._float(node.nodelist)
        elif name in names.TABLES:
            rows = self._inline(node.nodelist)
            self.aside(" ".join(rows.split()), "table")
        elif name in names.CODE:
            self._finish_paragraph()
            self.aside(_inside(node.latex_verbatim()), "code")
        elif name in names.IGNORED:
            self._finish_paragraph()
        elif name in names.LISTS:
            self._visit(node.nodelist)
            self._add(" ", node)
        else:
            self._finish_paragraph()
            self._visit(node.nodelist)
            self._finish_paragraph()

    def _float(self, nodes: Sequence["LatexNode"]) -> None:
        """Only its captions and tables: a float stands anywhere among paragraphs."""
        for node in _walk(nodes):
            if _macro(node) in ("caption", "captionof") or (
                (_environment(node) or "").rstrip("*") in names.TABLES
            ):
                self._visit_node(node)

    def _include(self, name: str) -> None:
        name = name.strip().strip('"')
        found = self._source.beside(name) or self._source.beside(f"{name}.tex")
        self._parts_read += 1
        if found is None or found.path is None:
            return
        path = found.path.resolve()
        if path in self._open or self._parts_read > MOST_PARTS:
            return
        self._open.append(path)
        with self._elsewhere():
            self.read(found)
        self._open.pop()

    # --- The paragraph that gathers ------------------------------------------------

    def _add(
        self, text: str, node: Any, start: int | None = None, end: int | None = None
    ) -> None:
        self._gathered.append(text)
        if text.strip():
            self._touch(
                node.pos if start is None else start + len(text) - len(text.lstrip()),
                node.pos + node.len if end is None else end - _trailing(text),
            )

    def _touch(self, start: int, end: int) -> None:
        if not self._foreign and not self._inline_depth:
            self._start = start if self._start is None else self._start
            self._end = end

    def _finish_paragraph(self) -> None:
        if self._inline_depth:
            self._gathered.append(" ")
            return
        text = "".join(self._gathered)
        place = NOWHERE if self._start is None else (self._start, self._end)
        self._drop_paragraph()
        if self._in_abstract:
            self.abstract(text)
        else:
            self.paragraph(text, place)

    def _drop_paragraph(self) -> None:
        self._gathered = []
        self._start = None
        self._citations = Citations()

    def _inline(self, nodes: Sequence["LatexNode"]) -> str:
        """The text of an argument, apart from the paragraph that gathers."""
        around, self._gathered = self._gathered, []
        self._inline_depth += 1
        self._visit(nodes)
        self._inline_depth -= 1
        text = "".join(self._gathered)
        self._gathered = around
        return text

    @contextmanager
    def _elsewhere(self) -> Iterator[None]:
        """For nodes that do not stand in the main file."""
        self._foreign += 1
        yield
        self._foreign -= 1


def _context(arguments: dict[str, str]) -> "LatexContextDb":
    """What pylatexenc knows of macros, and these arguments."""
    from pylatexenc.latexwalker import get_default_latex_context_db
    from pylatexenc.macrospec import MacroSpec

    context = get_default_latex_context_db()
    macros = [MacroSpec(name, spec) for name, spec in arguments.items()]
    context.add_context_category("imrad", prepend=True, macros=macros)
    return context


def _inside(environment: str) -> str:
    """What stands between the beginning and the end, as it is."""
    inside = environment.partition("}")[2]
    return inside[: inside.rfind("\\end")].strip("\n")


def _macro(node: Any) -> str | None:
    return getattr(node, "macroname", None)


def _environment(node: Any) -> str | None:
    return getattr(node, "environmentname", None)


def _walk(nodes: Sequence[Any]) -> Iterator[Any]:
    for node in nodes:
        yield node
        if (_environment(node) or "").rstrip("*") not in names.TABLES:
            yield from _walk(getattr(node, "nodelist", None) or ())


def _last_argument(node: Any) -> list[Any]:
    arguments = getattr(node.nodeargd, "argnlist", None) or []
    return [] if not arguments or arguments[-1] is None else [arguments[-1]]


def _last_latex(node: Any) -> str:
    return "".join(_bare(argument) for argument in _last_argument(node))


def _bare(argument: Any) -> str:
    """The LaTeX of an argument without the braces round it."""
    nodes = getattr(argument, "nodelist", None)
    if nodes is None:
        return str(argument.latex_verbatim())
    return "".join(node.latex_verbatim() for node in nodes)


def _reference(label: str) -> str:
    kind = label.partition(":")[0].lower()
    if kind.startswith("fig"):
        return FIGURE
    return TABLE if kind.startswith("tab") else "<REF>"


def _trailing(text: str) -> int:
    return len(text) - len(text.rstrip())


@lru_cache(maxsize=1)
def _to_text() -> "LatexNodes2Text":
    from pylatexenc.latex2text import LatexNodes2Text

    return LatexNodes2Text(math_mode="verbatim", keep_comments=False)


@lru_cache(maxsize=1)
def _accents_and_symbols() -> frozenset[str]:
    from pylatexenc.latex2text import get_default_latex_context_db

    specs = get_default_latex_context_db().iter_macro_specs()
    return frozenset(spec.macroname for spec in specs) - names.STYLES


def is_whole(head: bytes) -> bool:
    """Whether a file that begins with these bytes is a paper, not a part of one."""
    found = _CLASS.search(head)
    return found is not None and found[1] not in _PARTS


def _recognises(head: bytes) -> bool:
    return _BEGINNING.match(head) is not None and _CLASS.search(head) is not None


LATEX: Final = PaperFormat("LaTeX", _read, (".tex", ".ltx", ".latex"), _recognises)
