"""What `fedjury coordinator` says of what it has done."""

from collections.abc import Sequence

from fedjury.chain.abi.refusals import local_time
from fedjury.chain.contracts.events import JuryAnnounced, RosterSet
from fedjury.chain.contracts.types import Config
from fedjury.chain.rpc.receipts import Receipt
from fedjury.checks.counts import counted
from fedjury.cli.displays.mined import block_of, mined
from fedjury.cli.output import Output
from fedjury.deploy.jury_notes import notes_on_jury
from fedjury.deploy.room_notes import on_batches
from fedjury.protocol.roster import NO_ROOT

_SITTING = [
    "It is the sitting jury: this takes back what was announced before. As jurors name the sitting "
    "jury in each report unless they were told otherwise, it enters as a version of its own after "
    "the next report, and nothing else changes."
]


def show_voided(config: Config, number: int, receipt: Receipt, output: Output) -> None:
    """A round that was given up, and what follows it."""
    finished = number == config.rounds
    follows = "as it was the last round, the task is finished"
    if not finished:
        follows = "the next round is open"
    document = {**mined("voidRound", receipt), "round": number, "finished": finished}
    text = f"round {number} is voided; the model stays, and {follows}"
    output.result(document, f"{text} {block_of(receipt)}")


def show_roster(config: Config, event: RosterSet, receipt: Receipt, output: Output) -> None:
    """A roster that was set, and from when on it counts."""
    nobody, notes = event.root == NO_ROOT, _roster_notes(config, event)
    document = {
        **mined("setRoster", receipt),
        "version": event.version,
        "size": event.size,
        "root": "0x" + event.root.hex(),
        "file": None if nobody else event.digest.cid,
        "notes": notes,
    }
    of = "nobody" if nobody else counted(event.size, "member")
    lines = [f"roster {event.version} of {of} counts from the next round on {block_of(receipt)}"]
    if not nobody:
        lines += [f"root 0x{event.root.hex()}", f"file {event.digest.cid}"]
    output.result(document, _with_notes(lines, notes))


def show_jury(event: JuryAnnounced, receipt: Receipt, output: Output, *, sitting: bool) -> None:
    """A jury that was announced, and when it takes over.

    Args:
        event: of the announcement.
        receipt: of the transaction.
        output: where to.
        sitting: whether it is the jury that sits.
    """
    size, hash = len(event.jurors), "0x" + event.jury.hex()
    notes = notes_on_jury(size, event.quorum)
    document = {
        **mined("setJury", receipt),
        "version": event.version,
        "hash": hash,
        "jurors": list(event.jurors),
        "quorum": event.quorum,
        "enters_from": event.enters_from,
        "sitting": sitting,
        "notes": notes,
    }
    lines = [
        f"jury {event.version} is announced: {event.quorum} of {size} must sign "
        f"{block_of(receipt)}",
        f"hash {hash}",
        *(_SITTING if sitting else _entering(event.enters_from, hash)),
    ]
    output.result(document, _with_notes(lines, notes))


def show_relayer(
    config: Config, relayer: str, receipt: Receipt | None, output: Output, *, allowed: bool
) -> None:
    """A relayer that was added or removed.

    Args:
        config: of the task.
        relayer: address.
        receipt: of the transaction; None where the contract knew it already.
        output: where to.
        allowed: whether the relayer may submit batches.
    """
    notes = []
    if allowed and config.batch_seconds == 0:
        notes = ["this task takes no batches, which was fixed when it was created"]
    sent = {} if receipt is None else mined("setRelayer", receipt)
    document = {
        **sent,
        "relayer": relayer,
        "allowed": allowed,
        "changed": receipt is not None,
        "notes": notes,
    }
    does = "is a relayer" if allowed else "is no relayer"
    if receipt is None:
        line = f"{relayer} {does} {'already' if allowed else 'as it is'}: nothing is sent"
    else:
        since = "and may submit batches" if allowed else "any more"
        line = f"{relayer} {does} {since} {block_of(receipt)}"
    output.result(document, _with_notes([line], notes))


def _entering(enters_from: int, hash: str) -> list[str]:
    return [
        f"It enters with the first round that opens from {local_time(enters_from)} on; "
        "with the next round if a quorum of the sitting jury consents, whose jurors say so by",
        f"  fedjury oracle --next-jury {hash}",
    ]


def _with_notes(lines: Sequence[str], notes: Sequence[str]) -> str:
    return "\n".join([*lines, *(f"note: {note}" for note in notes)])


def _roster_notes(config: Config, event: RosterSet) -> list[str]:
    if config.batch_seconds:
        return [*on_batches(event.size, config.max_updates), *_too_few(config, event)]
    if event.size > config.max_updates:
        return [
            f"a round takes {counted(config.max_updates, 'update')} at most, which was fixed when "
            f"the task was created, and this roster has {counted(event.size, 'member')}: in each "
            "round those who are late are shut out"
        ]
    return _too_few(config, event)


def _too_few(config: Config, event: RosterSet) -> list[str]:
    if event.size >= config.min_updates:
        return []
    return [
        f"a round needs {counted(config.min_updates, 'update')} to close, and this roster has "
        f"{counted(event.size, 'member')}: no round with it ends but by being voided"
    ]
