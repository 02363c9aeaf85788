"""`fedjury coordinator`: what only a task's coordinator may do. None of it touches a verdict."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from fedjury.cli import options
from fedjury.cli.grouped import grouped

if TYPE_CHECKING:
    from fedjury.chain.contracts.federated_task import FederatedTask
    from fedjury.chain.transactions.call import ContractCall

app = typer.Typer(
    help="Void, pause, change members: what a task's coordinator may do.", no_args_is_help=True
)
AddressesArgument = Annotated[list[str], typer.Argument(help="Addresses of the members.")]


@dataclass(frozen=True)
class CoordinatorOptions:
    """The coordinator's account, and the task."""

    keystore: options.KeystoreOption
    password_file: options.PasswordFileOption = None
    deployment: options.DeploymentOption = options.DEPLOYMENT
    rpc: options.RpcOption = None
    patience: options.PatienceOption = options.PATIENCE_SECONDS
    as_json: options.JsonOption = False


def _send(chosen: CoordinatorOptions, prepare: "Callable[[FederatedTask], ContractCall]") -> None:
    """Send a call that the task's contract takes from its coordinator alone."""
    from fedjury.chain.contracts.federated_task import FederatedTask
    from fedjury.chain.transactions.sender import TransactionSender
    from fedjury.cli.output import Output
    from fedjury.errors import ConfigError
    from fedjury.runtime.keystore import open_account
    from fedjury.runtime.patience import Patience
    from fedjury.task.location import find_location

    location = find_location(chosen.deployment, chosen.rpc)
    task = FederatedTask.at(location.connect(Patience(chosen.patience)), location.task)
    call = prepare(task)
    account = open_account(chosen.keystore, chosen.password_file)
    if account.address != (owner := task.owner()):
        raise ConfigError(f"{account.address} is not the task's coordinator, {owner} is")
    receipt = TransactionSender(task.chain, account).send(call)
    document = {
        "call": call.name,
        "block": receipt.block_number,
        "gas": receipt.gas_used,
        "transaction": "0x" + receipt.transaction_hash.hex(),
    }
    text = f"{call.name} is in block {receipt.block_number}, {receipt.gas_used} gas"
    Output(chosen.as_json).result(document, text)


@app.command("void", epilog="Example: fedjury coordinator void 3 --keystore coordinator.json")
@grouped
def void(
    round_number: Annotated[int, typer.Argument(min=1, help="Number of the overdue round.")],
    chosen: CoordinatorOptions,
) -> None:
    """Give up a round that was not finalized within its grace time; the model stays."""
    _send(chosen, lambda task: task.void_round(round_number))


@app.command("pause", epilog="Example: fedjury coordinator pause --keystore coordinator.json")
@grouped
def pause(chosen: CoordinatorOptions) -> None:
    """Stop submitting and finalizing; time goes on."""
    _send(chosen, lambda task: task.pause())


@app.command("unpause", epilog="Example: fedjury coordinator unpause --keystore coordinator.json")
@grouped
def unpause(chosen: CoordinatorOptions) -> None:
    """Let submitting and finalizing go on."""
    _send(chosen, lambda task: task.unpause())


@app.command("set-jury", epilog="Example: fedjury coordinator set-jury 0xab… --keystore c.json")
@grouped
def set_jury(
    jurors: AddressesArgument,
    chosen: CoordinatorOptions,
    quorum: Annotated[
        int | None,
        typer.Option(
            min=1, help="Number of jurors that must sign; default: just more than two thirds."
        ),
    ] = None,
) -> None:
    """Appoint the jury that judges from the next round on."""
    from fedjury.deploy.members import checked_addresses
    from fedjury.protocol.juries import least_quorum

    members = checked_addresses(jurors)
    _send(chosen, lambda task: task.set_jury(members, quorum or least_quorum(len(members))))


@app.command("register", epilog="Example: fedjury coordinator register 0xab… --keystore c.json")
@grouped
def register(clients: AddressesArgument, chosen: CoordinatorOptions) -> None:
    """Let clients submit updates."""
    from fedjury.deploy.members import checked_addresses

    _send(chosen, lambda task: task.register_clients(checked_addresses(clients)))


@app.command("remove", epilog="Example: fedjury coordinator remove 0xab… --keystore c.json")
@grouped
def remove(clients: AddressesArgument, chosen: CoordinatorOptions) -> None:
    """Let clients submit no more updates."""
    from fedjury.deploy.members import checked_addresses

    _send(chosen, lambda task: task.remove_clients(checked_addresses(clients)))
