"""Trying a user's model before anything is published: is it one that clients and jury can use?

Whatever the model raises here becomes a sentence, and nothing is on chain yet.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import nn

from fedjury.clients.training import fit
from fedjury.data import Dataset, Samples
from fedjury.deploy.draft import SpecDraft
from fedjury.deploy.module_state import require_plain_tensors, require_same_tensors
from fedjury.deploy.own_logits import require_own_logits
from fedjury.deploy.raising import raising
from fedjury.errors import DataError, ModelError
from fedjury.protocol.task_spec import LabelsSpec, TrainingSpec, UpdateLimits
from fedjury.protocol.tensors import Tensors
from fedjury.task.models import build_trusted_model
from fedjury.task.state import UNINITIALIZED, state_of_module

# Batches of the trial epoch, beside a last one with a single sample.
_BATCHES = 4
_SEVERAL = 3
_SEED = 1
_AFTER = "after training"


@dataclass(frozen=True)
class TriedModel:
    """A model that takes the data and can be trained.

    Attributes:
        name: of its callable.
        model: the module with all its tensors, as it is drawn from the first seed.
        draw: gives the module that is drawn from another seed.
        trained: the state after one epoch on a few samples.
        logits: how many it gives for each label.
    """

    name: str
    model: nn.Module
    draw: Callable[[int], nn.Module]
    trained: Tensors
    logits: int

    @property
    def changed(self) -> frozenset[str]:
        """Names of the tensors that training changed."""
        before = state_of_module(self.model)
        return frozenset(name for name in before if _differ(before[name], self.trained[name]))

    def largest(self, names: Sequence[str]) -> float:
        """The largest finite magnitude in these tensors, before training and after."""
        sizes = [size for state in self._states for size in _sizes(state, names).values()]
        return max((size for size in sizes if math.isfinite(size)), default=0.0)

    def update(self, names: Sequence[str]) -> Tensors:
        """These tensors after training as an update has them."""
        return {name: self.trained[name].to(torch.float32) for name in names}

    def require_within(self, names: Sequence[str], limits: UpdateLimits) -> None:
        """Make sure that the first model and an honest update are within the limits.

        Raises:
            ModelError: names the first tensor that is not.
        """
        for when, state in zip(("at first", _AFTER), self._states, strict=True):
            for name, size in _sizes(state, names).items():
                if not math.isfinite(size):
                    gently = "lower --learning-rate, or " if when == _AFTER else ""
                    raise ModelError(
                        f"{self.name!r} has infinity or NaN in {name!r} {when}, and no update may "
                        f"hold that: {gently}--exclude it, if it is no weight"
                    )
                if size > limits.max_magnitude:
                    raise ModelError(
                        f"{self.name!r} has {size:g} in {name!r} {when}, beyond the limit of "
                        f"{limits.max_magnitude:g}: raise --max-magnitude, or --exclude the tensor"
                    )

    @property
    def _states(self) -> tuple[Tensors, Tensors]:
        return state_of_module(self.model), self.trained


def try_model(draft: SpecDraft, data: Dataset, labels: LabelsSpec) -> TriedModel:
    """Build a model, evaluate and train it on a few samples.

    Args:
        draft: says which model, and how clients are asked to train.
        data: what clients and jury have.
        labels: of these data.

    Raises:
        ModelError: the first thing that does not work, in a sentence.
        DataError: the two parts of the data have inputs of different shape or type.
    """
    name, (train, test) = draft.model.callable, (data.train, data.test)
    _require_same_inputs(train, test)

    def draw(seed: int) -> nn.Module:
        model = build_trusted_model(draft.model, seed, draft.output)
        with raising(name, "when it is first evaluated"):
            _give_shapes(model, test.x[:_SEVERAL], seed)
        return model

    model = draw(draft.genesis_seed)
    require_plain_tensors(name, model)
    _require_modes(name, model)
    some = test.take(torch.arange(min(_SEVERAL, len(test))))
    given = _evaluate(name, model, some)
    _require_logits(name, given, labels.classes, int(min(train.labels.min(), test.labels.min())))
    other = build_trusted_model(draft.model, output=draft.output)
    with raising(name, "when it is made anew and evaluated"):
        require_own_logits(name, model, other, test)
    _evaluate(name, model, some.take(torch.arange(1)))
    trained = _train(name, model, train, draft.training_spec())
    require_same_tensors(name, state_of_module(model), trained, done="trained")
    return TriedModel(name, model, draw, trained, given)


def _give_shapes(model: nn.Module, x: torch.Tensor, seed: int) -> None:
    """Have lazy layers take the shapes that the data give them, and weights from the seed."""
    if any(isinstance(tensor, UNINITIALIZED) for tensor in state_of_module(model).values()):
        model.eval()
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            model(x)


def _copy(name: str, model: nn.Module) -> nn.Module:
    with raising(name, "when it is copied, as by copy.deepcopy before training"):
        return deepcopy(model)


def _evaluate(name: str, model: nn.Module, samples: Samples) -> int:
    """How many logits a copy of the model gives for each label of these samples."""
    own = _copy(name, model)
    shape, many = tuple(samples.x.shape[1:]), _count(len(samples))
    when = f"when it is evaluated with {many} of shape {shape} and type {_type(samples.x)}"
    try:
        with raising(name, when), torch.no_grad():
            logits = samples.rows(own.eval()(samples.x))
    except ModelError as error:
        raise ModelError(f"{error}{_advice(model, samples, str(error))}") from error
    require_same_tensors(name, state_of_module(model), state_of_module(own), done="evaluated")
    if not logits.is_floating_point():
        raise ModelError(
            f"{name!r} gives logits of type {_type(logits)}: they are real numbers, one for each "
            "class, the largest for the likeliest"
        )
    return logits.shape[1]


def _advice(model: nn.Module, samples: Samples, told: str) -> str:
    """What to do where a model has weights of another type than its samples."""
    kinds = {each.dtype for each in model.parameters() if each.is_floating_point()}
    if "dtype" not in told or samples.x.dtype in kinds or len(kinds) != 1:
        return ""
    kind = str(kinds.pop()).removeprefix("torch.")
    return f"; the weights are {kind}: begin the forward pass with x.to(torch.{kind})"


def _require_logits(name: str, given: int, classes: int, least: int) -> None:
    """Make sure that each class has a logit.

    Args:
        name: of the model's callable.
        given: how many logits there are.
        classes: how many there are.
        least: the least label of the data.
    """
    if given >= classes:
        return
    hint = " (yes and no need two, without a sigmoid)" if given == 1 else ""
    if least > 0:
        hint = f" (no sample has a label below {least}: classes begin at 0)"
    raise ModelError(
        f"{name!r} gives {_count(given, 'logit')}, the data have {classes} classes: each needs a "
        f"logit{hint}"
    )


def _require_modes(name: str, model: nn.Module) -> None:
    """Make sure that a module's own `train` and `eval` are used as torch's."""
    own = _copy(name, model)
    for mode in ("train", "eval"):
        with raising(name, f"when it is put into its mode by {mode}()"):
            found = getattr(own, mode)()
        if found is not own:
            raise ModelError(
                f"{name!r} gives {type(found).__name__} from its method {mode}, not itself: end "
                "its train and eval with 'return self'"
            )


def _require_gradient(name: str, model: nn.Module, samples: Samples) -> None:
    """Make sure that training can change something."""
    own = _copy(name, model)
    if not any(each.requires_grad for each in own.parameters()):
        raise ModelError(
            f"{name!r} has nothing to train: no parameter requires a gradient; call "
            "requires_grad_(True) on those that are to learn"
        )
    with raising(name, f"when it is trained with {_count(len(samples))}"):
        logits = own.train()(samples.x.clone())
    if not logits.requires_grad:
        raise ModelError(
            f"{name!r} gives logits without a gradient, so that it cannot be trained: leave "
            "torch.no_grad, detach, item and numpy out of its forward pass"
        )


def _train(name: str, model: nn.Module, samples: Samples, training: TrainingSpec) -> Tensors:
    """The state after one epoch on a few samples, the last batch of which has one sample."""
    _require_gradient(name, model, samples.take(torch.arange(min(_SEVERAL, len(samples)))))
    batches = min(_BATCHES, (len(samples) - 1) // training.batch_size)
    few = batches * training.batch_size + 1 if batches else len(samples)
    once = training.model_copy(update={"epochs": 1})
    for count in (1, few):
        trained = _copy(name, model)
        with raising(name, f"when it is trained with {_count(count)}"):
            fit(trained, samples.take(torch.arange(count)), once, _SEED)
        _require_finite_buffers(name, model, trained, _count(count))
    return {each: tensor.detach() for each, tensor in state_of_module(trained).items()}


def _require_finite_buffers(name: str, before: nn.Module, after: nn.Module, many: str) -> None:
    """Make sure that training did not make statistics of a batch infinite or no numbers."""
    old = dict(before.named_buffers())
    for place, buffer in after.named_buffers():
        if place not in old:
            continue  # a new tensor has a sentence of its own
        if bool(old[place].isfinite().all()) and not bool(buffer.isfinite().all()):
            raise ModelError(
                f"{name!r} gets infinity or NaN in {place!r} when it is trained with {many}: a "
                "shard or a last batch may have one sample alone, and so no spread"
            )


def _type(tensor: torch.Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _count(number: int, what: str = "sample") -> str:
    return f"one {what}" if number == 1 else f"{number} {what}s"


def _require_same_inputs(train: Samples, test: Samples) -> None:
    shapes = [(tuple(each.x.shape[1:]), each.x.dtype) for each in (train, test)]
    if shapes[0] != shapes[1]:
        raise DataError(
            f"inputs of the training part are of shape {shapes[0][0]} and type {shapes[0][1]}, "
            f"those of the test part {shapes[1][0]} and {shapes[1][1]}"
        )


def _differ(before: torch.Tensor, after: torch.Tensor) -> bool:
    """Whether some number is another; what is no number is equal to itself."""
    return not torch.equal(before.nan_to_num(), after.nan_to_num())


def _sizes(state: Mapping[str, torch.Tensor], names: Sequence[str]) -> dict[str, float]:
    """The largest magnitude in each tensor; NaN where one is no number."""
    filled = [name for name in names if state[name].numel()]
    return {name: float(state[name].detach().abs().max()) for name in filled}
