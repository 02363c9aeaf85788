"""`fedjury relay` as its users run it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from fedjury.chain.rpc.connection import Chain
from fedjury.devnet import devnet_accounts
from fedjury.protocol.digest import Digest
from fedjury.runtime.keystore import create_keystore
from fedjury.task.deployment_file import Deployment
from tests.support.contract_task import GENESIS
from tests.support.fake_federation import spec
from tests.support.processes import Daemon, fedjury
from tests.support.relayed_task import RelayedTask, ask, create_relayed_task, hand_in, signers
from tests.support.services import Anvil

CLIENTS = 5


@dataclass(frozen=True)
class Deployed:
    """A task with its deployment file and keystores.

    Attributes:
        task: the same.
        directory: of the files.
    """

    task: RelayedTask
    directory: Path

    def options(self, keystore: str = "relayer") -> list[object]:
        """Of `fedjury relay`."""
        return [
            "relay",
            "--deployment",
            self.directory / "deployment.json",
            "--keystore",
            self.directory / f"{keystore}.json",
            "--password-file",
            self.directory / "password.txt",
            "--listen",
            "127.0.0.1:0",
            "--poll",
            "0.05",
        ]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks of accounts are the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """A task on a chain of this file's own, that ends after one round."""
    directory = tmp_path_factory.mktemp("deployed")
    with Anvil(directory / "anvil") as anvil:
        accounts = devnet_accounts(6)
        task = create_relayed_task(
            Chain.connect(anvil.url), accounts, directory / "store", spec(), signers(CLIENTS)
        )
        made = task.made
        Deployment(
            chain_id=task.chain.chain_id,
            rpc=anvil.url,
            store=f"dir:{directory / 'store'}",
            factory=made.factory.address,
            task=made.task.address,
            block=0,
            spec=task.on_chain.config.spec_digest.cid,
            genesis=GENESIS.cid,
            coordinator=made.coordinator.address,
            jurors=[juror.address for juror in made.jurors],
            roster=Digest.of(made.roster.to_bytes()).cid,
            clients=CLIENTS,
            data="digits",
            partition="iid",
            partition_seed=0,
        ).save(directory / "deployment.json")
        (directory / "password.txt").write_text("secret\n")
        for name, account in (("relayer", task.relayer), ("stranger", accounts[5])):
            create_keystore(directory / f"{name}.json", "secret", account=account, work=2)
        yield Deployed(task, directory)


def test_a_relay_takes_in_posts_and_ends_when_it_is_asked_to(
    deployed: Deployed, tmp_path: Path
) -> None:
    task = deployed.task
    state = task.made.task.current_round()
    with Daemon(*deployed.options(), log=tmp_path / "log") as relay:
        url = relay.until("listening")["url"]
        assert relay.told("started", role="relay", address=task.relayer.address)
        relay.until("taking-updates", round=1, members=CLIENTS)
        for client in task.clients:
            update = task.signed(client, Digest.of(client.address.encode()), state)
            assert hand_in(url, update)[0] == 200
        posted = relay.until("batch-posted", round=1)
        assert posted["count"] == CLIENTS
        status, document = ask(f"{url}/status")
        assert status == 200
        assert (document["taken"], document["queued"]) == (CLIENTS, 0)
        assert (document["posted"], document["room"]) == (CLIENTS, 0)
        assert ask(f"{url}/healthz") == (200, {"healthy": True, "trouble": ""})
        relay.interrupt()
        relay.finish()
    assert "secret" not in relay.everything_told()
    assert task.relayer.key.hex().removeprefix("0x") not in json.dumps(relay.lines)
    assert sum(task.posted().values()) == CLIENTS


def test_an_account_that_is_no_relayer_is_told_so_at_once(deployed: Deployed) -> None:
    done = fedjury(*deployed.options("stranger"))
    assert done.code == 10
    assert "is no relayer of eip155:1337:" in done.err


def test_a_margin_that_leaves_no_time_is_told(deployed: Deployed) -> None:
    done = fedjury(*deployed.options(), "--margin", "3600")
    assert done.code == 10
    assert "--margin 3600 leaves no time" in done.err


def test_a_second_relay_with_the_same_key_is_told_so(deployed: Deployed, tmp_path: Path) -> None:
    with Daemon(*deployed.options(), log=tmp_path / "log") as relay:
        relay.until("listening")
        done = fedjury(*deployed.options())
        assert done.code == 10
        assert f"process {relay.pid} is already at work" in done.err
        assert "needs an account of its own" in done.err


def test_a_second_relay_with_the_same_key_elsewhere_is_told_so(
    deployed: Deployed, tmp_path: Path
) -> None:
    with Daemon(*deployed.options(), log=tmp_path / "log") as relay:
        relay.until("listening")
        done = fedjury(*deployed.options(), "--work-dir", tmp_path / "elsewhere")
        assert done.code == 10
        assert f"process {relay.pid} is already at work" in done.err
        assert "an account serves one relay process" in done.err
        assert "--work-dir" not in done.err


def test_a_place_that_is_taken_ends_the_command(deployed: Deployed, tmp_path: Path) -> None:
    port = deployed.task.chain.url.rpartition(":")[2]
    done = fedjury(*deployed.options(), "--listen", f"127.0.0.1:{port}")
    assert done.code == 10
    assert f"cannot listen on 127.0.0.1:{port}" in done.err


def test_a_margin_that_is_too_short_for_the_chains_pace_is_told(
    deployed: Deployed, tmp_path: Path
) -> None:
    deployed.task.chain.request("anvil_mine", hex(20), hex(12))
    with Daemon(*deployed.options(), "--margin", "35", log=tmp_path / "log") as relay:
        short = relay.until("time-short")
        assert "a batch may take 36 s to get into a block" in short["reason"]
        relay.until("listening")
