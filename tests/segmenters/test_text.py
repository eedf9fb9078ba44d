import random
import re
import textwrap
import time

import pytest
import spacy

from spacy_imrad.document.outline import Outline
from spacy_imrad.segmenters import make_text_segmenter_v1, outline_text

PROSE = (
    "We walked along the river for ten days and counted every heron that we saw "
    "between dawn and noon. The counts were written down at once, by two observers "
    "who did not speak to each other."
)
MORE = (
    "Herons stood mostly in shallow water, and most of them stood alone. On days with "
    "rain there were fewer, which agrees with what the wardens had told us before."
)


def titles(text: str) -> list[str]:
    return [s.heading.title for s in outline_text(text).sections if s.heading]


def tree(text: str) -> list[tuple[str | None, int | None, str]]:
    return [
        (s.heading and s.heading.title, s.parent, s.matter)
        for s in outline_text(text).sections
    ]


def levels(text: str) -> list[tuple[str, int]]:
    return [
        (s.heading.title, s.heading.level)
        for s in outline_text(text).sections
        if s.heading
    ]


def paragraphs(text: str, kind: str | None = None) -> list[str]:
    return [
        text[p.start : p.end]
        for s in outline_text(text).sections
        for p in s.paragraphs
        if kind is None or p.kind == kind
    ]


def kinds(text: str) -> list[str]:
    return [p.kind for s in outline_text(text).sections for p in s.paragraphs]


def paper(*blocks: str) -> str:
    return "\n\n".join(blocks)


# --- Heading styles ----------------------------------------------------------------


def test_atx_with_closing_marks_bold_and_number():
    text = paper(
        "## Introduction", PROSE, "## **2. Methods** ##", PROSE, "### 2.1 *Sites*", MORE
    )
    assert levels(text) == [("Introduction", 1), ("Methods", 1), ("Sites", 2)]
    second = outline_text(text).sections[1]
    assert text[second.heading.start : second.heading.end] == "## **2. Methods** ##"


def test_atx_without_blank_lines():
    text = f"# Introduction\n{PROSE}\n# Methods\n{PROSE}"
    assert titles(text) == ["Introduction", "Methods"]
    assert paragraphs(text) == [PROSE, PROSE]


def test_flat_atx_takes_levels_from_numbers():
    text = paper("# 1 Introduction", PROSE, "# 2 Methods", "# 2.1 Sites", PROSE)
    assert levels(text) == [("Introduction", 1), ("Methods", 1), ("Sites", 2)]


def test_hashtag_is_no_heading():
    text = paper("# Methods", "#heron was the tag that we searched for.", "# Results")
    assert titles(text) == ["Methods", "Results"]


def test_setext():
    text = paper("Introduction\n============", PROSE, "Sites\n-----", MORE)
    assert levels(text) == [("Introduction", 1), ("Sites", 2)]
    heading = outline_text(text).sections[0].heading
    assert text[heading.start : heading.end] == "Introduction\n============"


def test_numbers():
    text = paper(
        *("1 Introduction", PROSE, "2 Study area", PROSE, "2.1 Water levels", MORE),
        *("2.1.1 gauges", MORE, "3 Results", PROSE),
    )
    assert levels(text) == [
        ("Introduction", 1),
        ("Study area", 1),
        ("Water levels", 2),
        ("gauges", 3),
        ("Results", 1),
    ]


def test_roman_numbers_with_letters_below():
    text = paper(
        *("I. INTRODUCTION", PROSE, "II. METHODS", "A. Sites", PROSE, "B. Counting"),
        *(MORE, "III. RESULTS", PROSE, "A. Herons", MORE, "B. Egrets", MORE),
    )
    assert levels(text) == [
        ("INTRODUCTION", 1),
        ("METHODS", 1),
        ("Sites", 2),
        ("Counting", 2),
        ("RESULTS", 1),
        ("Herons", 2),
        ("Egrets", 2),
    ]


def test_capitals_with_title_case_below():
    text = paper("METHODS", PROSE, "Study Sites", PROSE, "RESULTS", MORE)
    assert levels(text) == [("METHODS", 1), ("Study Sites", 2), ("RESULTS", 1)]


