"""What lies where in a devnet's directory."""

from pathlib import Path

from fedjury.devnet.status import ChainKind, IpfsKind


def keystores(directory: Path) -> Path:
    """Directory of the accounts' keystores."""
    return directory / "keystores"


def password_file(directory: Path) -> Path:
    """The keystores' password."""
    return directory / "password.txt"


def chain_database(directory: Path, kind: ChainKind) -> Path:
    """Directory of the chain's blocks and state."""
    return directory / ("chain" if kind == "ganache" else kind)


def chain_log(directory: Path, kind: ChainKind) -> Path:
    """The chain's errors."""
    return directory / f"{kind}.log"


def ipfs_repo(directory: Path, kind: IpfsKind) -> Path:
    """The IPFS daemon's repo; the two daemons cannot share one."""
    return directory / kind


def ipfs_log(directory: Path, kind: IpfsKind) -> Path:
    """What the IPFS daemon says."""
    return directory / f"{kind}.log"
