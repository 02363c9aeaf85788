"""From a finalized round's submissions to its updates: batch files, signatures, members."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fedjury.chain.contracts.events import BatchSubmitted
from fedjury.checks.counts import counted
from fedjury.errors import ContentError, ContentTooLarge
from fedjury.oracle.audit.files import Fetcher
from fedjury.oracle.audit.result import Difference
from fedjury.oracle.audit.rosters import Rosters
from fedjury.oracle.audit.submissions import batch_name
from fedjury.protocol.batch_file import batch_bytes
from fedjury.protocol.digest import Digest
from fedjury.protocol.round_record import RoundRecord
from fedjury.protocol.update_failure import UpdateFailure
from fedjury.protocol.update_signing import UpdateDomain
from fedjury.protocol.verdicts import VerdictCode
from fedjury.task.batches import RoundUpdates, expand
from fedjury.task.history import RoundHistory
from fedjury.task.opened import OpenedTask

_READ = 0  # what a record says of a batch whose file was read
_CODES = (_READ, VerdictCode.UNAVAILABLE, VerdictCode.MALFORMED)
_LATE = UpdateFailure(VerdictCode.UNAVAILABLE, "the jury did not get the batch file in time")
GONE = UpdateFailure(VerdictCode.MALFORMED, "the batch file is gone from the store")
"""Of a batch that the jury found malformed, as far as anybody can still say."""


@dataclass(frozen=True)
class BatchReader:
    """Derives the updates of rounds.

    Attributes:
        task: whose rounds they are.
        fetcher: gets batch files.
        rosters: of the task.
    """

    task: OpenedTask
    fetcher: Fetcher
    rosters: Rosters

    def updates(self, history: RoundHistory, record: RoundRecord) -> RoundUpdates:
        """The updates of a finalized round: who is in its batches, whose signatures are right, and
        which of several updates of a client counts.

        A batch file that the jury could not have stays so, whatever the store has now. One that it
        read, and then the roster too, its signers keep; of one that it found malformed and that is
        gone the failure is `GONE`.

        Args:
            history: of the round.
            record: that its report names, which says what files the jury had.

        Raises:
            Difference: the record is on other batches, or what its signers keep is gone.
            StoreUnavailable: no statement can be made now.
        """
        files = self._files(history, _recorded_codes(history, record))
        domain = UpdateDomain(
            self.task.chain.chain_id,
            self.task.contract.address,
            history.number,
            history.opened.model_digest,
        )
        return expand(history.submissions, files, self._membership(history), domain)

    def _files(
        self, history: RoundHistory, codes: Sequence[int]
    ) -> dict[Digest, bytes | UpdateFailure]:
        """The batch files, each fetched once, however often it was posted."""
        alike: dict[Digest, list[tuple[BatchSubmitted, int]]] = {}
        for batch, code in zip(history.batches, codes, strict=True):
            alike.setdefault(batch.digest, []).append((batch, code))
        return {digest: self._file(history, posted) for digest, posted in alike.items()}

    def _file(
        self, history: RoundHistory, posted: Sequence[tuple[BatchSubmitted, int]]
    ) -> bytes | UpdateFailure:
        """One of them.

        Args:
            history: of the round.
            posted: the batches of this file, and what the record says of each.
        """
        said = {code for _, code in posted}
        if VerdictCode.UNAVAILABLE in said:
            return _LATE
        batch = posted[0][0]
        limit = batch_bytes(max(each.count for each, _ in posted))
        try:
            return self.fetcher.fetch(batch.digest, limit)
        except ContentTooLarge as error:
            return UpdateFailure(VerdictCode.TOO_LARGE, str(error))
        except ContentError as error:
            if _READ in said:
                name = f"{batch_name(batch)}, {batch.digest.cid},"
                raise Difference(
                    history.number, f"{name} which the signers keep, cannot be had: {error}"
                ) from error
            return GONE

    def _membership(self, history: RoundHistory) -> Callable[[str], bool]:
        """What says whether an address is in the round's roster."""

        def is_member(client: str) -> bool:
            roster, event = self.rosters.find(history), history.roster
            if roster is None:
                raise Difference(
                    history.number,
                    f"roster {event.version}, {event.digest.cid}, which the signers keep, is gone "
                    "from the store: who in the round's batches is in it cannot be derived",
                )
            return client in roster

        return is_member


def _recorded_codes(history: RoundHistory, record: RoundRecord) -> list[int]:
    """What the record says of each batch of the round."""
    if len(record.batches) != len(history.batches):
        raise Difference(
            history.number,
            f"the record is on {counted(len(record.batches), 'batch')}, the round has "
            f"{len(history.batches)}",
        )
    codes = [recorded.code for recorded in record.batches]
    for batch, code in zip(history.batches, codes, strict=True):
        if code not in _CODES:
            raise Difference(
                history.number,
                f"the record says code {code} of {batch_name(batch)}, which no batch has",
            )
    return codes
