"""Who takes part: keys derived from a seed, and a roster of many more."""

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from experiments.batches.settings import Settings
from fedjury.protocol.roster import Roster


def clients(settings: Settings) -> list[LocalAccount]:
    """The clients' keys, which are good for nothing else."""
    return [
        Account.from_key(keccak(text=f"client {number} of seed {settings.seed}"))
        for number in range(settings.updates)
    ]


def roster(settings: Settings, members: list[LocalAccount]) -> Roster:
    """The roster: these members, and strangers who send nothing.

    Args:
        settings: say how many there are in all.
        members: the clients.
    """
    strangers = (
        "0x" + keccak(text=f"stranger {number} of seed {settings.seed}")[12:].hex()
        for number in range(settings.roster - len(members))
    )
    return Roster.of([*(member.address for member in members), *strangers])
