"""A devnet goes up and down as a user has it do."""

import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from eth_account import Account

from fedjury import devnet
from fedjury.devnet import ChainKind, DevnetStatus
from fedjury.devnet.keystores import MNEMONIC
from fedjury.devnet.layout import chain_database
from fedjury.devnet.ports import free_port
from fedjury.devnet.rpc import call
from fedjury.errors import DevnetError
from fedjury.store import IpfsStore
from tests.support.services import wait_until_saved

LOOPBACKS = ("127.0.0.1", "::1")


@pytest.fixture(scope="module", params=["ganache", "anvil"])
def chain(request: pytest.FixtureRequest) -> ChainKind:
    kind: ChainKind = request.param
    return kind


@pytest.fixture(scope="module")
def directory(chain: ChainKind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One devnet for all tests of a chain, up at the start of each that asks for `running`."""
    path = tmp_path_factory.mktemp(f"devnet-{chain}")
    yield path
    if (path / "devnet.json").exists():
        devnet.down(path)


@pytest.fixture
def running(directory: Path, chain: ChainKind) -> DevnetStatus:
    return devnet.up(directory, accounts=3, chain=chain)


def pids(status: DevnetStatus) -> tuple[int, int]:
    assert status.chain.pid is not None
    assert status.ipfs.pid is not None
    return status.chain.pid, status.ipfs.pid


def test_up_gives_a_chain_and_a_store_that_work(running: DevnetStatus, chain: ChainKind) -> None:
    assert running.healthy
    assert running.chain.kind == chain
    assert chain in str(running.chain.version).lower()
    assert int(
        call(running.chain.url, "eth_getBlockByNumber", "latest", False)["gasLimit"], 16
    ) == (30_000_000)
    assert int(call(running.chain.url, "eth_chainId"), 16) == 1337
    store = IpfsStore(running.ipfs.url)
    assert store.fetch(store.add(b"hello"), max_bytes=5, timeout=10) == b"hello"


def test_the_keystores_open_and_are_the_chains_accounts(running: DevnetStatus) -> None:
    password = running.password_file.read_text().strip()
    addresses = call(running.chain.url, "eth_accounts")
    assert [address.lower() for address in running.accounts] == addresses
    for number, address in enumerate(running.accounts):
        keystore = json.loads((running.keystores / f"{number}-{address}.json").read_text())
        key = Account.decrypt(keystore, password)
        assert Account.from_key(key).address == address
    assert running.password_file.stat().st_mode & 0o777 == 0o600


def test_no_private_key_is_in_a_log_or_an_argument(running: DevnetStatus) -> None:
    keys = [account.key.hex() for account in devnet.devnet_accounts(3)]
    logs = running.chain.log.read_text() + running.ipfs.log.read_text()
    arguments = " ".join(" ".join(psutil.Process(pid).cmdline()) for pid in pids(running))
    assert not [secret for secret in (*keys, MNEMONIC) if secret in logs]
    # not the mnemonic, which Anvil takes as an argument and in no other way
    assert not [key for key in keys if key in arguments]


def test_nothing_listens_beyond_this_machine(running: DevnetStatus) -> None:
    for pid in pids(running):
        parent = psutil.Process(pid)
        sockets = [
            connection
            for one in (parent, *parent.children(recursive=True))
            for connection in one.connections("inet")
            if connection.status == psutil.CONN_LISTEN or connection.type == socket.SOCK_DGRAM
        ]
        assert sockets
        assert all(found.laddr.ip in LOOPBACKS for found in sockets), sockets


def test_nothing_is_connected_beyond_this_machine(running: DevnetStatus) -> None:
    for pid in pids(running):
        remotes = [found.raddr for found in psutil.Process(pid).connections("inet") if found.raddr]
        assert all(remote.ip in LOOPBACKS for remote in remotes), remotes


def test_up_again_leaves_what_runs_alone(
    running: DevnetStatus, directory: Path, chain: ChainKind
) -> None:
    assert devnet.up(directory, accounts=3, chain=chain) == running
    assert devnet.status(directory) == running


@pytest.mark.parametrize(
    ("options", "remedy"),
    [
        ({"accounts": 4}, "use another directory"),
        ({"chain_id": 5}, "use another directory"),
        ({"chain_port": 1}, "take it down first"),
        ({"block_time": 3.0}, "take it down first"),
    ],
)
def test_up_with_other_options_is_refused_while_it_runs(
    running: DevnetStatus,
    directory: Path,
    chain: ChainKind,
    options: dict[str, Any],
    remedy: str,
) -> None:
    with pytest.raises(DevnetError, match=remedy):
        devnet.up(directory, **{"accounts": 3, "chain": chain, **options})
    assert devnet.status(directory) == running


def test_up_with_the_other_chain_is_refused_while_it_runs(
    running: DevnetStatus, directory: Path, chain: ChainKind
) -> None:
    other: ChainKind = "anvil" if chain == "ganache" else "ganache"
    with pytest.raises(DevnetError, match=f"made with chain = {chain}, not {other}"):
        devnet.up(directory, accounts=3, chain=other)
    assert devnet.status(directory) == running


@pytest.mark.parametrize("name", ["chain", "ipfs"])
def test_up_replaces_only_the_service_that_died(
    running: DevnetStatus, directory: Path, chain: ChainKind, name: str
) -> None:
    dead = getattr(running, name)
    other = running.ipfs if name == "chain" else running.chain
    digest = IpfsStore(running.ipfs.url).add(b"kept")
    call(running.chain.url, "evm_mine")
    height = call(running.chain.url, "eth_blockNumber")
    if (chain, name) == ("anvil", "chain"):
        wait_until_saved(running.chain.url, chain_database(directory, chain))
    os.kill(dead.pid, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(dead.pid)] if psutil.pid_exists(dead.pid) else [], timeout=5)

    broken = devnet.status(directory)
    assert getattr(broken, name).pid is None
    assert not broken.healthy

    mended = devnet.up(directory, accounts=3, chain=chain)
    assert mended.healthy
    assert getattr(mended, name).url == dead.url
    assert (mended.ipfs if name == "chain" else mended.chain) == other
    assert IpfsStore(mended.ipfs.url).fetch(digest, 10, 10) == b"kept"
    assert call(mended.chain.url, "eth_blockNumber") == height


def test_down_ends_the_processes_and_keeps_the_data(
    running: DevnetStatus, directory: Path, chain: ChainKind
) -> None:
    digest = IpfsStore(running.ipfs.url).add(b"kept")
    call(running.chain.url, "evm_mine")
    height = call(running.chain.url, "eth_blockNumber")
    stopped = devnet.down(directory)
    assert not stopped.running
    assert not any(psutil.pid_exists(pid) for pid in pids(running))
    assert devnet.down(directory) == stopped
    assert devnet.status(directory) == stopped

    again = devnet.up(directory, accounts=3, chain=chain)
    assert again.chain.url == running.chain.url
    assert IpfsStore(again.ipfs.url).fetch(digest, 10, 10) == b"kept"
    assert call(again.chain.url, "eth_blockNumber") == height


def test_a_stranger_with_a_recorded_pid_is_left_alone(
    running: DevnetStatus, directory: Path
) -> None:
    devnet.down(directory)
    file = directory / "devnet.json"
    document = json.loads(file.read_text())
    document["processes"] = {"chain": {"pid": os.getpid(), "started": "long ago"}}
    file.write_text(json.dumps(document))
    assert not devnet.status(directory).running
    devnet.down(directory)  # would end this very test


def test_a_taken_port_is_named_and_nothing_is_left_running(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port, chain_port = taken.getsockname()[1], free_port()
        with pytest.raises(DevnetError, match=f"port {port} for js-ipfs is taken"):
            devnet.up(tmp_path, chain_port=chain_port, ipfs_port=port, ipfs="jsipfs", accounts=1)
    with socket.socket() as free:
        free.bind(("127.0.0.1", chain_port))
    assert list(tmp_path.iterdir()) == []


def test_a_service_that_dies_shows_its_log(tmp_path: Path) -> None:
    (tmp_path / "jsipfs").mkdir()
    (tmp_path / "jsipfs" / "config").write_text("{}")
    with pytest.raises(DevnetError, match="js-ipfs ended while starting; the end of its log"):
        devnet.up(tmp_path, ipfs="jsipfs", accounts=1)
    assert not devnet.status(tmp_path).running


def test_the_ports_asked_for_are_taken(tmp_path: Path) -> None:
    chain_port, ipfs_port = free_port(), free_port()
    try:
        status = devnet.up(
            tmp_path, chain_port=chain_port, ipfs_port=ipfs_port, chain_id=31337, accounts=1
        )
        assert status.chain.url == f"http://127.0.0.1:{chain_port}"
        assert status.ipfs.url == f"http://127.0.0.1:{ipfs_port}"
        assert int(call(status.chain.url, "eth_chainId"), 16) == 31337
        assert json.loads(json.dumps(status.to_json()))["healthy"] is True
    finally:
        devnet.down(tmp_path)
