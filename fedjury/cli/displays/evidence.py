"""What `fedjury jury evidence` shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from fedjury.checks.addresses import all_spelled, spelled
from fedjury.cli.output import Output
from fedjury.oracle.exchange.evidence import Contradiction
from fedjury.oracle.exchange.evidence_on_chain import OnChain, RoundsOnChain
from fedjury.protocol.statements.signed import TaskDomain

_NOT_LOOKED_AT = (
    "by the signatures alone: whether who signed sat in the round's jury, and whether the chain "
    "has the round that was signed on, was not looked at (--on-chain does)"
)


@dataclass(frozen=True)
class Weighed:
    """A contradiction, and what it proves.

    Attributes:
        found: the contradiction.
        fault: why it proves nothing; None where nothing that was looked at speaks against it.
        on_chain: what the chain has of its round; None where that was not looked at, as where the
            signatures prove nothing.
    """

    found: Contradiction
    fault: str | None
    on_chain: OnChain | None

    @classmethod
    def of(
        cls, found: Contradiction, domain: TaskDomain, rounds: RoundsOnChain | None
    ) -> "Weighed":
        """What a contradiction proves.

        Args:
            found: the contradiction.
            domain: of the task that it is said to be of.
            rounds: as the chain has them; None where that is not looked at.

        Raises:
            LogsMissing, ChainUnavailable: the chain gives no usable answer.
        """
        fault = found.fault(domain)
        if fault is not None or rounds is None:
            return cls(found, fault, None)
        seen = rounds.look_up(found)
        return cls(found, seen.fault, seen)

    @property
    def sentence(self) -> str:
        """Who signed what twice, and what that proves."""
        if self.fault is not None:
            return f"{self.found.sentence} (proves nothing: {self.fault})"
        if self.on_chain is None:
            return self.found.sentence
        words = f"it sits in the jury of this round, which is {self.on_chain.state}"
        more = "" if self.on_chain.remark is None else f"; {self.on_chain.remark}"
        return f"{self.found.sentence} ({words}{more})"

    def to_document(self) -> dict[str, object]:
        """The values as JSON has them."""
        return {
            "juror": self.found.one.signer,
            "found": self.found.sentence,
            "fault": self.fault,
            "on_chain": None if self.on_chain is None else self.on_chain.to_document(),
        }


def show_evidence(
    domain: TaskDomain, weighed: Sequence[Weighed], rounds: RoundsOnChain | None, output: Output
) -> None:
    """What can be held against whom, in sentences or as JSON.

    Args:
        domain: of the task.
        weighed: the contradictions.
        rounds: as the chain has them; None where that was not looked at.
        output: where to.
    """
    document = {
        "chain_id": domain.chain_id,
        "task": domain.task,
        "block": None if rounds is None else rounds.block,
        "evidence": [each.to_document() for each in weighed],
    }
    head = f"of task {domain.task} on chain {domain.chain_id}:"
    seen = _NOT_LOOKED_AT if rounds is None else f"as the chain is at block {rounds.block}"
    lines = [head, *(each.sentence for each in weighed), seen] if weighed else []
    text = "\n".join(lines) or "nothing can be held against anybody"
    output.result(all_spelled(document), spelled(text))
