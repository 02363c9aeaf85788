"""Single operations inside a forward pass, held against torch's float64 kernels."""

import math
from collections.abc import Callable

import pytest
import torch
from torch.nn import functional

from fedjury.errors import UnknownOperation
from tests.support.reference import Applied, Case, Forward, case_of, normal, off_by


def _assigned(x: torch.Tensor) -> torch.Tensor:
    changed = x.clone()
    changed[:, 0] = 2.5
    changed[:, 1, :2] = x[:, 2, :2]
    changed[x > 1] = 0.0
    return changed


# of samples of 4 × 5 numbers
EXACT: dict[str, Forward] = {
    "where": lambda x: torch.where(x > 0, x, 0.0),
    "masked fill": lambda x: x.masked_fill(x > 0, -1e9),
    "clamp": lambda x: x.clamp(0, 1),
    "one hot": lambda x: functional.one_hot((x > 0).long(), 2).float(),
    "numbers from": lambda x: x + torch.arange(5.0),
    "lower triangle": torch.tril,
    "flip": lambda x: x.flip(1),
    "roll": lambda x: x.roll(1, 1),
    "index": lambda x: x[:, [0, 1, 1]],
    "index fill": lambda x: x.clone().index_fill_(1, torch.tensor(0), 1.0),
    "gather": lambda x: x.gather(1, torch.zeros(len(x), 1, 5, dtype=torch.long)),
    "fill": lambda x: torch.zeros_like(x).fill_(0.1),
    "new": lambda x: x.new_ones(len(x), 3) + x.new_full((len(x), 3), 0.5),
    "eye": lambda x: x.new_zeros(len(x), 5, 5) + torch.eye(5),
    "assignment": _assigned,
    "empty": lambda x: torch.empty_like(x).copy_(x),
    "argmax": lambda x: x.argmax(1).float(),
    "topk": lambda x: x.topk(2, dim=1)[0],
    "sort": lambda x: x.sort(dim=1)[0],
    "largest": lambda x: x.max(1)[0] + x.amax(1),
    "place of smallest": lambda x: x.min(1)[1].float(),
    "maximum": lambda x: torch.maximum(x, x.flip(1)),
    "kth": lambda x: x.kthvalue(2, dim=1)[0],
    "median": lambda x: x.median(1)[0],
    "rounding": lambda x: x.round() + x.floor() + x.ceil() + x.trunc(),
    "count": lambda x: (x > 0).sum(1).float() + (x > 0).float().sum(1),
    "whole numbers": lambda x: ((x * 10).long() * 3 + 1) // 2 % 7 * 1.0,
    "split and cat": lambda x: torch.cat(x.chunk(2, 1)[::-1], 1),
    "negative": lambda x: -x,
    "comparison of numbers": lambda x: (x.long() == 0) & ~(x > 0.5) | (x.abs() >= 1),
    "nearest": lambda x: functional.interpolate(x, scale_factor=1.7),
    "sign": lambda x: x.sign() + x.sgn(),
    "repeat": lambda x: x.repeat(1, 2, 1) + x.repeat_interleave(2, 1),
    "of a number": lambda x: x * float(torch.tensor(2.5)),
    "padded": lambda x: functional.pad(x, (1, 2), value=0.25),
    "in place": lambda x: x.clone().add_(1).mul_(2).relu_().neg_().clamp_(-3, 3).zero_().sub_(1),
    "into another": lambda x: torch.mul(x, 2, out=torch.zeros(0)),
    "of whole numbers": lambda x: torch.bmm((x * 9).long(), (x * 9).long().transpose(1, 2)),
}
CLOSE: dict[str, Forward] = {
    "einsum": lambda x: torch.einsum("bij,bkj->bik", x, x),
    "matrix by vector": lambda x: x @ torch.arange(5.0),
    "vectors": lambda x: torch.stack([torch.dot(each[0], each[1]) for each in x]),
    "outer": lambda x: torch.stack([torch.outer(each[0], each[1]) for each in x]),
    "addr": lambda x: torch.stack([torch.addr(e[:, :4], e[:, 0], e[:, 1], beta=0.5) for e in x]),
    "addmv": lambda x: torch.stack([torch.addmv(e[:, 0], e, e[0], alpha=0.3) for e in x]),
    "addmm": lambda x: torch.stack([torch.addmm(e[:, :4], e, e.t(), beta=0) for e in x]),
    "addbmm": lambda x: torch.stack(
        [torch.addbmm(e[:, :4], e.repeat(2, 1, 1), e.t().repeat(2, 1, 1)) for e in x]
    ),
    "baddbmm": lambda x: torch.baddbmm(x, x, x.new_ones(len(x), 5, 5), alpha=0.3, beta=0.5),
    "tensordot": lambda x: torch.tensordot(x, torch.ones(5, 3), 1),
    "mean": lambda x: x.mean(1) + x.flatten(1).mean(-1, keepdim=True),
    "standard deviation": lambda x: x.std(1) + torch.std_mean(x, 1)[1],
    "variance": lambda x: x.var((1, 2), keepdim=True) + x.var(1, keepdim=True, correction=0),
    "variance and mean": lambda x: torch.cat(torch.var_mean(x, 1), 1),
    "norms": lambda x: x.norm(dim=1) + x.norm(p=1, dim=1) + x.norm(p=3, dim=1),
    "largest norm": lambda x: torch.linalg.vector_norm(x, math.inf, dim=1),
    "number of entries": lambda x: torch.linalg.vector_norm(x.relu(), 0, dim=1),
    "normalize": lambda x: functional.normalize(x, dim=1),
    "cosine": lambda x: functional.cosine_similarity(x, x + 1),
    "distance": lambda x: functional.pairwise_distance(x, x + 1),
    "distances by magnitudes": lambda x: torch.cdist(x, x + 1, p=1),
    "distances of many": lambda x: torch.cdist(x.repeat(1, 8, 1), x + 1),
    "running sums": lambda x: x.cumsum(1) + x.cumprod(2),
    "product": lambda x: x.prod(1),
    "log of sums": lambda x: x.logsumexp(1) + x.flatten(1).logsumexp(1, keepdim=True),
    "log of two": lambda x: torch.logaddexp(x, 2 * x),
    "powers": lambda x: x**2 + x**5 + x**-3 + x.abs() ** 0.5 + x.abs() ** -0.5 + x**0 + x**1,
    "power of tensors": lambda x: x.abs() ** x + 2**x + x.abs() ** 1.7 + (-2.0) ** x.round(),
    "roots": lambda x: x.abs().rsqrt() + x.abs().sqrt(),
    "quotients": lambda x: x / 3 + 3 / x + x / (x.abs() + 1) + (x / 0.3).frac(),
    "quotients of whole numbers": lambda x: (x * 10).long() / 3 + (x > 0).double().mean(1, True),
    "whole quotients": lambda x: x // 2 + torch.div(x, 0.7, rounding_mode="trunc"),
    "remainders": lambda x: x % 2 + torch.fmod(x, 2) + x % -0.7,
    "differences": lambda x: 1 - x + torch.sub(x, x.flip(1), alpha=2) + torch.rsub(x, 1, alpha=3),
    "sums with a factor": lambda x: torch.add(x, x.flip(1), alpha=0.3) + torch.add(x, 2, alpha=0.1),
    "added products": lambda x: torch.addcmul(x, x, x, value=0.3),
    "added quotients": lambda x: torch.addcdiv(x, x, x.abs() + 1, value=0.3),
    "interpolation": lambda x: torch.lerp(x, 2 * x, 0.3) + torch.lerp(x, 2 * x, x),
    "quantile": lambda x: x.quantile(0.3, dim=1),
    "evenly spaced": lambda x: x * torch.linspace(0, 1, 5) + torch.arange(0.0, 1.0, 0.2),
    "constant": lambda x: torch.tensor([0.1]) * x + torch.tensor(0.3) * x,
    "circle": lambda x: (20 * x).sin() + (20 * x).cos() + x.tan(),
    "logarithms": lambda x: x.abs().log() + x.abs().log1p() + x.abs().log2() + x.abs().log10(),
    "exponentials": lambda x: x.sinh() + x.cosh() + x.expm1() + x.exp() + x.exp2(),
    "error function": lambda x: x.erf() + x.erfc(),
    "logit": lambda x: torch.logit(x.sigmoid()) + torch.logit(x.sigmoid(), eps=0.1),
    "scattered": lambda x: x.new_ones(len(x), 4, 5).scatter_add(1, _third(x), x),
    "index add": lambda x: x.new_ones(len(x), 3, 5).index_add(1, torch.tensor([0, 2, 0, 1]), x),
    "area": lambda x: functional.interpolate(x, 2, mode="area"),
    "checkpoint of softmax": lambda x: functional.softmax(x, -1, dtype=torch.float64),
    "kronecker": lambda x: torch.kron(x, torch.ones(1, 1, 2)),
    "moved": lambda x: (x.transpose(1, 2) * 0.7).permute(0, 2, 1) + x.mT.contiguous().mT,
}


