"""Where a live federation runs: opened before anything of an earlier run goes."""

from pathlib import Path

import pytest

from fedjury.errors import ConfigError, FedjuryError, KeystoreError
from fedjury.simulation.live.environment import (
    Environment,
    open_environment,
    require_environment,
    shown,
)
from fedjury.simulation.live.room import deployment_file
from tests.support.example_deployment import deployment


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        ("embedded", "embedded"),
        ("ganache", "ganache"),
        ("dir:files", "dir:files"),
        ("/ip4/127.0.0.1/tcp/5001", "/ip4/127.0.0.1/tcp/5001"),
        ("http://127.0.0.1:8545", "http://127.0.0.1:8545"),
        ("https://rpc.example/v3/a-token?key=another", "https://rpc.example"),
        ("https://user:secret@rpc.example:8545", "https://rpc.example:8545"),
    ],
)
def test_an_address_is_shown_without_what_may_be_secret(given: str, seen: str) -> None:
    assert shown(given) == seen


@pytest.mark.parametrize(
    ("environment", "chain"),
    [
        (Environment("embedded", "embedded"), None),
        (Environment("https://rpc.example", "embedded"), None),
        (Environment("anvil", "embedded"), "anvil"),
        (Environment("anvil", "ipfs"), "anvil"),
        (Environment("embedded", "ipfs"), "ganache"),
    ],
)
def test_a_devnet_is_needed_for_its_chain_or_its_store(
    environment: Environment, chain: str | None
) -> None:
    assert environment.devnet_chain == chain


@pytest.mark.parametrize(
    ("environment", "error"),
    [
        (Environment("gnache", "embedded"), ConfigError),
        (Environment("embedded", "http://host#path"), ConfigError),
        (Environment("embedded", "nonexist/x"), ConfigError),
        (Environment("embedded", "127.0.0.1:5001"), ConfigError),
        (Environment("ganache", "embedded", keystore=Path("none.json")), KeystoreError),
    ],
)
def test_what_cannot_be_opened_costs_no_earlier_run(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    environment: Environment,
    error: type[FedjuryError],
) -> None:
    monkeypatch.setenv("FEDJURY_PASSWORD", "unused")
    deployment().save(deployment_file(tmp_path))
    with pytest.raises(error), open_environment(environment, tmp_path):
        pass
    assert deployment_file(tmp_path).exists()


def test_embedded_parts_lie_in_an_empty_directory(tmp_path: Path) -> None:
    directory = tmp_path / "run"
    with open_environment(Environment("embedded", "embedded"), directory) as opened:
        assert list(directory.iterdir()) == []
        assert (opened.chain.url, opened.store) == ("embedded", f"dir:{directory / 'store'}")
        assert opened.chain.request("eth_getBalance", opened.treasury.address, "latest") != "0x0"


def test_a_run_that_comes_to_nothing_leaves_its_directory_as_it_was(tmp_path: Path) -> None:
    directory = tmp_path / "deep" / "run"
    embedded = Environment("embedded", "embedded")

    def open_and_fail(*, kept: bool) -> None:
        with open_environment(embedded, directory) as opened:
            (directory / "work").mkdir()
            if kept:
                opened.room.keep()
            raise ConfigError("too late, or not")

    def fail(*, kept: bool) -> None:
        with pytest.raises(ConfigError, match="too late"):
            open_and_fail(kept=kept)

    fail(kept=False)
    assert list(tmp_path.iterdir()) == []
    deployment().save(deployment_file(directory))
    fail(kept=False)
    assert [each.name for each in directory.iterdir()] == ["deployment.json"]
    fail(kept=True)
    assert [each.name for each in directory.iterdir()] == ["work"]
    assert [each.name for each in directory.parent.iterdir()] == ["run"]


def test_a_store_that_is_none_of_those_that_are_known_makes_no_directory(tmp_path: Path) -> None:
    place = tmp_path / "nonexist"
    with pytest.raises(ConfigError, match=r"embedded, ipfs, .* or dir:PATH, not "):
        require_environment(Environment("embedded", str(place)))
    assert not place.exists()
    require_environment(Environment("embedded", f"dir:{place}"))
    assert place.is_dir()
