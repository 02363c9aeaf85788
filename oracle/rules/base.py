"""What a verification rule is: a plain function from a round's sound updates to a ruling."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from fedjury.tensors import Tensors


class Updates(Protocol):
    """Updates by their place; a list of tensors is one, and so is what reads them from disk."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Tensors]: ...

    def __getitem__(self, index: int, /) -> Tensors: ...


@dataclass(frozen=True)
class RuleInput:
    """What a rule sees.

    Attributes:
        current: the global model w.
        updates: the sound updates r in index order.
        lam: the task's λ.
        correct: counts the verification samples that weights classify right.
        parameters: the rule's own, from the spec.
    """

    current: Tensors
    updates: Updates
    lam: float
    correct: Callable[[Tensors], int]
    parameters: dict[str, Any]


@dataclass(frozen=True)
class Ruling:
    """What a rule says, update by update in the order it was given them.

    Attributes:
        baseline: correct(w).
        accepted: whether each update enters the new model.
        correct: correct(p) of each update.
    """

    baseline: int
    accepted: Sequence[bool]
    correct: Sequence[int]


class Rule(Protocol):
    """Verification and aggregation, deterministic both.

    Attributes:
        independent: whether the verdict on an update depends on that update alone; then an audit
            can derive the others when one is gone from the store.
    """

    independent: bool

    def judge(self, given: RuleInput) -> Ruling:
        """Decide which updates to accept; needs the verification set."""
        ...

    def plausible(self, accepted: bool, correct: int, baseline: int) -> bool:
        """Whether a verdict can follow from its counts; anyone can ask, without any samples."""
        ...

    def aggregate(self, current: Tensors, accepted: Updates, lam: float) -> Tensors:
        """The new model from the accepted updates; anyone can do it again."""
        ...
