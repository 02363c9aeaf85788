"""The runs that the result files of experiments hold."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from fedjury.simulation.runs import Run, Runs

RESULTS = Path(__file__).parent.parent / "results"
"""The directory of the committed result files."""

_directory: ContextVar[Path] = ContextVar("directory", default=RESULTS)


@contextmanager
def results_in(directory: Path) -> Iterator[None]:
    """Have `load` read another directory."""
    token = _directory.set(directory)
    try:
        yield
    finally:
        _directory.reset(token)


def load(*names: str) -> Runs:
    """The runs of these result files together, each once."""
    found: dict[str, Run] = {}
    for name in names:
        for document in json.loads((_directory.get() / f"{name}.json").read_text())["runs"]:
            found[document["id"]] = Run(document)
    return Runs(found.values())
