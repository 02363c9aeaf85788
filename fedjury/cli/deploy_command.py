"""`fedjury deploy`: publish a task and create its contract."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from eth_utils.address import is_address, to_checksum_address
from pydantic import ValidationError

from fedjury.chain.connection import Chain
from fedjury.chain.task_factory import TaskFactory
from fedjury.chain.transactions import TransactionSender
from fedjury.cli import options
from fedjury.cli.genesis import choose_genesis
from fedjury.cli.oracle_command import verification_name
from fedjury.cli.output import Output
from fedjury.cli.session import open_account
from fedjury.data import Dataset, load_dataset
from fedjury.data.scheme import SCHEMES, parse_scheme
from fedjury.data.split import split_test
from fedjury.deploying import (
    CreatedTask,
    Members,
    RoundLimits,
    check_fits,
    create_task,
    default_limits,
    genesis_weights,
)
from fedjury.deployment import Deployment
from fedjury.devnet import DevnetStatus
from fedjury.devnet import status as devnet_status
from fedjury.errors import ConfigError, SpecError
from fedjury.spec import (
    CallableSpec,
    RuleSpec,
    TaskSpec,
    TrainingSpec,
    VerificationSpec,
)
from fedjury.store import cid_of, open_store
from fedjury.verification import VerificationSet, new_verification_set, save_verification_set

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
    rpc, store = _locations(found, rpc, store)
    account = open_account(*_coordinator(found, keystore, password_file))
    jurors, clients = _members(found, juror, client, devnet_jurors, devnet_clients)
    dataset = load_dataset(data, data_dir)
    judged, _ = split_test(dataset.test, split_seed)
    verification = new_verification_set(judged)
    spec = build_spec(
        name=name,
        model=_model(model, model_arguments),
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


def build_spec(
    *,
    name: str,
    model: CallableSpec,
    lam: float,
    rule: str | RuleSpec,
    training: dict[str, Any],
    max_update_bytes: int | None,
    verification: VerificationSet,
    genesis_seed: int,
) -> TaskSpec:
    """A checked spec, its size limit taken from the model where none is given.

    Raises:
        SpecError: a value is out of range, or the rule is unknown.
        ModelError: the model cannot be built.
    """
    from oracle.rules import find_rule  # noqa: PLC0415 (only the command line may look there)

    draft: dict[str, Any] = {
        "name": name,
        "model": model,
        "lambda": lam,
        "rule": RuleSpec(name=rule) if isinstance(rule, str) else rule,
        "update": {"max_bytes": 1 if max_update_bytes is None else max_update_bytes},
        "verification": VerificationSpec(
            samples=len(verification), commitment=verification.commitment()
        ),
    }
    try:
        spec = TaskSpec.model_validate({**draft, "training": TrainingSpec(**training)})
    except ValidationError as error:
        raise _no_task(error) from error
    find_rule(spec.rule)
    if max_update_bytes is None:
        limits = default_limits(genesis_weights(spec, genesis_seed))
        spec = spec.model_copy(update={"update": limits})
    return spec


def _locations(found: DevnetStatus | None, rpc: str | None, store: str | None) -> tuple[str, str]:
    if found is not None:
        rpc, store = rpc or found.chain.url, store or found.ipfs.url
    if rpc is None or store is None:
        raise ConfigError("say --devnet, or both --rpc and --store")
    return rpc, store


def _coordinator(
    found: DevnetStatus | None, keystore: Path | None, password_file: Path | None
) -> tuple[Path, Path | None]:
    if keystore is not None:
        return keystore, password_file
    if found is None:
        raise ConfigError("say the coordinator's --keystore")
    return devnet_keystore(found, 0), found.password_file


def devnet_keystore(found: DevnetStatus, number: int) -> Path:
    """The keystore of the devnet's account of this number."""
    return found.keystores / f"{number}-{found.accounts[number]}.json"


def _members(
    found: DevnetStatus | None,
    juror: list[str] | None,
    client: list[str] | None,
    jurors: int,
    clients: int,
) -> tuple[list[str], list[str]]:
    if found is not None and 1 + jurors + clients > len(found.accounts):
        raise ConfigError(
            f"the devnet has {len(found.accounts)} accounts; a coordinator, {jurors} jurors and "
            f"{clients} clients need {1 + jurors + clients}"
        )
    accounts = list(found.accounts) if found else []
    named_jurors = checked_addresses(juror) or accounts[1 : 1 + jurors]
    named_clients = checked_addresses(client) or accounts[1 + jurors : 1 + jurors + clients]
    if not named_jurors:
        raise ConfigError("a task needs a jury: say --juror, once for each")
    return named_jurors, named_clients


def checked_addresses(given: list[str] | None) -> list[str]:
    """Checksummed addresses (EIP-55); none for None.

    Raises:
        ConfigError: names the first that is no address.
    """
    for address in given or []:
        if not is_address(address):
            raise ConfigError(f"{address!r} is not an address: 0x and 40 hexadecimal digits")
    return [to_checksum_address(address) for address in given or []]


def _model(name: str, arguments: str) -> CallableSpec:
    try:
        return CallableSpec(callable=name, arguments=_arguments(arguments))
    except ValidationError as error:
        raise _no_task(error) from error


def parse_rule_parameters(given: list[str] | None) -> dict[str, Any]:
    """Names and values from NAME=VALUE, the values in JSON.

    Raises:
        ConfigError: not that, or a name given twice.
    """
    parameters: dict[str, Any] = {}
    for text in given or []:
        name, separator, value = text.partition("=")
        if not separator or not name or name in parameters:
            raise ConfigError(f"--rule-parameter takes NAME=VALUE, each name once, not {text!r}")
        try:
            parameters[name] = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise ConfigError(f"--rule-parameter {name}: the value is not JSON: {error}") from error
    return parameters


def _no_task(error: ValidationError) -> SpecError:
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"]))
    return SpecError(f"these options make no valid task: {where}: {first['msg']}")


def _arguments(text: str) -> dict[str, Any]:
    try:
        arguments = json.loads(text)
    except ValueError as error:
        raise ConfigError(f"--model-arguments is not JSON: {error}") from error
    if not isinstance(arguments, dict):
        raise ConfigError("--model-arguments takes a JSON object, as '{\"hidden\": 64}'")
    return arguments


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