def test_known_name_in_title_case_below_capitals():
    text = paper(
        *("METHODS", PROSE, "Statistical Analysis", MORE, "RESULTS", PROSE),
        *("DISCUSSION", PROSE, "Limitations", MORE, "REFERENCES", "[1] Byron. Herons."),
    )
    assert dict(levels(text)) == {
        "METHODS": 1,
        "Statistical Analysis": 2,
        "RESULTS": 1,
        "DISCUSSION": 1,
        "Limitations": 2,
        "REFERENCES": 1,
    }


def test_bare_lines():
    text = paper(
        *("Introduction", PROSE, "Materials and methods", PROSE, "Study sites", MORE),
        *("Results", PROSE, "Results and discussion", MORE),
    )
    assert levels(text) == [
        ("Introduction", 1),
        ("Materials and methods", 1),
        ("Study sites", 2),
        ("Results", 1),
        ("Results and discussion", 1),
    ]


def test_bare_known_name_without_blank_lines():
    text = f"Methods\n{PROSE}\nResults\n{MORE}"
    assert titles(text) == ["Methods", "Results"]
    assert paragraphs(text) == [PROSE, MORE]


def test_bold_lines():
    text = paper("**Methods**", PROSE, "**Sites by the river**", MORE, "__Results__")
    assert titles(text) == ["Methods", "Sites by the river", "Results"]


def test_bold_lines_below_atx():
    text = paper("## Methods", PROSE, "**Sites**", MORE, "## Results", PROSE)
    assert levels(text) == [("Methods", 1), ("Sites", 2), ("Results", 1)]


def test_latex():
    text = paper(
        r"\section{Introduction}\label{sec:intro}",
        PROSE,
        r"\section*{Methods \& Sites}",
        r"\subsection[Short]{The \textbf{River}}",
        PROSE,
    )
    assert levels(text) == [
        ("Introduction", 1),
        ("Methods & Sites", 1),
        ("The River", 2),
    ]


@pytest.mark.parametrize(
    ("printed", "title"),
    [
        ("M ETHODS", "METHODS"),
        ("MATERIAL S AND ME THODS", "MATERIALS AND METHODS"),
        ("R E S U L T S", "RESULTS"),
        ("2 R ELATED W ORK", "RELATED WORK"),
        ("S TATISTICAL A NALYSIS", "STATISTICAL ANALYSIS"),
    ],
)
def test_letter_spacing_is_closed_up(printed, title):
    text = paper("1 INTRODUCTION" if printed[0] == "2" else "INTRODUCTION", PROSE)
    text = paper(text, printed, MORE)
    assert titles(text)[-1] == title
    heading = outline_text(text).sections[-1].heading
    assert text[heading.start : heading.end] == printed


def test_unnumbered_capitals_between_numbers():
    text = paper(
        *("1. INTRODUCTION", PROSE, "2. METHODS", PROSE, "2.1. Sites", PROSE),
        *("DATA COLLECTION", MORE, "3. RESULTS", MORE),
    )
    assert "DATA COLLECTION" in titles(text)
    assert titles(text)[-1] == "RESULTS"


def test_other_languages_quotes_and_dashes():
    text = paper(
        *("1 Introduction", PROSE, "2 «Le héron» – une étude", PROSE),
        *("3 Die „Reiher“ — Zählung", MORE, "4 Results", MORE),
    )
    assert titles(text) == [
        "Introduction",
        "«Le héron» – une étude",
        "Die „Reiher“ — Zählung",
        "Results",
    ]


# --- What is no heading ------------------------------------------------------------


def test_numbered_list_between_numbered_headings():
    items = ["1. We count herons.", "2. We time them.", "3. We explain it."]
    text = paper("1. Introduction", PROSE, *items, "2. Methods", PROSE)
    assert titles(text) == ["Introduction", "Methods"]
    assert paragraphs(text, "list") == items


def test_short_list_without_full_stops():
    text = paper(
        "1 Introduction",
        PROSE,
        "1. Herons",
        "2. Egrets",
        "3. Storks",
        "2 Methods",
        MORE,
    )
    assert titles(text) == ["Introduction", "Methods"]


def test_list_in_a_paper_without_numbers():
    text = paper(
        *("Introduction", PROSE, "Methods", PROSE, "1. Object: a key", PROSE),
        *("2. Object: a cup", MORE, "Results", MORE),
    )
    assert titles(text) == ["Introduction", "Methods", "Results"]


