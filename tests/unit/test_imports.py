"""Who may import whom: oracle and clients never meet, and the shared library knows neither."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def imported(path: Path) -> set[str]:
    """Top-level packages that a file imports, at its top or lazily anywhere inside."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            found.add((node.module or "").partition(".")[0])
        elif isinstance(node, ast.Call) and _is_import_call(node):
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant):
                found.add(str(first.value).partition(".")[0])
    return found


def _is_import_call(node: ast.Call) -> bool:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if isinstance(node.func, ast.Name):
        name = node.func.id
    return name in {"import_module", "__import__"}


def _files(package: str) -> list[Path]:
    files = sorted((ROOT / package).rglob("*.py"))
    assert files
    return files


@pytest.mark.parametrize(
    ("package", "foreign"),
    [
        ("oracle", {"clients", "tests", "experiments", "scripts"}),
        ("clients", {"oracle", "tests", "experiments", "scripts"}),
        ("fedjury", {"tests", "experiments", "scripts"}),
    ],
)
def test_a_package_does_not_import_its_neighbours(package: str, foreign: set[str]) -> None:
    for path in _files(package):
        assert not imported(path) & foreign, path


def test_the_shared_library_knows_neither_oracle_nor_clients() -> None:
    for path in _files("fedjury"):
        if (ROOT / "fedjury" / "cli") not in path.parents:
            assert not imported(path) & {"oracle", "clients"}, path


def test_nobody_but_the_command_line_imports_the_command_line() -> None:
    for path in [*_files("oracle"), *_files("clients")]:
        assert "fedjury.cli" not in path.read_text(encoding="utf-8"), path


def test_a_lazy_import_counts(tmp_path: Path) -> None:
    path = tmp_path / "lazy.py"
    path.write_text("def f():\n    from clients.agent import x\n    __import__('oracle.juror')\n")
    assert imported(path) == {"clients", "oracle"}
