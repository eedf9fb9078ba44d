"""Dialects of Markdown (Quarto, R Markdown, pandoc, MyST) made CommonMark, character
by character, so that positions stay those of the file."""

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import srsly

from spacy_imrad.readers.latex_names import (
    ENDS_OF_PARAGRAPHS,
    LEFT_OUT,
    NOTES,
    SPACES,
)

GAP: Final = "\ue000"
"""Stands for a character that is not part of the text."""


def _words(names: str) -> frozenset[str]:
    return frozenset(names.split())


_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+\Z")
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADER_END: Final = re.compile(r"^(?:---|\.\.\.)[ \t]*\r?$", re.MULTILINE)
_HEADER_KEY: Final = re.compile(r"^[ \t]*['\"]?[\w-]+['\"]?[ \t]*:", re.MULTILINE)
_DIVISION: Final = re.compile(r"[ \t]*:{3,}[^\n]*")
_ATTRIBUTES_OF_HEADING: Final = re.compile(r"(?<=[ \t])\{[^{}\n]*\}(?=[ \t#]*\r?\n?\Z)")
_MATHS: Final = (
    "equation|align|alignat|flalign|gather|multline|eqnarray|displaymath|math|split"
)
_INLINE: Final = re.compile(
    # Code, in which nothing is looked for.
    r"(?P<code>(?<!`)(?P<ticks>`+)(?!`)[^`\n]{0,500}(?<!`)(?P=ticks)(?!`))"
    r"|(?P<comment><!--)"
    r"|(?P<escape>\\[\\$`*_{}#+.!~^-])"
    # Formulas.
    r"|(?P<double>\$\$)"
    r"|(?P<degree>(?<=\w)\$\^\{?\\circ\}?\$)"
    r"|(?P<dollar>(?<![\\\w])\$(?!\s)"
    r"(?:[^$\n`]|`[^`\n]*`|\n(?![ \t\r]*\n)){1,1000}?(?<![\s\\])\$(?!\d))"
    rf"|\\begin\{{(?P<maths>{_MATHS})\*?\}}"
    r"|(?P<square>\\\[)|(?P<round>\\\()"
    # LaTeX's environments and commands.
    r"|\\begin\{(?P<left_out>table|figure|tabular|longtable|algorithm|tikzpicture)\*?\}"
    r"|(?P<edge>\\(?:begin|end)\{\w+\*?\}(?:\[[^\[\]\n]*\])?)"
    r"|(?P<command>\\(?!(?:auto|page|eq|v|[cC])?ref\b|[cC]ite)"
    r"(?P<name>[A-Za-z]+)\*?(?P<arguments>"
    r"(?:\[[^\[\]\n]{0,200}\]|\{(?:[^{}\n]|\{(?:[^{}\n]|\{[^{}\n]*\})*\}){0,3000}\})*))"
    # Attributes, and text in brackets that only has them.
    r"|\[(?P<span>[^\[\]\n]*)\]\{(?:[.#:]|\w+=)[^{}\n]*\}|(?<=[)\]`])\{(?:[#.:=-]|[\w-]+=)[^{}\n]*\}"
    r"|(?:(?<=[ \t\n])|^)\{#[\w:.-][^{}\n]*\}(?=[ \t\r]*(?:\n|\Z))"
)
# Of a command: the argument that is printed.
_LAST_ARGUMENT: Final = re.compile(
    r"\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}(?:\[[^\[\]]*\])?\Z"
)
_UNPRINTED: Final = LEFT_OUT | _words(
    "addtolength appendix beginsupplement blandscape elandscape FloatBarrier indent "
    "landscape newcommand newcounter pagebreak providecommand renewcommand"
)
_SWITCHES: Final = (
    _UNPRINTED
    | ENDS_OF_PARAGRAPHS
    | SPACES
    | _words(
        "begingroup bfseries break centering doublespacing em endgroup footnotesize "
        "hfil huge item itshape large Large LARGE medskip noindent normalsize "
        "onehalfspacing raggedleft raggedright sffamily scriptsize selectfont "
        "singlespacing small smallskip tiny ttfamily"
    )
)
_COMPUTED: Final = re.compile(r"`[^`\n]*`")
_EMPTY_LINE: Final = re.compile(r"\n[ \t\r]*\n")
# Closings that are looked for within a paragraph.
_OF_PARAGRAPHS: Final = frozenset(
    {"$$", "\\]", "\\)"}
    | {f"\\end{{{name}{star}}}" for name in _MATHS.split("|") for star in ("", "*")}
)
_LABEL: Final = re.compile(r"[ \t]*(?:\{#[^{}\n]*\}|\(\\?#eq:[^()\n]*\))")
_IS_TEX: Final = re.compile(r"[\\^_=]")
_TITLE: Final = re.compile(
    r"^title[ \t]*:[ \t]*(.*(?:\n[ \t]+(?![\w-]+:).*)*)", re.MULTILINE
)
_ABSTRACT: Final = re.compile(
    r"^abstract[ \t]*:[ \t]*(.*(?:\n(?:[ \t]+.*|[ \t]*$))*)", re.MULTILINE
)
_MARK: Final = re.compile(r"\A[|>][+-]?\d?[ \t]*\n")


