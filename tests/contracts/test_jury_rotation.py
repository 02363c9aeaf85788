"""Setting a new jury."""

import pytest
import signing
from helpers import ZERO, only, plain, refused_to, reverting

SIZE_LIMIT = 128


def addresses(jurors):
    return [juror.address for juror in jurors]


def new_jury(count=3):
    """Jurors of whom none is in the first jury."""
    return signing.make_jurors(10 + count)[:count]


def set_jury(federation, jurors, quorum, sender=None):
    sender = sender or federation.coordinator
    return federation.task.setJury(addresses(jurors), quorum, {"from": sender})


def test_the_first_jury_is_version_1(federation, task):
    assert only(federation.creation, "JurySet") == {
        "version": 1,
        "jurors": tuple(addresses(federation.jurors)),
        "quorum": 2,
    }
    assert plain(task.juryOf(1)) == (3, 2)
    assert task.latestJuryVersion() == 1
    assert federation.current()["juryVersion"] == 1


def test_a_new_jury_is_a_new_version(federation, task):
    jury = new_jury(5)

    transaction = set_jury(federation, jury, 3)

    assert only(transaction, "JurySet") == {
        "version": 2,
        "jurors": tuple(addresses(jury)),
        "quorum": 3,
    }
    assert task.latestJuryVersion() == 2
    assert plain(task.juryOf(2)) == (5, 3)
    assert plain(task.juryOf(1)) == (3, 2)
    assert plain(task.juryOf(3)) == (0, 0)


def test_membership_is_by_version(federation, task, stranger):
    jury = new_jury()
    set_jury(federation, jury, 2)

    for juror in federation.jurors:
        assert task.isJuror(1, juror.address)
    for juror in jury:
        assert task.isJuror(2, juror.address)
    outsiders = set(addresses(jury)) - set(addresses(federation.jurors))
    assert outsiders
    assert not any(task.isJuror(1, outsider) for outsider in outsiders)
    assert not task.isJuror(1, stranger)
    assert not task.isJuror(3, jury[0].address)


def test_this_round_stays_with_its_jury(federation, task):
    set_jury(federation, new_jury(), 2)
    assert federation.current()["juryVersion"] == 1
    federation.submit_all()

    transaction = federation.finalize()

    assert only(transaction, "RoundFinalized")["juryVersion"] == 1
    assert only(transaction, "RoundOpened")["juryVersion"] == 2
    assert federation.current()["juryVersion"] == 2


def test_the_next_round_is_the_new_jurys(federation):
    old, jury = list(federation.jurors), signing.make_jurors(20)[-5:]
    set_jury(federation, jury, 3)
    federation.submit_all()
    federation.finalize()
    federation.submit_all()

    with reverting("WrongJuryVersion", 1, 2):
        federation.finalize(federation.report(jury_version=1))
    with reverting("QuorumNotReached", 2, 3):
        federation.finalize(jurors=jury[:2])
    with reverting("NotAJuror", old[0].address, 2):
        federation.finalize(jurors=old)
    federation.finalize(jurors=jury[:3])


def test_a_new_jury_judges_after_a_voided_round_too(federation):
    set_jury(federation, new_jury(), 2)
    federation.travel_to_voidable()

    assert only(federation.void(), "RoundOpened")["juryVersion"] == 2


def test_of_several_new_juries_the_last_one_counts(federation):
    set_jury(federation, new_jury(1), 1)
    set_jury(federation, new_jury(3), 2)
    federation.submit_all()

    assert only(federation.finalize(), "RoundOpened")["juryVersion"] == 3


def test_a_jury_may_be_set_again(federation, task):
    set_jury(federation, federation.jurors, 3)

    assert plain(task.juryOf(2)) == (3, 3)


@pytest.mark.parametrize(("size", "quorum"), [(1, 1), (2, 2), (3, 2), (3, 3), (4, 3), (5, 3)])
def test_a_quorum_of_more_than_half_is_taken(federation, task, size, quorum):
    set_jury(federation, new_jury(size), quorum)

    assert plain(task.juryOf(2)) == (size, quorum)


@pytest.mark.parametrize(
    ("size", "quorum"),
    [(0, 0), (0, 1), (1, 0), (1, 2), (2, 1), (3, 1), (3, 4), (4, 2), (3, 2**31), (3, 2**32 - 1)],
)
def test_any_other_quorum_is_refused(federation, size, quorum):
    with reverting("InvalidQuorum", quorum, size):
        set_jury(federation, new_jury(size), quorum)


def test_the_zero_address_is_no_juror(federation, task, coordinator):
    with reverting("ZeroJuror"):
        task.setJury([federation.jurors[0].address, ZERO], 2, {"from": coordinator})


def test_nobody_is_a_juror_twice(federation, task, coordinator):
    juror = federation.jurors[0].address
    with reverting("DuplicateJuror", juror):
        task.setJury([juror, federation.jurors[1].address, juror], 2, {"from": coordinator})


def test_a_jury_of_the_largest_size_works(federation, task):
    jury = signing.make_jurors(SIZE_LIMIT)
    quorum = SIZE_LIMIT // 2 + 1
    set_jury(federation, jury, quorum)
    federation.submit_all()
    federation.finalize()
    federation.submit_all()

    transaction = federation.finalize(jurors=jury)

    assert transaction.gas_used < 2_000_000


def test_a_larger_jury_is_refused(federation):
    with reverting("JuryTooLarge", SIZE_LIMIT + 1, SIZE_LIMIT):
        set_jury(federation, signing.make_jurors(SIZE_LIMIT + 1), SIZE_LIMIT)


def test_a_refused_jury_changes_nothing(federation, task):
    with reverting("InvalidQuorum", 1, 3):
        set_jury(federation, new_jury(3), 1)

    assert task.latestJuryVersion() == 1
    assert plain(task.juryOf(2)) == (0, 0)


def test_only_the_coordinator_sets_the_jury(federation, others):
    refused_to(others, lambda who: set_jury(federation, new_jury(), 2, sender=who))
