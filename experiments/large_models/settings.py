"""What all processes of one benchmark know, and what one leaves to the next."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fedjury.runtime.files import write_whole


@dataclass(frozen=True)
class Settings:
    """One federation.

    Attributes:
        megabytes: of the model.
        clients: how many.
        judged: samples of the verification set.
        trained: samples of each client.
        chain: RPC URL.
        store: location of the content store.
    """

    megabytes: int
    clients: int
    judged: int
    trained: int
    chain: str
    store: str


@dataclass(frozen=True)
class Created:
    """The task on chain.

    Attributes:
        address: of its contract.
        block: that created it.
        bytes: of the first model's file.
    """

    address: str
    block: int
    bytes: int


def save(value: Settings | Created, directory: Path) -> None:
    """Write to where the other processes look for it."""
    write_whole(directory / f"{type(value).__name__}.json", json.dumps(asdict(value)))


def load_settings(directory: Path) -> Settings:
    """Read what `save` wrote."""
    return Settings(**_read(directory, Settings))


def load_created(directory: Path) -> Created:
    """Read what `save` wrote."""
    return Created(**_read(directory, Created))


def _read(directory: Path, kind: type) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((directory / f"{kind.__name__}.json").read_text())
    return found
