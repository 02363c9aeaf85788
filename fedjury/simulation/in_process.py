"""Running a scenario without chain and store: the code of clients and jury in one process."""

import time
from collections.abc import Iterator

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
        acting, order = prepared.order(number), prepared.submitted(number)
        made = {index: prepared.trainers[index](number, current) for index in acting}
        trained = time.monotonic()
        updates = {index: made[index] for index in order}
        candidates = [_candidate(number, index, update) for index, update in updates.items()]
        judgement = judge(current, candidates, terms, evaluator_for(number))
        digest = judgement.model_digest(digest)
        yield RoundOutcome(
            number=number,
            current=current,
            model=judgement.model,
            digest=digest,
            baseline_correct=judgement.baseline_correct,
            model_correct=judgement.model_correct,
            updates=updates,
            verdicts=dict(zip(order, judgement.verdicts, strict=True)),
            grounds=dict(zip(order, judgement.grounds, strict=True)),
            training_seconds=trained - began,
            judging_seconds=time.monotonic() - trained,
        )
        current = judgement.model


def _candidate(number: int, index: int, update: Tensors) -> Candidate:
    """The update as a file, as the client of this index submits it."""
    tag = UpdateTag(_TASK, number, f"0x{index + 1:040x}")
    data = encode_update(update, tag)
    return Candidate(tag, lambda: data)
