"""Four jurors as daemons, who come to each report together; one of them is killed on the way."""

from contextlib import ExitStack
from pathlib import Path

from fedjury.protocol.signing import SIGNATURE_BYTES
from tests.support.devnet_task import DevnetTask
from tests.support.processes import Daemon, fedjury, succeed

JURORS = (1, 4, 5, 6)
QUORUM = 3


class JuryTask(DevnetTask):
    """A task with a jury of four: the devnet's accounts 1, 4, 5 and 6."""

    def up_with_four(self) -> None:
        """Start Anvil, and deploy the task with its jury."""
        directory = self.directory / "devnet"
        up = ("devnet", "up", "--directory", directory, "--chain", "anvil", "--accounts", 7)
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

    def juror(self, number: int, *options: object) -> Daemon:
        """Start a juror."""
        return self._daemon("oracle", number, "--listen", "127.0.0.1:0", *options)


def test_three_of_four_finalize_each_round(tmp_path: Path) -> None:
    task = JuryTask(tmp_path, succeed, clients=2, poisoners=0, rounds=2)
    try:
        task.up_with_four()
        with ExitStack() as stack:
            first = stack.enter_context(task.juror(JURORS[0]))
            seed = str(first.until("serving-peers")["url"])
            jurors = [stack.enter_context(task.juror(each, "--peer", seed)) for each in JURORS[1:]]
            clients = [stack.enter_context(task.client(index)) for index in range(2)]
            first.until("voted", round=1)
            jurors[-1].until("voted", round=1)
            jurors[-1].kill()
            for daemon in (first, *jurors[:-1], *clients):
                daemon.until("task-finished")
                daemon.finish()
        reports = task.finalized()
        assert [each.round for each in reports] == [1, 2]
        assert [len(each.signatures) // SIGNATURE_BYTES for each in reports] == [QUORUM] * 2
    finally:
        fedjury("devnet", "down", *task.devnet_directory)
