"""The FederatedTask contract: one method a function, under the contract's own names."""

from collections.abc import Iterable, Sequence
from dataclasses import astuple

from eth_utils.address import to_checksum_address

from fedjury.chain.contracts.contract import Contract
from fedjury.chain.contracts.events import ChainEvent, read_events
from fedjury.chain.contracts.types import (
    ClientState,
    Config,
    JuryState,
    NextJury,
    Overview,
    Phase,
    RosterState,
    RoundState,
)
from fedjury.chain.rpc.block import BlockStamp
from fedjury.chain.rpc.logs import Care
from fedjury.chain.transactions.call import ContractCall
from fedjury.errors import ChainUnavailable, NoContract, TransactionReverted
from fedjury.protocol.digest import Digest
from fedjury.protocol.domain import DOMAIN_NAME, DOMAIN_VERSION
from fedjury.protocol.juries import sorted_jurors
from fedjury.protocol.report import Report
from fedjury.protocol.roster import Roster


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
        phase, number, submitted, batched, deadline, updates_hash, model, *values = values
        roster_version, roster_size, root, jury_version, jury_size, quorum, jury, *values = values
        next_jury, next_jury_from, is_juror, is_next_juror, *values = values
        has_proved, last_round, is_relayer = values
        return Overview(
            phase=_phase("overview()", phase),
            round=RoundState(
                number,
                submitted,
                deadline,
                roster_version,
                jury_version,
                updates_hash,
                Digest(model),
                batched,
            ),
            roster=RosterState(roster_version, root, roster_size),
            jury=JuryState(jury_version, jury, jury_size, quorum),
            next_jury=next_jury if any(next_jury) else None,
            next_jury_from=next_jury_from,
            is_juror=is_juror,
            is_next_juror=is_next_juror,
            has_proved=has_proved,
            last_round=last_round,
            is_relayer=is_relayer,
        )

    def current_round(self, at: BlockStamp | None = None) -> RoundState:
        """The current round."""
        number, submitted, batched, deadline, *values = self.read("currentRound", at=at)
        roster, jury, updates_hash, model = values
        return RoundState(
            number, submitted, deadline, roster, jury, updates_hash, Digest(model), batched
        )

    def phase(self, at: BlockStamp | None = None) -> Phase:
        """Where the current round stands at the block's own time."""
        return _phase("phase()", self.read("phase", at=at))

    def owner(self, at: BlockStamp | None = None) -> str:
        """The coordinator."""
        return str(self.read("owner", at=at))

    def pending_owner(self, at: BlockStamp | None = None) -> str:
        """Who may accept the ownership; the zero address for nobody."""
        return str(self.read("pendingOwner", at=at))

    def client_of(self, address: str, at: BlockStamp | None = None) -> ClientState:
        """What the contract remembers of a client."""
        return ClientState(*self.read("clientOf", to_checksum_address(address), at=at))

    def roster(self, at: BlockStamp | None = None) -> RosterState:
        """The current round's roster."""
        return RosterState(*self.read("roster", at=at))

    def next_roster(self, at: BlockStamp | None = None) -> RosterState | None:
        """The roster that counts from the next round on; None where it is the same."""
        found = RosterState(*self.read("nextRoster", at=at))
        return found if found.version else None

    def jury(self, at: BlockStamp | None = None) -> JuryState:
        """The current round's jury."""
        return JuryState(*self.read("jury", at=at))

    def next_jury(self, at: BlockStamp | None = None) -> NextJury | None:
        """The announced jury; None where none is."""
        found = NextJury(*self.read("nextJury", at=at))
        return found if found.version else None

    def is_juror(self, jury: bytes, address: str, at: BlockStamp | None = None) -> bool:
        """Whether an address is in the jury of this hash."""
        return bool(self.read("isJuror", jury, to_checksum_address(address), at=at))

    def is_relayer(self, address: str, at: BlockStamp | None = None) -> bool:
        """Whether an address may submit batches."""
        return bool(self.read("isRelayer", to_checksum_address(address), at=at))

    def batch_room(self, at: BlockStamp | None = None) -> int:
        """How many updates batches may still announce in the current round."""
        return int(self.read("batchRoom", at=at))

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

    def submit_update(self, round: int, digest: Digest, proof: Sequence[bytes]) -> ContractCall:
        """As a client: submit an update's digest to the open round.

        Args:
            proof: that the client is in the round's roster; empty once it has proved it.
        """
        return self.prepare("submitUpdate", round, digest, list(proof))

    def submit_batch(self, round: int, count: int, digest: Digest) -> ContractCall:
        """As a relayer: submit a batch of updates to the open round.

        Args:
            count: number of entries in the batch's file.
            digest: of that file.
        """
        return self.prepare("submitBatch", round, count, digest)

    def finalize_round(self, report: Report, verdicts: bytes, signatures: bytes) -> ContractCall:
        """As anyone: deliver the jury's report.

        Args:
            verdicts: a byte an update, in the order of the updates.
            signatures: 65 bytes (r, s, v) each, ascending by the signers' addresses.
        """
        return self.prepare("finalizeRound", astuple(report), verdicts, signatures)

    def void_round(self, round: int) -> ContractCall:
        """As the coordinator: give up an overdue round; as anyone: a long overdue one."""
        return self.prepare("voidRound", round)

    def disclose_slice(self, number: int, digest: Digest) -> ContractCall:
        """As anyone: say under which digest a verification slice is in the store."""
        return self.prepare("discloseSlice", number, digest)

    def set_roster(self, roster: Roster, digest: Digest | None) -> ContractCall:
        """As the coordinator: set who may submit from the next round on.

        Args:
            roster: the members.
            digest: of the roster's file; None for a roster of nobody, which has none.
        """
        return self.prepare("setRoster", roster_tuple(roster, digest))

    def set_jury(self, jurors: Sequence[str], quorum: int) -> ContractCall:
        """As the coordinator: announce a jury."""
        return self.prepare("setJury", sorted_jurors(jurors), quorum)

    def set_relayer(self, relayer: str, *, allowed: bool) -> ContractCall:
        """As the coordinator: say whether an account may submit batches from now on."""
        return self.prepare("setRelayer", to_checksum_address(relayer), allowed)

    def transfer_ownership(self, new_owner: str) -> ContractCall:
        """As the coordinator: offer the ownership, which the other must accept."""
        return self.prepare("transferOwnership", to_checksum_address(new_owner))

    def accept_ownership(self) -> ContractCall:
        """As the one it was offered to: take the ownership."""
        return self.prepare("acceptOwnership")


def roster_tuple(roster: Roster, digest: Digest | None) -> tuple[bytes, int, bytes]:
    """A roster as the contract takes it."""
    return roster.root, roster.size, digest or bytes(Digest.SIZE)


def _phase(what: str, value: int) -> Phase:
    try:
        return Phase(value)
    except ValueError:
        raise ChainUnavailable.garbage(what, value) from None
