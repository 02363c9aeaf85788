"""Whether an account takes part in a task, asked before anything is loaded for it."""

from fedjury.errors import ConfigError
from fedjury.task.on_chain import TaskOnChain


def require_client(task: TaskOnChain, address: str) -> TaskOnChain:
    """Make sure that an account is a client of a task, by the newest block.

    A client that was removed passes: it may have an update to publish and a verdict to read.

    Raises:
        ConfigError: it was never registered.
        ChainUnavailable: no usable answer.
    """
    if task.contract.client_of(address).index == 0:
        raise ConfigError(
            f"{address} is not a registered client of {task.name}: ask the coordinator"
        )
    return task


def require_juror(task: TaskOnChain, address: str) -> TaskOnChain:
    """Make sure that an account is in a task's jury, by the newest block.

    The jury of the round that is on counts as well as the newest one, which judges from the next
    round on.

    Raises:
        ConfigError: it is in neither.
        ChainUnavailable: no usable answer.
    """
    contract = task.contract
    versions = sorted({contract.current_round().jury_version, contract.latest_jury_version()})
    if not any(contract.is_juror(version, address) for version in versions):
        juries = " nor in jury ".join(map(str, versions))
        raise ConfigError(f"{address} is not in jury {juries} of {task.name}: ask the coordinator")
    return task
