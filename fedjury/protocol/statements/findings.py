"""What a juror found in detail: for jurors alone, who hold the same samples.

Where reports differ, this says in which update, and by which version of the software. It does not
say which samples are right, which a MAC is made of.
"""

import hashlib
from typing import Annotated

from pydantic import Field, ValidationError

from fedjury.checks.json_values import canonical_json, parse_json
from fedjury.checks.validation import first_error
from fedjury.protocol.statements.fields import Bytes32, Uint32, Verdicts
from fedjury.protocol.statements.signed import Part


class Findings(Part):
    """What a juror found.

    Attributes:
        software: name and version of the program that judged.
        codes: a byte a verdict of the round.
        counts: samples that are right with each update; 0 where it was not evaluated.
        baseline: what a count has to beat.
        model_correct: samples that the new model gets right.
        model: digest of the new model's file.
        record: digest of the round record.
    """

    software: Annotated[str, Field(pattern=r"^[ -~]{1,80}$")]
    codes: Verdicts
    counts: list[Uint32]
    baseline: Uint32
    model_correct: Uint32
    model: Bytes32
    record: Bytes32

    def to_bytes(self) -> bytes:
        """Canonical JSON."""
        return canonical_json(self.to_document())

    @property
    def hash(self) -> bytes:
        """sha256 of the JSON, which the juror's vote names."""
        return hashlib.sha256(self.to_bytes()).digest()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Findings":
        """Read findings.

        Raises:
            ValueError: they are none.
        """
        try:
            found = cls.model_validate(parse_json(data))
        except ValidationError as error:
            raise ValueError(f"no findings: {first_error(error, 'they')}") from error
        except (ValueError, RecursionError) as error:
            raise ValueError(f"no JSON: {error}") from error
        if len(found.counts) != len(found.codes):
            raise ValueError(f"{len(found.counts)} counts of {len(found.codes)} verdicts")
        return found


def most_findings_bytes(updates: int) -> int:
    """How large the findings of so many updates can be."""
    return 1000 + 15 * updates
