"""`fedjury oracle`: the daemon of one juror."""

import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fedjury.cli import options
from fedjury.cli.grouped import grouped
from fedjury.cli.key_options import OptionalKeyOptions
from fedjury.cli.monitor_options import MonitorOptions
from fedjury.cli.network_options import NetworkOptions
from fedjury.errors import ConfigError

if TYPE_CHECKING:
    from fedjury.chain.rpc.block import BlockTag
    from fedjury.oracle.slices import Slices
    from fedjury.runtime.events import Listener
    from fedjury.task.opened import OpenedTask

_COMMAND = (
    "fedjury oracle --keystore juror.json --password-file password.txt "
    "--verification .fedjury/verification"
)
EXAMPLE = (
    f"Example: {_COMMAND}\n\n"
    "To see what this machine would report, without a key: fedjury oracle --dry "
    "--verification .fedjury/verification\n\n"
    f"To agree to an announced jury, by its hash in the status: {_COMMAND} "
    "--next-jury 0x5c6d4f1f2b0e8a9c7d3e6b5a4c3d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d"
)


@grouped
def oracle(
    key: OptionalKeyOptions,
    where: options.TaskOptions,
    monitoring: MonitorOptions,
    reached: NetworkOptions,
    verification: Annotated[
        list[Path] | None,
        typer.Option(
            help="A sample file of the jury, or a directory of them; repeatable; looked at again "
            "where a slice is missing. Default: the task's among the files slice-*.safetensors "
            "beside the deployment or in verification/ there."
        ),
    ] = None,
    next_jury: Annotated[
        str | None,
        typer.Option(
            help="Hash of the jury that is to take over from this one, 0x and 64 digits; once "
            "announced, it enters as soon as a quorum names it. Default: the sitting jury's."
        ),
    ] = None,
    threads: options.ThreadsOption = 2,
    keep_days: options.KeepDaysOption = None,
    log_level: options.LogLevelOption = "info",
    as_json: options.JsonOption = False,
    dry: Annotated[
        bool,
        typer.Option(
            "--dry",
            help="Judge every closed round, say what would be reported, and compare it with what "
            "the jury finalizes; sign, send and store nothing and ask no juror. Needs neither "
            "--keystore nor --listen, and leaves both alone.",
        ),
    ] = False,
) -> None:
    """Judge every closed round and finalize it, until the task is finished.

    Safe to kill at any moment: the chain says where to go on. While chain or store are down
    the daemon waits for them. What it prints holds counts: keep it as secret as the samples.
    """
    from fedjury.runtime.signals import DAEMON, end_in

    stop = end_in(DAEMON)  # before imports that take seconds
    if dry:
        from fedjury.cli.dry_run import run_dry

        def read(task: "OpenedTask") -> "Slices":
            return _read_slices(task, verification, where.deployment.parent, None)

        run_dry(stop, where, monitoring, read, threads=threads, output=(as_json, log_level))
        return
    import torch

    from fedjury.cli.joining import join_task
    from fedjury.cli.logs import daemon_output
    from fedjury.oracle.daemon import assembled_juror
    from fedjury.oracle.figures import JurorFigures
    from fedjury.oracle.vitals import watch_juror
    from fedjury.runtime.events import Started
    from fedjury.runtime.keystore import open_account
    from fedjury.runtime.lock import sole_user
    from fedjury.runtime.loop import Nap, run_cycles
    from fedjury.task.location import find_location
    from fedjury.task.membership import require_juror
    from fedjury.task.timing import choose_confirmations

    output = daemon_output(as_json, log_level)
    depth, wanted = where.parse_confirmations(), _parse_hash(next_jury)
    network, nap = reached.settings(), Nap()
    location = find_location(where.deployment, where.rpc, where.store, listener=output.event)
    account = open_account(key.required(), key.password_file)
    torch.set_num_threads(threads)
    work = where.work_directory("oracle", account.address, location.task)
    figures = JurorFigures()
    with sole_user(work, output.event), monitoring.open(figures, output.event) as monitor:
        task = join_task(
            location, require_juror, account.address, where.allow_model, stop, monitor.tell
        )
        if task is None:
            return
        confirmations = choose_confirmations(location.deployment, depth)
        _warn_of_misfit(task, confirmations, stop, monitor.tell)
        _warn_of_unknown_jury(task, account.address, wanted, stop, monitor.tell)
        received = None if network is None else work / "slices"
        slices = _read_slices(task, verification, where.deployment.parent, received)
        monitor.tell(slices.in_words())
        assembled = assembled_juror(
            task,
            account,
            slices,
            work,
            monitor.tell,
            network=network,
            traffic=figures.traffic,
            news=nap.wake,
            confirmations=confirmations,
            keep_days=_days(task.spec.retention_days, keep_days),
            next_jury=wanted,
            max_fee_gwei=where.max_fee_gwei,
        )
        with assembled as (juror, keeper):
            monitor.run(
                watch_juror(
                    task,
                    account.address,
                    monitor.health,
                    figures,
                    lambda: keeper.kept,
                    juror.standing,
                )
            )
            monitor.tell(Started(role="juror", address=account.address, task=task.name))
            cycle = monitor.watch(keeper.after(juror.cycle, stop))
            run_cycles(cycle, stop, where.poll, monitor.tell, nap.take)


def _read_slices(
    task: "OpenedTask", given: list[Path] | None, beside: Path, received: Path | None
) -> "Slices":
    from fedjury.oracle.slices import Slices

    if given:
        return Slices.read(task.spec, given, received)
    return Slices.among(task.spec, [beside, beside / options.VERIFICATION.name], received)


def _warn_of_misfit(
    task: "OpenedTask",
    confirmations: "int | BlockTag",
    stop: threading.Event,
    listener: "Listener",
) -> None:
    """Tell of confirmations that do not fit into the time for files."""
    from fedjury.oracle.events import TimesMisfit
    from fedjury.runtime.loop import retry_until_stopped
    from fedjury.task.timing import misfit

    seconds = task.config.availability_seconds
    reason = retry_until_stopped(lambda: misfit(task.chain, confirmations, seconds), stop, listener)
    if reason:
        listener(TimesMisfit(reason=reason))


def _warn_of_unknown_jury(
    task: "OpenedTask",
    address: str,
    wanted: bytes | None,
    stop: threading.Event,
    listener: "Listener",
) -> None:
    """Tell of a next jury that is neither announced nor sitting."""
    from fedjury.oracle.events import NextJuryUnknown
    from fedjury.runtime.loop import retry_until_stopped

    if wanted is None:
        return
    seen = retry_until_stopped(lambda: task.contract.overview(address), stop, listener)
    if seen is not None and wanted not in (seen.jury.hash, seen.next_jury):
        listener(NextJuryUnknown(next_jury="0x" + wanted.hex()))


def _parse_hash(text: str | None) -> bytes | None:
    if text is None:
        return None
    if not re.fullmatch(r"0x[0-9a-fA-F]{64}", text):
        raise ConfigError(
            f"--next-jury takes a jury's hash, 0x and 64 hexadecimal digits, not {text!r:.80}"
        )
    return bytes.fromhex(text[2:])


def _days(wanted: int, given: int | None) -> int:
    """For how long files are kept: as the spec says, or longer; 0 is for ever."""
    if given is None or given == wanted:
        return wanted
    if given != 0 and (wanted == 0 or given < wanted):
        least = "for ever (0)" if wanted == 0 else f"for {wanted} days"
        raise ConfigError(
            f"--keep-days {given} is too short: whoever signs a report of this task keeps what it "
            f"rests on {least}, as its spec says"
        )
    return given
