"""A chain and an IPFS daemon on this machine, for tests and for trying things out.

Nothing of it listens beyond 127.0.0.1, and it talks to nobody.
"""

from fedjury.devnet.ganache import ChainOptions, ganache_service
from fedjury.devnet.ipfs import choose_ipfs, ipfs_service
from fedjury.devnet.keystores import devnet_accounts, write_keystores
from fedjury.devnet.lifecycle import down, status, up
from fedjury.devnet.service import Service, ServiceHandle
from fedjury.devnet.status import DevnetStatus, ServiceStatus

__all__ = [
    "ChainOptions",
    "DevnetStatus",
    "Service",
    "ServiceHandle",
    "ServiceStatus",
    "choose_ipfs",
    "devnet_accounts",
    "down",
    "ganache_service",
    "ipfs_service",
    "status",
    "up",
    "write_keystores",
]