@pytest.mark.parametrize(
    "line",
    [
        "The herons were counted at dawn.",
        "We thank the wardens",
        "Herons were seen in all of the places",
        "(Byron et al., 2019)",
        "See https://example.org/herons",
        "x = y + 2",
        "12",
        "and so on",
        "Table 2. Herons by Month",
        "Counts of Herons by",
        "3 herons left",
    ],
)
def test_lines_that_are_no_headings(line):
    text = paper("Methods", PROSE, line, MORE, "Results", PROSE)
    assert titles(text) == ["Methods", "Results"]


def test_names_in_a_row_are_no_headings():
    names = ["Grey Heron", "Little Egret", "White Stork", "Black Kite", "Red Fox"]
    text = paper("Methods", PROSE, *names, MORE, "Results", PROSE)
    assert titles(text) == ["Methods", "Results"]


def test_run_in_heading_is_text():
    text = paper("# Methods", f"**Sites.** {PROSE}", "# Results", MORE)
    assert titles(text) == ["Methods", "Results"]


# --- Furniture ---------------------------------------------------------------------


def test_running_headers_and_page_numbers():
    pages = [
        f"{PROSE}\nAfter that we had\n{n}\nBYRON AND GAUSS\nto start again. {MORE}"
        for n in range(1, 6)
    ]
    text = "Methods\n\n" + "\n".join(pages)
    assert titles(text) == ["Methods"]


def test_running_header_after_a_form_feed():
    pages = [PROSE, MORE, PROSE, MORE]
    text = "Herons by the River\n\nMethods\n\n" + "\n\n".join(
        f"{body}\n\n{n}\n\fHerons by the River" for n, body in enumerate(pages, 1)
    )
    assert titles(text) == ["Herons by the River", "Methods"]
    assert paragraphs(text) == pages


def test_running_header_without_pages():
    text = "Methods\n\n" + "\n\n".join(["JOURNAL OF HERONS", PROSE] * 6)
    assert titles(text) == ["Methods"]


def test_repeated_subheadings_are_headings():
    text = paper(
        *("# Experiment 1", "## Methods", PROSE, "## Results", PROSE),
        *("# Experiment 2", "## Methods", PROSE, "## Results", PROSE),
        *("# Experiment 3", "## Methods", PROSE, "## Results", PROSE),
    )
    assert titles(text).count("Methods") == 3
    bare = re.sub("#+ ", "", text)
    assert titles(bare).count("Results") == 3


def test_rules_are_left_out():
    text = paper("# Methods", PROSE, "---", MORE, "* * *", "# Results")
    assert paragraphs(text) == [PROSE, MORE]


# --- Blocks ------------------------------------------------------------------------


def test_lists():
    tight = "- grey herons\n- white storks,\n  and their young\n- egrets"
    text = paper("# Methods", f"We counted:\n{tight}", "- one", "- two")
    assert paragraphs(text, "list") == [tight, "- one", "- two"]
    assert paragraphs(text, "text") == ["We counted:"]


def test_tables():
    pipes = "| bird | count |\n|------|-------|\n| heron | 12 |"
    tabs = "bird\tcount\nheron\t12\nstork\t3"
    aligned = "bird     count\nheron    12\nstork     3"
    text = paper("# Results", PROSE, pipes, tabs, aligned, MORE)
    assert paragraphs(text, "table") == [pipes, tabs, aligned]


def test_code():
    fenced = "```python\n# Methods\n\nherons = 12\n```"
    text = paper(
        "# Methods", fenced, "    def count(birds):\n        return len(birds)", PROSE
    )
    assert titles(text) == ["Methods"]
    assert kinds(text) == ["code", "code", "text"]


def test_fence_that_is_never_closed_hides_nothing():
    assert titles(paper("# Methods", "```", PROSE, "# Results", MORE)) == [
        "Methods",
        "Results",
    ]


@pytest.mark.parametrize(
    "formula",
    [
        "$$a = b$$",
        "$$\na = b\n\nc = d\n$$",
        "\\[\na = b\n\\]",
        "\\begin{equation}\na = b\n\\end{equation}",
        "\\begin{align*}\na &= b\n\\end{align*}",
        "n_i = 2 m_i + k   (4)",
    ],
)
def test_formulas(formula):
    text = paper("# Methods", PROSE, formula, MORE)
    assert paragraphs(text, "formula") == [formula]


