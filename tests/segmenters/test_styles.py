"""The same paper, its headings set in the ways that are met in the wild."""

import json
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
import spacy

from spacy_imrad.document.stored_outline import stored_outline
from spacy_imrad.readers import Source, read_doc
from spacy_imrad.segmenters import outline_text

CASES = Path(__file__).parent / "cases"

SECTIONS = {
    "Introduction": "Most people who keep bees in towns lose some of their colonies "
    "each winter. Why some hives survive and others do not is poorly understood.",
    "Methods": "We weighed 48 hives on four roofs every second week with a balance. "
    "Colonies were assigned at random to wrapped or bare boxes.",
    "Results": "Of 48 colonies, 39 were alive in April. Wrapped hives lost 6.1 kg and "
    "bare hives 8.4 kg, a difference of 2.3 kg, which varied from roof to roof.",
    "Discussion": "Our findings suggest that wrapping saves food rather than colonies. "
    "A limitation is that all roofs faced south; future studies should go farther.",
}
TITLES = list(SECTIONS)
Write = Callable[[int, str], str]


def write(heading: Write, gap: str = "\n\n", between: str = "\n\n") -> str:
    """gap: What stands between a heading and its text."""
    blocks = [
        f"{heading(i, title)}{gap}{text}"
        for i, (title, text) in enumerate(SECTIONS.items(), start=1)
    ]
    return between.join(["Hives in winter", *blocks])


def found(text: str) -> dict[str, str]:
    """What stands under each title, without line breaks."""
    outline = outline_text(text)
    return {
        section.title: " ".join(
            " ".join(text[p.start : p.end].split()) for p in section.paragraphs
        )
        for section in outline.sections
        if section.matter == "body"
    }


STYLES: dict[str, Write] = {
    "Markdown": lambda i, t: f"## {t}",
    "Markdown with a note": lambda i, t: f"## {t}[^{i}]",
    "closed Markdown": lambda i, t: f"## {t} ##",
    "bold": lambda i, t: f"**{t}**",
    "bold with a colon": lambda i, t: f"**{t}:**",
    "bold, then a colon": lambda i, t: f"**{t}**:",
    "colon": lambda i, t: f"{t}:",
    "wiki": lambda i, t: f"== {t} ==",
    "AsciiDoc": lambda i, t: f"== {t}",
    "HTML": lambda i, t: f"<h2>{t}</h2>",
    "HTML with attributes": lambda i, t: f'<h2 class="t" id="s{i}">{t}</h2>',
    "square": lambda i, t: f"■ {t}",
    "triangle": lambda i, t: f"▶{t}",
    "bullet": lambda i, t: f"• {t}",
    "diamonds": lambda i, t: f"◆◆ {t}",
    "stars round it": lambda i, t: f"***** {t} *****",
    "dashes round it": lambda i, t: f"--- {t} ---",
    "waves round it": lambda i, t: f"~~~~ {t} ~~~~",
    "underlined": lambda i, t: f"{t}\n{'-' * len(t)}",
    "rules above and below": lambda i, t: f"{'=' * 40}\n{t}\n{'=' * 40}",
    "footnote mark": lambda i, t: f"{t}¹",
    "right-to-left mark": lambda i, t: f"\u200f{t}\u200e",
    "zero-width space": lambda i, t: f"{t[:3]}\u200b{t[3:]}",
    "1.": lambda i, t: f"{i}. {t}",
    "1)": lambda i, t: f"{i}) {t}",
    "(1)": lambda i, t: f"({i}) {t}",
    "1 and tab": lambda i, t: f"{i}.\t{t}",
    "I.": lambda i, t: f"{['I', 'II', 'III', 'IV'][i - 1]}. {t}",
    "§": lambda i, t: f"§ {i} {t}",
    "i.": lambda i, t: f"{['i', 'ii', 'iii', 'iv'][i - 1]}. {t}",
    "i)": lambda i, t: f"{['i', 'ii', 'iii', 'iv'][i - 1]}) {t}",
    "(i)": lambda i, t: f"({['i', 'ii', 'iii', 'iv'][i - 1]}) {t}",
}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("gap", ["\n\n", "\n"])
def test_headings_on_lines(style: str, gap: str) -> None:
    assert found(write(STYLES[style], gap)) == SECTIONS


@pytest.mark.parametrize("style", ["1.", "1)", "(1)", "I.", "bold", "colon", "■"])
def test_headings_without_blank_lines(style: str) -> None:
    heading = STYLES.get(style, STYLES["square"])
    assert found(write(heading, "\n", "\n")) == SECTIONS


