"""What `fedjury status` shows of a task."""

from datetime import UTC, datetime

from fedjury.chain.contracts.types import Phase
from fedjury.cli.plain_text import harmless
from fedjury.task.status import TaskStatus


def status_text(found: TaskStatus, store: str | None) -> str:
    """A status in words, for people.

    Args:
        found: where the task stands.
        store: the content store that was asked for the spec; None where nobody said one.
    """
    config, state, spec = found.config, found.round, found.spec
    deadline = datetime.fromtimestamp(state.deadline, UTC).astimezone()
    paused = ", paused" if found.paused else ""
    where = f"{state.number} of {config.rounds or '∞'}, {found.phase.name.lower()}{paused}"
    bounds = f"({config.min_updates} to {config.max_updates})"
    updates = f"{state.submitted} {bounds}, deadline {deadline:%Y-%m-%d %H:%M:%S}"
    if found.phase is Phase.FINISHED:
        where, updates = f"all {config.rounds} are over", "none are taken any more"
    lines = [
        f"task    {found.task}" + (f" “{harmless(spec.name, one_line=True)}”" if spec else ""),
        f"round   {where}",
        f"updates {updates}",
        f"jury    version {state.jury_version}: {found.quorum} of {found.jurors} must sign",
        f"clients {found.clients}",
        f"rule    {_rule(found, store)}",
        f"model   {state.model_digest.cid}: {_accuracy(found)}",
    ]
    return "\n".join(lines)


def _rule(found: TaskStatus, store: str | None) -> str:
    if found.spec is not None:
        return f"{found.spec.rule.name}, λ = {found.spec.lam}"
    if store is None:
        return "stands in the spec: say --store to see it"
    return "stands in the spec, which cannot be had now"


def _accuracy(found: TaskStatus) -> str:
    correct = found.model_correct
    if correct is None:
        return "not judged yet"
    if found.spec is None:
        return f"{correct} verification samples right"
    samples = found.spec.verification.samples
    return f"{correct} of {samples} verification samples right ({correct / samples:.1%})"
