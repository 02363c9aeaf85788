"""Ganache, the devnet's chain."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from fedjury.devnet.node import node_command
from fedjury.devnet.ports import LOOPBACK, loopback_url
from fedjury.devnet.service import Service
from fedjury.errors import ChainUnavailable, WrongChain
from fedjury.store.transport import BodyTooLarge, BoundedSession

HARDFORK = "shanghai"
BLOCK_GAS_LIMIT = 30_000_000
_RPC_SECONDS = 5.0
_RPC_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class ChainOptions:
    """What kind of chain.

    Attributes:
        accounts: how many funded accounts, from Ganache's well-known mnemonic.
        chain_id: EIP-155 id, also the network id.
        block_time: seconds from block to block; None mines at once whatever arrives.
        database: directory that keeps the chain over restarts; None keeps it in memory.
    """

    accounts: int = 20
    chain_id: int = 1337
    block_time: float | None = None
    database: Path | None = None


def ganache_service(
    port: int, log: Path, options: ChainOptions, node_modules: Path | None = None
) -> Service:
    """Ganache on 127.0.0.1. Raises DevnetError when it is not installed."""
    url = loopback_url(port)
    program = node_command("ganache/dist/node/cli.js", node_modules)
    return Service(
        name="Ganache",
        port=port,
        command=(*program, *_arguments(port, options)),
        log=log,
        prove=lambda: _prove(url, options.chain_id),
        prepare=lambda: _prepare(options.database),
        keep_stdout=False,  # it prints its private keys, --logging.quiet or not
    )


def call(url: str, method: str, *params: Any) -> Any:
    """One JSON-RPC call. Raises ChainUnavailable when there is no result."""
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    with BoundedSession(_RPC_SECONDS, _RPC_BYTES, use_proxies=False) as session:
        try:
            return session.post(url, json=request).json()["result"]
        except (requests.RequestException, BodyTooLarge, KeyError, TypeError) as error:
            raise ChainUnavailable(f"{url} does not answer {method}: {error}") from error


def ganache_version(url: str, chain_id: int) -> str:
    """What the node says it is. Raises ChainUnavailable, or WrongChain for another chain id."""
    found = int(call(url, "eth_chainId"), 16)
    if found != chain_id:
        raise WrongChain(f"{url} serves chain {found}, not {chain_id}")
    return str(call(url, "web3_clientVersion"))


def _arguments(port: int, options: ChainOptions) -> list[str]:
    arguments = {
        "--server.host": LOOPBACK,
        "--server.port": port,
        "--chain.hardfork": HARDFORK,
        "--chain.chainId": options.chain_id,
        "--chain.networkId": options.chain_id,
        "--miner.blockGasLimit": BLOCK_GAS_LIMIT,
        "--wallet.totalAccounts": options.accounts,
    }
    if options.block_time is not None:
        arguments["--miner.blockTime"] = f"{options.block_time:g}"
    if options.database is not None:
        arguments["--database.dbPath"] = str(options.database)
    flat = [str(part) for pair in arguments.items() for part in pair]
    return [*flat, "--wallet.deterministic", "--logging.quiet"]


def _prepare(database: Path | None) -> None:
    if database is not None:
        database.mkdir(parents=True, exist_ok=True)


def _prove(url: str, chain_id: int) -> None:
    ganache_version(url, chain_id)
