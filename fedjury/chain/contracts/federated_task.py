"""The FederatedTask contract: one method a function, under the contract's own names."""

from collections.abc import Iterable, Sequence
from dataclasses import astuple

from eth_utils.address import to_checksum_address

from fedjury.chain.contracts.contract import Contract
from fedjury.chain.contracts.events import ChainEvent, read_events
from fedjury.chain.contracts.types import (
    ClientState,
    Config,
    Overview,
    Phase,
    RoundState,
)
from fedjury.chain.rpc.block import BlockStamp
from fedjury.chain.rpc.logs import Care
from fedjury.chain.transactions.call import ContractCall
from fedjury.errors import ChainUnavailable, NoContract, TransactionReverted
from fedjury.protocol.digest import Digest
from fedjury.protocol.report import Report
from fedjury.protocol.signing import DOMAIN_NAME, DOMAIN_VERSION


class FederatedTask(Contract):
    """One task's contract.

    Views read the newest block, or the block `at`. All raise ChainUnavailable without a usable
    answer. State-changing functions return a call for a TransactionSender and do not touch the
    chain.
    """

    abi_name = "FederatedTask"
    kind = "task"

    def prove_kind(self) -> None:
        """As `Contract.prove_kind`: a task has a config and an EIP-5267 domain of its own."""
        domain = self.read("eip712Domain")
        self.config()
        if domain[1:5] != (DOMAIN_NAME, DOMAIN_VERSION, self.chain.chain_id, self.address):
            raise NoContract("its EIP-712 domain is another contract's")

    # --- views ---

    def config(self, at: BlockStamp | None = None) -> Config:
        """The task's immutable settings."""
        spec, genesis, *numbers = self.read("config", at=at)
        return Config(Digest(spec), Digest(genesis), *numbers)

    def overview(self, account: str, at: BlockStamp | None = None) -> Overview:
        """What a client or a juror reads to say what it has to do next, in one call.

        Raises:
            NoContract: the task is of an earlier version, which has no such view.
        """
        try:
            values = self.read("overview", to_checksum_address(account), at=at)
        except TransactionReverted:
            raise NoContract(
                f"the task at {self.address} is of an earlier version of fedjury, whose contract "
                "has no overview: take part in it with that version, or deploy it anew"
            ) from None
        phase, paused, *values = values
        *state, updates_hash, model, jury_size, quorum, is_juror, index, last_round, active = values
        number, submitted, deadline, version = state
        return Overview(
            phase=_phase("overview()", phase),
            paused=paused,
            round=RoundState(number, submitted, deadline, version, updates_hash, Digest(model)),
            jury_size=jury_size,
            quorum=quorum,
            is_juror=is_juror,
            client=ClientState(index, last_round, active),
        )

    def current_round(self, at: BlockStamp | None = None) -> RoundState:
        """The current round."""
        number, submitted, deadline, version, updates_hash, model = self.read("currentRound", at=at)
        return RoundState(number, submitted, deadline, version, updates_hash, Digest(model))

    def phase(self, at: BlockStamp | None = None) -> Phase:
        """Where the current round stands at the block's own time."""
        return _phase("phase()", self.read("phase", at=at))

    def paused(self, at: BlockStamp | None = None) -> bool:
        """Whether submitting and finalizing are stopped."""
        return bool(self.read("paused", at=at))

    def owner(self, at: BlockStamp | None = None) -> str:
        """The coordinator."""
        return str(self.read("owner", at=at))

    def pending_owner(self, at: BlockStamp | None = None) -> str:
        """Who may accept the ownership; the zero address for nobody."""
        return str(self.read("pendingOwner", at=at))

    def client_of(self, address: str, at: BlockStamp | None = None) -> ClientState:
        """A client's standing; index 0 for an address never registered."""
        return ClientState(*self.read("clientOf", to_checksum_address(address), at=at))

    def client_count(self, at: BlockStamp | None = None) -> int:
        """How many clients were ever registered; indexes are 1 to this."""
        return int(self.read("clientCount", at=at))

    def latest_jury_version(self, at: BlockStamp | None = None) -> int:
        """The newest jury's version; the current round may still have the one before."""
        return int(self.read("latestJuryVersion", at=at))

    def jury_of(self, version: int, at: BlockStamp | None = None) -> tuple[int, int]:
        """A jury's size and quorum."""
        size, quorum = self.read("juryOf", version, at=at)
        return size, quorum

    def is_juror(self, version: int, address: str, at: BlockStamp | None = None) -> bool:
        """Whether an address is in a jury."""
        return bool(self.read("isJuror", version, to_checksum_address(address), at=at))

    def hash_report(self, report: Report, verdicts: bytes, at: BlockStamp | None = None) -> bytes:
        """The EIP-712 digest that jurors sign."""
        return bytes(self.read("hashReport", astuple(report), verdicts, at=at))

    # --- events ---

    def read_events(
        self,
        from_block: int,
        to_block: int,
        kinds: Iterable[type[ChainEvent]] | None = None,
        *,
        round: int | None = None,
        client: str | None = None,
        care: Care = Care.USUAL,
    ) -> list[ChainEvent]:
        """The task's events; arguments and errors as of `fedjury.chain.contracts.events`."""
        return read_events(
            self.chain,
            self.address,
            from_block,
            to_block,
            kinds,
            round=round,
            client=client,
            care=care,
        )

    # --- state-changing ---

    def submit_update(self, round: int, digest: Digest) -> ContractCall:
        """As a client: submit an update's digest to the open round."""
        return self.prepare("submitUpdate", round, digest)

    def finalize_round(self, report: Report, verdicts: bytes, signatures: bytes) -> ContractCall:
        """As anyone: deliver the jury's report.

        Args:
            verdicts: 5 bytes an update, in the order of the updates.
            signatures: 65 bytes (r, s, v) each, ascending by the signers' addresses.
        """
        return self.prepare("finalizeRound", astuple(report), verdicts, signatures)

    def void_round(self, round: int) -> ContractCall:
        """As the coordinator: give up an overdue round."""
        return self.prepare("voidRound", round)

    def register_clients(self, clients: Sequence[str]) -> ContractCall:
        """As the coordinator: admit clients."""
        return self.prepare("registerClients", addresses(clients))

    def remove_clients(self, clients: Sequence[str]) -> ContractCall:
        """As the coordinator: stop clients from submitting."""
        return self.prepare("removeClients", addresses(clients))

    def set_jury(self, jurors: Sequence[str], quorum: int) -> ContractCall:
        """As the coordinator: appoint the jury from the next round on."""
        return self.prepare("setJury", addresses(jurors), quorum)

    def pause(self) -> ContractCall:
        """As the coordinator: stop submitting and finalizing."""
        return self.prepare("pause")

    def unpause(self) -> ContractCall:
        """As the coordinator: admit submitting and finalizing again."""
        return self.prepare("unpause")

    def transfer_ownership(self, new_owner: str) -> ContractCall:
        """As the coordinator: offer the ownership, which the other must accept."""
        return self.prepare("transferOwnership", to_checksum_address(new_owner))

    def accept_ownership(self) -> ContractCall:
        """As the one it was offered to: take the ownership."""
        return self.prepare("acceptOwnership")


def addresses(values: Sequence[str]) -> list[str]:
    """Checksummed addresses (EIP-55)."""
    return [to_checksum_address(value) for value in values]


def _phase(what: str, value: int) -> Phase:
    try:
        return Phase(value)
    except ValueError:
        raise ChainUnavailable.garbage(what, value) from None
