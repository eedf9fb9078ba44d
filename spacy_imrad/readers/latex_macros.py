"""A LaTeX paper's own macros: their definitions, and what they stand for."""

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from spacy_imrad.readers.latex_source import GAP, Latex, skip_space, unbalanced

MOST_EXPANSIONS: Final = 20_000
"""More than any paper has: macros that call each other could go on for ever."""
_LONGEST_EXPANDED: Final = 20_000_000

_DEFINITION: Final = re.compile(
    r"\\(?:(?:re)?newcommandx?|providecommand|DeclareRobustCommand)\*?\s*"
    r"(?:\{\s*\\(?P<braced>[A-Za-z@]+|.)\s*\}|\\(?P<bare>[A-Za-z@]+|.))\s*"
    r"(?:\[(?P<count>\d)\])?\s*(?:\[(?P<default>[^\[\]]*)\])?\s*(?=\{)"
    r"|\\(?:long\s*\\|global\s*\\)?(?:g|e|x)?def\s*\\(?P<plain>[A-Za-z@]+|.)"
    r"(?P<params>[^{}\\\n]*)(?=\{)"
    r"|\\(?:New|Renew|Provide|Declare)DocumentCommand\s*"
    r"(?:\{\s*\\(?P<xbraced>[A-Za-z@]+)\s*\}|\\(?P<xbare>[A-Za-z@]+))\s*"
    r"\{(?P<spec>[^{}]*(?:\{[^{}]*\}[^{}]*)*)\}\s*(?=\{)"
    r"|\\(?:re)?newenvironment\*?\s*\{\s*(?P<environment>\w+)\*?\s*\}\s*"
    r"(?:\[(?P<ecount>\d)\])?\s*(?:\[[^\[\]]*\])?\s*(?=\{)"
)
_LET: Final = re.compile(r"\\let\s*\\(?:[A-Za-z@]+|.)\s*=?\s*(?:\\(?:[A-Za-z@]+|.)|\S)")
_PARAMETER: Final = re.compile(r"#(\d)")
_STRUCTURE: Final = re.compile(r"\\(?:(?:sub)*section|chapter|paragraph|begin)\b")
_USE: Final = re.compile(
    r"\\(?:(?P<edge>begin|end)\s*\{(?P<environment>\w+)\*?\}|(?P<macro>[A-Za-z@]+|.))"
)


@dataclass(frozen=True, slots=True)
class Macro:
    """What `\\name` stands for; `#1` in the body is its first argument.

    default: The first argument where it is left out, None if it can't be.
    """

    name: str
    body: str
    n_arguments: int = 0
    default: str | None = None

    @property
    def argspec(self) -> str:
        """The arguments, `{` for one that has to be there and `[` for an option."""
        if self.default is None:
            return "{" * self.n_arguments
        return "[" + "{" * (self.n_arguments - 1)

    def expand(self, arguments: Iterable[str | None]) -> str:
        """The body with its arguments in place."""
        filled = [self.default or "" if a is None else a for a in arguments]

        def argument(found: re.Match[str]) -> str:
            index = int(found[1]) - 1
            return filled[index] if 0 <= index < len(filled) else ""

        return _PARAMETER.sub(argument, self.body)


@dataclass(frozen=True, slots=True)
class Expanded:
    """A text in which macros were replaced.

    starts, origins: Where what follows a replacement stands in it and in the source.
    """

    text: str
    starts: tuple[int, ...] = (0,)
    origins: tuple[int, ...] = (0,)

    def origin(self, position: int) -> int:
        """Where a position was in the source."""
        index = bisect_right(self.starts, position) - 1
        return self.origins[index] + position - self.starts[index]

    def position(self, origin: int) -> int:
        """Where a position of the source is in the text."""
        index = bisect_right(self.origins, origin) - 1
        return self.starts[index] + origin - self.origins[index]


