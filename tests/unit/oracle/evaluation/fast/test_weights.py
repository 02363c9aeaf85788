"""Norms of weights: never too small, and not much too large."""

from collections.abc import Iterator

import pytest
import torch

from fedjury.oracle.evaluation.fast import weights as weights_module
from fedjury.oracle.evaluation.fast.approximation import Approximation
from fedjury.oracle.evaluation.fast.weights import PassWeights, operator_norm, without_denormals

SMALLEST = 2.0**-126


def _matrices() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(2)

    def random(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=generator)

    column, row = random(50, 1), random(1, 30)
    return {
        "random": random(50, 30),
        "wide": random(4, 700),
        "tall": random(700, 4),
        "larger than most": random(520, 600),
        "one row": random(1, 9),
        "one entry": random(1, 1),
        "rank one": column * row,
        "nearly rank one": column * row + 1e-6 * random(50, 30),
        "equal singular values": torch.eye(40),
        "a large entry": torch.eye(6) + 1e6 * (torch.arange(36).reshape(6, 6) == 7),
        "zeros": torch.zeros(5, 7),
        "tiny": random(20, 20) * 2.0**-120,
        "huge": random(20, 20) * 2.0**120,
        "of all sizes": random(20, 20) * torch.exp2(torch.arange(-60.0, 60.0, 6.0))[:, None],
    }


@pytest.mark.parametrize("name", _matrices())
def test_no_norm_is_too_small(name: str) -> None:
    matrix = _matrices()[name]
    weights, exact = PassWeights.of({"w": matrix}), matrix.double()
    rows = exact.norm(dim=1)
    largest = float(torch.linalg.matrix_norm(exact, 2)) * (1 - 2.0**-45)
    smaller = min(exact.shape)
    loose = smaller ** (1 / 32 if smaller <= 512 else 1 / 8)
    assert largest <= weights.operator("w") <= largest * loose * 1.001
    assert (weights.row_norms("w") >= rows * (1 - 2.0**-45)).all()
    assert float(rows.max()) <= weights.longest_row("w") <= float(rows.max()) * 1.001
    total = float(exact.norm()) * (1 - 2.0**-45)
    assert total <= weights.frobenius("w") <= total * 1.001
    assert total <= weights.length("w") <= total * 1.001
    assert weights.largest("w") == float(exact.abs().max())
    differences = torch.cdist(exact, exact, compute_mode="donot_use_mm_for_euclid_dist")
    apart = float(differences.max()) * (1 - 2.0**-45)
    assert apart <= weights.apart("w") <= max(apart * 1.001, 2.001 * float(rows.max()))


def test_few_rows_are_compared_pair_by_pair() -> None:
    rows = torch.tensor([[1.0, 1.0], [1.0, 1.0], [1.0, 0.0]])
    assert 1 <= PassWeights.of({"w": rows}).apart("w") < 1.001
    assert PassWeights.of({"w": rows[:2]}).apart("w") == 0
    assert PassWeights.of({"w": rows[:1]}).apart("w") == 0
    many = PassWeights.of({"w": rows.repeat(20, 1)})
    assert 2 * 2**0.5 <= many.apart("w") < 3


def test_groups_of_rows_have_norms_of_their_own() -> None:
    blocks = torch.stack([torch.eye(2), 3 * torch.ones(2, 2), torch.eye(2)]).flatten(0, 1)
    weights = PassWeights.of({"w": blocks})
    assert 6 <= weights.operator("w", 3) < 6.001 < weights.operator("w")
    assert 6 <= weights.frobenius("w", 3) < 6.001 < weights.frobenius("w")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_not_finite_has_no_finite_norm(value: float) -> None:
    matrix = torch.ones(3, 3)
    matrix[1, 2] = value
    weights = PassWeights.of({"w": matrix})
    for norm in (
        weights.operator("w"),
        weights.frobenius("w"),
        weights.longest_row("w"),
        weights.apart("w"),
        weights.length("w"),
        weights.largest("w"),
        operator_norm(matrix.double()),
    ):
        assert not abs(norm) < float("inf")


def test_nothing_has_no_norm() -> None:
    weights = PassWeights.of({})
    assert (weights.length(None), weights.largest(None)) == (0.0, 0.0)


def test_norms_of_values_too_small_or_large_for_squares_are_not_too_small() -> None:
    sizes = torch.tensor([2.0**-126, 2.0**-90, 2.0**-64, 1.0, 2.0**60, 2.0**66, 2.0**127])
    values = sizes[:, None] * torch.ones(1, 1000)
    norms = Approximation.exact(values).norms()
    assert (norms >= values.double().norm(dim=1)).all()
    assert float(norms[3]) < 1000**0.5 * 1.01


@pytest.fixture(params=[False, True], ids=["gradual underflow", "flushed to zero"])
def _flushed(request: pytest.FixtureRequest) -> Iterator[None]:
    torch.set_flush_denormal(request.param)
    yield
    torch.set_flush_denormal(False)


@pytest.mark.usefixtures("_flushed")
def test_denormal_numbers_are_zero_whatever_the_processor_is_told() -> None:
    bits = torch.tensor([0, 1, 0x7FFFFF, 0x800000, 0x7F7FFFFF, 0x7F800000, 0x7FC00000])
    bits = torch.cat([bits, bits - 2**31]).to(torch.int32)
    found = without_denormals(bits.view(torch.float32)).view(torch.int32)
    kept = (bits & 0x7FFFFFFF) >= 0x800000
    assert torch.equal(found[kept], bits[kept])
    assert (found[~kept] & 0x7FFFFFFF == 0).all()


def test_weights_without_denormal_numbers_are_not_copied() -> None:
    tensor = torch.tensor([0.0, SMALLEST, -1.0])
    assert PassWeights.of({"w": tensor}).tensors["w"] is tensor
    assert float(PassWeights.of({"w": torch.tensor(SMALLEST / 2)}).tensors["w"]) == 0
    small = torch.tensor([SMALLEST / 2, 1.0])
    PassWeights.of({"w": small})
    assert small.tolist() == [SMALLEST / 2, 1.0]  # what a caller gives stays as it is


def test_a_large_tensor_in_another_type_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = _matrices()["random"]
    usual, large = PassWeights.of({"w": matrix}), PassWeights.of({"w": matrix})
    assert usual.typed("w", torch.float64) is usual.typed("w", torch.float64)
    monkeypatch.setattr(weights_module, "_KEPT_BYTES", matrix.double().nbytes - 1)
    assert large.typed("w", torch.float64) is not large.typed("w", torch.float64)
    assert large.typed("w", torch.float32) is matrix
    for norm in ("operator", "frobenius", "longest_row", "apart", "length"):
        assert getattr(large, norm)("w") == getattr(usual, norm)("w")


@pytest.mark.parametrize("place", [0, 2**18 - 1, 2**18, 2**18 + 4])
def test_a_denormal_number_is_found_in_every_part_of_a_large_tensor(place: int) -> None:
    values = torch.ones(2**18 + 5)
    assert without_denormals(values) is values
    values[place] = SMALLEST / 2
    found = without_denormals(values)
    assert found[place] == 0
    assert int(found.sum()) == len(values) - 1
