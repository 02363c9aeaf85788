"""What a client and a juror ask of a chain, and how long it takes, as a federation grows.

python experiments/benchmark_growth.py --clients 10 --clients 100 --clients 300
python experiments/benchmark_growth.py --clients 100 --chain anvil --chain embedded

Whole rounds of a tiny model on a chain started for the occasion: every client fetches the model,
trains, submits, publishes and later reads its verdict, one after the other in this process; then
the juror judges and reports. Requests and logs are exact, but for looks at receipts that are late;
times are this machine's, so look at how they change with the number of clients. A daemon that waits
asks for 2 more at each poll.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import torch
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from fedjury.chain.rpc.connection import Chain
from fedjury.data import load_dataset
from fedjury.protocol.task_spec import CallableSpec
from fedjury.runtime.events import ignore
from fedjury.runtime.loop import Step
from fedjury.simulation.live.environment import Environment, open_environment
from fedjury.simulation.live.federation import Federation, start_federation
from fedjury.simulation.prepared import prepare
from fedjury.simulation.scenario import Scenario

CLIENTS = (10, 100, 300)
PATIENCE = 100  # cycles until something has to have happened
PAUSE = 0.2


class CountingChain(Chain):
    """A chain that counts its requests, and the logs that come back."""

    def __init__(self, chain: Chain) -> None:
        self.requests = self.logs = 0
        super().__init__(chain.web3, chain.url)

    def ask(self, method: str, *params: object) -> Any:
        """As `Chain.ask`."""
        answer = super().ask(method, *params)
        self.requests += 1
        self.logs += len(answer) if method == "eth_getLogs" else 0
        return answer


@dataclass
class Spent:
    """What was asked for and how long it took, in all or, divided, for one client and round."""

    requests: float = 0
    logs: float = 0
    seconds: float = 0

    def each(self, count: int) -> "Spent":
        """The share of one in so many."""
        return Spent(self.requests / count, self.logs / count, self.seconds / count)


@contextmanager
def spending(chain: CountingChain, spent: Spent) -> Iterator[None]:
    """Add up what is spent inside."""
    requests, logs, started = chain.requests, chain.logs, time.perf_counter()
    yield
    spent.requests += chain.requests - requests
    spent.logs += chain.logs - logs
    spent.seconds += time.perf_counter() - started


@dataclass(frozen=True)
class Growth:
    """One size of federation on one chain.

    Attributes:
        chain: which.
        clients: how many.
        client: what one client spends in one round.
        juror: what the juror spends on one update.
        seconds: of all rounds together, without setting the federation up.
    """

    chain: str
    clients: int
    client: Spent
    juror: Spent
    seconds: float


def measure(chain: str, clients: int, rounds: int) -> Growth:
    """Run a federation of this size.

    Raises:
        FedjuryError: whatever stands in the way.
    """
    scenario = Scenario.model_validate(
        {
            "data": "digits",
            "clients": clients,
            "rounds": rounds,
            "model": CallableSpec(callable="fedjury.models:mlp", arguments={"hidden": 4}),
            "training": {"epochs": 1, "batch_size": 64},
        }
    )
    prepared = prepare(scenario, load_dataset(scenario.data))
    prepared.trainers[0](1, prepared.task.genesis)  # torch loads its optimizers at the first use
    with (
        tempfile.TemporaryDirectory() as name,
        open_environment(Environment(chain, "embedded"), Path(name) / "run") as opened,
    ):
        counting = CountingChain(opened.chain)
        environment = replace(opened, chain=counting)
        federation = start_federation(prepared, environment, ignore)
        client, juror = play(federation, counting, rounds)
    updates, seconds = clients * rounds, client.seconds + juror.seconds
    return Growth(chain, clients, client.each(updates), juror.each(updates), seconds)


def play(federation: Federation, chain: CountingChain, rounds: int) -> tuple[Spent, Spent]:
    """Play all rounds and have the last verdicts read; what all clients and the juror spend."""
    client, juror = Spent(), Spent()
    for wanted in [Step.PROGRESS] * rounds + [Step.FINISHED]:
        with spending(chain, client):
            for each in federation.clients:
                until(each.cycle, wanted)
        if wanted is Step.PROGRESS:
            with spending(chain, juror):
                until(federation.jury.cycle, wanted)
    return client, juror


def until(cycle: Callable[[], Step], wanted: Step) -> None:
    """Repeat a cycle until it comes to this."""
    for _ in range(PATIENCE):
        if cycle() is wanted:
            return
        time.sleep(PAUSE)
    raise TimeoutError(f"{PATIENCE} cycles, but none was {wanted.value}")


def table_of(measured: list[Growth]) -> Table:
    """The figures for people."""
    title = "requests, logs and time of a client and round, and of the juror for one update"
    table = Table(title=title, box=SIMPLE_HEAD)
    table.add_column("chain")
    spent = [f"{who}\n{what}" for who in ("client", "juror") for what in ("asked", "logs", "ms")]
    for heading in ("clients", *spent, "all,\ns"):
        table.add_column(heading, justify="right")
    for each in measured:
        shares = [figure for spent in (each.client, each.juror) for figure in _figures(spent)]
        table.add_row(each.chain, str(each.clients), *shares, f"{each.seconds:.1f}")
    return table


def _figures(spent: Spent) -> tuple[str, str, str]:
    return f"{spent.requests:.2f}", f"{spent.logs:.2f}", f"{1000 * spent.seconds:.1f}"


def main(arguments: list[str] | None = None) -> None:
    """Measure and print; the arguments are the command line's unless they are given."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--clients", type=int, action="append", help="size of a federation; repeatable"
    )
    parser.add_argument("--rounds", type=int, default=2, help="rounds of each")
    parser.add_argument(
        "--chain", action="append", help="anvil, ganache, embedded or an RPC URL; repeatable"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    measured = []
    for clients, chain in product(options.clients or CLIENTS, options.chain or ["anvil"]):
        measured.append(measure(chain, clients, options.rounds))
        print(f"{clients} clients on {chain}: {measured[-1].seconds:.1f} s", file=sys.stderr)
    if options.json:
        print(json.dumps([asdict(each) for each in measured]))
    else:
        Console().print(table_of(measured))


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
