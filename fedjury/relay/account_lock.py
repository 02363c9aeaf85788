"""One relay process an account: two would take each other's nonces."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from fedjury.runtime.events import Listener, NotLocked
from fedjury.runtime.lock import sole_user

ADVICE = (
    "stop it first; an account serves one relay process, so each task and each process needs an "
    "account of its own"
)


@contextmanager
def sole_relay(address: str, chain: str, listener: Listener) -> Iterator[None]:
    """Be this user's only relay with an account on a chain while the block runs.

    Args:
        address: the account's.
        chain: what no other chain is called.
        listener: is told where that cannot be made sure; the block runs then all the same.

    Raises:
        ConfigError: another process is one; names its process id.
    """
    directory = state_directory() / "relays" / f"{chain}-{address}"
    with ExitStack() as stack:
        try:
            stack.enter_context(sole_user(directory, listener, advice=ADVICE))
        except OSError as error:  # a home that cannot be written to
            reason = error.strerror or str(error)
            listener(NotLocked(directory=str(directory), reason=reason))
        yield


def state_directory() -> Path:
    """Where programs of this user keep what outlasts them: ``$XDG_STATE_HOME/fedjury``, by default
    ``~/.local/state/fedjury``."""
    named = os.environ.get("XDG_STATE_HOME", "")
    top = Path(named) if os.path.isabs(named) else Path("~/.local/state").expanduser()
    return top / "fedjury"
