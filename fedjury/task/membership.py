"""Whether an account takes part in a task, asked before much is loaded for it."""

from fedjury.errors import ConfigError
from fedjury.protocol.roster import NO_ROOT
from fedjury.store import ContentStore
from fedjury.task.on_chain import TaskOnChain
from fedjury.task.rosters import WrongRoster, fetch_roster, find_roster_set


def require_client(task: TaskOnChain, address: str, store: ContentStore) -> TaskOnChain:
    """Make sure that an account is or was a client of a task, by the newest block.

    Whoever submitted once passes: it may have an update to publish and a verdict to read. Others
    have to be in the roster of this round or of the next one.

    Args:
        task: whose client it is to be.
        address: the account's.
        store: that has the rosters' files.

    Raises:
        ConfigError: it is in no roster.
        ChainUnavailable, StoreUnavailable: no usable answer.
        WrongRoster: a roster's file is not what the chain says of it, and the address is in no
            other.
    """
    contract, stamp = task.contract, task.chain.block()
    if contract.client_of(address, at=stamp).last_round:
        return task
    wrong: WrongRoster | None = None
    for roster in (contract.roster(at=stamp), contract.next_roster(at=stamp)):
        if roster is None or roster.root == NO_ROOT:
            continue
        event = find_roster_set(task, roster.version, roster.root, stamp.number)
        try:
            if address in fetch_roster(store, event):
                return task
        except WrongRoster as error:
            wrong = error
    if wrong is not None:
        raise wrong
    raise ConfigError(f"{address} is not in the roster of {task.name}: ask the coordinator")


def require_juror(task: TaskOnChain, address: str) -> TaskOnChain:
    """Make sure that an account is in a task's jury, by the newest block.

    The jury of the round that is on counts as well as an announced one.

    Raises:
        ConfigError: it is in neither.
        ChainUnavailable: no usable answer.
    """
    seen = task.contract.overview(address)
    if not (seen.is_juror or seen.is_next_juror):
        which = f"jury {seen.jury.version}"
        if seen.next_jury is not None:
            which += f" nor in the announced jury {seen.jury.version + 1}"
        raise ConfigError(f"{address} is not in {which} of {task.name}: ask the coordinator")
    return task
