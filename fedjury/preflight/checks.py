"""Which checks each role needs, in which order, and how they are made."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from fedjury.errors import FedjuryError
from fedjury.preflight.balance import BALANCE, check_balance
from fedjury.preflight.bench import Bench
from fedjury.preflight.clock import CLOCK, MACHINES, check_block_time, check_other_clocks
from fedjury.preflight.contract import CODE, VERSION, check_code, check_contract
from fedjury.preflight.deployment import DEPLOYMENT, check_deployment
from fedjury.preflight.disk import SPACE, WORK, check_directory, check_space
from fedjury.preflight.endpoints import check_endpoints
from fedjury.preflight.finding import CannotCheck, Finding, problem, skipped
from fedjury.preflight.logs import check_logs
from fedjury.preflight.model import BUILT, JUDGES, check_judging, check_model
from fedjury.preflight.peers import PEERS, check_peers
from fedjury.preflight.relays import check_relays
from fedjury.preflight.roles import KEY, ROLE, TASK, check_key, check_phase, check_role
from fedjury.preflight.samples import COMMITMENTS, SLICES, check_commitments, check_slices
from fedjury.preflight.stores import check_stores
from fedjury.preflight.subject import Role
from fedjury.preflight.task_files import MODEL, SPEC, check_models, check_spec
from fedjury.preflight.times import BATCHES, CONFIRMATIONS, check_batches, check_confirmations

_EVERYBODY = frozenset(Role)
_DAEMONS = frozenset({Role.JUROR, Role.CLIENT, Role.RELAYER})
_PAYERS = _EVERYBODY - {Role.AUDITOR}
_REMEDY = "read the sentence; the log of the service may say more"


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes:
        subject: what it looks at, for when it cannot be made.
        make: makes it; raises CannotCheck, or FedjuryError where what it is about fails.
        roles: that need it.
    """

    subject: str
    make: Callable[[Bench], Iterable[Finding]]
    roles: frozenset[Role] = _EVERYBODY


CHECKS: tuple[Check, ...] = (
    Check(KEY, check_key, _PAYERS),
    Check("RPC endpoints", check_endpoints),
    Check(VERSION, check_contract),
    Check(CODE, check_code),
    Check(TASK, check_phase),
    Check(DEPLOYMENT, check_deployment),
    Check(ROLE, check_role, _PAYERS),
    Check(BALANCE, check_balance, _PAYERS),
    Check("logs", check_logs),
    Check(CLOCK, check_block_time),
    Check(MACHINES, check_other_clocks),
    Check(CONFIRMATIONS, check_confirmations, _DAEMONS),
    Check(BATCHES, check_batches, frozenset({Role.CLIENT, Role.RELAYER})),
    Check("stores", check_stores),
    Check(SPEC, check_spec),
    Check(MODEL, check_models),
    Check(COMMITMENTS, check_commitments, frozenset({Role.COORDINATOR})),
    Check(SLICES, check_slices, frozenset({Role.JUROR, Role.AUDITOR})),
    Check(BUILT, check_model, frozenset({Role.JUROR, Role.CLIENT, Role.AUDITOR})),
    Check(JUDGES, check_judging, frozenset({Role.JUROR, Role.AUDITOR})),
    Check(PEERS, check_peers, frozenset({Role.JUROR})),
    Check("relays", check_relays, frozenset({Role.CLIENT})),
    Check(WORK, check_directory, _DAEMONS),
    Check(SPACE, check_space, _DAEMONS),
)
"""In the order in which they are made and shown."""


def findings(bench: Bench) -> Iterator[Finding]:
    """All that the checks of a role find, in their order, as each is made.

    Args:
        bench: of the role.
    """
    for check in CHECKS:
        if bench.subject.role in check.roles:
            yield from made(check, bench)


def made(check: Check, bench: Bench) -> Iterator[Finding]:
    """What one check finds; where it cannot be made, that it was skipped, and why."""
    try:
        yield from check.make(bench)
    except CannotCheck as missing:
        yield skipped(check.subject, str(missing))
    except FedjuryError as error:
        yield problem(check.subject, str(error), _REMEDY)