def _third(x: torch.Tensor) -> torch.Tensor:
    return (torch.arange(20) % 3).view(4, 5).expand(len(x), 4, 5)


def _case(forward: Forward) -> Case:
    return case_of(Applied(forward), 2 * normal(3, 4, 5))


@pytest.mark.parametrize("name", EXACT)
def test_what_rounds_nothing_is_what_torch_computes(name: str) -> None:
    case = _case(EXACT[name])
    assert torch.equal(case.reference(), case.plain())


@pytest.mark.parametrize("name", CLOSE)
def test_an_operation_is_what_torch_computes_in_float64(name: str) -> None:
    case = _case(CLOSE[name])
    assert off_by(case.reference(), case.plain()) < 1e-11


@pytest.mark.parametrize("name", CLOSE)
def test_a_sample_has_the_same_bits_alone(name: str) -> None:
    case = _case(CLOSE[name])
    alone = [Case(case.model, {}, each[None]).reference() for each in case.x]
    assert torch.equal(torch.cat(alone), case.reference())


@pytest.mark.parametrize("name", [*EXACT, *CLOSE])
def test_no_zero_has_a_sign(name: str) -> None:
    model = Applied({**EXACT, **CLOSE}[name])
    found = Case(model, {}, torch.zeros(2, 4, 5)).reference()
    assert not (found.signbit() & (found == 0)).any()


