"""An opened task: its module has the genesis's whole state, its models are the federated part."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from fedjury.errors import ModelError, StoreUnavailable
from fedjury.protocol.tensors import Tensors, encode
from fedjury.task.opened import OpenedTask
from fedjury.task.state import ModelState
from tests.support.fake_federation import FakeFederation


class Half(nn.Module):
    """A linear model beside a frozen scale and a counter, of which only the weight is federated."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(3, 3))
        self.scale = nn.Parameter(torch.randn(3), requires_grad=False)
        self.register_buffer("seen", torch.randint(1000, ()), persistent=False)

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        """Two tensors, of which the second are the logits."""
        return {"hidden": x, "logits": x @ self.weight.t() * self.scale}


NAME = "tests.unit.task.test_opened:Half"


def opened(directory: Path, genesis: bytes) -> tuple[FakeFederation, OpenedTask]:
    fake = FakeFederation(directory)
    spec = fake.spec.model_copy(
        update={
            "model": fake.spec.model.model_copy(update={"callable": NAME}),
            "output": "logits",
        }
    )
    config = fake.task.config.__class__(
        **{**vars(fake.task.config), "genesis_digest": fake.store.add(genesis)}
    )
    return fake, OpenedTask(fake.task.contract, config, 0, fake.store, spec, frozenset({NAME}))


def state() -> ModelState:
    return ModelState.of(Half(), ["weight"])


def test_the_module_has_the_whole_state_of_the_genesis(tmp_path: Path) -> None:
    given = state()
    _, task = opened(tmp_path, given.to_bytes())
    assert task.shapes == {"weight": (3, 3)}
    found = ModelState.of(task.model, ["weight"])
    for name, tensor in given.whole.items():
        assert torch.equal(found.whole[name], tensor)
    x = torch.randn(2, 3)
    wanted = x @ given.federated["weight"].t() * given.rest["scale"]
    assert torch.equal(task.model(x), wanted)


def test_models_are_the_federated_part_alone(tmp_path: Path) -> None:
    given, later = state(), {"weight": torch.ones(3, 3)}
    fake, task = opened(tmp_path, given.to_bytes())
    first = task.fetch_model(task.config.genesis_digest)
    assert first.keys() == {"weight"}
    assert torch.equal(first["weight"], given.federated["weight"])
    assert torch.equal(task.fetch_model(fake.store.add(encode(later)))["weight"], later["weight"])
    with pytest.raises(ModelError, match="tensor 'scale' is not the model's"):
        task.fetch_model(fake.store.add(encode({**later, "scale": torch.ones(3)})))


def test_the_first_model_is_not_fetched_again(tmp_path: Path) -> None:
    fake, task = opened(tmp_path, state().to_bytes())
    _ = task.model
    fake.store.is_down = True
    first = task.fetch_model(task.config.genesis_digest)
    again = task.fetch_model(task.config.genesis_digest)
    assert torch.equal(again["weight"], first["weight"])
    again["weight"] += 1
    assert torch.equal(task.model.get_parameter("weight"), first["weight"])


def test_shapes_and_models_need_no_module(tmp_path: Path) -> None:
    given = state()
    _, task = opened(tmp_path, given.to_bytes())
    bare = replace(task, allowed_models=frozenset())
    assert bare.shapes == {"weight": (3, 3)}
    first = bare.fetch_model(task.config.genesis_digest)
    assert torch.equal(first["weight"], given.federated["weight"])
    with pytest.raises(ModelError, match="--allow-model"):
        _ = bare.model


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"scale": None}, "tensor 'scale' is missing"),
        ({"seen": None}, "tensor 'seen' is missing"),
        ({"more": torch.ones(1)}, "the model has no tensor 'more'"),
        (
            {"scale": torch.ones(4)},
            r"'scale' is given in shape \(4,\), the module has it in \(3,\)",
        ),
        ({"weight": None}, "tensor 'weight' is missing"),
        ({"weight": torch.ones(3, 3).double()}, "tensor 'weight' is torch.float64, not float32"),
        ({"weight": torch.ones(3, 4)}, r"tensor 'weight' is given in shape \(3, 4\)"),
    ],
)
def test_another_models_genesis_is_a_model_error(
    tmp_path: Path, change: Tensors, says: str
) -> None:
    tensors = {name: each for name, each in {**state().whole, **change}.items() if each is not None}
    _, task = opened(tmp_path, encode(tensors))
    with pytest.raises(ModelError, match=says):
        _ = task.model


def test_a_genesis_that_is_no_safetensors_file_is_a_model_error(tmp_path: Path) -> None:
    _, task = opened(tmp_path, b"nonsense")
    with pytest.raises(ModelError, match="not a safetensors file"):
        _ = task.model


def test_a_genesis_larger_than_the_spec_says_is_not_read(tmp_path: Path) -> None:
    _, task = opened(tmp_path, state().to_bytes() + bytes(5000))
    with pytest.raises(StoreUnavailable, match="genesis model"):
        _ = task.model


def test_a_store_that_is_down_is_waited_for(tmp_path: Path) -> None:
    fake, task = opened(tmp_path, state().to_bytes())
    fake.store.is_down = True
    with pytest.raises(StoreUnavailable):
        _ = task.model
    fake.store.is_down = False
    assert task.shapes == {"weight": (3, 3)}
