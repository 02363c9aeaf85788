"""`fedjury deploy`: publish a task and create its contract."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fedjury.cli import options
from fedjury.cli.deploy_options import (
    DataOptions,
    MemberOptions,
    RoundOptions,
    SpecOptions,
    parse_model_arguments,
    parse_rule_parameters,
)
from fedjury.cli.grouped import grouped
from fedjury.errors import ConfigError

if TYPE_CHECKING:
    from fedjury.deploy.draft import SpecDraft
    from fedjury.task.creation import Members, RoundLimits

EXAMPLE = (
    "Example: fedjury deploy --devnet .fedjury/devnet --devnet-clients 10 "
    "--data mnist --data-dir ./mnist --rounds 10"
)


@grouped
def deploy(
    members: MemberOptions,
    data: DataOptions,
    spec: SpecOptions,
    rounds: RoundOptions,
    out: Annotated[Path, typer.Option(help="Deployment file to write.")] = options.DEPLOYMENT,
    force: Annotated[bool, typer.Option(help="Overwrite the deployment file.")] = False,
    patience: options.PatienceOption = options.PATIENCE_SECONDS,
    as_json: options.JsonOption = False,
) -> None:
    """Publish spec and genesis model, create the task, register its clients and jury.

    Writes the deployment file that the other commands read, and beside it the jury's private
    verification set: give that to the jurors and to nobody else.
    """
    from fedjury.chain.contracts.task_factory import TaskFactory
    from fedjury.chain.rpc.connection import Chain
    from fedjury.chain.transactions.sender import TransactionSender
    from fedjury.cli.displays.deployed import show_deployed
    from fedjury.cli.output import Output
    from fedjury.data import load_dataset
    from fedjury.data.scheme import parse_scheme
    from fedjury.deploy.action import carry_out, draw_verification_set
    from fedjury.deploy.members import (
        choose_coordinator,
        choose_locations,
        choose_members,
        majority_of,
    )
    from fedjury.deploy.plan import DataSource, DeployOptions, plan_deployment
    from fedjury.devnet import status
    from fedjury.runtime.keystore import open_account
    from fedjury.runtime.patience import Patience
    from fedjury.task.creation import Members
    from fedjury.task.timing import Timing

    if out.exists() and not force:
        raise ConfigError(f"{out} exists: say --force to overwrite it, or --out for another")
    parse_scheme(data.partition)
    devnet = None if members.devnet is None else status(members.devnet)
    rpc, store = choose_locations(devnet, members.rpc, members.store)
    account = open_account(*choose_coordinator(devnet, members.keystore, members.password_file))
    jurors, clients = choose_members(
        devnet, members.juror, members.client, members.devnet_jurors, members.devnet_clients
    )
    chosen = Members(account.address, jurors, members.quorum or majority_of(jurors), clients)
    source = DataSource(data.data, data.split_seed, data.partition, data.partition_seed)
    dataset = load_dataset(data.data, data.data_dir)
    timing = Timing(options.parse_confirmations(rounds.confirmations), rounds.fetch_timeout)
    wanted = DeployOptions(_draft(spec), _limits(rounds, chosen), chosen, source, timing)
    plan = plan_deployment(wanted, draw_verification_set(dataset, data.split_seed), dataset)
    chain = Chain.connect(rpc, patience=Patience(patience))
    factory = None if members.factory is None else TaskFactory.at(chain, members.factory)
    deployed = carry_out(plan, TransactionSender(chain, account), store, out, factory)
    show_deployed(plan, deployed, out, dataset, Output(as_json), lambda_given=spec.lam is not None)


def _draft(spec: SpecOptions) -> "SpecDraft":
    from fedjury.deploy.draft import SpecDraft, name_model
    from fedjury.oracle.rules.registry import suited_lambda
    from fedjury.protocol.task_spec import RuleSpec

    return SpecDraft(
        name=spec.name,
        model=name_model(spec.model, parse_model_arguments(spec.model_arguments)),
        lam=suited_lambda(spec.rule) if spec.lam is None else spec.lam,
        rule=RuleSpec(name=spec.rule, parameters=parse_rule_parameters(spec.rule_parameter)),
        training={
            "optimizer": spec.optimizer,
            "learning_rate": spec.learning_rate,
            "batch_size": spec.batch_size,
            "epochs": spec.epochs,
        },
        max_update_bytes=spec.max_update_bytes,
        max_magnitude=spec.max_magnitude,
        include=spec.include or [],
        exclude=spec.exclude or [],
        output=spec.model_output,
        classes=spec.classes,
        genesis_seed=spec.genesis_seed,
    )


def _limits(rounds: RoundOptions, members: "Members") -> "RoundLimits":
    from fedjury.deploy.members import default_max_updates, default_min_updates
    from fedjury.task.creation import RoundLimits

    clients = members.clients
    return RoundLimits(
        round_seconds=rounds.round_seconds,
        grace_seconds=rounds.grace_seconds,
        min_updates=rounds.min_updates or default_min_updates(clients),
        max_updates=rounds.max_updates or default_max_updates(clients),
        rounds=rounds.rounds,
    )
