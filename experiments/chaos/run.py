"""Scenarios one after the other, each on a federation that works when it begins."""

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from experiments.chaos.federation import Federation, federation
from experiments.chaos.figures import Figures
from experiments.chaos.scenario import Scenario
from experiments.chaos.settings import Settings
from experiments.chaos.verdict import Judge
from experiments.judging_benchmark.progress import Watch
from fedjury.errors import FedjuryError


@dataclass
class Outcome:
    """What came of a scenario.

    Attributes:
        scenario: which.
        seed: that it was drawn from.
        figures: what was seen.
        seconds: that it took, without the look at its rounds.
        last: the last round that was on meanwhile; 0 where none has to end.
    """

    scenario: Scenario
    seed: int
    figures: Figures = field(default_factory=Figures)
    seconds: float = 0.0
    last: int = 0


class Run:
    """Runs scenarios, and looks at all rounds once no more are played on their federation.

    Args:
        directory: for the federations' files; made if need be.
        settings: of all.
        watch: is told how far it is.
    """

    def __init__(self, directory: Path, settings: Settings, watch: Watch) -> None:
        self._directory, self._settings, self._watch = directory, settings, watch
        self._federations = 0

    def play(self, scenarios: Sequence[Scenario]) -> list[Outcome]:
        """Run these. Where one leaves its federation stuck, the next begins on another.

        Raises:
            FedjuryError: a federation does not start.
        """
        self._watch.part("chaos", len(scenarios))
        left, done = list(scenarios), list[Outcome]()
        while left:
            with self._new_federation() as made:
                played: list[Outcome] = []
                while left and not (played and played[-1].figures.wrong):
                    played.append(self._one(made, left.pop(0)))
                self._end(made, played)
                done += played
        return done

    @contextmanager
    def _new_federation(self) -> Iterator[Federation]:
        self._federations += 1
        self._watch.say(f"starting federation {self._federations}")
        with federation(self._directory / f"federation-{self._federations}", self._settings) as it:
            it.wait_for_round(2)
            yield it

    def _one(self, made: Federation, scenario: Scenario) -> Outcome:
        seed = random.Random(f"{self._settings.seed} {scenario.name}").getrandbits(32)
        outcome, began = Outcome(scenario, seed), time.monotonic()
        try:
            outcome.figures.take(scenario.run(made, seed))
            if scenario.needs_rounds:
                made.heal()
                outcome.last = made.next_round() - 1
        except FedjuryError as error:
            outcome.figures.wrong.append(str(error))
        outcome.seconds = time.monotonic() - began
        self._watch.say(f"{scenario.name}: {outcome.seconds:.0f} s")
        self._watch.turn_over()
        return outcome

    def _end(self, made: Federation, played: Sequence[Outcome]) -> None:
        """The rounds of each scenario, and the audits of the whole, for which the last answers."""
        judge, last = Judge(made), played[-1]
        try:
            made.heal()
            for outcome in played:
                if outcome.last:
                    outcome.figures.take(judge.check(outcome.last))
            last.figures.take(judge.audits())
        except FedjuryError as error:
            last.figures.wrong.append(str(error))
        last.figures.take(judge.crashes())
        for outcome in played:
            for wrong in outcome.figures.wrong:
                self._watch.say(f"  WRONG, {outcome.scenario.name}: {wrong}")
