"""The devnet's chain: one of two programs, and how to ask it what it is."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from fedjury.devnet.anvil import anvil
from fedjury.devnet.chain_program import ChainOptions, ChainProgram
from fedjury.devnet.ganache import ganache
from fedjury.devnet.ports import loopback_url
from fedjury.devnet.rpc import call
from fedjury.devnet.service import Service
from fedjury.devnet.status import ChainKind
from fedjury.errors import WrongChain

_Maker = Callable[[int, ChainOptions, Path | None], ChainProgram]
_PROGRAMS: Final[Mapping[ChainKind, _Maker]] = {"ganache": ganache, "anvil": anvil}


def chain_service(
    kind: ChainKind, port: int, log: Path, options: ChainOptions, node_modules: Path | None = None
) -> Service:
    """A chain on 127.0.0.1 with funded, well-known accounts.

    Raises:
        DevnetError: the program is not installed.
    """
    program = _PROGRAMS[kind](port, options, node_modules)
    url = loopback_url(port)
    return Service(
        name=program.name,
        port=port,
        command=program.command,
        log=log,
        prove=lambda: _prove(url, options.chain_id),
        prepare=lambda: _prepare(program, options.database),
        keep_stdout=False,  # both print their private keys, and Ganache even when it is quiet
    )


def chain_version(url: str, chain_id: int) -> str:
    """What the node says it is. Raises ChainUnavailable, or WrongChain for another chain id."""
    found = int(call(url, "eth_chainId"), 16)
    if found != chain_id:
        raise WrongChain(f"{url} serves chain {found}, not {chain_id}")
    return str(call(url, "web3_clientVersion"))


def _prepare(program: ChainProgram, database: Path | None) -> None:
    if database is not None:
        program.prepare(database)


def _prove(url: str, chain_id: int) -> None:
    chain_version(url, chain_id)
