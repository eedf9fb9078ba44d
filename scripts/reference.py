"""Write what follows from the code: docs/API.md, docs/CLI.md, part of docs/PROJECT.md.

    python scripts/reference.py

API.md comes from docstrings and signatures, as griffe reads them, CLI.md from typer,
and the tables of the project file from weasel. The tests compare what is committed
with what this makes.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from configparser import ConfigParser
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import Any, TypeAlias, cast

import griffe

ROOT = Path(__file__).parents[1]

API_HEAD = """\
# API

Made from the docstrings by `python scripts/reference.py`. [USAGE.md](USAGE.md) shows
how the parts are used, and [CLI.md](CLI.md) has the command line.

Registered names (`spacy-imrad.….v1`) keep their meaning: what behaves otherwise gets a
new version. Names that are not on this page may change with any release.
"""
# Title, what it is about, and what it shows: names of a module, or all that the package
# exports.
PARTS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("Top level", "", "", ()),
    ("The pipe", "", "pipeline.imrad_classifier", ("ImradClassifier",)),
    (
        "The outline of a labelled Doc",
        "",
        "pipeline.doc_outline",
        ("DocOutline", "OutlineSection", "OutlineParagraph"),
    ),
    ("Sentence starts", "", "pipeline.sentence_starts", ("SentenceStarts",)),
    ("What a sentence did", "", "pipeline.explanation", ("SentenceEffect",)),
    (
        "Papers",
        "A reader of your own is a `PaperFormat`, registered in the group "
        "`spacy_imrad_readers` or with `readers.register`.",
        "readers",
        ("read_paper", "read_papers", "make_doc", "PaperFormat"),
    ),
    ("", "", "document.paper", ("Paper", "PaperSection", "Aside")),
    (
        "Outlines",
        "What a segmenter returns. One of your own is any function from a Doc to an "
        "`Outline`, registered under `@misc`.",
        "document.outline",
        ("Outline", "Section", "Heading", "Paragraph"),
    ),
)
# Groups of entry points, with the names that configs have for their registries.
REGISTRIES = {
    "spacy_architectures": "@architectures",
    "spacy_misc": "@misc",
    "spacy_span_getters": "@span_getters",
    "spacy_readers": "@readers",
    "spacy_callbacks": "@callbacks",
    "spacy_scorers": "@scorers",
}

CLI_HEAD = """\
<!-- Made by `python scripts/reference.py`. -->

"""

# spaCy's own pages say what these do.
SPACYS_OWN = (
    *(
        "add_label",
        "finish_update",
        "from_bytes",
        "from_disk",
        "get_loss",
        "initialize",
    ),
    *("label_data", "pipe", "predict", "rehearse", "score", "set_annotations"),
    *("to_bytes", "to_disk", "update"),
)

Documented: TypeAlias = Any
"""A `griffe.Function`, `griffe.Class` or, for a property, `griffe.Attribute`."""
FIELD = re.compile(r"(\w+(?:, \w+)*): (.*)")


@dataclass(frozen=True)
class Argument:
    name: str
    annotation: str
    default: str | None

    def __str__(self) -> str:
        default = "" if self.default is None else f"={self.default}"
        annotation = self.annotation.replace(" | ", "|")
        kind = f" (`{annotation}`)" if annotation else ""
        return f"**`{self.name}{default}`**{kind}"


@dataclass(frozen=True)
class Docstring:
    """A docstring in the house's style.

    prose: What it says in paragraphs.
    fields: By name what it says about arguments and attributes, and RETURNS, YIELDS
        and RAISES; several names of one line are one key.
    """

    prose: str
    fields: dict[str, str]

    @classmethod
    def of(cls, text: str, names: set[str]) -> "Docstring":
        """names: Of the arguments and attributes that can have a line."""
        names = names | {"RETURNS", "YIELDS", "RAISES"}
        prose: list[str] = []
        fields: dict[str, str] = {}
        current = ""
        for line in text.splitlines():
            found = FIELD.fullmatch(line)
            if found and set(found[1].split(", ")) <= names:
                current = found[1]
                fields[current] = found[2]
            elif current and (not line or line.startswith("    ")):
                fields[current] += "\n" + line.removeprefix("    ")
            else:
                current = ""
                prose.append(line)
        return cls("\n".join(prose).strip(), {k: v.strip() for k, v in fields.items()})


def api() -> str:
    package = cast(griffe.Module, griffe.load("spacy_imrad"))
    parts = [API_HEAD]
    for title, about, module, names in PARTS:
        if title:
            parts.append(f"## {title}\n")
        if about:
            parts.append(f"{about}\n")
        parts += describe_module(package, module, names)
    parts.append("## Registered functions\n")
    for group, key in REGISTRIES.items():
        parts.append(f"### `{key}`\n")
        points = entry_points(group)
        for name, target in points:
            function = package[target.removeprefix("spacy_imrad.").replace(":", ".")]
            if f"{name[:-1]}{int(name[-1]) + 1}" in dict(points):
                # Superseded: its arguments are those of the new version.
                parts += islice(describe(function, f"#### `{name}`", ""), 2)
            else:
                parts += describe(function, f"#### `{name}`", "")
    return "\n".join(parts)


def describe_module(
    package: griffe.Module, module: str, names: Iterable[str]
) -> Iterator[str]:
    found = cast(griffe.Module, package[module] if module else package)
    path = f"spacy_imrad.{module}".rstrip(".")
    exported = [str(name) for name in found.exports or () if name[0] != "_"]
    for name in names or exported:
        member = found[name]
        if member.is_alias:
            member = member.final_target
        heading = f"### `{path}.{name}`"
        if member.is_attribute:
            yield f"{heading}\n"
            yield f"`{member.value}`\n" if member.value else ""
        else:
            yield from describe(member, heading, name)


def describe(found: Documented, heading: str, name: str) -> Iterator[str]:
    """Heading, prose, and a list of arguments or attributes; a class's methods too."""
    yield f"{heading}\n"
    arguments = list(arguments_of(found))
    known = {argument.name for argument in arguments}
    if found.is_class:
        known |= set(found.attributes)
    text = Docstring.of(found.docstring.value if found.docstring else "", known)
    if text.prose:
        # A registered function says its name, which is the heading here.
        prose = re.sub(r"\s\(`spacy-imrad\.[\w.]+`\)", "", text.prose)
        yield f"{prose}\n"
    items = list(describe_arguments(arguments, text.fields))
    if found.is_function:
        items += describe_outcome(cast(griffe.Function, found), text.fields)
    elif "RAISES" in text.fields:
        items.append(item("**Raises**", text.fields["RAISES"]))
    if items:
        yield "\n".join(items) + "\n"
    if found.is_class:
        for member in found.members.values():
            if is_public(member):
                kind = "property" if member.is_attribute else "method"
                yield from describe(member, f"#### `{name}.{member.name}` ({kind})", "")


