"""Toy verification sets, whose loss and right answers can be told by looking at the weights."""

from collections.abc import Mapping, Sequence

import torch

from fedjury.oracle.rules.base import Rule, RuleInput, Ruling
from fedjury.oracle.rules.selection import SelectionRule
from fedjury.protocol.tensors import Tensors
from tests.support.scores import MadeUpScores

DEFAULT = SelectionRule()
NEVER = 10**6  # loss of a sample under weights that a test does not expect to be chosen


def goals(each: torch.Tensor) -> MadeUpScores:
    """A sample's loss is 100 times the squared distance from its goal; within 1 it is right."""

    def distances(tensors: Tensors) -> torch.Tensor:
        return ((each - tensors["w"]).double() ** 2).sum(dim=1)

    return MadeUpScores(
        lambda tensors: int((distances(tensors) < 1).sum()),
        lambda tensors: (100 * distances(tensors)).round().to(torch.int64),
        len(each),
    )


def same_goal(*goal: float) -> MadeUpScores:
    """Six samples with the same goal: whatever has a higher loss is worse beyond chance."""
    return goals(torch.tensor([goal] * 6))


def table(losses: Mapping[float, int | torch.Tensor]) -> MadeUpScores:
    """The loss of each of 100 samples by the value of the one weight; nothing is ever right."""
    return MadeUpScores(
        lambda _: 0,
        lambda tensors: torch.as_tensor(losses.get(tensors["w"].item(), NEVER)),
        100,
    )


def judge_toy(
    scores: MadeUpScores,
    current: Tensors,
    updates: Sequence[Tensors],
    lam: float = 0.0,
    rule: Rule = DEFAULT,
) -> Ruling:
    """What a rule says of updates; by default the selection rule."""
    return rule.judge(RuleInput(current, list(updates), lam, scores))
