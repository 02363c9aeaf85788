"""What a devnet's chain is to be like, and what a program that can be it has to say."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

BLOCK_GAS_LIMIT = 30_000_000


@dataclass(frozen=True, slots=True)
class ChainOptions:
    """What kind of chain.

    Attributes:
        accounts: how many funded accounts, from the well-known mnemonic.
        chain_id: EIP-155 id, also the network id.
        block_time: seconds from block to block; None mines at once whatever arrives.
        database: directory that keeps the chain over restarts; None keeps it in memory.
        save_every: after how many seconds Anvil saves the chain again, and so how much of it a
            crash can lose; Ganache saves every block at once.
    """

    accounts: int = 20
    chain_id: int = 1337
    block_time: float | None = None
    database: Path | None = None
    save_every: int = 10


@dataclass(frozen=True, slots=True)
class ChainProgram:
    """What differs between the programs that can be the devnet's chain.

    Attributes:
        name: for messages.
        command: the program and its arguments.
        prepare: makes the database's directory ready; called before each start of a chain that
            is kept.
    """

    name: str
    command: tuple[str, ...]
    prepare: Callable[[Path], None]


def flatten(arguments: dict[str, object]) -> list[str]:
    """Make the words of a command line from options and their values."""
    return [str(part) for pair in arguments.items() for part in pair]
