"""Daemons that get SIGTERM in the middle of their work end at once, and later go on with it."""

import signal
from pathlib import Path

from fedjury.clients.journal import Journal
from fedjury.errors import ExitCode
from fedjury.protocol.digest import Digest
from fedjury.task.deployment_file import load_deployment
from tests.support.commands import succeed
from tests.support.keys import CLIENTS, Keys
from tests.support.long_work import BUSY_VARIABLE, SLOW_VARIABLE
from tests.support.processes import Daemon
from tests.support.rpc_proxy import rpc_proxy
from tests.support.stopping import AT_ONCE, BUSY, Program
from tests.support.waiting import until

LIMIT = AT_ONCE * BUSY
MODEL = "tests.support.long_work:slow_model"


class Federation:
    """A task of one round for two clients, with a model that can be slow.

    Args:
        directory: for all files.
        rpc: URL of the chain.
    """

    def __init__(self, directory: Path, rpc: str) -> None:
        self.directory, self.keys = directory, Keys(directory)
        options = ["--model", MODEL, "--rounds", 1, "--min-updates", CLIENTS, "--json"]
        store = f"dir:{directory / 'store'}"
        self.deployed = succeed(*self.keys.deploy(directory, rpc, store, *options)).document

    def arguments(self, kind: str, account: int, *options: object) -> list[object]:
        """Arguments of a daemon."""
        where = ["--deployment", self.directory / "deployment.json", "--poll", 0.2]
        return [kind, *self.keys.options(account), *where, "--allow-model", MODEL, *options]

    def stop_while_slow(self, kind: str, account: int, when: str) -> None:
        """Have a daemon come to slow work there, send it SIGTERM, and see it end."""
        busy = self.directory / when
        slow = {SLOW_VARIABLE: when, BUSY_VARIABLE: str(busy)}
        arguments = self.arguments(kind, account)
        with Program(*arguments, directory=self.directory, extra=slow) as program:
            program.until_file(busy)
            assert program.send(signal.SIGTERM) < LIMIT
            assert program.ended().code == ExitCode.OK

    def kept_update(self, account: int) -> bytes | None:
        """The first round's update file in a client's journal."""
        deployment = load_deployment(self.directory / "deployment.json")
        client = self.keys.accounts[account].address
        journal = Journal(self.directory / f"client-{client}" / deployment.task)
        return journal.load_update(1, Digest.from_cid(deployment.genesis))

    def daemon(self, kind: str, account: int) -> Daemon:
        """Start a daemon that is not slow."""
        log = self.directory / f"{kind}-{account}.log"
        return Daemon(*self.arguments(kind, account), log=log)


def test_daemons_stopped_while_they_train_send_and_judge(ganache: str, tmp_path: Path) -> None:
    federation = Federation(tmp_path, ganache)
    federation.stop_while_slow("client", 2, "training")
    assert federation.kept_update(2) is None

    stop_while_it_waits_to_be_mined(federation, ganache)
    kept = federation.kept_update(2)
    assert kept is not None
    with federation.daemon("client", 2) as first, federation.daemon("client", 3) as second:
        published = first.until("update-published", round=1)
        assert not first.told("trained")
        assert published["cid"] == Digest.of(kept).cid
        second.until("update-published", round=1)
        federation.stop_while_slow("oracle", 1, "judging")
        with federation.daemon("oracle", 1) as oracle:
            for each in (oracle, first, second):
                each.finish()
    assert not list(tmp_path.rglob("*.part"))
    where = ["--deployment", tmp_path / "deployment.json", "--allow-model", MODEL, "--json"]
    full = ["--verification", federation.keys.slices(tmp_path)]
    audit = succeed("audit", *where, *full).document
    assert [(each["state"], each["updates"]) for each in audit["rounds"]] == [("finalized", 2)]


def stop_while_it_waits_to_be_mined(federation: Federation, rpc: str) -> None:
    """Have a client send its update to a node that never tells of a receipt, and stop it there."""
    receipt = "eth_getTransactionReceipt"
    with rpc_proxy(rpc) as node:
        node.after = lambda method, result: None if method == receipt else result
        arguments = federation.arguments("client", 2, "--rpc", node.url)
        with Program(*arguments, directory=federation.directory) as program:
            until(lambda: receipt in node.asked or not program.runs)
            assert program.send(signal.SIGTERM) < LIMIT
            assert program.ended().code == ExitCode.OK
    assert "eth_sendRawTransaction" in node.asked
