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
        float, typer.Option(min=1, help="Seconds that a round's files may take to arrive.")
    ] = 60.0,
    threads: options.ThreadsOption = 2,
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
    from fedjury.oracle.fetching import UpdateFetcher
    from fedjury.oracle.juror import Juror
    from fedjury.runtime.events import Started
    from fedjury.runtime.keystore import open_account
    from fedjury.runtime.lock import sole_user
    from fedjury.runtime.loop import retry_until_stopped, run_cycles
    from fedjury.store import DirectoryStore
    from fedjury.task.location import find_location
    from fedjury.task.opened import open_task_at

    output = Output(as_json, outlasting=True)
    depth = options.parse_confirmations(where.confirmations)
    location = find_location(where.deployment, where.rpc, where.store)
    account = open_account(key.keystore, key.password_file)
    torch.set_num_threads(threads)
    work = where.work_directory("oracle", account.address, location.task)
    with sole_user(work, output.event):
        task = retry_until_stopped(
            lambda: open_task_at(location, where.allow_model), stop, output.event
        )
        if task is None:
            return
        name = verification_file_name(task.spec.verification.commitment)
        samples = load_verification_set(verification or where.deployment.parent / name)
        cache = DirectoryStore(work / "updates")
        fetcher = UpdateFetcher(task.store, cache, task.spec.update.max_bytes, fetch_timeout)
        sender = TransactionSender(task.chain, account, max_fee_gwei=where.max_fee_gwei)
        juror = Juror(task, account, sender, samples, fetcher, output.event, confirmations=depth)
        output.event(Started(role="juror", address=account.address, task=task.name))
        run_cycles(juror.cycle, stop, where.poll, output.event)
