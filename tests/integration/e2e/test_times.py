"""Times that a coordinator chooses, and what daemons make of them."""

from pathlib import Path

import pytest

from fedjury.chain.rpc.connection import Chain
from fedjury.task.deployment_file import load_deployment
from tests.support.commands import command, succeed
from tests.support.keys import Keys
from tests.support.processes import Daemon
from tests.support.services import Anvil


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path)


def test_the_deployment_says_what_daemons_go_by(keys: Keys, tmp_path: Path, anvil: str) -> None:
    times = ("--confirmations", 2, "--fetch-timeout", 90, "--grace-seconds", 100)
    store = f"dir:{tmp_path / 'store'}"
    document = succeed(*keys.deploy(tmp_path, anvil, store, *times), "--json").document
    assert (document["confirmations"], document["fetch_timeout"]) == (2, 90)
    known = load_deployment(tmp_path / "deployment.json")
    assert (known.confirmations, known.fetch_timeout) == (2, 90)
    mine = [*keys.options(1), "--deployment", tmp_path / "deployment.json"]
    with Daemon("oracle", *mine, "--fetch-timeout", 101, log=tmp_path / "oracle.log") as oracle:
        warning = oracle.until("times-misfit")
        assert warning["severity"] == "warning"
        assert "may take 101 s, but the round may be voided 100 s" in warning["message"]
        oracle.until("started")
    with Daemon("oracle", *mine, log=tmp_path / "oracle.log") as oracle:
        oracle.until("started")
        assert not oracle.told("times-misfit")


def test_times_that_do_not_fit_are_refused(keys: Keys, tmp_path: Path, anvil: str) -> None:
    times = ("--fetch-timeout", 61, "--grace-seconds", 60)
    refused = command(*keys.deploy(tmp_path, anvil, f"dir:{tmp_path / 'store'}", *times))
    assert refused.code == 10
    assert "may take 61 s, but the round may be voided 60 s after its deadline" in refused.err
    assert not (tmp_path / "deployment.json").exists()


def test_confirmations_that_take_too_long_are_refused(keys: Keys, tmp_path: Path) -> None:
    """On a chain that makes a block every 12 seconds, by its own clock."""
    with Anvil(tmp_path) as service:
        Chain.connect(service.url).request("anvil_mine", hex(20), hex(12))
        times = ("--confirmations", 6, "--fetch-timeout", 60)
        deploy = keys.deploy(tmp_path, service.url, f"dir:{tmp_path / 'store'}", *times)
        refused = command(*deploy)
        assert refused.code == 10
        assert "confirmations (6) take about 72 s on this chain" in refused.err
        assert "may take only 60 s" in refused.err
        succeed(*deploy, "--confirmations", 4)
