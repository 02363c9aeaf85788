"""`fedjury oracle`: the daemon of one juror."""

from pathlib import Path
from typing import Annotated

import typer

from fedjury.cli import options
from fedjury.cli.grouped import grouped

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

    from fedjury.chain.transactions.sender import TransactionSender
    from fedjury.cli.output import Output
    from fedjury.data.verification import load_verification_set, verification_file_name
    from fedjury.oracle.commitment import check_verification
    from fedjury.oracle.events import TimesMisfit
    from fedjury.oracle.fetching import UpdateFetcher
    from fedjury.oracle.juror import Juror
    from fedjury.oracle.keeping import Keeper, Shelf
    from fedjury.oracle.kept_record import KeptRecord
    from fedjury.protocol.task_spec import MAX_SPEC_BYTES
    from fedjury.runtime.events import Started
    from fedjury.runtime.keystore import open_account
    from fedjury.runtime.lock import sole_user
    from fedjury.runtime.loop import retry_until_stopped, run_cycles
    from fedjury.runtime.patience import Patience
    from fedjury.store import DirectoryStore
    from fedjury.task.location import find_location
    from fedjury.task.membership import require_juror
    from fedjury.task.opened import open_task_at
    from fedjury.task.timing import choose_timing

    output = Output(as_json, outlasting=True)
    depth = where.parse_confirmations()
    location = find_location(where.deployment, where.rpc, where.store)
    account = open_account(key.keystore, key.password_file)
    torch.set_num_threads(threads)
    work = where.work_directory("oracle", account.address, location.task)
    with sole_user(work, output.event):
        member = retry_until_stopped(
            lambda: require_juror(location.on_chain(), account.address), stop, output.event
        )
        if member is None:
            return
        task = retry_until_stopped(
            lambda: open_task_at(location, where.allow_model, Patience.of_daemon()),
            stop,
            output.event,
        )
        if task is None:
            return
        timing = choose_timing(location.deployment, depth, fetch_timeout)
        grace = task.config.grace_seconds
        misfit = retry_until_stopped(lambda: timing.misfit(task.chain, grace), stop, output.event)
        if misfit:
            output.event(TimesMisfit(reason=misfit))
        name = verification_file_name(task.spec.verification.commitment)
        samples = load_verification_set(verification or where.deployment.parent / name)
        check_verification(task.spec, samples)
        cache = DirectoryStore(work / "updates")
        fetcher = UpdateFetcher(task.store, cache, task.spec.update.max_bytes, timing.fetch_timeout)
        keeper = Keeper(
            Shelf(task.store, cache, max(task.spec.update.max_bytes, MAX_SPEC_BYTES)),
            KeptRecord(work / "kept.jsonl"),
            keep_days,
            output.event,
        )
        sender = TransactionSender(task.chain, account, max_fee_gwei=where.max_fee_gwei)
        juror = Juror(
            task,
            account,
            sender,
            samples,
            fetcher,
            output.event,
            keep=keeper.note,
            confirmations=timing.confirmations,
        )
        output.event(Started(role="juror", address=account.address, task=task.name))
        run_cycles(keeper.after(juror.cycle, stop), stop, where.poll, output.event)
