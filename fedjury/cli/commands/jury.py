"""`fedjury jury`: where jurors differ, and what can be held against whom."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fedjury.cli import options
from fedjury.cli.check_options import AddressOption
from fedjury.cli.grouped import grouped

if TYPE_CHECKING:
    from fedjury.oracle.exchange.docket import Docket
    from fedjury.protocol.statements.signed import TaskDomain

app = typer.Typer(
    help="Look into a juror's docket: where jurors differ, who has contradicted himself.",
    no_args_is_help=True,
)
_ADDRESS = "--address 0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


@app.command("diff", epilog=f"Example: fedjury jury diff 3 {_ADDRESS}")
@grouped
def diff(
    round_number: Annotated[int, typer.Argument(metavar="ROUND", min=1, help="The round.")],
    address: AddressOption = None,
    deployment: options.DeploymentOption = options.DEPLOYMENT,
    work_dir: options.WorkDirOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Show where jurors' findings of a round differ, by what this juror's docket knows.

    What is printed holds counts: keep it as secret as the samples. Exits with 41 where they differ.
    """
    from fedjury.cli.output import Output
    from fedjury.errors import ConfigError, ExitCode
    from fedjury.oracle.exchange.differing import differences

    with _docket(address or "", deployment, work_dir) as (docket, _, me):
        keys = [key for key in docket.open_keys() if key.round == round_number]
        if not keys:
            raise ConfigError(f"the docket knows nothing of round {round_number}")
        found = [each for key in keys for each in differences(docket, key, me)]
    lines = []
    for each in found:
        head = f"attempt {each.attempt}: {each.juror} ({each.software}) and {each.other}"
        lines.append(f"{head} ({each.other_software}) signed different reports")
        known = each.findings
        lines += [f"  {one.reason}" for one in known or []]
        lines += ["  what one of them found is not known here"] if known is None else []
    document = {"round": round_number, "differences": [asdict(each) for each in found]}
    Output(as_json).result(document, "\n".join(lines) or "no two jurors signed different reports")
    if found:
        raise typer.Exit(int(ExitCode.PROBLEMS_FOUND))


@app.command("evidence", epilog=f"Example: fedjury jury evidence {_ADDRESS} --export evidence.json")
@grouped
def evidence(
    address: AddressOption = None,
    deployment: options.DeploymentOption = options.DEPLOYMENT,
    work_dir: options.WorkDirOption = None,
    export: Annotated[Path | None, typer.Option(help="Write the evidence to this file.")] = None,
    verify: Annotated[
        Path | None, typer.Option(help="Check this file instead, without a key or a chain.")
    ] = None,
    as_json: options.JsonOption = False,
) -> None:
    """Show which jurors signed two statements that contradict each other.

    --verify checks a file of somebody else's: chain id and task are those that the file names,
    which is what its signatures are held against. Exits with 41 where there is evidence that holds.
    """
    from fedjury.cli.output import Output
    from fedjury.errors import ExitCode
    from fedjury.oracle.exchange.evidence import Contradiction, read_evidence, write_evidence
    from fedjury.runtime.files import write_whole

    if verify is not None:
        domain, found = read_evidence(verify.read_bytes())
    else:
        with _docket(address or "", deployment, work_dir) as (docket, domain, _):
            found = [Contradiction(*pair) for pair in docket.contradictions()]
    if export is not None:
        write_whole(export, write_evidence(found, domain))
    rows = [(each, each.fault(domain)) for each in found]
    document = {
        "chain_id": domain.chain_id,
        "task": domain.task.lower(),
        "evidence": [
            {"juror": each.one.signer, "found": each.sentence, "fault": fault}
            for each, fault in rows
        ],
    }
    task = f"of task {domain.task.lower()} on chain {domain.chain_id}:"
    lines = [task] if rows else []
    lines += [each.sentence + (f" (proves nothing: {why})" if why else "") for each, why in rows]
    Output(as_json).result(document, "\n".join(lines) or "nothing can be held against anybody")
    if any(fault is None for _, fault in rows):
        raise typer.Exit(int(ExitCode.PROBLEMS_FOUND))


@contextmanager
def _docket(
    address: str, deployment: Path, work_dir: Path | None
) -> "Iterator[tuple[Docket, TaskDomain, str]]":
    """A juror's docket, the task's domain, and the juror's address in lower case.

    Raises:
        ConfigError: the address is none, or there is no docket of it.
    """
    from eth_utils.address import is_address, to_checksum_address

    from fedjury.errors import ConfigError
    from fedjury.oracle.exchange.docket import Docket
    from fedjury.protocol.statements.signed import TaskDomain
    from fedjury.protocol.update_tag import task_name
    from fedjury.task.deployment_file import load_deployment

    if not is_address(address):
        raise ConfigError("--address takes the juror's address, 0x and 40 hexadecimal digits")
    known, me = load_deployment(deployment), to_checksum_address(address)
    files = options.DaemonOptions(deployment, work_dir=work_dir)
    path = files.work_directory("oracle", me, known.task) / "jury.sqlite"
    if not path.is_file():
        raise ConfigError(f"there is no docket at {path}: name the juror's --work-dir")
    owner = {"task": task_name(known.chain_id, known.task), "juror": me.lower()}
    docket = Docket(path, owner)
    try:
        yield docket, TaskDomain(known.chain_id, known.task), me.lower()
    finally:
        docket.close()
