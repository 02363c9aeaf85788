"""Whether the client's relays answer, and are relays of this task."""

from collections.abc import Iterator

from eth_utils.address import is_address

from fedjury.clients.relay_endpoint import RelayEndpoint, RelayFailed
from fedjury.errors import ConfigError
from fedjury.preflight.bench import Bench
from fedjury.preflight.finding import CannotCheck, Finding, ok, problem, warning
from fedjury.task.on_chain import TaskOnChain

_ANOTHER = "ask its operator, or name another with --relay"


def check_relays(bench: Bench) -> Iterator[Finding]:
    """Each relay is one of this task, with an account that may submit batches."""
    relays = bench.subject.own.relays
    if not relays:
        raise CannotCheck("no relay was named: the client submits itself")
    task = bench.task.need()
    for url in relays:
        try:
            endpoint = bench.subject.reach.open_relay(url)
        except ConfigError as error:
            yield problem("relay", str(error), _ANOTHER)
            continue
        yield _asked(endpoint, task)


def _asked(endpoint: RelayEndpoint, task: TaskOnChain) -> Finding:
    subject = f"relay {endpoint.name}"
    try:
        status = endpoint.status()
    except RelayFailed as error:
        return problem(subject, str(error), _ANOTHER)
    if status.task != task.name:
        return problem(subject, f"it is a relay of {status.task}, not of {task.name}", _ANOTHER)
    if not is_address(status.relayer):
        return warning(subject, "it does not say whose account posts its batches", _ANOTHER)
    if not task.contract.is_relayer(status.relayer):
        return problem(subject, f"its account {status.relayer} is no relayer of the task", _ANOTHER)
    return ok(subject, f"it posts for the task, by {status.relayer}")