RUN_IN: dict[str, Write] = {
    "bold": lambda i, t: f"**{t}.**",
    "bold, then a stop": lambda i, t: f"**{t}**.",
    "bold, then a colon": lambda i, t: f"**{t}**:",
    "bold without a stop": lambda i, t: f"__{t}__",
    "HTML": lambda i, t: f"<b>{t}:</b>",
    "LaTeX": lambda i, t: rf"\textbf{{{t}.}}",
    "colon": lambda i, t: f"{t}:",
    "stop": lambda i, t: f"{t}.",
    "dash": lambda i, t: f"{t} —",
    "capitals": lambda i, t: f"{t.title()}:",
}


@pytest.mark.parametrize("style", RUN_IN)
def test_headings_run_in(style: str) -> None:
    assert found(write(RUN_IN[style], " ")) == SECTIONS


@pytest.mark.parametrize("style", RUN_IN)
def test_a_lone_lead_that_names_nothing_is_emphasis(style: str) -> None:
    blocks = [f"## {title}\n\n{text}" for title, text in SECTIONS.items()]
    blocks.insert(2, f"{RUN_IN[style](1, 'Other roofs')} {SECTIONS['Results']}")
    assert list(found("\n\n".join(blocks))) == TITLES


def test_a_list_stays_a_list() -> None:
    items = "1. Weigh the hives.\n2. Wrap the boxes.\n3. Count the bees."
    text = write(lambda i, t: f"{i}. {t}", "\n")
    text = text.replace(SECTIONS["Methods"], f"{SECTIONS['Methods']}\n\n{items}")
    outline = outline_text(text)
    assert [s.title for s in outline.sections if s.matter == "body"] == TITLES
    lists = [p for s in outline.sections for p in s.paragraphs if p.kind == "list"]
    assert [text[p.start : p.end] for p in lists] == [items]


def test_a_line_that_ends_in_a_full_stop_is_no_heading() -> None:
    blocks = [f"{title}\n\n{text}" for title, text in SECTIONS.items()]
    blocks.insert(2, f"Weighing of Hives.\n\n{SECTIONS['Methods']}")
    assert list(found("\n\n".join(blocks))) == TITLES


def wrapped(headings: dict[str, str], width: int, between: str) -> str:
    """headings: The heading of each section, which may stand on several lines."""
    blocks = ["Hives in winter"]
    for title, text in SECTIONS.items():
        blocks += [headings.get(title, title), textwrap.fill(text, width)]
    return between.join(blocks)


@pytest.mark.parametrize(
    ("printed", "title"),
    [
        ("Discus-\nsion", "Discussion"),
        ("DISCUS-\nSION", "DISCUSSION"),
        ("Discussion and Conclu-\nsions", "Discussion and Conclusions"),
        ("DISCUSSION AND IMPLICATIONS FOR KEEPERS OF\nBEES IN TOWNS", None),
    ],
)
@pytest.mark.parametrize("between", ["\n", "\n\n"])
def test_headings_over_two_lines(printed: str, title: str | None, between: str) -> None:
    text = wrapped({"Discussion": printed}, 44, between)
    sections = [s for s in outline_text(text).sections if s.matter == "body"]
    assert [s.title for s in sections][:3] == TITLES[:3]
    heading = sections[-1].heading
    assert heading is not None
    assert text[heading.start : heading.end] == printed
    assert heading.title == (title or " ".join(printed.split()))


def test_a_heading_that_names_nothing_over_two_lines() -> None:
    printed = "Discussion of Hives Starved in a Long Cold\nSpring"
    text = wrapped({"Discussion": printed}, 44, "\n\n")
    assert " ".join(printed.split()) in found(text)


def test_lines_that_are_not_full_are_no_heading_together() -> None:
    text = wrapped({"Results": "Results\nHives in winter"}, 44, "\n\n")
    assert "Results Hives in winter" not in found(text)


def numbered_lines(text: str, write_number: Callable[[int], str]) -> str:
    lines = textwrap.wrap(text, 60) if "\n" not in text else text.splitlines()
    return "\n".join(write_number(n) + line for n, line in enumerate(lines, start=1))


def lined() -> str:
    blocks = write(lambda i, t: t).split("\n\n")
    return "\n\n".join(textwrap.fill(block, 60) for block in blocks)


NUMBERS: dict[str, Callable[[int], str]] = {
    "every line": lambda n: f"{n} ",
    "aligned": lambda n: f"{n:>4} ",
    "tab": lambda n: f"{n}\t",
    "every fifth": lambda n: f"{n}\t" if n % 5 == 0 else "\t",
    "every fifth, spaces": lambda n: f"{n:>3}  " if n % 5 == 0 else "     ",
    "by page": lambda n: f"{(n - 1) % 12 + 1} ",
}


