"""A federation of real processes with an accomplice between everyone and everything."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from experiments.chaos import daemon_process
from experiments.chaos.accomplices.proxy import Accomplice
from experiments.chaos.between import Between, stand, stand_between
from experiments.chaos.daemon import Daemon
from experiments.chaos.receipts import Receipts
from experiments.chaos.room import Room
from experiments.chaos.services import OwnService, own_anvil, own_ipfs
from experiments.chaos.settings import Settings
from fedjury.devnet.ports import free_port
from fedjury.errors import FedjuryError
from fedjury.task.history import RoundHistory, TaskHistory
from fedjury.task.location import find_location
from fedjury.task.opened import OpenedTask, open_task

_COMMAND_SECONDS = 120.0
_LOOK_SECONDS = 0.25
_YOUNG_SECONDS = 2  # by the chain's clock; hardly anybody can have submitted by then
_COMPLAINT = 1000  # the last characters


class Stuck(FedjuryError):
    """The federation does not come on within its time."""


@dataclass
class Federation:
    """Everyone who takes part.

    Attributes:
        room: files and command lines.
        chain_service, store_service: the node and the IPFS daemon.
        jurors, clients: daemons, by index.
        relay: the relay's daemon.
        between: by a daemon's name, who stands between it and its services.
        before_relay: who stands between all clients and the relay.
        before_jurors: by index, who stands between all other jurors and that one; empty for a jury
            of one.
        monitors: by index, the port where a juror tells its metrics.
        receipts: that the relay gave.
    """

    room: Room
    chain_service: OwnService
    store_service: OwnService
    jurors: list[Daemon] = field(default_factory=list)
    clients: list[Daemon] = field(default_factory=list)
    relay: Daemon = field(init=False)
    between: dict[str, Between] = field(default_factory=dict)
    before_relay: Accomplice = field(init=False)
    before_jurors: list[Accomplice] = field(default_factory=list)
    monitors: list[int] = field(default_factory=list)
    receipts: Receipts = field(default_factory=Receipts)

    @property
    def settings(self) -> Settings:
        """Of the run."""
        return self.room.settings

    @property
    def quick(self) -> bool:
        """Whether scenarios take a sample of their kind only."""
        return self.settings.quick

    @property
    def daemons(self) -> list[Daemon]:
        """Jurors, clients and the relay."""
        return [*self.jurors, *self.clients, self.relay]

    @cached_property
    def task(self) -> OpenedTask:
        """The task, by connections of our own on which nobody stands."""
        location = find_location(self.room.deployment, None)
        return open_task(
            location.connect(), location.open_store(), location.task, location.from_block
        )

    def start_all(self) -> None:
        """Start every daemon that does not run."""
        for daemon in self.daemons:
            daemon.start()

    def heal(self) -> None:
        """Start and resume everybody, bring services back, and pass everything on."""
        self.chain_service.start()
        self.store_service.start()
        for between in self.between.values():
            between.heal()
        for accomplice in [self.before_relay, *self.before_jurors]:
            accomplice.fault = None
        for daemon in self.daemons:
            if daemon.runs:
                daemon.resume()
        self.start_all()

    def round(self) -> int:
        """Number of the round that is on."""
        return self.task.contract.current_round().number

    def history(self) -> TaskHistory:
        """All rounds, by the newest block."""
        return self.task.read_history(self.task.chain.block())

    def over(self, first: int, last: int) -> list[RoundHistory]:
        """Rounds from `first` to `last` as the chain tells them, those that are over."""
        rounds = self.history().rounds
        return [
            rounds[number]
            for number in range(first, last + 1)
            if number in rounds and rounds[number].state != "open"
        ]

    def next_round(self) -> int:
        """Wait until a round begins, unless one has just begun; its number.

        Raises:
            Stuck: none does.
        """
        state = self.task.contract.current_round()
        age = self.task.chain.block().timestamp - state.deadline + self.settings.round_seconds
        if age > _YOUNG_SECONDS:
            self.wait_for_round(state.number + 1)
        return self.round()

    def wait_for_round(self, number: int, seconds: float | None = None) -> None:
        """Wait until this round has begun.

        Args:
            number: of the round.
            seconds: to wait at most; None is what the settings allow for each round on the way.

        Raises:
            Stuck: it does not begin.
        """
        if seconds is None:
            seconds = self.settings.patience_seconds * max(1, number - self.round())
        self.wait(lambda: self.round() >= number, seconds, f"round {number} does not begin")

    def wait(self, condition: Callable[[], bool], seconds: float, complaint: str) -> None:
        """Wait for a condition.

        Raises:
            Stuck: it does not come true, with what the daemons told last.
        """
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise Stuck(f"{complaint} within {seconds:g} s; {self.last_words()}")
            time.sleep(_LOOK_SECONDS)

    def last_words(self) -> str:
        """What each daemon told last."""
        said = []
        for daemon in self.daemons:
            lines = daemon.lines()[-1:]
            state = "runs" if daemon.runs else f"is down, {daemon.complaints()[-_COMPLAINT:]}"
            words = lines[0].get("message", lines[0].get("event")) if lines else "nothing"
            said.append(f"{daemon.name} ({state}): {words}")
        return "; ".join(said)

    def run(self, *words: object) -> int:
        """Run a command to its end; its exit code."""
        name = f"command-{words[0]}"
        process = daemon_process.start(
            [str(word) for word in words],
            self.room.directory / f"{name}.out",
            self.room.directory / f"{name}.err",
            {},
        )
        process.join(_COMMAND_SECONDS)
        if process.is_alive():
            process.kill()
            process.join()
        return -1 if process.exitcode is None else process.exitcode

    def output_of(self, command: str) -> str:
        """What the command of this name printed, in all its runs."""
        return (self.room.directory / f"command-{command}.out").read_text(encoding="utf-8")


@contextmanager
def federation(directory: Path, settings: Settings) -> Iterator[Federation]:
    """Start services, deploy the task, start all daemons; stop everything in the end.

    Args:
        directory: for all files; made, and its own.
        settings: of the run.

    Raises:
        FedjuryError: something does not start.
    """
    directory.mkdir(parents=True)
    room = Room(directory, settings)
    with ExitStack() as stack:
        chain = stack.enter_context(own_anvil(directory, settings.accounts, settings.block_seconds))
        store = stack.enter_context(own_ipfs(directory))
        made = Federation(room, chain, store)
        _succeed(made, room.verification())
        _succeed(made, room.deploy(chain.url, store.url))
        _assemble(made, stack)
        stack.callback(_stop, made.daemons)
        made.start_all()
        yield made


def _succeed(made: Federation, words: Sequence[object]) -> None:
    code = made.run(*words)
    if code:
        errors = (made.room.directory / f"command-{words[0]}.err").read_text(encoding="utf-8")
        raise FedjuryError(f"fedjury {words[0]} ended with {code}: {errors}")


def _stop(daemons: Sequence[Daemon]) -> None:
    for daemon in daemons:
        daemon.kill()


def _assemble(made: Federation, stack: ExitStack) -> None:
    """The daemons, none started, each behind its accomplices."""
    room, settings = made.room, made.settings
    port = free_port()
    made.before_relay = stand(
        stack, Accomplice(f"http://127.0.0.1:{port}", settings.seed, made.receipts.witness)
    )
    environment = {"XDG_STATE_HOME": str(room.directory / "state"), "OMP_NUM_THREADS": "1"}

    def daemon(name: str, kind: str, number: int, more: Sequence[object]) -> Daemon:
        seed = settings.seed + 1000 * len(made.between)
        between = stand_between(stack, made.chain_service.url, made.store_service.url, seed)
        made.between[name] = between
        account = room.accounts[number]
        words = room.daemon(
            kind, account, [each.url for each in between.endpoints], between.store.url
        )
        return Daemon(name, [*words, *more], room.directory, environment)

    ports = [free_port() for _ in room.jurors]
    if len(ports) > 1:
        made.before_jurors = [
            stand(stack, Accomplice(f"http://127.0.0.1:{each}", settings.seed + 31 * index))
            for index, each in enumerate(ports)
        ]
    urls = [accomplice.url for accomplice in made.before_jurors]
    for index, account in enumerate(room.jurors):
        made.monitors.append(free_port())
        more = room.juror(ports[index], made.monitors[-1], urls, index)
        number = room.accounts.index(account)
        made.jurors.append(daemon(f"juror-{index + 1}", "oracle", number, more))
    for index, account in enumerate(room.clients):
        more = room.client(index, made.before_relay.url)
        number = room.accounts.index(account)
        made.clients.append(daemon(f"client-{index + 1}", "client", number, more))
    number = room.accounts.index(room.relayer)
    made.relay = daemon("relay", "relay", number, room.relay(port))