NAN_KEEPING: dict[str, Forward] = {
    "relu": torch.relu,
    "clamp": lambda x: x.clamp(-1, 1),
    "hardtanh": functional.hardtanh,
    "relu6": functional.relu6,
    "leaky relu": functional.leaky_relu,
    "threshold": lambda x: functional.threshold(x, 0.1, 0.2),
    "hardshrink": functional.hardshrink,
    "softshrink": functional.softshrink,
    "hardswish": functional.hardswish,
    "gelu": functional.gelu,
    "silu": functional.silu,
    "softplus": functional.softplus,
    "elu": functional.elu,
    "maximum": lambda x: torch.maximum(x, torch.ones_like(x)),
    "minimum": lambda x: torch.minimum(torch.ones_like(x), x),
    "amax": lambda x: x.amax(1, keepdim=True),
    "max": lambda x: x.max(1)[0],
    "amin": lambda x: x.amin(1, keepdim=True),
    "max pool": lambda x: functional.max_pool1d(x[:, None], 1),
    "adaptive max pool": lambda x: functional.adaptive_max_pool1d(x[:, None], 1),
    "avg pool": lambda x: functional.avg_pool1d(x[:, None], 1),
    "softmax": lambda x: x.softmax(1),
    "log softmax": lambda x: x.log_softmax(1),
    "mean": lambda x: x.mean(1),
    "layer norm": lambda x: functional.layer_norm(x, x.shape[1:]),
    "power": lambda x: x**0.3,
}


@pytest.mark.parametrize("name", NAN_KEEPING)
def test_nothing_comes_of_no_number(name: str) -> None:
    for width in (1, 3, 8, 21):
        found = Case(Applied(NAN_KEEPING[name]), {}, torch.full((2, width), math.nan)).reference()
        assert found.isnan().all()


