"""Made-up updates, for the tests of rules and aggregates."""

import numpy as np
import torch

from fedjury.protocol.tensors import Tensors


def weight(*values: float) -> Tensors:
    """Weights of one small tensor."""
    return {"w": torch.tensor(values)}


def random_updates(count: int, seed: int = 1) -> list[Tensors]:
    """Updates of three tensors, all different."""
    generator = torch.Generator().manual_seed(seed)
    shapes = {"b": (3,), "a": (5, 7), "c": (1, 2, 2)}
    return [
        {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}
        for _ in range(count)
    ]


def stacked(updates: list[Tensors], name: str) -> np.ndarray:
    """One tensor of all updates, float64."""
    return np.stack([update[name].double().numpy() for update in updates])


def flat(updates: list[Tensors]) -> np.ndarray:
    """Updates as rows of one float64 matrix, coordinates in order of the tensors' names."""
    rows = [torch.cat([update[name].flatten() for name in sorted(update)]) for update in updates]
    return torch.stack(rows).double().numpy()
