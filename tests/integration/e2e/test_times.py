"""Times that a coordinator chooses, and what daemons make of them."""

from pathlib import Path

import pytest

from fedjury.chain.contracts.federated_task import FederatedTask
from fedjury.chain.rpc.connection import Chain
from fedjury.errors import ExitCode
from fedjury.task.deployment_file import load_deployment
from tests.support.commands import command, succeed
from tests.support.keys import Keys
from tests.support.services import Anvil


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path)


def test_the_chain_and_the_deployment_say_what_daemons_go_by(
    keys: Keys, tmp_path: Path, anvil: str
) -> None:
    times = ("--confirmations", 2, "--availability-seconds", 90, "--notice-seconds", 86_400)
    store = f"dir:{tmp_path / 'store'}"
    document = succeed(*keys.deploy(tmp_path, anvil, store, *times), "--json").document
    known = load_deployment(tmp_path / "deployment.json")
    assert document["confirmations"] == known.confirmations == 2
    config = FederatedTask.at(Chain.connect(anvil), known.task).config()
    chosen = config.availability_seconds, config.grace_seconds, config.notice_seconds
    assert chosen == (90, 360, 86_400)
    assert document["limits"]["grace_seconds"] == 360


def test_a_grace_that_leaves_the_jury_no_time_is_refused(
    keys: Keys, tmp_path: Path, anvil: str
) -> None:
    times = ("--availability-seconds", 61, "--grace-seconds", 243)
    refused = command(*keys.deploy(tmp_path, anvil, f"dir:{tmp_path / 'store'}", *times), "--json")
    assert refused.code == ExitCode.TRANSACTION
    assert (refused.document["refusal"], refused.document["arguments"]) == (
        "GraceTooShort",
        [243, 244],
    )
    assert not (tmp_path / "deployment.json").exists()


def test_confirmations_that_take_too_long_are_refused(keys: Keys, tmp_path: Path) -> None:
    """On a chain that makes a block every 12 seconds, by its own clock."""
    with Anvil(tmp_path) as service:
        Chain.connect(service.url).request("anvil_mine", hex(20), hex(12))
        times = ("--confirmations", 6, "--availability-seconds", 60)
        deploy = keys.deploy(tmp_path, service.url, f"dir:{tmp_path / 'store'}", *times)
        refused = command(*deploy)
        assert refused.code == 10
        assert "confirmations (6) take about 72 s on this chain" in refused.err
        assert "files have only 60 s" in refused.err
        succeed(*deploy, "--confirmations", 4)
