"""The process's settings: no pass depends on them, and all are as before afterwards."""

from collections.abc import Callable, Iterator
from threading import Barrier, Thread

import pytest
import torch
from torch import nn

from fedjury.oracle.evaluation.fast.settings import float32_is_whole, plain_products
from fedjury.oracle.evaluation.fast.weights import PassWeights
from fedjury.oracle.evaluation.passes import Passes
from fedjury.task.state import weights_of
from tests.support.reference import of_class_zero


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    enabled = torch._C._get_mkldnn_enabled()
    precision = torch.get_float32_matmul_precision()
    yield
    torch._C._set_mkldnn_enabled(enabled)
    torch.set_float32_matmul_precision(precision)


@pytest.mark.parametrize("enabled", [True, False])
def test_one_dnn_is_off_during_a_pass_and_as_before_afterwards(enabled: bool) -> None:
    torch._C._set_mkldnn_enabled(enabled)
    with plain_products():
        assert not torch._C._get_mkldnn_enabled()
        with plain_products():
            assert not torch._C._get_mkldnn_enabled()
        assert not torch._C._get_mkldnn_enabled()
    assert torch._C._get_mkldnn_enabled() == enabled


def _fail_within_a_pass() -> None:
    with plain_products():
        raise ValueError("the pass failed")


def test_settings_are_as_before_after_a_failure() -> None:
    torch._C._set_mkldnn_enabled(True)
    with torch.autocast("cpu"):
        with pytest.raises(ValueError, match="the pass failed"):
            _fail_within_a_pass()
        assert torch.is_autocast_enabled("cpu")
    assert torch._C._get_mkldnn_enabled()


def test_a_pass_that_ends_first_leaves_one_dnn_off_for_the_other() -> None:
    torch._C._set_mkldnn_enabled(True)
    both_begun, one_ended = Barrier(2, timeout=60), Barrier(2, timeout=60)
    seen = []

    def longer() -> None:
        with plain_products():
            both_begun.wait()
            one_ended.wait()
            seen.append(torch._C._get_mkldnn_enabled())

    thread = Thread(target=longer)
    thread.start()
    with plain_products():
        both_begun.wait()
    one_ended.wait()
    thread.join()
    assert seen == [False]
    assert torch._C._get_mkldnn_enabled()


def _logits(passes: Passes, weights: PassWeights) -> torch.Tensor:
    quick, precise = passes.quick(weights), passes.precise(weights, torch.arange(4))
    several = passes.quick_many([weights])
    assert quick
    assert precise
    assert several
    parts = [quick.values, quick.apart, precise.values, precise.apart, several[0].values]
    return torch.cat([part.double().flatten() for part in parts])


def test_no_switch_changes_a_pass() -> None:
    model = nn.Sequential(nn.Linear(300, 64), nn.ReLU(), nn.Linear(64, 10)).eval()
    weights = PassWeights.of(weights_of(model))
    passes = Passes(model, of_class_zero(torch.rand(40, 300)), 16)
    plain = _logits(passes, weights)
    with torch.autocast("cpu"):
        autocast = model(torch.rand(40, 300))
        assert autocast.dtype == torch.bfloat16  # without a pass it would change everything
        assert torch.equal(_logits(passes, weights), plain)
    for precision in ("high", "medium"):
        torch.set_float32_matmul_precision(precision)
        assert torch.equal(_logits(passes, weights), plain)
    with torch.inference_mode():
        assert torch.equal(_logits(passes, weights), plain)
    with torch.enable_grad():
        assert torch.equal(_logits(passes, weights), plain)
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        assert torch.equal(_logits(passes, weights), plain)
    finally:
        torch.set_default_dtype(default)


Product = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def _of_bits(bits: int) -> Callable[[torch.Tensor], torch.Tensor]:
    """Rounds float32 numbers to so many bits."""

    def rounded(x: torch.Tensor) -> torch.Tensor:
        mantissa, exponent = torch.frexp(x)
        return torch.ldexp(torch.round(mantissa * 2.0**bits) / 2.0**bits, exponent)

    return rounded


def _of_parts(count: int, bits: int) -> Product:
    """Products by so many narrow numbers in place of each, all but the least products of these."""
    narrow = _of_bits(bits)

    def product(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        total = torch.zeros(x.shape[0], y.shape[1])
        parts = []
        for operand in (x, y):
            left, found = operand, []
            for _ in range(count):
                found.append(narrow(left))
                left = left - found[-1]
            parts.append(found)
        for place, part in enumerate(parts[0]):
            for other, also in enumerate(parts[1]):
                if place + other < count:
                    total += torch.mm(part, also)
        return total

    return product


NARROWER: dict[str, Product] = {
    "half precision": lambda x, y: torch.mm(_of_bits(11)(x), _of_bits(11)(y)),
    "bfloat16": lambda x, y: torch.mm(_of_bits(8)(x), _of_bits(8)(y)),
    "two bfloat16": _of_parts(2, 8),
    "23 bits": lambda x, y: torch.mm(_of_bits(23)(x), _of_bits(23)(y)),
    "result of 16 bits": lambda x, y: _of_bits(16)(torch.mm(x, y)),
}


def test_float32_is_whole_here() -> None:
    assert float32_is_whole()


@pytest.mark.parametrize("name", NARROWER)
def test_a_narrower_product_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.Tensor, "__matmul__", NARROWER[name])
    assert not float32_is_whole()


def test_where_float32_is_not_whole_there_is_no_quick_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("fedjury.oracle.evaluation.passes._float32_is_whole", lambda: False)
    model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 2))
    passes = Passes(model, of_class_zero(torch.rand(4, 3)), 2)
    weights = PassWeights.of(weights_of(model))
    assert passes.quick(weights) is None
    assert passes.quick_many([weights]) is None
    assert passes.linear_start() is None
    assert passes.precise(weights, torch.arange(4)) is not None
