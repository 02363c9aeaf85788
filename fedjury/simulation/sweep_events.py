"""What a sweep over the scenarios of an experiment tells.

These events serve whoever watches in this process: `fedjury experiment --json` prints no events,
only the document that the experiment comes to.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fedjury.checks.counts import counted
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
        return f"{self.done} of {counted(self.scenarios, 'scenario')} done before"


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
