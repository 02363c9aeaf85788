"""`fedjury oracle`: the daemon of one juror."""

from pathlib import Path
from typing import Annotated

import typer

from fedjury.chain.transactions import TransactionSender
from fedjury.cli import options
from fedjury.cli.output import Output
from fedjury.cli.session import find_place, open_account, stop_on_signals, use_threads
from fedjury.loop import outlast, run_cycles
from fedjury.store import DirectoryStore
from fedjury.task import OpenedTask
from fedjury.verification import load_verification_set
from oracle.fetching import UpdateFetcher
from oracle.juror import Juror, JurorSettings

EXAMPLE = (
    "Example: fedjury oracle --keystore juror.json --password-file password.txt "
    "--verification .fedjury/verification-0123abcd.safetensors"
)
VerificationOption = Annotated[
    Path | None,
    typer.Option(help="The jury's private verification set; default: beside the deployment."),
]


def oracle(
    keystore: options.KeystoreOption,
    password_file: options.PasswordFileOption = None,
    verification: VerificationOption = None,
    deployment: options.DeploymentOption = options.DEPLOYMENT,
    rpc: options.RpcOption = None,
    store: options.StoreOption = None,
    work_dir: options.WorkDirOption = None,
    allow_model: options.AllowModelOption = None,
    confirmations: options.ConfirmationsOption = "0",
    fetch_timeout: Annotated[
        float, typer.Option(min=1, help="Seconds that a round's files may take to arrive.")
    ] = 60.0,
    poll: options.PollOption = 2.0,
    max_fee_gwei: options.MaxFeeOption = None,
    threads: options.ThreadsOption = 2,
    as_json: options.JsonOption = False,
) -> None:
    """Judge every closed round and finalize it, until the task is finished.

    Safe to kill at any moment: the chain says where to go on. While chain or store are down
    the daemon waits for them.
    """
    output, stop = Output(as_json), stop_on_signals()
    depth = options.parse_confirmations(confirmations)
    place = find_place(deployment, rpc, store)
    account = open_account(keystore, password_file)
    use_threads(threads)
    task = outlast(lambda: place.open(allow_model), stop, output.event)
    if task is None:
        return
    samples = load_verification_set(verification or default_verification(deployment, task))
    work = (work_dir or deployment.parent) / f"oracle-{account.address}" / task.contract.address
    fetcher = UpdateFetcher(
        task.store, DirectoryStore(work / "updates"), task.spec.update.max_bytes, fetch_timeout
    )
    sender = TransactionSender(task.chain, account, max_fee_gwei=max_fee_gwei)
    settings = JurorSettings(place.from_block, depth)
    juror = Juror(task, account, sender, samples, fetcher, settings, output.event)
    output.event("started", f"juror {account.address} of {task.name}", juror=account.address)
    run_cycles(juror.cycle, stop, poll, output.event)


def default_verification(deployment: Path, task: OpenedTask) -> Path:
    """Where `fedjury deploy` put the verification set that the task commits to."""
    return deployment.parent / verification_name(task.spec.verification.commitment)


def verification_name(commitment: str) -> str:
    """The file's name, different for every set."""
    return f"verification-{commitment[2:10]}.safetensors"
