"""Layers of all kinds, held against torch's float64 kernels, and bit for bit against themselves."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest
import torch
from torch import nn
from torch.nn import functional

from tests.support.reference import Applied, Case, First, case_of, normal, off_by

Made = tuple[nn.Module, torch.Tensor]
Maker = Callable[..., nn.Module]
SIZES = (7, 6, 8)
IMAGES = normal(3, 4, 5, 6)
ROWS = torch.arange(12).view(3, 4) % 5


def _made(maker: Maker, x: torch.Tensor, *arguments: object, **options: object) -> Made:
    return maker(*arguments, **options), x


class Attention(nn.Module):
    """Self-attention, with or without masks."""

    def __init__(self, need_weights: bool = False, masked: bool = False) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.need_weights, self.masked = need_weights, masked

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        later = torch.triu(torch.ones(5, 5, dtype=torch.bool), 1)
        masks = {"attn_mask": later, "key_padding_mask": x[:, :, 0] > 1.5} if self.masked else {}
        found: torch.Tensor = self.attention(x, x, x, need_weights=self.need_weights, **masks)[0]
        return found


class Packed(nn.Module):
    """A GRU over sequences whose lengths follow from the input."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(3, 4, batch_first=True, bidirectional=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        lengths = (x[:, :, 0] > 0).sum(1).clamp(min=1)
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths, True, enforce_sorted=False)
        last: torch.Tensor = self.gru(packed)[1]
        return torch.cat([last[0], last[1]], 1)


