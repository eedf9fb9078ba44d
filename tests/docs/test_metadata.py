"""CITATION.cff, CHANGELOG and the entry for the spaCy Universe: valid, and in step."""

import json
import re
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import srsly
from pages import ROOT, links

from spacy_imrad.about import __version__

SCHEMA = Path(__file__).with_name("universe.schema.json")
CHANGES = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def validate(path: Path, *schema: str) -> subprocess.CompletedProcess[str]:
    pytest.importorskip("check_jsonschema", reason="needs the extra `docs`")
    return subprocess.run(
        [sys.executable, "-m", "check_jsonschema", *schema, str(path)],
        capture_output=True,
        text=True,
    )


@pytest.fixture
def metadata() -> dict[str, str]:
    parser = ConfigParser(delimiters=("=",))
    parser.read(ROOT / "setup.cfg", encoding="utf8")
    return dict(parser["metadata"])


@pytest.fixture
def entry() -> dict[str, Any]:
    found: dict[str, Any] = srsly.read_json(ROOT / "docs/universe.json")
    return found


def test_citation_is_valid() -> None:
    schema = ("--builtin-schema", "vendor.citation-file-format")
    done = validate(ROOT / "CITATION.cff", *schema)
    assert done.returncode == 0, done.stdout + done.stderr


def test_citation_and_changelog_know_the_version(metadata: dict[str, str]) -> None:
    citation = srsly.read_yaml(ROOT / "CITATION.cff")
    assert citation["version"] == __version__
    assert citation["license"] == metadata["license"]
    assert citation["authors"][0]["name"] == metadata["author"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf8")
    released = re.findall(r"^## \[([\d.]+)\] - ([\d-]+)$", changelog, re.MULTILINE)
    assert released[0] == (__version__, str(citation["date-released"]))


def test_changelog_keeps_its_form() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf8")
    versions = re.findall(r"^## (.*)$", changelog, re.MULTILINE)
    assert versions[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[[\d.]+\] - \d{4}-\d\d-\d\d", v) for v in versions[1:])
    assert set(re.findall(r"^### (.*)$", changelog, re.MULTILINE)) <= CHANGES


def test_the_description_for_an_index_leads_nowhere_in_the_repository(
    metadata: dict[str, str],
) -> None:
    page = metadata["long_description"].removeprefix("file: ")
    assert (ROOT / page).is_file()
    assert metadata["long_description_content_type"] == "text/markdown"
    assert all(link.startswith("https://") for link in links(page))
    text = (ROOT / page).read_text(encoding="utf8")
    assert not re.search(r"!\[|make |clone|examples/|configs/|docs/", text)


def test_universe_entry_is_valid(metadata: dict[str, str]) -> None:
    done = validate(ROOT / "docs/universe.json", "--schemafile", str(SCHEMA))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "wrong",
    [
        {"github": "https://github.com/someone/spacy-imrad"},
        {"category": ["sections"]},
        {"code_example": "import spacy"},
        {"description": "# A heading"},
        {"stars": 5},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_wrong_entry_is_found(
    entry: dict[str, Any], wrong: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "universe.json"
    path.write_text(json.dumps(entry | wrong))
    done = validate(path, "--schemafile", str(SCHEMA))
    assert done.returncode == 1
    assert next(iter(wrong)) in done.stdout


def test_universe_entry_is_about_this_package(
    entry: dict[str, Any], metadata: dict[str, str]
) -> None:
    assert entry["pip"] == entry["id"] == metadata["name"]
    assert entry["author"] == metadata["author"]


def test_code_of_the_universe_entry_runs(entry: dict[str, Any]) -> None:
    namespace: dict[str, Any] = {}
    exec("\n".join(entry["code_example"]), namespace)
    labels = [section.label_ for section in namespace["doc"].spans["imrad"]]
    assert labels == ["Methods", "Results"]
    assert [sent._.imrad for sent in namespace["methods"]] == ["Methods"]
