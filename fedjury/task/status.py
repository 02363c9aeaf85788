"""Where a task stands, read from the chain, and from its spec where that can be had."""

from dataclasses import dataclass
from typing import Any

from fedjury.chain.contracts.types import Config, Phase, RoundState
from fedjury.chain.rpc.block import BlockStamp
from fedjury.errors import StoreUnavailable
from fedjury.protocol.task_spec import TaskSpec
from fedjury.store import open_store
from fedjury.task.files import fetch_spec
from fedjury.task.on_chain import TaskOnChain

_SPEC_SECONDS = 5.0


@dataclass(frozen=True)
class TaskStatus:
    """Where a task stands at one block.

    Attributes:
        task: its name, ``eip155:<chain id>:<address>``.
        config: the contract's settings.
        block: number of the block that was read.
        phase: of the current round.
        paused: whether submitting and finalizing are stopped.
        coordinator: address of the contract's owner.
        round: the current one.
        jurors: size of the current round's jury.
        quorum: how many of them must sign.
        clients: how many were ever registered.
        model_correct: verification samples that the model gets right; None before any report.
        spec: what the spec says; None where it cannot be had now, or where no store is known.
    """

    task: str
    config: Config
    block: int
    phase: Phase
    paused: bool
    coordinator: str
    round: RoundState
    jurors: int
    quorum: int
    clients: int
    model_correct: int | None
    spec: TaskSpec | None

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values; null is what only the spec knows and it cannot be had."""
        return {
            "task": self.task,
            "block": self.block,
            "phase": self.phase.name.lower(),
            "paused": self.paused,
            "coordinator": self.coordinator,
            "round": self.round.number,
            "rounds": self.config.rounds,
            "submitted": self.round.submitted,
            "min_updates": self.config.min_updates,
            "max_updates": self.config.max_updates,
            "deadline": self.round.deadline,
            "jury": {
                "version": self.round.jury_version,
                "size": self.jurors,
                "quorum": self.quorum,
            },
            "clients": self.clients,
            "model": self.round.model_digest.cid,
            "model_correct": self.model_correct,
            "name": self.spec and self.spec.name,
            "rule": self.spec and self.spec.rule.name,
            "lambda": None if self.spec is None else self.spec.lam,
            "verification_samples": self.spec and self.spec.verification.samples,
        }


def read_status(task: TaskOnChain, store: str | None) -> TaskStatus:
    """Read where a task stands now.

    Args:
        task: as the chain tells of it.
        store: location of the content store that may have the spec; None where nobody said it.

    Raises:
        ChainUnavailable: no usable answer.
        ConfigError: the store's location is unusable.
        SpecError: the spec is not valid.
    """
    contract, stamp = task.contract, task.chain.block()
    state = contract.current_round(at=stamp)
    jurors, quorum = contract.jury_of(state.jury_version, at=stamp)
    return TaskStatus(
        task=task.name,
        config=task.config,
        block=stamp.number,
        phase=contract.phase(at=stamp),
        paused=contract.paused(at=stamp),
        coordinator=contract.owner(at=stamp),
        round=state,
        jurors=jurors,
        quorum=quorum,
        clients=contract.client_count(at=stamp),
        model_correct=_model_correct(task, stamp),
        spec=None if store is None else _find_spec(task, store),
    )


def _model_correct(task: TaskOnChain, at: BlockStamp) -> int | None:
    """What the newest report says of the model, which stays when a later round is voided."""
    rounds = task.read_history(at).rounds.values()
    reports = [record.finalized for record in rounds if record.finalized]
    return reports[-1].model_correct if reports else None


def _find_spec(task: TaskOnChain, store: str) -> TaskSpec | None:
    """The spec; None where the store does not answer or does not have it now."""
    try:
        return fetch_spec(open_store(store), task.config.spec_digest, _SPEC_SECONDS)
    except StoreUnavailable:
        return None
