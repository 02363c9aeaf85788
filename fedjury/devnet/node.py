"""Node.js and the npm packages of the devnet.

Their programs are started by themselves and not through node_modules/.bin: what lies there may be a
script that starts another process, and the process we start has to be the process we stop.
"""

import platform
import shutil
from pathlib import Path

from fedjury.errors import DevnetError

_CHECKOUT = Path(__file__).resolve().parents[2]
# What Python calls systems and processors, and what npm packages of native programs call them.
_SYSTEMS = {"Linux": "linux", "Darwin": "darwin"}
_PROCESSORS = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def node_command(script: str, node_modules: Path | None) -> tuple[str, str]:
    """The command that runs a script of an npm package, such as "ganache/dist/node/cli.js".

    Raises:
        DevnetError: Node.js or the package is not installed.
    """
    node = shutil.which("node")
    if node is None:
        raise DevnetError("Node.js is not installed: there is no `node` on the PATH")
    return node, str(_find(script, node_modules))


def npm_binary(package: str, name: str, node_modules: Path | None) -> Path:
    """The native program of an npm package that has a package of its own for every platform.

    Args:
        package: the package's name without the platform, such as "@foundry-rs/anvil".
        name: the program's.
        node_modules: where to look; None looks in the current folder and the checkout.

    Raises:
        DevnetError: there is none for this platform, or it is not installed.
    """
    system, processor = platform.system(), platform.machine()
    if system not in _SYSTEMS or processor not in _PROCESSORS:
        raise DevnetError(f"npm package {package!r} has no program for {system} on {processor}")
    whole = f"{package}-{_SYSTEMS[system]}-{_PROCESSORS[processor]}"
    return _find(f"{whole}/bin/{name}", node_modules)


def npm_program(name: str, node_modules: Path | None) -> Path | None:
    """A program that an npm package installed, if there is one."""
    programs = (directory / ".bin" / name for directory in _module_folders(node_modules))
    return next((program for program in programs if program.is_file()), None)


def _find(file: str, node_modules: Path | None) -> Path:
    """A file of an npm package. Raises DevnetError when it is not installed."""
    folders = _module_folders(node_modules)
    for directory in folders:
        if (directory / file).is_file():
            return directory / file
    package = "/".join(file.split("/")[: 2 if file.startswith("@") else 1])
    looked = ", ".join(map(str, folders))
    raise DevnetError(f"npm package {package!r} is not in {looked}: run `npm ci` there")


def _module_folders(node_modules: Path | None) -> list[Path]:
    if node_modules is not None:
        return [node_modules]
    return [Path.cwd() / "node_modules", _CHECKOUT / "node_modules"]