@pytest.mark.parametrize("kind", NUMBERS)
def test_line_numbers_are_set_aside(kind: str) -> None:
    text = numbered_lines(lined(), NUMBERS[kind])
    outline = outline_text(text)
    body = [s for s in outline.sections if s.matter == "body"]
    assert [s.title for s in body] == TITLES
    assert [text[s.heading.start : s.heading.end] for s in body if s.heading] == TITLES
    assert outline.readings(text) == list(SECTIONS.values())


def test_numbers_of_a_list_are_no_line_numbers() -> None:
    text = "\n".join(f"{n} Hives on roof number {n}" for n in range(1, 20))
    assert not outline_text(text).left_out


@pytest.mark.parametrize(
    ("printed", "title"),
    [
        ("lntroduction", "Introduction"),
        ("DISCUSSlON", "DISCUSSION"),
        ("lNTRODUCTlON", "INTRODUCTION"),
        ("Methods[^1]", "Methods"),
        ("Methods:", "Methods"),
        ("**Methods**", "Methods"),
        ("Methods†", "Methods"),
        ("Me\u00adthods", "Methods"),
        ("\u2067Methods\u2069", "Methods"),
        ("■ Methods", "Methods"),
    ],
)
def test_titles_come_out_clean(printed: str, title: str) -> None:
    text = f"{SECTIONS['Results']}\n\n{printed}\n\n{SECTIONS['Methods']}"
    assert outline_text(text).sections[-1].title == title


@pytest.mark.parametrize(
    ("markdown", "said"),
    [
        ("**Dense** *and* __sparse__ _vectors_", "Dense and sparse vectors"),
        ("`code`, ***all***, a_b_c and 2 * 3 * 4", "code, all, a_b_c and 2 * 3 * 4"),
        ("See [the page](https://a.org/b_c_d) now[^1].", "See the page now."),
        ("It cost $5 or $6 a hive", "It cost $5 or $6 a hive"),
        ("Let $x_1$ be $$a * b * c$$", r"Let \(x_1\) be \(a * b * c\)"),
        ("As shown [@a2020; @b] and by @a2020", "As shown [1], [2] and by [1]"),
        ("A <b>bold</b> word, p < 0.05 and q > 1", "A bold word, p < 0.05 and q > 1"),
        ("![Hives](a.png) on roofs", "<FIGURE> on roofs"),
    ],
)
def test_marks_are_not_read(markdown: str, said: str) -> None:
    text = f"## Methods\n\nWe say: {markdown}"
    assert outline_text(text).readings(text) == [f"We say: {said}"]


@pytest.mark.parametrize(
    "line",
    [
        "Grace Hopper, 1952",
        "“Bees are where the flowers are, and that is all there is to say”",
        "Fig. 3, S2 Table",
        "We ask the following question: what do the bees do in winter",
        "WINTER IN TOWNS",
        "The Bees of the Town",
    ],
)
def test_a_lone_line_is_no_heading(line: str) -> None:
    """Nothing else in the text says that it has headings."""
    texts = list(SECTIONS.values())
    text = "\n\n".join([*texts[:2], line, *texts[2:]])
    assert not any(section.heading for section in outline_text(text).sections)


def test_a_long_section_under_a_heading_that_names_nothing_is_split() -> None:
    source = (CASES / "lone_title.md").read_text(encoding="utf8")
    nlp = spacy.blank("en")
    nlp.add_pipe("imrad_classifier")
    doc = nlp(f"#{source}")
    group = doc.spans["imrad"]
    assert group.attrs["headings"] == ["Mosses on roofs", None, None, None]
    assert [span.label_ for span in group] == TITLES
    assert group[0].text.startswith("## Mosses on roofs")


@pytest.mark.parametrize("heading", ["Methods", "Results", "Introduction"])
def test_a_long_section_that_is_named_is_whole(heading: str) -> None:
    source = (CASES / "lone_title.md").read_text(encoding="utf8")
    nlp = spacy.blank("en")
    nlp.add_pipe("imrad_classifier")
    doc = nlp(source.replace("Mosses on roofs", heading))
    group = doc.spans["imrad"]
    assert group.attrs["headings"] == [heading]


@pytest.mark.parametrize(
    "case",
    [path for path in sorted(CASES.glob("*.json")) if ".s2orc" not in path.name],
    ids=lambda path: path.stem,
)
def test_cases(case: Path) -> None:
    """Each beside what is right: the sections of the body, by title and label."""
    expected = json.loads(case.read_text(encoding="utf8"))
    source = next(path for path in CASES.glob(f"{case.stem}.*") if path != case)
    nlp = spacy.blank("en")
    nlp.add_pipe("imrad_classifier")
    if expected["how"] == "nlp(text)":
        doc = nlp(source.read_text(encoding="utf8"))
    else:
        doc = nlp(read_doc(nlp, source))
    group = doc.spans["imrad"]
    labelled = zip(group.attrs["headings"], group, strict=True)
    found = [[title, span.label_] for title, span in labelled]
    assert found == expected["expected"]


