"""Lines as one text, without the hyphens that only their ends called for."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from spacy_imrad.readers.pdf.lines import Page

_HYPHENATED: Final = re.compile(r"[^\W\d_]-$")


def join_lines(lines: Iterable[str], words: frozenset[str]) -> str:
    """Lines as one text; a hyphen at a line's end goes, unless the word is known with
    it or is known in two parts only.

    words: The words that stand within lines.
    """
    parts: list[str] = []
    for line in lines:
        if parts and _HYPHENATED.search(parts[-1]) and line[:1].islower():
            head = re.split(r"[\s(]", parts[-1])[-1][:-1]
            tail = re.split(r"[^\w'’-]", line, maxsplit=1)[0]
            keep = (
                f"{head}-{tail}".lower() in words and (head + tail).lower() not in words
            )
            parts[-1] = parts[-1] if keep else parts[-1][:-1]
            parts.append(line)
        else:
            parts += [" ", line] if parts else [line]
    return "".join(parts)


def words_within(pages: Sequence[Page]) -> frozenset[str]:
    """The words, in small letters, that no line's end can have cut."""
    return frozenset(
        word.strip(".,;:()[]").lower()
        for page in pages
        for line in page.lines
        for word in line.text.split()[:-1]
    )