class Header(NamedTuple):
    """What the YAML before a text says.

    warning: Why not all of it was read; empty if it was.
    """

    title: str = ""
    abstract: str = ""
    warning: str = ""


class Prepared(NamedTuple):
    """A text as CommonMark with formulas between dollars; as long as the source."""

    text: str
    header: Header


def prepare(source: str) -> Prepared:
    """Make a text of any dialect CommonMark."""
    source = source.replace(GAP, " ")
    text, header = _without_header(source)
    parts: list[str] = []
    prose: list[str] = []
    for line, is_code in _lines(text):
        if is_code:
            parts += [_plain("".join(prose)), _chunk(line)]
            prose = []
        elif _DIVISION.match(line):
            prose.append(_blank(line))
        elif line.lstrip().startswith("#"):
            prose.append(_ATTRIBUTES_OF_HEADING.sub(lambda m: " " * len(m[0]), line))
        else:
            prose.append(line)
    parts.append(_plain("".join(prose)))
    return Prepared("".join(parts), header)


def _chunk(line: str) -> str:
    """A line of code. Options of a chunk may have ticks in them, as no fence may."""
    mark = _FENCE.match(line)
    if mark is None or not line.startswith("{", mark.end()):
        return line
    return mark[0] + line[mark.end() :].replace("`", "'")


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """The lines, each with whether it is of fenced code."""
    fence = ""
    for found in _LINE.finditer(text):
        line = found[0]
        mark = _FENCE.match(line)
        if fence:
            yield line, True
            if mark and mark[1].startswith(fence) and not line[mark.end() :].strip():
                fence = ""
        elif mark:
            fence = mark[1]
            yield line, True
        else:
            yield line, False


def _without_header(text: str) -> tuple[str, Header]:
    """The YAML stands first, or behind code that sets it up."""
    start = 0
    for line, is_code in _lines(text):
        if line.rstrip() == "---" and not is_code:
            end = _HEADER_END.search(text, start + len(line))
            if end is None:
                break
            yaml = text[start + len(line) : end.start()]
            if not _HEADER_KEY.search(yaml):
                break
            blank = _blank(text[start : end.end()])
            return text[:start] + blank + text[end.end() :], read_header(yaml)
        if line.strip() and not is_code:
            break
        start += len(line)
    return text, Header()


def read_header(yaml: str) -> Header:
    """Title and abstract of a YAML header; by their lines, where it is no YAML."""
    try:
        found: Any = srsly.yaml_loads(yaml)
    # srsly's parser has many ways to say that something is no YAML.
    except Exception as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        title, abstract = (
            _MARK.sub("", m[1]) if m else ""
            for m in (_TITLE.search(yaml), _ABSTRACT.search(yaml))
        )
        paragraphs = re.split(r"\n[ \t]*\n", abstract)
        return Header(
            _unquoted(title),
            "\n\n".join(_unquoted(paragraph) for paragraph in paragraphs),
            f"the header is no YAML ({reason}): only its title and abstract were read",
        )
    if not isinstance(found, dict):
        return Header()
    return Header(_string(found.get("title")), _string(found.get("abstract")))


