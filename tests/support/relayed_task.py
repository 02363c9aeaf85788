"""A task that takes batches, on a real chain and in a directory, and clients that sign updates."""

import json
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount

from fedjury.chain.contracts.events import BatchSubmitted
from fedjury.chain.contracts.federated_task import FederatedTask
from fedjury.chain.contracts.task_factory import TaskCreation, TaskFactory
from fedjury.chain.contracts.types import Config, RoundState
from fedjury.chain.rpc.connection import Chain
from fedjury.protocol.batch_file import BatchEntry, BatchFile
from fedjury.protocol.digest import Digest
from fedjury.protocol.roster import Roster
from fedjury.protocol.task_spec import TaskSpec
from fedjury.protocol.update_signing import UpdateDomain
from fedjury.relay.records import SignedUpdate
from fedjury.store import DirectoryStore
from fedjury.task.on_chain import TaskOnChain
from fedjury.task.rosters import publish_roster
from tests.support.contract_task import GENESIS, JURORS, QUORUM, ContractTask

ROUND_SECONDS, BATCH_SECONDS = 7200, 3600
_ANSWER_SECONDS = 10.0


def signers(count: int, first: int = 1_000_000) -> list[LocalAccount]:
    """Accounts that are always the same, without ether."""
    return [Account.from_key((first + number).to_bytes(32, "big")) for number in range(count)]


@dataclass(frozen=True)
class RelayedTask:
    """The task, with everyone who takes part in it.

    Attributes:
        made: its contract, its coordinator and its jurors.
        store: that has the task's files.
        relayer: who may submit batches, with ether.
        clients: the roster's members, without ether.
    """

    made: ContractTask
    store: DirectoryStore
    relayer: LocalAccount
    clients: Sequence[LocalAccount]

    @property
    def chain(self) -> Chain:
        """The chain that it is on."""
        return self.made.chain

    @cached_property
    def on_chain(self) -> TaskOnChain:
        """The task as daemons have it."""
        return TaskOnChain.at(self.chain, self.made.task.address, 0)

    def signed(self, client: LocalAccount, digest: Digest, state: RoundState) -> SignedUpdate:
        """A client's signed update for a round."""
        domain = UpdateDomain(
            self.chain.chain_id, self.made.task.address, state.number, state.model_digest
        )
        return SignedUpdate(state.number, state.model_digest, domain.sign(client, digest))

    def end_batches(self, before: int = 0) -> None:
        """Move the chain's time to so many seconds before the round's time for batches ends."""
        state = self.made.task.current_round()
        self._move(state.deadline - ROUND_SECONDS + BATCH_SECONDS - before)

    def end_round(self) -> None:
        """Move the chain's time to the round's deadline."""
        self._move(self.made.task.current_round().deadline)

    def _move(self, time: int) -> None:
        if time > self.chain.block().timestamp:
            self.chain.request("evm_setNextBlockTimestamp", time)
            self.chain.request("evm_mine")

    def batches(self) -> list[BatchSubmitted]:
        """All batches that stand on chain."""
        found = self.on_chain.read_events(self.chain.block().number, [BatchSubmitted])
        return [each for each in found if isinstance(each, BatchSubmitted)]

    def posted(self) -> Counter[tuple[int, BatchEntry]]:
        """By round and entry, how often it stands in a batch on chain whose file is in the store.

        Fails where such a file is missing, is no batch file, or has another count than was
        announced.
        """
        found: Counter[tuple[int, BatchEntry]] = Counter()
        for batch in self.batches():
            file = BatchFile.from_bytes(self.store.fetch(batch.digest, 1 << 24, 1.0))
            assert len(file) == batch.count
            found.update((batch.round, entry) for entry in file)
        return found


def create_relayed_task(
    chain: Chain,
    accounts: Sequence[LocalAccount],
    directory: Path,
    spec: TaskSpec,
    clients: Sequence[LocalAccount],
    *,
    rounds: int = 0,
    max_updates: int = 4,
) -> RelayedTask:
    """Create a task with one relayer.

    Args:
        chain: where to.
        accounts: at least five with ether: coordinator, three jurors, relayer.
        directory: becomes the store.
        spec: the task's.
        clients: the roster's members.
        rounds: after which the task is finished; 0 for no end.
        max_updates: most updates that clients may submit themselves.
    """
    coordinator, *others = accounts
    jurors, relayer = others[:JURORS], others[JURORS]
    store, roster = DirectoryStore(directory), Roster.of(each.address for each in clients)
    config = Config(
        spec_digest=store.add(spec.to_bytes()),
        genesis_digest=GENESIS,
        round_seconds=ROUND_SECONDS,
        batch_seconds=BATCH_SECONDS,
        availability_seconds=15,
        grace_seconds=60,
        notice_seconds=86_400,
        min_updates=1,
        max_updates=max_updates,
        rounds=rounds,
    )
    creation = TaskCreation(
        config,
        roster,
        publish_roster(store, roster),
        [juror.address for juror in jurors],
        QUORUM,
        nonce=9,
        relayers=[relayer.address],
    )
    bare = ContractTask(chain, None, None, coordinator, jurors, (), roster)  # type: ignore[arg-type]
    factory = TaskFactory.deploy(bare.sender(coordinator))
    receipt = bare.sender(coordinator).send(factory.create_task(creation))
    task = FederatedTask.at(chain, factory.task_created(receipt))
    made = ContractTask(chain, task, factory, coordinator, jurors, (), roster)
    return RelayedTask(made, store, relayer, clients)


def document_of(update: SignedUpdate) -> dict[str, object]:
    """A signed update as it goes over HTTP."""
    return {
        "round": update.round,
        "parent_model": "0x" + update.parent_model.hex(),
        "client": update.entry.client,
        "digest": "0x" + update.entry.digest.hex(),
        "signature": "0x" + update.entry.signature.hex(),
    }


def ask(
    url: str, method: str = "GET", body: bytes | None = None, **headers: str
) -> tuple[int, dict[str, Any]]:
    """Ask a relay: the status and the document that it answers.

    Raises:
        OSError: it does not answer.
    """
    request = urllib.request.Request(url, data=body, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=_ANSWER_SECONDS) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def hand_in(url: str, update: SignedUpdate) -> tuple[int, dict[str, Any]]:
    """Hand a signed update to a relay."""
    return ask(f"{url}/updates", "POST", json.dumps(document_of(update)).encode())
