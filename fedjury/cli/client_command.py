"""`fedjury client`: one client of a task."""

from pathlib import Path
from typing import Annotated

import typer

from clients.agent import AgentSettings, ClientAgent
from clients.attacks import ATTACKS, Attack
from clients.journal import Journal
from clients.trainer import LocalTrainer
from fedjury.chain.transactions import TransactionSender
from fedjury.cli import options
from fedjury.cli.output import Output
from fedjury.cli.session import Place, find_place, open_account, stop_on_signals, use_threads
from fedjury.data import load_dataset
from fedjury.data.split import partition
from fedjury.errors import ConfigError
from fedjury.loop import outlast, run_cycles
from fedjury.task import OpenedTask

EXAMPLE = (
    "Example: fedjury client --keystore client.json --password-file password.txt "
    "--data mnist --data-dir ./mnist --shard 3/10"
)
PoisonOption = Annotated[str | None, typer.Option(help=f"Be an adversary: {' or '.join(ATTACKS)}.")]


def client(
    keystore: options.KeystoreOption,
    password_file: options.PasswordFileOption = None,
    data: Annotated[
        str | None, typer.Option(help="digits, mnist or module:callable; default: the task's.")
    ] = None,
    data_dir: options.DataDirOption = None,
    shard: Annotated[
        str | None,
        typer.Option(help="Which part of the training data, as 3/10; default: by registration."),
    ] = None,
    poison: PoisonOption = None,
    poison_rounds: Annotated[
        str | None, typer.Option(help="Attack only in these rounds, as 1,4,7.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of training; default: the shard.")] = None,
    deployment: options.DeploymentOption = options.DEPLOYMENT,
    rpc: options.RpcOption = None,
    store: options.StoreOption = None,
    work_dir: options.WorkDirOption = None,
    allow_model: options.AllowModelOption = None,
    confirmations: options.ConfirmationsOption = "0",
    poll: options.PollOption = 2.0,
    max_fee_gwei: options.MaxFeeOption = None,
    threads: options.ThreadsOption = 1,
    as_json: options.JsonOption = False,
) -> None:
    """Take part in every round: fetch the model, train, submit, publish, report the verdict.

    Safe to restart at any point: what was trained is kept until the jury has spoken.
    """
    output, stop = Output(as_json), stop_on_signals()
    depth = options.parse_confirmations(confirmations)
    place = find_place(deployment, rpc, store)
    account = open_account(keystore, password_file)
    number, shards = parse_shard(shard, place, account.address)
    use_threads(threads)
    dataset = load_dataset(data or _data_of(place), data_dir)
    parts = partition(
        dataset.train, shards, place.deployment.partition_seed if place.deployment else 0
    )
    task = outlast(lambda: place.open(allow_model), stop, output.event)
    if task is None:
        return
    trainer = LocalTrainer(
        task.build_model(),
        parts[number - 1],
        dataset.classes,
        task.spec.training,
        number if seed is None else seed,
        parse_attack(poison),
        parse_rounds(poison_rounds),
    )
    agent = ClientAgent(
        task,
        account,
        TransactionSender(task.chain, account, max_fee_gwei=max_fee_gwei),
        trainer,
        Journal(_work(work_dir or deployment.parent, account.address, task)),
        AgentSettings(place.from_block, depth),
        output.event,
    )
    output.event("started", f"client {account.address} of {task.name}", client=account.address)
    run_cycles(agent.cycle, stop, poll, output.event)


def _work(directory: Path, address: str, task: OpenedTask) -> Path:
    return directory / f"client-{address}" / task.contract.address


def _data_of(place: Place) -> str:
    if place.deployment is None:
        raise ConfigError("say which --data to train on")
    return place.deployment.data


def parse_shard(text: str | None, place: Place, address: str) -> tuple[int, int]:
    """Shard number (from 1) and count; by default the client's place in the deployment.

    Raises:
        ConfigError: not of the form 3/10, or the client is not in the deployment.
    """
    if text is None:
        clients = place.deployment.clients if place.deployment else []
        if address not in clients:
            raise ConfigError(
                f"{address} is not in the deployment file: say which --shard, as 3/10"
            )
        return clients.index(address) + 1, len(clients)
    number, _, count = text.partition("/")
    if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise ConfigError(f"--shard takes a number and a count, as 3/10, not {text!r}")
    return int(number), int(count)


def parse_attack(name: str | None) -> Attack | None:
    """The attack of this name, None for honest clients.

    Raises:
        ConfigError: no such attack.
    """
    if name is not None and name not in ATTACKS:
        raise ConfigError(f"unknown attack {name!r}; known: {', '.join(ATTACKS)}")
    return None if name is None else ATTACKS[name]


def parse_rounds(text: str | None) -> frozenset[int] | None:
    """Round numbers separated by commas.

    Raises:
        ConfigError: not that.
    """
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() for part in parts):
        raise ConfigError(f"--poison-rounds takes round numbers, as 1,4,7, not {text!r}")
    return frozenset(map(int, parts))
