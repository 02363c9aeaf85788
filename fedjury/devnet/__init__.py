"""A chain and an IPFS daemon on this machine, for tests and for trying things out.

Nothing of it listens beyond 127.0.0.1, and it talks to nobody.
"""

from fedjury.devnet.chain import chain_service
from fedjury.devnet.chain_program import ChainOptions
from fedjury.devnet.ipfs import choose_ipfs, ipfs_service
from fedjury.devnet.keystores import devnet_accounts, write_keystores
from fedjury.devnet.lifecycle import down, status, up
from fedjury.devnet.service import Service, ServiceHandle
from fedjury.devnet.status import ChainKind, DevnetStatus, ServiceStatus

__all__ = [
    "ChainKind",
    "ChainOptions",
    "DevnetStatus",
    "Service",
    "ServiceHandle",
    "ServiceStatus",
    "chain_service",
    "choose_ipfs",
    "devnet_accounts",
    "down",
    "ipfs_service",
    "status",
    "up",
    "write_keystores",
]
