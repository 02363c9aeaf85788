"""How Ganache and Anvil are run, and that a devnet keeps to the one that it was made with."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from fedjury import devnet
from fedjury.devnet import ChainKind
from fedjury.devnet.anvil import state_file
from fedjury.devnet.chain import chain_service
from fedjury.devnet.chain_program import ChainOptions
from fedjury.devnet.keystores import MNEMONIC
from fedjury.devnet.node import npm_binary
from fedjury.devnet.status import Settings, load
from fedjury.errors import DevnetError

KINDS = get_args(ChainKind)
# As it was written when Ganache was the only chain.
BEFORE_ANVIL: dict[str, Any] = {
    "accounts": 20,
    "chain_id": 1337,
    "block_time": None,
    "chain_port": 1,
    "ipfs_port": 2,
    "ipfs": "jsipfs",
    "node_modules": None,
}


def arguments(kind: ChainKind, options: ChainOptions) -> dict[str, str]:
    """Options of its command line, and their values."""
    words = chain_service(kind, 8545, Path("log"), options).command
    pairs = zip(words, (*words[1:], ""), strict=True)
    return {word: value for word, value in pairs if word.startswith("--")}


def write_settings(directory: Path, **changed: object) -> None:
    settings = {**BEFORE_ANVIL, **changed}
    document = {"format": "fedjury-devnet/1", "settings": settings, "processes": {}}
    (directory / "devnet.json").write_text(json.dumps(document))


def bring_up(directory: Path, chain: ChainKind) -> None:
    devnet.up(directory, chain=chain, chain_port=1, ipfs_port=2, ipfs="jsipfs")


def test_anvil_is_told_everything_that_a_devnet_fixes() -> None:
    found = arguments("anvil", ChainOptions(accounts=7, chain_id=31337, block_time=0.5))
    assert found["--host"] == "127.0.0.1"
    assert found["--port"] == "8545"
    assert found["--accounts"] == "7"
    assert found["--balance"] == "1000"
    assert found["--mnemonic"] == MNEMONIC
    assert found["--chain-id"] == "31337"
    assert found["--block-time"] == "0.5"
    assert found["--gas-limit"] == "30000000"
    assert "--quiet" in found


def test_ganache_is_told_the_same() -> None:
    found = arguments("ganache", ChainOptions(accounts=7, chain_id=31337, block_time=0.5))
    assert found["--server.host"] == "127.0.0.1"
    assert found["--server.port"] == "8545"
    assert found["--wallet.totalAccounts"] == "7"
    assert found["--chain.chainId"] == found["--chain.networkId"] == "31337"
    assert found["--miner.blockTime"] == "0.5"
    assert found["--miner.blockGasLimit"] == "30000000"
    assert "--wallet.deterministic" in found


def test_without_a_block_time_both_mine_at_once() -> None:
    assert "--block-time" not in arguments("anvil", ChainOptions())
    assert "--miner.blockTime" not in arguments("ganache", ChainOptions())


def test_anvil_keeps_a_chain_in_a_file_and_saves_it_again_and_again(tmp_path: Path) -> None:
    found = arguments("anvil", ChainOptions(database=tmp_path, save_every=3))
    assert found["--state"] == str(state_file(tmp_path))
    assert found["--state-interval"] == "3"
    assert found["--cache-path"] == str(tmp_path / "states")


def test_a_chain_in_memory_leaves_nothing_on_disk() -> None:
    found = arguments("anvil", ChainOptions())
    assert "--state" not in found
    assert found["--prune-history"] == "128"  # or it would write old states to the home directory
    assert "--database.dbPath" not in arguments("ganache", ChainOptions())


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_chain_prints_is_not_kept_since_it_prints_private_keys(kind: ChainKind) -> None:
    assert not chain_service(kind, 8545, Path("log"), ChainOptions()).keep_stdout


def test_a_half_saved_chain_is_not_taken_for_one(tmp_path: Path) -> None:
    options = ChainOptions(database=tmp_path)
    service = chain_service("anvil", 8545, tmp_path / "log", options)
    state_file(tmp_path).write_text('{"block": {"number"')
    with pytest.raises(DevnetError, match="is damaged: remove it, and start a new chain"):
        service.prepare()


def test_the_chain_is_copied_before_it_is_started_again(tmp_path: Path) -> None:
    service = chain_service("anvil", 8545, tmp_path / "log", ChainOptions(database=tmp_path))
    state_file(tmp_path).write_text('{"block": 1}')
    service.prepare()
    state_file(tmp_path).write_text('{"block": ')
    with pytest.raises(DevnetError, match=r"replace it with state-at-last-start\.json"):
        service.prepare()
    assert (tmp_path / "state-at-last-start.json").read_text() == '{"block": 1}'


@pytest.mark.parametrize(
    ("system", "processor", "package"),
    [
        ("Linux", "x86_64", "anvil-linux-amd64"),
        ("Linux", "aarch64", "anvil-linux-arm64"),
        ("Darwin", "x86_64", "anvil-darwin-amd64"),
        ("Darwin", "arm64", "anvil-darwin-arm64"),
    ],
)
def test_every_platform_has_its_own_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str, processor: str, package: str
) -> None:
    monkeypatch.setattr("platform.system", lambda: system)
    monkeypatch.setattr("platform.machine", lambda: processor)
    with pytest.raises(DevnetError, match=f"'@foundry-rs/{package}' is not in .*: run `npm ci`"):
        npm_binary("@foundry-rs/anvil", "anvil", tmp_path)
    program = tmp_path / "@foundry-rs" / package / "bin" / "anvil"
    program.parent.mkdir(parents=True)
    program.touch()
    assert npm_binary("@foundry-rs/anvil", "anvil", tmp_path) == program


def test_a_platform_that_anvil_is_not_made_for_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Linux")
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(DevnetError, match="no program for Linux on riscv64"):
        npm_binary("@foundry-rs/anvil", "anvil", None)


def test_anvil_needs_no_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    service = chain_service("anvil", 8545, tmp_path / "log", ChainOptions())
    assert Path(service.command[0]).name == "anvil"


def test_a_settings_file_that_names_no_chain_was_made_with_ganache(tmp_path: Path) -> None:
    write_settings(tmp_path)
    found = load(tmp_path)
    assert found is not None
    assert found.settings == Settings(**BEFORE_ANVIL, chain="ganache")
    assert devnet.status(tmp_path).chain.kind == "ganache"
    with pytest.raises(DevnetError, match="was made with chain = ganache, not anvil"):
        bring_up(tmp_path, "anvil")


def test_a_devnet_made_with_anvil_refuses_to_become_ganache(tmp_path: Path) -> None:
    write_settings(tmp_path, chain="anvil")
    with pytest.raises(
        DevnetError, match=r"was made with chain = anvil, not ganache: use another directory"
    ):
        bring_up(tmp_path, "ganache")


def test_the_status_names_the_chain_though_it_is_down(tmp_path: Path) -> None:
    write_settings(tmp_path, chain="anvil")
    found = devnet.status(tmp_path)
    assert found.chain.kind == "anvil"
    assert found.chain.log == tmp_path / "anvil.log"
    assert found.to_json()["chain"]["kind"] == "anvil"


def test_a_settings_file_with_an_unknown_chain_is_damaged(tmp_path: Path) -> None:
    write_settings(tmp_path, chain="geth")
    with pytest.raises(DevnetError, match=r"devnet\.json is damaged \(unknown chain 'geth'\)"):
        devnet.status(tmp_path)


@pytest.mark.parametrize("kind", KINDS)
def test_a_devnet_without_its_packages_says_npm_ci(tmp_path: Path, kind: ChainKind) -> None:
    with pytest.raises(DevnetError, match=f"{kind}.* is not in .*: run `npm ci` there"):
        devnet.up(
            tmp_path / "devnet",
            chain=kind,
            node_modules=tmp_path,
            ipfs="jsipfs",
            chain_port=1,
            ipfs_port=2,
        )
