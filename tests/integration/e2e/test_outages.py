"""Services that die and come back under running daemons."""

from contextlib import ExitStack
from pathlib import Path

from fedjury.devnet.ports import free_port, loopback_url
from tests.support.commands import succeed
from tests.support.example_deployment import deployment
from tests.support.keys import CLIENTS, Keys
from tests.support.processes import Daemon
from tests.support.services import Ganache, Ipfs
from tests.support.waiting import until


def test_daemons_outlast_every_outage(
    private_ganache: Ganache, private_ipfs: Ipfs, tmp_path: Path
) -> None:
    keys = Keys(tmp_path)
    deploy = keys.deploy(tmp_path, private_ganache.url, private_ipfs.url)
    succeed(*deploy, "--rounds", 3, "--min-updates", CLIENTS)
    private_ganache.kill()
    private_ipfs.kill()
    with ExitStack() as stack:
        daemons = [
            stack.enter_context(start(tmp_path, kind, keys.options(account)))
            for kind, account in [("oracle", 1), ("client", 2), ("client", 3)]
        ]
        oracle, first, _ = daemons
        for daemon in daemons:
            daemon.until("transient-failure", error="ChainUnavailable")
        private_ganache.start()
        for daemon in daemons:
            daemon.until("transient-failure", error="StoreUnavailable")
            assert not daemon.told("started")
        private_ipfs.start()
        for daemon in daemons:
            daemon.until("started")
        oracle.until("round-judged", round=1)
        private_ipfs.kill()
        await_trouble(daemons, "StoreUnavailable")
        private_ipfs.start()
        first.until("update-submitted", round=3)
        private_ganache.kill()
        await_trouble(daemons, "ChainUnavailable")
        private_ganache.start()
        for daemon in daemons:
            daemon.finish()
    where = ["--deployment", tmp_path / "deployment.json", "--json"]
    audit = succeed("audit", *where, "--verification", keys.slices(tmp_path)).document
    assert [each["state"] for each in audit["rounds"]] == ["finalized"] * 3
    assert [each["updates"] for each in audit["rounds"]] == [CLIENTS] * 3
    verdicts = {row["verdict"] for row in succeed("events", *where).lines}
    assert verdicts <= {"accepted", "not-improved"}


def start(directory: Path, kind: str, key: list[object]) -> Daemon:
    """A daemon that looks often."""
    options = ["--deployment", directory / "deployment.json", "--poll", 0.3]
    account = Path(str(key[1])).stem
    return Daemon(kind, *key, *options, log=directory / f"{kind}-{account}.log")


def await_trouble(daemons: list[Daemon], error: str) -> None:
    """Wait until one more error of this kind is told by any of them."""

    def told() -> list[int]:
        return [len(daemon.told("transient-failure", error=error)) for daemon in daemons]

    before = told()
    until(lambda: told() != before)


def test_a_daemon_ends_in_good_order_while_it_waits(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    nowhere = loopback_url(free_port())
    lost = deployment().model_copy(update={"rpc": nowhere, "store": nowhere})
    lost.save(tmp_path / "deployment.json")
    with start(tmp_path, "oracle", keys.options(1)) as oracle:
        oracle.until("transient-failure", error="ChainUnavailable")
        oracle.interrupt()
        oracle.finish()
