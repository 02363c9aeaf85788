"""The command line: `fedjury`, or `python -m fedjury`."""

import sys

from fedjury.cli.app import main

# The embedded chain's libraries raise the limit to 100,000 when they are imported. With that a
# deeply nested answer of a hostile node would overflow the stack and kill the process, where it
# is to be a RecursionError. The embedded chain itself needs 12,288.
_RECURSION_LIMIT = 20_000
sys.setrecursionlimit(min(sys.getrecursionlimit(), _RECURSION_LIMIT))

__all__ = ["main"]