UNKNOWN: dict[str, tuple[Forward, str]] = {
    "Fourier transform": (torch.fft.fft, "aten::_fft_r2c"),
    "inverse": (lambda x: torch.linalg.inv(x @ x.mT), "aten::linalg_inv_ex"),
    "random numbers": (lambda x: x + torch.rand(5), "aten::rand"),
    "random like": (torch.rand_like, "aten::rand_like"),
    "random integers": (lambda x: x + torch.randint(3, (5,)), "aten::randint"),
    "dropout": (lambda x: functional.dropout(x, 0.5, True), "aten::bernoulli_.float"),
    "grid": (
        lambda x: functional.grid_sample(x[:, None], x[:, None, :, :2], align_corners=True),
        "aten::grid_sampler_2d",
    ),
    "bicubic": (
        lambda x: functional.interpolate(x[:, None], (3, 3), mode="bicubic"),
        "aten::upsample_bicubic2d",
    ),
    "complex": (lambda x: x.to(torch.complex64), "numbers of type complex64"),
    "complex constant": (lambda x: x * torch.tensor(1j), "numbers of type complex128"),
    "eight bits": (lambda x: x.to(torch.float8_e4m3fn), "numbers of type float8_e4m3fn"),
    "elsewhere": (lambda x: x.to("meta"), "tensors on meta"),
    "decimals": (lambda x: x.round(decimals=2), "aten::round.decimals"),
    "accumulating": (
        lambda x: x.index_put((torch.tensor([0]),), x[:1], accumulate=True),
        "that accumulates",
    ),
    "multiplying scatter": (
        lambda x: x.scatter(1, torch.zeros(len(x), 1, 5).long(), x, reduce="multiply"),
        "aten::scatter.reduce",
    ),
    "dropout in attention": (
        lambda x: functional.scaled_dot_product_attention(x, x, x, dropout_p=0.5),
        "aten::bernoulli_.float",
    ),
    "random slope": (lambda x: functional.rrelu(x, training=True), "rrelu_with_noise"),
    "bits": (lambda x: x.view(torch.int64), "aten::view.dtype"),
    "sparse": (lambda x: x.to_sparse(), "aten::_to_sparse"),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_an_unknown_operation_is_named(name: str) -> None:
    forward, operation = UNKNOWN[name]
    with pytest.raises(UnknownOperation) as caught:
        _case(forward).reference()
    assert operation in str(caught.value)
    assert operation in caught.value.operation
    assert caught.value.fields() == {"operation": caught.value.operation}


HALF, BFLOAT = torch.float16, torch.bfloat16
# each gives numbers of the narrow type that are not those of the wide one
NARROW: dict[str, Callable[[torch.Tensor, torch.dtype], torch.Tensor]] = {
    "cast": lambda x, dtype: x.to(dtype),
    "sum": lambda x, dtype: x.to(dtype) + x.flip(1).to(dtype),
    "with a number": lambda x, dtype: x.to(dtype) * 0.1 + 1,
    "with a wide number": lambda x, dtype: x.to(dtype) * torch.tensor(0.1),
    "in place": lambda x, dtype: x.to(dtype).mul_(0.1).add_(1),
    "filled": lambda x, dtype: torch.full_like(x.to(dtype), 0.1) + torch.ones(5, dtype=dtype) / 3,
    "made": lambda x, dtype: torch.full((len(x), 5), 0.1, dtype=dtype),
    "masked": lambda x, dtype: x.to(dtype).masked_fill(x > 0, 0.1),
    "masked in place": lambda x, dtype: x.to(dtype).masked_fill_(x > 0, 0.1).clamp_(max=0.3),
    "assigned": lambda x, dtype: x.to(dtype).copy_(x.flip(1)),
    "rectified": lambda x, dtype: x.to(dtype).relu().neg() * 0.7,
}
MIXED: dict[str, Callable[[torch.Tensor, torch.dtype], torch.Tensor]] = {
    "wide added": lambda x, dtype: x.to(dtype) + x,
    "converted back": lambda x, dtype: x.to(dtype).double() / 3,
    "joined": lambda x, dtype: torch.cat([x.to(dtype), x], 1),
}


@pytest.mark.parametrize("dtype", [HALF, BFLOAT])
@pytest.mark.parametrize("name", NARROW)
def test_results_of_narrow_numbers_are_rounded_to_them(name: str, dtype: torch.dtype) -> None:
    case = _case(lambda x: NARROW[name](x, dtype))
    found = case.reference()
    assert torch.equal(found.to(dtype).double(), found)
    assert off_by(found, case.plain()) < 2 * torch.finfo(dtype).eps


@pytest.mark.parametrize("dtype", [HALF, BFLOAT])
@pytest.mark.parametrize("name", MIXED)
def test_results_of_narrow_and_wide_numbers_are_wide(name: str, dtype: torch.dtype) -> None:
    case = _case(lambda x: MIXED[name](x, dtype))
    assert off_by(case.reference(), case.plain()) < 1e-11
    assert not torch.equal(case.reference().to(dtype).double(), case.reference())


def test_products_of_narrow_numbers_are_rounded_once() -> None:
    case = _case(lambda x: x.bfloat16() @ x.bfloat16().mT)
    x = case.x.bfloat16().double()
    assert torch.equal(case.reference(), (x @ x.mT).bfloat16().double())


def test_narrow_numbers_have_their_type_for_the_module() -> None:
    def forward(x: torch.Tensor) -> torch.Tensor:
        assert x.half().dtype == HALF
        assert (x.half() * 2).dtype == HALF
        assert x.half().float().dtype == torch.float64
        return x

    assert _case(forward).reference().shape == (3, 4, 5)


def test_an_operation_into_a_given_tensor_fills_it() -> None:
    def forward(x: torch.Tensor) -> torch.Tensor:
        given = torch.zeros(0)
        torch.exp(x, out=given)
        values, places = torch.zeros(0), torch.zeros(0, dtype=torch.long)
        torch.topk(x, 1, dim=1, out=(values, places))
        return given + values + places

    case = _case(forward)
    assert off_by(case.reference(), case.plain()) < 1e-14


def test_the_result_of_an_operation_shares_nothing_with_its_operand() -> None:
    for forward in (
        lambda x: x**1,
        lambda x: x.prod(1, keepdim=True),
        lambda x: x.cumsum(1),
        lambda x: x.float(),
        lambda x: x + 0,
        lambda x: functional.avg_pool1d(x, 1),
    ):

        def changed(x: torch.Tensor, forward: Forward = forward) -> torch.Tensor:
            before = x[:, :1].clone()
            if (result := forward(before)) is not before:
                result.zero_()
                assert not torch.equal(before, result)
            return x

        _case(changed).reference()
