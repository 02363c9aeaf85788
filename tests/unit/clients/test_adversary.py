"""One adversary among honest clients: what it sees, and when it acts."""

from collections.abc import Sequence

import pytest
import torch
from torch import nn

from fedjury.clients.adversary import Accepts, Adversary
from fedjury.clients.attacks.base import Attack, AttackContext
from fedjury.clients.attacks.registry import find_attack
from fedjury.clients.local_state import StatesInMemory
from fedjury.clients.local_trainer import LocalTrainer
from fedjury.clients.training import mean_loss
from fedjury.data.dataset import join
from fedjury.data.split import partition
from fedjury.models import mlp
from fedjury.protocol.tensors import Tensors, content_hash, encode
from fedjury.task.state import weights_of
from tests.support import personal
from tests.support.adversary import CLASSES, CURRENT, MODEL, TRAINING, shard
from tests.support.sentences import WORDS, next_word, sentences

SHARDS = [shard(index) for index in range(5)]
SEEDS = [11, 12, 13, 14, 15]
MEMBERS = {1: [3, 1], 2: [], 3: [0], 4: [0, 1, 2, 3, 4]}


class Watched:
    """An attack that keeps its contexts and submits honest training with a mark on it."""

    def __init__(self) -> None:
        self.contexts: list[AttackContext] = []

    def __call__(self, context: AttackContext) -> list[Tensors]:
        self.contexts.append(context)
        return [
            {name: tensor + each.index + 1 for name, tensor in each.train(each.shard).items()}
            for each in context.colluders
        ]


def _adversary(attack: Attack, accepts: Accepts | None = None) -> Adversary:
    return Adversary(
        attack, CLASSES, lambda number: MEMBERS[number], SHARDS, MODEL, TRAINING, SEEDS, accepts
    )


def _honest(index: int, round_number: int) -> Tensors:
    return LocalTrainer(MODEL, SHARDS[index], TRAINING, SEEDS[index])(round_number, CURRENT)


def _play(adversary: Adversary, number: int) -> dict[int, Tensors]:
    """One round: the honest first, then the controlled."""
    order = sorted(range(5), key=lambda index: index in MEMBERS[number])
    return {index: adversary.trainer(index)(number, CURRENT) for index in order}


def _same(first: Sequence[Tensors], second: Sequence[Tensors]) -> bool:
    return list(map(content_hash, first)) == list(map(content_hash, second))


def test_honest_clients_train_as_without_an_adversary() -> None:
    found = _play(_adversary(Watched()), 1)
    for index in (0, 2, 4):
        assert encode(found[index]) == encode(_honest(index, 1))


def test_controlled_clients_submit_what_the_attack_says_each_its_own() -> None:
    found = _play(_adversary(Watched()), 1)
    for index in (1, 3):
        wanted = {name: tensor + index + 1 for name, tensor in _honest(index, 1).items()}
        assert encode(found[index]) == encode(wanted)


def test_the_attack_is_computed_once_a_round_and_sees_that_rounds_honest_updates() -> None:
    attack = Watched()
    adversary = _adversary(attack)
    _play(adversary, 1)
    (seen,) = attack.contexts
    assert _same(seen.honest, [_honest(index, 1) for index in (0, 2, 4)])
    assert seen.earlier == []
    assert (seen.round_number, seen.classes, seen.accepts) == (1, CLASSES, None)
    assert encode(seen.current) == encode(CURRENT)
    assert [each.index for each in seen.colluders] == [1, 3]
    assert [each.shard for each in seen.colluders] == [SHARDS[1], SHARDS[3]]
    assert len({each.seed for each in seen.colluders}) == 2


def test_it_remembers_the_round_before_and_no_more() -> None:
    attack = Watched()
    adversary = _adversary(attack)
    for number in (1, 2, 3, 4):
        _play(adversary, number)
    _, third, fourth = attack.contexts
    assert _same(third.earlier, [_honest(index, 2) for index in range(5)])
    assert _same(fourth.earlier, [_honest(index, 3) for index in (1, 2, 3, 4)])
    assert fourth.honest == []
    assert sorted(adversary._rounds) == [3, 4]


def test_a_rounds_seeds_differ_from_the_next() -> None:
    attack = Watched()
    adversary = _adversary(attack)
    for number in (1, 3, 4):
        _play(adversary, number)
    seeds = [each.seed for seen in attack.contexts for each in seen.colluders]
    assert len(set(seeds)) == len(seeds)


