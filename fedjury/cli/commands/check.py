"""`fedjury check`: is all there that a role needs? Nothing is changed on chain."""

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fedjury.cli import options
from fedjury.cli.check_options import AccountOptions, WhereOptions, beside
from fedjury.cli.grouped import grouped
from fedjury.cli.network_options import PeerOption, parse_peers

if TYPE_CHECKING:
    from fedjury.preflight.subject import Belongings, Role

app = typer.Typer(
    help="Look before a start whether all is there that a role needs; changes nothing on chain.",
    no_args_is_help=True,
)
_KEY = "--keystore {}.json --password-file password.txt"


@dataclass(frozen=True)
class DaemonFilesOptions:
    """How the role's daemon reads the chain, and where it keeps its files."""

    work_dir: options.WorkDirOption = None
    confirmations: options.DaemonConfirmationsOption = None

    def of(self, daemon: str, where: WhereOptions, own: "Belongings") -> "Belongings":
        """Belongings with the daemon's directory and confirmations.

        Args:
            daemon: ``oracle``, ``client`` or ``relay``.
            where: says where the deployment file is.
            own: what else belongs to the role.

        Raises:
            ConfigError: --confirmations is neither a count nor a tag.
        """
        files = options.DaemonOptions(where.deployment, work_dir=self.work_dir)
        depth = self.confirmations
        task = where.place().task
        return replace(
            own,
            work_directory=lambda account: files.work_directory(daemon, account, task),
            confirmations=None if depth is None else options.parse_confirmations(depth),
        )


@app.command("coordinator", epilog=f"Example: fedjury check coordinator {_KEY.format('owner')}")
@grouped
def coordinator(
    account: AccountOptions,
    where: WhereOptions,
    commitments: Annotated[
        Path | None,
        typer.Option(
            help="Commitments that the task was deployed with; default: commitments.json beside "
            "the deployment or in verification/ there."
        ),
    ] = None,
    as_json: options.JsonOption = False,
) -> None:
    """Check what a coordinator needs, and that its files are those of the task."""
    from fedjury.preflight.subject import Role

    found = commitments or _find_commitments(where.deployment)
    _check(Role.COORDINATOR, where, replace(account.belongings(), commitments=found), as_json)


@app.command("juror", epilog=f"Example: fedjury check juror {_KEY.format('juror')}")
@grouped
def juror(
    account: AccountOptions,
    where: WhereOptions,
    daemon: DaemonFilesOptions,
    verification: Annotated[
        list[Path] | None,
        typer.Option(
            help="A sample file of the jury, or a directory of them; repeatable. Default: as of "
            "`fedjury oracle`."
        ),
    ] = None,
    peer: PeerOption = None,
    allow_model: options.AllowModelOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Check what `fedjury oracle` needs: chain, store, samples, model, other jurors, directory."""
    from fedjury.preflight.subject import Role

    urls, announcements = parse_peers(peer)
    own = replace(
        daemon.of("oracle", where, account.belongings()),
        verification=tuple(verification or ()),
        peers=urls,
        announcements=announcements,
        beside=tuple(beside(where.deployment)),
        allowed_models=frozenset(allow_model or ()),
    )
    _check(Role.JUROR, where, own, as_json)


@app.command("client", epilog=f"Example: fedjury check client {_KEY.format('client')}")
@grouped
def client(
    account: AccountOptions,
    where: WhereOptions,
    daemon: DaemonFilesOptions,
    relay: Annotated[
        list[str] | None, typer.Option(help="URL of a relay that is to post updates; repeatable.")
    ] = None,
    allow_model: options.AllowModelOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Check what `fedjury client` needs: chain, store, model, relays, directory."""
    from fedjury.preflight.subject import Role

    own = replace(
        daemon.of("client", where, account.belongings()),
        relays=tuple(relay or ()),
        allowed_models=frozenset(allow_model or ()),
    )
    _check(Role.CLIENT, where, own, as_json)


@app.command("relayer", epilog=f"Example: fedjury check relayer {_KEY.format('relayer')}")
@grouped
def relayer(
    account: AccountOptions,
    where: WhereOptions,
    daemon: DaemonFilesOptions,
    as_json: options.JsonOption = False,
) -> None:
    """Check what `fedjury relay` needs: chain, store, times, directory."""
    from fedjury.preflight.subject import Role

    _check(Role.RELAYER, where, daemon.of("relay", where, account.belongings()), as_json)


@app.command(
    "auditor",
    epilog="Example: fedjury check auditor --task 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 "
    "--rpc http://127.0.0.1:8545 --store http://127.0.0.1:5001",
)
@grouped
def auditor(
    where: WhereOptions,
    verification: Annotated[
        list[Path] | None,
        typer.Option(help="Sample file of a slice, or a directory of them; repeatable."),
    ] = None,
    allow_model: options.AllowModelOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Check what `fedjury audit` needs: chain, events, store, and samples if some are named."""
    from fedjury.preflight.subject import Belongings, Role

    own = Belongings(
        verification=tuple(verification or ()), allowed_models=frozenset(allow_model or ())
    )
    _check(Role.AUDITOR, where, own, as_json)


def _check(role: "Role", where: WhereOptions, own: "Belongings", as_json: bool) -> None:
    """Make a role's checks and show them; ends with a code of its own where there is a problem."""
    from fedjury.cli.displays.check import show_findings
    from fedjury.cli.output import Output
    from fedjury.errors import ExitCode, FedjuryError
    from fedjury.preflight.bench import Bench
    from fedjury.preflight.checks import findings
    from fedjury.preflight.subject import Subject

    output, place = Output(as_json), where.place()
    bench = Bench(Subject(role, place, own))
    if own.open_account is not None:
        with suppress(FedjuryError):  # a password is asked for before anything moves on the screen
            bench.account.get()
    with output.waiting("checking"):
        found = list(findings(bench))
    if not show_findings(role.value, place.task, found, output):
        raise typer.Exit(int(ExitCode.PROBLEMS_FOUND))


def _find_commitments(deployment: Path) -> Path | None:
    """The file of commitments that lies beside a deployment file; None where there is none."""
    from fedjury.data.commitments import FILE_NAME

    candidates = [directory / FILE_NAME for directory in beside(deployment)]
    return next((path for path in candidates if path.is_file()), None)
