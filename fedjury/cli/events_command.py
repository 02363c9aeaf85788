"""`fedjury events`: what happened to every update, and why."""

from typing import Annotated

import typer
from eth_utils.address import is_address, to_checksum_address

from fedjury.chain.connection import Chain
from fedjury.chain.federated_task import FederatedTask
from fedjury.cli import options
from fedjury.cli.output import Output
from fedjury.cli.session import find_place
from fedjury.errors import ChainUnavailable, ConfigError
from fedjury.history import RoundRecord, read_history
from fedjury.store import cid_of

EXAMPLE = "Example: fedjury events --rejected --client 0xab… --json"
_COLUMNS = ("round", "update", "client", "verdict", "right", "baseline", "file")


def events(
    deployment: options.DeploymentOption = options.DEPLOYMENT,
    rpc: options.RpcOption = None,
    task: options.TaskOption = None,
    from_block: options.FromBlockOption = None,
    round_number: Annotated[
        int | None, typer.Option("--round", min=1, help="Only this round.")
    ] = None,
    client: Annotated[str | None, typer.Option(help="Only this client.")] = None,
    accepted: Annotated[
        bool | None, typer.Option("--accepted/--rejected", help="Only these; default: both.")
    ] = None,
    as_json: options.JsonOption = False,
) -> None:
    """List updates with their verdicts. Reads the chain alone, no files."""
    if client is not None and not is_address(client):
        raise ConfigError(f"{client!r} is not an address: 0x and 40 hexadecimal digits")
    place = find_place(deployment, rpc, "unused" if task else None, task, from_block)
    chain = Chain.connect(place.rpc, place.chain_id)
    contract = FederatedTask.at(chain, place.task)
    history = read_history(contract, place.from_block, chain.block().number)
    chosen = client and to_checksum_address(client)
    rows = [
        row
        for record in history.rounds.values()
        if round_number in (None, record.number)
        for row in _rows(record)
        if chosen in (None, row["client"]) and accepted in (None, row["accepted"])
    ]
    output = Output(as_json)
    output.table(
        f"{len(rows)} updates of {contract.address}",
        _COLUMNS,
        [[str(row[key]) if row[key] is not None else "–" for key in _COLUMNS] for row in rows],
    )
    for row in rows if as_json else []:
        output.result(row)


def _rows(record: RoundRecord) -> list[dict[str, object]]:
    try:
        verdicts = record.verdicts()
    except ValueError as error:
        raise ChainUnavailable(f"round {record.number}: {error}") from error
    rows: list[dict[str, object]] = []
    for place, update in enumerate(record.updates):
        verdict = verdicts[place] if verdicts else None
        pending = "voided" if record.voided else "pending"
        rows.append(
            {
                "round": record.number,
                "update": update.index,
                "client": update.client,
                "verdict": verdict.code.label if verdict else pending,
                "accepted": verdict.accepted if verdict else None,
                "right": verdict.correct if verdict else None,
                "baseline": record.finalized.baseline_correct if record.finalized else None,
                "file": cid_of(update.digest),
                "block": update.block_number,
                "transaction": "0x" + update.transaction_hash.hex(),
            }
        )
    return rows
