"""The relay, as the command runs it, in a process of its own."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from experiments.batches.settings import ACCOUNTS, RELAYER, REPOSITORY, Room
from experiments.batches.steps import ProcessSteps, peak_of
from fedjury.devnet import devnet_accounts
from fedjury.devnet.ports import free_port, loopback_url
from fedjury.errors import FedjuryError

_SECONDS = 120.0  # until it is ready, and until it has ended
_POLL = 0.05
_RELAY_POLL = 0.2


class Relay:
    """A relay that runs.

    Args:
        process: its process.
        log: what it says.
        url: where it takes requests.
    """

    def __init__(self, process: subprocess.Popen[bytes], log: Path, url: str) -> None:
        self._process, self._log, self.url = process, log, url

    def wait_until_ready(self) -> None:
        """Return once it takes updates in; raises FedjuryError where it ends or takes too long."""
        end = time.monotonic() + _SECONDS
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > end:
                raise FedjuryError(f"the relay does not work: {self._log.read_text()}")
            time.sleep(_POLL)

    def steps(self) -> ProcessSteps:
        """What it held; what it did is a step of whoever hands updates over."""
        return ProcessSteps("relay", [], peak_of(self._process.pid))

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=_SECONDS) as answer:
                return bool(answer.status == 200)
        except OSError:  # not yet
            return False


@contextmanager
def relaying(room: Room, every: int) -> Iterator[Relay]:
    """Start a relay, and stop it in the end.

    Args:
        room: for its files.
        every: after how many updates it posts a batch.

    Raises:
        FedjuryError: it does not start.
    """
    port, log = free_port(), room.path / "relay.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "fedjury", "relay", *_options(room, port, every)],
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            stdout=output,
            stderr=output,
        )
    try:
        relay = Relay(process, log, loopback_url(port))
        relay.wait_until_ready()
        yield relay
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(_SECONDS)


def _options(room: Room, port: int, every: int) -> list[str]:
    account = devnet_accounts(ACCOUNTS)[RELAYER]
    options = {
        "--keystore": room.keys / f"{RELAYER}-{account.address}.json",
        "--password-file": room.password,
        "--deployment": room.deployment,
        "--work-dir": room.work("relay"),
        "--listen": f"127.0.0.1:{port}",
        "--every": every,
        "--poll": _RELAY_POLL,
        "--address-rate": 0,  # all clients have one address here
    }
    return [str(part) for pair in options.items() for part in pair]
