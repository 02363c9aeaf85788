"""Label-skewed shards: how many samples of each class each client holds.

Two schemes. `draw_counts` draws for each class the clients' shares from Dir(α), so that sizes
differ as well: Yurochkin et al., Bayesian Nonparametric Federated Learning of Neural Networks
(2019); Li et al., Federated Learning on Non-IID Data Silos (2022), "distribution-based label
imbalance". `draw_equal_counts` draws for each client its shares of the classes, and all clients
hold as many: Hsu, Qi, Brown, Measuring the Effects of Non-Identical Data Distribution (2019).
α → ∞ is IID; at α = 0.1 most clients hold a few classes only.
"""

import numpy as np
import numpy.typing as npt

FEWEST = 10
"""Samples that every client holds at least (as in Li et al.'s code)."""
_ATTEMPTS = 100
_SEEDS = 2**64
# A client whose own classes are all used up takes of the others what is left.
_NOTHING = 1e-12

Counts = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]


def draw_counts(sizes: Counts, clients: int, alpha: float, seed: int) -> Counts:
    """How many samples of each class each client gets.

    Drawn anew, from the same seed, until every client holds `FEWEST`. Where no attempt does,
    samples of the last go from the largest client's commonest class to the smallest client.

    Args:
        sizes: samples of each class, shape (classes,); at least `FEWEST` a client in sum.
        clients: how many.
        alpha: the concentration, above 0.
        seed: any integer; equal seeds give equal counts.

    Returns:
        Shape (classes, clients); each row sums to its class's size.
    """
    for attempt in range(_ATTEMPTS):
        counts = _draw(sizes, clients, alpha, np.random.default_rng([seed % _SEEDS, attempt]))
        if counts.sum(axis=0).min() >= FEWEST:
            break
    _fill(counts)
    return counts


def draw_equal_counts(sizes: Counts, clients: int, alpha: float, seed: int) -> Counts:
    """The same with shards of equal size, or one apart.

    One client after the other draws its samples class by class. Where a class is used up, its share
    goes to the classes that are left, in proportion; the last clients so take what there is.
    """
    random = np.random.default_rng([seed % _SEEDS])
    ends = np.linspace(0, sizes.sum(), clients + 1).astype(np.int64)
    left, counts = sizes.copy(), np.zeros((len(sizes), clients), dtype=np.int64)
    for client, size in enumerate(np.diff(ends)):
        shares = random.dirichlet(np.full(len(sizes), alpha))
        counts[:, client] = _take(left, shares, int(size), random)
        left -= counts[:, client]
    return counts


def _take(left: Counts, shares: Shares, size: int, random: np.random.Generator) -> Counts:
    """So many samples of what is left, by these shares of the classes."""
    taken = np.zeros_like(left)
    while (missing := size - int(taken.sum())) > 0:
        weights = np.where(left > taken, shares, 0.0)
        if weights.sum() <= _NOTHING:
            weights = (left - taken).astype(np.float64)
        drawn = random.multinomial(missing, weights / weights.sum())
        taken = np.minimum(taken + drawn, left)
    return taken


def _draw(sizes: Counts, clients: int, alpha: float, random: np.random.Generator) -> Counts:
    shares = random.dirichlet(np.full(clients, alpha), size=len(sizes))
    ends = np.rint(shares.cumsum(axis=1) * sizes[:, None]).astype(np.int64)
    ends[:, -1] = sizes
    return np.diff(ends, axis=1, prepend=0)


def _fill(counts: Counts) -> None:
    """Move samples one at a time, in place, until every client holds `FEWEST`."""
    held = counts.sum(axis=0)
    while held.min() < FEWEST:
        giver, taker = held.argmax(), held.argmin()
        label = counts[:, giver].argmax()
        for client, change in ((giver, -1), (taker, 1)):
            counts[label, client] += change
            held[client] += change
