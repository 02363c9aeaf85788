"""Attacks on the weights themselves, each client by itself."""

from fedjury.checks.numbers import check_number
from fedjury.clients.attacks.base import Attack, AttackContext
from fedjury.clients.attacks.labels import flip_labels
from fedjury.clients.attacks.vectors import flatten, gaussian, submit_each
from fedjury.protocol.tensors import Tensors


def sign_flip(scale: float = 4.0) -> Attack:
    """Train honestly and go the other way: w − scale·(trained − w).

    Li et al. 2019 (RSA, "sign-flipping attack": the honest message times a negative constant);
    Karimireddy et al. 2022 ("bit flipping", scale 1). Here on what training changed, w − r, which
    stands for the gradient.

    Args:
        scale: how far, in steps of honest training.
    """
    check_number("scale", scale, 0)

    def attack(context: AttackContext) -> list[Tensors]:
        current = flatten(context.current)
        trained = [flatten(each.train(each.shard)) for each in context.colluders]
        return submit_each([current - scale * (each - current) for each in trained], context)

    return attack


def gaussian_noise(std: float = 1.0) -> Attack:
    """The global model plus noise, w + N(0, std²) in each weight, independent for each colluder.

    Blanchard et al. 2017, section 6 ("Gaussian" Byzantine workers draw their gradient from a
    Gaussian with a large variance). No training.

    Args:
        std: standard deviation of the noise. The weights of a small network are about 0.1.
    """
    check_number("std", std, 0)

    def attack(context: AttackContext) -> list[Tensors]:
        current = flatten(context.current)
        noisy = [current + std * gaussian(current, each.seed) for each in context.colluders]
        return submit_each(noisy, context)

    return attack


def scaling(factor: float | None = None) -> Attack:
    """Model replacement: w + factor·(X − w), so that the mean of the round becomes X.

    Bagdasaryan et al. 2020 ("model replacement"), where X is the model that the adversary
    wants; here each colluder's X is trained on labels y → C − 1 − y. With n updates of which m
    are the adversary's, a factor of n/m makes the plain mean the colluders' mean X, if the others
    no longer move.

    Args:
        factor: how much to enlarge; None is n/m, counting the honest updates seen.
    """
    if factor is not None:
        check_number("factor", factor, 0)

    def attack(context: AttackContext) -> list[Tensors]:
        current, colluders = flatten(context.current), context.colluders
        total = len(context.honest) + len(colluders)
        enlarged = total / len(colluders) if factor is None else factor
        wanted = [
            flatten(each.train(flip_labels(each.shard, context.classes))) for each in colluders
        ]
        return submit_each([current + enlarged * (x - current) for x in wanted], context)

    return attack
