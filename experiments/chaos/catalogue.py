"""All scenarios, in the order in which they run."""

import random
from collections.abc import Sequence

from experiments.chaos.scenario import Scenario
from experiments.chaos.scenarios import (
    chain,
    clients,
    content,
    cuts,
    kills,
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
    *content.SCENARIOS,
)


def sample(scenarios: Sequence[Scenario], seed: int) -> list[Scenario]:
    """One of each kind, drawn by the seed."""
    draw, kinds = random.Random(seed), dict.fromkeys(each.kind for each in scenarios)
    return [draw.choice([each for each in scenarios if each.kind is kind]) for kind in kinds]
