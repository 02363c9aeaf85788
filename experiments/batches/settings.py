"""What all processes of one measured round know, and where each finds what another left."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from fedjury.protocol.digest import Digest
from fedjury.runtime.files import write_whole

REPOSITORY = Path(__file__).parents[2]
ACCOUNTS = 3  # of the chain
COORDINATOR, JUROR, RELAYER = range(ACCOUNTS)
CONNECTIONS = 16  # that hand signed updates to the relay, each kept alive
ROUND_SECONDS, BATCH_SECONDS = 86_400, 43_200
POISONED = 10  # of so many clients one sends a model that was taught wrongly
HIDDEN = 8  # neurons of the model
JUDGED = 150  # samples of the verification set


@dataclass(frozen=True)
class Settings:
    """One round.

    Attributes:
        updates: how many are signed.
        roster: how many members the roster has; those who sign are among them.
        seed: of keys and weights.
        chain: RPC URL.
    """

    updates: int
    roster: int
    seed: int
    chain: str

    @property
    def poisoned(self) -> int:
        """How many of the updates are."""
        return len(range(0, self.updates, POISONED))


@dataclass(frozen=True)
class Room:
    """A directory that all processes of one round share.

    Attributes:
        path: of the directory.
    """

    path: Path

    @property
    def deployment(self) -> Path:
        """The deployment file."""
        return self.path / "deployment.json"

    @property
    def slices(self) -> Path:
        """The jury's verification set."""
        return self.path / "jury.safetensors"

    @property
    def signed(self) -> Path:
        """Signed updates, written as a batch file."""
        return self.path / "signed"

    @property
    def keys(self) -> Path:
        """Keystores of the chain's accounts."""
        return self.path / "keys"

    @property
    def password(self) -> Path:
        """Opens the keystores."""
        return self.path / "password.txt"

    @property
    def store(self) -> str:
        """Location of the content store."""
        return f"dir:{self._store}"

    def size_of(self, digest: Digest) -> int:
        """The bytes of a file in the content store."""
        return (self._store / digest.cid).stat().st_size

    def work(self, process: str) -> Path:
        """The directory of one process alone."""
        return self.path / process

    def save(self, settings: Settings) -> None:
        """Leave the settings to other processes."""
        write_whole(self._settings, json.dumps(asdict(settings)))

    def settings(self) -> Settings:
        """What `save` left."""
        return Settings(**json.loads(self._settings.read_text(encoding="utf-8")))

    @property
    def _store(self) -> Path:
        return self.path / "store"

    @property
    def _settings(self) -> Path:
        return self.path / "settings.json"
