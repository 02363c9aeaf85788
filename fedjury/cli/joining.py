"""How a daemon comes to its task: a member of it first of all, then the task's files."""

import threading
from collections.abc import Callable
from contextlib import suppress

from fedjury.chain.rpc.block import BlockTag
from fedjury.chain.rpc.connection import Chain
from fedjury.clients.events import PublishesLate
from fedjury.runtime.events import Listener
from fedjury.runtime.loop import retry_until_stopped
from fedjury.runtime.patience import Patience
from fedjury.task.location import TaskLocation
from fedjury.task.membership import require_client
from fedjury.task.on_chain import TaskOnChain
from fedjury.task.opened import OpenedTask, open_task_at
from fedjury.task.rosters import WrongRoster
from fedjury.task.timing import misfit


def join_task(
    location: TaskLocation,
    require_member: Callable[[TaskOnChain, str], object],
    address: str,
    allowed_models: list[str] | None,
    stop: threading.Event,
    listener: Listener,
) -> OpenedTask | None:
    """Open a task for a member of it; waits while chain or store are down.

    Args:
        location: where the task is.
        require_member: raises ConfigError for an address that has no part in it.
        address: the member's.
        allowed_models: model callables beyond the built-in ones that this user trusts.
        stop: set by whoever wants to stop.
        listener: is told what is waited for.

    Returns:
        The task; None when stopped before.

    Raises:
        FatalError: this account can never take part, or the task cannot be opened here.
    """

    def joined() -> Chain:
        found = location.on_chain(Patience.of_daemon())
        require_member(found, address)
        return found.chain

    chain = retry_until_stopped(joined, stop, listener)
    if chain is None:
        return None
    return retry_until_stopped(
        lambda: open_task_at(location, allowed_models, Patience.of_daemon(), chain=chain),
        stop,
        listener,
    )


def client_of(location: TaskLocation) -> Callable[[TaskOnChain, str], None]:
    """What makes sure that an address is a client of the task at a location.

    Where a roster's file is not what the chain says, nobody can tell: then the address passes, and
    the client itself waits and says why.

    Raises, when it is called:
        ConfigError: the address is in no roster; or nobody said where the content store is.
        ChainUnavailable, StoreUnavailable: no usable answer.
    """

    def require(task: TaskOnChain, address: str) -> None:
        store = location.open_store(Patience.of_daemon())
        with suppress(WrongRoster):
            require_client(task, address, store)

    return require


def warn_of_misfit(
    task: TaskOnChain, confirmations: int | BlockTag, stop: threading.Event, listener: Listener
) -> None:
    """Tell a client of confirmations that do not fit into the time for a round's files.

    Waits while the chain is down.
    """
    seconds = task.config.availability_seconds
    reason = retry_until_stopped(lambda: misfit(task.chain, confirmations, seconds), stop, listener)
    if reason:
        listener(PublishesLate(reason=reason))
