"""What fails early leaves no folder, and takes none away that was there before."""

from pathlib import Path

import pytest
from eth_account import Account

from fedjury.devnet.ports import free_port, loopback_url
from fedjury.errors import ExitCode
from fedjury.runtime.keystore import create_keystore
from tests.support.commands import command
from tests.support.keys import Keys
from tests.support.scenarios import write_plan

EXPERIMENT = """
name = "it"
title = "A small one"
[federation]
data = "digits"
clients = 3
rounds = 1
training = { epochs = 1 }
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where commands may write; inputs lie beside it."""
    (tmp_path / "place").mkdir()
    return tmp_path / "place"


@pytest.fixture
def poor(tmp_path: Path) -> list[object]:
    """The options that open an account without ether."""
    password = tmp_path / "poor.txt"
    password.write_text("secret\n")
    create_keystore(tmp_path / "poor.json", "secret", account=Account.create(), work=4096)
    return ["--keystore", tmp_path / "poor.json", "--password-file", password]


def everything(directory: Path) -> list[str]:
    return sorted(str(each.relative_to(directory)) for each in directory.rglob("*"))


@pytest.mark.parametrize(
    "options",
    [
        ["--min-updates", 20, "--max-updates", 3],
        ["--quorum", 7],
        ["--rule", "none"],
        ["--lambda", 2],
    ],
)
def test_a_deployment_with_bad_options(
    place: Path, tmp_path: Path, ganache: str, options: list[object]
) -> None:
    store = f"dir:{place / 'store'}"
    ended = command(*Keys(tmp_path).deploy(place / "deep" / "out", ganache, store, *options))
    assert ended.code in (ExitCode.SPEC, ExitCode.TRANSACTION)
    assert everything(place) == []


def test_a_deployment_that_nobody_can_pay_for(
    place: Path, tmp_path: Path, ganache: str, poor: list[object]
) -> None:
    deploy = Keys(tmp_path).deploy(place / "deep" / "out", ganache, f"dir:{tmp_path / 'store'}")
    ended = command(*deploy, *poor)
    assert (ended.code, "cannot pay" in ended.err) == (ExitCode.TRANSACTION, True)
    assert everything(place) == []
    (place / "deep").mkdir()
    (place / "deep" / "mine.txt").touch()
    assert command(*deploy, *poor).code == ExitCode.TRANSACTION
    assert everything(place) == ["deep", "deep/mine.txt"]


def test_a_demo_that_nobody_can_pay_for(place: Path, ganache: str, poor: list[object]) -> None:
    small = ["demo", "--clients", 2, "--poisoners", 0, "--rounds", 1]
    ended = command(*small, "--runs", place / "runs", "--chain", ganache, *poor)
    assert (ended.code, "cannot pay" in ended.err) == (ExitCode.TRANSACTION, True)
    assert everything(place) == []


def test_a_devnet_or_a_demo_without_its_programs(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = place / "runs" / "it"
    earlier.mkdir(parents=True)
    (earlier / "deployment.json").write_text("{}")
    (earlier / "accuracy.png").write_text("a picture")
    before = everything(place)
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    for arguments in (
        ["devnet", "up", "--directory", place / "deep" / "devnet", "--ipfs", "jsipfs"],
        ["demo", "--chain", "ganache", "--runs", place / "runs", "--name", "it"],
        ["demo", "--chain", "anvil", "--runs", place / "others"],
    ):
        ended = command(*arguments)
        assert ended.code == ExitCode.DEVNET, ended.err
        assert everything(place) == before
    assert (earlier / "accuracy.png").read_text() == "a picture"


@pytest.mark.parametrize("kind", ["chain", "store", "keystore"])
def test_an_experiment_where_nothing_can_run(place: Path, tmp_path: Path, kind: str) -> None:
    nowhere = loopback_url(free_port())
    options, code = {
        "chain": (["--chain", nowhere], ExitCode.CHAIN_UNAVAILABLE),
        "store": (["--chain", "embedded", "--store", nowhere], ExitCode.STORE_UNAVAILABLE),
        "keystore": (
            ["--chain", "embedded", "--keystore", "none", "--password-file", "none"],
            ExitCode.KEY,
        ),
    }[kind]
    plan = write_plan(tmp_path, EXPERIMENT)
    ended = command("experiment", plan, "--out", place / "out", "--no-plot", *options)
    assert ended.code == code, ended.err
    assert everything(place) == []
