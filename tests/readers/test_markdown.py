import pytest

from spacy_imrad.document.paper import Aside

PAPER = """---
title: "On *old* snow"
---

By us.

Abstract
--------

Snow is old.

# 1 Introduction {#intro}

It falls, as [Moen](http://x.org) `saw` [@moen; @tan], and **melts**
on $x_1 * 2$ days[^1]. See ![a pit](pit.png) and @tan.

<!-- not
this -->

- first
- second

  more

![The pit.](pit.png)

## Depth

| a | b |
|---|---|
| 1 | 2 |

Table: How deep.

$$
y = 2
$$

```python
dig()
```

> They said so.

[^1]: At night.
"""


def test_blocks(read):
    paper = read("snow.md", PAPER)
    assert paper.title == "On *old* snow"
    assert paper.abstract == "Snow is old."
    opening, introduction, depth = paper.sections
    assert (opening.heading, opening.paragraphs) == ("", ("By us.",))
    assert introduction.heading == "1 Introduction"
    assert introduction.paragraphs == (
        r"It falls, as Moen saw [1], [2], and melts on \(x_1 * 2\) days. See <FIGURE> "
        "and [2].",
        "first second more",
    )
    assert introduction.asides == (Aside("The pit.", "caption"),)
    assert (depth.heading, depth.level) == ("Depth", 2)
    assert depth.paragraphs == ("They said so.",)
    assert depth.asides == (
        Aside("a | b\n1 | 2", "table"),
        Aside("How deep.", "caption"),
        Aside(r"\(y = 2\)", "formula"),
        Aside("dig()", "code"),
        Aside("At night.", "caption"),
    )


def test_places_are_those_of_the_blocks_in_the_file(read):
    for newline in ("\n", "\r\n"):
        text = PAPER.replace("\n", newline)
        for section in read("snow.md", text).sections[1:]:
            heading, *paragraphs = (text[start:end] for start, end in section.places)
            assert heading.startswith("#")
            assert section.heading in heading
            for found, paragraph in zip(paragraphs, section.paragraphs, strict=True):
                assert found.lstrip("->* ").startswith(paragraph.split()[0])


def test_the_first_heading_is_the_title_if_it_alone_has_its_rank(read):
    paper = read("a.md", "# Snow\n\nUs.\n\n## Methods\n\nWe dug.\n\n## Results\n\nIce.")
    assert paper.title == "Snow"
    assert [s.level for s in paper.sections] == [1, 1, 1]
    paper = read("a.md", "# Methods\n\nWe dug.\n\n## Sites\n\nNorth.")
    assert paper.title == ""
    assert [s.level for s in paper.sections] == [1, 2]
    paper = read("a.md", "# Snow\n\nUs.\n\n# Methods\n\nWe dug.")
    assert [s.heading for s in paper.sections] == ["Snow", "Methods"]


def test_without_markdown_headings_they_are_guessed(read):
    text = (
        "1. Introduction\n\nSnow is old.\n\n2. Methods\n\nWe dug.\n\n3. Results\n\nIce."
    )
    headings = [section.heading for section in read("a.md", text).sections]
    assert headings == ["Introduction", "Methods", "Results"]


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("CO~2~ and 10^6^ and ~~old~~", "CO2 and 106 and old"),
        ("as `r nrow(x)` and `{python} n` days", "as and days"),
        (r"see Figure \@ref(fig:pit), \@ref(tab:a)", "see Figure <FIGURE>, <TABLE>"),
        (
            "see @fig-pit and [@tbl-a]; [@moen; @tan]",
            "see <FIGURE> and <TABLE>; [1], [2]",
        ),
        (r"by \citep[see][]{moen,tan} in \ref{fig:a}", "by [1], [2] in <FIGURE>"),
        ("by {cite:p}`moen,tan` in {numref}`fig-a`", "by [1], [2] in <FIGURE>"),
        ("is {math}`x^2` deep", r"is \(x^2\) deep"),
        ("is [old]{.smallcaps} and `dig()`{.r} here", "is old and dig() here"),
        (r"\noindent Snow \newpage is \textbf{old}.", "Snow is old."),
        (r"so \(x_1\) and \[y = 2\] hold", r"so \(x_1\) and \(y = 2\) hold"),
        ("so\n$$\nx\n- y\n$$ (eq)\nholds", r"so \(x - y\) (eq) holds"),
        ("so\n\\begin{align*}\nx &= 1\n\\end{align*}\nholds", r"so \(x &= 1\) holds"),
        ("costs $5 and $6, of $x\\text{a}_1$", r"costs $5 and $6, of \(x\text{a}_1\)"),
        ("it `has $x$` and [1] and \\[a\\]", "it has $x$ and [1] and [a]"),
        ("H<sub>2</sub>O<!-- not this -->!", "H2O!"),
        (
            r"is \textcolor{red}{very \emph{old}} \protect\break snow",
            "is very old snow",
        ),
        (r"old\todo[inline]{by whom?} (\url{http://a.b/c})", "old (http://a.b/c)"),
        (
            r"in C:\Users\moen, by \citet{moen}, \ldots",
            r"in C:\Users\moen, by [1], \ldots",
        ),
        (r"at 25$^{\circ}$C and 3$^\circ$", "at 25°C and 3°"),
        ("of $d = `r round(a$b)`$ m, $n = 3$", r"of \(d = \) m, \(n = 3\)"),
        ("by [@{http://a.b/c}; @tan]", "by [1], [2]"),
        ("as is shown here. {#tbl:pits}", "as is shown here."),
        ('<div class="box">\nAs [@moen] *says*\n</div>', "As [1] says"),
    ],
)
def test_inline_markup_of_dialects(markdown, text, read):
    (methods,) = read("a.md", f"# Methods\n\n{markdown}\n").sections
    assert methods.paragraphs == (text,)


