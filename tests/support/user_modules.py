"""Modules as users write them: some are made of layers with bounds, others only look like it."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils import parametrizations

Forward = Callable[["Custom", torch.Tensor], Any]


class Custom(nn.Module):
    """Two linear layers, some loose parameters, and a forward pass of one's own.

    Args:
        forward: of the module and samples (n, 6), or (n, 2, 3) and the like.
    """

    def __init__(self, forward: Forward) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(6, 6), nn.Linear(6, 3)
        self.row = nn.Parameter(torch.randn(6))
        self.number = nn.Parameter(torch.tensor([0.5]))
        self.square = nn.Parameter(torch.randn(6, 6))
        self.constant: torch.Tensor
        self.register_buffer("constant", torch.ones(6), persistent=False)
        self._forward = forward

    def forward(self, x: torch.Tensor) -> Any:
        """Whatever the function says."""
        return self._forward(self, x)


class Tied(nn.Module):
    """Two layers that share one weight."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.again, self.last = nn.Linear(6, 6), nn.Linear(6, 6), nn.Linear(6, 3)
        self.again.weight = self.first.weight

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits of samples (n, 6)."""
        logits: torch.Tensor = self.last(self.again(self.first(x).relu()).relu())
        return logits


def hooked() -> nn.Module:
    """A module whose hook cuts off what a layer gives."""
    model = nn.Sequential(nn.Linear(6, 6), nn.Linear(6, 3))
    model[0].register_forward_hook(lambda module, given, result: result.clamp(-0.5, 0.25))
    return model


def _in_place(m: Custom, x: torch.Tensor) -> torch.Tensor:
    hidden = m.first(x)
    shown = hidden.view(-1, 2, 3)
    hidden.relu_()
    logits: torch.Tensor = m.last(hidden) + m.last(shown.flatten(1))
    return logits


def _relu_of_samples(m: Custom, x: torch.Tensor) -> torch.Tensor:
    logits: torch.Tensor = m.last(m.first(x.relu_()))
    return logits


def _twice(m: Custom, x: torch.Tensor) -> torch.Tensor:
    x = m.first(x).relu()
    x = x + x
    x += m.first(x)
    logits: torch.Tensor = m.last(x)
    return logits


def _named_again(m: Custom, x: torch.Tensor) -> torch.Tensor:
    hidden = m.first(x)
    other = hidden.detach()
    other.clamp_(min=0)
    logits: torch.Tensor = m.last(other.contiguous())
    return logits


def _swallowed(m: Custom, x: torch.Tensor) -> torch.Tensor:
    try:
        x = torch.tanh(m.first(x))
    except Exception:
        x = torch.relu(m.first(x))
    logits: torch.Tensor = m.last(x)
    return logits


def _by_item(m: Custom, x: torch.Tensor) -> torch.Tensor:
    x = m.first(x)
    return m.last(x.relu() if m.number.item() > 0 else x)  # type: ignore[no-any-return]


def _by_list(m: Custom, x: torch.Tensor) -> torch.Tensor:
    x = m.first(x)
    return m.last(x.relu() if m.number.tolist()[0] > 0 else x)  # type: ignore[no-any-return]


def _by_numpy(m: Custom, x: torch.Tensor) -> torch.Tensor:
    x = m.first(x)
    return m.last(x.relu() if m.number.detach().numpy()[0] > 0 else x)  # type: ignore[no-any-return]


def _by_comparing(m: Custom, x: torch.Tensor) -> torch.Tensor:
    x = m.first(x)
    return m.last(x if torch.equal(m.row, m.constant) else x.relu())  # type: ignore[no-any-return]


def _by_counting(m: Custom, x: torch.Tensor) -> torch.Tensor:
    x = m.first(x)
    return m.last(x.relu() if len(m.row.nonzero()) else x)  # type: ignore[no-any-return]


def _by_samples(m: Custom, x: torch.Tensor) -> torch.Tensor:
    hidden = m.first(x)
    return m.last(hidden.relu() if bool(x.sum() > -1e9) else hidden)  # type: ignore[no-any-return]


def _limited(m: Custom, x: torch.Tensor) -> torch.Tensor:
    m.first.weight.data.clamp_(-0.01, 0.01)
    return m.last(m.first(x))  # type: ignore[no-any-return]


def _kept(m: Custom, x: torch.Tensor) -> torch.Tensor:
    hidden = m.first(x)
    torch.mul(m.row, 1, out=hidden.data[0])
    return m.last(hidden)  # type: ignore[no-any-return]


def _custom(forward: Callable[[Any, torch.Tensor], Any]) -> Callable[[], nn.Module]:
    return lambda: Custom(forward)


# Name: the module, and the shape of its samples. All of their operations have bounds.
BOUNDED: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "linear alone": (lambda: nn.Linear(6, 3), (6,)),
    "linear without bias": (lambda: nn.Linear(6, 3, bias=False), (6,)),
    "flattened": (lambda: nn.Sequential(nn.Flatten(), nn.Linear(6, 3)), (2, 3)),
    "in place": (
        lambda: nn.Sequential(nn.Linear(6, 6), nn.ReLU(inplace=True), nn.Linear(6, 3)),
        (6,),
    ),
    "in place on the samples": (_custom(_relu_of_samples), (6,)),
    "one layer twice": (_custom(_twice), (6,)),
    "another name": (_custom(_named_again), (6,)),
    "tied weights": (Tied, (6,)),
    "a hook": (hooked, (6,)),
    "dropout": (
        lambda: nn.Sequential(nn.Linear(6, 6), nn.Dropout(0.5), nn.Identity(), nn.Linear(6, 3)),
        (6,),
    ),
    "activations": (
        lambda: nn.Sequential(
            nn.Linear(6, 6),
            nn.ReLU6(),
            nn.Linear(6, 6),
            nn.LeakyReLU(0.2),
            nn.Linear(6, 6),
            nn.Hardtanh(-0.5, 0.5),
            nn.Linear(6, 3),
        ),
        (6,),
    ),
    "matrices by hand": (_custom(lambda m, x: m.last(x @ m.square.t())), (6,)),
    "addmm by hand": (_custom(lambda m, x: m.last(torch.addmm(m.row, x, m.square.t()))), (6,)),
    "functional": (
        _custom(lambda m, x: functional.linear(functional.relu(m.first(x)), m.last.weight)),
        (6,),
    ),
    "clamped below": (_custom(lambda m, x: m.last(m.first(x).clamp(min=-1.5))), (6,)),
    "other shapes": (
        _custom(
            lambda m, x: m.last(
                m.first(x).view(-1, 2, 3).permute(0, 2, 1).transpose(1, 2).reshape(len(x), 6)
            )
        ),
        (6,),
    ),
    "turned round": (
        _custom(lambda m, x: m.last(m.first(x).reshape(-1, 2, 3).transpose(-1, -2).flatten(1))),
        (6,),
    ),
    "put in and left out": (
        _custom(lambda m, x: m.last(m.first(x).unsqueeze(1).unsqueeze_(-1).squeeze(1).squeeze())),
        (6,),
    ),
    "batch norm of vectors": (
        lambda: nn.Sequential(nn.Linear(6, 6), nn.BatchNorm1d(6), nn.Linear(6, 3)),
        (6,),
    ),
    "batch norm first": (
        lambda: nn.Sequential(nn.BatchNorm1d(6, affine=False), nn.Linear(6, 3)),
        (6,),
    ),
    "in one dimension": (
        lambda: nn.Sequential(
            nn.Conv1d(2, 4, 3, padding=1, stride=2),
            nn.BatchNorm1d(4),
            nn.ReLU(),
            nn.MaxPool1d(2),
            nn.AvgPool1d(3, 1, padding=1),
            nn.AdaptiveAvgPool1d(1),
            nn.Flatten(),
            nn.Linear(4, 3),
        ),
        (2, 24),
    ),
    "in two dimensions": (
        lambda: nn.Sequential(
            nn.Conv2d(2, 4, (3, 5), padding="same"),
            nn.BatchNorm2d(4),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, 2, 1, ceil_mode=True),
            nn.Conv2d(4, 8, 3, dilation=2, groups=4, bias=False),
            nn.AvgPool2d((2, 1), 1),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(8, 3),
        ),
        (2, 14, 15),
    ),
    "in three dimensions": (
        lambda: nn.Sequential(
            nn.Conv3d(1, 3, 2, padding=1),
            nn.BatchNorm3d(3),
            nn.ReLU(),
            nn.MaxPool3d(2),
            nn.AvgPool3d(2, 1, 1),
            nn.AdaptiveAvgPool3d(1),
            nn.Flatten(),
            nn.Linear(3, 3),
        ),
        (1, 6, 6, 6),
    ),
}

# The same of modules that do something without a bound, or that another weight or sample would
# take another way.
UNBOUNDED: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "tanh": (_custom(lambda m, x: m.last(m.first(x).tanh())), (6,)),
    "softmax": (_custom(lambda m, x: m.last(x).softmax(1)), (6,)),
    "layer norm": (lambda: nn.Sequential(nn.LayerNorm(6), nn.Linear(6, 3)), (6,)),
    "instance norm": (
        lambda: nn.Sequential(nn.InstanceNorm1d(2), nn.Flatten(), nn.Linear(6, 3)),
        (2, 3),
    ),
    "batch norm without statistics": (
        lambda: nn.Sequential(
            nn.Conv1d(2, 2, 1),
            nn.BatchNorm1d(2, track_running_stats=False),
            nn.Flatten(),
            nn.Linear(6, 3),
        ),
        (2, 3),
    ),
    "running sums": (_custom(lambda m, x: m.last(m.first(x).cumsum(1))), (6,)),
    "times a number": (_custom(lambda m, x: m.last(m.first(x) * 2)), (6,)),
    "plus a number": (_custom(lambda m, x: m.last(m.first(x) + 1)), (6,)),
    "plus a weight": (_custom(lambda m, x: m.last(m.first(x) + m.row)), (6,)),
    "plus a multiple": (_custom(lambda m, x: m.last(torch.add(x, m.first(x), alpha=2))), (6,)),
    "sum of unlike shapes": (
        _custom(lambda m, x: m.last(m.first(x) + m.first(x).mean(1, keepdim=True))),
        (6,),
    ),
    "weights not turned": (_custom(lambda m, x: m.last(x @ m.square)), (6,)),
    "weights that are computed": (_custom(lambda m, x: m.last(x @ m.square.relu().t())), (6,)),
    "normed weights": (lambda: parametrizations.weight_norm(nn.Linear(6, 3)), (6,)),
    "one bias for all": (
        _custom(lambda m, x: m.last(torch.addmm(m.number, x, m.square.t()))),
        (6,),
    ),
    "a matrix of biases": (
        _custom(lambda m, x: m.last(torch.addmm(m.last.weight, x, m.square.t()))),
        (6,),
    ),
    "a multiple of products": (
        _custom(lambda m, x: m.last(torch.addmm(m.row, x, m.square.t(), beta=2))),
        (6,),
    ),
    "a constant of the module": (
        _custom(lambda m, x: m.last(torch.addmm(m.constant, x, m.square.t()))),
        (6,),
    ),
    "a part of the sample": (_custom(lambda m, x: m.last(m.first(x)[:, :3].repeat(1, 2))), (6,)),
    "joined": (_custom(lambda m, x: m.last(torch.cat([x[:, :3], x[:, 3:]], 1))), (6,)),
    "a mean of samples": (_custom(lambda m, x: m.last(x + x.mean(0).expand_as(x))), (6,)),
    "a mean of everything": (_custom(lambda m, x: m.last(x + x.mean())), (6,)),
    "the samples turned": (_custom(lambda m, x: m.last(m.first(x).t().t())), (6,)),
    "a limit that float32 lacks": (_custom(lambda m, x: m.last(m.first(x).clamp(max=0.1))), (6,)),
    "a limit that is a weight": (
        _custom(lambda m, x: m.last(m.first(x).clamp(min=m.number))),
        (6,),
    ),
    "a slope above 1": (_custom(lambda m, x: m.last(functional.leaky_relu(x, -1.5))), (6,)),
    "another type": (_custom(lambda m, x: m.last(m.first(x).half().float())), (6,)),
    "bits of another type": (
        _custom(lambda m, x: m.last(m.first(x).view(torch.int32).view(torch.float32))),
        (6,),
    ),
    "transposed convolution": (
        lambda: nn.Sequential(nn.ConvTranspose1d(2, 2, 1), nn.Flatten(), nn.Linear(6, 3)),
        (2, 3),
    ),
    "padding in a circle": (
        lambda: nn.Sequential(
            nn.Conv1d(2, 2, 3, padding=1, padding_mode="circular"), nn.Flatten(), nn.Linear(6, 3)
        ),
        (2, 3),
    ),
    "averages that hang over": (
        lambda: nn.Sequential(nn.AvgPool1d(2, ceil_mode=True), nn.Flatten(), nn.Linear(4, 3)),
        (2, 3),
    ),
    "averages without padding": (
        lambda: nn.Sequential(
            nn.AvgPool1d(2, 1, 1, count_include_pad=False), nn.Flatten(), nn.Linear(8, 3)
        ),
        (2, 3),
    ),
    "averages with a divisor": (
        lambda: nn.Sequential(nn.AvgPool2d(2, divisor_override=3), nn.Flatten(), nn.Linear(2, 3)),
        (2, 2, 2),
    ),
    "several averages": (
        lambda: nn.Sequential(nn.AdaptiveAvgPool1d(3), nn.Flatten(), nn.Linear(6, 3)),
        (2, 5),
    ),
    "channels that are samples": (
        lambda: nn.Sequential(nn.MaxPool2d(2), nn.Flatten(), nn.Linear(4, 3)),
        (4, 4),
    ),
    "several results": (_custom(lambda m, x: (m.last(x), x)), (6,)),
    "no logits": (_custom(lambda m, x: m.last(x).sum(1)), (6,)),
    "written into before": (_custom(_in_place), (6,)),
    "written into weights": (_custom(_limited), (6,)),
    "written through another name": (_custom(_kept), (6,)),
    "exceptions": (_custom(_swallowed), (6,)),
    "a number of a weight": (_custom(_by_item), (6,)),
    "a list of a weight": (_custom(_by_list), (6,)),
    "an array of a weight": (_custom(_by_numpy), (6,)),
    "weights compared": (_custom(_by_comparing), (6,)),
    "weights counted": (_custom(_by_counting), (6,)),
    "samples looked at": (_custom(_by_samples), (6,)),
    "chance": (_custom(lambda m, x: m.last(functional.dropout(m.first(x), 0.5, True))), (6,)),
    "attention": (
        lambda: nn.Sequential(
            nn.TransformerEncoderLayer(3, 1, 4, batch_first=True), nn.Flatten(), nn.Linear(6, 3)
        ),
        (2, 3),
    ),
}
