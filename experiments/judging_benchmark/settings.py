"""How much is measured: wholly, or in about a minute."""

from dataclasses import dataclass

from experiments.judging_benchmark.engines import PAPER, Rule

SELECTION, CAPPED = Rule("selection"), Rule("selection", {"cap": 2.0})
MEDIAN = Rule("median")
RULES = (
    PAPER,
    Rule("loss"),
    SELECTION,
    CAPPED,
    Rule("fedavg"),
    MEDIAN,
    Rule("trimmed-mean"),
    Rule("multi-krum"),
)
MLP = "fedjury.models:mlp"
_OWN = "experiments.judging_benchmark.models"
OTHER_MODELS = {"conv net": f"{_OWN}:conv_net", "attention": f"{_OWN}:attention"}

Turns = tuple[tuple[int, int], ...]
"""Numbers of updates, and how many turns each is measured for."""


@dataclass(frozen=True)
class Settings:
    """What each part measures.

    Attributes:
        samples: of the verification set, unless a part says otherwise.
        threads: how many torch may use, one after the other.
        update: numbers of updates of the rounds in which the cost of one is measured.
        steps: turns for the steps of judging.
        rules: rules, and the numbers of updates of their rounds.
        sizes: numbers of samples and hidden units.
        size_turns: turns for each size, and for each of the other models.
        model_samples: of the verification set for the other models.
        memory: rules, and the numbers of updates that each judges in a process of its own.
        rounds: of a federation.
        seeds: of the federations, a turn each.
    """

    samples: int
    threads: tuple[int, ...]
    update: Turns
    steps: int
    rules: tuple[tuple[Rule, Turns], ...]
    sizes: tuple[tuple[int, int], ...]
    size_turns: int
    model_samples: int
    memory: tuple[tuple[Rule, tuple[int, ...]], ...]
    rounds: int
    seeds: tuple[int, ...]


_LONG, _SHORT = ((10, 5), (50, 3), (200, 1)), ((10, 3), (50, 1))
FULL = Settings(
    samples=10_000,
    threads=(1, 2),
    update=((10, 9), (50, 5)),
    steps=15,
    rules=tuple((rule, _LONG if rule in (PAPER, SELECTION, CAPPED) else _SHORT) for rule in RULES),
    sizes=((1000, 128), (5000, 128), (60_000, 128), (10_000, 32), (10_000, 128), (10_000, 512)),
    size_turns=5,
    model_samples=10_000,
    memory=(
        (PAPER, (100, 1000, 10_000)),
        (MEDIAN, (100, 1000, 10_000)),
        (SELECTION, (100, 200, 1000)),
    ),
    rounds=10,
    seeds=(1, 2, 3),
)
QUICK = Settings(
    samples=10_000,
    threads=(1,),
    update=((10, 3),),
    steps=3,
    rules=((PAPER, ((10, 1),)), (SELECTION, ((10, 1),)), (MEDIAN, ((10, 1),))),
    sizes=((1000, 128), (1000, 512)),
    size_turns=3,
    model_samples=500,
    memory=((PAPER, (20, 100)), (SELECTION, (20,))),
    rounds=2,
    seeds=(1,),
)
