"""What simulations tell: sweeps over scenarios, and live federations."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fedjury.runtime.events import Event, Severity


@dataclass(frozen=True, kw_only=True)
class SweepStarted(Event):
    """The scenarios of an experiment are taken up.

    Attributes:
        scenarios: how many different ones there are.
        done: how many have a result from before.
    """

    scenarios: int
    done: int

    @property
    def sentence(self) -> str:
        return f"{self.done} of {self.scenarios} scenarios done before"


@dataclass(frozen=True, kw_only=True)
class ScenarioStarted(Event):
    """A scenario is taken up.

    Attributes:
        id: of the scenario.
    """

    id: str

    @property
    def sentence(self) -> str:
        return f"scenario {self.id} started"


@dataclass(frozen=True, kw_only=True)
class RoundCompleted(Event):
    """A scenario's round is over."""

    id: str
    round: int

    @property
    def sentence(self) -> str:
        return f"scenario {self.id}: round {self.round} is over"


@dataclass(frozen=True, kw_only=True)
class ScenarioCompleted(Event):
    """A scenario is done.

    Attributes:
        result: the document that is kept.
    """

    id: str
    result: Mapping[str, Any]

    @property
    def sentence(self) -> str:
        totals = self.result["totals"]
        words = f"{totals['accuracy']:.1%}, {totals['honest_accepted']}/{totals['honest']} honest"
        if totals["poisoned"]:
            words += f" and {totals['poisoned_accepted']}/{totals['poisoned']} poisoned accepted"
        if "backdoor" in totals:
            words += f", backdoor {totals['backdoor']:.1%}"
        return f"{words}, {self.result['seconds']['total']:.0f} s"


@dataclass(frozen=True, kw_only=True)
class ScenarioFailed(Event):
    """A scenario could not be run to its end; the others go on."""

    severity = Severity.ERROR
    id: str
    error: str

    @property
    def sentence(self) -> str:
        return f"failed: {self.error}"


@dataclass(frozen=True, kw_only=True)
class FederationStarting(Event):
    """A live federation's chain and store are open.

    Attributes:
        chain: the endpoint.
        store: where the files go.
    """

    chain: str
    store: str

    @property
    def sentence(self) -> str:
        return f"chain {self.chain}, store {self.store}"


@dataclass(frozen=True, kw_only=True)
class TurnTaken(Event):
    """A member of a live federation has the turn.

    Attributes:
        round: the current round.
        done: how many members had their turn in it.
        client: index of the client whose turn it is; None for the jury.
    """

    round: int
    done: int
    client: int | None

    @property
    def sentence(self) -> str:
        who = "the jury judges" if self.client is None else f"client {self.client} trains"
        return f"round {self.round}: {who}"


@dataclass(frozen=True, kw_only=True)
class RoundMeasured(Event):
    """A live federation's round is over and measured.

    Attributes:
        accepted, updates: how many updates were accepted, of how many.
        poisoned_accepted: how many of the accepted ones are poisoned.
        accuracy: of the new model on the held-out samples, 0 to 1.
        fedavg_accuracy: of the plain mean of the same updates.
    """

    round: int
    accepted: int
    updates: int
    poisoned_accepted: int
    accuracy: float
    fedavg_accuracy: float

    @property
    def sentence(self) -> str:
        return (
            f"round {self.round:>2}: {self.accepted} of {self.updates} accepted, "
            f"{self.poisoned_accepted} of them poisoned; held-out accuracy {self.accuracy:.1%}, "
            f"FedAvg's {self.fedavg_accuracy:.1%}"
        )


@dataclass(frozen=True, kw_only=True)
class AuditStarted(Event):
    """A live federation's run is audited."""

    @property
    def sentence(self) -> str:
        return "auditing the run from chain and store"
