"""What is Anvil's own: how it saves its chain, and what it would do if it were left to itself."""

import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from fedjury.devnet import devnet_accounts
from fedjury.devnet.anvil import state_file
from fedjury.devnet.chain import chain_service
from fedjury.devnet.chain_program import ChainOptions
from fedjury.devnet.ports import LOOPBACK, free_port
from fedjury.devnet.rpc import call
from fedjury.errors import DevnetError
from tests.support.services import Anvil, RunningService

ADDRESS = devnet_accounts(1)[0].address
MINED = 200


def newest(node: Anvil) -> dict[str, Any]:
    block: dict[str, Any] = call(node.url, "eth_getBlockByNumber", "latest", False)
    return block


def test_the_process_is_anvil_itself_and_not_a_script_around_it(tmp_path: Path) -> None:
    with Anvil(tmp_path) as node:
        process = psutil.Process(node.pid)
        assert Path(process.exe()).name == "anvil"
        assert process.children() == []


def test_an_orderly_end_saves_the_chain_at_once(tmp_path: Path) -> None:
    seldom = ChainOptions(accounts=1, database=tmp_path / "anvil", save_every=3600)
    with RunningService(chain_service("anvil", free_port(), tmp_path / "log", seldom)) as node:
        call(node.url, "anvil_mine", hex(MINED))
        node.restart()
        assert int(call(node.url, "eth_blockNumber"), 16) == MINED


def test_a_crash_loses_nothing_that_was_saved(tmp_path: Path) -> None:
    with Anvil(tmp_path, keep_chain=True) as node:
        call(node.url, "anvil_mine", hex(MINED))
        before = newest(node)
        node.kill()
        node.start()
        assert newest(node) == before


def test_a_crash_while_it_saves_leaves_the_chain_as_it_last_started(tmp_path: Path) -> None:
    with Anvil(tmp_path, keep_chain=True) as node:
        call(node.url, "anvil_mine", hex(MINED))
        node.restart()
        call(node.url, "anvil_mine", "0x1")
        node.kill()
        saved = state_file(tmp_path / "anvil")
        saved.write_bytes(saved.read_bytes()[:1000])
        with pytest.raises(DevnetError, match=r"replace it with state-at-last-start\.json"):
            node.start()
        saved.with_name("state-at-last-start.json").replace(saved)
        node.start()
        assert int(newest(node)["number"], 16) == MINED


@pytest.mark.parametrize("keep", [True, False])
def test_older_blocks_can_be_read_and_the_home_directory_stays_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keep: bool
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    with Anvil(tmp_path / "devnet", keep_chain=keep) as node:
        call(node.url, "anvil_mine", hex(MINED))
        balance = call(node.url, "eth_getBalance", ADDRESS, hex(MINED - 100))
        assert int(balance, 16) == 1000 * 10**18
    assert list(home.iterdir()) == []


def test_states_of_older_blocks_are_few_and_end_with_the_process(tmp_path: Path) -> None:
    with Anvil(tmp_path, keep_chain=True) as node:
        call(node.url, "anvil_mine", hex(1000))
        states = tmp_path / "anvil" / "states"
        assert 200 < len(list(states.rglob("*.json"))) <= 300
        node.restart()
        assert not list(states.rglob("*.json"))


def test_an_env_file_does_not_open_it_to_other_machines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("ANVIL_IP_ADDR=0.0.0.0\n")
    monkeypatch.chdir(tmp_path)
    with Anvil(tmp_path / "devnet") as node:
        sockets = psutil.Process(node.pid).connections("inet")
        listening = [found for found in sockets if found.status == psutil.CONN_LISTEN]
        assert [found.laddr.ip for found in listening] == [LOOPBACK]


def test_blocks_come_at_intervals(tmp_path: Path) -> None:
    with Anvil(tmp_path, block_time=0.2) as node:
        end = time.monotonic() + 30
        while int(newest(node)["number"], 16) < 3:
            assert time.monotonic() < end, "no transaction comes, and no block either"
            time.sleep(0.05)


def test_a_program_that_cannot_be_run_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.system", lambda: "Linux")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    program = tmp_path / "@foundry-rs" / "anvil-linux-amd64" / "bin" / "anvil"
    program.parent.mkdir(parents=True)
    program.write_text("no program")
    service = chain_service("anvil", free_port(), tmp_path / "log", ChainOptions(), tmp_path)
    with pytest.raises(DevnetError, match=r"Anvil cannot be started: .*Permission denied"):
        RunningService(service).start()
