"""Attacks that hide among the honest updates: one crafted vector, submitted by every colluder.

The papers speak of gradients. Here they are the changes r − w of the weights, so signs turn: to
do harm is to go from the honest mean back towards w and beyond.
"""

from collections.abc import Callable
from statistics import NormalDist

import torch

from fedjury.checks.numbers import check_choice, check_number
from fedjury.clients.attacks.base import Attack, AttackContext
from fedjury.clients.attacks.vectors import flatten, honest_rows, submit_all
from fedjury.protocol.tensors import Tensors

# (w, honest updates as rows) to the vector that is submitted
_Craft = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

DEVIATIONS = ("unit", "std", "sign")
# Where the formula has no answer (the adversary is the majority) three deviations are plenty.
_MOST_HIDDEN = 0.9987


def _craft(craft: _Craft) -> Attack:
    def attack(context: AttackContext) -> list[Tensors]:
        vector = craft(flatten(context.current), honest_rows(context))
        return submit_all(vector, context)

    return attack


def alie(z: float | None = None) -> Attack:
    """A little is enough: mean − z·std of the honest updates, in each weight.

    Baruch et al. 2019 ("preventing convergence"): z is the largest deviation that still has
    enough honest updates farther out to look ordinary to a majority.

    Args:
        z: in standard deviations; None is the paper's, from the numbers of clients.
    """
    if z is not None:
        check_number("z", z)

    def attack(context: AttackContext) -> list[Tensors]:
        rows, colluders = honest_rows(context), len(context.colluders)
        deviations = z
        if deviations is None:
            deviations = hidden_deviations(len(context.honest) + colluders, colluders)
        vector = rows.mean(dim=0) - deviations * rows.std(dim=0, correction=0)
        return submit_all(vector, context)

    return attack


def hidden_deviations(clients: int, colluders: int) -> float:
    """The z of ALIE: Φ⁻¹((n − m − s) / (n − m)) with s = ⌊n/2 + 1⌋ − m.

    Baruch et al. 2019. At least 0, so that a weak adversary does not
    help; at most 3, where the adversary has the majority and the formula no value.

    Args:
        clients: n, the adversary's included.
        colluders: m.
    """
    honest = clients - colluders
    supporters = clients // 2 + 1 - colluders
    share = (honest - supporters) / honest if honest else 1.0
    return NormalDist().inv_cdf(min(max(share, 0.5), _MOST_HIDDEN))


def ipm(epsilon: float = 0.5) -> Attack:
    """Inner product manipulation: w − ε·(mean of the honest updates − w).

    Xie et al. 2019 ("Fall of Empires"): the submitted change has a negative inner
    product with the honest mean's. A small ε slips past distance-based rules, one above the ratio
    of honest to colluding clients turns the plain mean around.

    Args:
        epsilon: ε.
    """
    check_number("epsilon", epsilon, 0)
    return _craft(lambda current, rows: current - epsilon * (rows.mean(dim=0) - current))


def min_max(deviation: str = "std") -> Attack:
    """As far from the honest mean as leaves the largest distance to an honest update no larger
    than the largest between two honest ones.

    Shejwalkar and Houmansadr 2021 (Min-Max). The paper bisects γ;
    the distances are quadratic in γ, so it is calculated.

    Args:
        deviation: the direction: `unit`, back along the honest mean's change; `std`, the honest
            updates' standard deviation; `sign`, the sign of the honest mean's change.
    """
    check_choice("deviation", deviation, DEVIATIONS)

    def craft(current: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        limit = _distances(rows).max()
        mean, direction = rows.mean(dim=0), _direction(deviation, current, rows)
        apart = mean - rows
        constant = (apart * apart).sum(dim=1) - limit
        steps = _largest_root(direction @ direction, apart @ direction, constant)
        return mean + steps.min() * direction

    return _craft(craft)


def min_sum(deviation: str = "std") -> Attack:
    """As far from the honest mean as leaves the sum of squared distances to the honest updates no
    larger than the largest such sum of an honest one.

    Shejwalkar and Houmansadr 2021 (Min-Sum); γ is calculated.

    Args:
        deviation: as for `min_max`.
    """
    check_choice("deviation", deviation, DEVIATIONS)

    def craft(current: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        limit = _distances(rows).sum(dim=1).max()
        mean, direction = rows.mean(dim=0), _direction(deviation, current, rows)
        apart = mean - rows
        step = _largest_root(
            len(rows) * (direction @ direction),
            (apart @ direction).sum(),
            (apart * apart).sum() - limit,
        )
        return mean + step * direction

    return _craft(craft)


def _distances(rows: torch.Tensor) -> torch.Tensor:
    """Squared distances between all honest updates, shape (n, n)."""
    return torch.stack([((rows - row) ** 2).sum(dim=1) for row in rows])


def _direction(deviation: str, current: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """The perturbation vectors of Shejwalkar and Houmansadr 2021."""
    change = rows.mean(dim=0) - current
    if deviation == "unit":
        return torch.nn.functional.normalize(-change, dim=0)
    if deviation == "std":
        return -rows.std(dim=0, correction=0)
    return -change.sign()


def _largest_root(a: torch.Tensor, b: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
    """The larger root of a·x² + 2·b·x + c with c ≤ 0; 0 where a is 0 (nowhere to go)."""
    if not a:
        return torch.zeros_like(c)
    return ((-b + (b * b - a * c).clamp_min(0).sqrt()) / a).clamp_min(0)
