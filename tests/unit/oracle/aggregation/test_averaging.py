"""Mixing weights, held against numpy's float64."""

import math

import numpy as np
import pytest
import torch

from fedjury.oracle.aggregation.averaging import mean, mix
from fedjury.protocol.tensors import LEAST, Tensors, encode
from tests.support.denormals import bits_of, flushing


def _random(seed: int, scale: float = 1.0) -> Tensors:
    generator = torch.Generator().manual_seed(seed)
    return {
        "w": torch.randn(5, 7, generator=generator) * scale,
        "b": torch.randn(5, generator=generator) * scale,
    }


@pytest.mark.parametrize("lam", [0.0, 0.1, 0.5, 0.9])
def test_mixing_is_numpys_float64_rounded_once(lam: float) -> None:
    current, candidate = _random(1), _random(2, 100.0)
    for name, tensor in mix(current, candidate, lam).items():
        w, r = current[name].numpy().astype("f8"), candidate[name].numpy().astype("f8")
        assert tensor.dtype is torch.float32
        assert (tensor.numpy() == (w * lam + r * (1.0 - lam)).astype("f4")).all()


def test_the_mean_is_numpys_in_index_order() -> None:
    updates = [_random(seed, 10.0**seed) for seed in range(5)]
    for name, tensor in mean(updates).items():
        total = np.zeros(updates[0][name].shape)
        for update in updates:
            total = total + update[name].numpy().astype("f8")
        assert tensor.dtype is torch.float64
        assert (tensor.numpy() == total / 5).all()


def test_known_numbers() -> None:
    current = {"w": torch.tensor([1.0, -4.0])}
    accepted = [{"w": torch.tensor([3.0, 0.0])}, {"w": torch.tensor([6.0, 1.0])}]
    assert mean(accepted)["w"].tolist() == [4.5, 0.5]
    assert mix(current, mean(accepted), 0.25)["w"].tolist() == [3.625, -0.625]


def test_rounding_happens_once() -> None:
    # 1 + 2^-24 lies halfway: rounded to float32 before halving it would be lost
    tiny = 2.0**-23
    accepted = [{"w": torch.tensor([1.0])}, {"w": torch.tensor([1.0 + tiny])}]
    again = mix({"w": torch.tensor([1.0 + tiny])}, mean(accepted), 0.5)
    assert again["w"].item() == 1.0 + tiny


# Half a unit below the least weight: it rounds to it, or to 0 where such numbers are flushed.
CLOSE = LEAST * (1 - 2.0**-24)


@pytest.mark.parametrize("on", [False, True])
@pytest.mark.parametrize(
    ("value", "mixed"),
    [
        (CLOSE, 0.0),
        (-CLOSE, 0.0),
        (math.nextafter(LEAST, 0.0), 0.0),
        (LEAST, LEAST),
        (-LEAST, -LEAST),
        (1.75 * LEAST, 1.75 * LEAST),
        (2.0**-149, 0.0),
        (-(2.0**-1074), 0.0),
        (-0.0, 0.0),
    ],
)
def test_a_mixed_weight_below_the_least_is_zero(value: float, mixed: float, on: bool) -> None:
    candidate = {"w": torch.tensor([value] * 9, dtype=torch.float64)}
    with flushing(on):
        found = mix({"w": torch.zeros(9)}, candidate, 0.0)["w"]
    assert bits_of(found) == bits_of(torch.tensor([mixed] * 9))


@pytest.mark.parametrize("on", [False, True])
def test_a_small_share_of_small_weights_is_zero(on: bool) -> None:
    current, candidate = {"w": torch.tensor([LEAST, 1.0])}, {"w": torch.tensor([0.0, -LEAST])}
    with flushing(on):
        found = mix(current, candidate, 2.0**-1000)["w"]
    assert bits_of(found) == bits_of(torch.tensor([0.0, -LEAST]))


def test_lambda_zero_takes_the_candidate_alone() -> None:
    current, candidate = _random(1), _random(2)
    assert encode(mix(current, candidate, 0.0)) == encode(candidate)


def test_mixing_changes_nothing_that_it_was_given() -> None:
    current, candidate = _random(1), _random(2)
    before = encode(current), encode(candidate)
    mix(current, candidate, 0.5)
    mean([candidate, current])
    assert (encode(current), encode(candidate)) == before


def test_there_is_no_mean_of_nothing() -> None:
    with pytest.raises(ValueError, match="no updates"):
        mean([])


def test_empty_and_scalar_tensors_are_mixed() -> None:
    tensors = {"e": torch.zeros(0, 3), "s": torch.tensor(2.0)}
    mixed = mix(tensors, mean([tensors]), 0.5)
    assert mixed["e"].shape == (0, 3)
    assert mixed["s"].item() == 2.0


@pytest.mark.parametrize("size", [2**18 - 1, 2**18, 2**18 + 1, 2**19 + 3])
def test_large_tensors_are_averaged_and_mixed_part_by_part_to_the_same_bits(size: int) -> None:
    generator = torch.Generator().manual_seed(size)
    current, first, second = ({"w": torch.randn(size, generator=generator)} for _ in range(3))
    w, r, s = (each["w"].numpy().astype("f8") for each in (current, first, second))
    found = mean([first, second])
    assert (found["w"].numpy() == (r + s) / 2).all()
    mixed = mix(current, found, 0.3)
    assert (mixed["w"].numpy() == (w * 0.3 + (r + s) / 2 * (1.0 - 0.3)).astype("f4")).all()


def test_the_layout_of_what_is_mixed_does_not_matter() -> None:
    plain = torch.randn(700, 900, generator=torch.Generator().manual_seed(1))
    turned = plain.t().contiguous().t()
    expected = mix({"w": plain}, mean([{"w": plain * 2}, {"w": plain}]), 0.3)
    found = mix({"w": turned}, mean([{"w": turned * 2}, {"w": turned}]), 0.3)
    assert encode(found) == encode(expected)
