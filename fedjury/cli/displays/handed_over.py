"""What `fedjury coordinator hand-over` and `accept` say of what they have done."""

from fedjury.chain.rpc.receipts import Receipt
from fedjury.cli.displays.mined import block_of, mined
from fedjury.cli.output import Output


def show_offered(
    owner: str, heir: str, before: str | None, receipt: Receipt | None, output: Output
) -> None:
    """A task that was offered to another coordinator, or an offer that was taken back.

    Args:
        owner: the coordinator.
        heir: to whom the task is offered; the coordinator itself takes an offer back.
        before: to whom it was offered until now; None for nobody.
        receipt: of the transaction; None where the contract knew it already.
        output: where to.
    """
    offered = None if heir == owner else heir
    document = {
        **({} if receipt is None else mined("transferOwnership", receipt)),
        "coordinator": owner,
        "offered_to": offered,
        "offered_before": before,
        "changed": receipt is not None,
    }
    output.result(document, "\n".join(_offer_lines(owner, offered, before, receipt)))


def _offer_lines(
    owner: str, offered: str | None, before: str | None, receipt: Receipt | None
) -> list[str]:
    if offered is None and receipt is None:
        return [f"{owner} is the coordinator, and the task is offered to nobody: nothing is sent"]
    if receipt is None:
        first = f"the task is offered to {offered} already: nothing is sent"
    elif offered is None:
        return [f"the offer to {before} is taken back, {owner} coordinates {block_of(receipt)}"]
    else:
        first = f"the task is offered to {offered} {block_of(receipt)}"
    forgotten = before not in (None, offered)
    return [
        first,
        *([f"The offer to {before} is forgotten."] if forgotten else []),
        f"It takes effect only once that account accepts; until then {owner} stays the "
        "coordinator. With the key of that account, which needs some ether:",
        "  fedjury coordinator accept",
    ]


def show_accepted(coordinator: str, before: str, receipt: Receipt, output: Output) -> None:
    """A task that has another coordinator.

    Args:
        coordinator: who accepted.
        before: the one until now.
        receipt: of the transaction.
        output: where to.
    """
    document = {
        **mined("acceptOwnership", receipt),
        "coordinator": coordinator,
        "coordinator_before": before,
    }
    lines = [
        f"{coordinator} is the coordinator now {block_of(receipt)}",
        f"{before} is it no more. Roster, relayers and what was announced stay as they are: "
        "`fedjury status` shows them.",
    ]
    output.result(document, "\n".join(lines))
