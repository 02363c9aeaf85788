"""What a client keeps on disk: its update files until the jury has spoken, and what it reported.

The chain says which rounds were submitted in, so a lost journal costs work done twice, and between
an update's submission and its publication the update: nobody else has the file then.
"""

import json
from pathlib import Path

from fedjury.clients.relay_notes import RelayNotes
from fedjury.protocol.digest import Digest
from fedjury.runtime.files import keep_whole


class Journal:
    """One client's files for one task.

    Args:
        directory: created if need be; different for every client and task.

    Attributes:
        handed: what was handed to relays.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self.handed = RelayNotes(directory)

    def save_update(self, round_number: int, base: Digest, data: bytes) -> None:
        """Keep the update file of a round that begins with this global model, whole or not at all.

        After a reorganization a round may begin with another model: that is another update, and
        the one before is kept, since its submission may come back.

        Raises:
            DiskUnwritable: the disk does not take it.
        """
        keep_whole(self._update(round_number, base), data)

    def load_update(self, round_number: int, base: Digest) -> bytes | None:
        """The update file of a round that begins with this global model, or None."""
        return _content(self._update(round_number, base))

    def find_update(self, round_number: int, digest: Digest) -> bytes | None:
        """The update file of this digest, whatever global model its round began with, or None."""
        for path in self._directory.glob(f"round-{round_number}-*.safetensors"):
            data = _content(path)
            if data is not None and Digest.of(data) == digest:
                return data
        return None

    def forget_updates(self, before: int) -> None:
        """Delete the update files of rounds before this one."""
        for path in self._directory.glob("round-*.safetensors"):
            number = path.stem.split("-")[1]
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
        keep_whole(self._state, json.dumps({"reported": round_number}))

    @property
    def _state(self) -> Path:
        return self._directory / "state.json"

    def _update(self, round_number: int, base: Digest) -> Path:
        return self._directory / f"round-{round_number}-{base.cid}.safetensors"


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
