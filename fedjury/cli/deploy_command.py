"""`fedjury deploy`: publish a task and create its contract."""

from pathlib import Path
from typing import Annotated

import typer

from fedjury.chain.connection import Chain
from fedjury.chain.task_factory import TaskFactory
from fedjury.chain.transactions import TransactionSender
from fedjury.cli import options
from fedjury.cli.genesis import choose_genesis
from fedjury.cli.members import choose_coordinator, choose_locations, choose_members
from fedjury.cli.oracle_command import verification_name
from fedjury.cli.output import Output
from fedjury.cli.session import open_account
from fedjury.cli.spec_options import build_spec, parse_model, parse_rule_parameters
from fedjury.data import Dataset, load_dataset
from fedjury.data.scheme import SCHEMES, parse_scheme
from fedjury.data.split import split_test
from fedjury.deploying import (
    CreatedTask,
    Members,
    RoundLimits,
    check_fits,
    create_task,
    genesis_weights,
)
from fedjury.deployment import Deployment
from fedjury.devnet import status as devnet_status
from fedjury.errors import ConfigError
from fedjury.spec import RuleSpec
from fedjury.store import cid_of, open_store
from fedjury.verification import new_verification_set, save_verification_set

EXAMPLE = (
    "Example: fedjury deploy --devnet .fedjury/devnet --devnet-clients 10 "
    "--data mnist --data-dir ./mnist --rounds 10"
)
AddressesOption = Annotated[list[str] | None, typer.Option(help="Address; repeatable.")]


