"""Trying a user's model: what works is known afterwards, and what does not is a sentence."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from fedjury.data import Dataset, Samples
from fedjury.deploy.draft import SpecDraft, name_model
from fedjury.deploy.trial import TriedModel, try_model
from fedjury.errors import DataError, ModelError, OutOfMemory
from fedjury.protocol.task_spec import LabelsSpec, RuleSpec, UpdateLimits

HERE = "tests.unit.deploy.test_trial"


def data(scale: float = 1.0) -> Dataset:
    generator = torch.Generator().manual_seed(1)
    x = scale * torch.randn(40, 4, generator=generator)
    samples = Samples(x, torch.arange(40) % 3)
    return Dataset("made up", samples, samples)


def tried(name: str, given: Dataset | None = None, **changes: Any) -> TriedModel:
    draft = SpecDraft("tiny", name_model(f"{HERE}:{name}", {}), 0.5, RuleSpec(), {"batch_size": 8})
    chosen = given or data()
    labels = LabelsSpec(classes=chosen.classes)
    return try_model(draft.__class__(**{**vars(draft), **changes}), chosen, labels)


def normed() -> nn.Module:
    return nn.Sequential(nn.LazyLinear(5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 3))


class Odd(nn.Module):
    """A linear layer and a forward pass or an inner part of one's own."""

    def __init__(self, forward: Callable[..., Any] | None = None, part: Any = None) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 3)
        self.part = part
        self.other = forward

    def forward(self, x: torch.Tensor) -> Any:
        """Logits, or whatever the function says."""
        logits = self.layer(x)
        return logits if self.other is None else self.other(self, x, logits)


