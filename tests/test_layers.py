"""Imports run one way: a package imports from those below it, and no modules in a
circle."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "spacy_imrad"
# From the bottom to the top; those in one line do not import each other.
LAYERS = (
    ("about", "labels", "extras", "atomic", "printable"),
    ("outputs",),
    ("document",),
    ("segmenters",),
    ("readers",),
    ("models",),
    ("pipeline",),
    ("integrations", "training"),
    ("data", "view"),
    ("evaluation",),
    ("labelling",),
    ("cli",),
    ("__main__",),
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}

pytestmark = pytest.mark.skipif(not PACKAGE.exists(), reason="the sources are not here")


def name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def statements(node: ast.AST, *, at_start: bool) -> Iterator[ast.stmt]:
    """The statements of a module; `at_start` those alone that run as it is imported."""
    for child in ast.iter_child_nodes(node):
        is_function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
        if at_start and (is_function or _is_for_types(child)):
            continue
        if isinstance(child, ast.stmt):
            yield child
        yield from statements(child, at_start=at_start)


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def imports(name: str, *, at_start: bool = False) -> set[str]:
    """The modules of the package that a module imports."""
    found: set[str] = set()
    tree = ast.parse(MODULES[name].read_text(encoding="utf8"))
    for statement in statements(tree, at_start=at_start):
        if isinstance(statement, ast.Import):
            found |= {alias.name for alias in statement.names}
        elif isinstance(statement, ast.ImportFrom):
            assert statement.level == 0, f"{name} has a relative import"
            assert statement.module is not None
            members = {f"{statement.module}.{alias.name}" for alias in statement.names}
            modules = members & MODULES.keys()
            # What is no module is a name out of the module itself.
            found |= modules if modules == members else {statement.module, *modules}
    return found & MODULES.keys()


def layer_of(name: str) -> str:
    return name.split(".")[1] if "." in name else ""


def test_every_package_has_a_layer() -> None:
    assert {layer_of(name) for name in MODULES} - {""} == set(RANK)


def test_no_import_runs_upward() -> None:
    upward = [
        f"{name} imports {imported}"
        for name in MODULES
        for imported in sorted(imports(name))
        if (own := layer_of(name)) and own != (other := layer_of(imported))
        if not other or RANK[other] >= RANK[own]
    ]
    assert upward == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {name: imports(name, at_start=True) for name in MODULES}
    list(TopologicalSorter(graph).static_order())


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("from spacy_imrad.labels import LABELS", {"spacy_imrad.labels"}),
        ("from spacy_imrad import labels", {"spacy_imrad.labels"}),
        ("import spacy_imrad.labels as x", {"spacy_imrad.labels"}),
        ("def f():\n    import spacy_imrad.labels", set()),
        ("if TYPE_CHECKING:\n    import spacy_imrad.labels", set()),
        ("class A:\n    import spacy_imrad.labels", {"spacy_imrad.labels"}),
    ],
)
def test_imports_are_found(
    code: str, expected: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "module.py"
    path.write_text(code)
    monkeypatch.setitem(MODULES, "spacy_imrad.new", path)
    assert imports("spacy_imrad.new", at_start=True) == expected
    assert imports("spacy_imrad.new") == {"spacy_imrad.labels"}