class Causal(nn.Module):
    """An encoder and a decoder that sees no later place."""

    def __init__(self) -> None:
        super().__init__()
        self.transformer = nn.Transformer(8, 2, 1, 1, 16, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        mask = nn.Transformer.generate_square_subsequent_mask(5)
        found: torch.Tensor = self.transformer(x, x, tgt_mask=mask, tgt_is_causal=True)
        return found


class Pairs(nn.Module):
    """A bilinear form of the input with itself."""

    def __init__(self) -> None:
        super().__init__()
        self.bilinear = nn.Bilinear(3, 3, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.bilinear(x, x)
        return found


class Residual(nn.Module):
    """Two convolutions with batch norm, and their input added."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(4, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.norms = nn.ModuleList([nn.BatchNorm2d(4), nn.BatchNorm2d(4)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inner = torch.relu_(self.norms[0](self.first(x)))
        return torch.relu(self.norms[1](self.second(inner)).add_(x))


def _convolutions() -> Iterator[tuple[str, Callable[[], Made]]]:
    ways: dict[str, dict[str, object]] = {
        "grouped dilated": {"padding": 1, "groups": 2, "dilation": 2},
        "strided": {"stride": 2},
        "same": {"padding": "same"},
        "circular": {"padding": 1, "padding_mode": "circular"},
        "reflecting": {"padding": 1, "padding_mode": "reflect"},
        "depthwise": {"groups": 4, "padding": 2, "stride": 3},
        "without bias": {"bias": False},
    }
    transposed: dict[str, dict[str, object]] = {
        "grouped dilated": {"padding": 1, "groups": 2, "dilation": 2},
        "strided": {"stride": 2},
        "padded at the end": {"stride": 3, "output_padding": 2, "padding": 1},
    }
    for dims in (1, 2, 3):
        x = normal(3, 4, *SIZES[:dims])
        for kind, several in (("Conv", ways), ("ConvTranspose", transposed)):
            layer = getattr(nn, f"{kind}{dims}d")
            for name, options in several.items():
                yield f"{kind}{dims}d {name}", partial(_made, layer, x, 4, 8, 3, **options)


def _poolings() -> Iterator[tuple[str, Callable[[], Made]]]:
    ways: dict[str, dict[str, object]] = {
        "max": {},
        "max overlapping": {"stride": 1, "padding": 1},
        "avg": {},
        "avg padded": {"stride": 3, "padding": 1},
        "avg reaching beyond": {"stride": 2, "padding": 1, "ceil_mode": True},
        "avg of what is there": {
            "stride": 2,
            "padding": 1,
            "ceil_mode": True,
            "count_include_pad": False,
        },
    }
    for dims in (1, 2, 3):
        x = normal(3, 2, *(9, 7, 8)[:dims])
        for name, options in ways.items():
            layer = getattr(nn, f"{name[:3].title()}Pool{dims}d")
            yield f"{name} pool {dims}d", partial(_made, layer, x, 3, **options)
        norm = getattr(nn, f"LPPool{dims}d")
        yield f"power pool {dims}d", partial(_made, norm, x.abs(), 2, 3)
        for kind in ("Avg", "Max"):
            layer = getattr(nn, f"Adaptive{kind}Pool{dims}d")
            for size in (1, 3, 4):
                yield f"adaptive {kind} {dims}d {size}", partial(_made, layer, x, size)


def _norms() -> Iterator[tuple[str, Callable[[], Made]]]:
    for dims in (1, 2, 3):
        x = normal(3, 2, *SIZES[:dims])
        batch, instance = getattr(nn, f"BatchNorm{dims}d"), getattr(nn, f"InstanceNorm{dims}d")
        yield f"batch norm {dims}d", partial(_made, batch, x, 2)
        yield f"plain batch norm {dims}d", partial(_made, batch, x, 2, affine=False)
        yield f"instance norm {dims}d", partial(_made, instance, x, 2)
        yield (
            f"instance norm {dims}d with statistics",
            partial(_made, instance, x, 2, affine=True, track_running_stats=True),
        )


MADE: dict[str, Callable[[], Made]] = {
    **dict(_convolutions()),
    **dict(_poolings()),
    **dict(_norms()),
    "linear": lambda: (nn.Linear(3, 4), normal(3, 3)),
    "linear of sequences": lambda: (nn.Linear(3, 4), normal(3, 5, 3)),
    "linear without bias": lambda: (nn.Linear(3, 4, bias=False), normal(3, 5, 3)),
    "bilinear": lambda: (Pairs(), normal(3, 3)),
    "layer norm": lambda: (nn.LayerNorm((4, 3)), normal(3, 4, 3)),
    "layer norm without weight": lambda: (nn.LayerNorm(3, bias=False), normal(3, 4, 3)),
    "rms norm": lambda: (nn.RMSNorm(3, eps=1e-6), normal(3, 3)),
    "group norm": lambda: (nn.GroupNorm(2, 4), normal(3, 4, 5)),
    "local response norm": lambda: (nn.LocalResponseNorm(2), IMAGES),
    "weight norm": lambda: (
        nn.utils.parametrizations.weight_norm(nn.Linear(3, 4)),
        normal(3, 3),
    ),
    "spectral norm": lambda: (
        nn.utils.parametrizations.spectral_norm(nn.Linear(3, 4)),
        normal(3, 3),
    ),
    "gru": lambda: (
        First(nn.GRU(3, 4, 2, bidirectional=True, batch_first=True)),
        normal(3, 5, 3),
    ),
    "lstm": lambda: (
        First(nn.LSTM(3, 4, 2, bidirectional=True, batch_first=True)),
        normal(3, 5, 3),
    ),
    "rnn": lambda: (First(nn.RNN(3, 4, 2, batch_first=True)), normal(3, 5, 3)),
    "rnn with relu": lambda: (
        First(nn.RNN(3, 4, nonlinearity="relu", batch_first=True)),
        normal(3, 5, 3),
    ),
    "projected lstm": lambda: (
        First(nn.LSTM(3, 4, proj_size=2, batch_first=True)),
        normal(3, 5, 3),
    ),
    "gru cell": lambda: (nn.GRUCell(3, 4), normal(3, 3)),
    "lstm cell": lambda: (First(nn.LSTMCell(3, 4)), normal(3, 3)),
    "packed gru": lambda: (Packed(), normal(6, 5, 3)),
    "attention": lambda: (Attention(), normal(3, 5, 8)),
    "attention with weights": lambda: (Attention(need_weights=True), normal(3, 5, 8)),
    "masked attention": lambda: (Attention(masked=True), normal(3, 5, 8)),
    "encoder layer": lambda: (
        nn.TransformerEncoderLayer(8, 2, 16, batch_first=True),
        normal(3, 5, 8),
    ),
    "encoder layer with norms first": lambda: (
        nn.TransformerEncoderLayer(8, 2, 16, 0.1, "gelu", batch_first=True, norm_first=True),
        normal(3, 5, 8),
    ),
    "encoder": lambda: (
        nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2),
        normal(3, 5, 8),
    ),
    "decoder": lambda: (Causal(), normal(3, 5, 8)),
    "residual": lambda: (Residual(), normal(3, 4, 8, 8)),
    "embedding": lambda: (nn.Embedding(5, 3, padding_idx=0), ROWS),
    "upsampling": lambda: (nn.Upsample(scale_factor=2), IMAGES),
    "bilinear upsampling": lambda: (nn.Upsample(scale_factor=2, mode="bilinear"), IMAGES),
    "bilinear resizing": lambda: (
        nn.Upsample(size=(7, 3), mode="bilinear", align_corners=True),
        IMAGES,
    ),
    "linear resizing": lambda: (nn.Upsample(scale_factor=1.7, mode="linear"), normal(3, 2, 5)),
    "trilinear upsampling": lambda: (
        nn.Upsample(scale_factor=2, mode="trilinear"),
        normal(3, 2, 3, 3, 3),
    ),
    "pixel shuffle": lambda: (nn.PixelShuffle(2), IMAGES),
    "unfold": lambda: (nn.Unfold(2), IMAGES),
    "fold": lambda: (nn.Fold((4, 5), 2, padding=1, stride=2), normal(3, 4, 9)),
    "reflection": lambda: (nn.ReflectionPad2d(1), IMAGES),
    "replication": lambda: (nn.ReplicationPad2d(1), IMAGES),
    **{
        f"embedding bag {mode}": partial(
            _made, nn.EmbeddingBag, ROWS, 5, 3, mode=mode, padding_idx=1
        )
        for mode in ("sum", "mean", "max")
    },
    **{
        f"attention {name}": partial(_made, Applied, normal(3, 2, 6, 8), forward)
        for name, forward in {
            "causal": lambda x: functional.scaled_dot_product_attention(x, x, x, is_causal=True),
            "of three dimensions": lambda x: functional.scaled_dot_product_attention(
                x[:, 0], x[:, 0], x[:, 1]
            ),
            "of grouped heads": lambda x: functional.scaled_dot_product_attention(
                torch.cat([x, x + 1], 1), x, x, enable_gqa=True
            ),
            "where a mask allows": lambda x: functional.scaled_dot_product_attention(
                x, x, x, attn_mask=torch.eye(6) > 0.5
            ),
            "where nothing counts": lambda x: functional.scaled_dot_product_attention(
                x, x, x, attn_mask=torch.arange(6) * torch.ones(6, 6) < torch.arange(6)[:, None]
            ),
            "with a mask per sample": lambda x: functional.scaled_dot_product_attention(
                x, x, x, attn_mask=x[..., :6] > 0
            ),
            "with numbers added": lambda x: functional.scaled_dot_product_attention(
                x, x, x, attn_mask=torch.arange(36.0).view(6, 6) / 36, scale=0.3
            ),
        }.items()
    },
}

ACTIVATIONS: dict[str, Maker] = {
    **{
        name: getattr(nn, name)
        for name in """
        ReLU ReLU6 ELU SELU CELU GELU SiLU Mish Sigmoid Tanh LogSigmoid Softplus Softsign
        Softshrink Hardshrink Tanhshrink Hardtanh Hardswish Hardsigmoid LeakyReLU PReLU RReLU
        Dropout AlphaDropout Identity Flatten
        """.split()  # noqa: SIM905
    },
    **{
        name: partial(getattr(nn, name), dim=1)
        for name in ("Softmax", "Softmin", "LogSoftmax", "GLU")
    },
    "GELU by tanh": lambda: nn.GELU("tanh"),
    "ELU with alpha": lambda: nn.ELU(0.7),
    "CELU with alpha": lambda: nn.CELU(0.7),
    "Softplus with beta": lambda: nn.Softplus(3.0),
    "Threshold": lambda: nn.Threshold(0.1, 1.0),
}
MADE |= {name: partial(_made, make, 3 * normal(3, 4, 3, 5)) for name, make in ACTIVATIONS.items()}


@pytest.fixture(params=MADE)
def case(request: pytest.FixtureRequest) -> Case:
    torch.manual_seed(0)
    return case_of(*MADE[request.param]())


def test_a_layer_is_what_torch_computes_in_float64(case: Case) -> None:
    assert off_by(case.reference(), case.plain()) < 1e-11


def test_a_sample_has_the_same_bits_alone_reversed_and_among_many(case: Case) -> None:
    expected = case.reference()
    alone = [Case(case.model, case.weights, each[None]).reference() for each in case.x]
    assert torch.equal(torch.cat(alone), expected)
    backwards = Case(case.model, case.weights, case.x.flip(0)).reference()
    assert torch.equal(backwards.flip(0), expected)
    many = Case(case.model, case.weights, torch.cat([case.x] * 7)).reference()
    assert torch.equal(many, torch.cat([expected] * 7))


def test_flushing_denormal_numbers_changes_no_bit(case: Case) -> None:
    small = {name: tensor * 2.0**-110 for name, tensor in case.weights.items()}
    scaled = case.x * 2.0**-60 if case.x.is_floating_point() else case.x
    for weights, x in ((case.weights, case.x), (small, scaled)):
        expected = Case(case.model, weights, x).reference()
        assert torch.set_flush_denormal(True)
        try:
            found = Case(case.model, weights, x).reference()
        finally:
            torch.set_flush_denormal(False)
        assert torch.equal(found.nan_to_num(), expected.nan_to_num())
