"""A LaTeX paper's own macros: their definitions, and what they stand for."""

import re
from dataclasses import dataclass, field
from typing import Final

MOST_EXPANSIONS: Final = 20_000
"""More than any paper has: macros that call each other could go on for ever."""

_DEFINITION: Final = re.compile(
    r"\\(?:(?:re)?newcommand|providecommand|DeclareRobustCommand)\*?\s*"
    r"(?:\{\s*\\(?P<braced>[A-Za-z@]+)\s*\}|\\(?P<bare>[A-Za-z@]+))\s*"
    r"(?:\[(?P<count>\d)\])?\s*(?:\[(?P<default>[^\[\]]*)\])?\s*(?=\{)"
    r"|\\(?:g|e|x)?def\s*\\(?P<plain>[A-Za-z@]+)(?P<params>(?:#\d)*)\s*(?=\{)"
)
_PARAMETER: Final = re.compile(r"#(\d)")


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
        """The arguments as pylatexenc describes them."""
        if self.default is None:
            return "{" * self.n_arguments
        return "[" + "{" * (self.n_arguments - 1)

    def expand(self, arguments: list[str | None]) -> str:
        """The body with its arguments in place."""
        filled = [self.default or "" if a is None else a for a in arguments]

        def argument(found: re.Match[str]) -> str:
            index = int(found[1]) - 1
            return filled[index] if index < len(filled) else ""

        return _PARAMETER.sub(argument, self.body)


@dataclass(slots=True)
class Macros:
    """The macros that a paper defines, and a guard against those without end."""

    known: dict[str, Macro] = field(default_factory=dict)
    _active: set[str] = field(default_factory=set)
    _expansions: int = 0

    def take(self, latex: str, reserved: frozenset[str]) -> str:
        """Learn the definitions in `latex`, except those of `reserved` names.

        RETURNS: `latex` with blanks in their place, so that positions stay.
        """
        parts: list[str] = []
        end = 0
        for found in _DEFINITION.finditer(latex):
            if found.start() < end:
                continue
            close = closing_brace(latex, found.end())
            if close is None:
                continue
            name = found["braced"] or found["bare"] or found["plain"]
            count = int(found["count"] or len(found["params"] or "") // 2)
            if name not in reserved:
                body = latex[found.end() + 1 : close]
                self.known[name] = Macro(name, body, count, found["default"])
            parts += [latex[end : found.start()], " " * (close + 1 - found.start())]
            end = close + 1
        return "".join((*parts, latex[end:]))

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


def closing_brace(latex: str, start: int) -> int | None:
    """Where the group that opens at `start` closes; None if it does not."""
    depth = 0
    at = start
    while at < len(latex):
        char = latex[at]
        if char == "\\":
            at += 1
        elif char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0:
                return at
        at += 1
    return None
