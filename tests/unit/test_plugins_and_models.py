"""Models and other callables that users name."""

import pytest
import torch
from torch import nn

from fedjury.data import Samples
from fedjury.deploying import check_fits, default_limits, genesis_weights
from fedjury.errors import DataError, ModelError
from fedjury.models import build_model, mlp, weights_of
from fedjury.plugins import load_callable
from fedjury.spec import CallableSpec
from fedjury.tensors import encode, shapes_of
from fedjury.updates import UpdateTag, encode_update
from tests.helpers.federation import spec, verification

HELPERS = "tests.helpers.plugins"


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
        (f"{HELPERS}:missing", "AttributeError"),
        (f"{HELPERS}:NOT_CALLABLE", "not callable"),
        (f"{HELPERS}:raises", "no such luck"),
        (f"{HELPERS}:no_module", "returned int"),
    ],
)
def test_a_model_that_does_not_load_is_a_model_error(name: str, says: str) -> None:
    with pytest.raises(ModelError, match=says):
        _build(name)


def test_arguments_that_a_model_does_not_take_are_a_model_error() -> None:
    with pytest.raises(ModelError, match="TypeError"):
        _build("fedjury.models:mlp", depth=3)


@pytest.mark.parametrize("name", ["", "module", "module:", ":callable"])
def test_a_name_of_another_form_is_the_callers_error(name: str) -> None:
    with pytest.raises(DataError, match="module:callable"):
        load_callable(name, DataError)


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


def test_a_model_without_weights_is_no_task() -> None:
    with pytest.raises(ModelError, match="no floating-point weights"):
        genesis_weights(spec(model={"callable": f"{HELPERS}:no_weights"}), 1)


def test_a_model_is_held_against_the_data() -> None:
    fitting = spec()
    weights = genesis_weights(fitting, 1)
    check_fits(fitting, weights, verification().samples)
    with pytest.raises(ModelError, match="does not take inputs of shape"):
        check_fits(fitting, weights, Samples(torch.zeros(2, 5), torch.zeros(2, dtype=torch.int64)))
    with pytest.raises(ModelError, match="4 classes"):
        check_fits(fitting, weights, Samples(torch.zeros(1, 3), torch.tensor([3])))


def test_the_default_limit_has_room_for_the_longest_tag() -> None:
    weights = weights_of(mlp(4, 4, 4))
    tag = UpdateTag(f"eip155:{2**64}:0x{'f' * 40}", 2**32 - 1, f"0x{'f' * 40}")
    assert len(encode_update(weights, tag)) < default_limits(weights).max_bytes
