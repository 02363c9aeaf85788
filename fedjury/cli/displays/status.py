"""What `fedjury status` shows of a task."""

from collections.abc import Sequence

from fedjury.chain.abi.refusals import local_time
from fedjury.chain.contracts.types import JuryState, Phase
from fedjury.checks.counts import counted
from fedjury.cli.displays.ranges import ranges
from fedjury.cli.plain_text import harmless
from fedjury.protocol.task_spec import TaskSpec, VerificationSpec
from fedjury.task.rule_words import rule_words
from fedjury.task.status import TaskStatus

_MOST_NAMED = 7  # jurors, or relayers


def status_text(found: TaskStatus, store: str | None) -> str:
    """A status in words, for people.

    Args:
        found: where the task stands.
        store: the content store that was asked for the spec; None where nobody said one.
    """
    config, state, spec = found.config, found.round, found.spec
    where = f"{state.number} of {config.rounds or '∞'}, {found.phase.name.lower()}"
    updates = f"{_submitted(found)}, deadline {local_time(state.deadline)}"
    if found.phase is Phase.FINISHED:
        where, updates = f"all {config.rounds} are over", "none are taken any more"
    rows = [
        ("task", found.task + (f" “{harmless(spec.name, one_line=True)}”" if spec else "")),
        ("round", where),
        ("updates", updates),
        *_batches(found),
        *_voidable(found),
        ("owner", f"{found.coordinator}, the coordinator"),
        ("roster", _roster(found)),
        *_juries(found),
        ("rule", _rule(found, store)),
        *([] if spec is None else [("samples", _samples(spec, found.disclosed))]),
        ("model", f"{state.model_digest.cid}: {_accuracy(found)}"),
    ]
    return "\n".join(f"{name:<8}{text}" for name, text in rows)


def _submitted(found: TaskStatus) -> str:
    count, least, most = found.round.submitted, found.config.min_updates, found.config.max_updates
    if found.config.batch_seconds or found.round.batched:
        alone, batched = found.round.alone, found.round.batched
        return f"{count} (at least {least}): {alone} alone (at most {most}), {batched} in batches"
    return f"{count} of {most}" if least == most else f"{count} ({least} to {most})"


def _batches(found: TaskStatus) -> list[tuple[str, str]]:
    """Until when an open round takes batches, how much room there is, and who submits them."""
    until = found.batches_until
    if until is None:
        return []
    if not found.relayers:
        return [("batches", "taken of relayers, of whom there are none")]
    words = f"over for this round, {local_time(until)} was their last"
    if found.time < until:
        words = f"taken before {local_time(until)}, room for {found.batch_room} more"
    return [("batches", f"{words}; relayers: {_named(found.relayers)}")]


def _voidable(found: TaskStatus) -> list[tuple[str, str]]:
    """From when on the jury's time is over, of a round that waits for its report."""
    if found.phase is not Phase.CLOSED or found.voidable_from is None:
        return []
    words = f"may be voided from {local_time(found.voidable_from)} on by the coordinator"
    if found.anybody_voids_from is not None:
        words += f", from {local_time(found.anybody_voids_from)} on by anybody"
    return [("", words)]


def _roster(found: TaskStatus) -> str:
    text = f"version {found.roster.version}: {_members(found.roster.size)}"
    if found.next_roster is not None:
        version, size = found.next_roster.version, found.next_roster.size
        if found.phase is Phase.FINISHED:
            return f"{text}; version {version} never entered: {_members(size)}"
        text += f"; from the next round on version {version}: {_members(size)}"
    return text


def _members(size: int) -> str:
    return counted(size, "member") if size else "nobody"


def _juries(found: TaskStatus) -> list[tuple[str, str]]:
    rows = [("jury", _jury(found.jury, found.jurors))]
    if found.next_jury is not None:
        when = local_time(found.next_jury.enters_from)
        enters = f"enters with the first round from {when} on, earlier by the jury's consent"
        if found.phase is Phase.FINISHED:
            enters = "never entered"
        rows.append(("", f"{_jury(found.next_jury, found.next_jurors)}; it {enters}"))
    return rows


def _jury(jury: JuryState, jurors: Sequence[str]) -> str:
    return (
        f"version {jury.version}: {jury.quorum} of {jury.size} must sign, "
        f"hash 0x{jury.hash.hex()}: {_named(jurors)}"
    )


def _named(addresses: Sequence[str]) -> str:
    more = len(addresses) - _MOST_NAMED
    rest = f" and {counted(more, 'other')}" if more > 0 else ""
    return ", ".join(addresses[:_MOST_NAMED]) + rest


def _rule(found: TaskStatus, store: str | None) -> str:
    if found.spec is not None:
        return f"{harmless(rule_words(found.spec.rule), one_line=True)}, λ = {found.spec.lam}"
    if store is None:
        return "stands in the spec: say --store to see it"
    return "stands in the spec, which cannot be had now"


def _samples(spec: TaskSpec, disclosed: Sequence[int]) -> str:
    """How many verification samples there are, and who gets to see them."""
    verification = spec.verification
    sizes = sorted({each.samples for each in verification.slices})
    many = f"{sizes[0]:,}" if len(sizes) == 1 else f"{sizes[0]:,} to {sizes[-1]:,}"
    if not verification.each_round:
        text = f"{many} for all rounds"
    else:
        text = f"{many} for each of {counted(len(verification.slices), 'round')}"
    text += f"; {_disclosure(verification)}"
    real = [number for number in disclosed if number <= len(verification.slices)]
    if real:
        text += f"; told so far: {ranges(real)}" if verification.each_round else "; they are told"
    return text


def _disclosure(verification: VerificationSpec) -> str:
    if not verification.disclosed:
        return "never disclosed"
    depth = counted(verification.depth, "block")
    when = "its round" if verification.each_round else "the last round"
    what = "each is" if verification.each_round else "all are"
    return f"{what} disclosed {depth} after {when}"


def _accuracy(found: TaskStatus) -> str:
    if not found.is_judged:
        return "not judged yet"
    if found.accuracy is None:
        return "its accuracy is not published"
    return f"{found.accuracy / 10:.1f} % of the verification samples right"
