"""Text in two columns beside each other."""

import textwrap
from itertools import zip_longest

import pytest
import spacy

from spacy_imrad.readers import Source, read_doc
from spacy_imrad.segmenters import outline_text
from spacy_imrad.segmenters.columns import in_one_column

SENTENCES = {
    "Introduction": "Most people who keep bees in towns lose some of their colonies.",
    "Methods": "We weighed 48 hives on four roofs every second week with a balance.",
    "Results": "Of 48 colonies, 39 were alive in April, more on some roofs.",
    "Discussion": "Our findings suggest that wrapping saves food rather than colonies.",
}
BODY = {title: " ".join([sentence] * 9) for title, sentence in SENTENCES.items()}
TITLE = "Hives in Winter: What Wrapping Does and What It Does Not Do for Bees in Towns"


def column(*titles: str) -> list[str]:
    blocks = [[title, *textwrap.wrap(BODY[title], 44)] for title in titles]
    return [line for block in blocks for line in [*block, ""]][:-1]


def beside(left: list[str], right: list[str], gap: int = 4, lower: bool = False) -> str:
    """lower: Whether lines on the right stand half a line lower."""
    edge = 44 + gap
    if lower:
        rows = [
            row
            for a, b in zip_longest(left, right, fillvalue="")
            for row in (a, " " * edge + b if b else "")
        ]
        return "\n".join(rows)
    rows = zip_longest(left, right, fillvalue="")
    return "\n".join(f"{a:<{edge}}{b}".rstrip() for a, b in rows)


def found(text: str) -> dict[str, str]:
    outline = outline_text(text)
    return {
        s.title: " ".join(" ".join(text[p.start : p.end].split()) for p in s.paragraphs)
        for s in outline.sections
        if s.matter == "body"
    }


LEFT, RIGHT = column("Introduction", "Methods"), column("Results", "Discussion")
PAGES = {
    "one page": beside(LEFT, RIGHT),
    "wide gap": beside(LEFT, RIGHT, 9),
    "narrow gap": beside(LEFT, RIGHT, 2),
    "half a line lower": beside(LEFT, RIGHT, lower=True),
    "title across": f"{TITLE}\n\n{beside(LEFT, RIGHT)}",
    "two pages": beside(column("Introduction"), column("Methods"))
    + "\n\f"
    + beside(column("Results"), column("Discussion")),
    "short last page": beside(LEFT, column("Results"))
    + "\n\f"
    + beside(column("Discussion")[:6], column("Discussion")[6:]),
}


@pytest.mark.parametrize("page", PAGES)
def test_two_columns(page: str) -> None:
    assert found(in_one_column(PAGES[page])) == BODY


def test_a_file_in_two_columns() -> None:
    source = Source("paper.txt", content=PAGES["title across"].encode())
    doc = read_doc(spacy.blank("en"), source)
    assert found(doc.text) == BODY


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n".join(LEFT + RIGHT),
        "\n".join(f"    {line}" for line in LEFT + RIGHT),
        "\n".join(f"{n:<40}    {n * n:<12}{n**3}" for n in range(60)),
        "\n".join(f"{'Hive ' + str(n):<40}      {'wrapped, north'}" for n in range(60)),
        "\n".join(textwrap.wrap(" ".join(BODY.values()), 90)),
        f"{beside(['a b c d'] * 4, ['e f g h'] * 4)}\n" + "\n".join(LEFT * 4),
    ],
)
def test_one_column_stays_as_it_is(text: str) -> None:
    assert in_one_column(text) == text
