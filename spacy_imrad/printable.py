"""Names and texts of strangers, made fit for a terminal, a table or a page."""

import re
from typing import Final

# Control characters, and those that turn the direction of writing.
_STEERING: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


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