def _string(value: Any) -> str:
    if isinstance(value, list):
        return "\n\n".join(_string(item) for item in value)
    return "" if value is None or isinstance(value, dict | bool) else str(value)


def _unquoted(text: str) -> str:
    text = " ".join(text.split())
    is_quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    return text[1:-1] if is_quoted else text


def _plain(text: str) -> str:
    """Text outside of code."""
    parts: list[str] = []
    at = paragraph_end = 0
    unclosed: set[str] = set()
    while found := _INLINE.search(text, at):
        start, end = found.span()
        if end > paragraph_end:
            gap = _EMPTY_LINE.search(text, end)
            paragraph_end = gap.start() if gap else len(text)
            unclosed -= _OF_PARAGRAPHS
        parts.append(text[at:start])
        closing = _closing(found)
        is_left_out = bool(found["left_out"] or found["comment"])
        limit = len(text) if is_left_out else paragraph_end
        close = -1 if closing in unclosed else text.find(closing, end, limit)
        if not closing:
            parts.append(_replaced(found))
        elif close < 0:
            unclosed.add(closing)
            parts.append(found[0])
        else:
            inside, over = text[end:close], close + len(closing)
            label = _LABEL.match(text, over)
            if found["comment"] and "\n" not in inside:
                parts.append(GAP * (over - start))
            elif is_left_out:
                parts.append(_blank(text[start:over]))
            elif formula := _formula(found[0], inside, closing):
                over = label.end() if label else over
                parts += [formula, GAP * (over - start - len(formula))]
            else:
                over = end
                parts.append(found[0])
            end = over
        at = end
    return "".join((*parts, text[at:]))


def _replaced(found: re.Match[str]) -> str:
    whole = found[0]
    if found["code"] or found["escape"]:
        return whole
    if found["dollar"]:  # what is computed in a formula may have dollars of its own
        return _COMPUTED.sub(lambda code: GAP * len(code[0]), whole)
    if found["degree"]:
        return "°" + GAP * (len(whole) - 1)
    if found["edge"]:
        return GAP * len(whole)
    if found["command"]:
        return _command(whole, found["name"], found["arguments"])
    kept = found["span"] or ""
    left = whole.index(kept) if kept else 0
    return GAP * left + kept + GAP * (len(whole) - left - len(kept))


def _command(whole: str, name: str, arguments: str) -> str:
    """A command of LaTeX: its last argument, unless it prints none."""
    last = _LAST_ARGUMENT.search(arguments)
    if last is None or name in _UNPRINTED:
        return GAP * len(whole) if last or name in _SWITCHES else whole
    inside = _plain(last[1])
    left = len(whole) - len(arguments) + last.start(1)
    right = len(whole) - left - len(inside)
    if name in NOTES:
        return f"^[{GAP * (left - 2)}{inside}]{GAP * (right - 1)}"
    return GAP * left + inside + GAP * right


def _closing(found: re.Match[str]) -> str:
    if found["double"]:
        return "$$"
    if found["comment"]:
        return "-->"
    if found["maths"] or found["left_out"]:
        return found[0].replace("begin", "end", 1)
    return "\\]" if found["square"] else "\\)" if found["round"] else ""


def _formula(opening: str, inside: str, closing: str) -> str:
    """A formula between dollars and on one line; empty if it is none."""
    if opening == "\\[" and not _IS_TEX.search(inside):
        return ""
    dollars = "$" if opening == "\\(" else "$$"
    inside = re.sub(r"[\r\n]", " ", inside)
    core = inside.strip()
    left = len(opening) + len(inside) - len(inside.lstrip())
    right = len(closing) + len(inside) - len(inside.rstrip())
    return f"{dollars:>{left}}{core}{dollars:<{right}}" if core else ""


def _blank(text: str) -> str:
    return re.sub(r"[^\r\n]", " ", text)
