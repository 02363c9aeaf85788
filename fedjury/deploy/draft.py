"""What a coordinator wants of a task's spec, and the spec that comes of it."""

from dataclasses import dataclass, replace
from typing import Any, Self

from pydantic import ValidationError

from fedjury.checks.validation import first_error
from fedjury.data.verification import VerificationSet
from fedjury.errors import SpecError
from fedjury.oracle.rules.registry import find_rule
from fedjury.protocol.task_spec import (
    CallableSpec,
    RuleSpec,
    TaskSpec,
    TrainingSpec,
    UpdateLimits,
    VerificationSpec,
)
from fedjury.protocol.tensors import Tensors, encode
from fedjury.task.models import initial_weights

_HEADER_ROOM = 4096  # twice what the metadata of an update needs, and more


@dataclass(frozen=True)
class SpecDraft:
    """A task's spec before its verification set and size limit are known.

    Attributes:
        name: of the task, for people.
        model: a callable that builds a torch module.
        lam: the paper's λ.
        rule: the verification rule.
        training: fields of `TrainingSpec`, unchecked; what is missing is the default.
        max_update_bytes: largest update file; None takes the model's size and 4 KiB.
        genesis_seed: first seed to draw the first model from.
    """

    name: str
    model: CallableSpec
    lam: float
    rule: RuleSpec
    training: dict[str, Any]
    max_update_bytes: int | None = None
    genesis_seed: int = 1

    def with_room_for(self, weights: Tensors) -> Self:
        """The same with room for updates of such weights, unless a limit was asked for."""
        if self.max_update_bytes is not None:
            return self
        return replace(self, max_update_bytes=default_limits(weights).max_bytes)


def build_spec(draft: SpecDraft, verification: VerificationSet) -> TaskSpec:
    """The checked spec; draws a model to see how large one is, where the draft has no limit.

    Raises:
        SpecError: a value is out of range, or the rule is unknown.
        ModelError: the model cannot be built.
    """
    if draft.max_update_bytes is None:
        draft = draft.with_room_for(initial_weights(draft.model, draft.genesis_seed))
    document: dict[str, Any] = {
        "name": draft.name,
        "model": draft.model,
        "lambda": draft.lam,
        "rule": draft.rule,
        "update": {"max_bytes": draft.max_update_bytes},
        "verification": VerificationSpec(
            samples=len(verification), commitment=verification.commitment()
        ),
    }
    try:
        spec = TaskSpec.model_validate({**document, "training": TrainingSpec(**draft.training)})
    except ValidationError as error:
        raise SpecError(f"these options make no valid task: {first_error(error)}") from error
    find_rule(spec.rule)
    return spec


def default_limits(weights: Tensors) -> UpdateLimits:
    """Room for the weights, the header that they need, and as much again for metadata."""
    empty_tag = {"format": "", "task": "", "round": "", "client": ""}
    return UpdateLimits(max_bytes=len(encode(weights, empty_tag)) + _HEADER_ROOM)


def name_model(callable: str, arguments: dict[str, Any]) -> CallableSpec:
    """A model as a spec names it.

    Raises:
        SpecError: no callable can have such a name.
    """
    try:
        return CallableSpec(callable=callable, arguments=arguments)
    except ValidationError as error:
        raise SpecError(f"these options make no valid task: {first_error(error)}") from error
