"""Attacks on the weights, each client by itself, and free riders."""

import pytest
import torch

from fedjury.clients.attacks.registry import find_attack
from fedjury.clients.attacks.vectors import flatten
from fedjury.data import Samples
from fedjury.protocol.tensors import content_hash
from tests.support.adversary import CURRENT, W, close, context, honest, rows


@pytest.mark.parametrize("scale", [1.0, 4, 0])
def test_sign_flip_goes_the_other_way(scale: float) -> None:
    given = context(2)
    for found, colluder in zip(
        rows(find_attack("sign-flip", {"scale": scale})(given)), given.colluders, strict=True
    ):
        trained = flatten(colluder.train(colluder.shard))
        assert close(found - W, -scale * (trained - W))


def test_gaussian_noise_is_around_w_with_its_standard_deviation() -> None:
    noise = rows(find_attack("gaussian-noise", {"std": 0.5})(context(60))) - W
    assert float(noise.std()) == pytest.approx(0.5, rel=0.05)
    assert abs(float(noise.mean())) < 0.03


def test_scaling_makes_the_mean_the_models_that_the_adversary_wants() -> None:
    stale = [CURRENT] * 7
    given = context(3, stale)
    wanted = rows(find_attack("label-flip")(given)).mean(dim=0)
    everybody = rows([*stale, *find_attack("scaling")(given)])
    assert close(everybody.mean(dim=0), wanted)
    assert not close(wanted, W)


def test_the_factor_of_scaling_can_be_chosen() -> None:
    given = context(2, honest(8))
    flipped = rows(find_attack("label-flip")(given))
    found = rows(find_attack("scaling", {"factor": 2})(given))
    assert close(found - W, 2 * (flipped - W))


def test_free_riders_return_the_global_model() -> None:
    for update in find_attack("free-rider")(context(2)):
        assert content_hash(update) == content_hash(CURRENT)


@pytest.mark.parametrize("name", ["free-rider", "copy", "replay"])
def test_noise_has_its_standard_deviation_and_evades_the_duplicate_verdict(name: str) -> None:
    given = context(60, honest(1), honest(1, seed=8))
    plain, noisy = (find_attack(name, {"noise": noise})(given) for noise in (0.0, 0.1))
    noise = rows(noisy) - rows(plain)
    assert float(noise.std()) == pytest.approx(0.1, rel=0.05)
    assert len(set(map(content_hash, noisy))) == 60
    assert len(set(map(content_hash, plain))) == 1


def test_copies_are_exact_and_of_this_round() -> None:
    updates = honest(2)
    found = find_attack("copy")(context(3, updates, honest(2, seed=8)))
    wanted = [content_hash(updates[number]) for number in (0, 1, 0)]
    assert list(map(content_hash, found)) == wanted


def test_replays_are_exact_and_of_the_round_before() -> None:
    earlier = honest(4, seed=8)
    found = find_attack("replay")(context(3, honest(4), earlier))
    assert list(map(content_hash, found)) == list(map(content_hash, earlier[:3]))


def test_in_the_first_round_there_is_nothing_to_replay_but_w() -> None:
    found = find_attack("replay")(context(2, honest(4)))
    assert {content_hash(update) for update in found} == {content_hash(CURRENT)}


def test_own_training_is_not_needed_for_what_takes_from_others() -> None:
    trained: list[Samples] = []
    for name in ("copy", "replay", "free-rider", "gaussian-noise", "alie", "ipm", "min-max"):
        find_attack(name)(context(3, honest(4), honest(4), trained=trained))
    assert trained == []
    assert torch.equal(W, flatten(CURRENT))
