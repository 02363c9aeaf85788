"""The adversary that knows the rule: as far as it can go while still being accepted."""

from collections.abc import Callable, Sequence
from functools import partial

import torch

from fedjury.checks.numbers import check_choice, check_number, check_whole
from fedjury.clients.attacks.base import Attack, AttackContext
from fedjury.clients.attacks.labels import flip_labels
from fedjury.clients.attacks.vectors import flatten, honest_rows, submit_all, unflatten
from fedjury.errors import ConfigError
from fedjury.protocol.tensors import Tensors

DIRECTIONS = ("strongest", "away", "label-flip")


def adaptive(direction: str = "strongest", reach: float = 4.0, steps: int = 7) -> Attack:
    """From the honest mean into a poison direction, as far as the task's rule lets all through.

    Fang et al. 2020, section 3 (the attack is tailored to the rule, and the deviation's size is
    searched for), here with the rule itself, run on the adversary's own data, to search with.
    Directions: `away` undoes the honest progress, w − mean (a step of 1 submits w); `label-flip`
    leads from the mean to models trained on labels y → C − 1 − y; `strongest` tries both and takes
    the one that makes the mean of all the round's updates worst on the adversary's own data.

    Acceptance need not be monotone in the step; the search assumes that it is and so may miss a
    larger step. If nothing is accepted, the honest mean is submitted.

    Args:
        direction: one of these.
        reach: the largest step that is tried.
        steps: halvings of the interval that the search makes.
    """
    check_choice("direction", direction, DIRECTIONS)
    check_number("reach", reach, 0)
    check_whole("steps", steps, 1)
    names = DIRECTIONS[1:] if direction == "strongest" else (direction,)

    def attack(context: AttackContext) -> list[Tensors]:
        if context.accepts is None:
            raise ConfigError("attack adaptive needs to know how the task's rule would judge")
        mean = honest_rows(context).mean(dim=0)
        found = [_farthest(context, mean, name, reach, steps) for name in names]
        return max(found, key=partial(_harm, context)) if len(found) > 1 else found[0]

    return attack


def _harm(context: AttackContext, submitted: list[Tensors]) -> float:
    """Loss of the plain mean of all updates, which is what most rules make of those accepted."""
    if context.loss is None:
        raise ConfigError("attack adaptive needs data to tell which direction is the strongest")
    everybody = torch.stack([flatten(each) for each in [*context.honest, *submitted]])
    return context.loss(unflatten(everybody.mean(dim=0), context.current))


def _way(name: str, context: AttackContext, mean: torch.Tensor) -> torch.Tensor:
    if name == "away":
        return flatten(context.current) - mean
    poisoned = [
        flatten(each.train(flip_labels(each.shard, context.classes))) for each in context.colluders
    ]
    return torch.stack(poisoned).mean(dim=0) - mean


def _farthest(
    context: AttackContext, mean: torch.Tensor, name: str, reach: float, steps: int
) -> list[Tensors]:
    """What is submitted at the largest step that leaves every colluder accepted."""
    way = _way(name, context, mean)

    def submitted(step: float) -> list[Tensors]:
        return submit_all(mean + step * way, context)

    step = largest_step(lambda step: _all_accepted(context, submitted(step)), reach, steps)
    return submitted(step)


def largest_step(passes: Callable[[float], bool], reach: float, steps: int) -> float:
    """The largest step from 0 to reach that passes, by bisection, to within reach / 2^steps."""
    if passes(reach):
        return reach
    low, high = 0.0, reach
    for _ in range(steps):
        middle = (low + high) / 2
        low, high = (middle, high) if passes(middle) else (low, middle)
    return low


def _all_accepted(context: AttackContext, poisoned: Sequence[Tensors]) -> bool:
    assert context.accepts is not None
    verdicts = context.accepts([*context.honest, *poisoned])
    return all(verdicts[len(context.honest) :])
