"""What a coordinator wants of a task's spec, and the spec that comes of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from fedjury.errors import SpecError
from fedjury.oracle.rules.registry import find_rule
from fedjury.protocol.task_spec import (
    CallableSpec,
    FederatedSpec,
    LabelsSpec,
    RuleSpec,
    TaskSpec,
    TrainingSpec,
    UpdateLimits,
    VerificationSpec,
)
from fedjury.protocol.tensors import Tensors, encoded_size

_HEADER_ROOM = 4096  # twice what the metadata of an update needs, and more
_USUAL_MAGNITUDE = 1e3
# Options that are called otherwise than what they set in the spec.
_OPTIONS = {"max_bytes": "max-update-bytes", "output": "model-output"}
_MARGIN = 100  # how far beyond what a few batches give an honest weight may grow


@dataclass(frozen=True)
class SpecDraft:
    """A task's spec as the coordinator wants it; what it leaves open comes of model and data.

    Attributes:
        name: of the task, for people.
        model: a callable that builds a torch module.
        lam: the paper's λ.
        rule: the verification rule.
        training: fields of `TrainingSpec`, unchecked; what is missing is the default.
        max_update_bytes: largest update file; None takes the model's size and 4 KiB.
        max_magnitude: largest absolute weight; None takes 1000, or a hundred times what training
            gives if that is more.
        genesis_seed: seed to draw the first model from; the first one to try, where it is screened.
        include: name patterns of what is federated instead of the default.
        exclude: name patterns of what is not.
        output: which part of the model's output the logits are; None for its first tensor.
        classes: how many there are; None for those that the data have.
        retention_days: for how long signers keep what a report rests on; 0 for ever.
    """

    name: str
    model: CallableSpec
    lam: float
    rule: RuleSpec
    training: dict[str, Any]
    max_update_bytes: int | None = None
    max_magnitude: float | None = None
    genesis_seed: int = 1
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    output: str | None = None
    classes: int | None = None
    retention_days: int = 365

    def training_spec(self) -> TrainingSpec:
        """The checked settings of training.

        Raises:
            SpecError: a field is unknown or out of range.
        """
        try:
            return TrainingSpec(**self.training)
        except ValidationError as error:
            raise _invalid(error) from error


@dataclass(frozen=True)
class SpecFacts:
    """What a spec says that follows from model and data.

    Attributes:
        federated: which tensors are.
        genesis_bytes: size of the genesis file.
        labels: how many classes there are, and what does not count.
        limits: what an update file may be at most.
        verification: what is public of the jury's samples.
    """

    federated: FederatedSpec
    genesis_bytes: int
    labels: LabelsSpec
    limits: UpdateLimits
    verification: VerificationSpec


def build_spec(draft: SpecDraft, facts: SpecFacts) -> TaskSpec:
    """The checked spec.

    Raises:
        SpecError: a value is out of range, or the rule is unknown.
    """
    document: dict[str, Any] = {
        "name": draft.name,
        "model": draft.model,
        "output": draft.output,
        "federated": facts.federated,
        "genesis_bytes": facts.genesis_bytes,
        "labels": facts.labels,
        "lambda": draft.lam,
        "rule": draft.rule,
        "update": facts.limits,
        "verification": facts.verification,
        "training": draft.training_spec(),
        "retention_days": draft.retention_days,
    }
    try:
        spec = TaskSpec.model_validate(document)
    except ValidationError as error:
        raise _invalid(error) from error
    find_rule(spec.rule)
    return spec


def choose_limits(draft: SpecDraft, weights: Tensors, largest: float) -> UpdateLimits:
    """What updates may be at most: as asked for, or as the model needs.

    Args:
        draft: what is asked for.
        weights: of the first model.
        largest: the largest magnitude of a weight of the first model or after a little training.

    Raises:
        SpecError: a limit is out of range.
    """
    magnitude, size = draft.max_magnitude, draft.max_update_bytes
    if magnitude is None:
        magnitude = max(_USUAL_MAGNITUDE, 10.0 ** math.ceil(math.log10(_MARGIN * largest or 1)))
    try:
        return UpdateLimits(
            max_bytes=room_for(weights) if size is None else size,
            max_magnitude=magnitude,
        )
    except ValidationError as error:
        raise _invalid(error) from error


def room_for(weights: Tensors) -> int:
    """Bytes for the weights, the header that they need, and as much again for metadata."""
    empty_tag = {"format": "", "task": "", "round": "", "client": ""}
    return encoded_size(weights, empty_tag) + _HEADER_ROOM


def _invalid(error: ValidationError) -> SpecError:
    """What is wrong, by the name of the option that set it."""
    first = error.errors()[0]
    field = str(first["loc"][-1])
    option = _OPTIONS.get(field, field.replace("_", "-"))
    return SpecError(f"these options make no valid task: --{option}: {first['msg']}")


def name_model(callable: str, arguments: dict[str, Any]) -> CallableSpec:
    """A model as a spec names it.

    Raises:
        SpecError: no callable can have such a name.
    """
    try:
        return CallableSpec(callable=callable, arguments=arguments)
    except ValidationError as error:
        raise SpecError(
            f"--model takes module:callable, as hospital.nets:resnet, not {callable!r}"
        ) from error
