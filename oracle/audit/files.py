"""Getting a round's update files for an audit, each once."""

from collections.abc import Sequence
from dataclasses import dataclass

from fedjury.chain.contracts.events import UpdateSubmitted
from fedjury.errors import ContentError, ContentTooLarge
from fedjury.oracle.judging import Candidate
from fedjury.oracle.update_failure import UpdateFailure
from fedjury.protocol.verdicts import Verdict, VerdictCode
from fedjury.store.base import ContentStore
from fedjury.task.opened import OpenedTask


@dataclass(frozen=True)
class Files:
    """Gets a round's update files for an audit, each once."""

    task: OpenedTask
    cache: ContentStore
    timeout: float

    def candidates(
        self, updates: Sequence[UpdateSubmitted], verdicts: Sequence[Verdict]
    ) -> list[Candidate]:
        """The round as a juror would see it.

        An update that the jury could not have stays so, whatever the store has now; one that it
        had and that is gone now fails as unavailable.
        """
        return [
            self._candidate(update, verdict)
            for update, verdict in zip(updates, verdicts, strict=True)
        ]

    def _candidate(self, update: UpdateSubmitted, verdict: Verdict) -> Candidate:
        limit = self.task.spec.update.max_bytes
        failure = None
        if verdict.code is VerdictCode.UNAVAILABLE:
            failure = UpdateFailure(VerdictCode.UNAVAILABLE, "the jury did not get it in time")
        else:
            try:
                self.cache.add(self.task.store.fetch(update.digest, limit, self.timeout))
            except ContentTooLarge as error:
                failure = UpdateFailure(VerdictCode.TOO_LARGE, str(error))
            except ContentError as error:
                failure = UpdateFailure(VerdictCode.UNAVAILABLE, str(error))
        return Candidate(
            self.task.tag(update.round, update.client),
            lambda: self.cache.fetch(update.digest, limit, self.timeout),
            failure,
        )
