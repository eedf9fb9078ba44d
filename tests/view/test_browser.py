"""The pages in a headless Chromium: what a reader sees and does."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy
import pytest
from spacy.language import Language
from spacy.tokens import Doc, SpanGroup

from spacy_imrad import LABELS
from spacy_imrad.pipeline.explanation import explain
from spacy_imrad.view import PaperView, render_paper, view_paper
from spacy_imrad.view.paper import WHYS
from spacy_imrad.view.site import Site

pytestmark = pytest.mark.browser

PAPERS = Path(__file__).parent / "papers"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
# Headings that name their section are surer than this, the others of the paper less.
LOW = 0.9
SHOWN = ".block:visible"


@pytest.fixture(scope="module")
def paper(nlp: Language) -> PaperView:
    text = (PAPERS / "plain.md").read_text(encoding="utf8")
    doc = nlp(text)
    effects = explain(doc, nlp.get_pipe("imrad_classifier"))
    paper = view_paper(doc, name="plain.md", low_confidence=LOW, effects=effects)
    assert 0 < paper.n_low < paper.n_paragraphs
    return paper


@pytest.fixture(scope="module")
def html(paper: PaperView) -> str:
    return render_paper(paper)


@pytest.fixture
def page(html: str, visit: Callable[..., Any]) -> Any:
    return visit(html).page


def press(page: Any, name: str) -> None:
    page.locator("button", has_text=name).click()


def percentages(page: Any) -> list[str]:
    return page.locator("#scores .value").all_inner_texts()


def in_view(page: Any, selector: str) -> bool:
    """Whether an element stands below the bar and above the window's end."""
    return page.locator(selector).evaluate(
        """element => {
            const top = element.getBoundingClientRect().top;
            const bar = document.querySelector(".bar").getBoundingClientRect().bottom;
            return bar <= top && top < innerHeight;
        }"""
    )


def test_pointing_at_a_paragraph_shows_its_scores(paper: PaperView, page: Any) -> None:
    assert page.locator(".subject").inner_text() == "The whole paper"
    assert percentages(page) == [f"{100 * score:.1f}%" for score in paper.scores]
    page.locator("#s3 .block").first.hover()
    verdict = paper.parts[3].blocks[0].verdict
    assert verdict is not None
    assert verdict.why is not None
    assert percentages(page) == [f"{100 * score:.1f}%" for score in verdict.scores]
    assert page.locator(".subject").inner_text() == "2.1 Patients"
    assert page.locator(".why").inner_text() == WHYS[verdict.why]
    best = page.locator("#scores .best dt").inner_text()
    assert best == LABELS[numpy.argmax(verdict.scores)]
    widths = page.locator(".meter").evaluate_all(
        "bars => bars.map(bar => parseFloat(getComputedStyle(bar).backgroundSize))"
    )
    assert widths == pytest.approx([100 * s for s in verdict.scores], abs=0.1)


def test_the_keyboard_reaches_every_paragraph(paper: PaperView, page: Any) -> None:
    page.locator("main").focus()
    seen = []
    for _ in range(paper.n_paragraphs):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.innerText"))
        described = page.evaluate(
            "document.activeElement.ariaDescribedByElements[0].id"
        )
        assert described == "scores"
        assert page.locator(".why").is_visible()
    assert seen == page.locator(".block[tabindex]").all_inner_texts()
    page.keyboard.press("Escape")
    assert page.locator(".subject").inner_text() == "The whole paper"


def test_the_keyboard_filters(page: Any) -> None:
    button = page.locator("button", has_text="Methods")
    button.focus()
    page.keyboard.press("Space")
    assert button.get_attribute("aria-pressed") == "true"
    page.keyboard.press("Space")
    assert button.get_attribute("aria-pressed") == "false"


def test_the_first_link_skips_to_the_text(page: Any) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "text"


