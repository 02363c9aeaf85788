"""The options of `fedjury deploy`, by what they are about."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from fedjury.cli import options
from fedjury.cli.locations import Location
from fedjury.cli.parameters import parse_parameters
from fedjury.errors import ConfigError

LARGEST = 2**32 - 1
"""The largest number of 32 bits, which the contract and the spec keep."""

AddressesOption = Annotated[list[str] | None, typer.Option(help="Address of a member; repeatable.")]


@dataclass(frozen=True)
class MemberOptions:
    """Who takes part, on which chain and store."""

    devnet: Annotated[
        Path | None,
        typer.Option(
            help="Directory of a devnet: account 0 coordinates, then jurors, then clients, "
            "where none are named."
        ),
    ] = None
    devnet_jurors: Annotated[
        int,
        typer.Option(min=1, help="Number of jurors from the devnet; --juror replaces all of them."),
    ] = 1
    devnet_clients: Annotated[
        int,
        typer.Option(
            min=0,
            help="Number of clients from the devnet; --client and --roster replace all of them.",
        ),
    ] = 10
    rpc: Annotated[
        str | None,
        typer.Option(help="RPC URL of the chain.", envvar="FEDJURY_RPC", click_type=Location()),
    ] = None
    store: Annotated[
        str | None,
        typer.Option(
            help="IPFS API (URL or multiaddr) or dir:PATH.",
            envvar="FEDJURY_STORE",
            click_type=Location(),
        ),
    ] = None
    keystore: Annotated[
        Path | None, typer.Option(help="The coordinator's keystore.", envvar="FEDJURY_KEYSTORE")
    ] = None
    password_file: options.PasswordFileOption = None
    juror: AddressesOption = None
    client: AddressesOption = None
    roster: Annotated[
        Path | None,
        typer.Option(
            help="File with the addresses of further clients: one a line, or a JSON list."
        ),
    ] = None
    quorum: Annotated[
        int | None,
        typer.Option(
            min=1, help="Number of jurors that must sign; default: just more than two thirds."
        ),
    ] = None
    relayer: Annotated[
        list[str] | None,
        typer.Option(
            help="Address that may submit batches of updates, which clients hand to `fedjury "
            "relay`; repeatable."
        ),
    ] = None
    factory: Annotated[
        str | None, typer.Option(help="Address of an existing factory; default: a new one.")
    ] = None


@dataclass(frozen=True)
class DataOptions:
    """The data that clients train on, and that the model is tried on here."""

    data: Annotated[str, typer.Option(help=f"The dataset: {options.DATASETS}.")] = "digits"
    data_dir: options.DataDirOption = None
    partition: Annotated[
        str, typer.Option(help=f"How clients split the training data: {options.SCHEMES}.")
    ] = "iid"
    partition_seed: Annotated[
        int, typer.Option(min=0, max=LARGEST, help="Seed that splits the training data.")
    ] = 1


@dataclass(frozen=True)
class SpecOptions:
    """What the task's spec says."""

    name: Annotated[str, typer.Option(help="The task's name, for people.")] = "fedjury task"
    model: Annotated[
        str, typer.Option(help="The model: a module:callable that builds a torch module.")
    ] = "fedjury.models:mlp"
    model_arguments: Annotated[
        str, typer.Option(help="The model's keyword arguments, as a JSON object.")
    ] = "{}"
    model_output: Annotated[
        str | None,
        typer.Option(
            help="Which part of the model's output the logits are, a key or an index; default: "
            "its first tensor."
        ),
    ] = None
    include: Annotated[
        list[str] | None,
        typer.Option(
            help="Pattern of tensors that are federated, as '*lora*'; repeatable; default: what "
            "training changes."
        ),
    ] = None
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            help="Pattern of tensors that are not federated, as 'head.*': clients keep what they "
            "train of it; repeatable."
        ),
    ] = None
    classes: Annotated[
        int | None,
        typer.Option(min=1, max=2**31 - 1, help="Number of classes; default: those of the data."),
    ] = None
    lam: Annotated[float | None, typer.Option("--lambda", help=options.LAMBDA)] = None
    rule: Annotated[
        str,
        typer.Option(
            help="The verification rule: paper, selection or loss; fedavg, median, trimmed-mean "
            "and multi-krum never look at the jury's samples and trust the roster."
        ),
    ] = "paper"
    rule_parameter: Annotated[
        list[str] | None,
        typer.Option(help="A parameter of the rule, NAME=VALUE, the value in JSON; repeatable."),
    ] = None
    optimizer: Annotated[
        str, typer.Option(help="Optimizer that clients are asked to use: adam or sgd.")
    ] = "adam"
    learning_rate: Annotated[
        float, typer.Option(help="Learning rate that clients are asked to use.")
    ] = 1e-3
    batch_size: Annotated[int, typer.Option(help="Batch size that clients are asked to use.")] = 32
    epochs: Annotated[
        int, typer.Option(help="Epochs a round that clients are asked to train for.")
    ] = 1
    max_update_bytes: Annotated[
        int | None,
        typer.Option(help="Size of the largest update file; default: the model's and 4 KiB."),
    ] = None
    max_magnitude: Annotated[
        float | None,
        typer.Option(
            help="Largest absolute weight of an update; default: 1000, or a hundred times what "
            "training gives if that is more."
        ),
    ] = None
    genesis_seed: Annotated[
        int, typer.Option(min=0, max=LARGEST, help="Seed that the first model is drawn from.")
    ] = 1
    retention_days: Annotated[
        int,
        typer.Option(
            min=0,
            max=LARGEST,
            help="Days for which each signer of a report keeps the files that it rests on; "
            "0: for ever.",
        ),
    ] = 365


@dataclass(frozen=True)
class VerificationOptions:
    """What the jury judges on: commitments alone, no samples."""

    commitments: Annotated[
        Path,
        typer.Option(help="Commitments to the jury's slices, by `fedjury verification new`."),
    ] = options.VERIFICATION / "commitments.json"
    disclose: Annotated[
        bool,
        typer.Option(
            "--disclose/--no-disclose",
            help="Whether jurors disclose a slice after its last round, so that anyone derives "
            "its verdicts.",
        ),
    ] = False
    disclosure_depth: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=LARGEST,
            help="Blocks on top of a round's end before they do, with --disclose; default: 12.",
        ),
    ] = None
    publish_accuracy: Annotated[
        bool | None,
        typer.Option(
            "--publish-accuracy/--no-publish-accuracy",
            help="Whether reports say the new model's accuracy; default: where each round has a "
            "slice of its own that is disclosed.",
        ),
    ] = None


def parse_model_arguments(text: str) -> dict[str, Any]:
    """Keyword arguments of a model, a JSON object.

    Raises:
        ConfigError: not that.
    """
    try:
        arguments = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"--model-arguments is not JSON: {error}") from error
    if not isinstance(arguments, dict):
        raise ConfigError("--model-arguments takes a JSON object, as '{\"hidden\": 64}'")
    return arguments


def parse_rule_parameters(given: list[str] | None) -> dict[str, Any]:
    """A rule's parameters from NAME=VALUE, the values in JSON.

    Raises:
        ConfigError: not that, or a name given twice.
    """
    return parse_parameters("--rule-parameter", given or [], words=False)
