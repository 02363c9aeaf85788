"""What of a round needs neither files of updates nor a chain, for more updates than whole rounds.

python -m experiments.batches.parts ENTRIES SEED

Prints its steps as JSON.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from experiments.batches.members import clients, roster
from experiments.batches.settings import Settings
from experiments.batches.steps import Stopwatch
from fedjury.chain.contracts.events import BatchSubmitted
from fedjury.protocol.batch_file import BatchFile
from fedjury.protocol.digest import Digest
from fedjury.protocol.reasons import NO_GROUNDS
from fedjury.protocol.roster import Roster
from fedjury.protocol.round_record import (
    RecordedJury,
    RecordedRoster,
    RecordEntry,
    RoundRecord,
    hexadecimal,
)
from fedjury.protocol.update_signing import UpdateDomain
from fedjury.protocol.verdicts import VerdictCode
from fedjury.task.batches import RoundUpdate, expand

_NONE = bytes(32)
_TASK = "0x" + "ab" * 20


def measure_parts(entries: int, seed: int, watch: Stopwatch) -> None:
    """Sign, check and record so many updates, all of a roster as large.

    Args:
        entries: how many.
        seed: of the keys.
        watch: of this process.
    """
    settings = Settings(entries, entries, seed, "")
    domain = UpdateDomain(1, _TASK, 1, Digest(_NONE))
    watch.enter("make keys")
    members = clients(settings)
    watch.enter("sign")
    digest = Digest(b"\x01" * 32)
    signed = [domain.sign(member, digest) for member in members]
    watch.enter("write the batch")
    content = BatchFile.of(signed).content
    watch.enter("hash the roster's tree")
    everybody = roster(settings, members)
    assert everybody.root  # worked out once, and kept
    watch.enter("check signatures and members")
    known = _known(content, entries, everybody, domain)
    watch.enter("write the record")
    record = _record(known).to_bytes()
    watch.enter("read the record")
    RoundRecord.from_bytes(record)


def _known(
    content: bytes, entries: int, everybody: Roster, domain: UpdateDomain
) -> Sequence[RoundUpdate]:
    batch = BatchSubmitted(
        block_number=1,
        log_index=0,
        transaction_hash=_NONE,
        round=1,
        relayer=_TASK,
        index=0,
        count=entries,
        digest=Digest.of(content),
    )
    return expand([batch], {batch.digest: content}, everybody.__contains__, domain).known


def _record(known: Sequence[RoundUpdate]) -> RoundRecord:
    """A record in which nothing but its entries is of any size."""
    none = hexadecimal(_NONE)
    accepted = VerdictCode.ACCEPTED
    return RoundRecord(
        chain=1,
        task=_TASK,
        round=1,
        attempt=0,
        updates_hash=none,
        parent=none,
        roster=RecordedRoster(version=1, root=none, size=len(known), digest=none),
        jury=RecordedJury(version=1, hash=none, size=1, quorum=1),
        slice=1,
        haves=[],
        batches=[],
        entries=[RecordEntry.of(each.client, each.digest, accepted, NO_GROUNDS) for each in known],
    )


def main() -> None:
    """Run from the command line."""
    entries, seed = map(int, sys.argv[1:])
    watch = Stopwatch(f"{entries}", "start")
    measure_parts(entries, seed, watch)
    print(json.dumps(asdict(watch.stop())))


if __name__ == "__main__":
    main()