def test_filters_show_the_chosen_labels(paper: PaperView, page: Any) -> None:
    everything = page.locator(SHOWN).count()
    labels = [b.verdict.label for p in paper.parts for b in p.blocks if b.verdict]
    press(page, "Introduction")
    wanted = labels.count(0)
    assert page.locator(SHOWN).count() == wanted == 2
    assert page.locator(".count").inner_text() == "2 paragraphs shown"
    assert page.locator("main h2:visible").all_inner_texts() == ["1 Introduction"]
    assert page.locator(".outline li:visible").count() == 1
    bright = page.locator(".stretch:not(.dim)")
    assert bright.count() == 1
    press(page, "Discussion")
    assert page.locator(SHOWN).count() == wanted + labels.count(4)
    press(page, "Show all")
    assert page.locator(SHOWN).count() == everything
    assert page.locator(".stretch.dim").count() == 0


def test_a_heading_stays_above_its_shown_parts(paper: PaperView, page: Any) -> None:
    press(page, "Uncertain")
    assert page.locator(SHOWN).count() == paper.n_low
    sub_section = page.locator("main h3", has_text="Of the weather")
    assert sub_section.is_visible()
    assert page.locator("main h2:visible").all_inner_texts() == ["2 Methods"]


def test_filters_join(paper: PaperView, page: Any) -> None:
    press(page, "Uncertain")
    press(page, "Introduction")
    assert page.locator(SHOWN).count() == 0
    assert page.locator(".count").inner_text() == "0 paragraphs shown"


def test_low_confidence_is_marked_in_words(paper: PaperView, page: Any) -> None:
    marked = page.locator("main section", has=page.locator("text=uncertain"))
    low = [
        i for i, p in enumerate(paper.parts) if p.low or any(b.low for b in p.blocks)
    ]
    assert marked.evaluate_all("all => all.map(one => one.id)") == [
        f"s{i}" for i in low
    ]


def test_strip_leads_to_the_place(
    paper: PaperView, html: str, visit: Callable[..., Any]
) -> None:
    page = visit(html, viewport={"width": 1000, "height": 300}).page
    box = page.locator(".strip").bounding_box()
    place = paper.parts[6].blocks[0]
    x = box["x"] + box["width"] * (place.at + place.width / 2) / 100
    page.mouse.click(x, box["y"] + box["height"] / 2)
    assert in_view(page, "#s6")
    from playwright.sync_api import expect

    # The window follows with the next frame, which a busy machine draws late. Locators
    # can wait for it; a script may not, by the page's security policy.
    window = page.locator(".window")
    expect(window).to_have_attribute("x", re.compile("[1-9]"))
    start = float(window.get_attribute("x").rstrip("%"))
    assert start <= place.at + 0.01


def test_outline_leads_to_the_place_and_follows(
    html: str, visit: Callable[..., Any]
) -> None:
    page = visit(html, viewport={"width": 1000, "height": 500}).page
    page.locator(".outline a", has_text="Results").click()
    assert in_view(page, "#s5")
    current = page.locator(".outline [aria-current]")
    assert "Results" in current.inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_accessible_by_the_rules_of_axe(
    size: str, scheme: str, html: str, visit: Callable[..., Any]
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    settings = PHONE if size == "phone" else {}
    page = visit(html, color_scheme=scheme, **settings).page
    page.locator(".block[tabindex]").first.focus()
    for action in (None, "Methods", "Uncertain"):
        if action:
            page.locator("button", has_text=action).evaluate("b => b.click()")
        found = axe.run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]})
        assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_rich_pages_and_the_index_are_accessible(
    size: str, scheme: str, nlp: Language, visit: Callable[..., Any], tmp_path: Path
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    site = Site(tmp_path / "site")
    for name in ("rich.md", "plain.md"):
        text = (PAPERS / name).read_text(encoding="utf8")
        paper = view_paper(nlp(text), name=name, low_confidence=LOW)
        site.add(replace(paper, warnings=("Page 3 is a picture.",)))
    site.finish()
    for page in ("index.html", "rich.html"):
        settings = PHONE if size == "phone" else {}
        visited = visit(site.folder / page, color_scheme=scheme, **settings)
        found = axe.run(
            visited.page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]}
        )
        assert found.violations_count == 0, found.generate_report()
        width = visited.page.viewport_size["width"]
        assert visited.page.evaluate("document.documentElement.scrollWidth") <= width


