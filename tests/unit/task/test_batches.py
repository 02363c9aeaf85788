"""From submissions and batch files to a round's updates: which entries count, and why not."""

import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount

from fedjury.chain.contracts.events import BatchSubmitted, Submitted, UpdateSubmitted
from fedjury.protocol.batch_file import MAGIC, BatchEntry, BatchFile
from fedjury.protocol.digest import Digest
from fedjury.protocol.reasons import NO_GROUNDS, Grounds, Reason
from fedjury.protocol.update_failure import UpdateFailure
from fedjury.protocol.update_signing import UpdateDomain
from fedjury.protocol.verdicts import VerdictCode
from fedjury.task.batches import RoundBatch, RoundUpdate, RoundUpdates, expand, read_batch

DOMAIN = UpdateDomain(1337, "0x" + "Ab" * 20, 7, Digest(b"\xee" * 32))
RELAYER = "0x" + "99" * 20
# ascending by address, as a batch file has them
A, B, C, D = sorted(
    (Account.from_key(bytes([number]) * 32) for number in range(1, 5)),
    key=lambda account: int(account.address, 16),
)
STRANGER: LocalAccount = Account.from_key(b"\x77" * 32)
MEMBERS = {account.address for account in (A, B, C, D)}
UNAVAILABLE = UpdateFailure(VerdictCode.UNAVAILABLE, "nobody has it")


def _digest(number: int) -> Digest:
    return Digest(bytes([number]) * 32)


def _signed(*signed: tuple[LocalAccount, int]) -> list[BatchEntry]:
    return [DOMAIN.sign(account, _digest(number)) for account, number in signed]


def _forged(client: LocalAccount, number: int) -> BatchEntry:
    other = UpdateDomain(DOMAIN.chain_id, DOMAIN.task, DOMAIN.round + 1, DOMAIN.parent_model)
    return other.sign(client, _digest(number))


class Round:
    """A round's submissions, one after the other, and the files of its batches."""

    def __init__(self) -> None:
        self.submissions: list[Submitted] = []
        self.files: dict[Digest, bytes | UpdateFailure] = {}
        self.size = 0

    def alone(self, client: LocalAccount, number: int) -> UpdateSubmitted:
        """A client submits by itself."""
        submitted = UpdateSubmitted(
            **self._place(),
            round=DOMAIN.round,
            client=client.address,
            index=self.size,
            digest=_digest(number),
        )
        self.submissions.append(submitted)
        self.size += 1
        return submitted

    def batch(self, entries: Sequence[BatchEntry]) -> BatchSubmitted:
        """A relayer posts these entries."""
        content = BatchFile.of(entries).content
        return self.posted(len(entries), Digest.of(content), content)

    def posted(self, count: int, digest: Digest, found: bytes | UpdateFailure) -> BatchSubmitted:
        """A relayer posts something, of which this is found."""
        submitted = BatchSubmitted(
            **self._place(),
            round=DOMAIN.round,
            relayer=RELAYER,
            index=self.size,
            count=count,
            digest=digest,
        )
        self.files[digest] = found
        self.submissions.append(submitted)
        self.size += count
        return submitted

    def expand(self, is_member: Callable[[str], bool] = MEMBERS.__contains__) -> RoundUpdates:
        """The round's updates."""
        return expand(self.submissions, self.files, is_member, DOMAIN)

    def _place(self) -> dict[str, Any]:
        number = len(self.submissions)
        return {
            "block_number": 1 + number,
            "log_index": 0,
            "transaction_hash": bytes([number]) * 32,
        }


def _codes(updates: RoundUpdates) -> list[VerdictCode | None]:
    return [each.failure.code if each.failure else None for each in updates.slots()]


def test_an_empty_round_has_no_updates() -> None:
    updates = Round().expand()
    assert updates == RoundUpdates(0, [], [])
    assert list(updates.slots()) == []


def test_updates_stand_in_the_order_of_the_chain_and_in_a_batch_in_that_of_its_file() -> None:
    played = Round()
    played.alone(D, 1)
    batch = played.batch(_signed((B, 3), (A, 2)))
    played.alone(C, 4)
    updates = played.expand()
    assert updates.size == 4
    assert updates.known == [
        RoundUpdate(0, D.address, _digest(1)),
        RoundUpdate(1, A.address, _digest(2)),
        RoundUpdate(2, B.address, _digest(3)),
        RoundUpdate(3, C.address, _digest(4)),
    ]
    assert updates.batches == [RoundBatch(batch)]
    assert list(updates.slots()) == updates.known


