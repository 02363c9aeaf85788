"""`fedjury oracle`: the daemon of one juror."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fedjury.cli import options
from fedjury.cli.grouped import grouped

if TYPE_CHECKING:
    from fedjury.chain.rpc.block import BlockTag
    from fedjury.cli.output import Output
    from fedjury.data.verification import VerificationSet
    from fedjury.task.deployment_file import Deployment
    from fedjury.task.opened import OpenedTask
    from fedjury.task.timing import Timing

EXAMPLE = (
    "Example: fedjury oracle --keystore juror.json --password-file password.txt "
    "--verification .fedjury/verification-0123abcd.safetensors"
)


@grouped
def oracle(
    key: options.KeyOptions,
    where: options.TaskOptions,
    verification: Annotated[
        Path | None,
        typer.Option(help="The jury's private verification set; default: beside the deployment."),
    ] = None,
    fetch_timeout: Annotated[
        float | None,
        typer.Option(
            min=1,
            help="Seconds from a round's closing in which its files have to arrive; "
            "default: the deployment's.",
        ),
    ] = None,
    threads: options.ThreadsOption = 2,
    keep_days: options.KeepDaysOption = 365,
    as_json: options.JsonOption = False,
) -> None:
    """Judge every closed round and finalize it, until the task is finished.

    Safe to kill at any moment: the chain says where to go on. While chain or store are down
    the daemon waits for them.
    """
    from fedjury.runtime.signals import DAEMON, end_in

    stop = end_in(DAEMON)  # before imports that take seconds
    import torch

    from fedjury.cli.joining import join_task
    from fedjury.cli.output import Output
    from fedjury.oracle.daemon import assemble_juror
    from fedjury.runtime.events import Started
    from fedjury.runtime.keystore import open_account
    from fedjury.runtime.lock import sole_user
    from fedjury.runtime.loop import run_cycles
    from fedjury.task.location import find_location
    from fedjury.task.membership import require_juror

    output = Output(as_json, outlasting=True)
    depth = where.parse_confirmations()
    location = find_location(where.deployment, where.rpc, where.store)
    account = open_account(key.keystore, key.password_file)
    torch.set_num_threads(threads)
    work = where.work_directory("oracle", account.address, location.task)
    with sole_user(work, output.event):
        task = join_task(
            location, require_juror, account.address, where.allow_model, stop, output.event
        )
        if task is None:
            return
        timing = _choose_timing(task, location.deployment, depth, fetch_timeout, stop, output)
        samples = _load_samples(task, verification, where.deployment)
        juror, keeper = assemble_juror(
            task,
            account,
            samples,
            work,
            output.event,
            timing=timing,
            keep_days=keep_days,
            max_fee_gwei=where.max_fee_gwei,
        )
        output.event(Started(role="juror", address=account.address, task=task.name))
        run_cycles(keeper.after(juror.cycle, stop), stop, where.poll, output.event)


def _load_samples(task: "OpenedTask", given: Path | None, deployment: Path) -> "VerificationSet":
    from fedjury.data.verification import load_verification_set, verification_file_name
    from fedjury.oracle.commitment import check_verification

    beside = deployment.parent / verification_file_name(task.spec.verification.commitment)
    samples = load_verification_set(given or beside)
    check_verification(task.spec, samples)
    return samples


def _choose_timing(
    task: "OpenedTask",
    deployment: "Deployment | None",
    confirmations: "int | BlockTag | None",
    fetch_timeout: float | None,
    stop: threading.Event,
    output: "Output",
) -> "Timing":
    """How long to wait; tells of what does not fit together."""
    from fedjury.oracle.events import TimesMisfit
    from fedjury.runtime.loop import retry_until_stopped
    from fedjury.task.timing import choose_timing

    timing = choose_timing(deployment, confirmations, fetch_timeout)
    grace = task.config.grace_seconds
    misfit = retry_until_stopped(lambda: timing.misfit(task.chain, grace), stop, output.event)
    if misfit:
        output.event(TimesMisfit(reason=misfit))
    return timing