@pytest.mark.parametrize(
    "caption",
    [
        "Figure 1: Herons by the river.",
        "Table 2. Counts\nby month.",
        "**Fig. 3** | Egrets.",
        "TABLE IV COUNTS OF HERONS",
        "![Herons](herons.png)",
    ],
)
def test_captions(caption):
    text = paper("# Results", PROSE, caption, MORE)
    assert paragraphs(text, "caption") == [caption]


def test_text_about_a_figure_is_text():
    assert kinds(paper("# Results", "Figure 1 shows the herons by the river.")) == [
        "text"
    ]


def test_hard_wrapped_lines_with_blank_lines_between():
    first, second = textwrap.fill(PROSE, 60), textwrap.fill(MORE, 60)
    assert paragraphs(paper("2 Methods", first, second, "3 Results", first)) == [
        first,
        second,
        first,
    ]


def test_hard_wrapped_without_blank_lines_by_short_last_line():
    first = textwrap.fill(PROSE + " That was it.", 60)
    second = textwrap.fill(MORE, 60)
    assert len(first.splitlines()[-1]) < 40
    assert paragraphs(f"{first}\n{second}\n{first}") == [first, second, first]


def test_hard_wrapped_without_blank_lines_by_indentation():
    blocks = [textwrap.fill(t, 60, initial_indent="   ") for t in (PROSE, MORE, PROSE)]
    assert paragraphs("\n".join(blocks)) == [block.strip() for block in blocks]


def test_one_paragraph_a_line():
    text = f"Methods\n{PROSE}\n{MORE}\nResults\n{MORE}\n{PROSE}"
    assert paragraphs(text) == [PROSE, MORE, MORE, PROSE]


def test_windows_line_ends():
    text = paper("# Herons", "## Methods", PROSE, "## Results", "- a\n- b", MORE)
    windows = text.replace("\n", "\r\n")
    assert tree(windows) == tree(text)
    assert kinds(windows) == kinds(text)
    assert [p.replace("\r", "") for p in paragraphs(windows)] == paragraphs(text)


def test_sentence_over_a_form_feed_is_one_paragraph():
    text = "We walked along the\n\friver for ten days."
    assert paragraphs(text) == [text]


def test_byte_order_mark():
    assert titles("\ufeff# Methods\n\n" + PROSE + "\n\n# Results\n\n" + MORE) == [
        "Methods",
        "Results",
    ]


# --- Sections, front and back matter -------------------------------------------------


def test_title_authors_abstract_and_keywords_are_front_matter():
    text = paper(
        *("# Herons by the River", "Ada Byron¹, Carl Gauss²", "## Abstract", PROSE),
        *("## Keywords", "herons; rivers", "## 1 Introduction", MORE),
    )
    assert tree(text) == [
        ("Herons by the River", None, "front"),
        ("Abstract", None, "front"),
        ("Keywords", None, "front"),
        ("Introduction", None, "body"),
    ]
    assert dict(levels(text))["Introduction"] == 1


def test_plain_title_is_the_first_line():
    text = paper("Herons by the river", "Ada Byron", "Introduction", PROSE)
    assert tree(text)[0] == ("Herons by the river", None, "front")
    assert tree(text)[1] == ("Introduction", None, "body")


def test_yaml_is_front_matter():
    text = "---\ntitle: Herons\nauthor: Ada\n---\n\n# Introduction\n\n" + PROSE
    assert tree(text) == [(None, None, "front"), ("Introduction", None, "body")]


def test_introduction_without_heading():
    text = paper("# Herons", "Ada Byron", PROSE, MORE, "## Methods", PROSE)
    assert tree(text) == [
        ("Herons", None, "front"),
        (None, None, "body"),
        ("Methods", None, "body"),
    ]
    assert len(outline_text(text).sections[1].paragraphs) == 2


def test_introduction_under_the_abstract():
    abstract = f"{PROSE} {MORE}"
    text = paper("# Herons", "## Abstract", abstract, MORE, PROSE, "## Methods", PROSE)
    assert tree(text) == [
        ("Herons", None, "front"),
        ("Abstract", None, "front"),
        (None, None, "body"),
        ("Methods", None, "body"),
    ]


def test_prose_before_an_abstract_or_introduction_is_front_matter():
    for heading in ("## Abstract", "## Introduction"):
        text = paper("# Herons", "Ada Byron", PROSE, heading, MORE, "## Methods", PROSE)
        assert tree(text)[0] == ("Herons", None, "front")
        assert tree(text)[1][0] == heading[3:]