def test_a_client_that_asks_twice_gets_the_same() -> None:
    adversary = _adversary(Watched())
    found = _play(adversary, 1)
    for index in range(5):
        assert encode(adversary.trainer(index)(1, CURRENT)) == encode(found[index])


def test_it_sees_what_was_trained_before_it_in_order_of_index() -> None:
    attack = Watched()
    adversary = _adversary(attack)
    for index in (4, 2, 3):
        adversary.trainer(index)(1, CURRENT)
    assert _same(attack.contexts[0].honest, [_honest(2, 1), _honest(4, 1)])


def test_the_injected_rule_is_asked_with_model_and_round() -> None:
    asked: list[tuple[bytes, int, int]] = []

    def accepts(current: Tensors, updates: Sequence[Tensors], number: int) -> list[bool]:
        asked.append((content_hash(current), len(updates), number))
        return [True] * len(updates)

    _play(_adversary(find_attack("adaptive", {"direction": "away"}), accepts), 1)
    assert asked == [(content_hash(CURRENT), 5, 1)]


def test_its_loss_is_measured_on_the_controlled_clients_samples() -> None:
    attack = Watched()
    _play(_adversary(attack), 1)
    loss = attack.contexts[0].loss
    assert loss is not None
    model = mlp(6, 5, CLASSES)
    model.load_state_dict(CURRENT)
    x = torch.cat([SHARDS[1].x, SHARDS[3].x])
    y = torch.cat([SHARDS[1].y, SHARDS[3].y])
    with torch.no_grad():
        wanted = float(nn.functional.cross_entropy(model(x), y))
    assert loss(CURRENT) == pytest.approx(wanted)


def test_its_loss_on_sequences_is_of_the_labels_that_count() -> None:
    attack, model = Watched(), next_word()
    shards, start = partition(sentences().train, 5, 1), weights_of(model)
    adversary = Adversary(
        attack, WORDS, lambda number: MEMBERS[number], shards, model, TRAINING, SEEDS
    )
    adversary.trainer(1)(1, start)
    loss = attack.contexts[0].loss
    assert loss is not None
    known = join([shards[1], shards[3]])
    assert loss(start) == pytest.approx(mean_loss(model, start, known))


def test_every_client_needs_shard_and_seed() -> None:
    with pytest.raises(ValueError, match="zip"):
        Adversary(Watched(), CLASSES, lambda number: [], SHARDS, MODEL, TRAINING, SEEDS[:4])


@pytest.mark.parametrize("name", ["static-label", "min-max", "copy", "replay"])
def test_the_same_run_gives_the_same_bytes(name: str) -> None:
    runs: list[list[dict[int, Tensors]]] = []
    for _ in range(2):
        adversary = _adversary(find_attack(name))
        torch.manual_seed(len(runs))  # whatever else the process draws
        runs.append([_play(adversary, number) for number in (1, 2, 3)])
    for first, second in zip(*runs, strict=True):
        assert _same(list(first.values()), list(second.values()))


def test_controlled_clients_attack_from_their_local_state_and_keep_nothing_of_the_attack() -> None:
    model, shards = personal.personal(), [personal.shard(seed) for seed in (1, 2)]
    current = weights_of(model, personal.FEDERATED)
    states = [StatesInMemory(personal.LOCAL) for _ in shards]
    members: dict[int, list[int]] = {1: [], 2: [0], 3: []}
    attack = find_attack("sign-flip", {"scale": 1.0})
    adversary = Adversary(
        attack, 3, members.__getitem__, shards, model, personal.TRAINING, [1, 2], states=states
    )
    alone = StatesInMemory(personal.LOCAL)
    honest = LocalTrainer(model, shards[0], personal.TRAINING, 1, alone)
    trainer = adversary.trainer(0)
    assert encode(trainer(1, current)) == encode(honest(1, current))
    trained = honest.train_on(shards[0], 2, current)
    flipped = {name: 2 * current[name] - trained[name] for name in current}
    found = trainer(2, current)
    for name, tensor in flipped.items():
        assert torch.allclose(found[name], tensor, atol=1e-6)
    assert encode(states[0].before(3)) == encode(alone.before(2))
    assert encode(trainer(3, current)) == encode(honest(3, current))
