"""Four jurors as daemons, who come to each report together; one of them is killed on the way.

On Ganache: `make chaos` plays hundreds of rounds of four jurors on Anvil.
"""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from fedjury.devnet.ports import free_port, loopback_url
from fedjury.protocol.signing import SIGNATURE_BYTES
from tests.support.commands import succeed
from tests.support.devnet_task import DevnetTask
from tests.support.processes import Daemon

JURORS = (1, 4, 5, 6)
QUORUM = 3


class JuryTask(DevnetTask):
    """A task with a jury of four: the devnet's accounts 1, 4, 5 and 6."""

    def up_with_four(self) -> None:
        """Start Ganache, and deploy the task with its jury."""
        directory = self.directory / "devnet"
        up = ("devnet", "up", "--directory", directory, "--chain", "ganache", "--accounts", 7)
        self.devnet = self.succeed(*up, "--json").document
        self.succeed("verification", "new", "--out", self.slices)
        jurors = [part for number in JURORS for part in ("--juror", self.account(number))]
        self.deployed = self.succeed(
            *("deploy", "--devnet", directory, "--devnet-clients", self.clients),
            *(*jurors, "--quorum", QUORUM, "--rounds", self.rounds, "--min-updates", self.clients),
            *("--model-arguments", '{"hidden": 32}', "--epochs", 1, "--batch-size", 16),
            *("--availability-seconds", 6, "--commitments", self.slices / "commitments.json"),
            *("--out", self.deployment[1], "--json"),
        ).document

    def juror(self, number: int, port: int, *options: object, **kill: Any) -> Daemon:
        """Start a juror that listens at a port; options as of `Daemon`."""
        return self._daemon("oracle", number, "--listen", f"127.0.0.1:{port}", *options, **kill)


def test_three_of_four_finalize_a_round_in_which_the_fourth_is_killed(tmp_path: Path) -> None:
    task = JuryTask(tmp_path, succeed, clients=1, poisoners=0, rounds=1)
    port = free_port()
    peer = ("--peer", loopback_url(port))
    try:
        task.up_with_four()
        with ExitStack() as stack:
            killed = task.juror(JURORS[3], 0, *peer, kill_at=("have-frozen", 1))
            others = [
                task.juror(JURORS[0], port),
                *(task.juror(each, 0, *peer) for each in JURORS[1:3]),
            ]
            client = task.client(0)
            for daemon in (killed, *others, client):
                stack.enter_context(daemon)
            killed.was_killed()
            for daemon in (*others, client):
                daemon.until("task-finished")
                daemon.finish()
        (report,) = task.finalized()
        assert len(report.signatures) // SIGNATURE_BYTES == QUORUM
        audited = succeed("audit", *task.deployment, "--verification", task.slices, "--json")
        assert audited.document["passed"] is True
    finally:
        succeed("devnet", "down", *task.devnet_directory)