@pytest.mark.parametrize(
    ("markdown", "paragraphs", "asides"),
    [
        ("$$\ny = 2\n$$ {#eq:y}\n", (), [r"\(y = 2\)"]),
        ("::: {.callout-note}\nWe dug.\n:::\n", ("We dug.",), []),
        ("![The pit.](pit.png){#fig-pit width=80%}\n", (), ["The pit."]),
        ("```{r pit, fig.cap='The pit.'}\nplot(x)\n```\n", (), ["The pit.", "plot(x)"]),
        ("```{note}\n:class: x\nWe *dug*.\n```\n", ("We dug.",), []),
        ("```{math}\ny = 2\n```\n", (), [r"\(y = 2\)"]),
        ("```{figure} pit.png\n:name: pit\n\nThe pit.\n```\n", (), ["The pit."]),
        (
            "<table><tr><td>a</td><td>1</td></tr></table>\n\n<p>We <b>dug</b>.</p>\n",
            ("We dug.",),
            ["a | 1"],
        ),
        ("\\begin{table}\nx\n\n\\end{table}\n\nWe dug.\n", ("We dug.",), []),
        ("+---+---+\n| a | 1 |\n+---+---+\n", (), ["+---+---+\n| a | 1 |\n+---+---+"]),
    ],
)
def test_blocks_of_dialects(markdown, paragraphs, asides, read):
    (methods,) = read(
        "a.qmd", f"# Methods {{#sec-m .unnumbered}}\n\n{markdown}"
    ).sections
    assert methods.heading == "Methods"
    assert methods.paragraphs == paragraphs
    assert [aside.text for aside in methods.asides] == asides


@pytest.mark.parametrize(
    "header",
    [
        'title: "Snow"\nabstract: |\n  It is old.\n\n  It melts.\n',
        "title: Snow\nabstract: >\n  It is\n  old.\n\n  It melts.\nx: [a\n",
        'title: "Snow"\nauthor: "A": "B"\nabstract: |\n  It is old.\n\n  It melts.\n',
        "title: 'Snow'\n\tx: 1\nabstract: |\n  It is old.\n\n  It melts.\n",
    ],
)
def test_title_and_abstract_survive_a_broken_header(header, read):
    paper = read("a.md", f"---\n{header}---\n\n# Methods\n\nWe dug.\n")
    assert (paper.title, paper.abstract) == ("Snow", "It is old.\n\nIt melts.")
    is_broken = "x:" in header or '"A"' in header
    assert bool(paper.warnings) == is_broken
    assert [section.heading for section in paper.sections] == ["Methods"]


def test_what_stands_beside_the_text_in_dialects(read):
    markdown = (
        "# Methods\n\nWe dug.\\footnote{At night.}\n\n<!--\n\n# Not this\n\n-->\n"
        '```{r pits, fig.cap = "\\label{fig:a}Pits by `dig()`."}\ndig()\n```\n'
        ": Depths. {#tbl-depths}\n"
    )
    (methods,) = read("a.Rmd", markdown).sections
    assert methods.paragraphs == ("We dug.",)
    assert [(a.text, a.kind) for a in methods.asides] == [
        ("Pits by 'dig()'.", "caption"),
        ("dig()", "code"),
        ("Depths.", "caption"),
        ("At night.", "caption"),
    ]


def test_a_text_without_headings_has_neither_comments_nor_a_header_in_it(read):
    markdown = "---\ntitle: On snow\n---\n\n<!-- not\nthis -->\n\nWe dug.\n"
    paper = read("a.md", markdown)
    assert paper.title == "On snow"
    assert [s.paragraphs for s in paper.sections] == [("We dug.",)]


def test_hundreds_of_definitions_are_no_text_and_name_what_refers_to_them(read):
    numbers = range(300)
    sentences = "".join(f"Pit {i} was dug [by hand][p{i}]. " for i in numbers)
    definitions = "".join(f"[p{i}]: http://x.org/{i} 'Pit {i}'\n" for i in numbers)
    text = f"# Methods\n\n{sentences}\n\n{definitions}\n# Results\n\nSnow is old.\n"
    methods, results = read("pits.md", text).sections
    (paragraph,) = methods.paragraphs
    assert paragraph.split(". ")[299].startswith("Pit 299 was dug by hand")
    assert "x.org" not in paragraph
    assert results.paragraphs == ("Snow is old.",)
