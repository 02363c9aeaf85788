"""Node.js and the npm packages of the devnet."""

import shutil
from pathlib import Path

from fedjury.errors import DevnetError

_CHECKOUT = Path(__file__).resolve().parents[2]


def node_command(script: str, node_modules: Path | None) -> tuple[str, str]:
    """The command that runs a script of an npm package, such as "ganache/dist/node/cli.js".

    The script is run by node itself and not through node_modules/.bin, so that the process we
    start is the process we stop.

    Raises:
        DevnetError: Node.js or the package is not installed.
    """
    node = shutil.which("node")
    if node is None:
        raise DevnetError("Node.js is not installed: there is no `node` on the PATH")
    package = script.split("/", 1)[0]
    for directory in _places(node_modules):
        if (directory / script).is_file():
            return node, str(directory / script)
    looked = ", ".join(map(str, _places(node_modules)))
    raise DevnetError(f"npm package {package!r} is not in {looked}: run `npm ci` there")


def npm_program(name: str, node_modules: Path | None) -> Path | None:
    """A program that an npm package installed, if there is one."""
    programs = (directory / ".bin" / name for directory in _places(node_modules))
    return next((program for program in programs if program.is_file()), None)


def _places(node_modules: Path | None) -> list[Path]:
    if node_modules is not None:
        return [node_modules]
    return [Path.cwd() / "node_modules", _CHECKOUT / "node_modules"]
