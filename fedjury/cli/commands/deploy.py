"""`fedjury deploy`: publish a task and create its contract."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fedjury.cli import options
from fedjury.cli.deploy_options import (
    DataOptions,
    MemberOptions,
    SpecOptions,
    VerificationOptions,
    parse_model_arguments,
    parse_rule_parameters,
)
from fedjury.cli.grouped import grouped
from fedjury.cli.round_options import RoundOptions
from fedjury.errors import ConfigError

if TYPE_CHECKING:
    from fedjury.deploy.draft import SpecDraft
    from fedjury.devnet import DevnetStatus
    from fedjury.protocol.task_spec import VerificationSpec
    from fedjury.task.creation import Members, RoundLimits

EXAMPLE = (
    "Example: fedjury deploy --devnet .fedjury/devnet --devnet-clients 10 "
    "--data mnist --data-dir ./mnist --rounds 10"
)


@grouped
def deploy(
    members: MemberOptions,
    data: DataOptions,
    verification: VerificationOptions,
    spec: SpecOptions,
    rounds: RoundOptions,
    out: Annotated[Path, typer.Option(help="Deployment file to write.")] = options.DEPLOYMENT,
    force: Annotated[bool, typer.Option(help="Overwrite the deployment file.")] = False,
    patience: options.PatienceOption = options.PATIENCE_SECONDS,
    as_json: options.JsonOption = False,
) -> None:
    """Publish spec, genesis model and roster, and create the task.

    Of the jury's samples it takes the commitments alone, which `fedjury verification new` makes.
    Writes the deployment file that the other commands read.
    """
    from fedjury.chain.contracts.task_factory import TaskFactory
    from fedjury.chain.rpc.connection import Chain
    from fedjury.chain.transactions.sender import TransactionSender
    from fedjury.cli.displays.deployed import show_deployed
    from fedjury.cli.output import Output
    from fedjury.data import load_dataset
    from fedjury.data.scheme import parse_scheme
    from fedjury.deploy.action import carry_out
    from fedjury.deploy.members import choose_coordinator, choose_locations
    from fedjury.deploy.plan import DataSource, DeployOptions, plan_deployment
    from fedjury.deploy.used_slices import mark_used, notes_on_use
    from fedjury.devnet import status
    from fedjury.protocol.update_tag import task_name
    from fedjury.runtime.keystore import open_account
    from fedjury.runtime.patience import Patience

    if out.exists() and not force:
        raise ConfigError(f"{out} exists: say --force to overwrite it, or --out for another")
    parse_scheme(data.partition)
    source = DataSource(data.data, data.partition, data.partition_seed)
    confirmations = options.parse_confirmations(rounds.confirmations)
    devnet = None if members.devnet is None else status(members.devnet)
    chosen = _members(members, devnet)
    judged = _verification(verification)
    limits = _limits(rounds, judged, chosen)
    wanted = DeployOptions(_draft(spec), limits, chosen, source, confirmations)
    rpc, store = choose_locations(devnet, members.rpc, members.store)
    account = open_account(*choose_coordinator(devnet, members.keystore, members.password_file))
    dataset = load_dataset(data.data, data.data_dir)
    plan = plan_deployment(wanted, judged, dataset)
    chain = Chain.connect(rpc, patience=Patience(patience))
    factory = None if members.factory is None else TaskFactory.at(chain, members.factory)
    deployed = carry_out(plan, TransactionSender(chain, account), store, out, factory)
    notes = [*plan.notes, *notes_on_use(verification.commitments, judged.slices)]
    name = task_name(deployed.deployment.chain_id, deployed.deployment.task)
    notes += mark_used(verification.commitments, judged.slices, name)
    plan = replace(plan, notes=notes)
    show_deployed(plan, deployed, out, dataset, Output(as_json), lambda_given=spec.lam is not None)


def _members(members: MemberOptions, devnet: "DevnetStatus | None") -> "Members":
    from fedjury.deploy.members import checked_relayers, choose_members
    from fedjury.protocol.juries import least_quorum
    from fedjury.task.creation import Members
    from fedjury.task.roster_file import all_addresses, roster_of

    named = all_addresses(members.client or [], members.roster)
    relayers = checked_relayers(members.relayer)
    jurors, clients = choose_members(
        devnet, members.juror, named, members.devnet_jurors, members.devnet_clients, relayers
    )
    quorum = members.quorum or least_quorum(len(jurors))
    return Members(jurors, quorum, roster_of(clients), relayers)


def _verification(given: VerificationOptions) -> "VerificationSpec":
    from fedjury.data.commitments import read_commitments
    from fedjury.deploy.terms import USUAL_DEPTH, choose_verification

    depth = given.disclosure_depth
    if depth is not None and not given.disclose:
        raise ConfigError("--disclosure-depth says when slices are disclosed: say --disclose, too")
    return choose_verification(
        read_commitments(given.commitments),
        disclosed=given.disclose,
        depth=USUAL_DEPTH if depth is None else depth,
        accuracy=given.publish_accuracy,
    )


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
        retention_days=spec.retention_days,
    )


def _limits(
    rounds: RoundOptions, verification: "VerificationSpec", members: "Members"
) -> "RoundLimits":
    from fedjury.deploy.terms import (
        choose_batch_seconds,
        choose_grace,
        choose_max_updates,
        choose_rounds,
        default_min_updates,
    )
    from fedjury.task.creation import RoundLimits

    clients, length = members.roster.size, rounds.round_seconds
    batch_seconds = choose_batch_seconds(length, rounds.batch_seconds, len(members.relayers))
    most = choose_max_updates(clients, batch_seconds, rounds.max_updates)
    return RoundLimits(
        round_seconds=length,
        batch_seconds=batch_seconds,
        availability_seconds=rounds.availability_seconds,
        grace_seconds=choose_grace(rounds.availability_seconds, rounds.grace_seconds),
        notice_seconds=rounds.notice_seconds,
        min_updates=rounds.min_updates or default_min_updates(clients, most),
        max_updates=most,
        rounds=choose_rounds(verification, rounds.rounds),
    )
