"""Labelled papers, and a headless Chromium that watches what their pages do."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import spacy
from spacy.language import Language

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="session")
def nlp(tiny_checkpoint: Path) -> Language:
    nlp = spacy.blank("en")
    model = {
        "@architectures": "spacy-imrad.HFSequenceClassifier.v1",
        "name": str(tiny_checkpoint),
        "max_length": 128,
        "stride": 16,
    }
    nlp.add_pipe("imrad_classifier", config={"model": model})
    return nlp


@dataclass
class Visit:
    """A page, with all that it wrote to the console and asked the network for."""

    page: "Page"
    messages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason='needs playwright: pip install ".[browser]"'
    )
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    found = os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, names)), None
    )
    if found is None:
        pytest.skip("needs Chromium: install it, or name it in $CHROMIUM")
    with sync_api.sync_playwright() as playwright:
        # Containers run the tests as root, where Chromium has no sandbox.
        browser = playwright.chromium.launch(
            executable_path=found, chromium_sandbox=False
        )
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: "Browser", tmp_path: Path) -> Iterator[Callable[..., Visit]]:
    """Open HTML (or a file) in a browser context of its own, with its settings."""
    contexts = []

    def open_page(html: str | Path, **settings: Any) -> Visit:
        size = {"width": 1400, "height": 900}
        # Without animation, a click has led where it leads to as soon as it returns.
        settings = {"viewport": size, "reduced_motion": "reduce", **settings}
        context = browser.new_context(**settings)
        contexts.append(context)
        visit = Visit(context.new_page())
        visit.page.on("console", lambda message: visit.messages.append(message.text))
        visit.page.on("pageerror", lambda error: visit.messages.append(str(error)))
        visit.page.on("request", lambda request: visit.requests.append(request.url))
        path = html if isinstance(html, Path) else tmp_path / "page.html"
        if isinstance(html, str):
            path.write_text(html, encoding="utf8")
        visit.page.goto(path.as_uri())
        return visit

    yield open_page
    for context in contexts:
        context.close()
