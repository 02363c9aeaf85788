"""Compile the contracts and write the artifacts that the Python package ships.

    python scripts/compile_contracts.py            # write fedjury/artifacts/*.json
    python scripts/compile_contracts.py --check    # exit 1 when they differ from the sources
    python scripts/compile_contracts.py --install  # only make py-solc-x find the compiler

The compiler is the native solc where py-solc-x can have it, else the npm one; both give the
same bytes. It stands in .cache/solcx, not in the user's home.
"""

import argparse
import json
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, cast

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "contracts"
ARTIFACTS = ROOT / "fedjury" / "artifacts"
SOLCX_FOLDER = ROOT / ".cache" / "solcx"
NPM_SOLC = ROOT / "scripts" / "solc.js"

# py-solc-x and everything that uses it (Brownie too) look here; read at each call.
os.environ["SOLCX_BINARY_PATH"] = str(SOLCX_FOLDER)

SOLC_VERSION = "0.8.30"
SHIPPED = ("FederatedTask", "TaskFactory")
SETTINGS: dict[str, Any] = {
    "evmVersion": "shanghai",
    "optimizer": {"enabled": True, "runs": 1_000_000},
    "remappings": ["@openzeppelin=node_modules/@openzeppelin"],
    "viaIR": True,
}

Artifact = dict[str, Any]


class SetupError(Exception):
    """Something that must be installed first is not."""


def install_compiler(choice: str) -> str:
    """Make py-solc-x find solc under its name; say which one it is, native or npm."""
    SOLCX_FOLDER.mkdir(parents=True, exist_ok=True)
    target = SOLCX_FOLDER / f"solc-v{SOLC_VERSION}"
    if choice == "auto" and _is_npm(target):
        choice = "npm"
    if choice != "npm" and _install_native(target):
        return "native"
    if choice == "native":
        raise SetupError("the native solc cannot be downloaded here; try --solc npm")
    _install_npm(target)
    return "npm"


def _is_npm(target: Path) -> bool:
    return target.exists() and target.read_bytes()[:2] == b"#!"


def _solcx() -> ModuleType:
    try:
        return import_module("solcx")
    except ImportError as missing:
        raise SetupError("py-solc-x is not installed: pip install -e '.[contracts]'") from missing


def _install_native(target: Path) -> bool:
    if target.exists() and not _is_npm(target):
        return True
    kept = target.read_bytes() if target.exists() else None
    target.unlink(missing_ok=True)
    try:
        _solcx().install_solc(SOLC_VERSION)
    except SetupError:
        raise
    except Exception:  # py-solc-x has no common base for what a download can end with
        if kept is not None:
            _write_executable(target, kept)
        return False
    return True


def _install_npm(target: Path) -> None:
    if shutil.which("node") is None:
        raise SetupError("node is not on the PATH: install Node.js 20 or later")
    if not (ROOT / "node_modules" / "solc").is_dir():
        raise SetupError("node_modules has no solc: run `npm ci` first")
    _write_executable(target, f'#!/bin/sh\nexec node "{NPM_SOLC}" "$@"\n'.encode())


def _write_executable(target: Path, content: bytes) -> None:
    target.write_bytes(content)
    target.chmod(target.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def compile_contracts() -> dict[str, Artifact]:
    """Compile every contract; return the artifacts of the shipped ones by name."""
    if not (ROOT / "node_modules" / "@openzeppelin").is_dir():
        raise SetupError("node_modules has no @openzeppelin/contracts: run `npm ci` first")
    names = sorted(path.relative_to(ROOT).as_posix() for path in SOURCES.rglob("*.sol"))
    output_selection = ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"]
    given = {
        "language": "Solidity",
        "sources": {name: {"content": (ROOT / name).read_text("utf-8")} for name in names},
        "settings": {**SETTINGS, "outputSelection": {"*": {"*": output_selection}}},
    }
    before = Path.cwd()
    os.chdir(ROOT)
    try:
        compiled = _solcx().compile_standard(
            given, solc_version=SOLC_VERSION, allow_paths=str(ROOT), base_path=None
        )
    finally:
        os.chdir(before)
    return {name: _artifact(compiled, name) for name in SHIPPED}


def _artifact(compiled: dict[str, Any], name: str) -> Artifact:
    contract = compiled["contracts"][f"contracts/{name}.sol"][name]
    return {
        "abi": contract["abi"],
        "bytecode": "0x" + contract["evm"]["bytecode"]["object"],
        "compiler": {"name": "solc", "settings": SETTINGS, "version": SOLC_VERSION},
        "contractName": name,
        "deployedBytecode": "0x" + contract["evm"]["deployedBytecode"]["object"],
    }


def to_text(artifact: Artifact) -> str:
    """The one way in which an artifact is written."""
    return json.dumps(artifact, indent=2, sort_keys=True) + "\n"


def differences(artifacts: dict[str, Artifact]) -> Iterator[str]:
    """Names of the shipped files that are not what the sources compile to."""
    for name, artifact in artifacts.items():
        path = ARTIFACTS / f"{name}.json"
        if not path.exists() or path.read_text("utf-8") != to_text(artifact):
            yield path.relative_to(ROOT).as_posix()


def write(artifacts: dict[str, Artifact]) -> None:
    """Write the shipped files."""
    ARTIFACTS.mkdir(exist_ok=True)
    for name, artifact in artifacts.items():
        (ARTIFACTS / f"{name}.json").write_text(to_text(artifact), "utf-8")


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(description="Compile the contracts into fedjury/artifacts.")
    parser.add_argument("--check", action="store_true", help="exit 1 on a difference")
    parser.add_argument("--install", action="store_true", help="only install the compiler")
    parser.add_argument("--solc", choices=("auto", "native", "npm"), default="auto")
    options = parser.parse_args(argv)
    try:
        kind = install_compiler(cast(str, options.solc))
        if options.install:
            return 0
        artifacts = compile_contracts()
    except SetupError as problem:
        print(f"cannot compile: {problem}", file=sys.stderr)
        return 2
    changed = list(differences(artifacts))
    if options.check:
        for path in changed:
            print(f"{path} is not what contracts/ compiles to", file=sys.stderr)
        return 1 if changed else 0
    write(artifacts)
    print(f"compiled {', '.join(artifacts)} with solc {SOLC_VERSION} ({kind})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
