"""What `fedjury oracle` is told, and what comes of it on a chain."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from fedjury.chain.contracts.federated_task import FederatedTask
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.errors import ExitCode
from fedjury.protocol.juries import jury_hash
from fedjury.task.deployment_file import load_deployment
from tests.support.commands import command, succeed
from tests.support.keys import CLIENTS, Keys
from tests.support.processes import Daemon


@dataclass
class Deployed:
    """A task of one round, and whose keys there are.

    Attributes:
        directory: of the deployment file, with the slices below it.
        keys: of all members.
        contract: the task's.
    """

    directory: Path
    keys: Keys
    contract: FederatedTask

    def oracle(self, *options: object) -> list[object]:
        """Arguments of the juror's daemon."""
        where = ["--deployment", self.directory / "deployment.json", "--poll", 0.2]
        return ["oracle", *self.keys.options(1), *where, *options]


@pytest.fixture
def deployed(tmp_path: Path, anvil: str) -> Deployed:
    keys = Keys(tmp_path)
    store = f"dir:{tmp_path / 'store'}"
    succeed(*keys.deploy(tmp_path, anvil, store, "--rounds", 2, "--min-updates", CLIENTS))
    task = load_deployment(tmp_path / "deployment.json").task
    return Deployed(tmp_path, keys, FederatedTask.at(Chain.connect(anvil), task))


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--next-jury", "0x12"], ExitCode.CONFIG, "--next-jury takes a jury's hash"),
        (["--keep-days", 1], ExitCode.CONFIG, "--keep-days 1 is too short"),
        (["--verification", "nothing.safetensors"], ExitCode.DATA, "nothing.safetensors"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(
    deployed: Deployed, options: list[object], code: ExitCode, words: str
) -> None:
    ended = command(*deployed.oracle(*options))
    assert ended.code == code
    assert words in ended.err
    assert "Traceback" not in ended.err


def test_without_the_jurys_samples_the_daemon_says_where_it_looked(deployed: Deployed) -> None:
    shutil.rmtree(deployed.directory / "verification")
    ended = command(*deployed.oracle())
    assert ended.code == ExitCode.DATA
    assert "has no file slice-*.safetensors with a slice of this task" in ended.err
    assert "--verification" in ended.err


def test_a_jury_that_the_sitting_one_wants_judges_the_next_round(
    deployed: Deployed, tmp_path: Path
) -> None:
    """The only juror agrees to a jury of the coordinator's, long before its notice is over."""
    contract, accounts = deployed.contract, deployed.keys.accounts
    coordinator = TransactionSender(contract.chain, accounts[0], poll_interval=0.05)
    coordinator.send(contract.set_jury([accounts[0].address], 1))
    wanted = "0x" + jury_hash([accounts[0].address], 1).hex()
    slices = deployed.keys.slices(deployed.directory)
    options = ["--next-jury", wanted, "--verification", slices]
    clients = [
        Daemon(
            *("client", *deployed.keys.options(number), "--poll", 0.2),
            *("--deployment", deployed.directory / "deployment.json"),
            log=tmp_path / f"client-{number}.log",
        )
        for number in (2, 3)
    ]
    with clients[0], clients[1], Daemon(*deployed.oracle(*options), log=tmp_path / "log") as oracle:
        oracle.until("round-finalized", round=1)
        waiting = oracle.until("waiting", round=2)
        assert "is not in jury 2" in waiting["message"]
    assert contract.jury().hash == bytes.fromhex(wanted[2:])
