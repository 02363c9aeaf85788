"""Handing a task over to another coordinator, in two steps: one offers it, the other accepts."""

from typing import TYPE_CHECKING, Annotated

import typer

from fedjury.cli.coordinating import CoordinatorOptions, open_task

if TYPE_CHECKING:
    from fedjury.task.on_chain import TaskOnChain

HAND_OVER_EXAMPLE = (
    "Example: fedjury coordinator hand-over 0x90F79bf6EB2c4f870365E785982E1f101E93b906 "
    "--keystore coordinator.json"
)
ACCEPT_EXAMPLE = "Example: fedjury coordinator accept --keystore coordinator-2.json"


def hand_over(
    address: Annotated[str, typer.Argument(help="Address of the account that is to coordinate.")],
    chosen: CoordinatorOptions,
) -> None:
    """Offer the task to another coordinator; nothing changes until `fedjury coordinator accept`.

    That takes the other account's key. Offered again, the last offer counts. To take an offer back,
    offer the task to the coordinator itself.
    """
    from fedjury.cli.displays.handed_over import show_offered
    from fedjury.cli.output import Output
    from fedjury.task.roster_file import all_addresses

    (heir,) = all_addresses([address], None)
    task, sender = open_task(chosen)
    offered = _offered(task, sender.address)
    receipt = None
    if heir != (offered or sender.address):
        receipt = sender.send(task.contract.transfer_ownership(heir))
    show_offered(sender.address, heir, offered, receipt, Output(chosen.as_json))


def accept(chosen: CoordinatorOptions) -> None:
    """Become the coordinator of a task that was offered to this account, at once and alone.

    The one before may do nothing any more. Roster, relayers and an announced jury stay as they are.
    """
    from fedjury.cli.displays.handed_over import show_accepted
    from fedjury.cli.output import Output
    from fedjury.errors import ConfigError

    task, sender = open_task(chosen, anybody=True)
    owner, account = task.contract.owner(), sender.address
    if account == owner:
        raise ConfigError(f"{account} is the task's coordinator already: nothing is to be accepted")
    offered = _offered(task, owner)
    if account != offered:
        raise ConfigError(
            f"{owner} has offered the task to {offered or 'nobody'}, not to {account}: "
            f"that one sends `fedjury coordinator hand-over {account}` first"
        )
    receipt = sender.send(task.contract.accept_ownership())
    show_accepted(account, owner, receipt, Output(chosen.as_json))


def _offered(task: "TaskOnChain", owner: str) -> str | None:
    """To whom the task is offered; None for nobody, which an offer to its owner means too."""
    pending = task.contract.pending_owner()
    return pending if int(pending, 16) and pending != owner else None
