"""What a verification rule is: from well-formed updates to a ruling and a new model."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, runtime_checkable

import torch

from fedjury.oracle.aggregation.updates import Updates
from fedjury.oracle.evaluation.constant_answer import ConstantAnswer
from fedjury.protocol.tensors import Tensors


class Scores(Protocol):
    """What the verification set says of weights: the same on every machine.

    Weights with which the model raises have no right answer, and the largest loss everywhere.
    """

    @property
    def samples(self) -> int:
        """Size of the verification set: how many labels count."""
        ...

    def correct(self, weights: Tensors) -> int:
        """How many samples the weights classify right."""
        ...

    def correct_mask(self, weights: Tensors) -> torch.Tensor:
        """Which samples the weights classify right: bool, (samples,)."""
        ...

    def losses(self, weights: Tensors) -> torch.Tensor:
        """Cross entropy of each sample, in whole units of 1/`LOSS_UNITS` nat: int64, (samples,)."""
        ...

    def loss(self, weights: Tensors) -> int:
        """Cross entropy summed over the samples, in units of 1/`LOSS_UNITS` nat."""
        ...

    @property
    def constant(self) -> ConstantAnswer:
        """What is got by saying the same of every sample."""
        ...

    def counts(self, many: Iterable[Tensors]) -> list[int]:
        """`correct` of several weights, which may be quicker than one by one."""
        ...

    def masks(self, many: Iterable[Tensors]) -> Iterator[torch.Tensor]:
        """`correct_mask` of several weights, which may be quicker than one by one."""
        ...

    def tried(self, many: Iterable[Tensors]) -> list[int | str] | None:
        """`correct` of several weights, or what the model raises with them, for people; None
        where it is known to raise with no weights."""
        ...

    def blends(self, current: Tensors, updates: Updates) -> "Blends":
        """What evaluates means of a round's updates mixed with the current model."""
        ...


class Blends(Protocol):
    """Evaluates means of a round's updates mixed with the current model.

    What it keeps of a sum of updates from one mean to the next is its own business (`products`);
    what it finds is what `Scores` says of the same weights.
    """

    @property
    def nothing(self) -> Any:
        """The products of no update."""
        ...

    def plus(self, products: Any, index: int) -> Any:
        """The products of some updates and one more, by its index."""
        ...

    def minus(self, products: Any, index: int) -> Any:
        """The products of some updates without one of them."""
        ...

    def evaluate(
        self, weights: Tensors, products: Any, share: float
    ) -> tuple[torch.Tensor, Callable[[], int]]:
        """Losses of each sample, whole numbers (samples,), and what counts the right ones.

        Args:
            weights: share·w + (1 − share)·mean of some updates.
            products: of these updates.
            share: of the current model w.
        """
        ...


@dataclass(frozen=True)
class RuleInput:
    """What a rule sees.

    Attributes:
        current: the global model w.
        updates: the well-formed updates r in the order of the round.
        lam: the task's λ.
        scores: what the verification set says of any weights.
        correct: correct(p) of each update, with p = λ·w + (1−λ)·r, where that is known already.
    """

    current: Tensors
    updates: Updates
    lam: float
    scores: Scores
    correct: Sequence[int] | None = None


@dataclass(frozen=True)
class Ruling:
    """What a rule says, update by update in the order it was given them.

    Attributes:
        baseline: correct(w), or what the best constant answer gets right where that is more.
        accepted: whether each update enters the new model.
        correct: correct(p) of each update.
        mixing_weight: the share of w in the new model, one of the rule's mixing weights; None is
            the task's λ.
    """

    baseline: int
    accepted: Sequence[bool]
    correct: Sequence[int]
    mixing_weight: float | None = None


class Rule(Protocol):
    """Verification and aggregation, deterministic both.

    A frozen object whose fields are its parameters from the spec; making one raises ValueError
    where a parameter is out of range.

    Attributes:
        independent: whether the verdict on an update depends on that update alone; then an audit
            can derive the others when one is gone from the store.
        consults: whether the verification samples decide anything. Where they do not, verdicts
            follow from the files (but for a model that raises): the rule trusts the roster, and
            anyone can derive them.
    """

    independent: ClassVar[bool]
    consults: ClassVar[bool]

    def judge(self, given: RuleInput) -> Ruling:
        """Decide which updates to accept; needs the verification set."""
        ...

    def mixing_weights(self, lam: float) -> Sequence[float]:
        """Every share of w that the rule may mix a new model with in a task of this λ; a few.

        The report does not say which one it was: whoever has the model's digest can try them.
        """
        ...

    def aggregate(self, current: Tensors, accepted: Updates, mixing_weight: float) -> Tensors:
        """The new model from the accepted updates; anyone can build it again.

        Args:
            current: the global model w.
            accepted: the accepted updates in the order of the round.
            mixing_weight: the share of w.
        """
        ...


@runtime_checkable
class ChoosingRule(Protocol):
    """What a rule has beside, where the verification samples decide nothing: its choice follows
    from the files, so that anyone derives its verdicts."""

    def choose(self, current: Tensors, updates: Updates) -> Sequence[int]:
        """Indexes of the updates that are accepted.

        Args:
            current: the global model w.
            updates: the well-formed updates with which the model does not raise.
        """
        ...
