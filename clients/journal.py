"""What a client keeps on disk: its update files until the jury has spoken, and what it reported.

The chain says which rounds were submitted in, so a lost journal costs work done twice, and between
an update's submission and its publication the update: nobody else has the file then.
"""

import json
from pathlib import Path

from fedjury.runtime.files import write_whole


class Journal:
    """One client's files for one task.

    Args:
        directory: created if need be; different for every client and task.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)

    def save_update(self, round_number: int, data: bytes) -> None:
        """Keep a round's update file, whole or not at all."""
        write_whole(self._update(round_number), data)

    def load_update(self, round_number: int) -> bytes | None:
        """A round's update file, or None."""
        try:
            return self._update(round_number).read_bytes()
        except FileNotFoundError:
            return None

    def forget_updates(self, before: int) -> None:
        """Delete the update files of rounds before this one."""
        for path in self._directory.glob("round-*.safetensors"):
            number = path.stem.removeprefix("round-")
            if number.isdigit() and int(number) < before:
                path.unlink(missing_ok=True)

    @property
    def reported(self) -> int:
        """The last round whose verdict was reported; 0 for none."""
        try:
            content = json.loads(self._state.read_text(encoding="utf-8"))
            return max(0, int(content["reported"]))
        except (FileNotFoundError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
            return 0

    @reported.setter
    def reported(self, round_number: int) -> None:
        write_whole(self._state, json.dumps({"reported": round_number}))

    @property
    def _state(self) -> Path:
        return self._directory / "state.json"

    def _update(self, round_number: int) -> Path:
        return self._directory / f"round-{round_number}.safetensors"