def test_formulas_tables_and_references_are_drawn(
    nlp: Language, visit: Callable[..., Any]
) -> None:
    text = (PAPERS / "rich.md").read_text(encoding="utf8")
    visited = visit(render_paper(view_paper(nlp(text))))
    page = visited.page
    assert page.locator("math").count() == 6
    assert page.locator("math").first.bounding_box()["height"] > 10
    assert page.locator("code.tex").all_inner_texts() == [r"\unknown{x}"]
    assert page.locator(".mark").all_inner_texts() == ["Figure", "Table", "Formula"]
    assert page.locator(".cite").all_inner_texts() == ["[1]", "[2, 3]"]
    assert page.locator("thead th").all_inner_texts() == ["Group", "n", "Mean (SD)"]
    assert page.locator("tbody tr").count() == 2
    parent = page.locator(".outline li", has_text="3 Both").locator(".swatch rect")
    assert parent.count() == 2
    assert parent.first.is_visible()
    assert visited.messages == []
    assert visited.requests == [page.url]


def test_phone_needs_no_scrolling_sideways(
    html: str, visit: Callable[..., Any]
) -> None:
    page = visit(html, **PHONE).page
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert not page.locator(".outline ol").is_visible()
    page.locator("summary").tap()
    assert page.locator(".outline ol").is_visible()
    page.locator(".block[tabindex]").first.tap()
    box = page.locator(".inspector").bounding_box()
    assert box["y"] + box["height"] == 844
    page.locator(".close").tap()
    assert not page.locator(".inspector").is_visible()


def test_print_has_the_text_and_no_controls(page: Any) -> None:
    page.locator(".block[tabindex]").first.hover()
    page.emulate_media(media="print", color_scheme="dark")
    assert page.locator(".block").first.is_visible()
    assert not page.locator(".inspector").is_visible()
    assert not page.locator(".skip").is_visible()
    assert page.locator(".bar").evaluate("bar => getComputedStyle(bar).position") == (
        "static"
    )
    assert page.locator("html").evaluate(
        "root => getComputedStyle(document.body).backgroundColor"
    ) == ("rgb(253, 253, 252)")


@pytest.mark.parametrize("name", ["plain.md", "hostile.md"])
def test_nothing_leaves_the_page_and_nothing_is_reported(
    name: str, nlp: Language, visit: Callable[..., Any]
) -> None:
    text = (PAPERS / name).read_text(encoding="utf8")
    visited = visit(render_paper(view_paper(nlp(text), name=name, low_confidence=LOW)))
    page = visited.page
    for block in page.locator(".block[tabindex]").all():
        block.hover()
    for button in page.locator(".filter").all():
        button.click()
    press(page, "Show all")
    page.wait_for_timeout(300)
    assert visited.messages == []
    assert visited.requests == [page.url]