def test_long_abstract_before_an_introduction():
    abstract = f"{PROSE} {MORE}"
    text = paper("# Abstract", abstract, MORE, "# Introduction", PROSE)
    assert tree(text) == [("Abstract", None, "front"), ("Introduction", None, "body")]


def test_structured_abstract_with_run_in_labels():
    text = paper(
        *("# Abstract", f"Background: {PROSE}", f"Methods: {PROSE} {MORE}"),
        *(f"Results: {MORE}", f"Conclusions: {MORE}", "# Methods", PROSE),
    )
    assert tree(text) == [("Abstract", None, "front"), ("Methods", None, "body")]


def test_structured_abstract_with_headings():
    text = paper(
        *("Abstract", "Background", MORE, "Methods", MORE, "Results", MORE),
        *("Conclusions", MORE, "Introduction", PROSE, "Methods", PROSE),
        *("Results", PROSE, "Conclusions", PROSE),
    )
    matters = [matter for _, _, matter in tree(text)]
    assert matters == ["front"] * 5 + ["body"] * 4


def test_structured_abstract_with_headings_that_do_not_come_again():
    text = paper(
        *("Summary", "Background", MORE, "Methods", MORE, "Findings", MORE),
        *("Interpretation", MORE, "Funding", MORE, "Introduction", PROSE),
        *("Methods", PROSE, "Results", PROSE, "Interpretation", PROSE),
    )
    matters = [matter for _, _, matter in tree(text)]
    assert matters == ["front"] * 6 + ["body"] * 4


def test_headings_under_an_empty_abstract_that_come_once_are_the_papers():
    text = paper(
        *("Abstract", "Introduction", PROSE, "Methods", PROSE, "Results", PROSE),
        *("Discussion", PROSE, "Results", MORE),
    )
    matters = [matter for _, _, matter in tree(text)]
    assert matters == ["front"] + ["body"] * 5


@pytest.mark.parametrize("inside", ["#", "##"])
def test_an_unnamed_introduction_behind_a_structured_abstract(inside):
    text = paper(
        *("# Abstract", f"{inside} Methods", MORE, f"{inside} Results", MORE),
        *("# Herons and floods", PROSE, "# Methods", PROSE, "# Results", PROSE),
    )
    body = [title for title, _, matter in tree(text) if matter == "body"]
    assert body[-3:] == ["Herons and floods", "Methods", "Results"]


def test_a_summary_before_all_else_is_the_abstract():
    text = paper(
        *("# Herons", "## SUMMARY", PROSE, "## INTRODUCTION", MORE),
        *("## RESULTS", PROSE, "## Summary", MORE),
    )
    assert tree(text) == [
        ("Herons", None, "front"),
        ("SUMMARY", None, "front"),
        ("INTRODUCTION", None, "body"),
        ("RESULTS", None, "body"),
        ("Summary", None, "body"),
    ]


def test_a_paper_of_cell_press():
    text = paper(
        *("# Herons", "## Summary", PROSE, "## Introduction", MORE, "## Results"),
        *("### Herons wait", PROSE, "## Discussion", MORE),
        *("## Limitations of the study", MORE, "## Resource availability"),
        *("### Lead contact", MORE, "## Acknowledgments", MORE),
        *("## Declaration of interests", MORE, "## STAR★Methods"),
        *("### Key resources table", "### Method details", PROSE, "## References"),
        "[1] Byron. Herons.",
    )
    assert [title for title, _, matter in tree(text) if matter == "body"] == [
        *("Introduction", "Results", "Herons wait", "Discussion"),
        *("Limitations of the study", "STAR★Methods"),
        *("Key resources table", "Method details"),
    ]


def test_an_introduction_under_the_opening_summary():
    text = paper("Summary", f"{PROSE} {MORE}", MORE, "Results", PROSE)
    assert tree(text) == [
        ("Summary", None, "front"),
        (None, None, "body"),
        ("Results", None, "body"),
    ]


def test_run_in_abstract():
    text = paper("Herons by the River", f"Abstract. {PROSE}", MORE, "Methods", PROSE)
    assert tree(text) == [
        ("Herons by the River", None, "front"),
        (None, None, "body"),
        ("Methods", None, "body"),
    ]
    assert paragraphs(text)[0].startswith("Abstract.")


