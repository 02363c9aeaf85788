"""All scenarios, in the order in which they run."""

import random
from collections.abc import Sequence

from experiments.chaos.scenario import Scenario
from experiments.chaos.scenarios import (
    chain,
    clients,
    content,
    cuts,
    full_store,
    kills,
    lies,
    machine,
    one_juror,
    reorganizations,
    store,
)

SCENARIOS: tuple[Scenario, ...] = (
    *kills.SCENARIOS,
    *one_juror.SCENARIOS,
    *clients.SCENARIOS,
    *store.SCENARIOS,
    *chain.SCENARIOS,
    *reorganizations.SCENARIOS,
    *cuts.SCENARIOS,
    *lies.SCENARIOS,
    *machine.SCENARIOS,
    *full_store.SCENARIOS,
    *content.SCENARIOS,
)
_QUICK_SECONDS = 30.0


def sample(scenarios: Sequence[Scenario], seed: int) -> list[Scenario]:
    """One of each kind, drawn by the seed among those that do not take long."""
    draw = random.Random(seed)
    quick = [each for each in scenarios if each.seconds <= _QUICK_SECONDS]
    kinds = dict.fromkeys(each.kind for each in quick)
    return [draw.choice([each for each in quick if each.kind is kind]) for kind in kinds]
