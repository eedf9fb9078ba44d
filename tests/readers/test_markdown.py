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