def test_back_matter_stays_back_matter():
    text = paper(
        *("# 1 Introduction", PROSE, "# 2 Conclusion", MORE, "# Acknowledgements"),
        *("We thank all.", "# References", "[1] Byron. Herons.", "# A Proofs", PROSE),
        *("## A.1 A Lemma", PROSE, "# More results", MORE),
    )
    assert [matter for _, _, matter in tree(text)] == ["body"] * 2 + ["back"] * 5


def test_lettered_sections_after_the_conclusion():
    text = paper(
        *("1 Introduction", PROSE, "2 Methods", PROSE, "3 Conclusion", MORE),
        *("A Proofs", PROSE, "B Sites", PROSE, "B.1 Ponds", MORE),
    )
    assert [(title, matter) for title, _, matter in tree(text)][3:] == [
        ("Proofs", "back"),
        ("Sites", "back"),
        ("Ponds", "back"),
    ]


def test_body_after_an_early_ethics_statement():
    text = paper(
        *("# Introduction", PROSE, "# Ethics statement", MORE, "# Methods", PROSE),
        *("# Limitations", MORE, "# Results", PROSE),
    )
    assert {t: m for t, _, m in tree(text)} == {
        "Introduction": "body",
        "Ethics statement": "back",
        "Methods": "body",
        "Limitations": "body",
        "Results": "body",
    }


def test_ethics_within_the_methods():
    numbered = paper(
        *("1 Introduction", PROSE, "2 Methods", "2.1 Ethics statement", MORE),
        *("2.2 Sites", PROSE, "3 Results", PROSE),
    )
    bare = paper("Methods", PROSE, "Ethical approval", MORE, "Results", PROSE)
    assert {matter for _, _, matter in tree(numbered)} == {"body"}
    assert {matter for _, _, matter in tree(bare)} == {"body"}


def test_ethics_at_the_head_of_methods_that_stand_last():
    text = paper(
        *("Introduction", PROSE, "Results", PROSE, "Discussion", MORE),
        *("Materials and Methods", "Ethics Statement", MORE, "Cell Culture", PROSE),
        *("Statistical Analysis", MORE, "Supporting Information", PROSE),
    )
    assert [(title, matter) for title, _, matter in tree(text)][3:] == [
        ("Materials and Methods", "body"),
        ("Ethics Statement", "body"),
        ("Cell Culture", "body"),
        ("Statistical Analysis", "body"),
        ("Supporting Information", "back"),
    ]


def test_methods_after_the_references():
    text = paper("# Results", PROSE, "# References", "[1] Byron.", "# Methods", PROSE)
    assert [matter for _, _, matter in tree(text)] == ["body", "back", "body"]


def test_limitations_after_the_conclusion():
    text = paper("# 1 Conclusion", PROSE, "# Ethics Statement", MORE, "# Limitations")
    assert tree(text)[-1] == ("Limitations", None, "body")


def test_empty_sections_in_a_row():
    text = paper("1 Methods", "1.1 Sites", "1.1.1 Ponds", PROSE, "2 Results", MORE)
    assert tree(text) == [
        ("Methods", None, "body"),
        ("Sites", 0, "body"),
        ("Ponds", 1, "body"),
        ("Results", None, "body"),
    ]


def test_text_without_headings():
    (section,) = outline_text(paper(PROSE, MORE)).sections
    assert section.heading is None
    assert section.matter == "body"
    assert len(section.paragraphs) == 2


@pytest.mark.parametrize("text", ["", " ", "\n \r\n\t\n", "\f\f"])
def test_blank_text(text):
    assert outline_text(text) == Outline(())


def test_segmenter_reads_the_doc():
    text = paper("# Methods", PROSE, "# Results 🐦", MORE)
    doc = spacy.blank("en")(text)
    assert doc.text == text
    assert make_text_segmenter_v1()(doc) == outline_text(text)


# --- Properties --------------------------------------------------------------------

