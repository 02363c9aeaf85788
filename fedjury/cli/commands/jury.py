"""`fedjury jury`: how the jurors are, where they differ, and what can be held against whom."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from fedjury.cli import options
from fedjury.cli.grouped import grouped
from fedjury.cli.jury_options import JurorOptions
from fedjury.cli.network_options import PeerOption

app = typer.Typer(
    help="Look at the jury: who is reachable, where jurors differ, who has contradicted himself.",
    no_args_is_help=True,
)
_KEY = "--keystore juror.json --password-file password.txt"
_ADDRESS = "--address 0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


@app.command(
    "status",
    epilog=f"Example: fedjury jury status {_KEY}\n\n"
    f"By what this juror's own docket knows, asking nobody: fedjury jury status {_ADDRESS}",
)
@grouped
def status(
    juror: JurorOptions,
    read: options.ChainReadOptions,
    peer: PeerOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Show of each juror where it is, what it runs, its step, and what it says of the others.

    With --keystore it asks each juror of the sitting jury, by requests that this juror signs. Exits
    with 41 where one does not answer, runs another version, has another time, has not judged, keeps
    files back or did not lead in its turn, or where jurors differ or have contradicted themselves.
    """
    from fedjury.cli.displays.jury import Known, show_status
    from fedjury.cli.jury_options import opened_docket, opened_inquiry
    from fedjury.cli.output import Output
    from fedjury.errors import ExitCode
    from fedjury.oracle.exchange.juror_state import troubles
    from fedjury.oracle.exchange.software import software_name
    from fedjury.protocol.statements.signed import TaskDomain
    from fedjury.runtime.patience import Patience
    from fedjury.task.juries import sitting_jury

    output, (me, account) = Output(as_json), juror.open()
    task = read.location().on_chain(Patience(read.patience))
    domain = TaskDomain(task.chain.chain_id, task.contract.address)
    path = juror.docket_path(read.deployment, me, task.contract.address)
    jury, known, states, found = sitting_jury(task), None, None, list[str]()
    with ExitStack() as stack:
        docket = None
        if account is None or path.is_file():
            docket = stack.enter_context(opened_docket(path, domain, me))
            known = Known.of(docket)
            found += known.contradictions
        if account is not None:
            stack.enter_context(output.waiting("asking the jurors"))
            low = [each.lower() for each in jury.jurors]
            asking = opened_inquiry(account, domain, low, docket, peer)
            inquiry = stack.enter_context(asking)
            states = inquiry.states()
            found += [each.sentence for each in inquiry.unusable]
            found += troubles(states, software_name(), jury.quorum)
    show_status(me, jury, states, known, found, output)
    if found:
        raise typer.Exit(int(ExitCode.PROBLEMS_FOUND))


@app.command(
    "announce", epilog=f"Example: fedjury jury announce {_KEY} --url https://juror.example"
)
@grouped
def announce(
    url: Annotated[str, typer.Option(help="Where the other jurors reach this one.")],
    juror: JurorOptions,
    deployment: options.DeploymentOption = options.DEPLOYMENT,
    as_json: options.JsonOption = False,
) -> None:
    """Sign where this juror is, and print it: a file that others give to `fedjury oracle --peer`.

    Nobody has to: the oracle announces itself to all jurors that it reaches. Whatever another
    announcement says, it goes on saying its own --announce. With and without --json it is the same.
    """
    import time

    from fedjury.checks.json_values import canonical_json
    from fedjury.cli.jury_options import opened_docket
    from fedjury.cli.output import Output
    from fedjury.errors import ConfigError
    from fedjury.oracle.exchange.announcements import announcements_document, require_url
    from fedjury.protocol.statements.endpoint import Announcement
    from fedjury.protocol.statements.signed import TaskDomain, sign
    from fedjury.task.deployment_file import load_deployment

    where, (me, account) = require_url(url, "--url"), juror.open()
    if account is None:
        raise ConfigError("an announcement is signed: say --keystore")
    known = load_deployment(deployment)
    domain = TaskDomain(known.chain_id, known.task)
    path, issued_at = juror.docket_path(deployment, me, known.task), int(time.time())
    if path.is_file():
        with opened_docket(path, domain, me) as docket:
            mine = [each for each in docket.announcements() if each.signer == me.lower()]
        issued_at = max([issued_at, *(each.statement.issued_at + 1 for each in mine)])
    made = sign(account, Announcement(url=where, issued_at=issued_at), domain)
    document = announcements_document([made])
    Output(as_json).result(document, canonical_json(document).decode())


