"""Clients that want the model without working for it."""

from collections.abc import Sequence

from fedjury.checks.numbers import check_number
from fedjury.clients.attacks.base import Attack, AttackContext, honest_updates
from fedjury.clients.attacks.vectors import flatten, gaussian, submit_each
from fedjury.protocol.tensors import Tensors


def free_rider(noise: float = 0.0) -> Attack:
    """Returns the global model w, or w plus noise.

    Lin et al. 2019, with noise to look like work; the plain one returns w itself.

    Args:
        noise: standard deviation in each weight. With 0 all colluders return the same.
    """
    check_number("noise", noise, 0)
    return lambda context: _resubmit([context.current], noise, context)


def copy(noise: float = 0.0) -> Attack:
    """Resubmits honest updates of this round: the k-th colluder that of the k-th honest client.

    What the jury's duplicate verdict is for (docs/protocol/report.md); noise evades it.

    Args:
        noise: standard deviation in each weight.
    """
    check_number("noise", noise, 0)
    return lambda context: _resubmit(honest_updates(context), noise, context)


def replay(noise: float = 0.0) -> Attack:
    """Resubmits honest updates of the round before, in the first round the global model.

    A replay as in security protocols: it was right once.

    Args:
        noise: standard deviation in each weight.
    """
    check_number("noise", noise, 0)
    return lambda context: _resubmit(context.earlier or [context.current], noise, context)


def _resubmit(sources: Sequence[Tensors], noise: float, context: AttackContext) -> list[Tensors]:
    """The k-th colluder submits the k-th source, starting over where there are too few."""
    vectors = []
    for number, colluder in enumerate(context.colluders):
        source = flatten(sources[number % len(sources)])
        vectors.append(source + noise * gaussian(source, colluder.seed) if noise else source)
    return submit_each(vectors, context)
