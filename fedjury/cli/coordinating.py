"""The coordinator's account and the task, as the commands of `fedjury coordinator` take them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fedjury.cli import options

if TYPE_CHECKING:
    from fedjury.chain.rpc.receipts import Receipt
    from fedjury.chain.transactions.call import ContractCall
    from fedjury.chain.transactions.sender import TransactionSender
    from fedjury.task.on_chain import TaskOnChain


@dataclass(frozen=True)
class CoordinatorOptions:
    """The coordinator's account, and the task."""

    keystore: options.KeystoreOption
    password_file: options.PasswordFileOption = None
    deployment: options.DeploymentOption = options.DEPLOYMENT
    rpc: options.RpcOption = None
    patience: options.PatienceOption = options.PATIENCE_SECONDS
    as_json: options.JsonOption = False


def send(
    chosen: CoordinatorOptions,
    prepare: "Callable[[TaskOnChain], ContractCall]",
    *,
    anybody: bool = False,
) -> "tuple[TaskOnChain, Receipt]":
    """Send a call that the task's contract takes from its coordinator alone, or from anybody.

    Args:
        chosen: account and task.
        prepare: makes the call.
        anybody: whether any account may send it.

    Raises:
        ConfigError: as `open_task`.
        TransactionReverted: the contract refuses the call.
    """
    task, sender = open_task(chosen, anybody=anybody)
    return task, sender.send(prepare(task))


def open_task(
    chosen: CoordinatorOptions, *, anybody: bool = False
) -> "tuple[TaskOnChain, TransactionSender]":
    """The task, and what sends calls of an account that is its coordinator, or anybody.

    Args:
        chosen: account and task.
        anybody: whether the account need not be the coordinator's.

    Raises:
        ConfigError: it is not the coordinator and may not be anybody.
    """
    from fedjury.chain.transactions.sender import TransactionSender
    from fedjury.cli.streams import complain_of
    from fedjury.errors import ConfigError
    from fedjury.runtime.keystore import open_account
    from fedjury.runtime.patience import Patience
    from fedjury.task.location import find_location

    location = find_location(chosen.deployment, chosen.rpc, listener=complain_of)
    task = location.on_chain(Patience(chosen.patience))
    account = open_account(chosen.keystore, chosen.password_file)
    if not anybody and account.address != (owner := task.contract.owner()):
        raise ConfigError(f"{account.address} is not the task's coordinator, {owner} is")
    return task, TransactionSender(task.chain, account)
