"""What this program is, for jurors who find that they differ."""

from importlib.metadata import PackageNotFoundError, version


def software_name() -> str:
    """Name and version of the program, and of the library that computes."""
    return f"fedjury {_version('fedjury')}, torch {_version('torch')}"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "of unknown version"
