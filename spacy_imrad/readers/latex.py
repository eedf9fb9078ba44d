"""Papers from LaTeX source."""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final, TypeAlias

from spacy_imrad.document.outline import Matter
from spacy_imrad.document.paper import Paper
from spacy_imrad.readers import latex_names as names
from spacy_imrad.readers.flow import NOWHERE, Flow
from spacy_imrad.readers.formats import PaperFormat
from spacy_imrad.readers.latex_macros import Expanded, Macros
from spacy_imrad.readers.latex_source import CODE, GAP, Latex, own_verbatim, skip_space
from spacy_imrad.readers.latex_units import number_text, unit_text
from spacy_imrad.readers.placeholders import FIGURE, TABLE, Citations, formula
from spacy_imrad.readers.source import Source, decode, real_path

# Characters of the source, end-exclusive.
Span: TypeAlias = tuple[int, int]

# Of pictures and of tables of contents, which no text is in.
_NO_PARTS: Final = (".tikz", ".pgf", ".pdf_tex", ".toc", ".sty", ".cls", ".def", ".cfg")
MOST_PARTS: Final = 200
_DEEPEST: Final = 60
_LONGEST_OPTION: Final = 2000

_CITES: Final = re.compile(
    r"(?:[Cc]ite|[Tt]extcite|[Pp]arencite|[Aa]utocite|footcite|fullcite|supercite|"
    r"[Ss]martcite|onlinecite)\w*"
)
_SPECIALS: Final = {"~": " ", "``": "“", "''": "”", "--": "–", "---": "—", "&": " "}
_BLANK: Final = rf"[ \t\r{GAP}]*"
_TOKEN: Final = re.compile(
    rf"\\(?:[A-Za-z@]+|.|\Z)|\n{_BLANK}\n[\s{GAP}]*|``|''|---?"
    rf"|[^\\{{}}$~&{CODE}\n`'-]+|.",
    re.DOTALL,
)
_EDGE: Final = re.compile(r"\\(?:begin|end)\s*\{([^{}\n]*)\}")
_IN_MATHS: Final = re.compile(
    rf"\\(?P<command>[A-Za-z@]+|.)|(?P<mark>[{{}}$])|\n{_BLANK}\n", re.DOTALL
)
_NO_MATHS: Final = re.compile(r"\\(?:(?:sub)*section|chapter|begin\s*\{document)\b")
_LABEL: Final = re.compile(r"\\(?:label\s*\{[^{}]*\}|nonumber\b|notag\b)")
_THEOREM: Final = re.compile(
    r"\\newtheorem\*?\s*\{(\w+)\}\s*(?:\[\w*\])?\s*\{\s*([^{}\\\n]{1,40})\}"
)
_IN_FLOAT: Final = re.compile(
    r"\\(?:begin\s*\{(?P<name>\w+)\*?\}|(?P<macro>[A-Za-z]+))"
)
_PLACEMENT: Final = re.compile(r"\A(?:\[[^\[\]]*\]|\{[^{}]*\}|[\s!])+")
_NOTE_WORD: Final = re.compile(r"[A-Za-z]{2,}")
_SHORTEST_NOTE: Final = 5
_SKIP: Final = re.compile(
    r"\s*=?\s*-?(?:[\d.]+\s*(?:pt|em|ex|cm|mm|in|pc|bp|sp|fil+)|[\d.]*\\[A-Za-z]+)"
    r"(?:\s*(?:plus|minus)\s*-?[\d.]+\s*(?:pt|em|ex|cm|mm|in|fil+))*"
)
_NO_TEXT: Final = f" \t\r\n{GAP}"
_XSPACE: Final = "\x02"
_BEFORE_WORD: Final = re.compile(rf"{_XSPACE}(?![.,'/?;:!~)\]}}\s–—-]|\Z)")
_CLASS: Final = re.compile(
    rb"^[^%\n]*?\\document(?:class|style)\s*(?:\[[^\]]{0,2000}\])?\s*\{\s*(\w+)",
    re.MULTILINE,
)
# No other kind of text begins like this.
_BEGINNING: Final = re.compile(
    rb"(?:\s|%[^\n]*\n)*\\(?:document(?:class|style)|RequirePackage|NeedsTeXFormat|"
    rb"PassOptionsToPackage|UseRawInputEncoding|pdfoutput|def|let|newif|"
    rb"begin\s*\{filecontents)(?![a-zA-Z])"
)
# Classes of chapters and of pictures.
_PARTS: Final = (b"subfiles", b"standalone")
_ENCODING: Final = re.compile(
    rb"^[^%\n]*\\(?:usepackage|RequirePackage)\s*\[([^\]\\]*)\]"
    rb"\s*\{[^}]*inputenc[^}]*\}",
    re.MULTILINE,
)
_ENCODINGS: Final = {
    "latin1": "latin-1",
    "latin2": "latin-2",
    "latin3": "latin-3",
    "latin4": "latin-4",
    "latin5": "iso8859-9",
    "latin9": "iso8859-15",
    "latin10": "iso8859-16",
    "ansinew": "cp1252",
    "applemac": "mac-roman",
    "macce": "mac-latin2",
    "koi8-r": "koi8-r",
    "decmulti": "latin-1",
    **{
        f"cp{page}": f"cp{page}" for page in (437, 850, 852, 858, 865, 1250, 1251, 1252)
    },
}
_INCLUDE_ONLY: Final = re.compile(r"\\includeonly\s*\{([^{}]*)\}")