def is_public(member: griffe.Object | griffe.Alias) -> bool:
    """Whether it is a method or property with a docstring, and not private."""
    if member.name in SPACYS_OWN:
        return False
    is_property = "property" in member.labels
    return bool(
        (member.is_function or is_property)
        and member.docstring
        and not member.name.startswith("_")
    )


def arguments_of(found: Documented) -> Iterator[Argument]:
    """Of a function, or of a class: those of its making, which are the fields of a
    dataclass or a named tuple."""
    if found.is_attribute:
        return
    if found.is_class and not found.parameters:
        for member in found.members.values():
            if member.is_attribute and member.annotation:
                value = None if member.value is None else str(member.value)
                yield Argument(member.name, plain(member.annotation), value)
        return
    for parameter in found.parameters:
        if parameter.name not in ("self", "cls"):
            default = None if parameter.default is None else str(parameter.default)
            yield Argument(parameter.name, plain(parameter.annotation), default)


def describe_arguments(
    arguments: list[Argument], fields: dict[str, str]
) -> Iterator[str]:
    """An item each; those that one line of the docstring explains share one, and so do
    neighbours that nothing explains."""
    lines = {name: names for names in fields for name in names.split(", ")}
    grouped = groupby(arguments, key=lambda one: lines.get(one.name, ""))
    for names, members in grouped:
        yield item(", ".join(map(str, members)), fields.get(names, ""))


def describe_outcome(found: griffe.Function, fields: dict[str, str]) -> Iterator[str]:
    for key, name in (("RETURNS", "Returns"), ("YIELDS", "Yields")):
        if key in fields:
            kind = f" (`{plain(found.returns)}`)"
            yield item(f"**{name}**{kind}", fields.get(key, ""))
    if "RAISES" in fields:
        yield item("**Raises**", fields["RAISES"])


def item(what: str, text: str) -> str:
    """One of a list, its later lines indented to stay in it."""
    lines = f"- {what}: {text}" if text else f"- {what}"
    return lines.replace("\n", "\n  ").replace("\n  \n", "\n\n")


def plain(annotation: object) -> str:
    """An annotation without the quotes of forward references."""
    return re.sub(r"[\"']([\w.\[\], |]+)[\"']", r"\1", str(annotation or ""))


def entry_points(group: str) -> list[tuple[str, str]]:
    """The names of a group in setup.cfg, with their targets."""
    parser = ConfigParser(delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(ROOT / "setup.cfg", encoding="utf8")
    lines = parser["options.entry_points"][group].strip().splitlines()
    split = (line.partition("=") for line in lines)
    return [(name.strip(), target.strip()) for name, _, target in split]


def command_line() -> str:
    call = ["-m", "typer", "spacy_imrad.cli", "utils", "docs", "--name", "spacy-imrad"]
    made = subprocess.run(
        [sys.executable, *call], capture_output=True, text=True, check=True
    ).stdout
    # The list of commands cuts their first sentences, and two stars are emphasis.
    made = made.replace("* `--help`: Show this message and exit.\n", "")
    # Arguments and options say the same.
    made = re.sub(
        r"\*\*Usage\*\*:\n\n```console\n.*?```\n\n", "", made, flags=re.DOTALL
    )
    made = re.sub(r"\*\*Commands\*\*:\n\n(\* .*\n)+\n", "", made).replace("/*", r"/\*")
    return CLI_HEAD + made.strip() + "\n"


def project() -> str:
    """docs/PROJECT.md, with weasel's tables of the project made anew."""
    with tempfile.TemporaryDirectory() as folder:
        page = shutil.copy(ROOT / "docs/PROJECT.md", folder)
        options = ("--no-emoji", "--output", str(page))
        subprocess.run(
            [sys.executable, "-m", "weasel", "document", str(ROOT), *options],
            capture_output=True,
            check=True,
        )
        made = Path(page).read_text(encoding="utf8")
    head, mark, tables = made.partition("<!-- WEASEL")
    # Weasel writes for a page of its own, in the folder of the project file.
    tables = re.sub(r"^#(?=#* )", "##", tables, flags=re.MULTILINE)
    # What the tests run.
    tables = re.sub(r"^\| `smoke.*\n", "", tables, flags=re.MULTILINE)
    return head + mark + tables.replace("(project.yml)", "(../project.yml)")


PAGES = {"docs/API.md": api, "docs/CLI.md": command_line, "docs/PROJECT.md": project}


def main() -> None:
    for name, make in PAGES.items():
        (ROOT / name).write_text(make(), encoding="utf8")


if __name__ == "__main__":
    main()
