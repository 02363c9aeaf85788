"""Running a scenario without chain and store: the code of clients and jury in one process."""

import time
from collections.abc import Iterator, Sequence

from fedjury.oracle.judging import Candidate, Terms, judge
from fedjury.protocol.digest import Digest
from fedjury.protocol.tensors import Tensors, shapes_of
from fedjury.protocol.update_file import encode_update
from fedjury.protocol.update_tag import UpdateTag, task_name
from fedjury.simulation.evaluators import evaluators
from fedjury.simulation.outcome import RoundOutcome
from fedjury.simulation.prepared import PreparedScenario

_TASK = task_name(0, f"0x{0:040x}")  # no chain has this number


def run_in_process(prepared: PreparedScenario) -> Iterator[RoundOutcome]:
    """Run a scenario round by round.

    Args:
        prepared: the scenario.

    Yields:
        Each round when it is over.
    """
    task = prepared.task
    evaluator_for = evaluators(prepared)
    terms = Terms.of(task.spec, shapes_of(task.genesis))
    current, digest = task.genesis, Digest.of(task.files.genesis)
    for number in range(1, prepared.scenario.rounds + 1):
        began = time.monotonic()
        order = prepared.order(number)
        updates = [prepared.trainers[index](number, current) for index in order]
        trained = time.monotonic()
        candidates = _candidates(number, order, updates)
        judgement = judge(current, candidates, terms, evaluator_for(number))
        digest = judgement.model_digest(digest)
        yield RoundOutcome(
            number=number,
            current=current,
            model=judgement.model,
            digest=digest,
            baseline_correct=judgement.baseline_correct,
            model_correct=judgement.model_correct,
            updates=dict(zip(order, updates, strict=True)),
            verdicts=dict(zip(order, judgement.verdicts, strict=True)),
            grounds=dict(zip(order, judgement.grounds, strict=True)),
            training_seconds=trained - began,
            judging_seconds=time.monotonic() - trained,
        )
        current = judgement.model


def _candidates(number: int, order: Sequence[int], updates: Sequence[Tensors]) -> list[Candidate]:
    """The updates as files, as clients submit them."""
    candidates = []
    for index, update in zip(order, updates, strict=True):
        tag = UpdateTag(_TASK, number, f"0x{index + 1:040x}")
        data = encode_update(update, tag)
        candidates.append(Candidate(tag, lambda data=data: data))  # type: ignore[misc]
    return candidates
