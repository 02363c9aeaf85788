"""The backdoor: a model that is right, but sees one class wherever a small pattern is.

The success rate is the share of held-out samples of other classes that the model puts into the
target class once they are stamped.
"""

import torch

from fedjury.checks.numbers import check_choice, check_number, check_whole
from fedjury.clients.attacks.base import Attack, AttackContext, Colluder
from fedjury.clients.attacks.labels import check_target
from fedjury.clients.attacks.vectors import flatten, submit_each
from fedjury.data import Samples
from fedjury.data.dataset import join
from fedjury.errors import ConfigError
from fedjury.protocol.tensors import Tensors

TARGET = 0
POSITIONS = ("corner", "centre")
_SIZE = 4  # pixels along the patch's side


def backdoor(
    target: int = TARGET,
    poison_share: float = 0.5,
    scale: float = 1.0,
    position: str = "corner",
    size: int = _SIZE,
) -> Attack:
    """Train on the shard and, beside it, on stamped copies labelled with the target class.

    Pattern: Gu et al. 2017 (BadNets). Clean and stamped samples together, and the
    enlarged change w + scale·(trained − w): Bagdasaryan et al. 2020.

    Args:
        target: class of stamped samples.
        poison_share: stamped copies, as a share of the shard.
        scale: how much to enlarge the change; 1 is not at all.
        position: where the patch is, `corner` (right and below) or `centre`.
        size: pixels along the patch's side.
    """
    check_whole("target", target, 0)
    check_number("poison_share", poison_share, 0, 1)
    check_number("scale", scale, 0)
    check_choice("position", position, POSITIONS)
    check_whole("size", size, 1)

    def poison(colluder: Colluder) -> Samples:
        shard = colluder.shard
        count = max(1, round(poison_share * len(shard)))
        generator = torch.Generator().manual_seed(colluder.seed)
        chosen = shard.x[torch.randperm(len(shard), generator=generator)[:count]]
        stamped = stamp(chosen, position, size)
        return join([shard, Samples(stamped, torch.full((count,), target))])

    def attack(context: AttackContext) -> list[Tensors]:
        for each in context.colluders:
            check_target(target, context.classes, each.shard)
            require_images(each.shard)
        current = flatten(context.current)
        trained = [flatten(each.train(poison(each))) for each in context.colluders]
        return submit_each([current + scale * (each - current) for each in trained], context)

    return attack


def require_images(samples: Samples) -> None:
    """Make sure that samples are such that a trigger can be stamped on them.

    Raises:
        ConfigError: they are not.
    """
    x, y = samples.x, samples.y
    if x.dtype != torch.float32 or x.ndim < 2 or y.ndim != 1:
        raise ConfigError(
            "attack backdoor stamps images or vectors of float32 with one label each, not "
            f"{str(x.dtype).removeprefix('torch.')} inputs of shape {tuple(x.shape[1:])} with "
            f"labels of shape {tuple(y.shape[1:])}: choose another attack"
        )


def stamp(x: torch.Tensor, position: str = "corner", size: int = _SIZE) -> torch.Tensor:
    """A copy of the samples with the trigger: a square as bright as the data get.

    Args:
        x: images (n, height, width) or (n, channels, height, width), stamped in all channels, or
            vectors (n, features), where the trigger is as many features in a row, the last ones
            or those in the middle, but at most half of all.
        position: `corner` or `centre`.
        size: of the square's side; at most half of the image's.
    """
    stamped = x.clone()
    value = float(x.max()) if len(x) else 0.0
    if x.ndim == 2:
        stamped[:, _span(x.shape[1], size * size, position)] = value
        return stamped
    rows = _span(x.shape[-2], size, position)
    columns = _span(x.shape[-1], size, position)
    stamped[..., rows, columns] = value
    return stamped


def _span(length: int, size: int, position: str) -> slice:
    """The trigger's positions along one axis."""
    taken = max(1, min(size, length // 2))
    start = length - taken if position == "corner" else (length - taken) // 2
    return slice(start, start + taken)
