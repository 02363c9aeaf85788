"""What an adversary that knows the rule can find out by itself before it submits."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import nn

from fedjury.data import Samples
from fedjury.data.dataset import join
from fedjury.oracle.aggregation.updates import Updates
from fedjury.oracle.evaluation.constant_answer import ConstantAnswer
from fedjury.oracle.evaluation.losses import LOSS_CAP, LOSS_UNITS
from fedjury.oracle.rules.base import RuleInput
from fedjury.oracle.rules.plain_blends import PlainBlends
from fedjury.oracle.rules.registry import find_rule
from fedjury.protocol.task_spec import TaskSpec
from fedjury.protocol.tensors import Tensors
from fedjury.task.copies import LoadedCopy

_MOST_SAMPLES = 1000


@dataclass(frozen=True)
class PlainScores:
    """`fedjury.oracle.rules.base.Scores` in plain float32.

    The adversary signs no report on them, so they may differ between machines in the last digits.

    Attributes:
        model: the spec's module.
        known: the samples that it holds.
    """

    model: nn.Module
    known: Samples

    @property
    def samples(self) -> int:
        """How many labels count."""
        return len(self.known.labels)

    @cached_property
    def constant(self) -> ConstantAnswer:
        """What is got by saying the same of every sample."""
        return ConstantAnswer.of(self.known.labels)

    def correct(self, weights: Tensors) -> int:
        """How many labels the weights get right."""
        return int(self.correct_mask(weights).sum())

    def correct_mask(self, weights: Tensors) -> torch.Tensor:
        """Which labels the weights get right: bool, (samples,)."""
        return self._logits(weights).argmax(dim=1) == self.known.labels

    def losses(self, weights: Tensors) -> torch.Tensor:
        """Cross entropy of each, capped and in units as the jury's: int64, (samples,)."""
        nats = nn.functional.cross_entropy(
            self._logits(weights), self.known.labels, reduction="none"
        )
        capped = nats.nan_to_num(nan=LOSS_CAP).clamp(0, LOSS_CAP)
        return (capped * LOSS_UNITS).round().to(torch.int64)

    def loss(self, weights: Tensors) -> int:
        """The sum of `losses` over all samples."""
        return int(self.losses(weights).sum())

    def counts(self, many: Iterable[Tensors]) -> list[int]:
        """`correct` of several weights."""
        return [self.correct(weights) for weights in many]

    def masks(self, many: Iterable[Tensors]) -> Iterator[torch.Tensor]:
        """`correct_mask` of several weights."""
        return map(self.correct_mask, many)

    def tried(self, many: Iterable[Tensors]) -> None:
        """The adversary takes it that the model raises with no weights."""

    def blends(self, current: Tensors, updates: Updates) -> PlainBlends:
        """What evaluates means of updates."""
        return PlainBlends(self)

    def _logits(self, weights: Tensors) -> torch.Tensor:
        return self.known.rows(LoadedCopy(self.model, weights).logits(self.known.x)).float()


class Surrogate:
    """The task's public rule on samples that the adversary holds, in place of the jury's.

    Args:
        spec: of the task.
        model: the spec's module with the state that is not federated.
        controlled: for each round the indexes of the clients under control.
        shards: of all clients; only those under control are looked at.
    """

    def __init__(
        self,
        spec: TaskSpec,
        model: nn.Module,
        controlled: Mapping[int, frozenset[int]],
        shards: Sequence[Samples],
    ) -> None:
        self._spec, self._controlled, self._shards = spec, controlled, shards
        self._rule = find_rule(spec.rule)
        self._model = model
        self._scores: dict[int, PlainScores] = {}

    def __call__(
        self, current: Tensors, updates: Sequence[Tensors], round_number: int
    ) -> Sequence[bool]:
        """Which of a round's updates the rule would accept."""
        scores = self._scores_of(round_number)
        given = RuleInput(current, list(updates), self._spec.lam, scores)
        return self._rule.judge(given).accepted

    def _scores_of(self, round_number: int) -> PlainScores:
        if round_number not in self._scores:
            self._scores = {round_number: self._make(round_number)}
        return self._scores[round_number]

    def _make(self, round_number: int) -> PlainScores:
        """Samples of all clients under control in this round, taken evenly and at most 1000."""
        shards = [self._shards[index] for index in sorted(self._controlled[round_number])]
        each = max(1, _MOST_SAMPLES // len(shards))
        parts = [shard.take(torch.arange(min(each, len(shard)))) for shard in shards]
        return PlainScores(self._model, join(parts))
