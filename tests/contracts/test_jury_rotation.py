"""Another jury: announced, and then in by consent or by notice."""

import pytest
import signing
from helpers import NOTICE_SECONDS, ZERO, only, plain, refused_to, reverting, travel_to

SIZE_LIMIT = 128


@pytest.fixture
def heirs():
    """Four jurors of whom none is in the first jury; three must sign."""
    return signing.make_jurors(4, "heir")


@pytest.fixture
def heirs_hash(heirs):
    return signing.jury_hash(heirs, 3)


def finalize_for(federation, wanted):
    """The round ends with a report that wants this jury next."""
    federation.submit_all()
    return federation.finalize(federation.report(next_jury=wanted))


def test_the_first_jury_is_version_1(federation, task):
    assert only(federation.creation, "JuryAnnounced") == {
        "version": 1,
        "jury": federation.jury,
        "entersFrom": federation.creation.timestamp,
        "jurors": tuple(signing.addresses(federation.jurors)),
        "quorum": 3,
    }
    assert plain(task.jury()) == (1, federation.jury, 4, 3)
    assert plain(task.nextJury()) == (0, bytes(32), 0, 0, 0)
    assert federation.current()["juryVersion"] == 1


def test_an_announcement_is_told(federation, task, heirs, heirs_hash):
    transaction = federation.set_jury(heirs, 3)

    enters_from = transaction.timestamp + NOTICE_SECONDS
    assert only(transaction, "JuryAnnounced") == {
        "version": 2,
        "jury": heirs_hash,
        "entersFrom": enters_from,
        "jurors": tuple(signing.addresses(heirs)),
        "quorum": 3,
    }
    assert plain(task.nextJury()) == (2, heirs_hash, 4, 3, enters_from)
    assert plain(task.jury()) == (1, federation.jury, 4, 3)


def test_membership_is_by_jury(federation, task, heirs, heirs_hash, stranger):
    federation.set_jury(heirs, 3)

    for juror in federation.jurors:
        assert task.isJuror(federation.jury, juror.address)
        assert not task.isJuror(heirs_hash, juror.address)
    for juror in heirs:
        assert task.isJuror(heirs_hash, juror.address)
        assert not task.isJuror(federation.jury, juror.address)
    assert not task.isJuror(federation.jury, stranger)
    assert not task.isJuror(bytes(32), heirs[0].address)


def test_with_the_jurys_consent_it_takes_over_at_once(federation, task, heirs, heirs_hash):
    federation.set_jury(heirs, 3)

    transaction = finalize_for(federation, heirs_hash)

    assert only(transaction, "RoundFinalized")["nextJury"] == heirs_hash
    assert only(transaction, "RoundOpened")["juryVersion"] == 2
    assert plain(task.jury()) == (2, heirs_hash, 4, 3)
    assert plain(task.nextJury()) == (0, bytes(32), 0, 0, 0)
    assert federation.current()["updatesHash"] == federation.updates_hash(jury=heirs_hash)


def test_the_next_round_is_the_new_jurys_alone(federation, heirs, heirs_hash):
    federation.set_jury(heirs, 3)
    finalize_for(federation, heirs_hash)
    federation.submit_all()

    with reverting("WrongJuryVersion", 1, 2):
        federation.finalize(federation.report(jury_version=1))
    with reverting("NotAJuror", federation.jurors[0].address, 2):
        federation.finalize()
    with reverting("QuorumNotReached", 2, 3):
        federation.finalize(jurors=heirs[:2])
    federation.finalize(jurors=heirs[:3])


def test_without_consent_it_waits_for_the_notice(federation, task, heirs, heirs_hash):
    entering = federation.set_jury(heirs, 3).timestamp + NOTICE_SECONDS
    finalize_for(federation, federation.jury)
    assert federation.current()["juryVersion"] == 1
    federation.voided_rounds(until=entering)
    assert federation.current()["juryVersion"] == 1
    assert plain(task.nextJury()) == (2, heirs_hash, 4, 3, entering)

    # The round that was opened before stays with its jury, however long it takes.
    travel_to(entering + 5)
    finalize_for(federation, federation.jury)

    assert plain(task.jury()) == (2, heirs_hash, 4, 3)


def test_the_notice_ends_at_its_second(federation, heirs):
    entering = federation.set_jury(heirs, 3).timestamp + NOTICE_SECONDS
    federation.submit_all()
    sent = federation.signed_report()
    travel_to(entering - 1)

    assert only(federation.finalize(*sent), "RoundOpened")["juryVersion"] == 1


def test_from_its_second_on_the_notice_is_over(federation, heirs):
    entering = federation.set_jury(heirs, 3).timestamp + NOTICE_SECONDS
    federation.submit_all()
    sent = federation.signed_report()
    travel_to(entering)

    assert only(federation.finalize(*sent), "RoundOpened")["juryVersion"] == 2


def test_a_new_jury_takes_over_after_a_voided_round_too(federation, heirs):
    entering = federation.set_jury(heirs, 3).timestamp + NOTICE_SECONDS
    travel_to(entering)

    assert only(federation.void(), "RoundOpened")["juryVersion"] == 2


