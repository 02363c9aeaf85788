"""What live federations tell."""

from dataclasses import dataclass

from fedjury.checks.counts import numbered
from fedjury.runtime.events import Event


@dataclass(frozen=True, kw_only=True)
class FederationStarting(Event):
    """A live federation's chain and store are open.

    Attributes:
        chain: the endpoint.
        store: where the files go.
    """

    chain: str
    store: str

    @property
    def sentence(self) -> str:
        return f"chain {self.chain}, store {self.store}"


@dataclass(frozen=True, kw_only=True)
class LambdaChosen(Event):
    """Nobody gave a λ, so a live federation takes the one that suits its rule.

    Attributes:
        rule: the verification rule's name.
        lam: λ, the share of the old model that stays.
    """

    rule: str
    lam: float

    @property
    def sentence(self) -> str:
        return f"rule {self.rule}, λ = {self.lam:g}, which suits it; --lambda takes another"


@dataclass(frozen=True, kw_only=True)
class TurnTaken(Event):
    """A member of a live federation has the turn.

    Attributes:
        round: the current round.
        done: how many members had their turn in it.
        client: index of the client whose turn it is; None for the jury.
    """

    round: int
    done: int
    client: int | None

    @property
    def sentence(self) -> str:
        who = "the jury judges" if self.client is None else f"client {self.client} trains"
        return f"round {self.round}: {who}"


@dataclass(frozen=True, kw_only=True)
class RoundMeasured(Event):
    """A live federation's round is over and measured.

    Attributes:
        accepted, updates: how many updates were accepted, of how many.
        poisoned_accepted: how many of the accepted ones are poisoned.
        accuracy: of the new model on the held-out samples, 0 to 1.
        fedavg_accuracy: of the plain mean of the same updates.
        jurors: how many there are.
        signers: indexes of those who signed the report, ascending.
    """

    round: int
    accepted: int
    updates: int
    poisoned_accepted: int
    accuracy: float
    fedavg_accuracy: float
    jurors: int
    signers: list[int]

    @property
    def sentence(self) -> str:
        words = (
            f"round {self.round:>2}: {self.accepted} of {self.updates} accepted, "
            f"{self.poisoned_accepted} of them poisoned; held-out accuracy {self.accuracy:.1%}, "
            f"FedAvg's {self.fedavg_accuracy:.1%}"
        )
        if self.jurors == 1:
            return words
        return f"{words}; signed by {numbered(self.signers, 'juror')} of {self.jurors}"


@dataclass(frozen=True, kw_only=True)
class AuditStarted(Event):
    """A live federation's run is audited."""

    @property
    def sentence(self) -> str:
        return "auditing the run from chain and store"
