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
    text = ""
    for line in lines:
        if not text:
            text = line
        elif _HYPHENATED.search(text) and line[:1].islower():
            head = re.split(r"[\s(]", text)[-1][:-1]
            tail = re.split(r"[^\w'’-]", line)[0]
            keep = (
                f"{head}-{tail}".lower() in words and (head + tail).lower() not in words
            )
            text = (text if keep else text[:-1]) + line
        else:
            text = f"{text} {line}"
    return text


def words_within(pages: Sequence[Page]) -> frozenset[str]:
    """The words, in small letters, that no line's end can have cut."""
    return frozenset(
        word.strip(".,;:()[]").lower()
        for page in pages
        for line in page.lines
        for word in line.text.split()[:-1]
    )
