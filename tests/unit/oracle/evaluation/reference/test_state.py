"""What a module is evaluated with: given weights in its own types, its own tensors beside them."""

import math

import pytest
import torch
from torch import nn

from fedjury.data.verification import VerificationSet
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.evaluation.fast.recording import record
from fedjury.oracle.evaluation.reference.evaluation import reference_logits
from fedjury.oracle.evaluation.reference.state import state_of
from fedjury.task.state import load_state
from tests.support.reference import of_class_zero, off_by

TYPES = [torch.bfloat16, torch.float16, torch.float32, torch.float64]
NARROW = [torch.bfloat16, torch.float16]


class Typed(nn.Module):
    """A linear layer of a type, which casts samples to it."""

    def __init__(self, dtype: torch.dtype) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 3).to(dtype)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.layer(x.to(self.layer.weight.dtype))
        return logits


def _numbers(count: int) -> torch.Tensor:
    """float32 of all sizes that the narrow types have normal numbers for, and of both signs."""
    generator = torch.Generator().manual_seed(3)
    sizes = torch.exp2(torch.rand(count, generator=generator) * 25 - 12)
    return sizes * torch.sign(torch.randn(count, generator=generator))


@pytest.mark.parametrize("dtype", TYPES)
def test_a_weight_is_rounded_as_when_it_is_loaded_into_the_module(dtype: torch.dtype) -> None:
    module = nn.Module()
    module.weight = nn.Parameter(torch.zeros(2000, dtype=dtype))
    weights = {"weight": _numbers(2000)}
    found = state_of(module, weights)["weight"]
    load_state(module, weights)
    assert torch.equal(found.double(), module.weight.detach().double())
    assert found.dtype == (dtype if dtype in NARROW else torch.float64)
    assert torch.equal(state_of(module, {})["weight"], found)


@pytest.mark.parametrize("dtype", NARROW)
def test_a_weight_halfway_between_two_goes_to_the_even_one(dtype: torch.dtype) -> None:
    module = nn.Module()
    module.weight = nn.Parameter(torch.zeros(3, dtype=dtype))
    step = torch.finfo(dtype).eps
    given = torch.tensor([1 + step / 2, 1 + 3 * step / 2, 1 + step / 2 + step / 64])
    found = state_of(module, {"weight": given})["weight"]
    assert found.tolist() == [1.0, 1 + 2 * step, 1 + step]


def test_weights_beyond_half_precision_are_infinite_and_small_ones_zero() -> None:
    module = nn.Module()
    module.weight = nn.Parameter(torch.zeros(4, dtype=torch.float16))
    given = torch.tensor([65504.0, -1e5, 2.0**-14, 2.0**-15])
    found = state_of(module, {"weight": given})["weight"]
    assert found.tolist() == [65504.0, -math.inf, 2.0**-14, 0.0]


@pytest.mark.parametrize("dtype", TYPES)
def test_a_module_of_any_type_has_the_logits_that_torch_gives_it(dtype: torch.dtype) -> None:
    model = Typed(dtype).eval()
    weights = {"layer.weight": _numbers(12).view(3, 4), "layer.bias": _numbers(3)}
    x = torch.randn(9, 4, generator=torch.Generator().manual_seed(4))
    found = reference_logits(model, weights, x)
    load_state(model, weights)
    with torch.no_grad():
        plain = model(x).double()
    # torch may round a sum in between
    assert off_by(found, plain) < 4 * torch.finfo(dtype).eps
    if dtype in NARROW:
        assert torch.equal(found, found.to(dtype).double())
        assert not torch.equal(found, reference_logits(Typed(torch.float32), weights, x))


def test_mixed_types_are_each_tensors_own() -> None:
    module = nn.Module()
    module.narrow = nn.Parameter(torch.zeros(1, dtype=torch.float16))
    module.wide = nn.Parameter(torch.zeros(1))
    module.register_buffer("count", torch.tensor([7]))
    third = torch.tensor([1 / 3])
    found = state_of(module, {"narrow": third, "wide": third})
    assert float(found["narrow"]) == float(third.half()) != float(third)
    assert float(found["wide"]) == float(third)
    assert found["count"].tolist() == [7]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_a_module_with_other_floats_than_float32_has_no_plan(dtype: torch.dtype) -> None:
    x = torch.randn(5, 4)
    plain, other = nn.Linear(4, 3).eval(), nn.Linear(4, 3).eval()
    other.register_buffer("beside", torch.zeros(2, dtype=dtype))
    weights = {name: tensor.detach() for name, tensor in plain.named_parameters()}
    assert record(plain, weights, x) is not None
    assert record(other, weights, x) is None
    assert (
        record(Typed(dtype).eval(), {f"layer.{name}": weights[name] for name in weights}, x) is None
    )


@pytest.mark.parametrize("dtype", NARROW)
def test_either_way_finds_the_same_of_narrow_weights(dtype: torch.dtype) -> None:
    # the weights of both classes are the same number once they are rounded: a tie
    model = nn.Sequential(Typed(dtype))
    weight = torch.ones(3, 4)
    weight[1:] += torch.finfo(dtype).eps / 4
    weights = {"0.layer.weight": weight, "0.layer.bias": torch.zeros(3)}
    samples = of_class_zero(torch.rand(20, 4) + 0.5)
    for by_reference in (False, True):
        evaluator = Evaluator(model, VerificationSet(samples, bytes(32)), by_reference=by_reference)
        assert evaluator.correct(weights) == 20
    wide = Evaluator(nn.Sequential(Typed(torch.float32)), VerificationSet(samples, bytes(32)))
    assert wide.correct(weights) == 0
