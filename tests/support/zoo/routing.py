"""Models that send each sample another way."""

import torch
from torch import nn

from tests.support.zoo.data import CLASSES, FEATURES

_EXPERTS = 4


class Routed(nn.Module):
    """Experts, of which a gate chooses for each sample (Shazeer et al. 2017)."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = nn.Linear(FEATURES, _EXPERTS)
        self.experts = nn.ModuleList(nn.Linear(FEATURES, CLASSES) for _ in range(_EXPERTS))


class _ByArgmax(Routed):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        gates = self.gate(x).softmax(1)
        chosen = gates.argmax(1)
        logits = x.new_zeros(len(x), CLASSES)
        for number, expert in enumerate(self.experts):
            mine = chosen == number
            logits[mine] = expert(x[mine]) * gates[mine, number].unsqueeze(1)
        return logits


class _ByTopk(Routed):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        values, places = self.gate(x).topk(2, dim=1)
        each = torch.stack([expert(x) for expert in self.experts], 1)
        chosen = each.gather(1, places.unsqueeze(2).expand(-1, -1, CLASSES))
        logits: torch.Tensor = (chosen * values.softmax(1).unsqueeze(2)).sum(1)
        return logits


def routing_by_argmax() -> nn.Module:
    """One expert a sample; each sees only its own samples, of which there may be none."""
    return _ByArgmax()


def routing_by_topk() -> nn.Module:
    """The two best experts of each sample."""
    return _ByTopk()
