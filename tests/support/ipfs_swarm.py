"""Two IPFS daemons that know each other and nobody else: a client's and a juror's."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import requests

from experiments.chaos.unbound import SURVIVE
from fedjury.devnet.ipfs import ipfs_service
from fedjury.devnet.ipfs_config import Config, edit_config
from fedjury.devnet.ports import free_port
from tests.support.services import RunningService

_SECONDS = 20


class SwarmIpfs(RunningService):
    """A js-ipfs that exchanges blocks with those that it is connected to, on this machine.

    It goes on where its files may not grow (`experiments.chaos.inside.fill_disk`).

    Args:
        directory: for its log and its repo.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True)
        repo, swarm = directory / "repo", free_port()
        offline = ipfs_service("jsipfs", free_port(), repo, directory / "log")

        def prepare() -> None:
            offline.prepare()
            edit_config(repo / "config", lambda config: _listening(config, swarm))

        command = tuple(word for word in offline.command if word != "--offline")
        env = {**offline.env, "NODE_OPTIONS": SURVIVE}
        super().__init__(replace(offline, command=command, prepare=prepare, env=env))

    def connect(self, other: "SwarmIpfs") -> None:
        """Connect to another one."""
        address = other.ask("id")["Addresses"][0]
        self.ask("swarm/connect", arg=address)

    def remove(self, cid: str) -> None:
        """Unpin a file and collect the garbage, as whoever needs the room does."""
        self.ask("pin/rm", arg=cid)
        self.collect_garbage()

    def collect_garbage(self) -> None:
        """Remove what is not pinned."""
        response = requests.post(f"{self.url}/api/v0/repo/gc", timeout=_SECONDS)
        response.raise_for_status()

    def ask(self, command: str, **params: str) -> Config:
        """The daemon's answer to a command."""
        url = f"{self.url}/api/v0/{command}"
        response = requests.post(url, params=params, timeout=_SECONDS)
        response.raise_for_status()
        document: Config = response.json()
        return document


@contextmanager
def two_daemons(directory: Path) -> Iterator[tuple[SwarmIpfs, SwarmIpfs]]:
    """A client's daemon and a juror's, connected."""
    with SwarmIpfs(directory / "clients") as client, SwarmIpfs(directory / "jurors") as juror:
        juror.connect(client)
        yield client, juror


def _listening(config: Config, port: int) -> Config:
    addresses = {**config["Addresses"], "Swarm": [f"/ip4/127.0.0.1/tcp/{port}"]}
    return {**config, "Addresses": addresses}
