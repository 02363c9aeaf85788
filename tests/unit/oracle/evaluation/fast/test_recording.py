"""Which modules have a plan, and that a plan does what its module does with any weights."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import nn
from torch.func import functional_call
from torch.nn.modules.module import register_module_forward_hook

from fedjury.oracle.evaluation.fast.arithmetic import FLOAT64
from fedjury.oracle.evaluation.fast.plan import Plan
from fedjury.oracle.evaluation.fast.recording import record
from fedjury.oracle.evaluation.fast.weights import PassWeights
from fedjury.oracle.evaluation.passes import Passes
from fedjury.oracle.evaluation.reference.evaluation import reference_logits
from fedjury.protocol.tensors import Tensors
from fedjury.task.state import weights_of
from tests.support.reference import of_class_zero
from tests.support.user_modules import BOUNDED, UNBOUNDED, Custom

Factory = Callable[[], nn.Module]


def _made(make: Factory, shape: tuple[int, ...]) -> tuple[nn.Module, torch.Tensor]:
    with torch.random.fork_rng():
        torch.manual_seed(3)
        return make().eval(), torch.randn(3, *shape)


def _other_weights(model: nn.Module) -> Tensors:
    generator = torch.Generator().manual_seed(4)
    others = {
        name: torch.randn(tensor.shape, generator=generator)
        for name, tensor in weights_of(model).items()
    }
    variances = {name: others[name].abs() for name in others if name.endswith("running_var")}
    return {**others, **variances}


def _logits(plan: Plan, weights: Tensors, x: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return plan.logits(x, PassWeights.of(weights), FLOAT64).values


@pytest.mark.parametrize("name", BOUNDED)
def test_a_plan_gives_the_modules_own_values_with_any_weights_and_samples(name: str) -> None:
    make, shape = BOUNDED[name]
    model, x = _made(make, shape)
    plan = record(model, weights_of(model), x)
    assert plan is not None
    other = _other_weights(model)
    more = torch.randn(7, *shape, generator=torch.Generator().manual_seed(5))
    for weights in (weights_of(model), other):
        wide = {key: tensor.double() for key, tensor in weights.items()}
        own = functional_call(model, wide, (more.double(),))
        found = _logits(plan, weights, more)
        assert found.shape == (7, 3)
        assert torch.allclose(found, own, rtol=1e-12, atol=1e-12)
        assert torch.allclose(found, reference_logits(model, weights, more), rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("name", UNBOUNDED)
def test_what_has_no_bound_or_depends_on_numbers_has_no_plan(name: str) -> None:
    make, shape = UNBOUNDED[name]
    model, x = _made(make, shape)
    with torch.no_grad():
        model(x)  # there is nothing else wrong with it
    assert record(model, weights_of(model), x) is None


def test_a_module_that_raises_has_no_plan() -> None:
    model, x = _made(lambda: nn.Linear(6, 3), (5,))
    assert record(model, weights_of(model), x) is None


@pytest.mark.parametrize("name", [*BOUNDED, *UNBOUNDED])
def test_recording_changes_neither_samples_nor_weights_nor_the_module(name: str) -> None:
    make, shape = {**BOUNDED, **UNBOUNDED}[name]
    model, x = _made(make, shape)
    weights = weights_of(model)
    before = x.clone(), {key: tensor.clone() for key, tensor in weights.items()}, weights_of(model)
    record(model, weights, x)
    assert torch.equal(x, before[0])
    for known, now in ((before[1], weights), (before[2], weights_of(model))):
        assert all(torch.equal(known[key], now[key]) for key in known)


def test_one_tensor_under_two_names_is_two_weights() -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4)).eval()
    square, row = torch.eye(4), torch.zeros(4)
    same = {"0.weight": square, "2.weight": square, "0.bias": row, "2.bias": row}
    plan = record(model, same, torch.ones(3, 4))
    assert plan is not None
    other = _other_weights(model)
    x = torch.randn(5, 4)
    assert torch.allclose(_logits(plan, other, x), reference_logits(model, other, x), atol=1e-7)


@pytest.fixture
def _everywhere() -> Iterator[None]:
    def cut_off(module: nn.Module, given: Any, result: Any) -> Any:
        return result.clamp(max=0.25) if isinstance(module, nn.Linear) else result

    handle = register_module_forward_hook(cut_off)
    yield
    handle.remove()


@pytest.mark.usefixtures("_everywhere")
def test_hooks_of_all_modules_are_seen() -> None:
    model = nn.Linear(6, 3).eval()
    weights, x = weights_of(model), torch.randn(20, 6)
    plan = record(model, weights, x[:3])
    assert plan is not None
    found = _logits(plan, weights, x)
    assert float(found.max()) == 0.25
    assert torch.allclose(found, model(x).double(), atol=1e-6)


def test_a_plan_is_recorded_whatever_the_process_is_set_to() -> None:
    model, x = _made(*BOUNDED["activations"])
    weights = weights_of(model)
    plain = record(model, weights, x)
    assert plain is not None
    with torch.autocast("cpu"):
        assert record(model, weights, x) == plain
    with torch.inference_mode():
        assert record(model, weights, x) == plain
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        assert record(model, weights, x) == plain
    finally:
        torch.set_default_dtype(default)


def test_a_plan_that_does_not_hold_on_a_few_samples_is_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model, x = _made(*BOUNDED["in place"])
    without = nn.Sequential(nn.Linear(6, 6), nn.Identity(), nn.Linear(6, 3)).eval()
    other = record(without, weights_of(model), x)
    assert other is not None
    monkeypatch.setattr("fedjury.oracle.evaluation.passes.record", lambda *given: other)
    passes = Passes(model, of_class_zero(x), 8)
    assert passes.plan is None
    assert passes.quick(PassWeights.of(weights_of(model))) is None


@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_samples_are_enough_for_a_plan(count: int) -> None:
    model, x = _made(*BOUNDED["in two dimensions"])
    passes = Passes(model, of_class_zero(x[:count]), 8)
    weights = PassWeights.of(weights_of(model))
    found = passes.quick(weights)
    assert found is not None
    exact = reference_logits(model, weights.tensors, x[:count])
    assert torch.allclose(found.values.double(), exact, atol=1e-5)


def test_where_the_first_layer_is_linear_it_is_told_from_others() -> None:
    firsts = {}
    for name in ("linear alone", "flattened", "one layer twice", "batch norm first", "in place"):
        model, x = _made(*BOUNDED[name])
        plan = record(model, weights_of(model), x)
        assert plan is not None
        firsts[name] = plan.first_linear and plan.first_linear.weight
    assert firsts == {
        "linear alone": "weight",
        "flattened": "1.weight",
        "one layer twice": "first.weight",
        "batch norm first": None,
        "in place": "0.weight",
    }
    model, x = _made(lambda: Custom(lambda m, x: m.last(m.first(x) + x)), (6,))
    plan = record(model, weights_of(model), x)
    assert plan is not None
    assert plan.first_linear is None  # another layer takes the sample too
