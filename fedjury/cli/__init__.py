"""The command line: `fedjury`, or `python -m fedjury`."""

from fedjury.cli.app import main

__all__ = ["main"]
