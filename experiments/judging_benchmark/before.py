"""The code as it was before counts had a definition, taken from the repository's history.

The whole package is written into a temporary directory under another name, so that both versions
can be imported into one process and everything that the older one calls is as old.
"""

import importlib
import io
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from experiments.judging_benchmark.engines import Engine

REPOSITORY = Path(__file__).parents[2]
COMMIT = "cda076a2543b2d51f6ac1386b24c5f775bc89a6d"
PACKAGE = "fedjury_before"
_FOLDERS = ("fedjury", "oracle", "clients")
_IMPORT = re.compile(r"^(\s*(?:from|import) )fedjury\b", re.MULTILINE)


@contextmanager
def code_before(repository: Path = REPOSITORY, commit: str = COMMIT) -> Iterator[Engine | None]:
    """The code of a commit, importable until the block ends; None where the history lacks it.

    Args:
        repository: a checkout.
        commit: that has the folders `fedjury`, `oracle` and `clients`.
    """
    packed = _archive(repository, commit)
    if packed is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as name:
        _unpack(packed, Path(name))
        sys.path.insert(0, name)
        importlib.invalidate_caches()
        try:
            yield Engine(PACKAGE)
        finally:
            sys.path.remove(name)
            for module in [each for each in sys.modules if each.split(".")[0] == PACKAGE]:
                del sys.modules[module]


def _archive(repository: Path, commit: str) -> bytes | None:
    command = ["git", "-C", str(repository), "archive", "--format=tar", commit, *_FOLDERS]
    try:
        found = subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError:
        return None  # no git
    return found.stdout if found.returncode == 0 else None


def _unpack(packed: bytes, directory: Path) -> None:
    """Write the files as one package; the links in it become the folders that they lead to."""
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isfile() else None
            if content is None:
                continue
            path = directory / PACKAGE / _inside(PurePosixPath(member.name))
            path.parent.mkdir(parents=True, exist_ok=True)
            data = content.read()
            if path.suffix == ".py":
                data = renamed(data.decode()).encode()
            path.write_bytes(data)


def _inside(path: PurePosixPath) -> PurePosixPath:
    """`fedjury/a.py` is `a.py` in the package, `oracle/a.py` is `oracle/a.py`."""
    return path.relative_to("fedjury") if path.parts[0] == "fedjury" else path


def renamed(source: str) -> str:
    """The source with all imports of `fedjury` made imports of `fedjury_before`."""
    return _IMPORT.sub(rf"\g<1>{PACKAGE}", source)
