"""Plain data → HTML: pages that need nothing but themselves.

Every text is escaped by the template engine, and each page forbids its browser to load
or run anything that is not in it.
"""

from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from spacy_imrad.view.colors import INK, colors_of
from spacy_imrad.view.errors import ErrorsView
from spacy_imrad.view.index import IndexEntry
from spacy_imrad.view.paper import WHYS, PaperView
from spacy_imrad.view.rich import formula_to_html, table_rows, to_html


def render_paper(paper: PaperView, *, index: str | None = None) -> str:
    """RETURNS: An HTML page of one paper.

    index: Address of the page that lists all papers, for a link to it.
    """
    return _render("paper", paper.labels, paper=paper, index=index, whys=WHYS)


def render_index(entries: Sequence[IndexEntry]) -> str:
    """RETURNS: An HTML page that lists papers, each with its strip."""
    labels = dict.fromkeys(label for entry in entries for label in entry.labels)
    return _render("index", tuple(labels), entries=entries)


def render_errors(errors: ErrorsView) -> str:
    """RETURNS: An HTML page of the paragraphs that a pipeline labels wrongly."""
    return _render("errors", errors.labels, errors=errors)


def _render(page: str, labels: Sequence[str], **content: object) -> str:
    colors = [
        f".l{i} {{ --color: {color} }}\n" for i, color in enumerate(colors_of(labels))
    ]
    style = "".join([_source("page.css"), f":root {{ --ink: {INK} }}\n", *colors])
    script = _source("labels.js") + _source(f"{page}.js")
    return (
        _environment()
        .get_template(f"{page}.html")
        .render(
            labels=labels,
            style=style,
            script=script,
            policy=_policy(style, script),
            **content,
        )
    )


def _policy(style: str, script: str) -> str:
    """The Content Security Policy: this style and this script, and nothing else."""
    return (
        f"default-src 'none'; style-src {_digest(style)}; "
        f"script-src {_digest(script)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _digest(source: str) -> str:
    return f"'sha256-{b64encode(sha256(source.encode()).digest()).decode()}'"


@cache
def _source(name: str) -> str:
    return (files(__package__) / "templates" / name).read_text(encoding="utf8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["percent"] = "{:.0%}".format
    environment.filters["rich"] = to_html
    environment.filters["rows"] = table_rows
    environment.filters["formula"] = formula_to_html
    environment.filters["paired"] = _paired
    return environment


def _paired(keys: Sequence[str], values: Sequence[float]) -> dict[str, float]:
    return dict(zip(keys, values, strict=True))
