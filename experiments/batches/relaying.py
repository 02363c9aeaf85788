"""The relay, as the command runs it, in a process of its own."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from experiments.batches.settings import ACCOUNTS, RELAYER, REPOSITORY, Room
from experiments.batches.steps import ProcessSteps, Step, peak_of
from fedjury.devnet import devnet_accounts
from fedjury.devnet.ports import free_port, loopback_url
from fedjury.errors import FedjuryError
from fedjury.task.on_chain import TaskOnChain

_SECONDS = 120.0  # until something has to have happened
_POLL = 0.05
_RELAY_POLL = 0.2


class Relay:
    """A relay that runs.

    Args:
        process: its process.
        log: what it says.
        url: where it takes requests.
        task: that it relays for.
    """

    def __init__(
        self, process: subprocess.Popen[bytes], log: Path, url: str, task: TaskOnChain
    ) -> None:
        self._process, self._log, self.url, self._task = process, log, url, task

    def wait_until_ready(self) -> None:
        """Return once it takes updates in; raises FedjuryError where it ends or takes too long."""
        self._wait(self._is_ready)

    def post(self, updates: int) -> ProcessSteps:
        """Return once so many updates stand on chain; how long that took, and the peak of memory.

        Raises:
            FedjuryError: the relay ends, or takes too long.
        """
        since, before = time.monotonic(), _processor(self._process.pid)
        self._wait(lambda: self._task.contract.current_round().batched == updates)
        computed = _processor(self._process.pid)
        steps = [
            Step("start, take in updates", 0.0, before),
            Step("form a batch, publish and post it", time.monotonic() - since, computed - before),
        ]
        return ProcessSteps("relay", steps, peak_of(self._process.pid))

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=_SECONDS) as answer:
                return bool(answer.status == 200)
        except OSError:  # not yet
            return False

    def _wait(self, is_so: Callable[[], bool]) -> None:
        end = time.monotonic() + _SECONDS
        while not is_so():
            if self._process.poll() is not None or time.monotonic() > end:
                raise FedjuryError(f"the relay does not work: {self._log.read_text()}")
            time.sleep(_POLL)


@contextmanager
def relaying(room: Room, task: TaskOnChain, every: int) -> Iterator[Relay]:
    """Start a relay, and stop it in the end.

    Args:
        room: for its files.
        task: that it relays for.
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
        relay = Relay(process, log, loopback_url(port), task)
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


def _processor(process: int) -> float:
    """Seconds that another process has computed; 0 where nobody tells."""
    stat = Path(f"/proc/{process}/stat")
    if not stat.exists():
        return 0.0
    user, system = stat.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
