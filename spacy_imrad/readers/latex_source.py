"""LaTeX source made ready for reading: verbatim text and comments are blanked at their
own length, and it is known where each brace, bracket and environment closes.

All of it is one pass over the text, whatever is left open in it.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

GAP: Final = "\x00"
"""Stands for a character that is not part of the text."""
CODE: Final = "\x01"
"""Stands where verbatim text begins; `GAP`s for the rest of it."""

_LONGEST_INLINE: Final = 2000
_VERBATIM: Final = frozenset(
    {"verbatim", "Verbatim", "BVerbatim", "LVerbatim", "lstlisting", "minted"}
    | {"filecontents", "comment"}
)
_NOT_TEXT: Final = frozenset({"comment", "filecontents"})
_OWN_VERBATIM: Final = re.compile(
    r"\\(?:(?:Define|Custom|Recustom)VerbatimEnvironment|lstnewenvironment|newtcblisting"
    r"|newverbatim)\s*\{\s*(\w+)\s*\}|\\newminted\s*(?:\[(\w+)\])?\s*\{\s*(\w+)\s*\}"
    r"|\\excludecomment\s*\{\s*(\w+)\s*\}"
)
_OPAQUE: Final = re.compile(
    r"\\begin\s*\{(?P<environment>\w+)\*?\}"
    r"|\\(?P<inline>[Vv]erb\*?|lstinline|mintinline)(?![A-Za-z@])"
    r"|\\(?:url|path|nolinkurl)\s*\{(?P<url>[^{}\n]*)\}"
    r"|\\href\s*\{(?P<href>[^{}\n]*)\}"
    r"|\\newif\s*\\if[A-Za-z@]+|\\(?P<condition>if[A-Za-z@]+)"
    r"|\\(?:[A-Za-z@]+|.|\Z)"
    r"|(?P<comment>%[^\n]*(?:\n[ \t]*(?![ \t\r\n]))?)",
    re.DOTALL,
)
_CONDITIONAL: Final = re.compile(
    r"\\(?P<name>if(?!f(?![A-Za-z@])|thenelse)[A-Za-z@]*|else|fi)(?![A-Za-z@])"
)
_NEW_CONDITION: Final = re.compile(r"\\newif\s*\\(if[A-Za-z@]+)")
_LANGUAGE: Final = re.compile(r"(?:\[[^\[\]\n]*\])?\s*(?:\{[^{}\n]*\}(?=\s*[^\s\w]))?")
_OPTIONS: Final = re.compile(r"(?:\[[^\[\]\n]*\])?")
_PAIRS: Final = re.compile(
    r"\\(?P<edge>begin|end)\s*\{(?P<name>[^{}\n]*)\}"
    r"|\\(?P<math>[()\[\]])|\\(?:[A-Za-z@]+|.|\Z)|(?P<brace>[{}\[\]])",
    re.DOTALL,
)

_BLANK: Final = rf"[ \t\r{GAP}]*"
_SPACE: Final = re.compile(rf"{_BLANK}(?:\n(?!{_BLANK}\n){_BLANK})?")


class Code(NamedTuple):
    """Verbatim text.

    end: Where it ends in the source.
    """

    text: str
    end: int
    is_inline: bool


@dataclass(frozen=True, slots=True)
class Latex:
    """Source without comments and verbatim text, of the same length as the file's.

    codes: The verbatim text by where it begins.
    closes: Position of what closes each brace, bracket, `\\(` and `\\[`.
    ends: Start and end, for each `\\begin`, of its `\\end`.
    """

    text: str
    codes: dict[int, Code] = field(default_factory=dict)
    closes: dict[int, int] = field(default_factory=dict)
    ends: dict[int, tuple[int, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str, codes: dict[int, Code] | None = None) -> "Latex":
        """The source with its pairs found."""
        closes, ends = _pairs(text)
        return cls(text, codes or {}, closes, ends)

    @classmethod
    def of_file(cls, text: str, verbatim: frozenset[str] = frozenset()) -> "Latex":
        """The source that a file has; `verbatim` names more environments that are."""
        return cls.of(*_without_opaque(_one_newline(text), verbatim))


def own_verbatim(text: str) -> frozenset[str]:
    """The verbatim environments that a source defines."""
    found: set[str] = set()
    for match in _OWN_VERBATIM.finditer(text):
        defined, short, language, excluded = match.groups()
        found.add(defined or short or excluded or f"{language}code")
    return frozenset(found)


def _one_newline(text: str) -> str:
    text = text.replace(GAP, " ").replace(CODE, " ")
    return text if "\n" in text else text.replace("\r", "\n")


def _pairs(text: str) -> tuple[dict[int, int], dict[int, tuple[int, int]]]:
    closes: dict[int, int] = {}
    ends: dict[int, tuple[int, int]] = {}
    open_groups: list[int] = []
    open_environments: list[tuple[str, int]] = []
    counts: Counter[str] = Counter()
    open_maths: dict[str, int] = {}
    for found in _PAIRS.finditer(text):
        at = found.start()
        match found["brace"]:
            case "{" | "[":
                open_groups.append(at)
            case "]":
                if open_groups and text[open_groups[-1]] == "[":
                    closes[open_groups.pop()] = at
            case "}":
                while open_groups and text[open_groups[-1]] == "[":
                    open_groups.pop()
                if open_groups:
                    closes[open_groups.pop()] = at
        match found["math"]:
            case "(" | "[" as opening:
                open_maths.setdefault(opening, at)
            case ")" | "]" as closing:
                start = open_maths.pop("(" if closing == ")" else "[", None)
                if start is not None:
                    closes[start] = at
        name = (found["name"] or "").strip()
        if found["edge"] == "begin":
            open_environments.append((name, at))
            counts[name] += 1
        elif found["edge"] == "end" and counts[name]:
            while open_environments:
                opened, start = open_environments.pop()
                counts[opened] -= 1
                if opened == name:
                    ends[start] = (at, found.end())
                    break
    return closes, ends


def _without_opaque(text: str, verbatim: frozenset[str]) -> tuple[str, dict[int, Code]]:
    verbatim = _VERBATIM | verbatim
    conditions = _conditions(text)
    codes: dict[int, Code] = {}
    dead: list[tuple[int, int]] = []
    unclosed: set[str] = set()
    parts: list[str] = []
    at = done = 0

    def keep_until(position: int) -> None:
        parts.append(text[done:position])

    while found := _OPAQUE.search(text, at):
        start, at = found.span()
        name = found["environment"]
        if name in verbatim and name not in unclosed:
            end_mark = text[found.start("environment") - 1 : found.end()]
            end = text.find(f"\\end{end_mark}", at)
            if end < 0:
                unclosed.add(name)
                continue
            inside, end = text[at:end], end + len(end_mark) + 4
            codes[start] = Code(_code(inside, name), end, False)
        elif found["inline"]:
            code = _inline_code(text, found["inline"], at)
            if code is None:
                continue
            codes[start], end = code, code.end
        elif found["url"] is not None:
            end = at
            codes[start] = Code(found["url"], end, True)
        elif found["href"] is not None or found["comment"]:
            end = at
        elif found["condition"] in conditions and "\\fi" not in unclosed:
            branches = _branches(text, at)
            if branches is None:
                unclosed.add("\\fi")
                continue
            other, over = branches
            if conditions[found["condition"]]:
                dead.append((other, over))
                continue
            end = other
        else:
            continue
        keep_until(start)
        parts.append(CODE if start in codes else GAP)
        parts.append(GAP * (end - start - 1))
        at = done = end
    keep_until(len(text))
    blanked = "".join(parts)
    for start, end in dead:
        blanked = blanked[:start] + GAP * (end - start) + blanked[end:]
    return blanked, codes


def _code(inside: str, environment: str) -> str:
    if environment in _NOT_TEXT:
        return ""
    first, newline, rest = inside.partition("\n")
    # What stands on the line of \begin are options.
    is_option = bool(newline) and first.lstrip()[:1] in ("[", "{", "")
    return (rest if is_option else inside).strip("\r\n")


def _inline_code(text: str, name: str, at: int) -> Code | None:
    arguments = _LANGUAGE if name == "mintinline" else _OPTIONS
    if not name.lower().startswith("verb"):
        found = arguments.match(text, at)
        at = found.end() if found else at
    mark = text[at : at + 1]
    if not mark or mark.isalnum() or mark.isspace():
        return None
    limit = at + _LONGEST_INLINE
    line = text.find("\n", at, limit)
    limit = line if line >= 0 else limit
    end = text.find("}" if mark == "{" else mark, at + 1, limit)
    return None if end < 0 else Code(text[at + 1 : end], end + 1, True)


def _conditions(text: str) -> dict[str, bool]:
    """The conditions whose value is known: \\iffalse, and those of \\newif by what they
    are last set to."""
    known = {"iffalse": False, "iftrue": True}
    for found in _NEW_CONDITION.finditer(text):
        name = found[1][2:]
        is_true, is_false = (text.rfind(f"\\{name}{v}") for v in ("true", "false"))
        known[found[1]] = is_true > is_false
        if len(known) > 50:
            break
    return known


def _branches(text: str, at: int) -> tuple[int, int] | None:
    """Where the first branch of a condition is over, and where the whole is."""
    depth = 1
    other = None
    for found in _CONDITIONAL.finditer(text, at):
        name = found["name"]
        if name == "fi":
            depth -= 1
            if depth == 0:
                return (found.end() if other is None else other), found.end()
        elif name == "else":
            if depth == 1 and other is None:
                other = skip_space(text, found.end())
        elif text[found.start() - 7 : found.start()].rstrip()[-6:] != "\\newif":
            depth += 1
    return None


def skip_space(text: str, at: int) -> int:
    """Where the white space at a position ends, if no paragraph ends in it; what TeX
    skips behind a command."""
    found = _SPACE.match(text, at)
    return found.end() if found else at


def unbalanced(text: str) -> Iterator[str]:
    """The kinds of structure that a text opens and does not close, or closes only."""
    balance: Counter[str] = Counter()
    for found in _PAIRS.finditer(text):
        if found["edge"]:
            balance[found["name"].strip()] += 1 if found["edge"] == "begin" else -1
        elif found["math"]:
            balance["math"] += 1 if found["math"] in "([" else -1
    yield from (name for name, count in balance.items() if count)
    if len(re.findall(r"(?<!\\)\$", text)) % 2:
        yield "$"
