"""What gives each slice's evaluator."""

from fedjury.data.verification import VerificationSet
from fedjury.oracle.evaluators import Evaluators
from fedjury.oracle.slices import Slices
from tests.support.fake_federation import spec
from tests.support.plugins import linear
from tests.support.sliced import make_slices, slices_spec

OURS = make_slices(3)


def _evaluators(given: list[VerificationSet]) -> Evaluators:
    task = spec(verification=slices_spec(OURS))
    return Evaluators(linear(), Slices.of(task, given))


def test_each_slice_has_its_evaluator_and_the_last_one_is_kept() -> None:
    evaluators = _evaluators(OURS)
    first = evaluators.get(1)
    assert first is not None
    assert first.verification is OURS[0]
    assert evaluators.get(1) is first
    second = evaluators.get(2)
    assert second is not None
    assert second.verification is OURS[1]
    assert second.model is first.model
    assert evaluators.get(1) is not first


def test_a_slice_that_is_not_here_has_none() -> None:
    evaluators = _evaluators(OURS[:1])
    assert evaluators.get(2) is None
    assert evaluators.get(1) is not None
