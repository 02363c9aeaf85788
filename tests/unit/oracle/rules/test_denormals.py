"""A processor that takes denormal numbers for zero builds the same model from the same files."""

import pytest
import torch

from fedjury.oracle.rules.base import Rule
from fedjury.oracle.rules.multi_krum import MultiKrumRule
from fedjury.oracle.rules.registry import RULES, find_rule
from fedjury.oracle.rules.selection import SelectionRule
from fedjury.protocol.task_spec import RuleSpec
from fedjury.protocol.tensors import LEAST, Tensors, decode, encode
from tests.support.denormals import bits_of, flushing

EACH_RULE = pytest.mark.parametrize(
    "rule",
    [*(find_rule(RuleSpec(name=name)) for name in RULES), SelectionRule(cap=1.5)],
    ids=[*RULES, "clipped"],
)


def _tiny(seed: int) -> Tensors:
    """weights around the least, of either sign, many of them below it, and a few of full size."""
    generator = torch.Generator().manual_seed(seed)
    magnitudes = 2.0 ** torch.randint(-3, 4, (2000,), generator=generator)
    weights = torch.randn(2000, generator=generator) * magnitudes * LEAST
    weights[:100] = torch.randn(100, generator=generator)
    return {"w": weights}


FILES = [encode(_tiny(seed)) for seed in range(8)]


def _read(on: bool) -> tuple[Tensors, list[Tensors]]:
    with flushing(on):
        current, *updates = (decode(file)[0] for file in FILES)
    return current, updates


def test_the_switch_changes_plain_sums_of_such_weights() -> None:
    weights, total = torch.stack([_tiny(seed)["w"] for seed in range(8)]), []
    for on in (False, True):
        with flushing(on):
            total.append(weights.double().sum(dim=0))
    assert not torch.equal(total[0], total[1])


@EACH_RULE
@pytest.mark.parametrize("weight", [0.0, 0.3, 0.9])
def test_models_are_the_same_and_hold_no_denormals(rule: Rule, weight: float) -> None:
    files = set()
    for on in (False, True):
        current, updates = _read(on)
        with flushing(on):
            model = rule.aggregate(current, updates, weight)
        assert all(bits & 0x7F800000 or bits == 0 for bits in bits_of(model["w"]))
        files.add(encode(model))
    assert len(files) == 1
    assert 0 < int((model["w"] == 0).sum()) < 1900


def test_distances_choose_the_same() -> None:
    chosen = []
    for on in (False, True):
        current, updates = _read(on)
        for tensors in (current, *updates):
            tensors["w"][:100] = 0.0
        with flushing(on):
            chosen.append(MultiKrumRule(0.4).choose(current, updates))
    assert chosen[0] == chosen[1]