def test_clients_of_a_batch_are_spelled_as_the_chain_spells_them() -> None:
    played = Round()
    played.batch(_signed((A, 1)))
    asked: list[str] = []
    updates = played.expand(lambda client: not asked.append(client))  # type: ignore[func-returns-value]
    assert asked == [updates.known[0].client] == [A.address]


def test_a_stranger_is_not_in_the_roster_whatever_it_signed() -> None:
    played = Round()
    played.batch([*_signed((STRANGER, 1)), _forged(A, 2)])
    by_client = {each.client: each.failure for each in played.expand().known}
    stranger, forged = by_client[STRANGER.address], by_client[A.address]
    assert stranger is not None
    assert forged is not None
    assert (stranger.code, stranger.grounds) == (VerdictCode.NOT_IN_ROSTER, NO_GROUNDS)
    assert (forged.code, forged.grounds) == (VerdictCode.BAD_SIGNATURE, NO_GROUNDS)


def test_membership_is_looked_at_before_the_signature() -> None:
    played = Round()
    played.batch([_forged(STRANGER, 1)])
    assert _codes(played.expand()) == [VerdictCode.NOT_IN_ROSTER]


def test_the_signature_is_looked_at_before_what_else_the_client_has() -> None:
    played = Round()
    played.alone(A, 1)
    played.batch([_forged(A, 2)])
    assert _codes(played.expand()) == [None, VerdictCode.BAD_SIGNATURE]


@pytest.mark.parametrize("alone_first", [True, False])
def test_a_lone_submission_beats_the_clients_entry_in_every_batch(alone_first: bool) -> None:
    played = Round()
    if alone_first:
        played.alone(B, 9)
    played.batch(_signed((A, 1), (B, 2)))
    played.batch(_signed((B, 3), (C, 4)))
    if not alone_first:
        played.alone(B, 9)
    updates = played.expand()
    lone = 0 if alone_first else 4
    expected = UpdateFailure(
        VerdictCode.SUPERSEDED,
        f"update {lone}, which the client submitted itself, counts",
        Grounds(Reason.OTHER_COUNTS, (lone,)),
    )
    assert [each.failure for each in updates.known if each.client == B.address] == (
        [None, expected, expected] if alone_first else [expected, expected, None]
    )
    assert all(each.failure is None for each in updates.known if each.client != B.address)


def test_a_lone_submission_beats_its_clients_entry_of_the_same_file() -> None:
    played = Round()
    played.batch(_signed((A, 1)))
    played.alone(A, 1)
    assert _codes(played.expand()) == [VerdictCode.SUPERSEDED, None]


def test_of_a_clients_entries_in_several_batches_the_first_counts() -> None:
    played = Round()
    played.batch(_signed((A, 1), (B, 2)))
    played.batch(_signed((B, 3), (C, 4)))
    played.batch(_signed((B, 5)))
    updates = played.expand()
    later = UpdateFailure(
        VerdictCode.SUPERSEDED,
        "update 1, which stands in an earlier batch, counts",
        Grounds(Reason.OTHER_COUNTS, (1,)),
    )
    assert [each.failure for each in updates.known] == [None, None, later, None, later]


def test_an_entry_with_a_wrong_signature_takes_nobodys_place() -> None:
    played = Round()
    played.batch([_forged(A, 1)])
    played.batch(_signed((A, 2)))
    played.batch(_signed((A, 3)))
    updates = played.expand()
    assert _codes(updates) == [VerdictCode.BAD_SIGNATURE, None, VerdictCode.SUPERSEDED]
    last = updates.known[2].failure
    assert last is not None
    assert last.grounds.arguments == (1,)


def test_a_batch_that_is_posted_again_adds_nothing_that_counts() -> None:
    played = Round()
    entries = _signed((A, 1), (B, 2))
    first, again = played.batch(entries), played.batch(entries)
    updates = played.expand()
    assert first.digest == again.digest
    assert updates.batches == [RoundBatch(first), RoundBatch(again)]
    assert _codes(updates) == [None, None, VerdictCode.SUPERSEDED, VerdictCode.SUPERSEDED]
    assert [each.failure.grounds.arguments for each in updates.known if each.failure] == [
        (0,),
        (1,),
    ]


def test_a_batch_that_cannot_be_had_makes_each_of_its_updates_unavailable() -> None:
    played = Round()
    played.alone(A, 1)
    lost = played.posted(3, _digest(8), UNAVAILABLE)
    played.batch(_signed((B, 2)))
    updates = played.expand()
    assert updates.size == 5
    assert [each.index for each in updates.known] == [0, 4]
    assert updates.batches[0] == RoundBatch(lost, UNAVAILABLE)
    assert list(updates.slots()) == [
        updates.known[0],
        *[updates.batches[0]] * 3,
        updates.known[1],
    ]