PIECES = [
    *("# Methods", "## 2.1 Sites", "2 Methods", "2.1 Sites", "RESULTS", "Study Sites"),
    *(
        "II. METHODS",
        "A. Sites",
        "**Bold**",
        "\\section{A}",
        "Title\n=====",
        "- a\n- b",
    ),
    *("1. One\n2. Two", "| a | b |\n|---|---|\n| 1 | 2 |", "a\tb\nc\td", "```\nx\n```"),
    *("```", "$$", "$$\nx\n$$", "\\[", "\\begin{equation}", "Figure 1: Herons.", PROSE),
    *(
        textwrap.fill(MORE, 50),
        "    indented",
        "שלום עולם",
        "🐦 🐦",
        "«Héron»",
        "References",
    ),
    *(
        "Abstract",
        "[1] Byron. Herons.",
        "x = y",
        "A Proofs",
        "Appendix",
        "#",
        "##x",
        "(a",
    ),
    *("Abstract. " + PROSE, "word", "The End?", "a,", "\ufeffmark", "Ethics statement"),
]
SEPARATORS = [
    "\n\n",
    "\n\n",
    "\n",
    "\r\n",
    "\r\n\r\n",
    "\n \n",
    "\n\f",
    "\n\n   ",
    "\u2028",
]


@pytest.mark.parametrize("seed", range(300))
def test_every_character_is_in_one_place(seed):
    rng = random.Random(seed)
    text = "".join(
        rng.choice(PIECES) + rng.choice(SEPARATORS) for _ in range(rng.randrange(30))
    )
    outline = outline_text(text)
    covered = bytearray(len(text))
    position = 0
    for i, section in enumerate(outline.sections):
        assert section.heading or section.paragraphs
        assert section.parent is None or section.parent < i
        places = [(p.start, p.end) for p in section.paragraphs]
        if section.heading:
            assert section.heading.level >= 1
            places.insert(0, (section.heading.start, section.heading.end))
        for start, end in places:
            assert position <= start < end
            assert text[start:end] == text[start:end].strip()
            covered[start:end] = b"\x01" * (end - start)
            position = end
        if section.parent is not None:
            around = outline.sections[section.parent].heading
            assert around.level < section.heading.level
    left = "".join("\n" if seen else c for c, seen in zip(text, covered, strict=True))
    for line in left.splitlines():
        line = line.strip("\ufeff= \t")
        # A page number may be Roman, a running header comes three times or more.
        assert line in ("", "x") or text.count(line) >= 3


# --- Speed -------------------------------------------------------------------------

MEGABYTES = 10_000_000


@pytest.mark.parametrize(
    "make",
    [
        lambda: "The heron stood in the river. " * (MEGABYTES // 30),
        lambda: "a" * MEGABYTES,
        lambda: "\n" * MEGABYTES,
        lambda: " " * MEGABYTES,
        lambda: "a" + " " * MEGABYTES + "b",
        lambda: "#" * 1_000_000,
        lambda: "# " * 1_000_000,
        lambda: "1.1.1.1" * 1_000_000,
        lambda: "1.1.1.1 " * 1_000_000,
        lambda: "1.1.1.1\n" * 100_000,
        lambda: "# Abstract\n\n" * 50_000,
        lambda: "- a\n" * 200_000,
        lambda: "a\tb\nc\n" * 100_000,
        lambda: "$$\n" * 200_000,
        lambda: "```\n~~~\n" * 100_000,
        lambda: "\\begin{equation}\n" * 100_000,
        lambda: "|" * MEGABYTES,
        lambda: "(" * MEGABYTES,
        lambda: "M ETHODS " * (MEGABYTES // 9),
        lambda: paper("2.1 Sites", PROSE, MORE, "") * (MEGABYTES // 400),
        lambda: (textwrap.fill(f"{PROSE} {MORE}", 72) + "\n") * (MEGABYTES // 360),
    ],
)
def test_linear_time(make):
    text = make()
    start = time.process_time()
    outline_text(text)
    assert time.process_time() - start < 10


def test_article_is_no_section_letter() -> None:
    text = "# Paper\n\n## Introduction\n\nWhy.\n\n## A Tagger over Letters\n\nHow.\n"
    titles = [s.title for s in outline_text(text).sections if s.matter == "body"]
    assert titles == ["Introduction", "A Tagger over Letters"]


def test_letter_that_another_follows_is_one() -> None:
    text = (
        "# 1 Introduction\n\nWhy.\n\n# 2 Conclusion\n\nSo.\n\n# A Proofs of Bounds"
        "\n\nIt follows.\n\n# B Further Tables\n\nNumbers.\n"
    )
    titles = [section.title for section in outline_text(text).sections]
    assert titles[-2:] == ["Proofs of Bounds", "Further Tables"]
