"""A chain and an IPFS daemon on this machine, for tests and for trying things out.

Nothing of it listens beyond 127.0.0.1, and it talks to nobody.
"""

from fedjury.devnet.keystores import devnet_accounts
from fedjury.devnet.lifecycle import down, status, up
from fedjury.devnet.status import ChainKind, DevnetStatus

__all__ = [
    "ChainKind",
    "DevnetStatus",
    "devnet_accounts",
    "down",
    "status",
    "up",
]
