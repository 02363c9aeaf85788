"""A module's state: what is federated of it, and everything else."""

from copy import deepcopy

import pytest
import torch
from torch import nn

from fedjury.errors import ModelError
from fedjury.protocol.tensors import LEAST
from fedjury.task.state import (
    ModelState,
    aliases_of,
    load_state,
    require_same_names,
    state_of_module,
    weights_of,
)


class Mixed(nn.Module):
    """Tensors of many kinds, one of them under two names and one under two that share memory."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(4, 3)
        self.head = nn.Linear(3, 4, bias=False)
        self.head.weight = self.embedding.weight
        self.narrow = nn.Parameter(torch.randn(2).bfloat16())
        self.number = nn.Parameter(torch.tensor(0.5))
        self.nothing = nn.Parameter(torch.zeros(0, 2))
        self.also_nothing = nn.Parameter(torch.zeros(0, 2))
        self.norm = nn.BatchNorm1d(3)
        self.register_buffer("mask", torch.full((2,), -torch.inf))
        self.register_buffer("unsaved", torch.tensor([True, False]), persistent=False)
        self.register_buffer("same_memory", self.narrow.detach())


SHARED = {"head.weight", "same_memory"}


def test_every_tensor_stands_once_under_its_first_name() -> None:
    model = Mixed()
    names = {
        *(name for name, _ in model.named_parameters(remove_duplicate=False)),
        *(name for name, _ in model.named_buffers()),
    }
    assert state_of_module(model).keys() == names - SHARED
    assert aliases_of(model)["embedding.weight"] == ["embedding.weight", "head.weight"]
    assert aliases_of(model)["narrow"] == ["narrow", "same_memory"]
    assert aliases_of(model)["nothing"] == ["nothing"]


def test_federated_tensors_are_float32_and_the_rest_is_as_it_is() -> None:
    model = Mixed()
    state = ModelState.of(model, ["narrow", "number"])
    assert {each.dtype for each in state.federated.values()} == {torch.float32}
    assert torch.equal(state.federated["narrow"].bfloat16(), model.narrow)
    assert state.rest["unsaved"].dtype == torch.bool
    assert state.rest["norm.num_batches_tracked"].dtype == torch.int64
    assert state.whole.keys() == state_of_module(model).keys()


def test_a_genesis_file_gives_the_same_state_back() -> None:
    state = ModelState.of(Mixed(), ["narrow", "embedding.weight"])
    data = state.to_bytes()
    assert len(data) == state.size()
    read = ModelState.from_bytes(data, list(state.federated))
    assert read.federated.keys() == state.federated.keys()
    for name, tensor in state.whole.items():
        assert read.whole[name].dtype == tensor.dtype
        assert torch.equal(read.whole[name], tensor)


def test_a_file_without_a_federated_tensor_is_none_of_the_task() -> None:
    data = ModelState.of(Mixed(), ["narrow"]).to_bytes()
    with pytest.raises(ValueError, match="'other' is missing"):
        ModelState.from_bytes(data, ["narrow", "other"])


def test_a_loaded_module_has_the_state_under_every_name() -> None:
    source, target = Mixed(), Mixed()
    load_state(target, ModelState.of(source, ["narrow", "embedding.weight"]).whole)
    for name, tensor in source.state_dict().items():
        assert torch.equal(target.state_dict()[name], tensor)
    assert target.head.weight is target.embedding.weight


@pytest.mark.parametrize(
    ("tensors", "says"),
    [
        ({"other": torch.zeros(1)}, "no tensor 'other'"),
        ({"head.weight": torch.zeros(4, 3)}, "no tensor 'head.weight'"),
        ({"narrow": torch.zeros(3)}, r"shape \(3,\), the module has it in \(2,\)"),
    ],
)
def test_what_does_not_fit_a_module_is_a_model_error(
    tensors: dict[str, torch.Tensor], says: str
) -> None:
    with pytest.raises(ModelError, match=says):
        load_state(Mixed(), tensors)


def test_a_tensor_whose_numbers_share_memory_cannot_be_written() -> None:
    model = nn.Linear(2, 2)
    model.register_buffer("same", torch.zeros(1).expand(3))
    with pytest.raises(ModelError, match="'same' of the model cannot be written"):
        load_state(model, {"same": torch.ones(3)})


def test_names_that_only_one_side_has_are_told() -> None:
    whole = ModelState.of(Mixed(), []).whole
    require_same_names(Mixed(), whole)
    with pytest.raises(ModelError, match="tensor 'narrow' is missing"):
        require_same_names(Mixed(), {name: whole[name] for name in whole if name != "narrow"})
    with pytest.raises(ModelError, match="no tensor 'more'"):
        require_same_names(Mixed(), {**whole, "more": torch.zeros(1)})


def test_lazy_layers_take_the_shapes_of_the_state() -> None:
    def build() -> nn.Module:
        return nn.Sequential(nn.LazyLinear(3), nn.LazyBatchNorm1d(), nn.ReLU(), nn.LazyLinear(2))

    drawn, x = build(), torch.randn(5, 4)
    wanted = drawn.eval()(x)
    state = ModelState.of(drawn, ["0.weight"])
    other = build()
    load_state(other, state.whole)
    assert torch.equal(deepcopy(other).eval()(x), wanted)
    assert torch.equal(other.eval()(x), wanted)


def test_weights_are_copies_without_denormal_numbers() -> None:
    model = nn.Linear(2, 1, bias=False)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[-1e-40, LEAST]]))
    weights = weights_of(model, ["weight"])
    assert weights["weight"].tolist() == [[0.0, LEAST]]
    assert not weights["weight"].signbit().any()
    weights["weight"] += 1
    assert float(model.weight.detach().max()) == LEAST


def test_by_default_weights_are_all_saved_floating_point_tensors() -> None:
    assert weights_of(Mixed()).keys() == {
        "embedding.weight",
        "narrow",
        "number",
        "nothing",
        "also_nothing",
        "norm.weight",
        "norm.bias",
        "norm.running_mean",
        "norm.running_var",
        "mask",
    }
