"""Every switch that changes kernels, and the same results under all of them, on any machine.

Each switch is thrown in a process of its own, in which a plain forward pass and the evaluator look
at the same weights. The plain pass has to say something else than without the switch; the evaluator
has to say what `expected.json` says, which is the same file for all machines.

Where a change of the definition is meant, the file is written anew by

    python -m tests.support.equality.expected
"""

from collections.abc import Mapping

import pytest

from tests.support.equality.constructions import CONSTRUCTIONS, constructions
from tests.support.equality.expected import load_expected
from tests.support.equality.kinds import KINDS, Kind
from tests.support.equality.machine import this_machine
from tests.support.equality.results import differing
from tests.support.equality.runs import run_all
from tests.support.equality.switches import KERNEL_SWITCHES, SWITCHES, Switch
from tests.support.equality.work import Results, Work, all_work

EXPECTED = load_expected()
THROWN = [switch for switch in SWITCHES if not switch.obstacle(this_machine())]
EACH_SWITCH = pytest.mark.parametrize("switch", SWITCHES, ids=lambda switch: switch.name)

Found = Mapping[str, Results]


@pytest.fixture(scope="module")
def work() -> Work:
    """What is evaluated."""
    return all_work()


@pytest.fixture(scope="module")
def found(work: Work, tmp_path_factory: pytest.TempPathFactory) -> Found:
    """What is found under each switch that can be thrown here."""
    return run_all(THROWN, work, tmp_path_factory.mktemp("equality"))


def need(switch: Switch) -> None:
    """Skip a test of a switch that can change nothing on this machine."""
    if why := switch.obstacle(this_machine()):
        pytest.skip(why)


def test_weights_and_samples_are_the_same_bytes_on_every_machine(work: Work) -> None:
    assert work.digests() == EXPECTED.work


@pytest.mark.parametrize("switch", KERNEL_SWITCHES, ids=lambda switch: switch.name)
def test_a_switch_changes_plain_results(switch: Switch, found: Found) -> None:
    need(switch)
    plain, other = found[switch.name], found[switch.against]
    changed = [
        f"{name} in {dtype}"
        for dtype in ("float32", "float64")
        for name in differing(plain[dtype], other[dtype], "logits")
    ]
    if not changed and switch.maybe:
        pytest.skip("the library computes the same under this switch on this machine")
    assert changed


@EACH_SWITCH
@pytest.mark.parametrize("what", ["definition", "evaluator", "judgements"])
def test_a_switch_changes_nothing_that_jurors_find(switch: Switch, what: str, found: Found) -> None:
    need(switch)
    said, expected = found[switch.name][what], EXPECTED.results[what]
    assert {name: said[name] for name in said if said[name] != expected.get(name)} == {}
    assert said.keys() == expected.keys()


@pytest.mark.parametrize("construction", CONSTRUCTIONS)
def test_a_construction_parts_whoever_computes_plainly(construction: str, found: Found) -> None:
    dtype = "float64" if construction == "tie zone" else "float32"
    what = "losses" if construction == "losses of zero" else "each"
    variants = [
        name for name in EXPECTED.results["evaluator"] if name.startswith(f"{construction}/")
    ]
    said = [
        {str(results[dtype][variant][what]) for results in found.values()} for variant in variants
    ]
    assert max(map(len, said)) > 1


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_denormal_weights_are_zero(kind: Kind) -> None:
    said = EXPECTED.results["evaluator"]
    assert said[f"{kind.name}/denormal"] == said[f"{kind.name}/zero"]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.units], ids=lambda kind: kind.name)
def test_classes_that_are_equal_but_summed_in_another_order_tie(kind: Kind) -> None:
    labels = kind.draw("jury", kind.samples).y
    said = EXPECTED.results["evaluator"][f"{kind.name}/permuted"]
    assert said["correct"] == int((labels == 0).sum())


@pytest.mark.parametrize("width", [128, 512, 2048])
@pytest.mark.parametrize("variant", ["lost", "gained", "tiled"])
def test_small_terms_between_large_ones_are_not_lost(width: int, variant: str) -> None:
    case = f"cancellation {width}/{variant}"
    (samples,) = [len(each.samples) for each in constructions() if each.name == case]
    correct = EXPECTED.results["evaluator"][case]["correct"]
    assert isinstance(correct, int)
    assert 0.85 < correct / samples < 0.95
