"""`fedjury coordinator`: what only a task's coordinator may do. None of it touches a verdict."""

from pathlib import Path
from typing import Annotated

import typer

from fedjury.chain.connection import Chain
from fedjury.chain.contract import ContractCall
from fedjury.chain.federated_task import FederatedTask
from fedjury.chain.transactions import TransactionSender
from fedjury.cli import options
from fedjury.cli.members import checked_addresses
from fedjury.cli.output import Output
from fedjury.cli.session import find_place, open_account
from fedjury.errors import ConfigError

app = typer.Typer(
    help="Void, pause, change members: what a task's coordinator may do.", no_args_is_help=True
)
AddressesArgument = Annotated[list[str], typer.Argument(help="Addresses.")]


def _open(deployment: Path, rpc: str | None) -> FederatedTask:
    place = find_place(deployment, rpc, None)
    return FederatedTask.at(Chain.connect(place.rpc, place.chain_id), place.task)


def _send(
    task: FederatedTask,
    call: ContractCall,
    keystore: Path,
    password_file: Path | None,
    as_json: bool,
) -> None:
    account = open_account(keystore, password_file)
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
    Output(as_json).result(document, text)


@app.command("void", epilog="Example: fedjury coordinator void 3 --keystore coordinator.json")
def void(
    round_number: Annotated[int, typer.Argument(min=1, help="The overdue round.")],
    keystore: options.KeystoreOption,
    password_file: options.PasswordFileOption = None,
    deployment: options.DeploymentOption = options.DEPLOYMENT,
    rpc: options.RpcOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Give up a round that was not finalized within its grace time; the model stays."""
    task = _open(deployment, rpc)
    _send(task, task.void_round(round_number), keystore, password_file, as_json)


@app.command("pause", epilog="Example: fedjury coordinator pause --keystore coordinator.json")
def pause(
    keystore: options.KeystoreOption,
    password_file: options.PasswordFileOption = None,
    deployment: options.DeploymentOption = options.DEPLOYMENT,
    rpc: options.RpcOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Stop submitting and finalizing; time goes on."""
    task = _open(deployment, rpc)
    _send(task, task.pause(), keystore, password_file, as_json)


@app.command("unpause", epilog="Example: fedjury coordinator unpause --keystore coordinator.json")
def unpause(
    keystore: options.KeystoreOption,
    password_file: options.PasswordFileOption = None,
    deployment: options.DeploymentOption = options.DEPLOYMENT,
    rpc: options.RpcOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Let submitting and finalizing go on."""
    task = _open(deployment, rpc)
    _send(task, task.unpause(), keystore, password_file, as_json)


@app.command("set-jury", epilog="Example: fedjury coordinator set-jury 0xab… --keystore c.json")
def set_jury(
    jurors: AddressesArgument,
    keystore: options.KeystoreOption,
    quorum: Annotated[
        int | None, typer.Option(min=1, help="Signatures needed; default: more than half.")
    ] = None,
    password_file: options.PasswordFileOption = None,
    deployment: options.DeploymentOption = options.DEPLOYMENT,
    rpc: options.RpcOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Appoint the jury that judges from the next round on."""
    task, members = _open(deployment, rpc), checked_addresses(jurors)
    call = task.set_jury(members, quorum or len(members) // 2 + 1)
    _send(task, call, keystore, password_file, as_json)


@app.command("register", epilog="Example: fedjury coordinator register 0xab… --keystore c.json")
def register(
    clients: AddressesArgument,
    keystore: options.KeystoreOption,
    password_file: options.PasswordFileOption = None,
    deployment: options.DeploymentOption = options.DEPLOYMENT,
    rpc: options.RpcOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Let clients submit updates."""
    task = _open(deployment, rpc)
    call = task.register_clients(checked_addresses(clients))
    _send(task, call, keystore, password_file, as_json)


@app.command("remove", epilog="Example: fedjury coordinator remove 0xab… --keystore c.json")
def remove(
    clients: AddressesArgument,
    keystore: options.KeystoreOption,
    password_file: options.PasswordFileOption = None,
    deployment: options.DeploymentOption = options.DEPLOYMENT,
    rpc: options.RpcOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Let clients submit no more."""
    task = _open(deployment, rpc)
    call = task.remove_clients(checked_addresses(clients))
    _send(task, call, keystore, password_file, as_json)
