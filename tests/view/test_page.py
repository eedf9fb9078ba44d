"""The page as text: whole, safe, and on its own."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from spacy import displacy
from spacy.language import Language

from spacy_imrad.labels import DISPLACY_COLORS
from spacy_imrad.view import IndexEntry, render_index, render_paper, view_paper

PAPERS = Path(__file__).parent / "papers"
PAPER = (PAPERS / "plain.md").read_text(encoding="utf8")
HOSTILE = (PAPERS / "hostile.md").read_text(encoding="utf8")


class Reader(HTMLParser):
    """Collects what a page has."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self._open):
            self.text += data


def pages(nlp: Language, text: str) -> list[Reader]:
    paper = view_paper(nlp(text), name=f"{text.splitlines()[0]}.md")
    index = render_index([IndexEntry.of(paper, "page.html")])
    return [Reader(render_paper(paper, index="index.html")), Reader(index)]


def test_text_of_the_paper_is_on_the_page(nlp: Language) -> None:
    page, index = pages(nlp, PAPER)
    words = " ".join(page.text.split())
    for paragraph in view_paper(nlp(PAPER)).parts[1].blocks:
        assert paragraph.text in words
    assert "A study of two groups" in index.text


def test_markup_in_a_paper_stays_text(nlp: Language) -> None:
    harmless = pages(nlp, PAPER)
    for page, other in zip(pages(nlp, HOSTILE), harmless, strict=True):
        assert page.tags.count("script") == page.tags.count("style") == 1
        assert not {"img", "iframe", "object", "embed"} & set(page.tags)
        assert {name for name, _ in page.attributes} <= {
            *(name for name, _ in other.attributes),
            *("data-low", "title"),
        }
    assert "{{ 7 * 7 }}" in pages(nlp, HOSTILE)[0].text


@pytest.mark.parametrize("text", [PAPER, HOSTILE])
def test_a_page_links_only_to_itself_and_the_index(nlp: Language, text: str) -> None:
    for page in pages(nlp, text):
        links = {value for name, value in page.attributes if name in ("href", "src")}
        assert {link for link in links if link and not link.startswith("#")} <= {
            "data:,",
            "index.html",
            "page.html",
        }
        (policy,) = (value for _, value in page.attributes if value and "-src" in value)
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "unsafe" not in policy


def test_every_link_within_the_page_leads_somewhere(nlp: Language) -> None:
    page = pages(nlp, PAPER)[0]
    ids = [value for name, value in page.attributes if name == "id"]
    assert len(set(ids)) == len(ids)
    for name, value in page.attributes:
        if name == "href" and value and value.startswith("#"):
            assert value[1:] in ids


def test_displacy_draws_the_same_groups_in_the_same_colours(nlp: Language) -> None:
    doc = nlp(PAPER)
    for key in ("imrad", "imrad_paragraphs"):
        html = displacy.render(
            doc, style="span", options={"spans_key": key}, page=True, jupyter=False
        )
        for label in {span.label_ for span in doc.spans[key]}:
            assert label in html
            assert DISPLACY_COLORS[label] in html
            assert DISPLACY_COLORS[label] in render_paper(view_paper(doc))
        words = Reader(html).text.split()
        assert [word for word in words if re.fullmatch("Patients|conclude", word)]
