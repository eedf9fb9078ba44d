"""Every registered name resolves to what setup.cfg says, and is of the right kind."""

import inspect
import re
import subprocess
import sys
from collections.abc import Callable
from configparser import ConfigParser
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from spacy import registry
from spacy.language import Language
from spacy.pipeline.spancat import Suggester

from spacy_imrad import LABELS
from spacy_imrad.document.outline import Segmenter
from spacy_imrad.integrations.span_getter import SpanGetter
from spacy_imrad.models.checkpoints.loaders import CheckpointLoader
from spacy_imrad.models.types import ClassifierModelT
from spacy_imrad.readers import format_names, get_format

SETUP = Path(__file__).parents[1] / "setup.cfg"
GROUPS = {
    "spacy_factories": "factories",
    "spacy_architectures": "architectures",
    "spacy_misc": "misc",
    "spacy_span_getters": "span_getters",
    "spacy_readers": "readers",
    "spacy_callbacks": "callbacks",
    "spacy_scorers": "scorers",
    "spacy_displacy_colors": "displacy_colors",
}
# What a registered function may return.
RETURNS: dict[str, tuple[object, ...]] = {
    "architectures": (ClassifierModelT,),
    "misc": (Segmenter, CheckpointLoader, Suggester),
    "span_getters": (SpanGetter,),
    "readers": ("PapersCorpus", "AbstractsCorpus"),
    "callbacks": (Callable[[Language], Language],),
    "scorers": (Callable[..., dict[str, Any]],),
    "factories": ("ImradClassifier", "SentenceStarts"),
}


def entry_points() -> list[tuple[str, str, str]]:
    parser = ConfigParser(delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(SETUP, encoding="utf8")
    found = []
    for group, lines in parser["options.entry_points"].items():
        for line in lines.strip().splitlines():
            name, _, target = (part.strip() for part in line.partition("="))
            found.append((group, name, target))
    return found


def test_setup_cfg_has_no_other_group() -> None:
    groups = {group for group, *_ in entry_points()}
    assert groups == {*GROUPS, "console_scripts", "spacy_imrad_readers"}


def test_readers_resolve() -> None:
    written = {name: t for g, name, t in entry_points() if g == "spacy_imrad_readers"}
    assert set(format_names()) == set(written)
    for name, target in written.items():
        module, _, attribute = target.partition(":")
        assert get_format(name) is getattr(import_module(module), attribute)


@pytest.mark.parametrize(
    ("group", "name", "target"), [e for e in entry_points() if e[0] in GROUPS]
)
def test_a_registered_name_resolves(group: str, name: str, target: str) -> None:
    module, _, attribute = target.partition(":")
    written = getattr(import_module(module), attribute)
    kind = GROUPS[group]
    if kind == "span_getters":
        # A registry of spacy-transformers.
        pytest.importorskip("spacy_transformers")
    if kind == "factories":
        # `Language.factory` registers a partial of what it decorates.
        assert Language.has_factory(name)
        assert callable(registry.get(kind, name))
    else:
        assert registry.get(kind, name) == written
    if kind == "displacy_colors":
        assert list(written) == list(LABELS)
        assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in written.values())
        return
    assert inspect.signature(written).return_annotation in RETURNS[kind]


@pytest.mark.parametrize(
    ("group", "name"),
    [(g, name) for g, name, _ in entry_points() if g in GROUPS and "-" in name],
)
def test_a_registered_function_has_a_version(group: str, name: str) -> None:
    if group != "spacy_displacy_colors":
        assert re.fullmatch(r"spacy-imrad\.\w+\.v\d+", name)


@pytest.mark.parametrize(
    "name", [n for g, n, _ in entry_points() if g == "spacy_architectures"]
)
def test_architectures_are_documented_by_their_registered_name(name: str) -> None:
    assert name in (inspect.getdoc(registry.get("architectures", name)) or "")


def test_displacy_draws_sections_in_the_registered_colours() -> None:
    from spacy import displacy

    doc: dict[str, Any] = {
        "text": "We propose a method.",
        "ents": [{"start": 0, "end": 20, "label": "Related Work"}],
        "title": None,
    }
    html = displacy.render(doc, style="ent", manual=True, jupyter=False)
    colours = registry.get("displacy_colors", "spacy-imrad")
    assert colours["Related Work"] in html


def test_the_factory_is_there_without_an_import_of_the_package() -> None:
    script = "import spacy; print(spacy.blank('en').has_factory('imrad_classifier'))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True
    )
    assert done.stdout.strip() == "True", done.stderr
