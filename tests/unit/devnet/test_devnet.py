"""What goes wrong before anything is started, and what is written without starting anything."""

import json
import os
from pathlib import Path
from typing import Any, Final

import pytest
from eth_account import Account

from fedjury import devnet
from fedjury.devnet.ipfs import choose_ipfs, ipfs_service
from fedjury.devnet.keystores import PASSWORD, write_keystores
from fedjury.errors import DevnetError

# Anybody who starts `ganache -d` gets these.
FIRST = ("0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1", "0xFFcf8FDEE72ac11b5c542428B35EEF5769C409f0")

# Given, since looking for free ones opens a socket.
PORTS: Final[dict[str, Any]] = {"chain_port": 1, "ipfs_port": 2}


def test_accounts_are_the_well_known_ones() -> None:
    assert tuple(account.address for account in devnet.devnet_accounts(2)) == FIRST


def test_keystores_are_private_and_written_once(tmp_path: Path) -> None:
    keystores, password = tmp_path / "keystores", tmp_path / "password.txt"
    accounts = devnet.devnet_accounts(2)
    write_keystores(keystores, password, accounts)
    files = sorted(keystores.iterdir())
    assert [path.name for path in files] == [f"{n}-{FIRST[n]}.json" for n in (0, 1)]
    assert password.read_text() == PASSWORD + "\n"
    assert {path.stat().st_mode & 0o777 for path in (*files, password)} == {0o600}
    document = json.loads(files[0].read_text())
    assert document["version"] == 3
    assert Account.decrypt(document, PASSWORD) == accounts[0].key
    write_keystores(keystores, password, accounts)
    assert json.loads(files[0].read_text()) == document


def test_missing_packages_say_npm_ci(tmp_path: Path) -> None:
    with pytest.raises(DevnetError, match="npm ci"):
        devnet.up(tmp_path / "devnet", node_modules=tmp_path, ipfs="jsipfs", **PORTS)


def test_missing_node_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DevnetError, match=r"Node\.js is not installed"):
        devnet.up(tmp_path / "devnet", ipfs="jsipfs", **PORTS)


def test_missing_kubo_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DevnetError, match="Kubo is not installed"):
        ipfs_service("kubo", 5001, tmp_path / "repo", tmp_path / "log", tmp_path)


@pytest.mark.parametrize("accounts", [0, -1, 1001])
def test_a_devnet_has_accounts_but_not_any_number(tmp_path: Path, accounts: int) -> None:
    with pytest.raises(DevnetError, match="1 to 1000"):
        devnet.up(tmp_path, accounts=accounts)


@pytest.mark.parametrize("call", [devnet.down, devnet.status])
def test_there_is_no_devnet(tmp_path: Path, call: object) -> None:
    assert callable(call)
    file = tmp_path / "file"
    file.touch()
    for directory in (tmp_path, tmp_path / "missing", file):
        with pytest.raises(DevnetError, match="there is no devnet"):
            call(directory)
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"settings": {}, "processes": {}}', "\x00"])
def test_a_damaged_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "devnet.json").write_text(text)
    with pytest.raises(DevnetError, match=r"devnet\.json is damaged"):
        devnet.status(tmp_path)


def kubo(directory: Path, status: int) -> None:
    program = directory / "ipfs"
    program.write_text(f"#!/bin/sh\nexit {status}\n")
    program.chmod(0o755)


@pytest.mark.parametrize(("status", "chosen"), [(0, "kubo"), (1, "jsipfs")])
def test_auto_takes_kubo_only_if_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, chosen: str
) -> None:
    kubo(tmp_path, status)
    monkeypatch.setenv("PATH", str(tmp_path) + os.pathsep + os.environ["PATH"])
    assert choose_ipfs("auto", tmp_path) == chosen


def test_kubo_runs_offline_in_its_own_repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kubo(tmp_path, 0)
    monkeypatch.setenv("PATH", str(tmp_path) + os.pathsep + os.environ["PATH"])
    service = ipfs_service("kubo", 5001, tmp_path / "repo", tmp_path / "log", tmp_path)
    assert service.command[1:] == ("daemon", "--offline", "--routing=none")
    assert service.env["IPFS_PATH"] == str(tmp_path / "repo")
    assert service.env["IPFS_TELEMETRY"] == "off"


def test_js_ipfs_does_not_look_for_updates(tmp_path: Path) -> None:
    service = ipfs_service("jsipfs", 5001, tmp_path / "repo", tmp_path / "log")
    assert "--offline" in service.command
    assert "--enable-preload=false" in service.command
    assert service.env["NO_UPDATE_NOTIFIER"] == "1"