def test_announcing_again_restarts_the_clock(federation, heirs):
    federation.submit_all()
    sent = federation.signed_report()
    first = federation.set_jury(heirs, 3).timestamp
    travel_to(first + NOTICE_SECONDS - 10)
    again = federation.set_jury(heirs, 3).timestamp
    travel_to(first + NOTICE_SECONDS + 10)

    assert only(federation.finalize(*sent), "RoundOpened")["juryVersion"] == 1
    travel_to(again + NOTICE_SECONDS)
    assert only(federation.void(), "RoundOpened")["juryVersion"] == 2


def test_of_several_announced_juries_the_last_one_counts(federation, task, heirs, heirs_hash):
    others = signing.make_jurors(1, "other")
    federation.set_jury(heirs, 3)
    transaction = federation.set_jury(others, 1)

    assert only(transaction, "JuryAnnounced")["version"] == 2
    assert only(finalize_for(federation, heirs_hash), "RoundOpened")["juryVersion"] == 1
    finalize_for(federation, signing.jury_hash(others, 1))
    assert plain(task.jury()) == (2, signing.jury_hash(others, 1), 1, 1)


def test_a_report_may_want_any_other_jury(federation, task, heirs):
    for wanted in (bytes(32), b"\xff" * 32, signing.jury_hash(heirs, 4)):
        federation.set_jury(heirs, 3)
        assert only(finalize_for(federation, wanted), "RoundOpened")["juryVersion"] == 1


def test_an_announcement_is_taken_back_by_announcing_the_sitting_jury(federation, task, heirs):
    federation.set_jury(heirs, 3)
    federation.set_jury(federation.jurors, 3)

    finalize_for(federation, federation.jury)

    assert plain(task.jury()) == (2, federation.jury, 4, 3)
    assert plain(task.nextJury()) == (0, bytes(32), 0, 0, 0)
    federation.submit_all()
    federation.finalize()


def test_another_quorum_is_another_jury(federation, task):
    federation.set_jury(federation.jurors, 4)

    assert only(finalize_for(federation, federation.jury), "RoundOpened")["juryVersion"] == 1
    stricter = signing.jury_hash(federation.jurors, 4)
    assert only(finalize_for(federation, stricter), "RoundOpened")["juryVersion"] == 2
    federation.submit_all()
    with reverting("QuorumNotReached", 3, 4):
        federation.finalize()
    federation.finalize(jurors=federation.jurors)


@pytest.mark.parametrize(
    ("size", "quorum"), [(1, 1), (2, 2), (3, 3), (4, 3), (4, 4), (5, 4), (6, 5), (7, 5)]
)
def test_a_quorum_of_more_than_two_thirds_is_taken(federation, task, size, quorum):
    jury = signing.make_jurors(size)
    federation.set_jury(jury, quorum)

    assert plain(task.nextJury())[1:4] == (signing.jury_hash(jury, quorum), size, quorum)


@pytest.mark.parametrize(
    ("size", "quorum"),
    [(0, 0), (0, 1), (1, 0), (1, 2), (2, 1), (3, 2), (4, 2), (6, 4), (3, 4), (3, 2**32 - 1)],
)
def test_any_other_quorum_is_refused(federation, size, quorum):
    with reverting("InvalidQuorum", quorum, size):
        federation.set_jury(signing.make_jurors(size), quorum)


def test_jurors_are_named_in_ascending_order(federation, task, coordinator, heirs):
    first, second, third = signing.addresses(heirs)[:3]
    for named, error in [
        ([ZERO, first, second], (ZERO, ZERO)),
        ([first, second, second], (second, second)),
        ([first, third, second], (third, second)),
    ]:
        with reverting("JurorsNotAscending", *error):
            task.setJury(named, 3, {"from": coordinator})


def test_a_jury_of_the_largest_size_works(federation, task):
    jury = signing.make_jurors(SIZE_LIMIT)
    quorum = SIZE_LIMIT * 2 // 3 + 1
    federation.set_jury(jury, quorum)
    finalize_for(federation, signing.jury_hash(jury, quorum))
    federation.submit_all()

    transaction = federation.finalize(jurors=jury)

    assert transaction.gas_used < 2_000_000


def test_a_larger_jury_is_refused(federation):
    with reverting("JuryTooLarge", SIZE_LIMIT + 1, SIZE_LIMIT):
        federation.set_jury(signing.make_jurors(SIZE_LIMIT + 1), SIZE_LIMIT)


def test_a_refused_jury_changes_nothing(federation, task, heirs):
    with reverting("InvalidQuorum", 2, 4):
        federation.set_jury(heirs, 2)

    assert plain(task.nextJury()) == (0, bytes(32), 0, 0, 0)
    assert not task.isJuror(signing.jury_hash(heirs, 2), heirs[0].address)


def test_only_the_coordinator_announces_a_jury(federation, others, heirs):
    refused_to(others, lambda who: federation.set_jury(heirs, 3, sender=who))
