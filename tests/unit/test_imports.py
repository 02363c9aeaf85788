"""Who may import whom: every package imports only from lower layers, without exceptions."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ARCHITECTURE = ROOT / "docs" / "architecture.md"

# Lowest first; packages of one layer do not import each other.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("fedjury.checks", "fedjury.errors", "fedjury.models"),
    ("fedjury.protocol", "fedjury.artifacts"),
    ("fedjury.runtime",),
    ("fedjury.chain", "fedjury.store", "fedjury.data"),
    ("fedjury.task", "fedjury.devnet"),
    ("fedjury.oracle", "fedjury.clients", "fedjury.relay"),
    ("fedjury.deploy", "fedjury.preflight"),
    ("fedjury.simulation",),
    ("fedjury.cli",),
    ("experiments",),
)
HEIGHT = {package: height for height, layer in enumerate(LAYERS) for package in layer}
# Within the chain's package, lowest first as well.
CHAIN = ("fedjury.chain.abi", "fedjury.chain.rpc", "fedjury.chain.transactions")
FOLDERS = ("fedjury", "oracle", "clients", "experiments")
NOT_IMPORTABLE = {"fedjury", "oracle", "clients", "scripts", "tests"}  # by these names
SHELLS = {"fedjury", "fedjury.__main__"}  # the package itself, and `python -m fedjury`


def imported(path: Path) -> set[str]:
    """Modules that a file imports, at its top or lazily anywhere inside."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call) and _is_import_call(node):
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant):
                found.add(str(first.value))
    return found


def _is_import_call(node: ast.Call) -> bool:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if isinstance(node.func, ast.Name):
        name = node.func.id
    return name in {"import_module", "__import__"}


def _files() -> Iterator[tuple[str, Path]]:
    """Every module of ours, under the name that it is imported by."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            inside = path.relative_to(ROOT)
            if (ROOT / inside.parts[0] / inside.parts[1]).is_symlink():
                continue  # the folder itself has its turn
            name = ".".join(inside.with_suffix("").parts).removesuffix(".__init__")
            yield (name if folder in ("fedjury", "experiments") else f"fedjury.{name}"), path


def package_of(module: str) -> str | None:
    """The package of the table that a module belongs to; None for a stranger's."""
    found = [each for each in HEIGHT if module == each or module.startswith(f"{each}.")]
    return found[0] if found else None


MODULES = dict(_files())


def test_every_module_has_its_layer() -> None:
    assert len(MODULES) > 200
    assert {name for name in MODULES if package_of(name) is None} == SHELLS


@pytest.mark.parametrize("module", sorted(set(MODULES) - SHELLS))
def test_imports_point_down(module: str) -> None:
    mine = package_of(module)
    assert mine is not None
    for name in imported(MODULES[module]):
        theirs = package_of(name)
        if theirs is None:
            assert name.partition(".")[0] not in {
                "fedjury",
                "tests",
                "oracle",
                "clients",
                "scripts",
            }
        elif theirs != mine:
            assert HEIGHT[theirs] < HEIGHT[mine], f"{module} imports {name}"


def test_the_chain_package_has_layers_of_its_own() -> None:
    for height, package in enumerate(CHAIN):
        higher = {*CHAIN[height + 1 :], "fedjury.chain.contracts"}
        for module in (name for name in MODULES if name.startswith(package)):
            for name in imported(MODULES[module]):
                assert not any(name.startswith(each) for each in higher), f"{module}: {name}"


def test_only_the_command_line_knows_typer_and_rich() -> None:
    below = set(HEIGHT) - {"fedjury.cli", "experiments"}
    for module in (name for name in MODULES if package_of(name) in below):
        used = {name.partition(".")[0] for name in imported(MODULES[module])}
        assert not used & {"typer", "click", "rich"}, module


def test_the_picture_of_the_layers_in_the_architecture_is_this_one() -> None:
    rows = re.findall(r"^\| (?:\d|on top) \| (.*?) \|", ARCHITECTURE.read_text(), re.MULTILINE)
    drawn = [re.findall(r"`([\w/.]+)`", row) for row in rows]
    expected = [[_folder(package) for package in layer] for layer in reversed(LAYERS)]
    assert [sorted(row) for row in drawn] == [sorted(row) for row in expected]


def _folder(package: str) -> str:
    path = package.replace(".", "/").removeprefix("fedjury/")
    if package in ("experiments", "fedjury.oracle", "fedjury.clients"):
        return f"{path}/"
    single = (ROOT / "fedjury" / f"{path}.py").is_file()
    return f"fedjury/{path}.py" if single else f"fedjury/{path}/"


def test_oracle_and_clients_are_the_top_level_folders() -> None:
    for name in ("oracle", "clients"):
        assert (ROOT / name).is_dir()
        assert not (ROOT / name).is_symlink()
        assert (ROOT / "fedjury" / name).resolve() == (ROOT / name).resolve()


def test_a_lazy_import_counts(tmp_path: Path) -> None:
    path = tmp_path / "lazy.py"
    lines = ["from fedjury.clients.client import x", "__import__('fedjury.oracle.juror')"]
    path.write_text("def f():\n" + "".join(f"    {line}\n" for line in lines))
    assert imported(path) == {"fedjury.clients.client.x", "fedjury.oracle.juror"}