def test_batches_that_cannot_be_had_can_stand_side_by_side() -> None:
    played = Round()
    first = played.posted(1, _digest(8), UNAVAILABLE)
    other = played.posted(2, _digest(9), b"nothing")
    played.alone(A, 1)
    updates = played.expand()
    one, two = updates.batches
    assert (one.submitted, two.submitted) == (first, other)
    assert list(updates.slots()) == [one, two, two, updates.known[0]]
    assert _codes(updates) == [
        VerdictCode.UNAVAILABLE,
        VerdictCode.MALFORMED,
        VerdictCode.MALFORMED,
        None,
    ]


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (b"", "no batch file: it does not begin as batch files do"),
        (MAGIC + bytes(4), "no batch file: it has no entries"),
        (
            BatchFile.of(_signed((A, 1), (B, 2))).content,
            "the batch file has 2 entries, the relayer announced 3",
        ),
        (
            BatchFile.of(_signed((A, 1), (B, 2), (C, 3), (D, 4))).content,
            "the batch file has 4 entries, the relayer announced 3",
        ),
        (
            UpdateFailure(VerdictCode.TOO_LARGE, "it has 400 bytes, 363 are allowed"),
            "no batch file: it has 400 bytes, 363 are allowed",
        ),
    ],
)
def test_what_is_no_file_of_so_many_entries_makes_each_update_malformed(
    found: bytes | UpdateFailure, reason: str
) -> None:
    played = Round()
    posted = played.posted(3, _digest(8), found)
    failure = UpdateFailure(VerdictCode.MALFORMED, reason)
    assert read_batch(posted, found) == failure
    updates = played.expand()
    assert (updates.size, updates.known) == (3, [])
    assert list(updates.slots()) == [RoundBatch(posted, failure)] * 3


def test_entries_of_a_batch_that_cannot_be_read_take_nobodys_place() -> None:
    played = Round()
    entries = _signed((A, 1), (B, 2))
    content = BatchFile.of(entries).content
    played.posted(3, Digest.of(content), content)  # has 2 entries
    played.batch(_signed((A, 3)))
    assert _codes(played.expand()) == [VerdictCode.MALFORMED] * 3 + [None]


def test_the_same_file_can_be_announced_wrongly_once_and_rightly_once() -> None:
    played = Round()
    content = BatchFile.of(_signed((A, 1), (B, 2))).content
    played.posted(1, Digest.of(content), content)
    played.posted(2, Digest.of(content), content)
    assert _codes(played.expand()) == [VerdictCode.MALFORMED, None, None]


def test_clients_beyond_a_batch_are_as_they_are_without_it() -> None:
    """Whatever a relayer posts, a client that submits alone is judged as if it had not."""
    played = Round()
    played.batch([*_signed((A, 1)), _forged(B, 2)])
    played.posted(2, _digest(8), UNAVAILABLE)
    played.posted(1, _digest(9), b"nothing")
    lone = [played.alone(account, 10 + place) for place, account in enumerate((A, B, C, D))]
    known = played.expand().known[-4:]
    assert known == [RoundUpdate(each.index, each.client, each.digest) for each in lone]


@pytest.mark.parametrize("seed", range(20))
def test_at_most_one_update_of_each_client_counts_and_it_is_the_right_one(seed: int) -> None:
    chance = random.Random(seed)
    played = Round()
    everybody = (A, B, C, D, STRANGER)
    lone: dict[str, int] = {}
    first: dict[str, int] = {}
    for number in range(1, 9):
        client = chance.choice((A, B, C, D))
        if chance.random() < 0.2 and client.address not in lone:
            lone[client.address] = played.alone(client, number).index
            continue
        chosen = chance.sample(everybody, chance.randrange(1, 6))
        entries = [
            _forged(each, number) if chance.random() < 0.3 else _signed((each, number))[0]
            for each in chosen
        ]
        if chance.random() < 0.2:
            played.posted(len(entries), _digest(100 + number), UNAVAILABLE)
            continue
        batch = played.batch(entries)
        for place, entry in enumerate(BatchFile.of(entries)):
            if DOMAIN.is_signed(entry) and entry.client != STRANGER.address:
                first.setdefault(entry.client, batch.index + place)
    updates = played.expand()
    counted = {each.client: each.index for each in updates.known if each.failure is None}
    assert counted == {**first, **lone}
    assert len(list(updates.slots())) == updates.size == played.size
    slots = list(updates.slots())
    assert all(slots[each.index] is each for each in updates.known)
