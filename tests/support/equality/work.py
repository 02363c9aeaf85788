"""Everything that is evaluated under every switch."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.support.equality.case import Case
from tests.support.equality.constructions import constructions
from tests.support.equality.kinds import KINDS
from tests.support.equality.results import Found
from tests.support.equality.rounds import Round, all_rounds
from tests.support.equality.search import searched
from tests.support.equality.updates import updates_of

# By what was asked ("float32", "float64", "definition", "evaluator", "judgements"), then by the
# name of the case, or of the round and the rule.
Results = dict[str, dict[str, Found]]


@dataclass(frozen=True)
class Work:
    """What a process has to evaluate.

    Attributes:
        cases: by themselves.
        rounds: to judge.
    """

    cases: Sequence[Case]
    rounds: Sequence[Round]

    def digests(self) -> dict[str, str]:
        """sha256 of what is evaluated, which has to be the same on every machine."""
        rounds = {
            f"round {each.name}": hashlib.sha256(
                b"".join(bytes.fromhex(case.digest()) for case in each.cases())
            ).hexdigest()
            for each in self.rounds
        }
        return {case.name: case.digest() for case in self.cases} | rounds


def all_work() -> Work:
    """Make it."""
    return Work(list(_cases()), list(all_rounds()))


def _cases() -> Iterator[Case]:
    for kind in KINDS:
        samples = kind.draw("jury", kind.samples)
        for name, weights in updates_of(kind):
            yield Case(f"{kind.name}/{name}", kind.model, samples, weights)
    yield from searched()
    yield from constructions()