def _read(source: Source) -> Paper:
    flow = _LatexFlow(source)
    flow.read(source, is_main=True)
    if flow.has_headings:
        # Then a paragraph that is short or bold is a paragraph.
        flow.forget_leads()
    return flow.paper()


class _LatexFlow(Flow):
    """Walks through the source; text gathers until a paragraph ends."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._source = source
        self._macros = Macros()
        self._open = [real_path(source.path)] if source.path else []
        self._folders = [""]
        self._encoding: str | None = None
        self._verbatim: frozenset[str] = frozenset()
        # Environments whose name is printed, by that name.
        self._printed = {"proof": "Proof"}
        self._only: set[str] | None = None
        self._parts_read = 0
        self._matter: Matter | None = None
        self._in_preamble = False
        self._in_abstract = False
        self._foreign = 0
        self._gathered: list[str] = []
        self._lead = ""
        self._inline_depth = 0
        self._start: int | None = None
        self._end = 0
        self._citations = Citations()
        self._expanded = Expanded("")

    def read(self, source: Source, *, is_main: bool = False) -> None:
        """Take all that a file has; `\\input` brings in others."""
        text = self._decode(source.read())
        self._verbatim |= own_verbatim(text)
        self._printed.update(_THEOREM.findall(text))
        latex = Latex.of_file(text, self._verbatim)
        taken = Latex(
            self._macros.take(latex, names.RESERVED),
            latex.codes,
            latex.closes,
            latex.ends,
        )
        start, end = _document(taken)
        if is_main:
            only = _INCLUDE_ONLY.search(taken.text, 0, start)
            self._only = {n.strip() for n in only[1].split(",")} if only else None
        if start or self._in_preamble:
            before, self._in_preamble = self._in_preamble, True
            self._preamble(taken, 0, start or len(taken.text))
            self._in_preamble = before
        if not self._in_preamble:
            self._body(taken, start, end, is_main=is_main)

    def _body(self, latex: Latex, start: int, end: int, *, is_main: bool) -> None:
        expanded = self._macros.open_edges(latex)
        if len(expanded.starts) > 1:
            # The codes of a text that moved are found by where they were.
            codes = {
                expanded.position(at): code._replace(end=expanded.position(code.end))
                for at, code in latex.codes.items()
            }
            latex = Latex.of(expanded.text, codes)
            start, end = _document(latex)
        if is_main:
            self._expanded = expanded
        self._walk(latex, start, end)
        self._finish_paragraph()

    def _decode(self, content: bytes) -> str:
        """By what `inputenc` says where it is not UTF-8; Windows' encoding fits most
        that say nothing."""
        if found := _ENCODING.search(content):
            options = (o.strip() for o in found[1].decode("ascii", "ignore").split(","))
            named = (_ENCODINGS[o] for o in options if o in _ENCODINGS)
            self._encoding = next(named, self._encoding)
        try:
            return decode(content)
        except ValueError:
            if b"\0" in content or (self._encoding is None and b"\\" not in content):
                raise
        if self._encoding is None:
            self.warn("not UTF-8, and no inputenc says what: read as Windows-1252")
        return content.decode(self._encoding or "cp1252", "replace")

    def _preamble(self, latex: Latex, at: int, end: int) -> None:
        """Only title, abstract, and the files that it brings in."""
        while at < end:
            found = _TOKEN.match(latex.text, at, end)
            assert found is not None
            token, at = found[0], found.end()
            if token == "{":
                at = latex.closes.get(found.start(), at)
            elif token[1:] in names.TITLES | names.ABSTRACTS | names.INPUTS:
                at = self._command(latex, token[1:], found.start(), at, end)
        self._drop_paragraph()

    # --- Tokens --------------------------------------------------------------------

    def _walk(self, latex: Latex, at: int, end: int) -> None:
        while at < end:
            found = _TOKEN.match(latex.text, at, end)
            assert found is not None
            token, after = found[0], found.end()
            if token[0] == "\\":
                at = self._command(latex, token[1:], at, after, end)
                continue
            if token == "$":
                at = self._dollar(latex, at, end)
                continue
            if token == CODE:
                at = self._code(latex, at, after)
                continue
            if token[0] == "\n" and len(token) > 1:
                self._finish_paragraph()
            elif token not in "{}":
                self._add(_SPECIALS.get(token, token), at, after)
            at = after

    def _code(self, latex: Latex, at: int, after: int) -> int:
        code = latex.codes.get(at)
        if code is None:
            return after
        if code.is_inline:
            self._add(code.text, at, code.end)
        else:
            self._finish_paragraph()
            self.aside(code.text, "code")
        return code.end

    def _dollar(self, latex: Latex, start: int, end: int) -> int:
        """A formula between dollars, within one paragraph and one group."""
        width = 2 if latex.text.startswith("$$", start) else 1
        at = start + width
        while found := _IN_MATHS.search(latex.text, at, end):
            at = found.end()
            if found["mark"] == "{":
                at = latex.closes.get(found.start(), at)
                at += latex.text.startswith("}", at)
            elif found["mark"] == "$":
                after = min(
                    end, at + latex.text.startswith("$" * (width - 1), at) * (width - 1)
                )
                self._formula(latex, start, (start + width, found.start()), after)
                return after
            elif found["mark"] or not found["command"] or _NO_MATHS.match(found[0]):
                break
        return start + width

    def _formula(self, latex: Latex, start: int, inside: Span, end: int) -> None:
        text = latex.text[slice(*inside)].replace(GAP, "").replace(CODE, "")
        self._add(formula(_LABEL.sub("", text)), start, end)

    def _command(self, latex: Latex, name: str, at: int, after: int, end: int) -> int:
        """Take a command.

        name: Without the backslash.
        at, after: Where it begins, and where what follows does.
        end: End of the text that it stands in.
        RETURNS: Where to go on.
        """
        if name in ("begin", "end"):
            edge = _EDGE.match(latex.text, at, end)
            if edge is None:
                return after
            take = self._begin if name == "begin" else self._end_of
            return take(latex, edge[1].strip(), at, edge.end())
        if name in ("(", "["):
            close = latex.closes.get(at)
            if close is None or close >= end or _NO_MATHS.search(latex.text, at, close):
                return after
            self._formula(latex, at, (after, close), close + 2)
            return close + 2
        if name[:1].isalpha():
            after = min(end, skip_space(latex.text, after))
        if name in self._macros.known:
            return self._expand(latex, name, at, after, end)
        if name in names.ACCENTS:
            return self._accent(latex, name, at, after, end)
        if name in names.LENGTHS:
            skip = _SKIP.match(latex.text, after, end)
            return skip.end() if skip else after
        specification = names.ARGUMENTS.get(name)
        if specification is None and _CITES.fullmatch(name):
            specification = "*[[{"
        spans, over = _arguments(latex, specification or "", after, end)
        last = spans[-1] if spans else None
        return self._known(latex, name, at, after, over, last)

    def _known(
        self,
        latex: Latex,
        name: str,
        at: int,
        after: int,
        over: int,
        last: Span | None,
    ) -> int:
        """Take a command by what its name says; `last` is its last argument."""
        if name in names.LEVELS:
            self._section(latex, name, last, at, over)
        elif _CITES.fullmatch(name):
            keys = (key.strip() for key in _source(latex, last).split(","))
            self._add(self._citations.cite(key for key in keys if key), at, over)
        elif name in names.REFERENCES:
            self._add(_reference(_source(latex, last)), at, over)
        elif name in names.TITLES:
            self.title(self._inline(latex, last))
        elif name in names.ABSTRACTS:
            for paragraph in self._inline(latex, last).split("\n\n"):
                self.abstract(paragraph)
        elif name in names.INPUTS:
            return self._input(latex, name, after, over, last)
        elif name in names.NOTES:
            self.aside(" ".join(self._inline(latex, last).split()), "caption")
        elif name in ("appendix", "backmatter"):
            self._finish_paragraph()
            self._matter = "back"
        elif name in names.ACKNOWLEDGEMENTS:
            self._acknowledge()
        elif name == "item":
            self._add(" ", at, after)
            if last is not None:
                self._walk(latex, *last)
                self._add(" ", *last)
        elif name in names.ENDS_OF_PARAGRAPHS:
            self._finish_paragraph()
        elif name == "xspace":
            self._gathered.append(_XSPACE)
        elif name in names.SPACES:
            self._add(" ", at, over)
        elif name in names.QUANTITIES:
            spans, _ = _arguments(latex, names.ARGUMENTS[name], after, over)
            self._add(_quantity(name, [_source(latex, s) for s in spans]), at, over)
        elif name == "includepdf":
            self.warn("files whose pages are put in, which were left out: {}")
        elif name not in names.LEFT_OUT:
            self._other(latex, name, at, over, last)
        return over

    def _other(
        self, latex: Latex, name: str, at: int, over: int, last: Span | None
    ) -> None:
        """Type and symbols: the last argument as text, or the symbol."""
        if last is not None:
            is_lead = name in names.BOLD and not self._text().strip()
            self._walk(latex, *last)
            self._lead = self._text() if is_lead else self._lead
        elif name in names.ESCAPED:
            self._add(names.ESCAPED[name], at, over)
        elif symbol := _symbols().get(name):
            self._add(symbol, at, over)

    def _accent(self, latex: Latex, name: str, at: int, after: int, end: int) -> int:
        (letter,), over = _arguments(latex, "{", after, end)
        text = self._inline(latex, letter).strip()
        base = {"ı": "i", "ȷ": "j"}.get(text[:1], text[:1])
        accented = (
            unicodedata.normalize("NFC", base + names.ACCENTS[name]) if base else ""
        )
        self._add(accented + text[1:], at, over)
        return over

    def _section(
        self, latex: Latex, name: str, title: Span | None, at: int, over: int
    ) -> None:
        self._finish_paragraph()
        self._in_abstract = False
        place = (
            NOWHERE if self._is_elsewhere else (self._origin(at), self._origin(over))
        )
        text = self._inline(latex, title)
        self.heading(text, names.LEVELS[name], place=place, matter=self._matter)

    def _acknowledge(self) -> None:
        self._finish_paragraph()
        self.heading("Acknowledgments", 1, matter="back")

    def _expand(self, latex: Latex, name: str, at: int, after: int, end: int) -> int:
        macro = self._macros.known[name]
        spans, over = _arguments(latex, macro.argspec, after, end)
        if not self._macros.begin(name):
            return over
        arguments = [None if span is None else _source(latex, span) for span in spans]
        self._touch(at, over)
        with self._elsewhere():
            expanded = Latex.of(macro.expand(arguments))
            self._walk(expanded, 0, len(expanded.text))
        self._macros.end(name)
        return over

    # --- Environments --------------------------------------------------------------

    def _begin(self, latex: Latex, starred: str, at: int, after: int) -> int:
        name = starred.rstrip("*")
        ends = latex.ends.get(at)
        inner, over = ends or (after, after)
        if name in names.ABSTRACTS:
            self._finish_paragraph()
            self._in_abstract = True
        elif name in names.LISTS:
            _, after = _arguments(latex, "[", after, inner)
            self._add(" ", at, at)
        elif ends is not None and name in names.MATHS:
            if not _NO_MATHS.search(latex.text, after, inner):
                self._gathered.append(" ")
                self._formula(latex, at, (after, inner), over)
                self._gathered.append(" ")
                return over
        elif ends is not None and name in names.FLOATS:
            self._float(latex, after, inner)
            return over
        elif ends is not None and name in names.TABLES:
            self._table(latex, name, after, inner)
            return over
        elif ends is not None and name in names.CODE:
            self._finish_paragraph()
            self.aside(latex.text[after:inner].replace(GAP, "").strip("\n"), "code")
            return over
        elif ends is not None and name in names.IGNORED:
            self._finish_paragraph()
            return over
        elif name in names.ACKNOWLEDGEMENTS:
            self._acknowledge()
        elif name in ("appendix", "appendices"):
            self._finish_paragraph()
            self._matter = "back"
        else:
            self._finish_paragraph()
            specification = names.ENVIRONMENT_ARGUMENTS.get(name, "[")
            spans, after = _arguments(latex, specification, after, inner)
            if name in self._printed:
                option = self._inline(latex, spans[0]) if spans else ""
                printed = f"{self._printed[name]} ({option})" if option else ""
                self._gathered.append(f"{printed or self._printed[name]}. ")
        return after

    def _end_of(self, latex: Latex, starred: str, at: int, after: int) -> int:
        name = starred.rstrip("*")
        if name in names.LISTS:
            self._add(" ", at, at)
        else:
            self._finish_paragraph()
        if name in names.ABSTRACTS:
            self._in_abstract = False
        return after

    def _float(self, latex: Latex, at: int, end: int) -> None:
        """All of it stands beside the text: a float is anywhere among paragraphs."""
        rest, notes = at, []
        while found := _IN_FLOAT.search(latex.text, at, end):
            start, at = found.span()
            name = found["name"] or ""
            inner, over = latex.ends.get(start, (0, 0))
            if over and name in names.FLOATS | names.TABLES:
                notes.append(self._inline(latex, (rest, start)))
                if name in names.TABLES:
                    self._table(latex, name, at, inner)
                else:
                    self._float(latex, at, inner)
                rest = at = over
            elif found["macro"] in names.CAPTIONS | names.INPUTS:
                notes.append(self._inline(latex, (rest, start)))
                rest = at = self._command(latex, found["macro"], start, at, end)
        notes.append(self._inline(latex, (rest, end)))
        note = _PLACEMENT.sub("", " ".join(" ".join(notes).split()))
        if len(_NOTE_WORD.findall(note)) >= _SHORTEST_NOTE:
            self.aside(note, "caption")

    def _table(self, latex: Latex, name: str, at: int, end: int) -> None:
        specification = names.ENVIRONMENT_ARGUMENTS.get(name, "")
        _, at = _arguments(latex, specification, at, end)
        self.aside(" ".join(self._inline(latex, (at, end)).split()), "table")

    # --- Other files ---------------------------------------------------------------

    def _input(
        self, latex: Latex, name: str, after: int, over: int, last: Span | None
    ) -> int:
        if latex.text[after : after + 1] != "{":
            # As plain TeX has it, without braces.
            over = after + len(
                latex.text[after : after + 200].split("\n")[0].split("{")[0]
            )
            word = latex.text[after:over].split()[:1]
            file, folder = "".join(word), ""
            over = after + latex.text[after:over].find(file) + len(file)
        else:
            file, folder = _source(latex, last), ""
            if "import" in name or "from" in name:
                spans, _ = _arguments(latex, "{{", after, over)
                folder = _source(latex, spans[0]).strip().rstrip("/") + "/"
        file = file.replace(GAP, "").strip().strip('"')
        is_left_out = self._only is not None and file.removesuffix(".tex") not in {
            only.removesuffix(".tex") for only in self._only
        }
        if not (name == "include" and is_left_out):
            self._include(file, folder)
        return over

    def _include(self, name: str, folder: str) -> None:
        folder = self._folders[-1] + folder
        found = next(
            (
                source
                for path in (
                    f"{folder}{name}.tex",
                    f"{folder}{name}",
                    f"{name}.tex",
                    name,
                )
                if (source := self._source.beside(path)) is not None
            ),
            None,
        )
        self._parts_read += 1
        if found is None or found.path is None:
            if name and not name.endswith(_NO_PARTS):
                self.warn(f"the file '{name}', which it brings in, is not there")
            return
        path = real_path(found.path)
        if path in self._open or self._parts_read > MOST_PARTS:
            return
        self._open.append(path)
        self._folders.append(folder)
        with self._elsewhere():
            self.read(found)
        self._folders.pop()
        self._open.pop()

    # --- The paragraph that gathers ------------------------------------------------

    def _add(self, text: str, start: int, end: int) -> None:
        self._gathered.append(text)
        if text.strip(_NO_TEXT):
            leading = len(text) - len(text.lstrip(_NO_TEXT))
            trailing = len(text) - len(text.rstrip(_NO_TEXT))
            is_source = end - start == len(text)
            self._touch(start + leading * is_source, end - trailing * is_source)

    def _touch(self, start: int, end: int) -> None:
        if not self._is_elsewhere:
            self._start = start if self._start is None else self._start
            self._end = end

    def _origin(self, position: int) -> int:
        return self._expanded.origin(position)

    @property
    def _is_elsewhere(self) -> bool:
        return self._foreign > 0 or self._inline_depth > 0

    def _finish_paragraph(self) -> None:
        if self._inline_depth:
            self._gathered.append("\n\n")
            return
        text, lead = self._text(), self._lead
        place = (
            NOWHERE
            if self._start is None
            else (self._origin(self._start), self._origin(self._end))
        )
        self._drop_paragraph()
        if self._in_abstract:
            self.abstract(text)
        else:
            self.paragraph(text, place, lead=lead)

    def _text(self) -> str:
        text = "".join(self._gathered).replace(GAP, "")
        return _BEFORE_WORD.sub(" ", text).replace(_XSPACE, "")

    def _drop_paragraph(self) -> None:
        self._gathered = []
        self._lead = ""
        self._start = None
        self._citations = Citations()

    def _inline(self, latex: Latex, span: Span | None) -> str:
        """The text of an argument, apart from the paragraph that gathers."""
        if span is None or self._inline_depth > _DEEPEST:
            return ""
        around, self._gathered = self._gathered, []
        self._inline_depth += 1
        self._walk(latex, *span)
        self._inline_depth -= 1
        text = self._text()
        self._gathered = around
        return text

    @contextmanager
    def _elsewhere(self) -> Iterator[None]:
        """For text that does not stand in the main file."""
        self._foreign += 1
        yield
        self._foreign -= 1


def _document(latex: Latex) -> Span:
    """Where the document is between preamble and end; all, if there is no preamble."""
    start, end = 0, len(latex.text)
    for found in _EDGE.finditer(latex.text):
        if found[1].strip() == "document":
            if "begin" in found[0][:6] and not start:
                start = found.end()
            elif "end" in found[0][:4]:
                return start, found.start()
    return start, end


def _arguments(
    latex: Latex, specification: str, at: int, end: int
) -> tuple[list[Span | None], int]:
    """The arguments of a command, and where what follows begins.

    specification: `*` for a star, `[` for an option, `(` for one in round brackets, `{`
        for what has to be there: a group, or else a command or a character.
    """
    spans: list[Span | None] = []
    text = latex.text
    for kind in specification:
        start = skip_space(text, at)
        char = text[start : start + 1] if start < end else ""
        if kind == "*":
            at = start + 1 if char == "*" else at
            continue
        if kind == "(":
            close = text.find(")", start, start + 40) if char == "(" else -1
            at = close + 1 if close >= 0 else at
            continue
        span = None
        if char == kind:
            close = latex.closes.get(start, end)
            if close < end and (kind == "{" or close - start < _LONGEST_OPTION):
                span, at = (start + 1, close), close + 1
            elif kind == "{":
                at = start + 1
        elif kind == "{" and char not in ("", "}", "$", "&", "]", "\n", CODE):
            found = _TOKEN.match(text, start, end)
            last = found.end() if found and char == "\\" else start + 1
            span, at = (start, last), last
        spans.append(span)
    return spans, at


def _source(latex: Latex, span: Span | None) -> str:
    return "" if span is None else latex.text[slice(*span)].replace(GAP, "")


def _quantity(name: str, arguments: list[str]) -> str:
    if name in ("si", "unit"):
        return unit_text(arguments[-1])
    if name == "ang":
        return f"{number_text(arguments[-1]).replace(';', ' ')}°"
    has_unit = name not in ("num", "numrange")
    numbers = [number_text(a) for a in arguments[1 : -1 if has_unit else None]]
    text = " to ".join(numbers)
    return f"{text} {unit_text(arguments[-1])}".strip() if has_unit else text


def _reference(label: str) -> str:
    kind = label.partition(":")[0].lower()
    if kind.startswith("fig"):
        return FIGURE
    return TABLE if kind.startswith("tab") else "<REF>"


@cache
def _symbols() -> dict[str, str]:
    from pylatexenc.latex2text import get_default_latex_context_db

    return {
        spec.macroname: spec.simplify_repl
        for spec in get_default_latex_context_db().iter_macro_specs()
        if isinstance(spec.simplify_repl, str) and "%" not in spec.simplify_repl
    }


def is_whole(head: bytes) -> bool:
    """Whether a file that begins with these bytes is a paper, not a part of one."""
    found = _CLASS.search(head)
    return found is not None and found[1] not in _PARTS


def _recognises(head: bytes) -> bool:
    return _BEGINNING.match(head) is not None and _CLASS.search(head) is not None


LATEX: Final = PaperFormat("LaTeX", _read, (".tex", ".ltx", ".latex"), _recognises)
