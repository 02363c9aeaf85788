"""Whether the deployment file says of the task what the chain says."""

from collections.abc import Iterator

from fedjury.chain.contracts.events import JuryAnnounced, RosterSet
from fedjury.errors import LogsMissing
from fedjury.preflight.bench import Bench
from fedjury.preflight.finding import CannotCheck, Finding, ok, problem
from fedjury.protocol.juries import sorted_jurors
from fedjury.task.deployment_file import Deployment
from fedjury.task.on_chain import TaskOnChain

DEPLOYMENT = "deployment file"
_ANEW = "take the file that `fedjury deploy` wrote for this task"


def check_deployment(bench: Bench) -> Iterator[Finding]:
    """Spec, first model, first jury, first roster and first block are the chain's."""
    known = bench.subject.place.deployment
    if known is None:
        raise CannotCheck("there is no deployment file: the task was named by --task")
    task = bench.task.need()
    wrong = list(_differences(known, task))
    if wrong:
        yield problem(DEPLOYMENT, "; ".join(wrong), _ANEW)
    else:
        yield ok(DEPLOYMENT, "it says of the task what the chain says")


def _differences(known: Deployment, task: TaskOnChain) -> Iterator[str]:
    config = task.config
    for what, said, is_so in (
        ("spec", known.spec, config.spec_digest.cid),
        ("first model", known.genesis, config.genesis_digest.cid),
    ):
        if said != is_so:
            yield f"its {what} is {said}, the chain's {is_so}"
    jury, roster = _first_members(task)
    if sorted_jurors(known.jurors) != list(jury.jurors):
        yield "its jurors are not those of the task's first jury"
    cid = roster.digest.cid if roster.size else None
    if known.roster != cid:
        yield f"its roster is {known.roster}, the first one on chain {cid}"


def _first_members(task: TaskOnChain) -> tuple[JuryAnnounced, RosterSet]:
    """The task's first jury and roster, which stand where its events begin."""
    found = task.read_events(task.chain.block().number, [JuryAnnounced, RosterSet])
    juries = [each for each in found if isinstance(each, JuryAnnounced) and each.version == 1]
    rosters = [each for each in found if isinstance(each, RosterSet) and each.version == 1]
    if not juries or not rosters:
        raise LogsMissing(
            f"no first jury and roster are told from block {task.from_block} on, where the "
            "deployment file says that the task's events begin"
        )
    return juries[0], rosters[0]
