"""What readers ask of parsers and of records that others made."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final


@contextmanager
def parsing(failure: str) -> Iterator[None]:
    """Turn whatever a third-party parser raises on bad content into a ValueError.

    failure: What the message says, such as "not readable as HTML". Only the parser's
        own calls belong inside, so that no fault of ours is taken for the file's.
    RAISES: ValueError with the cause chained; RecursionError, MemoryError and
        ImportError as they are.
    """
    try:
        yield
    except (RecursionError, MemoryError, ImportError):
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}".rstrip(": ")
        raise ValueError(f"{failure} ({reason})") from error


# NUL escapes what follows, in docutils.
_PIECE: Final = re.compile(
    r".{1,2000}\Z|.{1,2000}[.?!](?=\s)|.{1,2000}(?<!\0)(?=\s)|.{1,2000}", re.DOTALL
)


def pieces(text: str) -> list[str]:
    """A text in pieces of whole sentences, or else of words: parsers of inline markup
    look for the end of each mark in all the rest, and so take the square of a long
    paragraph."""
    return _PIECE.findall(text)


class Record:
    """A JSON object whose fields are checked as they are read.

    value: What should be an object.
    where: What messages call it.
    RAISES: ValueError, from each method as well, with the name of the field that has
        the wrong type. A field that is missing or null is empty.
    """

    def __init__(self, value: Any, where: str = "") -> None:
        if not isinstance(value, Mapping):
            raise ValueError(f"{where or 'the content'} is not a JSON object")
        self._value = value
        self._where = f"{where}." if where else ""

    def __contains__(self, name: str) -> bool:
        return self._value.get(name) is not None

    def text(self, name: str) -> str:
        """A string."""
        return str(self._typed(name, str, "a string", ""))

    def lines(self, name: str) -> str:
        """A string, which may be a list of lines."""
        value = self._typed(name, str | list, "a string or a list of strings", "")
        if isinstance(value, list) and not all(isinstance(v, str) for v in value):
            raise ValueError(f"'{self._name(name)}' is not a list of strings")
        return "".join(value)

    def number(self, name: str) -> str:
        """A string or a number, such as that of a section, as a string."""
        value = self._typed(name, str | int | float, "a string or a number", "")
        return "" if isinstance(value, bool) else str(value)

    def mapping(self, name: str) -> Mapping[str, Any]:
        """An object, as it is."""
        value: Mapping[str, Any] = self._typed(name, Mapping, "a JSON object", {})
        return value

    def record(self, name: str) -> "Record":
        """An object."""
        return Record(self.mapping(name), self._name(name))

    def records(self, name: str) -> "Iterator[Record]":
        """The objects of a list."""
        for index, value in enumerate(self._typed(name, list, "a list", [])):
            yield Record(value, f"{self._name(name)}[{index}]")

    def has_list(self, name: str) -> bool:
        """Whether the field is there and is a list."""
        return isinstance(self._value.get(name), list)

    def is_text(self, name: str) -> bool:
        """Whether the field is there and is a string."""
        return isinstance(self._value.get(name), str)

    def _typed(self, name: str, kind: Any, described: str, empty: Any) -> Any:
        value = self._value.get(name)
        if value is None:
            return empty
        if not isinstance(value, kind):
            raise ValueError(f"'{self._name(name)}' is not {described}")
        return value

    def _name(self, name: str) -> str:
        return f"{self._where}{name}"
