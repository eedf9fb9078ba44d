"""``info``: what is installed, and which formats can be read."""

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Annotated, Any

import typer

from spacy_imrad.about import __version__
from spacy_imrad.cli.consoles import open_consoles

# What a format needs beyond what is always there: the module, and the extra with it.
NEEDS = {"layout": ("spacy_layout", "layout")}
PACKAGES = ("spacy", "thinc", "torch", "transformers", "tokenizers", "numpy")


def info(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON object.")
    ] = False,
) -> None:
    """Show versions, the formats that can be read, and what is missing for others."""
    from spacy_imrad.readers import format_names, get_format

    out, _ = open_consoles()
    versions = {"spacy-imrad": __version__} | {
        name: found for name in PACKAGES if (found := _version(name))
    }
    formats: dict[str, dict[str, Any]] = {}
    for name in format_names():
        format = get_format(name)
        module, extra = NEEDS.get(name, ("", ""))
        missing = extra if module and find_spec(module) is None else None
        formats[name] = {
            "name": format.name,
            "suffixes": list(format.suffixes),
            "needs_extra": missing,
        }
    if as_json:
        out.print_json(data={"versions": versions, "formats": formats})
        return
    for name, found in versions.items():
        out.print(f"{name:<14} {found}")
    out.print()
    for name, described in formats.items():
        missing = described["needs_extra"]
        note = f"  needs pip install 'spacy-imrad[{missing}]'" if missing else ""
        suffixes = " ".join(described["suffixes"])
        out.print(f"{name:<14} {described['name']:<24} {suffixes}{note}")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
