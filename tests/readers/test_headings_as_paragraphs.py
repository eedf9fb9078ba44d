"""Headings that a format has as paragraphs are headings in every format."""

import io
import zipfile
from collections.abc import Callable

import pytest
import spacy
from spacy.language import Language

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


def body(content: str | bytes, suffix: str) -> dict[str, str]:
    """What stands under each heading of the body."""
    content = content.encode() if isinstance(content, str) else content
    source = Source(f"paper{suffix}", content=content)
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


# --- The same paper in every format, its headings set in three ways -----------------


def archive(**parts: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name, part in parts.items():
            file.writestr(name.replace("__", "/").replace("_xml", ".xml"), part)
    return content.getvalue()


def docx(blocks: str) -> bytes:
    title = (
        '<w:p><w:pPr><w:pStyle w:val="Title"/></w:pPr><w:r><w:t>Hives</w:t></w:r></w:p>'
    )
    styles = "".join(
        f'<w:style w:styleId="{name}"><w:name w:val="{name}"/></w:style>'
        for name in ("Title", "heading 1")
    )
    return archive(
        word__document_xml=f'<w:document xmlns:w="w"><w:body>{title}{blocks}</w:body>'
        "</w:document>",
        word__styles_xml=f'<w:styles xmlns:w="w">{styles}</w:styles>',
    )


def odt(blocks: str) -> bytes:
    return archive(
        mimetype="application/vnd.oasis.opendocument.text",
        content_xml='<o:document-content xmlns:o="o" xmlns:t="t" xmlns:s="s" '
        'xmlns:f="f"><o:automatic-styles><s:style s:name="T1"><s:text-properties '
        'f:font-weight="bold"/></s:style></o:automatic-styles><o:body><o:text>'
        f'<t:p t:style-name="Title">Hives</t:p>{blocks}</o:text></o:body>'
        "</o:document-content>",
    )


def run(text: str, mark: str = "") -> str:
    return f'<w:r>{mark}<w:t xml:space="preserve">{text}</w:t></w:r>'


BOLD = "<w:rPr><w:b/></w:rPr>"
Wrap = Callable[[str], str | bytes]
# Of each format: a heading as it marks one, one as a bold paragraph, one run in, and
# the file that they are in.
FORMATS: dict[str, tuple[Write, Write, Write, Wrap]] = {
    ".md": (
        lambda t, x: f"## {t}\n\n{x}\n\n",
        lambda t, x: f"**{t}**\n\n{x}\n\n",
        lambda t, x: f"**{t}.** {x}\n\n",
        lambda b: f"# Hives\n\n{b}",
    ),
    ".txt": (
        lambda t, x: f"{t}\n\n{x}\n\n",
        lambda t, x: f"**{t}**\n\n{x}\n\n",
        lambda t, x: f"**{t}.** {x}\n\n",
        lambda b: f"Hives\n\n{b}",
    ),
    ".html": (
        lambda t, x: f"<h2>{t}</h2><p>{x}</p>",
        lambda t, x: f"<p><b>{t}</b></p><p>{x}</p>",
        lambda t, x: f"<p><b>{t}.</b> {x}</p>",
        lambda b: f"<html><body><h1>Hives</h1>{b}</body></html>",
    ),
    ".xml": (
        lambda t, x: f"<sec><title>{t}</title><p>{x}</p></sec>",
        lambda t, x: f"<p><bold>{t}</bold></p><p>{x}</p>",
        lambda t, x: f"<p><bold>{t}.</bold> {x}</p>",
        lambda b: (
            "<article><front><article-meta><title-group><article-title>Hives"
            f"</article-title></title-group></article-meta></front><body>{b}</body>"
            "</article>"
        ),
    ),
    ".tex": (
        lambda t, x: f"\\section{{{t}}}\n{x}\n\n",
        lambda t, x: f"\\textbf{{{t}}}\n\n{x}\n\n",
        lambda t, x: f"\\textbf{{{t}.}} {x}\n\n",
        lambda b: (
            "\\documentclass{article}\n\\title{Hives}\n\\begin{document}\n\\maketitle\n"
            f"{b}\\end{{document}}\n"
        ),
    ),
    ".rst": (
        lambda t, x: f"{t}\n{'-' * len(t)}\n\n{x}\n\n",
        lambda t, x: f"**{t}**\n\n{x}\n\n",
        lambda t, x: f"**{t}.** {x}\n\n",
        lambda b: f"Hives\n=====\n\n{b}",
    ),
    ".docx": (
        lambda t, x: (
            f'<w:p><w:pPr><w:pStyle w:val="heading 1"/></w:pPr>{run(t)}</w:p>'
            f"<w:p>{run(x)}</w:p>"
        ),
        lambda t, x: f"<w:p>{run(t, BOLD)}</w:p><w:p>{run(x)}</w:p>",
        lambda t, x: f"<w:p>{run(t + '.', BOLD)}{run(' ' + x)}</w:p>",
        docx,
    ),
    ".odt": (
        lambda t, x: f'<t:h t:outline-level="1">{t}</t:h><t:p>{x}</t:p>',
        lambda t, x: f'<t:p><t:span t:style-name="T1">{t}</t:span></t:p><t:p>{x}</t:p>',
        lambda t, x: f'<t:p><t:span t:style-name="T1">{t}.</t:span> {x}</t:p>',
        odt,
    ),
}


@pytest.fixture(scope="module")
def bundled() -> Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("imrad_classifier")
    return nlp


@pytest.mark.parametrize("way", range(3), ids=["marked", "bold", "run in"])
@pytest.mark.parametrize("suffix", FORMATS)
def test_one_paper_in_every_format(suffix: str, way: int, bundled: Language) -> None:
    *writes, wrap = FORMATS[suffix]
    blocks = "".join(writes[way](title, text) for title, text in SECTIONS.items())
    content = wrap(blocks)
    raw = content.encode() if isinstance(content, str) else content
    doc = bundled(read_doc(bundled, Source(f"paper{suffix}", content=raw)))
    group = doc.spans["imrad"]
    assert group.attrs["headings"] == TITLES
    assert [span.label_ for span in group] == TITLES
