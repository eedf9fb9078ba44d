"""Links of the pages lead somewhere, and README is short."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pages import PAGES, ROOT, anchors, links, prose

import spacy_imrad

WORDS_A_MINUTE = 230
README_LINES = 200


def local(page: str, link: str) -> Path:
    """The file that a relative link leads to; the package may lie elsewhere."""
    path = (ROOT / page).parent / urlsplit(link).path
    package = ROOT / "spacy_imrad"
    if path.resolve().is_relative_to(package):
        inside = path.resolve().relative_to(package)
        return Path(spacy_imrad.__file__).parent / inside
    return path


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files_and_headings(page: str) -> None:
    for link in links(page):
        parts = urlsplit(link)
        if parts.scheme:
            assert parts.scheme == "https", link
            continue
        target = local(page, link) if parts.path else ROOT / page
        assert target.exists(), link
        if parts.fragment:
            name = str(target.resolve().relative_to(ROOT))
            assert parts.fragment in anchors(name), link


def test_readme_leads_to_every_page() -> None:
    targets = {local("README.md", link).resolve() for link in links("README.md")}
    # An index of packages shows this one in README's place.
    own = {ROOT / "README.md", ROOT / "docs/DESCRIPTION.md"}
    pages = {(ROOT / page).resolve() for page in PAGES} - own
    assert pages <= targets, pages - targets


def test_readme_is_short() -> None:
    assert len(prose("README.md").split()) <= 5 * WORDS_A_MINUTE
    lines = (ROOT / "README.md").read_text(encoding="utf8").splitlines()
    assert len(lines) <= README_LINES


@pytest.mark.parametrize("page", PAGES)
def test_a_page_names_nothing_outside_the_repository(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf8")
    assert "../shared" not in text


@pytest.mark.parametrize("path", sorted((ROOT / "docs/data").glob("*.tsv")), ids=str)
def test_tables_are_whole(path: Path) -> None:
    head, *rows = path.read_text(encoding="utf8").splitlines()
    assert rows
    assert {row.count("\t") for row in rows} == {head.count("\t")}
