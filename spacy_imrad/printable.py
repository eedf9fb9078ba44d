"""Names and texts of strangers, made fit for a terminal, a table or a page."""

import re
from pathlib import PurePath
from typing import Final

# Control characters, and those that turn the direction of writing.
_STEERING: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_NOT_PLAIN: Final = re.compile(r"[^\w.-]+")
# On Windows these are devices, whatever their suffix.
_DEVICES: Final = re.compile(r"(con|prn|aux|nul|(com|lpt)[\d¹²³])(\.|$)", re.IGNORECASE)
_LONGEST_NAME: Final = 80


def decodable(name: str) -> str:
    r"""A file's name as text that UTF-8 can encode: a byte of it that is no text is
    shown as `\xe9`."""
    try:
        content = name.encode("utf8", "surrogateescape")
    except UnicodeEncodeError:
        content = name.encode("utf8", "backslashreplace")
    return content.decode("utf8", "backslashreplace")


def printable(text: str, *, keep: str = "") -> str:
    r"""Text that can't steer a terminal: control characters are shown as `\x1b`.

    keep: Those that stay, such as newlines.
    """

    def show(match: re.Match[str]) -> str:
        char = match[0]
        return char if char in keep else char.encode("unicode_escape").decode()

    return _STEERING.sub(show, decodable(text))


def inert(text: str) -> str:
    """Text for a table that a spreadsheet may open: after an apostrophe if it would be
    taken for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def count(number: int, noun: str) -> str:
    """A number with its noun, such as `1 paper` or `2,000 papers`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


class PlainNames:
    """Gives names to files that are safe in addresses and on every system, each only
    once, also where small and capital letters are one.

    taken: Names that are given already.
    """

    def __init__(self, *taken: str) -> None:
        self._taken = {name.lower() for name in taken}

    def give(self, source: str | PurePath, suffix: str) -> str:
        """RETURNS: A name like that of `source`, with the suffix."""
        plain = _NOT_PLAIN.sub("-", PurePath(source).name)
        stem = plain[:_LONGEST_NAME].strip("-.") or "paper"
        if _DEVICES.match(stem):
            stem = f"paper-{stem}"
        name, copy = f"{stem}{suffix}", 1
        while name.lower() in self._taken:
            copy += 1
            name = f"{stem}-{copy}{suffix}"
        self._taken.add(name.lower())
        return name