def deploy(
    devnet: Annotated[
        Path | None,
        typer.Option(help="A devnet: account 0 coordinates, then jurors, then clients."),
    ] = None,
    devnet_jurors: Annotated[int, typer.Option(min=1, help="Jurors from the devnet.")] = 1,
    devnet_clients: Annotated[int, typer.Option(min=0, help="Clients from the devnet.")] = 10,
    rpc: options.RpcOption = None,
    store: options.StoreOption = None,
    keystore: Annotated[
        Path | None, typer.Option(help="The coordinator's keystore.", envvar="FEDJURY_KEYSTORE")
    ] = None,
    password_file: options.PasswordFileOption = None,
    juror: AddressesOption = None,
    client: AddressesOption = None,
    quorum: Annotated[
        int | None, typer.Option(min=1, help="Signatures needed; default: more than half.")
    ] = None,
    factory: Annotated[
        str | None, typer.Option(help="An existing factory; default: a new one.")
    ] = None,
    name: Annotated[str, typer.Option(help="Of the task, for people.")] = "fedjury task",
    data: Annotated[
        str, typer.Option(help="digits, mnist, idx:DIR or module:callable.")
    ] = "digits",
    data_dir: options.DataDirOption = None,
    model: Annotated[
        str, typer.Option(help="module:callable that builds a torch module.")
    ] = "fedjury.models:mlp",
    model_arguments: Annotated[
        str, typer.Option(help="Its keyword arguments, a JSON object.")
    ] = "{}",
    lam: Annotated[
        float, typer.Option("--lambda", help="λ: how much of the old model stays.")
    ] = 0.5,
    rule: Annotated[str, typer.Option(help="Verification rule.")] = "paper",
    rule_parameter: Annotated[
        list[str] | None,
        typer.Option(help="NAME=VALUE for the rule, the value in JSON; repeatable."),
    ] = None,
    optimizer: Annotated[str, typer.Option(help="adam or sgd, asked of clients.")] = "adam",
    learning_rate: Annotated[float, typer.Option(help="Asked of clients.")] = 1e-3,
    batch_size: Annotated[int, typer.Option(help="Asked of clients.")] = 32,
    epochs: Annotated[int, typer.Option(help="Per round, asked of clients.")] = 1,
    max_update_bytes: Annotated[
        int | None, typer.Option(help="Largest update file; default: the model's and 4 KiB.")
    ] = None,
    rounds: Annotated[int, typer.Option(min=0, help="After which the task ends; 0: never.")] = 10,
    round_seconds: Annotated[int, typer.Option(min=1, help="A round's window.")] = 600,
    grace_seconds: Annotated[
        int, typer.Option(min=0, help="After the window, before a round may be voided.")
    ] = 3600,
    min_updates: Annotated[
        int | None, typer.Option(min=1, help="To close a round; default: half of the clients.")
    ] = None,
    max_updates: Annotated[
        int | None, typer.Option(min=1, help="Closes a round at once; default: all clients.")
    ] = None,
    split_seed: Annotated[
        int, typer.Option(help="Splits the test data for the jury; 0: in the dataset's order.")
    ] = 0,
    partition: Annotated[
        str, typer.Option(help=f"How clients split the training data: {SCHEMES}.")
    ] = "iid",
    partition_seed: Annotated[int, typer.Option(help="Splits the training data.")] = 1,
    genesis_seed: Annotated[
        int, typer.Option(help="First seed to try for a first model that beats constant answers.")
    ] = 1,
    out: Annotated[Path, typer.Option(help="Deployment file to write.")] = options.DEPLOYMENT,
    force: Annotated[bool, typer.Option(help="Overwrite the deployment file.")] = False,
    as_json: options.JsonOption = False,
) -> None:
    """Publish spec and genesis model, create the task, register its clients and jury.

    Writes the deployment file that the other commands read, and beside it the jury's private
    verification set: give that to the jurors and to nobody else.
    """
    if out.exists() and not force:
        raise ConfigError(f"{out} exists: say --force to overwrite it, or --out for another")
    parse_scheme(partition)
    found = None if devnet is None else devnet_status(devnet)
    rpc, store = choose_locations(found, rpc, store)
    account = open_account(*choose_coordinator(found, keystore, password_file))
    jurors, clients = choose_members(found, juror, client, devnet_jurors, devnet_clients)
    dataset = load_dataset(data, data_dir)
    judged, _ = split_test(dataset.test, split_seed)
    verification = new_verification_set(judged)
    spec = build_spec(
        name=name,
        model=parse_model(model, model_arguments),
        lam=lam,
        rule=RuleSpec(name=rule, parameters=parse_rule_parameters(rule_parameter)),
        training={
            "optimizer": optimizer,
            "learning_rate": learning_rate,
            "batch_size": batch_size,
            "epochs": epochs,
        },
        max_update_bytes=max_update_bytes,
        verification=verification,
        genesis_seed=genesis_seed,
    )
    check_fits(spec, genesis_weights(spec, genesis_seed), dataset.test)
    weights, chosen_seed = choose_genesis(spec, verification, genesis_seed)
    chain = Chain.connect(rpc)
    secret = out.parent / verification_name(verification.commitment())
    save_verification_set(verification, secret)
    created = create_task(
        chain,
        open_store(store),
        TransactionSender(chain, account),
        spec,
        weights,
        RoundLimits(
            round_seconds,
            grace_seconds,
            min_updates or max(1, len(clients) // 2),
            max_updates or max(1, len(clients)),
            rounds,
        ),
        Members(account.address, jurors, quorum or len(jurors) // 2 + 1, clients),
        None if factory is None else TaskFactory.at(chain, factory),
    )
    deployment = Deployment(
        chain_id=chain.chain_id,
        rpc=rpc,
        store=store,
        factory=created.factory,
        task=created.address,
        block=created.receipt.block_number,
        spec=cid_of(created.spec_digest),
        genesis=cid_of(created.genesis_digest),
        coordinator=account.address,
        jurors=jurors,
        clients=clients,
        data=data,
        split_seed=split_seed,
        partition_seed=partition_seed,
        partition=partition,
    )
    deployment.save(out)
    _tell(Output(as_json), deployment, created, out, secret, dataset, chosen_seed)


def _tell(
    output: Output,
    deployment: Deployment,
    created: CreatedTask,
    out: Path,
    secret: Path,
    dataset: Dataset,
    genesis_seed: int | None,
) -> None:
    drawn = (
        f"seed {genesis_seed}"
        if genesis_seed is not None
        else "worse than a constant answer: round 1 may accept poison"
    )
    document = {
        **deployment.model_dump(),
        "deployment": str(out),
        "verification": str(secret),
        "gas": created.receipt.gas_used,
        "genesis_seed": genesis_seed,
    }
    text = "\n".join(
        [
            f"task     {deployment.task} on chain {deployment.chain_id}, block {deployment.block}",
            f"factory  {deployment.factory}",
            f"spec     {deployment.spec}",
            f"genesis  {deployment.genesis} ({drawn})",
            f"members  {len(deployment.jurors)} jurors, {len(deployment.clients)} clients",
            f"data     {dataset.name}: {len(dataset.train):,} to train on",
            f"wrote    {out}",
            f"secret   {secret}: the jury's verification set; for jurors only",
        ]
    )
    output.result(document, text)
