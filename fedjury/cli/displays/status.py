"""What `fedjury status` shows of a task."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fedjury.chain.contracts.types import RoundState
from fedjury.errors import FedjuryError
from fedjury.protocol.task_spec import TaskSpec
from fedjury.store import open_store
from fedjury.task.files import fetch_spec
from fedjury.task.location import TaskLocation
from fedjury.task.on_chain import TaskOnChain

_SPEC_SECONDS = 5.0


@dataclass(frozen=True)
class Status:
    """Where a task stands.

    Attributes:
        document: everything, for machines.
        state: the current round.
    """

    document: dict[str, Any]
    state: RoundState


def look(location: TaskLocation) -> Status:
    """Read where a task stands; what only its spec knows is left out where it cannot be had.

    Raises:
        ChainUnavailable, NoContract: as `TaskOnChain.at`.
    """
    task = location.on_chain()
    contract, stamp = task.contract, task.chain.block()
    state = contract.current_round(at=stamp)
    size, quorum = contract.jury_of(state.jury_version, at=stamp)
    finalized = [
        record.finalized
        for record in task.read_history(stamp.number).rounds.values()
        if record.finalized
    ]
    document = {
        "task": task.name,
        "block": stamp.number,
        "phase": contract.phase(at=stamp).name.lower(),
        "paused": contract.paused(at=stamp),
        "coordinator": contract.owner(at=stamp),
        "round": state.number,
        "rounds": task.config.rounds,
        "submitted": state.submitted,
        "min_updates": task.config.min_updates,
        "max_updates": task.config.max_updates,
        "deadline": state.deadline,
        "jury": {"version": state.jury_version, "size": size, "quorum": quorum},
        "clients": contract.client_count(at=stamp),
        "model": state.model_digest.cid,
        "model_correct": finalized[-1].model_correct if finalized else None,
        **_of_spec(_find_spec(task, location.store)),
    }
    return Status(document, state)


def _find_spec(task: TaskOnChain, store: str | None) -> TaskSpec | None:
    if store is None:
        return None
    try:
        return fetch_spec(open_store(store), task.config.spec_digest, _SPEC_SECONDS)
    except FedjuryError:
        return None


def _of_spec(spec: TaskSpec | None) -> dict[str, object]:
    return {
        "name": spec and spec.name,
        "rule": spec and spec.rule.name,
        "lambda": None if spec is None else spec.lam,
        "verification_samples": spec and spec.verification.samples,
    }


def describe(found: Status) -> str:
    """A status in words, for people."""
    document, state = found.document, found.state
    deadline = datetime.fromtimestamp(state.deadline, UTC).astimezone()
    paused = ", paused" if document["paused"] else ""
    where = f"{state.number} of {document['rounds'] or '∞'}, {document['phase']}{paused}"
    bounds = f"({document['min_updates']} to {document['max_updates']})"
    updates = f"{state.submitted} {bounds}, deadline {deadline:%Y-%m-%d %H:%M:%S}"
    if document["phase"] == "finished":
        where, updates = f"all {document['rounds']} are over", "none are taken any more"
    jury, name = document["jury"], document["name"]
    lines = [
        f"task    {document['task']}" + (f" “{name}”" if name else ""),
        f"round   {where}",
        f"updates {updates}",
        f"jury    version {jury['version']}: {jury['quorum']} of {jury['size']} must sign",
        f"clients {document['clients']}",
        f"rule    {_rule(document)}",
        f"model   {document['model']}: {_accuracy(document)}",
    ]
    return "\n".join(lines)


def _rule(document: dict[str, Any]) -> str:
    if document["rule"] is None:
        return "stands in the spec, which cannot be had now"
    return f"{document['rule']}, λ = {document['lambda']}"


def _accuracy(document: dict[str, Any]) -> str:
    correct, samples = document["model_correct"], document["verification_samples"]
    if correct is None:
        return "not judged yet"
    if samples is None:
        return f"{correct} verification samples right"
    return f"{correct} of {samples} verification samples right ({correct / samples:.1%})"
