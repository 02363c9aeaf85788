"""The steps of judging one update, each by itself."""

from collections.abc import Callable, Iterator
from typing import Any

from experiments.judging_benchmark.engines import Engine
from experiments.judging_benchmark.judging import Jury, product
from experiments.judging_benchmark.measuring import Action, Contestant, Race
from experiments.judging_benchmark.rounds import MAX_MAGNITUDE, Round, tag_of
from experiments.judging_benchmark.settings import Settings
from fedjury.oracle.aggregation.averaging import mean, mix
from fedjury.oracle.rules.registry import suited_lambda
from fedjury.protocol.tensors import Tensors, content_hash, encode
from fedjury.protocol.update_file import read_update

_UPDATES = 10


def step_races(jury: Jury, settings: Settings) -> Iterator[Race]:
    """How long each step takes for one update of the paper's model."""

    def contestants() -> list[Contestant]:
        round_ = jury.round(settings.samples, _UPDATES)
        return [product(round_), *_steps(round_)]

    what: dict[str, str | int] = {"threads": 1, "samples": settings.samples, "updates": _UPDATES}
    yield Race("steps", what, settings.steps, contestants)


def _steps(round_: Round) -> Iterator[Contestant]:
    updates = [
        read_update(data, tag_of(index), round_.shapes, MAX_MAGNITUDE)
        for index, data in enumerate(round_.updates)
    ]
    lam = suited_lambda("paper")
    models = [mix(round_.current, update, lam) for update in updates]

    def read() -> None:
        for index, data in enumerate(round_.updates):
            read_update(data, tag_of(index), round_.shapes, MAX_MAGNITUDE)

    every_turn: dict[str, Action] = {
        "read and check its file": read,
        "hash its tensors": lambda: [content_hash(each) for each in updates],
        "mix it with the old model": lambda: [mix(round_.current, each, lam) for each in updates],
        "its part of a mean": lambda: mean(updates),
        "its part of writing the new model": lambda: encode(models[0]),
    }
    for name, action in every_turn.items():
        yield Contestant(name, lambda turn, action=action: action, _UPDATES)  # type: ignore[misc]
    yield _asking("count right answers", round_, models, lambda scores: scores.correct)
    yield _asking("take its loss", round_, models, lambda scores: scores.loss)


def _asking(
    name: str,
    round_: Round,
    models: list[Tensors],
    question: Callable[[Any], Callable[[Tensors], int]],
) -> Contestant:
    """Ask an evaluator, which has seen another model before, about every mixed model."""

    def prepare(turn: int) -> Action:
        ask = question(Engine().evaluator(round_))
        ask(round_.current)
        return lambda: [ask(model) for model in models]

    return Contestant(name, prepare, len(models))
