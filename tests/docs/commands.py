"""Shell blocks: parsed into commands, each checked against what it calls."""

import ast
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from configparser import ConfigParser
from functools import cache
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any, TypeAlias

import typer
from pages import ROOT
from spacy.cli import app as spacy_app
from spacy.cli._util import parse_config_overrides
from spacy.util import load_config
from weasel.util import load_project_config

from spacy_imrad.cli import app

Arguments: TypeAlias = list[str]

# Nothing of these is ours to check.
PLAIN = ("cat", "cp", "git", "mypy", "ruff", "cd")
OPERATORS = set("|&;<>()")


def check_shell(code: str) -> None:
    """Check that bash can parse a block, and that what its commands name exists.

    RAISES: AssertionError, or the error of the tool that parsed a command's arguments.
    """
    parsed = subprocess.run(["bash", "-n"], input=code, capture_output=True, text=True)
    assert parsed.returncode == 0, parsed.stderr
    for command in commands(code):
        check_command(command)


def commands(code: str) -> Iterator[Arguments]:
    """The commands of a block, without redirections."""
    for line in code.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.wordchars += ":,@{}[]$…"
        words = list(lexer)
        groups = groupby(words, key=lambda word: set(word) <= OPERATORS)
        after = ""
        for is_operator, group in groups:
            found = list(group)
            if is_operator:
                after = found[-1]
                continue
            # Where a redirection goes to, or an assignment for one command.
            skipped = 1 if after in ("<", ">", ">>") else 0
            rest = found[skipped:]
            while rest and re.match(r"[A-Za-z_]+=", rest[0]):
                rest.pop(0)
            if rest:
                yield rest


def check_command(command: Arguments) -> None:
    program, *arguments = command
    # Of a virtual environment.
    program = program.rpartition("/bin/")[2]
    if program == "python" and arguments[0] == "-c":
        ast.parse(arguments[1])
    elif program in ("python", "python3") and arguments[0] == "-m":
        program, arguments = arguments[1], arguments[2:]
        if program.startswith("benchmarks."):
            check_benchmark(program, arguments)
        else:
            check_program(program, arguments)
    elif program in ("python", "bash"):
        check_script(arguments)
    else:
        check_program(program, arguments)


def check_program(program: str, arguments: Arguments) -> None:
    assert program in CHECKS, f"No check for the command {program!r}"
    CHECKS[program](arguments)


def check_our_command(arguments: Arguments) -> None:
    check_typer(app, arguments)


def check_spacy(arguments: Arguments) -> None:
    if arguments[0] == "project":
        check_project(arguments[1:])
    else:
        check_typer(spacy_app, arguments)


def check_typer(of: typer.Typer, arguments: Arguments) -> None:
    """Parsed by the command itself, but not run."""
    name, *rest = arguments
    commands: dict[str, Any] = typer.main.get_command(of).commands  # type: ignore[attr-defined]
    assert name in commands, name
    context = commands[name].make_context(name, rest)
    if name == "train":
        config = context.params.get("config") or context.params["config_path"]
        assert (ROOT / config).is_file(), config
        load_config(ROOT / config, overrides=parse_config_overrides(context.args))


def check_project(arguments: Arguments) -> None:
    name, *rest = arguments
    project = load_project_config(ROOT)
    if name == "run":
        commands = {command["name"] for command in project["commands"]}
        assert rest[0] in commands | set(project["workflows"]), rest[0]
    else:
        assert name in ("assets", "document"), name
    for argument in rest:
        if argument.startswith("--vars."):
            assert argument.removeprefix("--vars.") in project["vars"], argument


def check_benchmark(module: str, arguments: Arguments) -> None:
    path = ROOT / f"{module.replace('.', '/')}.py"
    assert path.is_file(), module
    known = set().union(*map(strings_of, (path, *imported_benchmarks(path))))
    check_known(arguments, known)


def check_script(arguments: Arguments) -> None:
    path = ROOT / arguments[0]
    assert path.is_file(), arguments[0]
    if path.suffix == ".py":
        check_known(arguments[1:], strings_of(path))


def check_launched(arguments: Arguments) -> None:
    """A script by torch's launcher; behind its options are overrides of a config."""
    (start,) = (i for i, word in enumerate(arguments) if word.endswith(".py"))
    script, config, *rest = arguments[start:]
    (end, *_) = (i for i, word in enumerate(rest) if re.match(r"--\w+\.", word))
    check_script([script, *rest[:end]])
    load_config(ROOT / config, overrides=parse_config_overrides(rest[end:]))


def check_known(arguments: Arguments, known: set[str]) -> None:
    """Options that argparse would know."""
    for argument in arguments:
        if argument.startswith("--") and argument != "--":
            assert argument.partition("=")[0] in known, argument


@cache
def strings_of(path: Path) -> set[str]:
    """The string constants of a module, among them its options."""
    tree = ast.parse(path.read_text(encoding="utf8"))
    return {
        str(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def imported_benchmarks(path: Path) -> list[Path]:
    """Those of `from . import texts` and of `from .texts import read`."""
    tree = ast.parse(path.read_text(encoding="utf8"))
    imports = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.level]
    names = [
        name
        for node in imports
        for name in ([node.module] if node.module else [a.name for a in node.names])
    ]
    return [path.with_name(f"{name}.py") for name in names]


def check_pip(arguments: Arguments) -> None:
    for argument in arguments:
        found = re.fullmatch(r"(?:spacy-imrad|\.)\[([\w,-]+)\]", argument)
        if found:
            assert set(found[1].split(",")) <= extras(), argument
    # What a constraint or requirement is in.
    for option, value in pairwise(arguments):
        if option in ("-c", "--constraint", "-r"):
            assert (ROOT / value).is_file(), value


@cache
def extras() -> set[str]:
    parser = ConfigParser(delimiters=("=",))
    parser.read(ROOT / "setup.cfg", encoding="utf8")
    return set(parser["options.extras_require"])


def check_make(arguments: Arguments) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf8")
    for argument in arguments:
        if not re.match(r"[A-Z_]+=", argument):
            assert re.search(rf"^{re.escape(argument)}:", makefile, re.M), argument


def check_pytest(arguments: Arguments) -> None:
    for argument in arguments:
        if argument.startswith(("tests", "benchmarks")):
            assert (ROOT / argument).exists(), argument


CHECKS: dict[str, Callable[[Arguments], None]] = {
    "spacy-imrad": check_our_command,
    "spacy_imrad": check_our_command,
    "spacy": check_spacy,
    "pip": check_pip,
    "make": check_make,
    "pytest": check_pytest,
    "torch.distributed.run": check_launched,
    "venv": lambda arguments: None,
    **dict.fromkeys(PLAIN, lambda arguments: None),
}
