"""A whole federation without chain, beside plain averaging with the same trainers."""

import statistics
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch

from experiments.judging_benchmark.engines import Engine
from experiments.judging_benchmark.judging import Jury
from experiments.judging_benchmark.measuring import Action, Contestant, Outcomes, Race
from experiments.judging_benchmark.results import BEFORE, FEDAVG, NOW, Facts, What
from experiments.judging_benchmark.settings import Settings
from fedjury.data import Dataset

CLIENTS = 10


def federation_races(jury: Jury, settings: Settings) -> Iterator[Race]:
    """Federations of honest clients, judged by `selection`; a turn is a round.

    The same round of all three is run one after the other, and a seed's rounds are added up.
    """
    rounds, turns = settings.rounds, settings.rounds * len(settings.seeds)
    for threads in settings.threads:
        what: What = {"threads": threads, "clients": CLIENTS, "rounds": rounds}

        def contestants() -> list[Contestant]:
            plain = Federations(Engine(), jury.dataset, settings, plain_fedavg)
            judged = Federations(Engine(), jury.dataset, settings, judged_federation)
            found = [Contestant(FEDAVG, plain.next_round), Contestant(NOW, judged.next_round)]
            if jury.before is None:
                return found
            earlier = Federations(jury.before, jury.dataset, settings, judged_federation)
            return [*found, Contestant(BEFORE, earlier.next_round)]

        facts = partial(_accuracies, rounds)
        yield Race("federation", what, turns, contestants, warm_up=False, added=rounds, facts=facts)


Run = Callable[[Engine, Any], Iterator[float]]
"""From an engine and a prepared scenario to the held-out accuracy after each round."""


class Federations:
    """One federation after the other, a round at a time.

    Args:
        engine: whose code prepares and runs them.
        dataset: of clients and jury.
        settings: rounds and seeds.
        run: how they are run.
    """

    def __init__(self, engine: Engine, dataset: Dataset, settings: Settings, run: Run) -> None:
        self._engine, self._dataset, self._settings, self._run = engine, dataset, settings, run
        self._rounds: Iterator[float] = iter(())

    def next_round(self, turn: int) -> Action:
        """The round of a turn, ready to run; the first of a seed prepares its federation."""
        if turn % self._settings.rounds == 0:
            seed = self._settings.seeds[turn // self._settings.rounds]
            self._rounds = self._run(self._engine, self._prepared(seed))
        return partial(next, self._rounds)

    def _prepared(self, seed: int) -> Any:
        scenario = self._engine.module("simulation.scenario").Scenario.model_validate(
            {
                "clients": CLIENTS,
                "rounds": self._settings.rounds,
                "rule": "selection",
                "lambda": 0.0,
                "seed": seed,
            }
        )
        prepared = self._engine.module("simulation.prepared").prepare(scenario, self._dataset)
        assert len(prepared.trainers) == CLIENTS  # made at the first look
        return prepared


def judged_federation(engine: Engine, prepared: Any) -> Iterator[float]:
    """A federation with its jury, as `fedjury experiment` runs it."""
    for outcome in engine.module("simulation.in_process").run_in_process(prepared):
        yield prepared.held_out.accuracy(outcome.model)


def plain_fedavg(engine: Engine, prepared: Any) -> Iterator[float]:
    """FedAvg written plainly, with the same trainers: train, average, measure."""
    current = prepared.task.genesis
    for number in range(1, prepared.scenario.rounds + 1):
        updates = [prepared.trainers[index](number, current) for index in prepared.order(number)]
        current = {
            name: torch.stack([update[name] for update in updates]).mean(dim=0) for name in current
        }
        yield prepared.held_out.accuracy(current)


def _accuracies(rounds: int, outcomes: Outcomes) -> Facts:
    """Mean held-out accuracy after the last round, in percent, by contestant."""
    return {
        f"accuracy, {name}": round(100 * statistics.fmean(found[rounds - 1 :: rounds]), 2)
        for name, found in outcomes.items()
    }
