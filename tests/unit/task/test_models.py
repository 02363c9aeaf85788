"""Models that users name, and their weights."""

import pytest
import torch
from torch import nn

from fedjury.errors import ModelError
from fedjury.models import mlp
from fedjury.protocol.task_spec import CallableSpec
from fedjury.protocol.tensors import LEAST, encode, shapes_of
from fedjury.task.models import build_model, build_trusted_model, initial_weights
from fedjury.task.state import weights_of
from tests.support.denormals import bits_of, flushing

HELPERS = "tests.support.plugins"


def _build(name: str, **arguments: object) -> nn.Module:
    return build_model(CallableSpec(callable=name, arguments=arguments), {name})


def test_a_model_that_nobody_vouches_for_is_not_even_imported() -> None:
    with pytest.raises(ModelError, match="--allow-model antigravity:fly"):
        build_model(CallableSpec(callable="antigravity:fly"))


def test_the_built_in_model_needs_no_permission() -> None:
    model = build_model(CallableSpec(callable="fedjury.models:mlp", arguments={"hidden": 4}))
    assert shapes_of(weights_of(model)) == {
        "1.weight": (4, 784),
        "1.bias": (4,),
        "3.weight": (10, 4),
        "3.bias": (10,),
    }


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("no.such.module:x", "ModuleNotFoundError"),
        (f"{HELPERS}:raises", "no such luck"),
        (f"{HELPERS}:no_module", "returned int"),
    ],
)
def test_a_model_that_does_not_load_is_a_model_error(name: str, says: str) -> None:
    with pytest.raises(ModelError, match=says):
        _build(name)


def test_a_model_that_ends_the_program_is_a_model_error() -> None:
    with pytest.raises(ModelError, match=r"exits' failed: SystemExit: 3, in plugins.py, line "):
        _build(f"{HELPERS}:exits")


def test_torchs_switches_are_afterwards_what_they_were() -> None:
    model = _build(f"{HELPERS}:turns_switches")
    assert {each.dtype for each in model.parameters()} == {torch.float64}
    assert torch.get_default_dtype() == torch.float32
    assert torch.is_grad_enabled()


def test_arguments_that_a_model_does_not_take_are_a_model_error() -> None:
    with pytest.raises(ModelError, match="TypeError"):
        _build("fedjury.models:mlp", depth=3)


def test_a_seed_fixes_the_weights_and_leaves_the_global_generator_alone() -> None:
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    described = CallableSpec(callable="fedjury.models:mlp")
    first, again, other = (
        encode(weights_of(build_model(described, seed=seed))) for seed in (1, 1, 2)
    )
    assert first == again != other
    assert torch.equal(torch.rand(3), wanted)


def test_the_papers_model_starts_with_glorot_weights_and_no_bias() -> None:
    weights = weights_of(mlp())
    limit = (6 / (784 + 128)) ** 0.5
    assert 0.9 * limit < float(weights["1.weight"].abs().max()) <= limit
    assert not weights["1.bias"].any()


def test_integer_buffers_are_no_weights() -> None:
    weights = weights_of(_build(f"{HELPERS}:counting"))
    assert "1.running_mean" in weights
    assert "1.num_batches_tracked" not in weights


def test_weights_are_a_copy() -> None:
    model = mlp(2, 2, 2)
    weights = weights_of(model)
    weights["1.bias"] += 1
    assert not weights_of(model)["1.bias"].any()


@pytest.mark.parametrize("on", [False, True])
def test_what_is_too_small_for_a_weight_is_zero(on: bool) -> None:
    model = mlp(2, 2, 2)
    with torch.no_grad():
        model.get_parameter("1.bias").copy_(torch.tensor([-1e-40, LEAST]))
    with flushing(on):
        weights = weights_of(model)
    assert bits_of(weights["1.bias"]) == bits_of(torch.tensor([0.0, LEAST]))


def test_a_model_without_weights_is_no_task() -> None:
    with pytest.raises(ModelError, match="no floating-point weights"):
        initial_weights(CallableSpec(callable=f"{HELPERS}:no_weights"), 1)


def test_the_same_seed_gives_the_same_first_model() -> None:
    described = CallableSpec(callable=f"{HELPERS}:linear")
    first, again, other = (encode(initial_weights(described, seed)) for seed in (1, 1, 2))
    assert first == again != other


def test_what_the_caller_vouches_for_need_not_be_allowed() -> None:
    own = CallableSpec(callable="tests.support.plugins:linear")
    with pytest.raises(ModelError, match="--allow-model"):
        build_model(own)
    drawn = [encode(weights_of(build_trusted_model(own, seed))) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] == encode(initial_weights(own, 1))
    assert drawn[0] != drawn[2]
