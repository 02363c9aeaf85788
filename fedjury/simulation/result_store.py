"""Where results are kept: one file a run, written whole or not at all."""

import json
from pathlib import Path
from typing import Any

from fedjury.runtime.files import write_whole


class ResultStore:
    """The results of one experiment's runs, by id.

    Args:
        directory: for the files; made when the first is kept.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def has(self, run: str) -> bool:
        """Whether this run is done."""
        return self._path(run).exists()

    def load(self, run: str) -> dict[str, Any]:
        """The document of a run that is done."""
        document: dict[str, Any] = json.loads(self._path(run).read_text(encoding="utf-8"))
        return document

    def keep(self, run: str, document: dict[str, Any]) -> None:
        """Keep a run's document; an earlier failure is forgotten."""
        write_whole(self._path(run), json.dumps(document, ensure_ascii=False) + "\n")
        self._failure(run).unlink(missing_ok=True)

    def keep_failure(self, run: str, text: str) -> None:
        """Keep how a run failed; it counts as not done."""
        write_whole(self._failure(run), text)

    def failure(self, run: str) -> str | None:
        """How a run failed the last time."""
        path = self._failure(run)
        return path.read_text(encoding="utf-8").strip() if path.exists() else None

    def _path(self, run: str) -> Path:
        return self.directory / f"{run}.json"

    def _failure(self, run: str) -> Path:
        return self.directory / f"{run}.failed.txt"
