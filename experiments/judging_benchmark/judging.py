"""The races: judging by this code, by that before it and by plain loops, beside one product."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import torch

from experiments.judging_benchmark import loops
from experiments.judging_benchmark.engines import PAPER, Engine, Rule, verdicts_of
from experiments.judging_benchmark.measuring import Action, Contestant, Outcomes, Race
from experiments.judging_benchmark.results import (
    BEFORE,
    LOADER,
    NOW,
    PRODUCT,
    SLICES,
    Facts,
    What,
)
from experiments.judging_benchmark.rounds import Clients, Round, make_round
from experiments.judging_benchmark.samples import verification_samples
from experiments.judging_benchmark.settings import MLP, OTHER_MODELS, Settings
from fedjury.data import Dataset
from fedjury.oracle.rules.registry import suited_lambda
from fedjury.protocol.task_spec import CallableSpec

_CALLS = 5  # of the product in one turn: it is short
_FEW = 10  # updates of a round where their number is not the subject


@dataclass
class Jury:
    """Everything that rounds are made and judged with.

    Attributes:
        dataset: of clients and jury.
        before: the older code, where there is any.
    """

    dataset: Dataset
    before: Engine | None
    _rounds: dict[tuple[str, int], Round] = field(default_factory=dict)

    def round(self, samples: int, updates: int, model: str = MLP, hidden: int = 0) -> Round:
        """A round of so many updates; the longest one of each model is kept.

        Args:
            samples: of the verification set.
            updates: how many.
            model: the callable.
            hidden: units of the paper's model; 0 is its default.
        """
        known = self._rounds.get((model, hidden))
        if known is None or len(known.updates) < updates:
            spec = CallableSpec(callable=model, arguments={"hidden": hidden} if hidden else {})
            clients = Clients.of(spec, self.dataset)
            known = make_round(clients, verification_samples(self.dataset, 1), updates)
            self._rounds[model, hidden] = known
        judged = verification_samples(self.dataset, samples)
        return Round(known.model, judged, known.current, known.updates[:updates])

    def contestants(self, round_: Round, rule: Rule) -> Iterator[Contestant]:
        """The code before and that of the tree, judging a whole round; time is an update's."""
        for name, engine in ((BEFORE, self.before), (NOW, Engine())):
            if engine is not None:
                ready = partial(_ready, engine, round_, rule)
                yield Contestant(name, ready, share=len(round_.updates))


def _ready(engine: Engine, round_: Round, rule: Rule, turn: int) -> Action:
    return engine.ready(round_, rule)


def product(round_: Round, hidden: int = 128) -> Contestant:
    """One bare float32 product of all samples with a first layer."""
    x = round_.samples.x.flatten(1)
    weight = torch.rand((hidden, x.shape[1]), generator=torch.Generator().manual_seed(1))

    def multiply() -> None:
        for _ in range(_CALLS):
            torch.mm(x, weight.t())

    return Contestant(PRODUCT, lambda turn: multiply, share=_CALLS)


def plain_loops(round_: Round, *names: str) -> list[Contestant]:
    """The loops that other code runs, over all updates; time is an update's."""
    batches = {LOADER: loops.loader_batches, SLICES: loops.sliced_batches}
    actions = {
        name: loops.evaluating(round_, suited_lambda(PAPER.name), batches[name](round_.samples))
        for name in names
    }
    return [_every_turn(name, actions[name], len(round_.updates)) for name in names]


def _every_turn(name: str, action: Action, share: int) -> Contestant:
    return Contestant(name, lambda turn: action, share)


def compare(outcomes: Outcomes) -> Facts:
    """How many verdicts and counts differ between both versions of the code.

    And how far the count of a plain loop lies from ours at most.
    """
    facts: Facts = {}
    judged = {name: verdicts_of(outcomes[name][-1]) for name in (BEFORE, NOW) if name in outcomes}
    if BEFORE in judged:
        pairs = zip(judged[BEFORE], judged[NOW], strict=True)
        facts["verdicts that differ from before"] = sum(mine != its for mine, its in pairs)
    if SLICES in outcomes:
        counts = zip(outcomes[SLICES][-1], judged[NOW], strict=True)
        facts["farthest count from a plain loop"] = max(
            abs(plain - (correct or 0)) for plain, (_, correct) in counts
        )
    return facts


def update_races(jury: Jury, settings: Settings) -> Iterator[Race]:
    """What judging one update costs by the paper's rule."""
    for threads in settings.threads:
        for updates, turns in settings.update:
            what: What = {"threads": threads, "samples": settings.samples, "updates": updates}

            def contestants(updates: int = updates) -> list[Contestant]:
                round_ = jury.round(settings.samples, updates)
                plain = plain_loops(round_, LOADER, SLICES)
                return [product(round_), *plain, *jury.contestants(round_, PAPER)]

            yield Race("update", what, turns, contestants, facts=compare)


def rule_races(jury: Jury, settings: Settings) -> Iterator[Race]:
    """Every rule, with few updates and with many."""
    for threads in settings.threads:
        for rule, lengths in settings.rules:
            for updates, turns in lengths if threads == 1 else lengths[:1]:
                what: What = {
                    "threads": threads,
                    "samples": settings.samples,
                    "rule": rule.label,
                    "updates": updates,
                }

                def contestants(rule: Rule = rule, updates: int = updates) -> list[Contestant]:
                    round_ = jury.round(settings.samples, updates)
                    return [product(round_), *jury.contestants(round_, rule)]

                short = updates <= _FEW  # a long round warms up by itself
                yield Race("rules", what, turns, contestants, warm_up=short, facts=compare)


def size_races(jury: Jury, settings: Settings) -> Iterator[Race]:
    """Verification sets and hidden layers of other sizes, by the paper's rule."""
    for samples, hidden in settings.sizes:
        what: What = {"threads": 1, "samples": samples, "hidden": hidden, "updates": _FEW}

        def contestants(samples: int = samples, hidden: int = hidden) -> list[Contestant]:
            round_ = jury.round(samples, _FEW, hidden=hidden)
            plain = plain_loops(round_, SLICES)
            return [product(round_, hidden), *plain, *jury.contestants(round_, PAPER)]

        yield Race("sizes", what, settings.size_turns, contestants, facts=compare)


def model_races(jury: Jury, settings: Settings) -> Iterator[Race]:
    """Models that no bound covers wholly, beside a plain evaluation of them."""
    for name, model in OTHER_MODELS.items():
        what: What = {
            "threads": 1,
            "samples": settings.model_samples,
            "model": name,
            "updates": _FEW,
        }

        def contestants(model: str = model) -> Sequence[Contestant]:
            round_ = jury.round(settings.model_samples, _FEW, model)
            return [*plain_loops(round_, SLICES), *jury.contestants(round_, PAPER)]

        yield Race("models", what, settings.size_turns, contestants, facts=compare)


RACES: dict[str, Callable[[Jury, Settings], Iterator[Race]]] = {
    "update": update_races,
    "rules": rule_races,
    "sizes": size_races,
    "models": model_races,
}
