"""`fedjury oracle`: the daemon of one juror."""

from typing import Annotated

import typer

from fedjury.cli import options
from fedjury.cli.grouped import grouped
from fedjury.cli.judging_options import JudgingOptions
from fedjury.cli.key_options import OptionalKeyOptions
from fedjury.cli.monitor_options import MonitorOptions
from fedjury.cli.network_options import NetworkOptions

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
    judging: JudgingOptions,
    log_level: options.LogLevelOption = "info",
    as_json: options.JsonOption = False,
    dry: Annotated[
        bool,
        typer.Option(
            "--dry",
            help="Judge every closed round, say what would be reported, and compare it with what "
            "the jury finalizes; sign, send and publish nothing and ask no juror. Needs neither "
            "--keystore nor --listen, and leaves both alone.",
        ),
    ] = False,
) -> None:
    """Judge every closed round and finalize it, until the task is finished.

    Safe to kill at any moment: the chain says where to go on. While chain or store are down
    the daemon waits for them. What it prints holds counts: keep it as secret as the samples.
    """
    from fedjury.runtime.signals import DAEMON, end_in

    stop, output = end_in(DAEMON), (as_json, log_level)  # before imports that take seconds
    if dry:
        from fedjury.cli.dry_run import run_dry

        run_dry(stop, where, monitoring, judging, output=output)
    else:
        from fedjury.cli.juror_run import run_juror

        run_juror(stop, key, where, monitoring, reached, judging, output=output)
