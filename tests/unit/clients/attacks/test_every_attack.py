"""What holds for every attack, and finding them by name."""

import inspect
import re
from pathlib import Path

import pytest
import torch

from fedjury.clients.attacks.base import AttackContext
from fedjury.clients.attacks.registry import ATTACKS, find_attack
from fedjury.clients.attacks.vectors import flatten, unflatten
from fedjury.errors import ConfigError
from fedjury.protocol.tensors import check_shapes, content_hash, shapes_of
from tests.support.adversary import CURRENT, W, context, honest

NAMES = [
    "static-label",
    "random-labels",
    "label-flip",
    "sign-flip",
    "gaussian-noise",
    "scaling",
    "alie",
    "ipm",
    "min-max",
    "min-sum",
    "backdoor",
    "free-rider",
    "replay",
    "copy",
    "sybils",
    "adaptive",
]


def _full(colluders: int = 3) -> AttackContext:
    return context(colluders, honest(7), honest(7, seed=8), lambda updates: [True for _ in updates])


def test_every_attack_is_there() -> None:
    assert sorted(ATTACKS) == sorted(NAMES)
    assert all(kind.source for kind in ATTACKS.values())


@pytest.mark.parametrize("name", NAMES)
def test_every_colluder_gets_an_update_of_the_models_shape(name: str) -> None:
    updates = find_attack(name)(_full())
    assert len(updates) == 3
    for update in updates:
        check_shapes(update, shapes_of(CURRENT))
        assert all(bool(torch.isfinite(tensor).all()) for tensor in update.values())


@pytest.mark.parametrize("name", NAMES)
def test_the_same_context_gives_the_same_updates(name: str) -> None:
    first, second = (find_attack(name)(_full()) for _ in range(2))
    assert list(map(content_hash, first)) == list(map(content_hash, second))


@pytest.mark.parametrize("name", [name for name in NAMES if name != "free-rider"])
def test_colluders_submit_no_duplicates_of_each_other(name: str) -> None:
    assert len(set(map(content_hash, find_attack(name)(_full())))) == 3


@pytest.mark.parametrize("name", [name for name in NAMES if name != "adaptive"])
def test_a_lone_adversary_that_sees_nobody_still_submits(name: str) -> None:
    assert len(find_attack(name)(context(1))) == 1


@pytest.mark.parametrize("name", ["alie", "ipm", "min-max", "min-sum", "copy"])
def test_who_sees_no_honest_updates_takes_what_its_own_clients_would_submit(name: str) -> None:
    blind = context(3)
    seen = [each.train(each.shard) for each in blind.colluders]
    wanted = find_attack(name, {"z": 1} if name == "alie" else {})(context(3, seen))
    found = find_attack(name, {"z": 1} if name == "alie" else {})(blind)
    assert list(map(content_hash, found)) == list(map(content_hash, wanted))


def test_an_unknown_attack_is_a_config_error() -> None:
    with pytest.raises(ConfigError, match=r"'nice'.*static-label"):
        find_attack("nice")


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("alie", {"epsilon": 1}, "takes z, not 'epsilon'"),
        ("random-labels", {"x": 1}, "no parameters"),
        ("alie", {"z": "far"}, "z is a number"),
        ("alie", {"z": True}, "z is a number"),
        ("ipm", {"epsilon": -1}, "epsilon is a number from 0"),
        ("ipm", {"epsilon": float("inf")}, "epsilon is a number"),
        ("sign-flip", {"scale": None}, "scale is a number"),
        ("gaussian-noise", {"std": -0.1}, "std is a number"),
        ("scaling", {"factor": -1}, "factor is a number"),
        ("min-max", {"deviation": "far"}, "deviation is unit or std or sign"),
        ("min-sum", {"deviation": 1}, "deviation is unit"),
        ("backdoor", {"poison_share": 1.5}, "poison_share is a number from 0 to 1"),
        ("backdoor", {"position": "top"}, "position is corner or centre"),
        ("backdoor", {"target": -1}, "target is a whole number from 0"),
        ("backdoor", {"size": 0}, "size is a whole number from 1"),
        ("static-label", {"target": 1.0}, "target is a whole number"),
        ("free-rider", {"noise": -1}, "noise is a number"),
        ("copy", {"noise": "x"}, "noise is a number"),
        ("replay", {"noise": -1}, "noise is a number"),
        ("adaptive", {"direction": "up"}, "direction is strongest or away or label-flip"),
        ("adaptive", {"steps": 0}, "steps is a whole number from 1"),
        ("adaptive", {"reach": -1}, "reach is a number"),
    ],
)
def test_wrong_parameters_are_a_config_error(
    name: str, parameters: dict[str, object], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        find_attack(name, parameters)


@pytest.mark.parametrize("name", ["static-label", "backdoor"])
def test_a_target_that_is_no_class_is_a_config_error(name: str) -> None:
    with pytest.raises(ConfigError, match="target 4: the data's classes are 0 to 3"):
        find_attack(name, {"target": 4})(context())


def test_a_model_becomes_a_vector_and_back() -> None:
    assert W.dtype == torch.float64
    assert content_hash(unflatten(W, CURRENT)) == content_hash(CURRENT)
    moved = W.clone()
    moved[3] += 1
    assert torch.allclose(flatten(unflatten(moved, CURRENT)) - W, moved - W, atol=1e-6)


def test_what_float32_cannot_hold_is_cut_to_what_it_can() -> None:
    huge = torch.full_like(W, 1e300)
    huge[0], huge[1] = -1e300, float("nan")
    vector = flatten(unflatten(huge, CURRENT))
    assert bool(torch.isfinite(vector).all())
    assert vector[0] == -torch.finfo(torch.float32).max


def _documented() -> dict[str, dict[str, str]]:
    """Attacks in the table of docs/attacks.md, with the defaults of their parameters."""
    text = (Path(__file__).parents[4] / "docs" / "attacks.md").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| `")]
    return {row[0].strip("| `"): dict(re.findall(r"`(\w+)` ([\w.]+)", row[2])) for row in rows}


def test_the_table_names_every_attack_with_its_defaults() -> None:
    known = {
        name: {
            parameter.name: str(parameter.default).lower()
            for parameter in inspect.signature(kind.build).parameters.values()
        }
        for name, kind in ATTACKS.items()
    }
    assert _documented() == known
