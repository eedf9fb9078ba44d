import json
import subprocess
import sys
from importlib.metadata import entry_points

from typer.testing import CliRunner

from spacy_imrad.about import __version__
from spacy_imrad.cli import app
from spacy_imrad.readers import format_names


def test_versions_and_formats() -> None:
    result = CliRunner().invoke(app, ["info", "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["versions"]["spacy-imrad"] == __version__
    assert sorted(found["formats"]) == format_names()
    assert found["formats"]["jats"]["suffixes"] == [".xml", ".nxml"]
    assert found["formats"]["jats"]["needs_extra"] is None
    result = CliRunner().invoke(app, ["info"])
    assert all(name in result.stdout for name in format_names())


def test_an_extra_that_is_missing_is_named() -> None:
    """In a process that can't import spacy-layout."""
    code = (
        "import sys; sys.modules['spacy_layout'] = None\n"
        "from spacy_imrad.readers import Source, read_paper\n"
        "try: read_paper(Source('a.docx', content=b'PK'), format='layout')\n"
        "except ImportError as error: print(error)"
    )
    output = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert "needs 'spacy_layout'" in output
    assert "pip install 'spacy-imrad[layout]'" in output


def test_the_script_is_the_app() -> None:
    (script,) = entry_points(group="console_scripts", name="spacy-imrad")
    assert script.load() is app
