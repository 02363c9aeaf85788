"""What can be held against a juror: two statements of one juror for one purpose that differ.

Anybody can check it, by the file alone and the task's chain id and address.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from fedjury.checks.json_values import canonical_json, parse_json
from fedjury.errors import DataError
from fedjury.oracle.exchange.docket import KINDS
from fedjury.protocol.statements.signed import RoundStatement, Signed, TaskDomain, signed_from

_FORMAT = "fedjury-evidence/1"
MOST_EVIDENCE_BYTES = 64 * 2**20
"""No larger file of evidence is read."""
_MOST = 100_000  # contradictions in a file
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


@dataclass(frozen=True)
class Contradiction:
    """Two statements that one juror must not both have signed.

    Attributes:
        one, other: both.
    """

    one: Signed[RoundStatement]
    other: Signed[RoundStatement]

    @property
    def sentence(self) -> str:
        """Who signed what twice."""
        said = self.one.statement
        what = said.kind if said.kind == "have" else f"{said.kind} in attempt {said.slot}"
        return (
            f"{self.one.signer} signed two different statements on round {said.key.round}: {what}"
        )

    def fault(self, domain: TaskDomain) -> str | None:
        """Why it proves nothing; None where it does prove what it says.

        Args:
            domain: of the task.
        """
        one, other = self.one, self.other
        if one.signer != other.signer:
            return "two jurors signed"
        if type(one.statement) is not type(other.statement):
            return "they are of different kinds"
        mine, theirs = one.statement, other.statement
        if (mine.key, mine.slot) != (theirs.key, theirs.slot):
            return "they are about different rounds or attempts"
        if mine.content == theirs.content:
            return "they say the same"
        if not (one.is_right(domain) and other.is_right(domain)):
            return "a signature is not the juror's, for this task"
        return None

    def to_document(self) -> list[dict[str, Any]]:
        """The values as JSON has them."""
        return [self.one.to_document(), self.other.to_document()]


def write_evidence(found: Iterable[Contradiction], domain: TaskDomain) -> bytes:
    """The file of some contradictions, canonical JSON."""
    return canonical_json(
        {
            "format": _FORMAT,
            "chain_id": domain.chain_id,
            "task": domain.task.lower(),
            "contradictions": [each.to_document() for each in found],
        }
    )


def read_evidence(data: bytes) -> tuple[TaskDomain, list[Contradiction]]:
    """What a file holds; whether that proves anything says `Contradiction.fault`.

    Returns:
        The domain that the file says it is of, and its contradictions.

    Raises:
        DataError: it is no file of evidence.
    """
    try:
        document = parse_json(data)
        if not isinstance(document, dict) or document.get("format") != _FORMAT:
            raise ValueError(f"its format is not {_FORMAT}")
        domain = _domain(document.get("chain_id"), document.get("task"))
        pairs = document.get("contradictions")
        if not isinstance(pairs, list) or len(pairs) > _MOST:
            raise ValueError("it has no list of contradictions")
        return domain, [_contradiction(pair) for pair in pairs]
    except (ValueError, RecursionError) as error:
        raise DataError(f"no file of evidence: {error}") from error


def _domain(chain_id: Any, task: Any) -> TaskDomain:
    """Raises ValueError."""
    is_number = type(chain_id) is int and 0 <= chain_id < 2**256
    if not is_number or not isinstance(task, str) or _ADDRESS.fullmatch(task) is None:
        raise ValueError("it does not say of which task it is")
    return TaskDomain(chain_id, task.lower())


def _contradiction(pair: Any) -> Contradiction:
    """Raises ValueError."""
    if not isinstance(pair, list) or len(pair) != 2:
        raise ValueError("a contradiction has two statements")
    one, other = (_statement(each) for each in pair)
    return Contradiction(one, other)


def _statement(document: Any) -> Signed[RoundStatement]:
    found = signed_from(document, *KINDS)
    assert isinstance(found.statement, RoundStatement)
    return Signed(found.statement, found.signer, found.signature)