@dataclass(slots=True)
class Macros:
    """The macros that a paper defines, and a guard against those without end."""

    known: dict[str, Macro] = field(default_factory=dict)
    _edges: dict[str, Macro] = field(default_factory=dict)
    _environments: dict[str, tuple[Macro, Macro]] = field(default_factory=dict)
    _active: set[str] = field(default_factory=set)
    _expansions: int = 0

    def take(self, latex: Latex, reserved: frozenset[str]) -> str:
        """Learn the definitions in `latex`, except those of `reserved` names.

        RETURNS: Its text with gaps in their place, so that positions stay.
        """
        text = latex.text
        parts: list[str] = []
        end = 0
        for found in _DEFINITION.finditer(text):
            if found.start() < end:
                continue
            close = latex.closes.get(found.end())
            if close is None:
                continue
            body = text[found.end() + 1 : close]
            if environment := found["environment"]:
                second = skip_space(text, close + 1)
                last = latex.closes.get(second)
                if last is None:
                    continue
                if environment not in reserved:
                    ending = text[second + 1 : last]
                    count = int(found["ecount"] or 0)
                    self._learn_environment(environment, body, ending, count)
                close = last
            elif (macro := _macro(found, body)) and macro.name not in reserved:
                self._learn(macro)
            parts += [text[end : found.start()], GAP * (close + 1 - found.start())]
            end = close + 1
        taken = "".join((*parts, text[end:]))
        return _LET.sub(lambda found: GAP * len(found[0]), taken)

    def _learn(self, macro: Macro) -> None:
        self.known[macro.name] = macro
        self._edges.pop(macro.name, None)
        if any(unbalanced(macro.body)):
            self._edges[macro.name] = macro

    def _learn_environment(self, name: str, body: str, ending: str, count: int) -> None:
        if _STRUCTURE.search(body):
            self._environments[name] = Macro(name, body, count), Macro(name, ending)

    def open_edges(self, latex: Latex) -> Expanded:
        """Put in place what opens or closes an environment or a formula, as
        `\\newcommand{\\be}{\\begin{equation}}` does.

        RAISES: ValueError if there are too many, or the text gets too long.
        """
        parts: list[str] = []
        starts, origins = [0], [0]
        length = done = 0
        for found in _USE.finditer(latex.text):
            macro = self._edge(found)
            if macro is None or found.start() < done or not self.begin(found[0]):
                continue
            arguments, end = _arguments(latex, found.end(), macro.n_arguments)
            body = self.open_edges(Latex.of(macro.expand(arguments))).text
            self.end(found[0])
            before = latex.text[done : found.start()]
            parts += [before, body]
            length += len(before) + len(body)
            if length > _LONGEST_EXPANDED:
                raise ValueError(f"macros that expand without end (at {found[0]})")
            starts.append(length)
            origins.append(end)
            done = end
        text = "".join((*parts, latex.text[done:]))
        return Expanded(text, tuple(starts), tuple(origins))

    def _edge(self, found: re.Match[str]) -> Macro | None:
        if found["edge"] and found["environment"] in self._environments:
            return self._environments[found["environment"]][found["edge"] == "end"]
        return self._edges.get(found["macro"] or "")

    def begin(self, name: str) -> bool:
        """Whether the macro `name` may be expanded now: not within itself.

        RAISES: ValueError if there were too many expansions.
        """
        self._expansions += 1
        if self._expansions > MOST_EXPANSIONS:
            raise ValueError(f"macros that expand without end (at \\{name})")
        if name in self._active:
            return False
        self._active.add(name)
        return True

    def end(self, name: str) -> None:
        """The expansion of the macro `name` is over."""
        self._active.discard(name)


def _arguments(latex: Latex, at: int, count: int) -> tuple[list[str], int]:
    found: list[str] = []
    while len(found) < count:
        start = skip_space(latex.text, at)
        close = latex.closes.get(start)
        if close is None or latex.text[start] != "{":
            break
        found.append(latex.text[start + 1 : close])
        at = close + 1
    return found, at


def _macro(found: re.Match[str], body: str) -> Macro | None:
    """What a definition defines; None if its arguments are not in braces."""
    if name := found["xbraced"] or found["xbare"]:
        spec = re.sub(r"\{[^{}]*\}|\s", "", found["spec"])
        optional = spec[:1] in ("o", "O")
        return Macro(name, body, len(spec), "" if optional else None)
    if name := found["plain"]:
        parameters = "".join(found["params"].split())
        if re.fullmatch(r"(?:#\d)*", parameters) is None:
            return None
        return Macro(name, body, len(parameters) // 2)
    name = found["braced"] or found["bare"]
    return Macro(name, body, int(found["count"] or 0), found["default"])
