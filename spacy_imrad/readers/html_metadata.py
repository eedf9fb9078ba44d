"""What a web page says of the paper in it, apart from its text."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_TITLES: Final = (
    "citation_title",
    "dc.title",
    "dcterms.title",
    "prism.title",
    "og:title",
)
_ABSTRACTS: Final = ("citation_abstract", "dcterms.abstract", "dc.description")
_JOURNALS: Final = ("citation_journal_title", "prism.publicationname")
_IDENTIFIERS: Final = ("citation_doi", "dc.identifier", "prism.doi")
_SHORTEST_ABSTRACT: Final = 200
_MOST_NESTED: Final = 1000


class Metadata(NamedTuple):
    """From `citation_*`, Dublin Core, PRISM and JSON-LD.

    titles: The paper's, as each of these has it.
    page_title: That of the page, which often has the site's name in it.
    """

    titles: tuple[str, ...]
    page_title: str
    abstract: str
    journal: str
    doi: str

    @property
    def title(self) -> str:
        """The paper's title."""
        return self.titles[0] if self.titles else ""


def read_metadata(root: "HtmlElement") -> Metadata:
    """The metadata of a page; what it lacks is empty."""
    found: dict[str, str] = {}
    for meta in root.iter("meta"):
        name = (meta.get("name") or meta.get("property") or "").lower()
        found.setdefault(name, " ".join((meta.get("content") or "").split()))
    linked = list(_linked(root))
    titles = [found.get(name, "") for name in _TITLES]
    titles[-1:-1] = [_string(data, "headline") for data in linked]
    abstracts = [found.get(name, "") for name in _ABSTRACTS]
    abstracts += [_string(data, "abstract") for data in linked]
    identifiers = [found.get(name, "") for name in _IDENTIFIERS]
    page_title = next((e.text_content() for e in root.iter("title")), "")
    return Metadata(
        tuple(title for title in titles if title),
        " ".join(page_title.split()),
        next((a for a in abstracts if len(a) >= _SHORTEST_ABSTRACT), ""),
        next((found[name] for name in _JOURNALS if found.get(name)), ""),
        next((i for i in map(_doi, identifiers) if i), ""),
    )


def _linked(root: "HtmlElement") -> Iterator[dict[str, Any]]:
    """The objects of JSON-LD."""
    for script in root.iter("script"):
        if script.get("type") == "application/ld+json":
            try:
                waiting = [json.loads(script.text or "")]
            except (ValueError, RecursionError):
                continue
            for _ in range(_MOST_NESTED):
                if not waiting:
                    break
                value = waiting.pop()
                if isinstance(value, dict):
                    yield value
                    waiting += [value.get("mainEntity"), value.get("@graph")]
                elif isinstance(value, list):
                    waiting += value[:_MOST_NESTED]


def _string(data: dict[str, Any], key: str) -> str:
    value = data.get(key)
    return " ".join(value.split()) if isinstance(value, str) else ""


def _doi(identifier: str) -> str:
    at = identifier.find("10.")
    is_doi = at >= 0 and "/" in identifier[at:] and " " not in identifier
    return identifier[at:] if is_doi else ""
