"""`fedjury status`: where a task stands."""

from datetime import UTC, datetime

from fedjury.chain.types import RoundState
from fedjury.cli import options
from fedjury.cli.output import Output
from fedjury.cli.session import find_place
from fedjury.history import TaskHistory, read_history
from fedjury.store import cid_of
from fedjury.task import OpenedTask

EXAMPLE = "Example: fedjury status --json"


def status(
    deployment: options.DeploymentOption = options.DEPLOYMENT,
    rpc: options.RpcOption = None,
    store: options.StoreOption = None,
    task: options.TaskOption = None,
    from_block: options.FromBlockOption = None,
    allow_model: options.AllowModelOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Show the round, its updates and deadline, the model, the jury, and how far accuracy is."""
    place = find_place(deployment, rpc, store, task, from_block)
    opened = place.open(allow_model)
    stamp = opened.chain.block()
    state = opened.contract.current_round(at=stamp)
    size, quorum = opened.contract.jury_of(state.jury_version, at=stamp)
    history = read_history(opened.contract, place.from_block, stamp.number)
    document = {
        "task": opened.name,
        "name": opened.spec.name,
        "block": stamp.number,
        "phase": opened.contract.phase(at=stamp).name.lower(),
        "paused": opened.contract.paused(at=stamp),
        "coordinator": opened.contract.owner(at=stamp),
        "round": state.number,
        "rounds": opened.config.rounds,
        "submitted": state.submitted,
        "min_updates": opened.config.min_updates,
        "max_updates": opened.config.max_updates,
        "deadline": state.deadline,
        "jury": {"version": state.jury_version, "size": size, "quorum": quorum},
        "clients": opened.contract.client_count(at=stamp),
        "model": cid_of(state.model_digest),
        "rule": opened.spec.rule.name,
        "lambda": opened.spec.lam,
        **_accuracy(opened, history),
    }
    Output(as_json).result(document, _describe(document, state))


def _accuracy(opened: OpenedTask, history: TaskHistory) -> dict[str, object]:
    counts = [r.finalized.model_correct for r in history.rounds.values() if r.finalized]
    samples = opened.spec.verification.samples
    return {"verification_samples": samples, "model_correct": counts[-1] if counts else None}


def _describe(document: dict[str, object], state: RoundState) -> str:
    deadline = datetime.fromtimestamp(state.deadline, UTC).astimezone()
    correct, samples = document["model_correct"], document["verification_samples"]
    share = "not judged yet"
    if isinstance(correct, int) and isinstance(samples, int):
        share = f"{correct} of {samples} verification samples right ({correct / samples:.1%})"
    jury = document["jury"]
    assert isinstance(jury, dict)
    paused = ", paused" if document["paused"] else ""
    where = f"{state.number} of {document['rounds'] or '∞'}, {document['phase']}{paused}"
    bounds = f"({document['min_updates']} to {document['max_updates']})"
    updates = f"{state.submitted} {bounds}, deadline {deadline:%Y-%m-%d %H:%M:%S}"
    if document["phase"] == "finished":
        where, updates = f"all {document['rounds']} are over", "none are taken any more"
    return "\n".join(
        [
            f"task    {document['task']} “{document['name']}”",
            f"round   {where}",
            f"updates {updates}",
            f"jury    version {jury['version']}: {jury['quorum']} of {jury['size']} must sign",
            f"clients {document['clients']}",
            f"rule    {document['rule']}, λ = {document['lambda']}",
            f"model   {document['model']}: {share}",
        ]
    )
