"""Headings that a format has as paragraphs are headings in every format."""

from collections.abc import Callable

import pytest
import spacy

from spacy_imrad.document.paper import PaperSection
from spacy_imrad.document.stored_outline import stored_outline
from spacy_imrad.readers import Source, read_doc
from spacy_imrad.segmenters.completing import complete_sections

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
Write = Callable[[str, str], str]


def body(content: str, suffix: str) -> dict[str, str]:
    """What stands under each heading of the body."""
    source = Source(f"paper{suffix}", content=content.encode())
    doc = read_doc(spacy.blank("en"), source)
    outline = stored_outline(doc)
    assert outline is not None
    return {
        section.title: " ".join(doc.text[p.start : p.end] for p in section.paragraphs)
        for section in outline.sections
        if section.matter == "body"
    }


def join(write: Write) -> str:
    return "\n\n".join(write(title, text) for title, text in SECTIONS.items())


MARKDOWN: dict[str, Write] = {
    "bold": lambda t, x: f"**{t}**\n\n{x}",
    "bold, colon": lambda t, x: f"**{t}:**\n\n{x}",
    "bold italics": lambda t, x: f"***{t}***\n\n{x}",
    "bold, numbered": lambda t, x: f"**{TITLES.index(t) + 1}. {t}**\n\n{x}",
    "capitals": lambda t, x: f"{t.upper()}\n\n{x}",
    "run in": lambda t, x: f"**{t}.** {x}",
    "run in, stop behind": lambda t, x: f"**{t}**. {x}",
    "run in, no stop": lambda t, x: f"__{t}__ {x}",
    "colon": lambda t, x: f"{t}: {x}",
}


@pytest.mark.parametrize("form", MARKDOWN)
def test_markdown(form: str) -> None:
    text = f"# Hives\n\n{join(MARKDOWN[form])}\n\n## References\n\n1. A."
    found = {title.title(): text for title, text in body(text, ".md").items()}
    assert found == SECTIONS


HTML: dict[str, Write] = {
    "b": lambda t, x: f"<p><b>{t}</b></p><p>{x}</p>",
    "strong": lambda t, x: f"<p><strong>{t}</strong></p><p>{x}</p>",
    "div": lambda t, x: f"<div><b>{t}</b></div><div>{x}</div>",
    "span in bold": lambda t, x: f"<p><b><span>{t}</span></b></p><p>{x}</p>",
    "bold in a span": lambda t, x: f"<p><span><b>{t}</b></span></p><p>{x}</p>",
    "italics": lambda t, x: f"<p><i><b>{t}</b></i></p><p>{x}</p>",
    "underlined": lambda t, x: f"<p><u>{t}</u></p><p>{x}</p>",
    "style": lambda t, x: f'<p style="font-weight: 700">{t}</p><p>{x}</p>',
    "style of a span": lambda t, x: (
        f'<p><span style="font-weight:bold">{t}</span></p><p>{x}</p>'
    ),
    "colon": lambda t, x: f"<p><b>{t}:</b></p><p>{x}</p>",
    "capitals": lambda t, x: f"<p>{t.upper()}</p><p>{x}</p>",
    "capitals in bold": lambda t, x: f"<p><b>{t.upper()}</b></p><p>{x}</p>",
    "run in": lambda t, x: f"<p><b>{t}.</b> {x}</p>",
    "run in, colon behind": lambda t, x: f"<p><b>{t}</b>: {x}</p>",
    "run in, no stop": lambda t, x: f"<p><strong>{t}</strong> {x}</p>",
    "break": lambda t, x: f"<p><b>{t}</b><br/>{x}</p>",
}


@pytest.mark.parametrize("form", HTML)
def test_html(form: str) -> None:
    text = f"<html><body><h1>Hives</h1>{join(HTML[form])}</body></html>"
    found = {title.title(): text for title, text in body(text, ".html").items()}
    assert found == SECTIONS


JATS: dict[str, Write] = {
    "bold": lambda t, x: f"<p><bold>{t}</bold></p><p>{x}</p>",
    "bold italics": lambda t, x: f"<p><italic><bold>{t}</bold></italic></p><p>{x}</p>",
    "italics in bold": lambda t, x: (
        f"<p><bold><italic>{t}</italic></bold></p><p>{x}</p>"
    ),
    "colon": lambda t, x: f"<p><bold>{t}:</bold></p><p>{x}</p>",
    "underline": lambda t, x: f"<p><underline>{t}</underline></p><p>{x}</p>",
    "capitals": lambda t, x: f"<p>{t.upper()}</p><p>{x}</p>",
    "run in": lambda t, x: f"<p><bold>{t}.</bold> {x}</p>",
    "run in, colon behind": lambda t, x: f"<p><bold>{t}</bold>: {x}</p>",
    "in sections without titles": lambda t, x: (
        f"<sec><p><bold>{t}</bold></p><p>{x}</p></sec>"
    ),
}


@pytest.mark.parametrize("form", JATS)
def test_jats(form: str) -> None:
    text = (
        "<article><front><article-meta><title-group><article-title>Hives"
        "</article-title></title-group></article-meta></front>"
        f"<body>{join(JATS[form])}</body></article>"
    )
    found = {title.title(): text for title, text in body(text, ".xml").items()}
    assert found == SECTIONS


def test_sections_of_jats_that_have_titles_are_whole() -> None:
    text = (
        "<article><front/><body><sec><title>Methods</title><p><bold>Results.</bold> "
        "None were there.</p></sec></body></article>"
    )
    assert list(body(text, ".xml")) == ["Methods"]


def test_a_paper_whose_reader_knows_no_bold_type_stays_as_it_is() -> None:
    sections = (PaperSection("", ("METHODS", SECTIONS["Methods"], "RESULTS")),)
    assert complete_sections(sections) == sections


def test_levels_places_and_asides_stay_with_what_they_belong_to() -> None:
    sections = (
        PaperSection(
            "Introduction",
            (SECTIONS["Introduction"], "Methods", SECTIONS["Methods"]),
            level=2,
            places=((0, 12), (14, 90), (92, 99), (101, 180)),
            leads=("", "Methods", ""),
        ),
        PaperSection("Sites", ("Four roofs.",), 3, leads=("",)),
    )
    introduction, methods, sites = complete_sections(sections)
    assert (introduction.level, methods.level, sites.level) == (2, 2, 3)
    assert introduction.places == ((0, 12), (14, 90))
    assert methods.places == ((92, 99), (101, 180))
    assert methods.paragraphs == (SECTIONS["Methods"],)


def test_emphasis_is_no_heading() -> None:
    text = (
        f"# Hives\n\n## Methods\n\n**Weighing** was done by hand. {SECTIONS['Methods']}"
        f"\n\n**Apis mellifera.** {SECTIONS['Introduction']}\n\n## Results\n\nNone."
    )
    assert list(body(text, ".md")) == ["Methods", "Results"]