@pytest.mark.parametrize("mark", ["", "## "])
def test_a_statement_among_the_methods_is_a_part_of_them(mark: str) -> None:
    titles = [*TITLES[:2], "Ethics statement", "Study sites", *TITLES[2:]]
    text = "\n\n".join(f"{mark}{t}\n\n{SECTIONS['Methods']}" for t in titles)
    sections = outline_text(text).sections
    levels = [s.heading.level for s in sections if s.heading]
    assert levels == [1, 1, 2, 2, 1, 1]
    assert {section.matter for section in sections} == {"body"}


# A flat outline, and the levels that its headings have.
FLAT: dict[str, str] = {
    "medicine": """
        1 Background | 1 Methods | 2 Study design | 2 Participants
        2 Statistical analysis | 1 Results | 2 Baseline characteristics | 2 Main outcome
        1 Discussion | 2 Strengths and limitations | 1 Conclusions | 1 Funding""",
    "medicine, parts first": """
        1 Introduction | 1 Methods= | 2 Patients | 2 Blinding | 1 Results=
        2 Adverse events | 1 Discussion | 1 Competing interests | 1 References""",
    "biology, methods last": """
        1 Introduction | 1 Results= | 2 Wing beats slow down | 2 Wax is thicker
        1 Discussion | 1 Materials and Methods= | 2 Ethics statement
        2 Colonies and food | 2 Microscopy | 1 Supporting Information""",
    "results and discussion": """
        1 Introduction | 1 Materials and Methods | 2 Soil cores
        1 Results and Discussion= | 2 Rain moves nitrate | 2 Roots follow
        1 Conclusion""",
    "three levels": """
        1 Introduction | 1 Methods= | 2 Model= | 3 Growth of a colony | 3 Swarming
        2 Data= | 3 Town Apiaries | 3 Weather | 1 Results | 2 Honey | 1 Discussion""",
    "computing": """
        1 Introduction | 1 Related Work= | 2 Sparse retrieval | 2 Dense retrieval
        1 Method= | 2 Encoder | 2 Training objective | 1 Experiments=
        2 Experimental setup | 2 Main results | 2 Ablation study | 1 Conclusion
        1 Limitations | 1 Acknowledgements""",
    "computing, own names": """
        1 Introduction | 1 Proofs as Paths= | 2 Paths | 2 Cuts
        1 Experiments= | 2 Datasets | 2 Baselines | 1 Related Work | 1 Conclusion""",
    "background among the results": """
        1 Introduction | 1 Methods | 2 Imaging | 1 Results= | 2 Background
        2 Signal | 1 Discussion""",
    "objectives among the methods": """
        1 Introduction | 2 Objectives | 1 Methods | 2 Procedure | 1 Results
        1 Discussion""",
    "capitals": """
        1 INTRODUCTION | 1 METHODS | 2 Study area | 2 Water | 1 RESULTS
        2 Herons | 1 DISCUSSION | 2 Limitations""",
    "sections alone": """
        1 Introduction | 1 Theory of Tides | 1 A Harbour in Winter | 1 Discussion""",
    "economics": """
        1 Introduction | 1 Data | 1 Empirical Strategy | 1 Results | 1 Conclusion""",
}


@pytest.mark.parametrize("outline", FLAT)
@pytest.mark.parametrize("mark", ["", "## "])
@pytest.mark.parametrize("is_file", [False, True])
def test_levels_of_a_flat_outline(outline: str, mark: str, is_file: bool) -> None:
    """A heading with = has no text of its own."""
    headings = [h.split() for h in FLAT[outline].replace("\n", "|").split("|")]
    expected = [
        (" ".join(words).rstrip("="), int(level))
        for level, *words in filter(None, headings)
    ]
    empty = {
        " ".join(w).rstrip("=") for _, *w in filter(None, headings) if w[-1][-1] == "="
    }
    blocks = ["# Bees" if mark else "Bees in winter"]
    for title, _ in expected:
        blocks.append(f"{mark}{title}")
        if title not in empty:
            blocks.append(SECTIONS["Methods"])
    text = "\n\n".join(blocks)
    if is_file:
        source = Source("paper.md", content=text.encode())
        found = stored_outline(read_doc(spacy.blank("en"), source))
        assert found is not None
    else:
        found = outline_text(text)
    headings_found = [s.heading for s in found.sections[1:] if s.heading]
    assert [(h.title, h.level) for h in headings_found] == expected
