"""Whether the account has the role, in the round that is on and in what is announced."""

from collections.abc import Iterator

from fedjury.chain.abi.refusals import local_time
from fedjury.chain.contracts.types import Overview, Phase
from fedjury.preflight.bench import Bench
from fedjury.preflight.finding import CannotCheck, Finding, ok, problem, warning
from fedjury.preflight.subject import Role
from fedjury.protocol.roster import NO_ROOT
from fedjury.task.on_chain import TaskOnChain
from fedjury.task.rosters import WrongRoster, fetch_roster, find_roster_set

KEY, ROLE, TASK = "key", "role", "task"


def check_key(bench: Bench) -> Iterator[Finding]:
    """The keystore opens with the password given."""
    if bench.subject.own.open_account is None:
        raise CannotCheck("no keystore was named, so that nothing is known of the key")
    yield ok(KEY, f"the keystore opens, its account is {bench.account.get().address}")


def check_phase(bench: Bench) -> Iterator[Finding]:
    """The task has something left to do."""
    seen, config = bench.overview.need(), bench.task.need().config
    of = f" of {config.rounds}" if config.rounds else ""
    if seen.phase is Phase.FINISHED:
        yield warning(TASK, f"all rounds{of} are over", "nothing is left to do: only audits work")
        return
    yield ok(TASK, f"round {seen.round.number}{of} is {seen.phase.name.lower()}")


def check_role(bench: Bench) -> Iterator[Finding]:
    """The account has the role that it is to start in."""
    address, task, seen = bench.address.need(), bench.task.need(), bench.overview.need()
    match bench.subject.role:
        case Role.JUROR:
            yield _juror(address, seen)
        case Role.CLIENT:
            yield _client(bench, address, task)
        case Role.RELAYER:
            yield _relayer(address, task, seen)
        case Role.COORDINATOR:
            yield _coordinator(address, task)
        case Role.AUDITOR:
            return


def _juror(address: str, seen: Overview) -> Finding:
    jury, following = seen.jury, seen.jury.version + 1
    sits = f"jury {jury.version} ({jury.quorum} of {jury.size} sign)"
    if seen.is_juror and seen.next_jury is not None and not seen.is_next_juror:
        found = f"{address} sits in {sits}, but not in jury {following}, which is announced"
        when = local_time(seen.next_jury_from)
        return warning(ROLE, found, f"it leaves with the first round from {when} on, or earlier")
    if seen.is_juror:
        both = f" and in jury {following}, which is announced" if seen.next_jury else ""
        return ok(ROLE, f"{address} sits in {sits}{both}")
    if seen.is_next_juror:
        when = local_time(seen.next_jury_from)
        return ok(ROLE, f"{address} sits in jury {following}, which enters from {when} on")
    announced = f" nor in jury {following}, which is announced" if seen.next_jury else ""
    found = f"{address} is not in jury {jury.version}{announced}"
    return problem(ROLE, found, "ask the coordinator: `fedjury coordinator set-jury`")


def _client(bench: Bench, address: str, task: TaskOnChain) -> Finding:
    contract, stamp = task.contract, task.chain.block()
    now, later = contract.roster(at=stamp), contract.next_roster(at=stamp)
    places = []
    for roster in (now, later):
        if roster is None:
            continue
        if roster.root == NO_ROOT:
            places.append(False)
            continue
        event = find_roster_set(task, roster.version, roster.root, stamp.number)
        try:
            places.append(address in fetch_roster(bench.store.need(), event))
        except WrongRoster as error:
            return problem(ROLE, str(error), "ask the coordinator to set the roster anew")
    version = now.version
    if not any(places):
        found = f"{address} is not in roster {version}"
        found += f" nor in roster {version + 1}, which counts next" if later else ""
        return problem(ROLE, found, "ask the coordinator: `fedjury coordinator add-clients`")
    if later and not places[1]:
        found = f"{address} is in roster {version}, but not in roster {version + 1}"
        return warning(ROLE, found, "it cannot submit from the next round on: ask the coordinator")
    if not places[0]:
        return ok(ROLE, f"{address} is in roster {version + 1}, from the next round on")
    return ok(ROLE, f"{address} is in roster {version}")


def _relayer(address: str, task: TaskOnChain, seen: Overview) -> Finding:
    if task.config.batch_seconds == 0:
        found = "this task takes no batches, so that it needs no relay"
        return problem(ROLE, found, "deploy a task with --batch-seconds")
    if not seen.is_relayer:
        found = f"{address} is no relayer of the task"
        return problem(ROLE, found, "ask the coordinator: `fedjury coordinator add-relayer`")
    return ok(ROLE, f"{address} may submit batches")


def _coordinator(address: str, task: TaskOnChain) -> Finding:
    owner, pending = task.contract.owner(), task.contract.pending_owner()
    if owner != address and pending == address:
        found = f"{address} was offered the task, which is still {owner}'s"
        return warning(ROLE, found, "take it with its key: `fedjury coordinator accept`")
    if owner != address:
        return problem(ROLE, f"the coordinator is {owner}, not {address}", "use that one's key")
    if int(pending, 16) and pending != owner:
        found = f"{address} is the coordinator, and has offered the task to {pending}"
        back = f"to take that back, offer it to itself: `fedjury coordinator hand-over {address}`"
        return warning(ROLE, found, back)
    return ok(ROLE, f"{address} is the coordinator")
