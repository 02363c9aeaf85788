"""From what stands on chain to a round's updates: who is in a batch, and which update counts.

Pure: the same for jurors, audits, clients and whoever looks at a round. Source:
docs/protocol/files.md.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from fedjury.chain.contracts.events import BatchSubmitted, Submitted, UpdateSubmitted
from fedjury.checks.counts import counted
from fedjury.protocol.batch_file import BatchEntry, BatchFile
from fedjury.protocol.digest import Digest
from fedjury.protocol.reasons import Grounds, Reason
from fedjury.protocol.update_failure import UpdateFailure
from fedjury.protocol.update_signing import UpdateDomain
from fedjury.protocol.verdicts import VerdictCode


@dataclass(frozen=True)
class RoundUpdate:
    """One update of a round.

    Attributes:
        index: its place among the round's updates, from 0.
        client: address.
        digest: of its file.
        failure: why it is not judged, whatever its file is: its signature is wrong, its client is
            not in the roster, or another update of its client counts; None where it is judged.
        may_count: whether it is judged, or would be if other batches were not to be had.
    """

    index: int
    client: str
    digest: Digest
    failure: UpdateFailure | None = None
    may_count: bool = True


@dataclass(frozen=True)
class RoundBatch:
    """One batch of a round.

    Attributes:
        submitted: the event.
        failure: why nothing is known of its updates, which all get this verdict; None where its
            file was read.
    """

    submitted: BatchSubmitted
    failure: UpdateFailure | None = None


@dataclass(frozen=True)
class RoundUpdates:
    """A round's updates, as far as they are known.

    Attributes:
        size: how many there are, those in batches as announced.
        known: ascending by index; those of batches that could not be read are missing.
        batches: in the contract's order.
    """

    size: int
    known: Sequence[RoundUpdate]
    batches: Sequence[RoundBatch] = ()

    def slots(self) -> Iterator[RoundUpdate | RoundBatch]:
        """For each verdict of the round what it is on: an update, or a batch that was not read."""
        unread = {each.submitted.index: each for each in self.batches if each.failure}
        known, place = iter(self.known), 0
        while place < self.size:
            if (batch := unread.get(place)) is not None:
                yield from [batch] * batch.submitted.count
                place += batch.submitted.count
            else:
                yield next(known)
                place += 1


FetchedFiles = Mapping[Digest, bytes | UpdateFailure]
"""Batch files by digest; where one cannot be had, why."""


def expand(
    submissions: Sequence[Submitted],
    files: FetchedFiles,
    is_member: Callable[[str], bool],
    domain: UpdateDomain,
) -> RoundUpdates:
    """A round's updates.

    Args:
        submissions: of the round, in the contract's order.
        files: of its batches.
        is_member: says whether an address is in the round's roster.
        domain: in which the round's updates are signed.
    """
    return _Expansion(files, is_member, domain, _alone(submissions)).run(submissions)


def read_batch(batch: BatchSubmitted, found: bytes | UpdateFailure) -> BatchFile | UpdateFailure:
    """A batch's file, held against what the chain says of it; or why nothing is known of it.

    Args:
        batch: as it was submitted.
        found: its file, or why it cannot be had.
    """
    if isinstance(found, UpdateFailure):
        if found.code is VerdictCode.TOO_LARGE:  # which its bytes prove
            return UpdateFailure(VerdictCode.MALFORMED, f"no batch file: {found.reason}")
        return found
    try:
        file = BatchFile.from_bytes(found)
    except ValueError as error:
        return UpdateFailure(VerdictCode.MALFORMED, f"no batch file: {error}")
    if len(file) != batch.count:
        entries = counted(len(file), "entry")
        reason = f"the batch file has {entries}, the relayer announced {batch.count}"
        return UpdateFailure(VerdictCode.MALFORMED, reason)
    return file


def _alone(submissions: Sequence[Submitted]) -> dict[str, int]:
    """By client, the index of the update that it submitted itself."""
    return {each.client: each.index for each in submissions if isinstance(each, UpdateSubmitted)}


@dataclass
class _Expansion:
    """Goes through a round's submissions in order.

    Attributes:
        alone: by client, the index of its lone update, which beats all in batches.
        counts: the same of updates in batches: the first with a right signature.
    """

    files: FetchedFiles
    is_member: Callable[[str], bool]
    domain: UpdateDomain
    alone: Mapping[str, int]
    counts: dict[str, int] = field(default_factory=dict)

    def run(self, submissions: Sequence[Submitted]) -> RoundUpdates:
        known: list[RoundUpdate] = []
        batches: list[RoundBatch] = []
        for each in submissions:
            if isinstance(each, UpdateSubmitted):
                known.append(RoundUpdate(each.index, each.client, each.digest))
                continue
            file = read_batch(each, self.files[each.digest])
            if isinstance(file, UpdateFailure):
                batches.append(RoundBatch(each, file))
                continue
            batches.append(RoundBatch(each))
            known += [self._update(each.index + place, entry) for place, entry in enumerate(file)]
        return RoundUpdates(sum(each.count for each in submissions), known, batches)

    def _update(self, index: int, entry: BatchEntry) -> RoundUpdate:
        failure = self._failure(entry)
        if failure is None:
            self.counts[entry.client] = index
        is_superseded = failure is not None and failure.code is VerdictCode.SUPERSEDED
        may_count = failure is None or (is_superseded and entry.client not in self.alone)
        return RoundUpdate(index, entry.client, entry.digest, failure, may_count)

    def _failure(self, entry: BatchEntry) -> UpdateFailure | None:
        if not self.is_member(entry.client):
            reason = "the client is not in the round's roster"
            return UpdateFailure(VerdictCode.NOT_IN_ROSTER, reason)
        if not self.domain.is_signed(entry):
            reason = "the signature is not the client's, for this round and this model"
            return UpdateFailure(VerdictCode.BAD_SIGNATURE, reason)
        if (other := self.alone.get(entry.client)) is not None:
            words = f"update {other}, which the client submitted itself, counts"
        elif (other := self.counts.get(entry.client)) is not None:
            words = f"update {other}, which stands in an earlier batch, counts"
        else:
            return None
        grounds = Grounds(Reason.OTHER_COUNTS, (other,))
        return UpdateFailure(VerdictCode.SUPERSEDED, words, grounds)
