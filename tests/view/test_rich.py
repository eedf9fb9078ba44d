"""Texts as HTML: what is drawn, what stays as it is, and that nothing gets through."""

import pytest

from spacy_imrad.view.formulas import to_mathml
from spacy_imrad.view.rich import formula_to_html, table_rows, to_html


@pytest.mark.parametrize(
    ("tex", "part"),
    [
        (r"x^2", "<msup><mi>x</mi><mn>2</mn></msup>"),
        (r"\begin{aligned}a &= b\\ c &= d\end{aligned}", "<mtable"),
        (r"\begin{equation} a \label{eq:a} \end{equation}", "<mi>a</mi>"),
        (r"\begin{cases} a & b \\ c & d\end{cases}", "<mtable"),
        (r"\text{if } p < 0.05", "<mo>&lt;</mo>"),
    ],
)
def test_formulas_are_drawn(tex: str, part: str) -> None:
    found = to_mathml(tex)
    assert found is not None
    assert part in found
    assert r"\label" not in found


@pytest.mark.parametrize(
    "tex",
    [
        *(r"\unknown{x}", r"\frac{a", "x^", "{" * 3000, "x" * 3000, "", r"\left("),
        *("\\frac" * 300, "}", "a & b", r"\begin{nothing}x\end{nothing}"),
    ],
)
def test_what_cannot_be_drawn_is_shown_as_tex(tex: str) -> None:
    drawn = to_mathml(tex)
    shown = to_html(rf"We see \({tex}\) here.") if tex else ""
    assert drawn is None or "<math" in drawn
    assert "\\" not in (drawn or "")
    assert drawn is not None or "tex" in shown or not tex or "<math" not in shown


@pytest.mark.parametrize(
    "tex",
    [
        r"\text{<script>alert(1)</script>}",
        r"\href{javascript:alert(1)}{x}",
        r"\style{background:url(https://example.org)}{x}",
        r"\class{bar}{x}",
        r"\color{red}{x}",
        r"\text{\"><img src=x onerror=alert(1)>}",
        "<script>",
        "&lt;script&gt;",
    ],
)
def test_no_formula_brings_anything_else(tex: str) -> None:
    for html in (to_html(rf"\({tex}\)"), formula_to_html(f"$${tex}$$")):
        lower = html.lower()
        assert "<script" not in lower
        assert "<img" not in lower
        for name in ("href=", "style=", 'class="bar', "color="):
            assert f" {name}" not in lower.partition("<code")[0]


@pytest.mark.parametrize(
    "text",
    [
        "It cost $5 and not $6.",
        "Between $5 and $10 a day, $ 3 a night.",
        "An array[0] of [a note] and [12345].",
        "We read <b> and <FIGURES>.",
        r"A backslash \( alone, and a \[ too.",
    ],
)
def test_other_text_stays(text: str) -> None:
    html = to_html(text)
    assert html.striptags() == " ".join(text.split())
    assert "<span" not in html
    assert "<math" not in html


def test_hostile_text_takes_no_longer_than_it_is_long() -> None:
    for text in (r"\(" * 200_000, "$" * 200_000, "[1" * 200_000, "$a" * 100_000):
        assert to_html(text)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a | b\n1 | 2", [["a", "b"], ["1", "2"]]),
        ("| a | b |\n|---|:-:|\n| 1 | |", [["a", "b"], ["1", ""]]),
        ("a | b | c\n1 | 2", [["a", "b", "c"], ["1", "2", ""]]),
        (r"| a\|b | c |" + "\n| 1 | 2 |", [[r"a\|b", "c"], ["1", "2"]]),
        ("+---+---+\n| a | b |\n+===+===+\n| 1 | 2 |\n+---+---+", None),
        ("Salt 12 3.4\nNone 14 2.2", None),
        ("a | b", None),
        ("", None),
    ],
)
def test_tables_have_rows(text: str, rows: list[list[str]] | None) -> None:
    assert table_rows(text) == rows
