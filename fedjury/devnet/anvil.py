"""Anvil as the devnet's chain.

It runs at its own default hard fork, which follows the main network's; Ganache stays at the newest
one that it knows.

Anvil has its chain in memory. It saves the whole of it to one file every so often and when it is
asked to end; what a crash loses is what came after the last save. It is saved without the states of
older blocks: after a restart a view can be read at the blocks from then on, and at the last one
before.
"""

import json
import shutil
from pathlib import Path

from fedjury.devnet.chain_program import BLOCK_GAS_LIMIT, ChainOptions, ChainProgram, flatten
from fedjury.devnet.keystores import MNEMONIC
from fedjury.devnet.node import npm_binary
from fedjury.devnet.ports import LOOPBACK
from fedjury.errors import DevnetError
from fedjury.runtime.files import write_whole

# As much as Ganache gives.
_ETHER_PER_ACCOUNT = 1000
# How many blocks back a view can be read; `finalized` is 64 blocks back. The state of each block
# takes 150 bytes for every block before it, 4 MB after a night of a block a second. Left to itself
# Anvil would have the last 3600 of them in the user's home directory, and leave them there.
_STATES_ON_DISK = 300
_STATES_IN_MEMORY = 128


def anvil(port: int, options: ChainOptions, node_modules: Path | None) -> ChainProgram:
    """How Anvil is run. Raises DevnetError when it is not installed."""
    program = npm_binary("@foundry-rs/anvil", "anvil", node_modules)
    return ChainProgram(
        name="Anvil", command=(str(program), *_arguments(port, options)), prepare=_prepare
    )


def state_file(database: Path) -> Path:
    """The file that Anvil saves its chain to."""
    return database / "state.json"


def _arguments(port: int, options: ChainOptions) -> list[str]:
    arguments: dict[str, object] = {
        "--host": LOOPBACK,  # said although it is the default: a .env file can change that
        "--port": port,
        "--chain-id": options.chain_id,
        "--gas-limit": BLOCK_GAS_LIMIT,
        "--accounts": options.accounts,
        "--balance": _ETHER_PER_ACCOUNT,
        "--mnemonic": MNEMONIC,
    }
    if options.block_time is not None:
        arguments["--block-time"] = f"{options.block_time:g}"
    if options.database is None:
        arguments["--prune-history"] = _STATES_IN_MEMORY
    else:
        arguments["--state"] = state_file(options.database)
        arguments["--state-interval"] = options.save_every
        arguments["--cache-path"] = _states(options.database)
        arguments["--max-persisted-states"] = _STATES_ON_DISK
    return [*flatten(arguments), "--quiet"]


def _states(database: Path) -> Path:
    """Directory of older blocks' states; they are of no use to the next process."""
    return database / "states"


def _prepare(database: Path) -> None:
    """Make room, and keep a copy of the chain: Anvil overwrites its file in place."""
    database.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(_states(database), ignore_errors=True)
    saved = state_file(database)
    if saved.exists():
        content = saved.read_bytes()
        _require_whole(content, saved, _copy(saved))
        write_whole(_copy(saved), content)


def _copy(saved: Path) -> Path:
    return saved.with_name("state-at-last-start.json")


def _require_whole(content: bytes, saved: Path, copy: Path) -> None:
    """Never go back to an older chain without a word."""
    try:
        json.loads(content)
    except ValueError as error:
        raise DevnetError(
            f"Anvil was killed while it saved its chain, {saved} is damaged: "
            + (
                f"replace it with {copy.name} beside it, the chain as it last started"
                if copy.exists()
                else "remove it, and start a new chain"
            )
        ) from error