@app.command(
    "diff",
    epilog=f"Example: fedjury jury diff 3 {_ADDRESS}\n\n"
    f"Asking the others for what they found: fedjury jury diff 3 {_KEY}",
)
@grouped
def diff(
    round_number: Annotated[int, typer.Argument(metavar="ROUND", min=1, help="The round.")],
    juror: JurorOptions,
    deployment: options.DeploymentOption = options.DEPLOYMENT,
    peer: PeerOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Show where jurors' findings of a round differ, by what this juror's docket knows.

    With --keystore it asks jurors for findings that the docket lacks; they tell them to who voted
    in the same attempt. What is printed holds counts: keep it as secret as the samples. Exits with
    41 where they differ.
    """
    from fedjury.cli.displays.jury import show_differences
    from fedjury.cli.jury_options import opened_docket, opened_inquiry
    from fedjury.cli.output import Output
    from fedjury.errors import ConfigError, ExitCode
    from fedjury.oracle.exchange.differing import ask_findings, differences
    from fedjury.protocol.statements.signed import TaskDomain
    from fedjury.task.deployment_file import load_deployment

    known, (me, account) = load_deployment(deployment), juror.open()
    domain = TaskDomain(known.chain_id, known.task)
    path = juror.docket_path(deployment, me, known.task)
    with ExitStack() as stack:
        docket = stack.enter_context(opened_docket(path, domain, me))
        keys = [key for key in docket.open_keys() if key.round == round_number]
        if not keys:
            raise ConfigError(f"the docket knows nothing of round {round_number}")
        found = [each for key in keys for each in differences(docket, key, me.lower())]
        if account is not None and any(each.findings is None for each in found):
            jurors = {each for key in keys for each in docket.jurors(key)}
            asking = opened_inquiry(account, domain, jurors, docket, peer)
            ask = ask_findings(stack.enter_context(asking))
            found = [each for key in keys for each in differences(docket, key, me.lower(), ask)]
    show_differences(round_number, found, Output(as_json))
    if found:
        raise typer.Exit(int(ExitCode.PROBLEMS_FOUND))


@app.command(
    "evidence",
    epilog=f"Example: fedjury jury evidence {_ADDRESS} --export evidence.json\n\n"
    "As a third party: fedjury jury evidence --verify evidence.json --on-chain "
    "--task 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --rpc http://127.0.0.1:8545",
)
@grouped
def evidence(
    juror: JurorOptions,
    read: options.ChainReadOptions,
    export: Annotated[Path | None, typer.Option(help="Write the evidence to this file.")] = None,
    verify: Annotated[
        Path | None,
        typer.Option(help="Check this file instead of a juror's docket, without a key."),
    ] = None,
    on_chain: Annotated[
        bool,
        typer.Option(
            "--on-chain",
            help="Also look on the chain, for the task that --deployment or --task names: whether "
            "who signed sits in the round's jury, and whether the round has what was signed on.",
        ),
    ] = False,
    as_json: options.JsonOption = False,
) -> None:
    """Show which jurors signed two statements that contradict each other.

    --verify checks a file of somebody else's: chain id and task are those that the file names,
    which is what its signatures are held against. They prove who signed for that task; that it was
    a juror, only the chain says: --on-chain. Exits with 41 where there is evidence that holds.
    """
    from fedjury.cli.displays.evidence import Weighed, show_evidence
    from fedjury.cli.jury_options import opened_docket
    from fedjury.cli.output import Output
    from fedjury.errors import ExitCode
    from fedjury.oracle.exchange.evidence import (
        MOST_EVIDENCE_BYTES,
        Contradiction,
        read_evidence,
        write_evidence,
    )
    from fedjury.oracle.exchange.evidence_on_chain import RoundsOnChain
    from fedjury.protocol.statements.signed import TaskDomain
    from fedjury.runtime.files import read_bounded, write_whole
    from fedjury.runtime.patience import Patience
    from fedjury.task.deployment_file import load_deployment

    if verify is not None:
        domain, found = read_evidence(read_bounded(verify, MOST_EVIDENCE_BYTES))
    else:
        known, (me, _) = load_deployment(read.deployment), juror.open()
        domain = TaskDomain(known.chain_id, known.task)
        path = juror.docket_path(read.deployment, me, known.task)
        with opened_docket(path, domain, me) as docket:
            found = [Contradiction(*pair) for pair in docket.contradictions()]
    if export is not None:
        write_whole(export, write_evidence(found, domain))
    rounds = None
    if on_chain:
        task = read.location().on_chain(Patience(read.patience))
        rounds = RoundsOnChain(task, domain, task.chain.block())
    weighed = [Weighed.of(each, domain, rounds) for each in found]
    show_evidence(domain, weighed, rounds, Output(as_json))
    if any(each.fault is None for each in weighed):
        raise typer.Exit(int(ExitCode.PROBLEMS_FOUND))