def raises_in_training() -> nn.Module:
    def forward(m: nn.Module, x: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
        if m.training:
            raise KeyError("no training for me")
        return logits

    return Odd(forward)


def raises_with_one_sample() -> nn.Module:
    def forward(m: nn.Module, x: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
        if len(x) == 1:
            raise ValueError("one is none")
        return logits

    return Odd(forward)


def exits() -> nn.Module:
    def forward(m: nn.Module, x: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
        raise SystemExit(3)

    return Odd(forward)


def needs_memory() -> nn.Module:
    def forward(m: nn.Module, x: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
        raise MemoryError

    return Odd(forward)


class Uncopied:
    """Cannot be copied."""

    def __deepcopy__(self, memo: object) -> "Uncopied":
        raise TypeError("there is only one of me")


def uncopied() -> nn.Module:
    return Odd(part=Uncopied())


def two_logits() -> nn.Module:
    return nn.Linear(4, 2)


def one_logit() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 1), nn.Flatten(0))


def complex_weights() -> nn.Module:
    model = Odd()
    model.register_parameter("phase", nn.Parameter(torch.zeros(2, dtype=torch.complex64)))
    return model


def sparse_weights() -> nn.Module:
    model = Odd()
    model.register_buffer("sparse", torch.eye(2).to_sparse())
    return model


def elsewhere() -> nn.Module:
    model = Odd()
    model.register_buffer("elsewhere", torch.zeros(2, device="meta"))
    return model


class Scaled(nn.Module):
    """Divides by the spread of the last batch that it was trained with."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 3)
        self.register_buffer("spread", torch.ones(4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits."""
        if self.training:
            self.spread = x.std(0)
        logits: torch.Tensor = self.layer(x / self.spread)
        return logits


class Growing(nn.Module):
    """Gets a buffer when it is trained."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits."""
        if self.training and not hasattr(self, "latest"):
            self.register_buffer("latest", x.mean(0))
        logits: torch.Tensor = self.layer(x)
        return logits


def infinite() -> nn.Module:
    model = Odd()
    model.register_parameter("mask", nn.Parameter(torch.tensor([-torch.inf])))
    return model


def test_what_an_epoch_changes_is_known() -> None:
    found = tried("normed")
    parameters = {f"{place}.{kind}" for place in (0, 1, 3) for kind in ("weight", "bias")}
    buffers = {"1.running_mean", "1.running_var", "1.num_batches_tracked"}
    assert found.changed == parameters | buffers


def test_a_lazy_layer_has_its_shape_in_every_draw() -> None:
    found = tried("normed")
    for model in (found.model, found.draw(2)):
        assert model.get_parameter("0.weight").shape == (5, 4)
    torch.rand(1)  # what was drawn before does not matter
    assert torch.equal(found.draw(1).get_parameter("0.weight"), found.model[0].weight)  # type: ignore[index]


def test_the_model_is_as_it_was_drawn() -> None:
    found = tried("normed")
    assert int(found.model.get_buffer("1.num_batches_tracked")) == 0


def test_the_largest_magnitude_counts_what_training_gives() -> None:
    found, names = tried("normed", data(scale=1e4)), ["1.running_var"]
    assert float(found.model.get_buffer("1.running_var").max()) == 1
    assert found.largest(names) == float(found.trained["1.running_var"].max()) > 1e3
    found.require_within(names, UpdateLimits(max_bytes=1, max_magnitude=found.largest(names)))
    with pytest.raises(ModelError, match=r"'1.running_var' after training, beyond the limit of 10"):
        found.require_within(names, UpdateLimits(max_bytes=1, max_magnitude=10))


def test_an_infinite_weight_is_refused_and_a_buffer_of_that_kind_is_none() -> None:
    found = tried("infinite")
    assert math.isfinite(found.largest(["layer.weight", "mask"]))
    with pytest.raises(ModelError, match=r"infinity or NaN in 'mask' at first.*--exclude"):
        found.require_within(["mask"], UpdateLimits(max_bytes=1))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("two_logits", "gives 2 logits, the data have 3 classes: each needs a logit"),
        ("one_logit", r"logits of shape \(3,\)"),
        (
            "raises_in_training",
            "raises when it is trained with 3 samples: KeyError: 'no training for me', in "
            "test_trial.py, line .*raise KeyError",
        ),
        ("raises_with_one_sample", "evaluated with one sample of shape .4,.*one is none"),
        ("Growing", "gets a new tensor 'latest' when it is trained: make all layers"),
        ("exits", "raises when it is .*SystemExit: 3"),
        ("uncopied", "raises when it is copied, as .*: TypeError: there is only one of me"),
        ("complex_weights", "complex numbers in 'phase': keep real and imaginary parts"),
        ("sparse_weights", "tensor 'sparse' that is not dense"),
        ("elsewhere", "tensor 'elsewhere' that is not dense or not in the"),
    ],
)
def test_a_model_that_cannot_be_used_is_refused_in_a_sentence(name: str, says: str) -> None:
    with pytest.raises(ModelError, match=f"'{HERE}:{name}'.*{says}"):
        tried(name)


def test_no_memory_is_no_fact_about_the_model() -> None:
    with pytest.raises(
        OutOfMemory, match=r"this machine lacks what .* takes when it is evaluated .*MemoryError"
    ):
        tried("needs_memory")


def test_inputs_of_another_shape_than_the_models_are_told() -> None:
    samples = Samples(torch.zeros(3, 7), torch.arange(3))
    with pytest.raises(ModelError, match=r"3 samples of shape \(7,\).*cannot be multiplied"):
        tried("two_logits", Dataset("wide", samples, samples))


def test_labels_that_begin_at_one_are_told() -> None:
    samples = Samples(torch.randn(6, 4), torch.arange(6) % 2 + 1)
    with pytest.raises(ModelError, match=r"3 classes.*no sample has a label below 1: classes"):
        tried("two_logits", Dataset("from one", samples, samples))


def test_the_last_batch_of_the_trial_has_one_sample() -> None:
    found = tried("normed")
    assert int(found.trained["1.num_batches_tracked"]) == 4  # of eight; the fifth is of one sample


def test_both_parts_of_the_data_have_the_same_inputs() -> None:
    one, other = (
        Samples(torch.zeros(3, 4), torch.arange(3)),
        Samples(torch.zeros(3, 7), torch.arange(3)),
    )
    with pytest.raises(DataError, match=r"training part are of shape \(4,\).* test part \(7,\)"):
        tried("two_logits", Dataset("two", one, other))