def test_the_policy_stops_what_is_not_ours(page: Any) -> None:
    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.broken = true";
            document.body.append(script);
            const image = document.createElement("img");
            image.src = "https://example.org/pixel.png";
            document.body.append(image);
        }"""
    )
    assert page.evaluate("window.broken") is None


def test_index_searches_sorts_and_leads_to_papers(
    nlp: Language, visit: Callable[..., Any], tmp_path: Path
) -> None:
    site = Site(tmp_path / "site")
    for path in sorted(PAPERS.glob("*.md")):
        site.add(view_paper(nlp(path.read_text(encoding="utf8")), name=path.name))
    visited = visit(site.finish())
    page = visited.page
    names = page.locator("main tbody small")
    assert page.locator("main tr svg").count() == 3
    page.get_by_role("searchbox").fill("WEATHER study")
    assert (
        page.locator("main tbody tr:visible small")
        .all_inner_texts()[0]
        .startswith("plain")
    )
    assert page.locator(".count").inner_text() == "1 of 3 papers"
    page.get_by_role("searchbox").fill("no such word")
    assert page.locator(".empty").is_visible()
    page.get_by_role("searchbox").fill("")
    assert names.all_inner_texts()[0].startswith("hostile")
    page.get_by_role("combobox").select_option("length")
    assert names.all_inner_texts()[0].startswith("rich")
    page.get_by_role("combobox").select_option("share of Methods")
    assert names.all_inner_texts()[0].startswith("hostile")
    page.locator("thead").get_by_role("button", name="Paper").click()
    assert names.all_inner_texts()[0].startswith("rich")
    assert page.get_by_role("combobox").input_value() == "title"
    head = page.get_by_role("columnheader", name="Paper", exact=True)
    assert head.get_attribute("aria-sort") == "ascending"
    press(page, "Discussion")
    assert page.locator(".stretch:not(.dim)").count() == 2
    page.get_by_role("link", name="A study of two groups").click()
    assert page.locator("h1").inner_text() == "A study of two groups"
    page.get_by_role("link", name="All papers").click()
    assert page.locator("h1").inner_text() == "3 papers"
    assert visited.messages == []
    assert all(url.startswith(site.folder.as_uri()) for url in visited.requests)


def thesis(nlp: Language, n_paragraphs: int = 2500, n_words: int = 48) -> Doc:
    """A labelled Doc as long as a thesis of 300 pages: 50 chapters of 50 paragraphs."""
    random = numpy.random.default_rng(0)
    words = numpy.array(["paragraph", "of", "a", "long", "thesis", "that", "nobody"])
    texts, spans = [], []
    position = 0
    for index in range(n_paragraphs):
        heading = f"## Chapter {index // 50}\n\n" if index % 50 == 0 else ""
        text = " ".join(random.choice(words, n_words)) + "."
        start = position + len(heading)
        spans.append((start, start + len(text)))
        texts.append(heading + text)
        position += len(texts[-1]) + 2
    doc = nlp.make_doc("\n\n".join(texts))
    scores = random.dirichlet(numpy.full(len(LABELS), 0.2), n_paragraphs).astype("f")
    best = [LABELS[column] for column in scores.argmax(axis=1)]
    for key, rows in (
        ("imrad_paragraphs", range(n_paragraphs)),
        ("imrad", range(0, n_paragraphs, 50)),
    ):
        length = n_paragraphs // len(rows)
        group = [
            doc.char_span(
                spans[row][0],
                spans[row + length - 1][1],
                label=best[row],
                alignment_mode="expand",
            )
            for row in rows
        ]
        attrs = {"labels": list(LABELS), "scores": scores[list(rows)]}
        doc.spans[key] = SpanGroup(doc, name=key, attrs=attrs, spans=group)
    return doc


def test_a_thesis_opens_in_two_seconds(
    nlp: Language, visit: Callable[..., Any]
) -> None:
    doc = thesis(nlp)
    paper = view_paper(doc)
    assert paper.n_paragraphs == 2500
    assert paper.n_words > 120_000
    html = render_paper(paper)
    times = []
    # The machine may be busy with something else: the best of three counts.
    for _ in range(3):
        page = visit(html).page
        times.append(
            page.evaluate(
                """async () => {
                    const frame = () => new Promise(requestAnimationFrame);
                    await frame();
                    await frame();
                    const [opened] = performance.getEntriesByType("navigation");
                    const [paint] = performance.getEntriesByName("first-paint");
                    return Math.max(opened.loadEventEnd, paint.startTime);
                }"""
            )
        )
        if times[-1] < 2000:
            break
    print(f"opened in {min(times):.0f} ms")
    assert min(times) < 2000, times
    press(page, "Methods")
    assert page.locator(".count").inner_text().endswith("paragraphs shown")
